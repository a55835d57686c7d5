package api

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/oidc"
	"github.com/sasumata/sasumata/internal/access/oidc/oidctest"
	"github.com/sasumata/sasumata/internal/access/passkey/passkeytest"
	"github.com/sasumata/sasumata/internal/auth"
)

// form posts a form as a browser does.
func (h *matrixHouse) form(path string, values url.Values, change func(*http.Request)) *httptest.ResponseRecorder {
	return h.post(path, values.Encode(), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if change != nil {
			change(r)
		}
	})
}

func (h *matrixHouse) get(path string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://logs.example.com"+path, http.NoBody)
	r.RemoteAddr = "127.0.0.1:1234"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	handler(h.options().routes(), h.Gate).ServeHTTP(w, r)
	return w
}

func with(secret string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sasumata", Value: secret}) }
}

func wantPage(t *testing.T, w *httptest.ResponseRecorder, code int, want ...string) {
	t.Helper()
	if w.Code != code || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Header().Get("Content-Security-Policy") != pagePolicy {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for _, text := range want {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("%q is missing in\n%s", text, w.Body)
		}
	}
	if inline := regexp.MustCompile(`(?i)<script>|<style|\sstyle=|\son[a-z]+=|javascript:`).FindString(w.Body.String()); inline != "" {
		t.Errorf("%s in\n%s", inline, w.Body)
	}
}

func wantPlace(t *testing.T, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
		t.Errorf("%d to %q, want %q\n%s", w.Code, w.Header().Get("Location"), want, w.Body)
	}
}

