package api

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/tail"
	"github.com/sasumata/sasumata/internal/view"
)

const goodPassword = "four plain words here"

// somebody shows something to the server, or nothing.
type somebody struct {
	name           string
	cookie, bearer string
}

// matrixHouse is a gate with one of everybody.
type matrixHouse struct {
	*Gate

	db      *database.DB
	all     []somebody
	secrets map[string]string // of sessions, by role
}

func newMatrixHouse(t *testing.T) *matrixHouse {
	t.Helper()
	db := databasetest.Open(t, databasetest.SQLite(t))
	accounts := access.New(db, access.Options{Now: time.Now})
	h := &matrixHouse{db: db, secrets: map[string]string{}, Gate: &Gate{
		Accounts: accounts, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Readers: []auth.Token{auth.NewToken("r", "a-token-of-a-reader-here")}, Analysts: []auth.Token{auth.NewToken("a", "a-token-of-an-analyst-here")}, Operators: []auth.Token{auth.NewToken("o", "a-token-of-an-operator")},
	}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, by := t.Context(), access.Actor{Name: "test"}
	h.all = []somebody{
		{name: "nobody"},
		{name: "a wrong token", bearer: "sas_" + strings.Repeat("A", 43)},
		{name: "a sender", bearer: "a-token-of-a-sender-here"},
		{name: "an ended session", cookie: strings.Repeat("A", 43)},
		{name: "a reader", bearer: "a-token-of-a-reader-here"},
		{name: "an analyst", bearer: "a-token-of-an-analyst-here"},
		{name: "an operator", bearer: "a-token-of-an-operator"},
	}
	for _, role := range access.Roles() {
		_, err := accounts.AddUser(ctx, by, "the-"+role.String(), goodPassword, role.String())
		must(err)
		secret, err := accounts.SignIn(ctx, access.Login{Name: "the-" + role.String(), Password: goodPassword, From: "127.0.0.1"})
		must(err)
		h.secrets[role.String()] = secret
		h.all = append(h.all, somebody{name: role.String(), cookie: secret})
	}
	for _, scope := range access.Admin.Permissions().Scopes() {
		secret, _, err := accounts.AddToken(ctx, access.Who{May: access.Admin.Permissions()}, by, access.NewToken{Name: strings.ReplaceAll(scope, ":", "."), Scopes: []string{scope}})
		must(err)
		h.all = append(h.all, somebody{name: "token of " + scope, bearer: secret})
	}
	for _, scope := range []string{"logs:send", "metrics:send"} {
		secret, _, err := accounts.AddToken(ctx, access.Who{May: access.Manage}, by, access.NewToken{Name: strings.ReplaceAll(scope, ":", "."), Scopes: []string{scope}})
		must(err)
		h.all = append(h.all, somebody{name: "token of " + scope, bearer: secret})
	}
	secret, _, err := accounts.AddToken(ctx, access.Who{May: access.Admin.Permissions()}, by, access.NewToken{Name: "expired", Scopes: []string{"admin"}, Life: time.Nanosecond})
	must(err)
	h.all = append(h.all, somebody{name: "an expired token", bearer: secret})
	return h
}

// options serve everything there is.
func (h *matrixHouse) options() *Options {
	return &Options{
		Gate:       h.Gate,
		Intake:     http.NotFoundHandler(),
		Logs:       &Logs{Hub: &tail.Hub{}},
		Dead:       &Dead{},
		Backups:    &Backups{Make: func(context.Context, string, bool, io.Writer) error { return nil }},
		Signals:    &Signals{},
		Notices:    &Notices{},
		Responses:  &Responses{},
		Containers: &Containers{},
		Rules:      bench{},
		Series:     &Series{Ask: http.NotFoundHandler(), Push: http.NotFound},
		Posture:    &Posture{},
		Views:      &view.Book{},
		Welcome:    &Welcome{},
		Pages:      &Pages{Files: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}, "assets/ann": {Data: []byte("x")}}},
	}
}

