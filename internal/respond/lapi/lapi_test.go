package lapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/respond/lapi"
)

// blocks are what a test says is blocked.
type blocks struct {
	mu            sync.Mutex
	active, ended []respond.Decision
	err           error
}

func (b *blocks) Decisions(context.Context) ([]respond.Decision, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.active), b.err
}

func (b *blocks) Ended(_ context.Context, since time.Time) (list []respond.Decision, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.ended {
		if d.Until.After(since) {
			list = append(list, d)
		}
	}
	return list, b.err
}

func (b *blocks) set(active ...respond.Decision) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.active = active
}

var now = time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)

func one(id int64, network, policy string) respond.Decision {
	return respond.Decision{ID: id, Version: 1, Network: netip.MustParsePrefix(network), Policy: policy, Rule: map[bool]string{true: "brute_force"}[policy != ""], Until: now.Add(time.Hour)}
}

// newServer serves bouncers, who are called what they show.
func newServer(t *testing.T, b lapi.Source) *httptest.Server {
	t.Helper()
	h := &lapi.Handler{Source: b, Who: func(r *http.Request) string { return r.Header.Get("X-Api-Key") }, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	s := httptest.NewServer(mux(h))
	t.Cleanup(s.Close)
	return s
}

func mux(h *lapi.Handler) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /v1/decisions", h.Decisions)
	m.HandleFunc("GET /v1/decisions/stream", h.Stream)
	m.HandleFunc("GET /v1/heartbeat", h.Beat)
	m.HandleFunc("POST /v1/usage-metrics", h.Report)
	return m
}

func get(t *testing.T, s *httptest.Server, who, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", who)
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(body))
}

