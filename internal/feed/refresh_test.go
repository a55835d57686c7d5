package feed_test

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/feed"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// snapshot reads the lists as a run does before it starts a Refresher.
func snapshot(t *testing.T, d feed.Folder, feeds ...*threat.Feed) feed.Snapshot {
	t.Helper()
	lists := d.Read(feeds)
	set, err := feed.Set(lists, threat.Exempt{})
	if err != nil {
		t.Fatal(err)
	}
	return feed.Snapshot{Lists: lists, Set: set}
}

func listed(s *feed.Snapshot, addr string) bool {
	return len(s.Set.Lookup(netip.MustParseAddr(addr))) > 0
}

// complaints are what a Refresher told.
type complaints struct {
	mu  sync.Mutex
	all []string
}

func (c *complaints) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, err.Error())
}

// want compares how many there were.
func (c *complaints) want(t *testing.T, what string, n int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) != n {
		t.Errorf("%s: told %q, want %d", what, c.all, n)
	}
}

// eventually waits until a Snapshot is as it should be.
func eventually(t *testing.T, r *feed.Refresher, what string, ok func(*feed.Snapshot) bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(r.Current()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: never; %+v", what, r.Current().Lists)
		}
	}
}

// own returns a feed of a file, and what writes it as a whole.
func own(t *testing.T, id string) (f *threat.Feed, write func(string)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), id+".txt")
	return &threat.Feed{ID: id, File: path, Enabled: true, Intention: threat.Malicious, MaxAge: time.Hour}, func(text string) {
		t.Helper()
		if err := atomicfile.Write(path, 0o600, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRefresherSwaps downloads a list while others look addresses up, from a server
// that changes it.
func TestRefresherSwaps(t *testing.T) {
	begin := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	s := newSite(t, "203.0.113.1\n")
	u, f := s.updater(t, &begin), s.feed()
	r := &feed.Refresher{Folder: u.Folder, Updater: u, Now: u.Now, Every: time.Millisecond, Failed: func(err error) { t.Error(err) }}
	r.Start(t.Context(), snapshot(t, u.Folder, f))
	defer r.Stop()
	eventually(t, r, "the first list", func(s *feed.Snapshot) bool { return listed(s, "203.0.113.1") })
	eventually(t, r, "its date", func(s *feed.Snapshot) bool { return s.Lists[0].Time.Equal(begin) && s.Lists[0].State.Entries == 1 })
	done := make(chan struct{})
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if s := r.Current(); listed(s, "203.0.113.1") == listed(s, "203.0.113.2") {
						t.Error("a Set of both lists, or of none")
						return
					}
				}
			}
		})
	}
	s.serve("203.0.113.2\n", `"2"`)
	later := begin.Add(2 * time.Hour) // as a cron job does
	cron := *u
	cron.Now = func() time.Time { return later }
	if result := cron.Update(t.Context(), f); result.Outcome != feed.Changed {
		t.Error(result.Err)
	}
	eventually(t, r, "the second list", func(s *feed.Snapshot) bool { return listed(s, "203.0.113.2") })
	eventually(t, r, "its date", func(s *feed.Snapshot) bool { return s.Lists[0].Time.Equal(later) })
	close(done)
	asking.Wait()
	r.Stop()
}