func (s *somebody) ask(handler http.Handler, method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, http.NoBody)
	r.RemoteAddr = "127.0.0.1:1234"
	if s.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+s.bearer)
	}
	if s.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "sasumata", Value: s.cookie})
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// who may use which route, said a second time and in other words than in route.go: a
// route that is not here fails the test.
func matrix() map[string]string {
	const (
		viewers = "viewer analyst responder admin"
		logs    = viewers + "; a reader; an analyst; token of logs:read"
		signals = viewers + "; a reader; an analyst; an operator; token of signals:read"
		respond = "responder admin; token of responses:write"
		series  = viewers + "; a reader; an analyst; token of metrics:read"
		bouncer = "responder admin; token of decisions:read"
		builds  = "responder admin; token of findings:write"
		triage  = "analyst responder admin; an analyst; token of signals:write"
		trail   = "analyst responder admin; an analyst; token of audit:read"
		dead    = "responder admin; an operator; token of operate"
		rules   = "responder admin; token of rules:write"
		persons = viewers
		admins  = "admin; token of manage"
		tokens  = "; a reader; an analyst; an operator; token of logs:read; token of signals:read; token of signals:write; token of audit:read; token of operate; token of manage; token of rules:write; token of responses:write; token of decisions:read; token of findings:write; token of metrics:read; token of logs:send; token of metrics:send"
	)
	return map[string]string{
		"GET /{$}": "*", "GET /signals/{id}": "*", "GET /ui/{page...}": "*", "GET /ui/assets/{name}": "*", "GET /api/v1/runbook": signals, "GET /api/v1/rules": signals,
		"POST /api/v1/rules/check": signals, "POST /api/v1/rules/preview": logs, "GET /api/v1/rules/{id}": signals, "GET /api/v1/rules/{id}/editions/{version}": signals,
		"PUT /api/v1/rules/{id}": rules, "DELETE /api/v1/rules/{id}": rules, "PUT /api/v1/rules/{id}/mode": rules,
		"GET /-/healthy": "*", "GET /-/ready": "*", "GET /metrics": "*", "/": "*", "GET /api/v1/openapi.json": "*",
		"GET /api/v1/logs": logs, "GET /api/v1/logs/stats": logs, "GET /api/v1/logs/summary": logs, "GET /api/v1/logs/patterns": logs, "GET /api/v1/logs/tail": logs,
		"GET /api/v1/signals": signals, "GET /api/v1/signals/summary": signals, "GET /api/v1/signals/events": signals, "GET /api/v1/signals/stats": signals, "GET /api/v1/signals/entities": signals, "GET /api/v1/signals/{id}": signals,
		"POST /api/v1/signals/{id}/mute": triage,
		"GET /api/v1/suppressions":       signals, "POST /api/v1/suppressions": triage, "POST /api/v1/suppressions/preview": signals,
		"GET /api/v1/suppressions/{id}": signals, "PATCH /api/v1/suppressions/{id}": triage, "POST /api/v1/suppressions/{id}/end": triage,
		"PATCH /api/v1/signals/{id}": triage, "GET /api/v1/audit": trail,
		"GET /api/v1/views": persons, "POST /api/v1/views": persons, "DELETE /api/v1/views/{id}": persons,
		"GET /api/v1/welcome": dead, "GET /api/v1/welcome/state": dead, "POST /api/v1/welcome/state": dead, "POST /api/v1/welcome/trial": dead,
		"POST /api/v1/backup": admins,
		"GET /api/v1/dead":    dead, "GET /api/v1/dead/{id}": dead, "POST /api/v1/dead/{id}/replay": dead, "DELETE /api/v1/dead/{id}": dead,
		"GET /api/v2/alerts": signals, "POST /api/v2/alerts": dead, "GET /api/v2/alerts/groups": signals, "GET /api/v2/silences": signals,
		"POST /api/v2/silences": dead, "GET /api/v2/silence/{id}": signals, "DELETE /api/v2/silence/{id}": dead,
		"GET /api/v2/status": signals, "GET /api/v2/receivers": signals,
		"GET /api/v1/alerting": signals, "POST /api/v1/alerting/preview": signals, "POST /api/v1/alerting/drill": dead, "POST /api/v1/receivers/{name}/test": dead,
		"GET /api/v1/notices/undelivered": signals, "GET /api/v1/notices/history": signals, "GET /api/v1/silences/preview": signals, "GET /alert/ack": "*", "POST /alert/ack": "*",
		"GET /api/v1/containers": signals, "GET /api/v1/containers/{id}": signals,
		"GET /api/v1/responses": signals, "POST /api/v1/responses": respond, "GET /api/v1/responses/summary": signals, "GET /api/v1/responses/check": signals, "GET /api/v1/responses/{id}": signals,
		"POST /api/v1/responses/{id}/undo": respond, "POST /api/v1/responses/{id}/approve": respond, "POST /api/v1/responses/{id}/refuse": respond,
		"POST /prometheus/api/v1/write": "; token of metrics:send", "GET /prometheus/-/healthy": "*",
		"GET /prometheus/api/v1/query": series, "POST /prometheus/api/v1/query": series, "GET /prometheus/api/v1/query_range": series, "POST /prometheus/api/v1/query_range": series,
		"GET /prometheus/api/v1/query_exemplars": series, "POST /prometheus/api/v1/query_exemplars": series, "GET /prometheus/api/v1/series": series, "POST /prometheus/api/v1/series": series,
		"GET /prometheus/api/v1/labels": series, "POST /prometheus/api/v1/labels": series, "GET /prometheus/api/v1/label/{name}/values": series, "POST /prometheus/api/v1/label/{name}/values": series,
		"GET /prometheus/api/v1/metadata": series, "POST /prometheus/api/v1/metadata": series, "GET /prometheus/api/v1/rules": series, "POST /prometheus/api/v1/rules": series,
		"GET /prometheus/api/v1/alerts": series, "POST /prometheus/api/v1/alerts": series, "GET /prometheus/api/v1/targets": series, "POST /prometheus/api/v1/targets": series,
		"GET /prometheus/api/v1/format_query": series, "POST /prometheus/api/v1/format_query": series, "GET /prometheus/api/v1/parse_query": series, "POST /prometheus/api/v1/parse_query": series,
		"GET /prometheus/api/v1/status/buildinfo": series, "POST /prometheus/api/v1/status/buildinfo": series,
		"GET /api/v1/incidents/{id}": signals, "GET /api/v1/incidents/{id}/archive": respond, "GET /api/v1/evidence": signals, "GET /api/v1/evidence/{id}": signals,
		"GET /api/v1/evidence/{id}/archive": respond, "GET /api/v1/evidence/{id}/verify": respond,
		"POST /api/v1/responses/import": respond, "POST /api/v1/responses/undo": respond,
		"GET /v1/decisions": bouncer, "GET /v1/decisions/stream": bouncer, "GET /v1/heartbeat": bouncer, "POST /v1/usage-metrics": bouncer,
		"GET /api/v1/posture/assets": signals, "DELETE /api/v1/posture/assets/{name}": dead, "GET /api/v1/posture/assets/{name}/runs": signals,
		"GET /api/v1/posture/findings": signals, "POST /api/v1/posture/runs": builds,
		"GET /setup": "*", "POST /setup": "*", "POST /api/v1/login": "*", "POST /api/v1/login/passkey": "*", "POST /api/v1/login/passkey/options": "*",
		"GET /login": "*", "POST /login": "*", "POST /logout": "*", "GET /login/oidc/{name}": "*", "GET /login/oidc/{name}/callback": "*", "GET /account": "*",
		"GET /access/style.css": "*", "GET /access/passkey.js": "*", "GET /access/icon.svg": "*",
		"GET /api/v1/me/passkeys": persons, "POST /api/v1/me/passkeys": persons, "POST /api/v1/me/passkeys/options": persons, "POST /api/v1/me/passkeys/{id}/remove": persons,
		"GET /api/v1/users/{name}/passkeys": admins, "DELETE /api/v1/users/{name}/passkeys/{id}": admins,
		"POST /api/v1/logout": persons, "GET /api/v1/me": viewers + tokens, "GET /api/v1/me/account": persons, "POST /api/v1/me/recovery": persons, "POST /api/v1/me/password": persons,
		"POST /api/v1/me/totp": persons, "POST /api/v1/me/totp/confirm": persons, "POST /api/v1/me/totp/off": persons,
		"GET /api/v1/me/sessions": persons, "DELETE /api/v1/me/sessions/{id}": persons,
		"GET /api/v1/me/tokens": persons, "POST /api/v1/me/tokens": persons, "DELETE /api/v1/me/tokens/{id}": persons,
		"GET /api/v1/users": admins, "POST /api/v1/users": admins, "PATCH /api/v1/users/{name}": admins, "DELETE /api/v1/users/{name}": admins,
		"DELETE /api/v1/users/{name}/sessions": admins,
		"GET /api/v1/tokens":                   admins, "POST /api/v1/tokens": admins, "DELETE /api/v1/tokens/{id}": admins,
	}
}

