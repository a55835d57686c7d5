package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/access"
)

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx := t.Context()
		_, ann := h.signedIn("ann", "192.0.2.7", "")
		_, root := h.signedIn("root", "192.0.2.8", "")
		_, _, err := h.AddToken(ctx, ann, by, access.NewToken{Name: "x", Scopes: []string{"logs:read", "manage"}})
		h.wrong(err, "more than you may")
		_, _, err = h.AddToken(ctx, ann, by, access.NewToken{Name: "x"})
		h.wrong(err, "no scope")
		_, _, err = h.AddToken(ctx, ann, by, access.NewToken{Name: "x", Scopes: []string{"everything"}})
		h.wrong(err, `scope "everything"`)
		secret, tok, err := h.AddToken(ctx, ann, by, access.NewToken{Name: "grafana", Scopes: []string{"logs:read"}, Life: time.Hour})
		if err != nil || !strings.HasPrefix(secret, "sas_") || tok.User != "ann" {
			t.Fatalf("%s %+v %v", secret, tok, err)
		}
		_, _, err = h.AddToken(ctx, root, by, access.NewToken{Name: "grafana", Scopes: []string{"logs:read"}})
		h.is(err, access.ErrTaken)
		forever, _, err := h.AddToken(ctx, root, by, access.NewToken{Name: "ops", Scopes: []string{"admin"}})
		h.must(nil, err)
		free, _, err := h.AddToken(ctx, access.Who{May: access.Admin.Permissions()}, by, access.NewToken{Name: "free", Scopes: []string{"operate"}})
		h.must(nil, err)
		may := func(secret string, want access.Permission) {
			t.Helper()
			who, err := h.ByToken(ctx, secret)
			if want == 0 && !errors.Is(err, access.ErrUnknown) || want != 0 && err != nil || who.May != want {
				t.Errorf("%+v, %v, want %s", who, err, want)
			}
		}
		may(secret, access.ReadLogs)
		may(forever, access.Admin.Permissions())
		may(free, access.Operate)
		may("", 0)
		may("sas_"+strings.Repeat("A", 43), 0)
		may(secret[4:], 0)
		mine, err := h.Tokens(ctx, ann.UserID)
		if err != nil || len(mine) != 1 || !mine[0].Used.Equal(time.Unix(0, h.now.Load())) || !cmp.Equal(mine[0].Scopes, []string{"logs:read"}) {
			t.Errorf("%+v, %v", mine, err)
		}
		if all, err := h.Tokens(ctx, ""); err != nil || len(all) != 3 {
			t.Errorf("%+v, %v", all, err)
		}
		// One can do no more than its user can, and nothing without.
		h.must(h.AddUser(ctx, by, "eve", password, "admin"))
		h.must(h.EditUser(ctx, by, "root", access.Edit{Role: new("viewer")}))
		may(forever, access.Viewer.Permissions())
		h.must(h.EditUser(ctx, by, "root", access.Edit{Disabled: new(true)}))
		may(forever, 0)
		h.must(h.EditUser(ctx, by, "root", access.Edit{Disabled: new(false)}))
		may(forever, access.Viewer.Permissions())
		h.must(nil, h.RemoveUser(ctx, by, "root"))
		may(forever, 0)
		h.later(time.Hour)
		may(secret, 0)
		may(free, access.Operate)
		h.is(h.RemoveToken(ctx, by, "another", tok.ID), access.ErrUnknown)
		h.must(nil, h.RemoveToken(ctx, by, ann.UserID, tok.ID))
		h.is(h.RemoveToken(ctx, by, "", tok.ID), access.ErrUnknown)
	})
}
