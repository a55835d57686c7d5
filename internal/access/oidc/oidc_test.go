package oidc_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/oidc"
	"github.com/sasumata/sasumata/internal/access/oidc/oidctest"
)

// table is a provider, and what asks it.
type table struct {
	*oidc.Provider

	t     *testing.T
	there *oidctest.Provider
	later atomic.Int64
}

func newTable(t *testing.T, change func(*oidc.Options)) *table {
	t.Helper()
	there := oidctest.New(t)
	h := &table{t: t, there: there}
	opts := oidc.Options{
		Name: "corp", Issuer: there.URL, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Redirect: "https://logs.example.com/login/oidc/corp/callback",
		Scopes: []string{"profile"}, NameClaim: "preferred_username", GroupsClaim: "groups", Roles: map[string]access.Role{"soc": access.Analyst, "boss": access.Admin},
		Now: func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) },
	}
	if change != nil {
		change(&opts)
	}
	h.Provider = oidc.New(opts)
	return h
}

func flow() access.Flow {
	return access.Flow{Provider: "corp", State: strings.Repeat("s", 43), Nonce: strings.Repeat("n", 43), Verifier: strings.Repeat("v", 43)}
}

// back goes to the provider as a browser does, and returns what it brings back.
func (h *table) back(f access.Flow) oidc.Answer {
	h.t.Helper()
	to, err := h.Begin(h.t.Context(), f)
	if err != nil {
		h.t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(to)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		h.t.Error(err)
	}
	at, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || at.Host != "logs.example.com" || at.Path != "/login/oidc/corp/callback" {
		h.t.Fatalf("%d, back to %s, error %v", resp.StatusCode, at, err)
	}
	q := at.Query()
	return oidc.Answer{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

func (h *table) in() (access.External, error) {
	h.t.Helper()
	return h.Finish(h.t.Context(), flow(), h.back(flow()))
}

func TestSignIn(t *testing.T) {
	h := newTable(t, nil)
	got, err := h.in()
	if want := (access.External{Issuer: h.there.URL, Subject: "subject-1", Name: "ann", Role: access.Analyst}); err != nil || got != want {
		t.Errorf("%+v, error %v", got, err)
	}
	f := func(claims map[string]any, want access.External) {
		t.Helper()
		want.Issuer, want.Subject = h.there.URL, "subject-1"
		h.there.Set(claims)
		got, err := h.in()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v: %s, error %v", claims, diff, err)
		}
	}
	f(map[string]any{"groups": []string{"soc", "other", "boss"}}, access.External{Name: "ann", Role: access.Admin})
	f(map[string]any{"groups": "soc"}, access.External{Name: "ann", Role: access.Analyst})
	f(map[string]any{"groups": []string{"other"}}, access.External{Name: "ann", None: true})
	f(map[string]any{"groups": map[string]any{"soc": 1}}, access.External{Name: "ann", None: true})
	f(map[string]any{"groups": nil}, access.External{Name: "ann", None: true})
	f(map[string]any{"groups": "soc", "preferred_username": "ANN"}, access.External{Name: "ann", Role: access.Analyst})
	f(map[string]any{"preferred_username": nil}, access.External{Role: access.Analyst, Why: "the provider does not tell the claim preferred_username"})
	f(map[string]any{"preferred_username": 7}, access.External{Role: access.Analyst, Why: "the provider does not tell the claim preferred_username"})
}

func TestAddresses(t *testing.T) {
	h := newTable(t, func(o *oidc.Options) { o.NameClaim, o.Roles, o.Default, o.Create = "email", nil, access.Viewer, true })
	f := func(verified any, why string) {
		t.Helper()
		h.there.Set(map[string]any{"email_verified": verified})
		want := access.External{Issuer: h.there.URL, Subject: "subject-1", Name: "ann@example.com", Role: access.Viewer, Create: true, Why: why}
		if got, err := h.in(); err != nil || got != want {
			t.Errorf("verified %v: %+v, error %v", verified, got, err)
		}
	}
	f(true, "")
	f("true", "")
	f(false, "the provider has not verified the address")
	f("false", "the provider has not verified the address")
	f(nil, "the provider has not verified the address")
}

func TestTokensThatAreWrong(t *testing.T) {
	h := newTable(t, nil)
	f := func(what string, change func(header, claims map[string]any) bool) {
		t.Helper()
		h.there.SetChange(change)
		if got, err := h.in(); !errors.Is(err, oidc.ErrWrong) || got != (access.External{}) {
			t.Errorf("%s: %+v, error %v", what, got, err)
		}
	}
	claim := func(name string, value any) func(header, claims map[string]any) bool {
		return func(_, claims map[string]any) bool { claims[name] = value; return true }
	}
	f("nonce of another", claim("nonce", "x"))
	f("no nonce", claim("nonce", nil))
	f("another issuer", claim("iss", "https://evil.example"))
	f("another audience", claim("aud", "another"))
	f("audiences without a party", claim("aud", []string{oidctest.ClientID, "another"}))
	f("another party", claim("azp", "another"))
	f("expired", claim("exp", time.Now().Add(-time.Minute).Unix()))
	f("not yet", claim("nbf", time.Now().Add(time.Hour).Unix()))
	f("alg none", func(header, _ map[string]any) bool { header["alg"] = "none"; return false })
	f("not signed", func(map[string]any, map[string]any) bool { return false })
	f("signed with a secret that all know", func(header, _ map[string]any) bool { header["alg"] = "HS256"; return true })
	f("by a key that nobody knows", func(header, _ map[string]any) bool { header["kid"] = "99"; return true })
	f("for a wrong algorithm", func(header, _ map[string]any) bool { header["alg"] = "RS512"; return true })
	h.there.SetChange(claim("aud", []string{oidctest.ClientID}))
	if _, err := h.in(); err != nil {
		t.Error(err)
	}
}

func TestAnswersThatAreWrong(t *testing.T) {
	h := newTable(t, nil)
	f := func(what string, change func(*access.Flow, *oidc.Answer)) {
		t.Helper()
		flow := flow()
		answer := h.back(flow)
		change(&flow, &answer)
		if _, err := h.Finish(t.Context(), flow, answer); !errors.Is(err, oidc.ErrWrong) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	f("another state", func(_ *access.Flow, a *oidc.Answer) { a.State = strings.Repeat("x", 43) })
	f("no state", func(_ *access.Flow, a *oidc.Answer) { a.State = "" })
	f("no state at all", func(f *access.Flow, a *oidc.Answer) { f.State, a.State = "", "" })
	f("another provider", func(_ *access.Flow, a *oidc.Answer) { a.Issuer = "https://evil.example" })
	f("an error", func(_ *access.Flow, a *oidc.Answer) { a.Error = "access_denied" })
	f("no code", func(_ *access.Flow, a *oidc.Answer) { a.Code = "" })
	f("a code of nobody", func(_ *access.Flow, a *oidc.Answer) { a.Code = "x" })
	f("a long code", func(_ *access.Flow, a *oidc.Answer) { a.Code = strings.Repeat("x", 5000) })
	f("a stolen code", func(f *access.Flow, _ *oidc.Answer) { f.Verifier = strings.Repeat("w", 43) })
	answer := h.back(flow())
	if _, err := h.Finish(t.Context(), flow(), answer); err != nil {
		t.Error(err)
	}
	if _, err := h.Finish(t.Context(), flow(), answer); !errors.Is(err, oidc.ErrWrong) {
		t.Errorf("a code twice: %v", err)
	}
	stranger := newTable(t, func(o *oidc.Options) { o.Secret = "wrong" })
	if _, err := stranger.in(); !errors.Is(err, oidc.ErrWrong) {
		t.Errorf("a wrong secret: %v", err)
	}
}

func TestProvidersComeAndGo(t *testing.T) {
	h := newTable(t, nil)
	away := func() {
		t.Helper()
		if _, err := h.Begin(t.Context(), flow()); !errors.Is(err, oidc.ErrAway) {
			t.Errorf("error %v, want that it is away", err)
		}
	}
	h.there.SetDown(true)
	away()
	for range 20 {
		away()
	}
	if n := h.there.Asked(); n != 1 {
		t.Errorf("it was asked %d times at once", n)
	}
	h.there.SetDown(false)
	h.later.Store(int64(6 * time.Second))
	if _, err := h.in(); err != nil {
		t.Error(err)
	}
	// It signs with another key from now on.
	h.there.Rotate(t)
	if _, err := h.in(); err != nil {
		t.Errorf("behind a new key: %v", err)
	}
	// Away between the two steps; what is known of it stays.
	answer := h.back(flow())
	h.there.SetDown(true)
	if _, err := h.Finish(t.Context(), flow(), answer); !errors.Is(err, oidc.ErrAway) {
		t.Errorf("error %v, want that it is away", err)
	}
	h.later.Store(int64(3 * time.Hour))
	if _, err := h.Begin(t.Context(), flow()); err != nil {
		t.Error(err)
	}
	h.there.SetDown(false)
	h.there.Close()
	nowhere := newTable(t, func(o *oidc.Options) { o.Issuer = h.there.URL })
	if _, err := nowhere.Begin(t.Context(), flow()); !errors.Is(err, oidc.ErrAway) {
		t.Errorf("error %v", err)
	}
	other := newTable(t, func(o *oidc.Options) { o.Issuer += "/" })
	if _, err := other.Begin(t.Context(), flow()); !errors.Is(err, oidc.ErrAway) || !strings.Contains(err.Error(), "calls itself") {
		t.Errorf("error %v", err)
	}
	if nowhere.Errors.Load() != 1 || h.Errors.Load() == 0 {
		t.Errorf("%d and %d errors", nowhere.Errors.Load(), h.Errors.Load())
	}
}
