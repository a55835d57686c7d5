package alert

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
)

const (
	// linkLife is for how long a link in a notification can be used.
	linkLife = 7 * 24 * time.Hour
	// linkPath is where Links is to be mounted.
	linkPath = "/alert/ack"
	// secretName is the file of the key that signs links, secretBytes its length.
	secretName  = "links.key"
	secretBytes = 32
	// maxForm is the size in bytes of the largest form.
	maxForm = 8 << 10
	// longestSnooze is the longest time that a link can silence something for.
	longestSnooze = 24 * time.Hour
)

// linkSecret returns the key that signs links; it is made at the first start.
func linkSecret(dir string) ([]byte, error) {
	path := filepath.Join(dir, secretName)
	secret, err := os.ReadFile(path)
	if err == nil && len(secret) == secretBytes {
		return secret, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of links: %w", err)
	}
	secret = make([]byte, secretBytes)
	_, _ = rand.Read(secret) // it never fails
	if err := atomicfile.Write(path, 0o600, secret); err != nil {
		return nil, fmt.Errorf("write the key of links: %w", err)
	}
	return secret, nil
}

// ackLink returns the address at which somebody can say that they take care of the notice;
// "" when the server has no address. It changes once a day, so that a notice is not told
// again because of it.
func (m *Manager) ackLink(key string) string {
	base := m.link(linkPath)
	if base == "" {
		return ""
	}
	until := m.now().Truncate(24 * time.Hour).Add(linkLife).Unix()
	id := base64.RawURLEncoding.EncodeToString([]byte(key))
	return base + "?" + url.Values{"n": {id}, "until": {strconv.FormatInt(until, 10)}, "sig": {m.sign(id, until)}}.Encode()
}

func (m *Manager) sign(id string, until int64) string {
	h := hmac.New(sha256.New, m.secret)
	fmt.Fprintf(h, "%d\n%s", until, id)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// linked returns the key of the notice that a link is for.
func (m *Manager) linked(form url.Values) (key string, err error) {
	until, err := strconv.ParseInt(form.Get("until"), 10, 64)
	if err != nil || !hmac.Equal([]byte(m.sign(form.Get("n"), until)), []byte(form.Get("sig"))) {
		return "", errors.New("this link is not ours")
	}
	if m.now().Unix() > until {
		return "", errors.New("this link has expired")
	}
	raw, err := base64.RawURLEncoding.DecodeString(form.Get("n"))
	return string(raw), err
}

// Links serves the pages behind the links in notifications, at /alert/ack. A link is the
// permission: no other is needed. Opening one changes nothing, for mail servers open links
// too; its buttons do.
func (m *Manager) Links() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "the form is wrong", http.StatusBadRequest)
			return
		}
		key, err := m.linked(r.Form)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		page := linkPage{Form: r.Form, Japanese: m.conf.Load().Language == "ja"}
		m.outbox.mu.Lock()
		if e := m.outbox.open[key]; e != nil {
			page.Title = e.Notice.Title
		}
		m.outbox.mu.Unlock()
		if r.Method == http.MethodPost {
			if err := m.answer(r, key); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			page.Done = true
		}
		if err := linkPages().Execute(w, page); err != nil {
			m.wrong(err)
		}
	})
}

// answer does what the form says.
func (m *Manager) answer(r *http.Request, key string) error {
	by := r.PostForm.Get("by")
	if by == "" {
		return errors.New("who are you?")
	}
	if hours := r.PostForm.Get("snooze"); hours != "" {
		n, err := strconv.Atoi(hours)
		if err != nil || n < 1 || time.Duration(n)*time.Hour > longestSnooze {
			return fmt.Errorf("snooze wants a number of hours up to %d", int(longestSnooze.Hours()))
		}
		return m.snooze(r.Context(), key, by, time.Duration(n)*time.Hour)
	}
	return m.outbox.acknowledge(key, by, m.now().Add(m.conf.Load().AckFor))
}

type linkPage struct {
	Form           url.Values
	Title          string
	Japanese, Done bool
}

func linkPages() *template.Template {
	return template.Must(template.New("").Parse(`<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sasumata</title><body style="font-family:sans-serif;max-width:40em;margin:2em auto;padding:0 1em">
<h1>{{ or .Title "Sasumata" }}</h1>
{{ if .Done }}<p>{{ if .Japanese }}記録しました。{{ else }}Noted.{{ end }}
{{ else }}<form method="post" action="ack">
{{ range $name, $values := .Form }}{{ range $values }}<input type="hidden" name="{{ $name }}" value="{{ . }}">{{ end }}{{ end }}
<p><label>{{ if .Japanese }}お名前{{ else }}Your name{{ end }} <input name="by" required maxlength="100"></label>
<p><button>{{ if .Japanese }}対応を引き受ける{{ else }}I take care of it{{ end }}</button>
<button name="snooze" value="1">{{ if .Japanese }}1時間通知しない{{ else }}Silence it for an hour{{ end }}</button>
<button name="snooze" value="24">{{ if .Japanese }}24時間通知しない{{ else }}Silence it for a day{{ end }}</button>
</form>{{ end }}`))
}