func TestRefresherKeepsWhatItCannotReplace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, write := own(t, "own")
		other, writeOther := own(t, "other")
		write("203.0.113.1\n")
		writeOther("198.51.100.1\n")
		var told complaints
		r := &feed.Refresher{Now: time.Now, Every: time.Second, Failed: told.add}
		r.Start(t.Context(), snapshot(t, "", f, other))
		defer r.Stop()
		step := func(what, addr, wrong string, said int) {
			t.Helper()
			time.Sleep(2500 * time.Millisecond)
			synctest.Wait()
			s := r.Current()
			if !listed(s, addr) || !listed(s, "198.51.100.1") {
				t.Errorf("%s: %s or the other list is gone", what, addr)
			}
			if err := s.Lists[0].Err; (err != nil) != (wrong != "") || err != nil && !strings.Contains(err.Error(), wrong) {
				t.Errorf("%s: got %v, want %s", what, err, wrong)
			}
			told.want(t, what, said)
		}
		step("nothing changed", "203.0.113.1", "", 0)
		write("203.0.113.2\n")
		step("another list", "203.0.113.2", "", 0)
		write("<html>")
		step("a page", "203.0.113.2", "web page", 1)
		step("still a page", "203.0.113.2", "web page", 1)
		dated := r.Current().Lists[0].Time
		write("203.0.113.3\n")
		step("a list again", "203.0.113.3", "", 1)
		if now := r.Current().Lists[0].Time; !now.After(dated) {
			t.Errorf("the date of the list is %v, before %v", now, dated)
		}
		if err := os.Remove(f.File); err != nil {
			t.Fatal(err)
		}
		step("gone", "203.0.113.3", "no such file", 2)
		write("203.0.113.4\n")
		step("back", "203.0.113.4", "", 2)
		for _, half := range []string{"203", "203.0.113.7\n203.0.11"} { // while somebody writes it
			if err := os.WriteFile(f.File, []byte(half), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if !listed(r.Current(), "203.0.113.4") {
				t.Errorf("half a list is used")
			}
		}
		write("203.0.113.7\n203.0.113.8\n")
		step("all of it", "203.0.113.8", "", 2)
	})
}

// TestRefresherIsToldOnceOfWhatWasWrongBefore starts with a list that is none and one
// that is not there yet.
func TestRefresherIsToldOnceOfWhatWasWrongBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad, writeBad := own(t, "bad")
		late, writeLate := own(t, "late")
		folder := feed.Folder(t.TempDir())
		never := &threat.Feed{ID: "never", URL: "https://feeds.example.com/", Enabled: true, MaxAge: time.Hour}
		writeBad("<html>")
		r := &feed.Refresher{Folder: folder, Now: time.Now, Failed: func(err error) { t.Errorf("told again of %v", err) }}
		r.Start(t.Context(), snapshot(t, folder, bad, late, never))
		defer r.Stop()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if s := r.Current(); s.Lists[0].Err == nil || s.Lists[1].Err == nil || s.Lists[2].Err != nil || s.Set.Len() != 0 {
			t.Errorf("got %+v", s.Lists)
		}
		writeBad("203.0.113.1\n")
		writeLate("203.0.113.2\n")
		if err := os.WriteFile(filepath.Join(string(folder), "never.list"), []byte("203.0.113.3\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for i, addr := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"} {
			if s := r.Current(); !listed(s, addr) || s.Lists[i].Err != nil {
				t.Errorf("%s is on no list: %v", addr, s.Lists[i].Err)
			}
		}
	})
}

// answers is a server without a network, so that its clock can be a test's.
type answers func(*http.Request) (*http.Response, error)

// RoundTrip answers one request.
func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

// host is a server without a network that has one list, or none to be reached.
type host struct {
	mu    sync.Mutex
	body  string
	begin time.Time
	asked []time.Duration
}

// RoundTrip answers one request.
func (h *host) RoundTrip(*http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, time.Since(h.begin))
	if h.body == "" {
		return nil, errors.New("no route to host")
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(h.body))}, nil
}

// serve changes the list, and returns when the host was asked since the last change.
func (h *host) serve(body string) []time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := h.asked
	h.body, h.asked = body, nil
	return asked
}

