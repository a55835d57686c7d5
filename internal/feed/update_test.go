package feed_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/feed"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// site serves one list over TLS, with what a real one does about versions.
type site struct {
	*httptest.Server

	mu       sync.Mutex
	body     string
	version  string
	status   int
	asked    int
	unsent   int // answers without a body
	redirect string
	agent    string
}

func newSite(t *testing.T, body string) *site {
	t.Helper()
	s := &site{body: body, version: `"1"`, status: http.StatusOK}
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP answers one download.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	s.agent = r.UserAgent()
	if s.redirect != "" {
		http.Redirect(w, r, s.redirect, http.StatusFound)
		return
	}
	w.Header().Set("ETag", s.version)
	w.Header().Set("Last-Modified", "Mon, 02 Jan 2026 15:04:05 GMT")
	if r.Header.Get("If-None-Match") == s.version && r.Header.Get("If-Modified-Since") != "" {
		s.unsent++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(s.status)
	fmt.Fprint(w, s.body)
}

func (s *site) serve(body, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.version = body, version
}

func (s *site) feed() *threat.Feed {
	return &threat.Feed{
		ID: "bad", Name: "Bad", URL: s.URL + "/list.txt", Category: threat.BruteForce, Intention: threat.Malicious, Confidence: 80,
		Refresh: time.Hour, MaxAge: 24 * time.Hour, Enabled: true,
	}
}

func (s *site) updater(t *testing.T, now *time.Time) *feed.Updater {
	t.Helper()
	return &feed.Updater{
		Folder: feed.Folder(filepath.Join(t.TempDir(), "threats")), Client: s.Client(), Agent: "sasumata/test",
		Now: func() time.Time { return *now },
	}
}

func addresses(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "203.0.%d.%d\n", i/256, i%256)
	}
	return b.String()
}

func TestUpdate(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	s := newSite(t, addresses(200))
	u, f := s.updater(t, &now), s.feed()
	step := func(name string, want feed.Outcome, entries int) feed.Result {
		t.Helper()
		r := u.Update(t.Context(), f)
		if r.Outcome != want || (r.Err != nil) != (want == feed.Failed) {
			t.Fatalf("%s: got outcome %d, want %d: %v", name, r.Outcome, want, r.Err)
		}
		all := u.Folder.Read([]*threat.Feed{f})
		if all[0].Err != nil || all[0].Contents == nil || all[0].Contents.Report.Entries != entries {
			t.Fatalf("%s: the folder has %+v", name, all[0])
		}
		return r
	}
	step("first", feed.Changed, 200)
	if s.agent != "sasumata/test" {
		t.Errorf("the server saw %q", s.agent)
	}
	step("at once again", feed.NotYet, 200)
	if s.asked != 1 {
		t.Errorf("the server was asked %d times", s.asked)
	}
	now = now.Add(time.Hour)
	step("an hour later", feed.Same, 200)
	if s.unsent != 1 {
		t.Error("the list was sent although it did not change")
	}
	if state := u.Folder.State(f); !state.Checked.Equal(now) || !state.Fetched.Equal(now.Add(-time.Hour)) {
		t.Errorf("state %+v", state)
	}

	s.serve(addresses(20), `"2"`) // a tenth, and no less
	now = now.Add(time.Hour)
	if r := step("shrunk to a tenth", feed.Changed, 20); r.Before != 200 || r.After != 20 {
		t.Errorf("%d before, %d after", r.Before, r.After)
	}
	s.serve(addresses(300), `"3"`)
	now = now.Add(time.Hour)
	step("grown", feed.Changed, 300)
	s.serve(addresses(29), `"4"`)
	now = now.Add(time.Hour)
	if r := step("shrunk too much", feed.Failed, 300); !errors.Is(r.Err, feed.ErrShrunk) {
		t.Errorf("got %v", r.Err)
	}
	if state := u.Folder.State(f); state.Failures != 1 || state.Error == "" || state.ETag != `"3"` {
		t.Errorf("state %+v", state)
	}
	s.serve("", `"5"`)
	step("empty", feed.Failed, 300)
	s.serve("<!doctype html><p>moved", `"6"`)
	if r := step("a page", feed.Failed, 300); !errors.Is(r.Err, threat.ErrPage) {
		t.Errorf("got %v", r.Err)
	}
	if state := u.Folder.State(f); state.Failures != 3 || state.Entries != 300 {
		t.Errorf("%d failures", state.Failures)
	}
	s.serve("# Entries: 700 subnets\n"+addresses(300), `"7"`)
	if r := step("cut off", feed.Failed, 300); !errors.Is(r.Err, feed.ErrCut) {
		t.Errorf("got %v", r.Err)
	}
	u.Force = true
	s.serve(addresses(7), `"8"`)
	step("forced", feed.Changed, 7)
	if state := u.Folder.State(f); state.Failures != 0 || state.Error != "" {
		t.Errorf("state %+v", state)
	}
	names, err := filepath.Glob(filepath.Join(string(u.Folder), "*"))
	if err != nil || len(names) != 2 {
		t.Errorf("the folder has %v", names)
	}
}