func TestSignInByForm(t *testing.T) {
	h := newMatrixHouse(t)
	login := func(name, password, next string) *httptest.ResponseRecorder {
		return h.form("/login", url.Values{"name": {name}, "password": {password}, "next": {next}}, nil)
	}
	wantPage(t, h.get("/login?next=/signals", nil), http.StatusOK, "<h1>Sign in</h1>", `value="/signals"`, `autocomplete="username webauthn"`, `autocomplete="current-password"`, `<label for="password">`)
	// What is typed is text.
	w := login(`"><script>alert(1)</script>`, "x", "/")
	wantPage(t, w, http.StatusUnauthorized, `aria-describedby="problem"`, `id="problem" role="alert">The name, the password or the code is wrong.`, `value="&#34;&gt;&lt;script`)
	if len(w.Result().Cookies()) > 0 || strings.Contains(w.Body.String(), goodPassword) {
		t.Errorf("%v", w.Header())
	}
	// Those who are there and those who are not are answered the same.
	hide := strings.NewReplacer("the-admin", "", "nobody", "")
	if a, b := login("the-admin", "x", "/"), login("nobody", "x", "/"); hide.Replace(a.Body.String()) != hide.Replace(b.Body.String()) || a.Code != b.Code {
		t.Errorf("a known user:\n%s\nan unknown one:\n%s", a.Body, b.Body)
	}
	w = login("the-admin", goodPassword, "/signals?query=status:high")
	wantPlace(t, w, "/signals?query=status:high")
	c := cookieOf(t, w)
	wantPlace(t, h.get("/login?next=/logs", with(c.Value)), "/logs")
	wantPage(t, h.get("/account", with(c.Value)), http.StatusOK, "<strong>the-admin</strong>", `href="/ui/settings"`)
	// Fixation: another sign-in of this browser has another secret, and the one before ends.
	w = h.form("/login", url.Values{"name": {"the-admin"}, "password": {goodPassword}}, with(c.Value))
	wantPlace(t, w, "/")
	next := cookieOf(t, w)
	wantPlace(t, h.get("/account", with(c.Value)), "/login?next=%2Faccount")
	wantPlace(t, h.get("/account", func(r *http.Request) { r.Header.Set("Authorization", "Bearer a-token-of-a-reader-here") }), "/login?next=%2Faccount")
	w = h.form("/logout", nil, with(next.Value))
	wantPlace(t, w, "/login?out")
	if out := cookieOf(t, w); out.MaxAge >= 0 || out.Value != "" {
		t.Errorf("%s", out.Raw)
	}
	wantPlace(t, h.get("/account", with(next.Value)), "/login?next=%2Faccount")
	wantPlace(t, h.form("/logout", nil, with(next.Value)), "/login?out")
	wantPage(t, h.get("/login?out", nil), http.StatusOK, "You are signed out.")
	// Over a wire that others can read, no password is taken.
	w = h.form("/login", url.Values{"name": {"the-admin"}, "password": {goodPassword}}, func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1234" })
	wantPage(t, w, http.StatusForbidden, "over https")
	for range 10 {
		login("the-viewer", "wrong", "/")
	}
	wantPage(t, login("the-viewer", goodPassword, "/"), http.StatusTooManyRequests, "Try again in 1")
	wantPage(t, h.form("/login", url.Values{"name": {strings.Repeat("x", 20_000)}}, nil), http.StatusBadRequest, "cannot be read")
	wantPage(t, h.form("/login", url.Values{"ticket": {"x"}, "code": {"123456"}}, nil), http.StatusForbidden, "Begin again")
}

func TestLanguagesOfPages(t *testing.T) {
	h := newMatrixHouse(t)
	f := func(query, accept, cookie, want string) *httptest.ResponseRecorder {
		t.Helper()
		w := h.get("/login"+query, func(r *http.Request) {
			r.Header.Set("Accept-Language", accept)
			if cookie != "" {
				r.AddCookie(&http.Cookie{Name: languageCookie, Value: cookie})
			}
		})
		wantPage(t, w, http.StatusOK, `<html lang="`+want+`">`)
		return w
	}
	f("", "", "", "en")
	f("", "fr, ja;q=0.9, en;q=0.8", "", "ja")
	f("", "en-GB,ja", "", "en")
	f("", "JA-JP", "", "ja")
	f("", "ja", "en", "en")
	f("", "ja", "x", "ja")
	w := f("?lang=ja&next=/x", "en", "en", "ja")
	wantPage(t, w, http.StatusOK, "<h1>サインイン</h1>", `href="/login?lang=en&amp;next=%2Fx" lang="en"`)
	if c := cookieOf(t, w); c.Name != languageCookie || c.Value != "ja" || !c.HttpOnly {
		t.Errorf("%s", c.Raw)
	}
	if c := f("?lang=fr", "en", "", "en").Result().Cookies(); len(c) > 0 {
		t.Errorf("%v", c)
	}
}

// TestEveryAnswerSaysWhatIsNotAllowed asks every route, and beside them.
func TestEveryAnswerSaysWhatIsNotAllowed(t *testing.T) {
	h := newMatrixHouse(t)
	paths := []string{"/api//v1/me", "/nothing", "/api/v1/input", "/-/healthy/x"}
	routes := h.options().routes()
	for _, r := range routes {
		paths = append(paths, strings.NewReplacer("{id}", "abc", "{name}", "ann").Replace(r.path))
	}
	for i := range routes {
		if strings.Contains(routes[i].path, "/api/") || strings.Contains(routes[i].path, "alert") { // need parts that are not here
			routes[i].serve = func(http.ResponseWriter, *http.Request) {}
		}
		if routes[i].path == "/-/ready" || routes[i].path == "/metrics" {
			routes[i].serve = func(http.ResponseWriter, *http.Request) {}
		}
	}
	for _, url := range []string{"", "https://logs.example.com"} {
		h.URL = url
		serves := handler(routes, h.Gate)
		for _, path := range paths {
			for _, method := range []string{"GET", "POST", "PUT", "OPTIONS"} {
				h.patience = auth.Patience{}
				w := (&somebody{}).ask(serves, method, path)
				got := w.Header()
				for name, want := range map[string]string{
					"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Permissions-Policy": features,
					"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin",
				} {
					if got.Get(name) != want {
						t.Errorf("%s %s: %s is %q", method, path, name, got.Get(name))
					}
				}
				policy := got.Get("Content-Security-Policy")
				for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
					if !strings.Contains(policy, want) {
						t.Errorf("%s %s: the policy %q lacks %s", method, path, policy, want)
					}
				}
				if strings.Contains(policy, "unsafe") {
					t.Errorf("%s %s: the policy is %q", method, path, policy)
				}
				if cache := got.Get("Cache-Control"); cache != "no-store" && method == "GET" && !strings.Contains(policy, "script-src 'self'") && !strings.HasPrefix(path, "/access/") && !strings.HasPrefix(path, "/ui/assets/") {
					t.Errorf("%s %s: Cache-Control is %q", method, path, cache)
				}
				if strict := got.Get("Strict-Transport-Security"); (strict == "max-age=31536000") != (url != "") {
					t.Errorf("%s %s at %q: Strict-Transport-Security is %q", method, path, url, strict)
				}
			}
		}
	}
}