// address returns one that the path stands for.
func address(path string) string {
	if path == "/" {
		return "/of/the/intake"
	}
	return strings.NewReplacer("{id}", "abc", "{name}", "ann", "{page...}", "logs", "{$}", "").Replace(path)
}

func permitted(list string, s *somebody) bool {
	if list == "*" {
		return true
	}
	roles, others, _ := strings.Cut(list, "; ")
	return slices.Contains(strings.Fields(roles), s.name) || slices.Contains(strings.Split(others, "; "), s.name)
}

// TestWhoMayUseWhat asks every route by every method for everybody. What is served says so
// instead of doing anything.
func TestWhoMayUseWhat(t *testing.T) {
	h := newMatrixHouse(t)
	routes, want := h.options().routes(), matrix()
	patterns := map[string]bool{}
	paths := []string{}
	for i := range routes {
		pattern := routes[i].pattern()
		patterns[pattern] = true
		if _, ok := want[pattern]; !ok {
			t.Errorf("%s: nobody says here who may use it", pattern)
		}
		if !slices.Contains(paths, routes[i].path) {
			paths = append(paths, routes[i].path)
		}
		routes[i].serve = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Served", pattern) }
	}
	for pattern := range want {
		if !patterns[pattern] {
			t.Errorf("%s is not served", pattern)
		}
	}
	asked := 0
	for i := range h.all {
		who := &h.all[i]
		for _, path := range paths {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
				h.patience = auth.Patience{}
				w := who.ask(handler(routes, h.Gate), method, address(path))
				asked++
				pattern := method + " " + path
				if method == "HEAD" {
					pattern = "GET " + path
				}
				if _, ok := want[pattern]; !ok {
					pattern = pattern[:strings.LastIndex(pattern, "/")] + "/{id}" // a name as any other
				}
				_, served := want[pattern]
				if !served && !strings.HasPrefix(path, "/api/v1/") {
					pattern = "/" // the intake, which knows its senders itself
				}
				expected := ""
				if permitted(want[pattern], who) {
					expected = pattern
				}
				if got := w.Header().Get("Served"); got != expected {
					t.Errorf("%s: %s %s is served by %q, want %q", who.name, method, path, got, expected)
				}
				if !served && strings.HasPrefix(path, "/api/v1/") {
					if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Body.String(), "this path has "+w.Header().Get("Allow")) {
						t.Errorf("%s: %s %s: %d %s", who.name, method, path, w.Code, w.Body)
					}
					continue
				}
				if expected == "" && w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden {
					t.Errorf("%s: %s %s: %d", who.name, method, path, w.Code)
				}
			}
		}
	}
	t.Logf("%d requests of %d to %d routes", asked, len(h.all), len(routes))
}

