package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
)

// TestSenders: a token of a sender does nothing else, belongs to nobody, and is of no use
// once it is removed or has expired.
func TestSenders(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx := t.Context()
		_, ann := h.signedIn("ann", "192.0.2.7", "")
		_, root := h.signedIn("root", "192.0.2.8", "")
		send := access.NewToken{Name: "web1", Scopes: []string{"logs:send"}}
		_, _, err := h.AddToken(ctx, ann, by, send)
		h.wrong(err, "more than you may")
		_, _, err = h.AddToken(ctx, root, by, access.NewToken{Name: "x", Scopes: []string{"logs:send", "logs:read"}})
		h.wrong(err, "does nothing else")
		secret, tok, err := h.AddToken(ctx, root, by, send)
		if err != nil || tok.User != "" {
			t.Fatalf("%+v %v", tok, err)
		}
		f := func(secret, want string) {
			t.Helper()
			name, err := h.Sender(ctx, secret)
			if name != want {
				t.Errorf("%q, want %q", name, want)
			}
			if want == "" {
				h.is(err, access.ErrUnknown)
			} else {
				h.must(nil, err)
			}
		}
		reads, _, err := h.AddToken(ctx, root, by, access.NewToken{Name: "reads", Scopes: []string{"admin"}})
		h.must(nil, err)
		f(secret, "web1")
		f(reads, "")
		f("sas_"+strings.Repeat("A", 43), "")
		f("another", "")
		f("", "")
		h.must(h.AddUser(ctx, by, "eve", password, "admin"))
		h.must(nil, h.RemoveUser(ctx, by, "root"))
		f(secret, "web1")
		h.must(nil, h.RemoveToken(ctx, by, "", tok.ID))
		f(secret, "")

		send.Life = time.Hour
		short, _, err := h.AddToken(ctx, access.Who{May: access.Manage}, by, send)
		h.must(nil, err)
		f(short, "web1")
		h.now.Add(int64(time.Hour))
		f(short, "")
	})
}
