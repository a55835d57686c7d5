package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/store"
	"github.com/sasumata/sasumata/internal/tail"
)

const secret = "a-token-for-tests-only"

// searched is a server over a store of ten events, a minute apart.
type searched struct {
	*api.Logs

	url   string
	fresh int
	gate  *api.Gate
}

func newSearched(t *testing.T) *searched {
	t.Helper()
	keep, err := store.Create(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keep.Close() })
	w := keep.Writer(store.WriterOptions{})
	for i := range 10 {
		e := event.New()
		e.Time, e.Source, e.Status = int64(1_700_000_000+60*i)*1e9, "nginx", []string{"ok", "error"}[i%2]
		e.Message = fmt.Sprintf("request %d", i)
		e.Set("http.status_code", event.IntValue(int64(200+100*(i%4))))
		if err := w.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(nil); err != nil {
		t.Fatal(err)
	}
	s := &searched{}
	s.Logs = &api.Logs{
		Store: keep, Fresh: func(context.Context) { s.fresh++ },
		Hub: &tail.Hub{}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	s.gate = &api.Gate{Readers: []auth.Token{auth.NewToken("reader", secret)}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer(api.Handler(api.Options{Intake: http.NotFoundHandler(), Logs: s.Logs, Gate: s.gate}))
	t.Cleanup(server.Close)
	t.Cleanup(s.Hub.Close)
	s.url = server.URL
	return s
}

// ask sends a request with the token, and reads the answer into the value.
func (s *searched) ask(t *testing.T, path string, into any) int {
	t.Helper()
	resp := s.open(t, path, secret)
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return resp.StatusCode
}

func (s *searched) open(t *testing.T, path, token string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestSearchesOverHTTP(t *testing.T) {
	s := newSearched(t)
	var events struct {
		Events  []struct{ Message string }
		Scanned struct{ Matched int }
	}
	if code := s.ask(t, "/api/v1/logs?query=status:error&limit=2", &events); code != http.StatusOK || len(events.Events) != 2 || events.Events[0].Message != "request 9" {
		t.Errorf("%d %+v", code, events)
	}
	if code := s.ask(t, "/api/v1/logs?from=2023-11-14T22:14:00Z&to=2023-11-14T22:16:00Z", &events); code != http.StatusOK || len(events.Events) != 2 || s.fresh != 2 {
		t.Errorf("%d %+v, fresh %d", code, events, s.fresh)
	}
	var groups struct {
		Measure string
		Rows    []struct {
			Time  string
			By    map[string]string
			Count int
		}
		Cut int `json:"groups_not_shown"`
	}
	if code := s.ask(t, "/api/v1/logs/stats?stats=count+by+@http.status_code&limit=3", &groups); code != http.StatusOK || len(groups.Rows) != 3 || groups.Cut != 1 || groups.Rows[0].By["@http.status_code"] != "200" {
		t.Errorf("%d %+v", code, groups)
	}
	if code := s.ask(t, "/api/v1/logs/stats?every=1h", &groups); code != http.StatusOK || len(groups.Rows) != 1 || groups.Rows[0].Count != 10 || groups.Rows[0].Time != "2023-11-14T22:00:00Z" {
		t.Errorf("%d %+v", code, groups)
	}
	type counts struct {
		Rows []struct {
			By    map[string]string
			Count int
		}
	}
	var summary struct {
		Every     string
		Histogram counts
		Facets    map[string]counts
	}
	if code := s.ask(t, "/api/v1/logs/summary?query=@http.status_code:%3E200&facets=status,@http.status_code&by=status", &summary); code != http.StatusOK ||
		summary.Every != "15s" || len(summary.Histogram.Rows) != 7 || len(summary.Facets) != 2 || len(summary.Facets["@http.status_code"].Rows) != 3 ||
		summary.Facets["status"].Rows[0].Count != 5 || summary.Histogram.Rows[0].By["status"] != "error" {
		t.Errorf("%d %+v", code, summary)
	}
}

func TestPatternsOfMessages(t *testing.T) {
	s := newSearched(t)
	var answer struct {
		Patterns []struct {
			Pattern, Query, First, Last, Example string
			Count                                int
			Share                                float64
			Statuses                             map[string]int
			Pieces                               []struct {
				Text   string
				Values []string
			}
		}
		Messages int
		Scanned  struct{ Matched int }
	}
	if code := s.ask(t, "/api/v1/logs/patterns?query=@http.status_code:%3E200", &answer); code != http.StatusOK || len(answer.Patterns) != 1 {
		t.Fatalf("%d %+v", code, answer)
	}
	p := answer.Patterns[0]
	if p.Pattern != "request *" || p.Query != `"request"` || p.Count != 7 || p.Share != 1 || p.Statuses["error"] != 5 || p.Statuses["ok"] != 2 || p.Example != "request 1" ||
		p.First != "2023-11-14T22:14:20Z" || p.Last != "2023-11-14T22:22:20Z" || len(p.Pieces) != 2 || p.Pieces[0].Text != "request " || len(p.Pieces[1].Values) != 3 ||
		answer.Messages != 7 || answer.Scanned.Matched != 7 || s.fresh != 1 {
		t.Errorf("%+v, made fresh %d times", answer, s.fresh)
	}
}

func TestSearchesThatCannotBeAnswered(t *testing.T) {
	s := newSearched(t)
	f := func(path string, code int, want string) {
		t.Helper()
		var answer struct{ Detail string }
		if got := s.ask(t, path, &answer); got != code || !strings.Contains(answer.Detail, want) {
			t.Errorf("%s: %d %q, want %d %q", path, got, answer.Detail, code, want)
		}
	}
	f("/api/v1/logs?query=@a:[", http.StatusBadRequest, "query: column")
	f("/api/v1/logs?from=yesterday", http.StatusBadRequest, "from")
	f("/api/v1/logs?limit=0", http.StatusBadRequest, "limit")
	f("/api/v1/logs?q=x", http.StatusBadRequest, `parameter "q" is unknown, want from, limit, query, to`)
	f("/api/v1/logs?query=%zz", http.StatusBadRequest, "invalid URL escape")
	f("/api/v1/logs/stats?stats=total", http.StatusBadRequest, "want count")
	f("/api/v1/logs/stats?every=often", http.StatusBadRequest, "no length of time")
	f("/api/v1/logs/summary?facets=a+b", http.StatusBadRequest, "no field")
	f("/api/v1/logs/summary?facets="+strings.Repeat("a,", 20)+"a", http.StatusBadRequest, "at most 20")
	f("/api/v1/logs/patterns?limit=1001", http.StatusBadRequest, "from 1 to 1000")
	f("/api/v1/logs/patterns?every=1h", http.StatusBadRequest, `parameter "every" is unknown`)
	f("/api/v1/logs/summary?by=a+b", http.StatusBadRequest, "no field")
	f("/api/v1/logs?query=a&query=b", http.StatusBadRequest, `parameter "query" is there 2 times`)
	f("/api/v1/logs/tail?query=@a:[", http.StatusBadRequest, "query: column")
	f("/api/v1/logs/tail?query=%zz", http.StatusBadRequest, "invalid URL escape")
	f("/api/v1/logs/tail?query=a&query=b", http.StatusBadRequest, "2 times")
	f("/api/v1/logs/tail?from=1h", http.StatusBadRequest, "of no use")
	s.Store = nil
	f("/api/v1/logs", http.StatusNotFound, "store.disabled")
	if s.Failed.Load() == 0 {
		t.Error("failures are not counted")
	}
}

func TestReadersNeedATokenOfTheirs(t *testing.T) {
	s := newSearched(t)
	for i := range 12 {
		want := http.StatusUnauthorized
		if i >= 10 {
			want = http.StatusTooManyRequests
		}
		resp := s.open(t, "/api/v1/logs", "a-token-of-somebody-else")
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("request %d: %d, want %d", i, resp.StatusCode, want)
		}
	}
	if s.gate.Unauthorized.Load() != 12 || s.fresh != 0 {
		t.Errorf("%d are counted, %d looked at", s.gate.Unauthorized.Load(), s.fresh)
	}
	var answer struct{ Events []any }
	if code := s.ask(t, "/api/v1/logs", &answer); code != http.StatusOK || len(answer.Events) != 10 {
		t.Errorf("who has a token is told %d", code)
	}
}

func TestTailShowsWhatComes(t *testing.T) {
	s := newSearched(t)
	resp := s.open(t, "/api/v1/logs/tail?query=status:error", secret)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() || lines.Text() != "{}" {
		t.Fatalf("begins with %q", lines.Text())
	}
	e := event.New()
	e.Message = "a\x1b[2J"
	for _, status := range []string{"ok", "error"} {
		e.Status = status
		s.Hub.Observe(e)
	}
	var got struct {
		Event struct{ Message, Status string }
	}
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &got) != nil || got.Event.Message != e.Message || got.Event.Status != "error" || strings.Contains(lines.Text(), "\x1b") {
		t.Errorf("%q", lines.Text())
	}
	s.Hub.Close()
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
		t.Errorf("behind the end: %q, %v", rest, err)
	}
}

// TestTailTellsWhatItLeftOut reads nothing until more waits than may.
func TestTailTellsWhatItLeftOut(t *testing.T) {
	s := newSearched(t)
	resp := s.open(t, "/api/v1/logs/tail", secret)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	e := event.New()
	e.Message = strings.Repeat("x", 100_000)
	const sent = 3000
	for range sent {
		s.Hub.Observe(e)
	}
	seen, left := 0, 0
	for seen+left < sent && lines.Scan() {
		var one struct {
			Event *struct{}
			Left  int `json:"left_out"`
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		left += one.Left
		if one.Event != nil {
			seen++
		}
	}
	if seen+left != sent || left == 0 {
		t.Errorf("%d came and %d were left out of %d", seen, left, sent)
	}
}