// TestRoutesNeedSomething: a route that forgot who may use it is not served.
func TestRoutesNeedSomething(t *testing.T) {
	serve := func(http.ResponseWriter, *http.Request) {}
	for _, r := range []route{{"GET", "/x", need{}, serve}, {"GET", "/x", may(0), serve}, {"GET", "/x", need{kind: someone, may: access.Manage}, serve}, {"GET", "/x", need{kind: someone}, nil}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is served", r.need)
				}
			}()
			handler([]route{r}, &Gate{})
		}()
	}
}

// TestNothingIsServedBesideTheTable looks for handlers that are added elsewhere.
func TestNothingIsServedBesideTheTable(t *testing.T) {
	parsed, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // one package, no build tags
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, pkg := range parsed {
		for name, file := range pkg.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if ok && slices.Contains([]string{"NewServeMux", "ServeMux", "DefaultServeMux", "HandleFunc"}, sel.Sel.Name) {
					if found++; name != "route.go" {
						t.Errorf("%s serves by %s", name, sel.Sel.Name)
					}
				}
				return true
			})
		}
	}
	if found != 1 {
		t.Errorf("%d places serve, want one", found)
	}
}

// post sends JSON.
func (h *matrixHouse) post(path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://logs.example.com"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1234"
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	handler(h.options().routes(), h.Gate).ServeHTTP(w, r)
	return w
}

