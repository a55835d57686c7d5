package reputation_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sasumata/sasumata/internal/reputation"
)

// world is a service, a clock that only sleeping moves, and what was asked.
type world struct {
	*httptest.Server

	t      *testing.T
	now    time.Time
	slept  time.Duration
	asked  []string
	answer func(w http.ResponseWriter, r *http.Request)
	cache  string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC), cache: filepath.Join(t.TempDir(), "deep", "cache.json")}
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/v3/") {
			fmt.Fprint(out, `{"data":{"attributes":{"last_analysis_stats":{"malicious":7,"suspicious":2,"harmless":60,"undetected":21,"timeout":4},"country":"NL","as_owner":"Example AS","reputation":-9}}}`)
			return
		}
		fmt.Fprint(out, `{"data":{"abuseConfidenceScore":97,"totalReports":53,"numDistinctUsers":12,"countryCode":"NL","isp":"Example AS"}}`)
	}
	w.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.asked = append(w.asked, r.URL.RequestURI())
		if r.Header.Get("x-apikey")+r.Header.Get("Key") != "k3y" {
			out.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.answer(out, r)
	}))
	t.Cleanup(w.Close)
	return w
}

func key(t *testing.T, text string) reputation.Key {
	t.Helper()
	k, err := reputation.NewKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (w *world) virusTotal() *reputation.Client {
	return w.client(reputation.NewVirusTotal(key(w.t, "k3y"), w.URL))
}

func (w *world) abuseIPDB() *reputation.Client {
	return w.client(reputation.NewAbuseIPDB(key(w.t, "k3y"), w.URL))
}

func (w *world) client(s reputation.Service) *reputation.Client {
	return &reputation.Client{
		Service: s, Cache: reputation.OpenCache(w.cache, time.Hour), Now: func() time.Time { return w.now },
		Sleep: func(_ context.Context, d time.Duration) error { w.now = w.now.Add(d); w.slept += d; return nil },
	}
}

func addresses(n int) []netip.Addr {
	all := make([]netip.Addr, n)
	for i := range all {
		all[i] = netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})
	}
	return all
}

