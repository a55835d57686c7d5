package api_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/tail"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

const analystSecret = "another-token-for-tests"

// triaged is a server with three signals.
type triaged struct {
	url string
	db  *database.DB
}

func newTriaged(t *testing.T, cfg database.Config) *triaged {
	t.Helper()
	db := databasetest.Open(t, cfg)
	book, err := triage.NewBook(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var list []*signal.Signal
	for i, id := range []string{"aaa", "bbb", "ccc"} {
		list = append(list, &signal.Signal{
			ID: id, RuleID: "brute_force", Title: "Brute force\x1b[2J", Severity: signal.Severity(i + 2), Tags: []string{"category:authentication"}, Time: int64(i+1) * 1e9, LastSeen: 1e9, Events: 5,
			Entities: []signal.Entity{{Kind: signal.KindIP, Value: "203.0.113.7"}},
		})
	}
	if err := book.Observe(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	logs := &api.Logs{Hub: &tail.Hub{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	signals := &api.Signals{Book: book, Trail: func(ctx context.Context, want audit.Filter) (list []audit.Entry, err error) {
		err = db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
			list, err = audit.List(ctx, tx, want)
			return err
		})
		return list, err
	}}
	gate := &api.Gate{
		Readers: []auth.Token{auth.NewToken("reader", secret)}, Analysts: []auth.Token{auth.NewToken("alice", analystSecret)}, Now: time.Now, Log: logs.Log,
	}
	server := httptest.NewServer(api.Handler(api.Options{Intake: http.NotFoundHandler(), Gate: gate, Logs: logs, Signals: signals}))
	t.Cleanup(server.Close)
	t.Cleanup(logs.Hub.Close)
	return &triaged{url: server.URL, db: db}
}

func (s *triaged) ask(t *testing.T, method, path, token, body string) (code int, kind, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if method == http.MethodPatch {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(data)
}

func TestSignalsOverHTTP(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			s := newTriaged(t, engine.Config(t))
			f := func(method, path, token, body string, code int, want ...string) {
				t.Helper()
				got, kind, text := s.ask(t, method, path, token, body)
				if got != code {
					t.Errorf("%s %s: %d %s, want %d", method, path, got, text, code)
				}
				for _, part := range want {
					if !strings.Contains(text, part) {
						t.Errorf("%s %s: %q is missing in %s", method, path, part, text)
					}
				}
				if code < 400 != (kind == "application/json") || code >= 400 != (kind == "application/problem+json") {
					t.Errorf("%s %s: Content-Type %q", method, path, kind)
				}
				var problem struct {
					Status        int
					Title, Detail string
				}
				if err := json.Unmarshal([]byte(text), &problem); code >= 400 && (err != nil || problem.Status != code || problem.Title == "" || problem.Detail == "") {
					t.Errorf("%s %s: %s", method, path, text)
				}
			}
			f("GET", "/api/v1/signals?limit=2", secret, "", 200, `"id":"ccc"`, `"id":"bbb"`, `"next":"`, `\u001b[2J`)
			f("GET", "/api/v1/signals?query=status:high+tag:%22category:authentication%22+@network.client.ip:203.0.113.7", analystSecret, "", 200, `"id":"bbb"`)
			f("GET", "/api/v1/signals?query=status:(", secret, "", 400, "query: ")
			f("GET", "/api/v1/signals?limit=501", secret, "", 400, "from 1 to 500")
			f("GET", "/api/v1/signals?sort=colour", secret, "", 400, "want one of opened, last_seen, severity")
			f("GET", "/api/v1/signals?cursor=x", secret, "", 400, "the cursor is none of this search")
			f("GET", "/api/v1/signals?page=2", secret, "", 400, `parameter \"page\" is unknown, want cursor, from, limit, order, query, sort, to`)
			f("GET", "/api/v1/signals", "a-token-that-nobody-has", "", 401, "want a session, or a token")
			f("GET", "/api/v1/signals/bbb", secret, "", 200, `"state":"open"`, `"history":[]`, `"query":"@network.client.ip:`)
			f("GET", "/api/v1/signals/none", secret, "", 404, "there is no such signal")
			f("PATCH", "/api/v1/signals/bbb", secret, `{"comment":"x"}`, 403, "which reader may not")
			f("GET", "/api/v1/audit", secret, "", 403, "which reader may not")
			f("PATCH", "/api/v1/signals/bbb", analystSecret, `{"state":"under_review","assignee":"bob","comment":"hm"}`, 200, `"state":"under_review"`, `"assignee":"bob"`, `"version":2`)
			f("PATCH", "/api/v1/signals/bbb", analystSecret, `{"state":"archived"}`, 400, "archived for a reason")
			f("PATCH", "/api/v1/signals/bbb", analystSecret, `{"state":"done"}`, 400, `want open, under_review or archived`)
			f("PATCH", "/api/v1/signals/bbb", analystSecret, `{"stat":"open"}`, 400, `unknown field \"stat\"`)
			f("PATCH", "/api/v1/signals/bbb", analystSecret, `{"comment":"x"} {}`, 400, "goes on")
			f("PATCH", "/api/v1/signals/bbb", analystSecret, `{"comment":"`+strings.Repeat("x", 70_000)+`"}`, 413, "65536 bytes")
			f("PATCH", "/api/v1/signals/bbb", analystSecret, `{"comment":"x","version":1}`, 409, "somebody else changed")
			f("PATCH", "/api/v1/signals/none", analystSecret, `{"comment":"x"}`, 404, "no such signal")
			f("GET", "/api/v1/signals/bbb", secret, "", 200, `"actor":"alice"`, `"text":"hm"`)
			f("GET", "/api/v1/signals/stats?from=1d", secret, "", 200, `"under_review":1`, `"rule_id":"brute_force"`)
			f("GET", "/api/v1/signals/stats?from=yesterday", secret, "", 400, "from: ")
			f("GET", "/api/v1/signals/entities", secret, "", 200, `"kind":"ip","value":"203.0.113.7"`, `"signals":3`)
			f("GET", "/api/v1/audit?object=bbb&limit=1", analystSecret, "", 200, `"actor":"alice","action":"signal.comment"`, `"next":"`)
			f("GET", "/api/v1/audit?cursor=x", analystSecret, "", 400, "the cursor is none of this list")
			f("GET", "/api/v1/signals?qery=x", secret, "", 400, `did you mean \"query\"?`)
			f("GET", "/api/v1/signal", secret, "", 404, "there is no such path")
			f("DELETE", "/api/v1/signals/bbb", secret, "", 405, "this path has GET, HEAD, PATCH")
			if err := s.db.Close(); err != nil {
				t.Fatal(err)
			}
			f("GET", "/api/v1/signals/bbb", secret, "", 500, "the log of the server says why")
		})
	}
}