const adminLogin = `{"name":"the-admin","password":"` + goodPassword + `"}`

func cookieOf(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d %s: cookies %v", w.Code, w.Body, cookies)
	}
	return cookies[0]
}

func TestLoginOverHTTP(t *testing.T) {
	h := newMatrixHouse(t)
	w := h.post("/api/v1/login", adminLogin, nil)
	c := cookieOf(t, w)
	if w.Code != http.StatusOK || c.Name != "sasumata" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || c.Domain != "" {
		t.Errorf("%d %s", w.Code, c.Raw)
	}
	// Fixation: what somebody else put into the browser is not what comes back, and the
	// session that the browser had is over.
	planted := &http.Cookie{Name: "sasumata", Value: strings.Repeat("B", 43)}
	if got := cookieOf(t, h.post("/api/v1/login", adminLogin, func(r *http.Request) { r.AddCookie(planted) })); got.Value == planted.Value || len(got.Value) != 43 {
		t.Error("the planted session is used")
	}
	next := cookieOf(t, h.post("/api/v1/login", adminLogin, func(r *http.Request) { r.AddCookie(c) }))
	me := func(c *http.Cookie, want int) {
		t.Helper()
		s := somebody{cookie: c.Value}
		if w := s.ask(handler(h.options().routes(), h.Gate), "GET", "/api/v1/me"); w.Code != want {
			t.Errorf("%d %s, want %d", w.Code, w.Body, want)
		}
	}
	me(c, http.StatusUnauthorized)
	me(next, http.StatusOK)
	with := func(c *http.Cookie) func(*http.Request) { return func(r *http.Request) { r.AddCookie(c) } }
	w = h.post("/api/v1/me/password", `{"current":"`+goodPassword+`","new":"another `+goodPassword+`"}`, with(next))
	changed := cookieOf(t, w)
	me(next, http.StatusUnauthorized)
	me(changed, http.StatusOK)
	if out := cookieOf(t, h.post("/api/v1/logout", "", with(changed))); out.MaxAge >= 0 || out.Value != "" {
		t.Errorf("%s", out.Raw)
	}
	me(changed, http.StatusUnauthorized)
	for body, want := range map[string]int{
		adminLogin: http.StatusUnauthorized, `{"name":"nobody","password":"x"}`: http.StatusUnauthorized, `{"name":1}`: http.StatusBadRequest,
		adminLogin + "{}": http.StatusBadRequest, `{"user":"x"}`: http.StatusBadRequest, `{"name":"` + strings.Repeat("x", 20_000): http.StatusRequestEntityTooLarge,
	} {
		w := h.post("/api/v1/login", body, nil)
		if w.Code != want || w.Header().Get("Content-Type") != "application/problem+json" || len(w.Result().Cookies()) > 0 || strings.Contains(w.Body.String(), "plain words") {
			t.Errorf("%.60s: %d %s", body, w.Code, w.Body)
		}
	}
	if a, b := h.post("/api/v1/login", adminLogin, nil), h.post("/api/v1/login", `{"name":"nobody","password":"x"}`, nil); a.Body.String() != b.Body.String() {
		t.Errorf("a known user: %s, an unknown one: %s", a.Body, b.Body)
	}
}

func TestPasswordsAreNotTakenInTheClear(t *testing.T) {
	h := newMatrixHouse(t)
	remote := func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1234" }
	if w := h.post("/api/v1/login", adminLogin, remote); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "over TLS") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.URL = "https://logs.example.com"
	w := h.post("/api/v1/login", adminLogin, remote)
	if c := cookieOf(t, w); c.Name != "__Host-sasumata" || !c.Secure || w.Header().Get("Strict-Transport-Security") == "" {
		t.Errorf("%s, %v", c.Raw, w.Header())
	}
}