func TestPlacesToGoTo(t *testing.T) {
	f := func(next, want string) {
		t.Helper()
		if got := local(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
	f("/signals?query=a%20b&x=%2F%2Fy#top", "/signals?query=a%20b&x=%2F%2Fy#top")
	f("/", "/")
	f("/a%2Fb", "/a%2Fb")
	for _, evil := range []string{
		"", "signals", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, `\/evil.example`, "https://evil.example", "https:evil.example", "javascript:alert(1)", "JavaScript:alert(1)",
		" /x", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", "/%2F/evil.example", "/%2f%2fevil.example", "/%5cevil.example", "data:text/html,x", "/x\r\nSet-Cookie: a=b", "/x\x00", "/x\x7f",
		"//a@evil.example", "/" + strings.Repeat("x", maxNext), "/login", "/login?next=/x", "/./login", "/logout", "/\u00a0/x\ufffd", "%2f%2fevil.example", "?x", "#x", "/%",
	} {
		f(evil, "/")
	}
}

// FuzzLocal: whatever is asked for, a browser stays here.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/signals?x=y#z", "//evil.example", `/\evil.example`, "/%2f%2fevil.example", "javascript:alert(1)", "/\t/evil.example"} {
		f.Add(seed)
	}
	here, err := url.Parse("https://logs.example.com/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := local(next)
		to, err := here.Parse(got)
		if err != nil || to.Scheme != "https" || to.Host != "logs.example.com" || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n\t\x00") {
			t.Errorf("%q leads to %q: %v, error %v", next, got, to, err)
		}
		if local(got) != got && got != "/" {
			t.Errorf("%q leads to %q and then to %q", next, got, local(got))
		}
	})
}