// TestRefresherBacksOff counts how often a server is asked that fails, and one that
// does not.
func TestRefresherBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told complaints
		h := &host{begin: time.Now()}
		u := &feed.Updater{Folder: feed.Folder(t.TempDir()), Now: time.Now, Client: &http.Client{Transport: h}}
		f := &threat.Feed{ID: "bad", URL: "https://feeds.example.com/", Enabled: true, Refresh: time.Hour, MaxAge: 24 * time.Hour}
		off := &threat.Feed{ID: "off", URL: "https://feeds.example.com/off", Refresh: time.Hour}
		r := &feed.Refresher{Folder: u.Folder, Updater: u, Now: time.Now, Failed: told.add}
		r.Start(t.Context(), snapshot(t, u.Folder, f, off))
		defer r.Stop()
		pass := func(d time.Duration) *feed.Snapshot {
			time.Sleep(d)
			synctest.Wait()
			return r.Current()
		}
		s := pass(61 * time.Minute)
		asked, want := h.serve("203.0.113.1\n"), []float64{0, 1, 3, 7, 15, 30, 45, 60}
		if !slices.EqualFunc(asked, want, func(d time.Duration, minutes float64) bool { return d.Minutes() == minutes }) {
			t.Errorf("asked at %v, want minutes %v", asked, want)
		}
		if s.Lists[0].Failed == nil || s.Lists[0].State.Failures != len(asked) {
			t.Errorf("got %+v", s.Lists[0])
		}
		told.want(t, "a host that cannot be reached", 1)

		s = pass(2*time.Hour + 16*time.Minute)
		if asked = h.serve(""); len(asked) != 3 || asked[1]-asked[0] != time.Hour || asked[2]-asked[1] != time.Hour {
			t.Errorf("asked at %v, want it every hour", asked)
		}
		if !listed(s, "203.0.113.1") || s.Lists[0].Failed != nil || s.Lists[0].Age(time.Now()) > time.Hour {
			t.Errorf("got %+v", s.Lists[0])
		}
		if s = pass(time.Hour); !listed(s, "203.0.113.1") || s.Lists[0].Failed == nil {
			t.Errorf("got %+v", s.Lists[0])
		}
		told.want(t, "a host that cannot be reached again", 2)

		// A cron job has more luck.
		cron := *u
		cron.Client = &http.Client{Transport: &host{body: "203.0.113.2\n"}}
		if result := cron.Update(t.Context(), f); result.Outcome != feed.Changed {
			t.Error(result.Err)
		}
		if s = pass(5 * time.Second); !listed(s, "203.0.113.2") || s.Lists[0].Failed != nil {
			t.Errorf("got %+v", s.Lists[0])
		}
	})
}

// TestRefresherStopsADownload ends a run in the middle of a download.
func TestRefresherStopsADownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &feed.Updater{Folder: feed.Folder(t.TempDir()), Now: time.Now, Client: &http.Client{Transport: answers(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}}
		f := &threat.Feed{ID: "slow", URL: "https://feeds.example.com/", Enabled: true, Refresh: time.Hour}
		r := &feed.Refresher{Folder: u.Folder, Updater: u, Now: time.Now, Failed: func(err error) { t.Errorf("told of %v", err) }}
		r.Start(t.Context(), snapshot(t, u.Folder, f))
		time.Sleep(time.Second)
		r.Stop()
		if s := u.Folder.State(f); s != (feed.State{}) {
			t.Errorf("the feed is blamed: %+v", s)
		}
	})
}

// TestWordsOfAServerAreNotCarriedOn makes sure that no server steers a terminal.
func TestWordsOfAServerAreNotCarriedOn(t *testing.T) {
	f := func(want string, server answers) {
		t.Helper()
		u := &feed.Updater{Folder: feed.Folder(t.TempDir()), Now: time.Now, Client: &http.Client{Transport: server}}
		odd := &threat.Feed{ID: "odd", URL: "https://feeds.example.com/", Enabled: true, Refresh: time.Hour}
		if r := u.Update(t.Context(), odd); r.Err == nil || r.Err.Error() != want || u.Folder.State(odd).Error != strings.TrimPrefix(want, "update odd: ") {
			t.Errorf("got %q, want %q", r.Err, want)
		}
	}
	f("update odd: the server answers 418 I'm a teapot", func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusTeapot, Status: "418 \x1b[2J", Body: http.NoBody}, nil
	})
	f(`update odd: certificate is valid for \x1b[2J`, func(*http.Request) (*http.Response, error) {
		return nil, errors.New("certificate is valid for \x1b[2J")
	})
}

// TestRefresherTakesAFileThatIsNeverTheSame writes a list at each look.
func TestRefresherTakesAFileThatIsNeverTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, write := own(t, "own")
		write("203.0.113.1\n")
		r := &feed.Refresher{Now: time.Now, Every: time.Second, Failed: func(err error) { t.Error(err) }}
		r.Start(t.Context(), snapshot(t, "", f))
		defer r.Stop()
		time.Sleep(500 * time.Millisecond)
		for i := range 40 {
			write("203.0.113.2\n")
			time.Sleep(time.Second)
			synctest.Wait()
			if got, want := listed(r.Current(), "203.0.113.2"), i >= 29; got != want {
				t.Fatalf("after %d looks the new list is used: %v", i+1, got)
			}
		}
	})
}