func TestVerdicts(t *testing.T) {
	w := newWorld(t)
	a := netip.MustParseAddr("2001:db8::7")
	got := w.virusTotal().Ask(t.Context(), []netip.Addr{a})
	want := reputation.Verdict{
		Service: "VirusTotal", Score: 10, Malicious: 7, Suspicious: 2, Engines: 90, Country: "NL", Network: "Example AS",
		Link: "https://www.virustotal.com/gui/ip-address/2001:db8::7", Checked: w.now,
	}
	if d := cmp.Diff(want, got.Verdicts[a]); d != "" || got.Note != "" {
		t.Errorf("%s -want +got:\n%s", got.Note, d)
	}
	got = w.abuseIPDB().Ask(t.Context(), addresses(1))
	want = reputation.Verdict{
		Service: "AbuseIPDB", Score: 97, Reports: 53, Reporters: 12, Country: "NL", Network: "Example AS",
		Link: "https://www.abuseipdb.com/check/203.0.113.0", Checked: w.now,
	}
	if d := cmp.Diff(want, got.Verdicts[addresses(1)[0]]); d != "" || got.Note != "" {
		t.Errorf("%s -want +got:\n%s", got.Note, d)
	}
	if d := cmp.Diff([]string{"/api/v3/ip_addresses/2001:db8::7", "/api/v2/check?ipAddress=203.0.113.0&maxAgeInDays=90"}, w.asked); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestCacheAndExpiry(t *testing.T) {
	w := newWorld(t)
	f := func(asked, cached int) reputation.Answers {
		t.Helper()
		got := w.abuseIPDB().Ask(t.Context(), addresses(3))
		if got.Asked != asked || got.Cached != cached || len(got.Verdicts) != 3 {
			t.Errorf("asked %d, cached %d, %d verdicts, want %d and %d: %s", got.Asked, got.Cached, len(got.Verdicts), asked, cached, got.Note)
		}
		return got
	}
	f(3, 0)
	f(0, 3)
	w.now = w.now.Add(59 * time.Minute)
	f(0, 3)
	w.now = w.now.Add(time.Minute)
	f(3, 0)
	// Without the service, what has expired is better than nothing.
	w.now = w.now.Add(2 * time.Hour)
	w.Close()
	got := f(1, 0)
	if v := got.Verdicts[addresses(1)[0]]; !v.Stale || v.Score != 97 {
		t.Errorf("got %+v", v)
	}
	if !strings.Contains(got.Note, "AbuseIPDB was not asked about 3 of 3 addresses: asking failed") {
		t.Errorf("note %q", got.Note)
	}
	if data, err := os.ReadFile(w.cache); err != nil || strings.Contains(string(data), "k3y") {
		t.Errorf("%v: %s", err, data)
	}
	for _, rubbish := range []string{"", "{", `{"verdicts":{"nobody":{}}}`, `{"verdicts":7}`} {
		if err := os.WriteFile(w.cache, []byte(rubbish), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := w.abuseIPDB().Ask(t.Context(), addresses(1)); got.Cached != 0 {
			t.Errorf("%q is a cache", rubbish)
		}
	}
}

func TestBudgetOfTheDay(t *testing.T) {
	w := newWorld(t)
	ask := func(from, to int) reputation.Answers {
		c := w.abuseIPDB()
		c.Budget = 5
		return c.Ask(t.Context(), addresses(to)[from:])
	}
	if got := ask(0, 3); got.Asked != 3 || got.Note != "" {
		t.Errorf("%+v", got)
	}
	got := ask(3, 8) // another run on the same day
	if got.Asked != 2 || len(got.Verdicts) != 2 || !strings.Contains(got.Note, "was not asked about 3 of 5 addresses: the budget of 5 questions for today is used up") {
		t.Errorf("%+v", got)
	}
	w.now = w.now.Add(12 * time.Hour)
	if got := ask(10, 12); got.Asked != 2 || got.Note != "" {
		t.Errorf("the next day: %+v", got)
	}
}

func TestLimitOfTheMinute(t *testing.T) {
	w := newWorld(t)
	got := w.virusTotal().Ask(t.Context(), addresses(20))
	// Four at once, four more after a minute; then the patience is used up.
	if got.Asked != 8 || w.slept != time.Minute || !strings.Contains(got.Note, "about 12 of 20 addresses: it allows 4 questions a minute") {
		t.Errorf("asked %d, slept %v: %s", got.Asked, w.slept, got.Note)
	}
	c := w.virusTotal()
	c.Patience = -1
	if got = c.Ask(t.Context(), addresses(30)[20:]); got.Asked != 4 || w.slept != time.Minute {
		t.Errorf("without patience: asked %d, slept %v", got.Asked, w.slept)
	}
}

func TestTooManyRequests(t *testing.T) {
	f := func(header string, times, asked int, slept time.Duration, note string) {
		t.Helper()
		w := newWorld(t)
		good, left := w.answer, times
		w.answer = func(out http.ResponseWriter, r *http.Request) {
			if left--; left < 0 {
				good(out, r)
				return
			}
			if header != "" {
				out.Header().Set("Retry-After", header)
			}
			out.WriteHeader(http.StatusTooManyRequests)
		}
		got := w.abuseIPDB().Ask(t.Context(), addresses(2))
		if got.Asked != asked || w.slept != slept || !strings.Contains(got.Note, note) || (note == "") != (got.Note == "") {
			t.Errorf("Retry-After %q: asked %d, slept %v, note %q", header, got.Asked, w.slept, got.Note)
		}
	}
	f("7", 1, 3, 7*time.Second, "")
	f("0", 2, 4, 2*time.Second, "")
	f("", 1, 3, 15*time.Second, "")
	f("Fri, 02 Jan 2026 12:00:30 GMT", 1, 3, 30*time.Second, "")
	f("86400", 1, 1, 0, "about 2 of 2 addresses: it is asked too often")
	f("20", 99, 4, time.Minute, "it is asked too often")
	f("-5", 99, 61, time.Minute, "it is asked too often")
	f("99999999999999999999", 1, 3, 15*time.Second, "")
}

func TestFailuresAreNotes(t *testing.T) {
	f := func(note string, answer func(http.ResponseWriter, *http.Request)) {
		t.Helper()
		w := newWorld(t)
		w.answer = answer
		got := w.virusTotal().Ask(t.Context(), addresses(3))
		if len(got.Verdicts) != 0 || got.Asked != 1 || !strings.Contains(got.Note, note) || strings.Contains(got.Note, "k3y") {
			t.Errorf("want the note %q, got %+v", note, got)
		}
	}
	f("it refuses the key (403", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	f("it answers 503", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	f("it answers 302", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
	f("not understood", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	f("there is no data", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	f("larger than", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(" ", 2<<20)) })
}

func TestUnknownAddress(t *testing.T) {
	w := newWorld(t)
	w.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	got := w.virusTotal().Ask(t.Context(), addresses(1))
	want := map[netip.Addr]reputation.Verdict{addresses(1)[0]: {Service: "VirusTotal", Unknown: true, Checked: w.now}}
	if d := cmp.Diff(want, got.Verdicts, cmpopts.EquateComparable(netip.Addr{})); d != "" || got.Note != "" {
		t.Errorf("%s -want +got:\n%s", got.Note, d)
	}
}

func TestVirusTotalWithoutEngines(t *testing.T) {
	f := func(attributes string, unknown bool) {
		t.Helper()
		a := addresses(1)[0]
		v, err := reputation.NewVirusTotal(reputation.Key{}, "").Verdict(a, []byte(`{"data":{"attributes":`+attributes+`}}`))
		if err != nil || v.Unknown != unknown || v.Unknown != (v.Engines == 0) {
			t.Errorf("%s: %+v, %v", attributes, v, err)
		}
	}
	f(`{}`, true)
	f(`{"country":"NL","last_analysis_stats":{}}`, true)
	f(`{"last_analysis_stats":{"malicious":0,"harmless":0,"undetected":0,"timeout":90}}`, true)
	f(`{"last_analysis_stats":{"malicious":0,"undetected":1}}`, false)
}

func TestTimeout(t *testing.T) {
	w := newWorld(t)
	w.answer = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	c := w.abuseIPDB()
	c.Timeout = 50 * time.Millisecond
	if got := c.Ask(t.Context(), addresses(2)); got.Asked != 1 || !strings.Contains(got.Note, "deadline") {
		t.Errorf("%+v", got)
	}
}

func TestKeys(t *testing.T) {
	write := func(text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := func(text string, mode os.FileMode, want string) {
		t.Helper()
		k, err := reputation.ReadKey(write(text, mode))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") || strings.Contains(fmt.Sprintf("%v %+v %#v %s", k, k, k, k), "s3cret") {
			t.Errorf("%q: the key is shown", text)
		}
	}
	f("s3cret\n", 0o600, "")
	f("s3cret", 0o400, "")
	f("s3cret", 0o640, "others can read it")
	f("s3cret", 0o604, "others can read it")
	f(" \n", 0o600, "there is no key")
	f("s3cret two", 0o600, "nothing but the key")
	f("s3cret\r\nX-Header: y", 0o600, "nothing but the key")
	f(strings.Repeat("x", 600), 0o600, "nothing but the key")
	if _, err := reputation.ReadKey(t.TempDir()); err == nil {
		t.Error("a folder is a key")
	}
	if _, err := reputation.ReadKey(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no file is a key")
	}
}

func FuzzVerdict(f *testing.F) {
	f.Add(`{"data":{"attributes":{"last_analysis_stats":{"malicious":-7,"x":9223372036854775807}}}}`)
	f.Add(`{"data":{"abuseConfidenceScore":-1,"totalReports":1e3,"isp":"\u0000"}}`)
	a := netip.MustParseAddr("203.0.113.1")
	f.Fuzz(func(t *testing.T, body string) {
		for _, s := range []reputation.Service{reputation.NewVirusTotal(reputation.Key{}, ""), reputation.NewAbuseIPDB(reputation.Key{}, "")} {
			v, err := s.Verdict(a, []byte(body))
			if err == nil && (v.Score < 0 || v.Score > 100 || v.Malicious < 0 || v.Reports < 0 || len(v.Network) > 200) {
				t.Fatalf("%+v", v)
			}
		}
	})
}