// values returns what a list says in short.
func values(t *testing.T, body string) string {
	t.Helper()
	type list []struct{ Origin, Type, Scope, Value, Duration, Scenario string }
	var said struct{ New, Deleted list }
	if err := json.Unmarshal([]byte(body), &said); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	var words []string
	for sign, all := range map[string]list{"+": said.New, "-": said.Deleted} {
		for _, d := range all {
			if ends, err := time.ParseDuration(d.Duration); err != nil || (ends < 0) != (sign == "-") || d.Type != "ban" {
				t.Errorf("%s%+v, error %v", sign, d, err)
			}
			words = append(words, sign+d.Value)
		}
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// TestStreams: first all, then what changed, for each bouncer by itself.
func TestStreams(t *testing.T) {
	t.Parallel()
	b := &blocks{ended: []respond.Decision{{ID: 9, Network: netip.MustParsePrefix("203.0.113.9/32"), Until: now.Add(-time.Minute)}, {ID: 8, Network: netip.MustParsePrefix("203.0.113.8/32"), Until: now.Add(-25 * time.Hour)}}}
	s := newServer(t, b)
	f := func(who, query, want string) {
		t.Helper()
		code, body := get(t, s, who, "/v1/decisions/stream"+query)
		if got := values(t, body); code != 200 || got != want {
			t.Errorf("%s %s: %d %s, want %s", who, query, code, got, want)
		}
	}
	b.set(one(1, "203.0.113.1/32", "p"), one(2, "2001:db8:1::/64", "p"), one(3, "198.51.100.0/24", ""))
	f("a", "?startup=true", "+198.51.100.0/24 +2001:db8:1::/64 +203.0.113.1 -203.0.113.9")
	f("a", "?", "")
	b.set(one(1, "203.0.113.1/32", "p"), one(4, "203.0.113.4/32", "p"))
	f("a", "", "+203.0.113.4 -198.51.100.0/24 -2001:db8:1::/64")
	f("b", "?startup=true&scopes=ip", "+203.0.113.1 +203.0.113.4 -203.0.113.9")
	longer := one(4, "203.0.113.4/32", "p")
	longer.Version, longer.Until = 2, now.Add(2*time.Hour)
	again := one(5, "203.0.113.1/32", "")
	b.set(again, longer)
	f("a", "", "+203.0.113.1 +203.0.113.4") // 1 ended, and its address is blocked again
	f("b", "?origins=cscli", "+203.0.113.1")
	f("b", "?origins=cscli", "")
	f("c", "", "+203.0.113.1 +203.0.113.4 -203.0.113.9") // this server was started anew
	f("d", "?startup=true&scenarios_containing=Brute,other", "+203.0.113.4")
	f("d", "?startup=true&scenarios_not_containing=brute", "+203.0.113.1 -203.0.113.9")
	b.mu.Lock()
	b.err = errors.New("away")
	b.mu.Unlock()
	if code, _ := get(t, s, "a", "/v1/decisions/stream"); code != 503 {
		t.Errorf("code %d", code)
	}
	b.mu.Lock()
	b.err = nil
	b.mu.Unlock()
	b.set()
	f("a", "", "-203.0.113.1 -203.0.113.4") // nothing was lost by the failure
}

// TestManyBouncers take no memory without bound; who is forgotten gets all again.
func TestManyBouncers(t *testing.T) {
	t.Parallel()
	b := &blocks{active: []respond.Decision{one(1, "203.0.113.1/32", "p")}}
	s := newServer(t, b)
	for i := range 200 {
		get(t, s, fmt.Sprint("bouncer", i), "/v1/decisions/stream?startup=true")
	}
	told := 0
	for i := range 200 {
		if _, body := get(t, s, fmt.Sprint("bouncer", i), "/v1/decisions/stream"); values(t, body) == "+203.0.113.1" {
			told++
		}
	}
	if told < 150 {
		t.Errorf("%d were told all", told)
	}
}

// TestQuestions is what bouncers ask that look up each address.
func TestQuestions(t *testing.T) {
	t.Parallel()
	b := &blocks{active: []respond.Decision{one(1, "203.0.113.1/32", "p"), one(2, "2001:db8:1::/64", "p"), one(3, "198.51.100.0/24", ""), one(4, "2001:db8:2::/48", "")}}
	s := newServer(t, b)
	f := func(query string, want ...string) {
		t.Helper()
		code, body := get(t, s, "a", "/v1/decisions?"+query)
		var list []struct{ Value string }
		if err := json.Unmarshal([]byte(body), &list); err != nil || code != 200 {
			t.Fatalf("%d %s: %v", code, body, err)
		}
		var got []string
		for _, d := range list {
			got = append(got, d.Value)
		}
		if !slices.Equal(got, want) || want == nil && body != "null" {
			t.Errorf("%s: %s, want %v", query, body, want)
		}
	}
	f("ip=203.0.113.1", "203.0.113.1")
	f("ip=203.0.113.2")
	f("ip=2001:db8:1::1234", "2001:db8:1::/64")
	f("ip=2001:db8:2:3::1", "2001:db8:2::/48")
	f("ip=198.51.100.77", "198.51.100.0/24")
	f("range=198.51.100.0/25", "198.51.100.0/24")
	f("range=198.51.0.0/16")
	f("scope=Ip&value=203.0.113.1", "203.0.113.1")
	f("scope=Range&value=203.0.113.1")
	f("scope=Country&value=XX")
	f("type=captcha&ip=203.0.113.1")
	f("ip=x")
	f("", "203.0.113.1", "2001:db8:1::/64", "198.51.100.0/24", "2001:db8:2::/48")
	for path, want := range map[string]int{"/v1/heartbeat": 200, "/v1/usage-metrics": 405} {
		if code, _ := get(t, s, "a", path); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	resp, err := s.Client().Post(s.URL+"/v1/usage-metrics", "application/json", strings.NewReader(`{"remediation_components":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("code %d", resp.StatusCode)
	}
}

// FuzzQuestions: what a bouncer asks is answered, whatever it is.
func FuzzQuestions(f *testing.F) {
	b := &blocks{active: []respond.Decision{one(1, "203.0.113.1/32", "p"), one(4, "2001:db8:2::/48", "")}}
	h := &lapi.Handler{Source: b, Who: func(*http.Request) string { return "a" }, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	serve := mux(h)
	for _, seed := range []string{"ip=203.0.113.1", "range=::/0", "scopes=ip,range&startup=true", "value=%zz", "ip=fe80::1%25eth0", "origins=,,&type="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/v1/decisions", "/v1/decisions/stream"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			serve.ServeHTTP(w, r)
			if w.Code != 200 || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%q: %d %s", query, w.Code, w.Body)
			}
		}
	})
}
