package alert

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/signal/triage"
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
	// maxWho is the length in characters of the longest name that somebody gives.
	maxWho = 100
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

// ackLink returns the address at which somebody can say that they take care of the notice,
// which is about the signal with that id, if it is about one; "" when the server has no
// address. It changes once a day, so that a notice is not told again because of it.
func (m *Manager) ackLink(key, id string) string {
	base := m.link(linkPath)
	if base == "" {
		return ""
	}
	until := m.now().Truncate(24 * time.Hour).Add(linkLife).Unix()
	name := base64.RawURLEncoding.EncodeToString([]byte(key))
	values := url.Values{"until": {strconv.FormatInt(until, 10)}}
	if id != "" && m.opts.Book != nil { // a terminal shows short ones
		name = ""
		values.Set("s", id)
	} else {
		id = ""
		values.Set("n", name)
	}
	values.Set("sig", m.sign(name, id, until))
	return base + "?" + values.Encode()
}

func (m *Manager) sign(name, id string, until int64) string {
	h := hmac.New(sha256.New, m.secret)
	fmt.Fprintf(h, "%d\n%s\n%s", until, name, id)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// unsigned returns a text in which the links to linkPath are of no use: they are for whom the
// notification went to, and not for all who may read what was told.
func unsigned(text string) string {
	const mark = "sig="
	if !strings.Contains(text, linkPath+"?") {
		return text
	}
	parts := strings.Split(text, mark)
	for i := range parts[1:] {
		parts[i+1] = "…" + strings.TrimLeft(parts[i+1], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
	}
	return strings.Join(parts, mark)
}

// linked returns the key of the notice that a link is for, and the id of its signal.
func (m *Manager) linked(form url.Values) (key, id string, err error) {
	until, err := strconv.ParseInt(form.Get("until"), 10, 64)
	if err != nil || !hmac.Equal([]byte(m.sign(form.Get("n"), form.Get("s"), until)), []byte(form.Get("sig"))) {
		return "", "", errors.New("this link is not ours")
	}
	if m.now().Unix() > until {
		return "", "", errors.New("this link has expired")
	}
	raw, err := base64.RawURLEncoding.DecodeString(form.Get("n"))
	return string(raw), form.Get("s"), err
}

// KeyOf returns the identity of the notice that stands for a signal, as the history has it;
// one notice may stand for several that are the same by rule and entities. "" is that there
// is no such signal.
func (m *Manager) KeyOf(ctx context.Context, id string) (string, error) {
	if m.opts.Book == nil {
		return "", nil
	}
	return m.keyOfSignal(ctx, id)
}

// keyOfSignal returns the key of the notice that stands for a signal, also when nobody has
// to be told any more; "" when the book has no such signal.
func (m *Manager) keyOfSignal(ctx context.Context, id string) (string, error) {
	if e, ok := m.outbox.about(id); ok {
		return e.Notice.key(), nil
	}
	d, err := m.opts.Book.Get(ctx, id)
	if errors.Is(err, triage.ErrMissing) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	n, err := fromSignal(&d.Signal)
	return n.key(), err
}