func TestPasskeysOverHTTP(t *testing.T) {
	h := newMatrixHouse(t)
	h.URL = "https://logs.example.com"
	d := &passkeytest.Device{Origin: h.URL}
	cookie := func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: "__Host-sasumata", Value: h.secrets["analyst"]})
	}
	ask := func(path, body string, code int, into any) {
		t.Helper()
		w := h.post(path, body, cookie)
		if w.Code != code {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		if into != nil {
			if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
				t.Fatal(err)
			}
		}
	}
	answer := func(ticket, name string, answer []byte) string {
		text, err := json.Marshal(answered{ticket, name, answer})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	ask("/api/v1/me/passkeys/options", `{"password":"wrong"}`, http.StatusForbidden, nil)
	var q access.Question
	ask("/api/v1/me/passkeys/options", `{"password":"`+goodPassword+`"}`, http.StatusOK, &q)
	made, err := d.Create(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	ask("/api/v1/me/passkeys", answer("x", "phone", made), http.StatusForbidden, nil)
	ask("/api/v1/me/passkeys", answer(q.Ticket, "phone", []byte("{}")), http.StatusForbidden, nil)
	var added struct {
		ID, Name string
		Codes    []string `json:"recovery_codes"`
	}
	ask("/api/v1/me/passkeys", answer(q.Ticket, `<b>"phone"`, made), http.StatusOK, &added)
	if added.Name != `<b>"phone"` || len(added.Codes) != 10 {
		t.Errorf("%+v", added)
	}
	// Alone, from anywhere.
	ask("/api/v1/login/passkey/options", `{"ticket":""}`, http.StatusOK, &q)
	got, err := d.Get(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	remote := func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1" }
	evil := *d
	evil.Origin = "https://evil.example"
	stolen, err := evil.Get(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	if w := h.post("/api/v1/login/passkey", answer(q.Ticket, "", stolen), remote); w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w := h.post("/api/v1/login/passkey", answer(q.Ticket, "", got), remote)
	if c := cookieOf(t, w); w.Code != http.StatusOK || c.Name != "__Host-sasumata" || !c.Secure || len(c.Value) != 43 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.post("/api/v1/login/passkey", answer(q.Ticket, "", got), remote); w.Code != http.StatusForbidden {
		t.Errorf("twice: %d %s", w.Code, w.Body)
	}
	// As the second step of the form.
	w = h.form("/login", url.Values{"name": {"the-analyst"}, "password": {goodPassword}, "next": {"/x"}}, nil)
	wantPage(t, w, http.StatusOK, `autocomplete="one-time-code"`, `data-next="/x"`)
	ticket := regexp.MustCompile(`name="ticket" value="([\w-]+)"`).FindStringSubmatch(w.Body.String())[1]
	wantPage(t, h.form("/login", url.Values{"ticket": {ticket}, "code": {"000000"}, "next": {"/x"}}, nil), http.StatusUnauthorized, ticket, `aria-invalid="true"`)
	wantPlace(t, h.form("/login", url.Values{"ticket": {ticket}, "code": {added.Codes[0]}, "next": {"/x"}}, nil), "/x")
	ask("/api/v1/login/passkey/options", `{"ticket":"`+ticket+`"}`, http.StatusOK, &q)
	if !strings.Contains(string(q.Options), "allowCredentials") {
		t.Errorf("%s", q.Options)
	}
	// An admin sees and removes it.
	admin := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://logs.example.com"+path, http.NoBody)
		r.AddCookie(&http.Cookie{Name: "__Host-sasumata", Value: h.secrets["admin"]})
		w := httptest.NewRecorder()
		handler(h.options().routes(), h.Gate).ServeHTTP(w, r)
		return w
	}
	if w := admin("GET", "/api/v1/users/the-analyst/passkeys"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), added.ID) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	ask("/api/v1/me/passkeys/"+added.ID+"/remove", `{"password":"wrong"}`, http.StatusForbidden, nil)
	if w := admin("DELETE", "/api/v1/users/the-analyst/passkeys/"+added.ID); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := admin("GET", "/api/v1/users/nobody/passkeys"); w.Code != http.StatusNotFound {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// Whoever says by the header Host who we are is not believed.
	h.URL = ""
	for host, want := range map[string]int{"evil.example": http.StatusConflict, "127.0.0.1:8480": http.StatusConflict, "localhost:8480": http.StatusOK} {
		if w := h.post("/api/v1/login/passkey/options", "{}", func(r *http.Request) { r.Host = host }); w.Code != want {
			t.Errorf("%s: %d %s", host, w.Code, w.Body)
		}
	}
}

// providerHouse is a server of people who sign in at a provider, and a browser.
func providerHouse(t *testing.T, change func(*oidc.Options)) (*oidctest.Provider, *httptest.Server, *http.Client) {
	t.Helper()
	h, there := newMatrixHouse(t), oidctest.New(t)
	var serves http.Handler
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serves.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	opts := oidc.Options{
		Name: "corp", Issuer: there.URL, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Redirect: s.URL + "/login/oidc/corp/callback",
		NameClaim: "preferred_username", GroupsClaim: "groups", Roles: map[string]access.Role{"soc": access.Analyst}, Create: true, Now: time.Now,
	}
	if change != nil {
		change(&opts)
	}
	h.Providers = []*oidc.Provider{oidc.New(opts)}
	serves = handler(h.options().routes(), h.Gate)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return there, s, &http.Client{Jar: jar}
}

// visit opens an address and returns where that ended, and the page.
func visit(t *testing.T, c *http.Client, at string) (code int, ended, page string) {
	t.Helper()
	resp, err := c.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text strings.Builder
	buffer := make([]byte, 1<<16)
	for {
		n, err := resp.Body.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	return resp.StatusCode, resp.Request.URL.RequestURI(), text.String()
}

func TestSignInAtAProvider(t *testing.T) {
	there, s, c := providerHouse(t, nil)
	if _, _, page := visit(t, c, s.URL+"/login?next=/account"); !strings.Contains(page, `href="/login/oidc/corp?next=%2Faccount">Sign in with corp</a>`) {
		t.Errorf("%s", page)
	}
	code, ended, page := visit(t, c, s.URL+"/login/oidc/corp?next=/account")
	if code != http.StatusOK || ended != "/account" || !strings.Contains(page, "<strong>ann</strong>") {
		t.Errorf("%d at %s\n%s", code, ended, page)
	}
	code, ended, page = visit(t, c, s.URL+"/login/oidc/corp?next=//evil.example")
	if ended != "/" {
		t.Errorf("%d at %s\n%s", code, ended, page)
	}
	stranger := &http.Client{} // without the cookie that the flow began with
	f := func(what string, code int, want string, client *http.Client, at string) {
		t.Helper()
		got, ended, page := visit(t, client, at)
		if got != code || !strings.Contains(page, want) {
			t.Errorf("%s: %d at %s\n%s", what, got, ended, page)
		}
	}
	f("a planted answer", http.StatusForbidden, "Begin again", stranger, s.URL+"/login/oidc/corp/callback?state=x&code=y")
	f("no such provider", http.StatusNotFound, "no such provider", c, s.URL+"/login/oidc/other")
	f("no such provider", http.StatusNotFound, "no such provider", c, s.URL+"/login/oidc/other/callback")
	there.Set(map[string]any{"groups": nil})
	f("no group", http.StatusForbidden, "corp knows you, but you may not", c, s.URL+"/login/oidc/corp")
	there.Set(map[string]any{"groups": "soc", "sub": "subject-2", "preferred_username": "the-admin"})
	f("the name of a local account", http.StatusForbidden, "corp knows you, but you may not", c, s.URL+"/login/oidc/corp")
	there.SetChange(func(_, claims map[string]any) bool { claims["nonce"] = "x"; return true })
	f("a token of another sign-in", http.StatusForbidden, "not valid", c, s.URL+"/login/oidc/corp")
	f("the other language", http.StatusForbidden, `href="/login?lang=ja&amp;next=%2Fx"`, c, s.URL+"/login/oidc/corp?next=/x") // not the way to the provider again
	there.SetDown(true)
	there.SetChange(nil)
	f("away", http.StatusServiceUnavailable, "out of order", c, s.URL+"/login/oidc/corp") // it is known where it is
	_, fresh, browser := providerHouse(t, func(o *oidc.Options) { o.Issuer = there.URL })
	f("away from the start", http.StatusBadGateway, "corp cannot be reached", browser, fresh.URL+"/login/oidc/corp")
}

// TestACodeComesOnce plays what came back from the provider again.
func TestACodeComesOnce(t *testing.T) {
	_, s, c := providerHouse(t, nil)
	var back *http.Request
	c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/callback") {
			back = r.Clone(t.Context())
			return http.ErrUseLastResponse
		}
		return nil
	}
	visit(t, c, s.URL+"/login/oidc/corp?next=/account")
	for i, want := range []int{http.StatusSeeOther, http.StatusForbidden} {
		r := back.Clone(t.Context())
		r.RequestURI = ""
		for _, cookie := range c.Jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		if resp.StatusCode != want {
			t.Errorf("time %d: %d", i, resp.StatusCode)
		}
	}
}

// TestClientsOfProxies: who guesses is known by the address that a proxy says, if that is
// believed, and by nothing that anybody can write.
func TestClientsOfProxies(t *testing.T) {
	proxies, err := auth.ParseProxies([]string{"192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	h := newMatrixHouse(t)
	h.URL, h.Proxies = "https://logs.example.com", proxies
	var seen []access.Attempt
	h.Accounts = access.New(h.db, access.Options{Now: time.Now, Report: func(a access.Attempt) { seen = append(seen, a) }})
	guess := func(remote, said string) int {
		w := h.post("/api/v1/login", `{"name":"nobody","password":"x"}`, func(r *http.Request) {
			r.RemoteAddr = remote + ":1"
			r.Header.Set("X-Forwarded-For", said)
		})
		return w.Code
	}
	f := func(remote, said, want string) {
		t.Helper()
		guess(remote, said)
		if got := seen[len(seen)-1].From; got != want {
			t.Errorf("%s, said to be %s, is %s", remote, said, got)
		}
	}
	f("192.0.2.1", "198.51.100.7", "198.51.100.7")
	f("192.0.2.1", "10.0.0.1, 198.51.100.7", "198.51.100.7")
	f("203.0.113.5", "198.51.100.7", "203.0.113.5")
	// Thirty guesses of one address, each with another lie.
	codes := map[int]int{}
	for i := range 40 {
		w := h.post("/api/v1/login", `{"name":"n`+strings.Repeat("x", i)+`","password":"x"}`, func(r *http.Request) {
			r.RemoteAddr = "192.0.2.1:1"
			r.Header.Set("X-Forwarded-For", "10.0.0."+strings.Repeat("1", i%3+1)+", 198.51.100.99")
		})
		codes[w.Code]++
	}
	if codes[http.StatusTooManyRequests] != 10 {
		t.Errorf("%v", codes)
	}
	if code := guess("192.0.2.1", "198.51.100.98"); code != http.StatusUnauthorized {
		t.Errorf("another client of the proxy: %d", code)
	}
}