func TestPagesOfOtherSites(t *testing.T) {
	h := newMatrixHouse(t)
	f := func(want int, pairs ...string) {
		t.Helper()
		for _, path := range []string{"/api/v1/logout", "/api/v1/login", "/api/v1/users", "/api/v1/tokens", "/setup", "/login", "/logout", "/api/v1/login/passkey", "/api/v1/login/passkey/options", "/api/v1/me/passkeys", "/api/v1/me/passkeys/options", "/api/v1/me/passkeys/x/remove"} {
			w := h.post(path, "", func(r *http.Request) {
				r.AddCookie(&http.Cookie{Name: "sasumata", Value: h.secrets["admin"]})
				for i := 0; i < len(pairs); i += 2 {
					r.Header.Set(pairs[i], pairs[i+1])
				}
			})
			refused := w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), "another site")
			if refused != (want == http.StatusForbidden) {
				t.Errorf("%s with %q: %d %s", path, pairs, w.Code, w.Body)
			}
		}
	}
	f(http.StatusForbidden, "Sec-Fetch-Site", "cross-site")
	f(http.StatusForbidden, "Sec-Fetch-Site", "same-site")
	f(http.StatusForbidden, "Origin", "https://evil.example")
	f(http.StatusForbidden, "Origin", "null")
	h.URL = "https://front.example.com"
	f(http.StatusForbidden, "Origin", "https://evil.example")
	f(0, "Origin", "https://front.example.com")
	if h.Forbidden.Load() == 0 {
		t.Error("they are not counted")
	}
}

func TestRedirectsAndInjectedHeaders(t *testing.T) {
	h := newMatrixHouse(t)
	routes := handler(h.options().routes(), h.Gate)
	for _, path := range []string{"//evil.example/..", "/setup/../../evil.example", "/setup?next=https://evil.example", "/login?next=//evil.example", "/login?next=%0d%0aSet-Cookie:x=1", "/login/oidc/x?next=//evil.example", "/login/oidc/%0d%0aX:y/callback", "/account?lang=%0d%0aX:y", "/api//v1/me", "/%2f%2fevil.example", "/setup?key=%0d%0aSet-Cookie:x=1", "/api/v1/me%0d%0aX:y"} {
		w := (&somebody{}).ask(routes, "GET", "http://logs.example.com"+path)
		to := w.Header().Get("Location")
		if strings.HasPrefix(to, "//") || strings.Contains(to, "://") || strings.HasPrefix(to, `/\`) || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s leads to %q, %v", path, to, w.Header())
		}
		for _, values := range w.Header() {
			if strings.ContainsAny(strings.Join(values, ""), "\r\n") {
				t.Errorf("%s: %q", path, values)
			}
		}
	}
}

func TestSetupPage(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	accounts := access.New(db, access.Options{Now: time.Now})
	gate := &Gate{Accounts: accounts, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	h := &matrixHouse{Gate: gate, db: db}
	key, _, err := accounts.Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	routes := handler(h.options().routes(), gate)
	page := func(w *httptest.ResponseRecorder, code int, want string) {
		t.Helper()
		if w.Code != code || !strings.Contains(w.Body.String(), want) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%d %s, want %q", w.Code, w.Body, want)
		}
	}
	page((&somebody{}).ask(routes, "GET", "/setup?key=%22%3E%3Cscript%3E"), http.StatusForbidden, "too old or used")
	page((&somebody{}).ask(routes, "GET", "/setup?key="+key), http.StatusOK, `value="`+key+`"`)
	form := func(body string) *httptest.ResponseRecorder {
		return h.post("/setup", body, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept-Language", "ja")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		})
	}
	page(form("key="+key+"&name=root&password=short"), http.StatusBadRequest, "12 文字以上")
	page(form("key=x&name=root&password="+goodPassword), http.StatusForbidden, "期限切れ")
	w := form("key=" + key + "&name=root&password=" + goodPassword)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/ui/welcome" {
		t.Errorf("%d %s to %q, want the welcome", w.Code, w.Body, w.Header().Get("Location"))
	}
	if in := (&somebody{cookie: cookieOf(t, w).Value}).ask(routes, "GET", "/api/v1/me"); !strings.Contains(in.Body.String(), `"name":"root"`) {
		t.Errorf("the first user is not signed in: %d %s", in.Code, in.Body)
	}
	page(form("key="+key+"&name=root2&password="+goodPassword), http.StatusForbidden, "期限切れ")
	if w := h.post("/api/v1/login", `{"name":"root","password":"`+goodPassword+`"}`, nil); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
