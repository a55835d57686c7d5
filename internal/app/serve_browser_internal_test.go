//go:build unix

package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/api/browsertest"
	"github.com/sasumata/sasumata/internal/config"
)

// shot keeps a picture of the page, for who wants to look: SASUMATA_SHOTS names a folder.
func shot(b *browsertest.Browser, name string) {
	dir := os.Getenv("SASUMATA_SHOTS")
	if dir == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		b.Do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": theme}}}, nil)
		b.Screenshot(filepath.Join(dir, name+"-"+theme+".png"))
	}
}

// TestServeInABrowser takes the way of a first user: the link of the first start, a
// sign-in, a passkey, signing out, and in again with the passkey alone and as the second
// step.
func TestServeInABrowser(t *testing.T) {
	b := browsertest.Start(t)
	dir, log := t.TempDir(), &logged{}
	opts := serveOptions(dir)
	opts.Config.Files = []config.File{}
	opts.Log = slog.New(slog.NewTextHandler(log, nil))
	s, stop := serving(t, opts)
	defer stop()
	link := regexp.MustCompile(`/setup\?key=[\w-]{43}`).FindString(log.String())
	_, port, _ := strings.Cut(s.Listening[0], ":")
	at, password := "http://localhost:"+port, "four plain words here"

	b.Open(at + link)
	shot(b, "setup")
	b.Fill("#name", "root")
	b.Fill("#password", password)
	b.Click("form button")
	b.Until("location.pathname === '/ui/welcome'") // signed in
	b.Do("Network.clearBrowserCookies", nil, nil)
	b.Open(at + "/login?next=%2Faccount")
	b.Until("location.pathname === '/login' && document.readyState === 'complete'")
	b.Fill("#name", "root")
	b.Fill("#password", "wrong")
	b.Click("form button")
	b.Until("!!document.querySelector('#problem:not([hidden])') && document.querySelector('#password').getAttribute('aria-describedby') === 'problem'")
	shot(b, "login-wrong")
	b.Fill("#password", password)
	b.Click("form button")
	b.Until("location.pathname === '/account' && document.readyState === 'complete'")
	shot(b, "account")

	// What belongs to the person is changed on the page of the settings.
	settings := func(shows string) {
		t.Helper()
		b.Open(at + "/ui/settings")
		b.Until(shows)
	}
	device := b.Authenticator()
	settings("!!document.querySelector('#passkey-name')")
	b.Fill("#passkey-name", "my laptop")
	b.Fill("#passkey-password", "wrong")
	b.Click("form[data-passkey=add] button")
	b.Until("document.querySelector('#passkey-password-wrong')?.innerText.includes('wrong')")
	b.Fill("#passkey-password", password)
	b.Click("form[data-passkey=add] button")
	b.Until("document.querySelectorAll('#codes li').length === 10")
	shot(b, "account-codes")
	code := b.Eval("document.querySelector('#codes li').textContent")
	b.Click("#codes .primary")
	b.Until("document.querySelector('.passkeys strong')?.innerText === 'my laptop'")
	shot(b, "account-passkey")
	// The device answers when the button asks only, not what the browser offers beside the name.
	var script struct{ Identifier string }
	b.Do("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": "PublicKeyCredential.isConditionalMediationAvailable = async () => false"}, &script)
	out := func() {
		t.Helper()
		b.Open(at + "/account")
		b.Until("!!document.querySelector('.out button')")
		b.Click(".out button")
		b.Until("location.href.endsWith('/login?out') && document.readyState === 'complete'")
	}
	out()
	shot(b, "login-out")
	if cookies := b.Eval("document.cookie"); strings.Contains(cookies, "sasumata=") {
		t.Errorf("a script can read %s", cookies)
	}

	// Alone.
	b.Open(at + "/login?next=%2Faccount")
	b.Click("button[data-passkey]")
	b.Until("location.pathname === '/account' && document.readyState === 'complete'")
	out()

	// As the second step, by the passkey and by a recovery code.
	second := func() {
		t.Helper()
		b.Open(at + "/login?next=%2Faccount")
		b.Fill("#name", "root")
		b.Fill("#password", password)
		b.Click("form button")
		b.Until("!!document.querySelector('#code') && document.readyState === 'complete'")
	}
	second()
	shot(b, "login-second")
	b.Click("button[data-passkey]")
	b.Until("location.pathname === '/account' && document.readyState === 'complete'")
	out()
	second()
	b.Fill("#code", code)
	b.Click("main form button:not([data-passkey])")
	b.Until("location.pathname === '/account' && document.readyState === 'complete'")

	// Beside the name: without a click on ours.
	out()
	b.Do("Page.removeScriptToEvaluateOnNewDocument", map[string]any{"identifier": script.Identifier}, nil)
	b.Open(at + "/login?next=%2Faccount")
	b.Until("location.pathname === '/account' && document.readyState === 'complete'")

	settings("!!document.querySelector('.passkeys td .link')")
	b.Click(".passkeys td .link")
	b.Until("!!document.querySelector('#passkey-remove-password')")
	b.Fill("#passkey-remove-password", password)
	b.Click("form[data-passkey=remove] button")
	b.Until("!document.querySelector('.passkeys strong')")

	// A device that does not know its owner is not believed.
	b.Do("WebAuthn.setUserVerified", map[string]any{"authenticatorId": device, "isUserVerified": false}, nil)
	b.Fill("#passkey-name", "not mine")
	b.Fill("#passkey-password", password)
	b.Click("form[data-passkey=add] button")
	b.Until("document.querySelector('#passkey-password-wrong')?.innerText.length > 0")
	trail := strings.Join(trailOf(t, s.database), "\n")
	for _, want := range []string{"root passkey.add root done", "root passkey.remove root done", "root session.end root done"} {
		if !strings.Contains(trail, want) {
			t.Errorf("%s is missing in\n%s", want, trail)
		}
	}
	_, metrics := get(t, s, "/metrics")
	for _, want := range []string{`sasumata_login_methods_total{method="passkey"} 3`, `sasumata_login_methods_total{method="password"} 3`} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("%s is missing in\n%s", want, regexp.MustCompile("(?m)^sasumata_login.*$").FindAllString(metrics, -1))
		}
	}
	if strings.Contains(log.String(), password) || strings.Contains(log.String(), code) {
		t.Error("a secret in the log")
	}
}