func TestUpdateFails(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	f := func(name, want string, change func(*site, *feed.Updater, *threat.Feed)) {
		t.Helper()
		s := newSite(t, addresses(10))
		u, one := s.updater(t, &now), s.feed()
		if r := u.Update(t.Context(), one); r.Outcome != feed.Changed {
			t.Fatalf("%s: %v", name, r.Err)
		}
		s.serve(addresses(20), `"2"`)
		now = now.Add(time.Hour)
		change(s, u, one)
		r := u.Update(t.Context(), one)
		if r.Outcome != feed.Failed || !strings.Contains(r.Err.Error(), want) || !strings.Contains(r.Err.Error(), "update bad") {
			t.Errorf("%s: got %v, want %s", name, r.Err, want)
		}
		if all := u.Folder.Read([]*threat.Feed{one}); all[0].Contents == nil || all[0].Contents.Report.Entries != 10 {
			t.Errorf("%s: the old list is gone", name)
		}
	}
	f("status", "404", func(s *site, _ *feed.Updater, _ *threat.Feed) { s.status = http.StatusNotFound })
	f("too large", "larger than the limit", func(_ *site, u *feed.Updater, _ *threat.Feed) { u.MaxBytes = 30 })
	f("gone", "connect", func(s *site, _ *feed.Updater, _ *threat.Feed) { s.Close() })
	f("without TLS", "without TLS", func(s *site, _ *feed.Updater, _ *threat.Feed) {
		plain := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(plain.Close)
		s.redirect = plain.URL
	})
	f("endless redirects", "redirects", func(s *site, _ *feed.Updater, _ *threat.Feed) { s.redirect = s.URL + "/again" })
	f("slow", "deadline", func(s *site, u *feed.Updater, one *threat.Feed) {
		stuck := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler) // an answer could still arrive
		}))
		t.Cleanup(stuck.Close)
		s.redirect = stuck.URL
		u.Timeout = 200 * time.Millisecond
		u.Client = stuck.Client()
		u.Client.Transport.(*http.Transport).TLSClientConfig.InsecureSkipVerify = true //nolint:forcetypeassert // a test server's
		_ = one
	})
	f("an unknown certificate", "certificate", func(_ *site, u *feed.Updater, _ *threat.Feed) { u.Client = nil })
}

func TestUpdateOfAnotherURL(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	s := newSite(t, addresses(200))
	u, f := s.updater(t, &now), s.feed()
	if r := u.Update(t.Context(), f); r.Outcome != feed.Changed {
		t.Fatal(r.Err)
	}
	f.URL += "?small"
	s.serve(addresses(2), `"1"`)
	if r := u.Update(t.Context(), f); r.Outcome != feed.Changed || r.After != 2 {
		t.Errorf("outcome %d, %v", r.Outcome, r.Err)
	}
	f.Enabled = false
	if r := u.Update(t.Context(), f); r.Outcome != feed.Disabled {
		t.Errorf("outcome %d of a feed that is off", r.Outcome)
	}
}

func TestReadFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	now := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	own := write("own.txt", "203.0.113.9\n")
	if err := os.Chtimes(own, now, now.Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	write("page.list", "<html>")
	write("got.list", "203.0.113.7\n")
	write("got.json", `{"checked":"2026-01-09T23:00:00Z","entries":1}`)
	feeds := []*threat.Feed{
		{ID: "own", File: own, Enabled: true, MaxAge: time.Hour, Intention: threat.Malicious},
		{ID: "missing", File: filepath.Join(dir, "missing.txt"), Enabled: true},
		{ID: "page", URL: "https://feeds.example.com/", Enabled: true},
		{ID: "never", URL: "https://feeds.example.com/", Enabled: true},
		{ID: "off", File: own},
		{ID: "got", URL: "https://feeds.example.com/", Enabled: true, MaxAge: time.Hour, Intention: threat.Suspicious},
	}
	all := feed.Folder(dir).Read(feeds)
	f := func(i int, read bool, fails string, age time.Duration, old bool) {
		t.Helper()
		s := &all[i]
		if (s.Contents != nil) != read || (s.Err != nil) != (fails != "") || fails != "" && !strings.Contains(s.Err.Error(), fails) {
			t.Errorf("%s: read is %v, %v", s.Feed.ID, s.Contents != nil, s.Err)
		}
		if fails == "" && (s.Age(now) != age || s.Old(now) != old) {
			t.Errorf("%s: age %v, old is %v", s.Feed.ID, s.Age(now), s.Old(now))
		}
	}
	f(0, true, "", 48*time.Hour, true)
	f(1, false, "missing.txt", 0, false)
	f(2, false, "a web page", 0, false)
	f(3, false, "", 0, false)
	f(4, false, "", 0, false)
	f(5, true, "", time.Hour, false)
	set, err := feed.Set(all, threat.Exempt{})
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Lookup(netip.MustParseAddr("203.0.113.9")); len(got) != 1 || got[0].Feed.ID != "own" {
		t.Errorf("got %v", got)
	}
}

func TestStateOfRubbish(t *testing.T) {
	dir := t.TempDir()
	f := &threat.Feed{ID: "bad"}
	for _, text := range []string{"", "nonsense", `{"entries":"x"}`, strings.Repeat(" ", 100<<10)} {
		if err := os.WriteFile(filepath.Join(dir, "bad.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s := feed.Folder(dir).State(f); s != (feed.State{}) {
			t.Errorf("%.20q gives %+v", text, s)
		}
	}
}
