package access_test

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/passkey"
)

const issuer = "https://login.example.com"

func TestUsersOfProviders(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx := t.Context()
		login := func(e access.External) (access.Who, error) {
			t.Helper()
			secret, err := h.SignInExternal(ctx, access.Login{From: "192.0.2.7"}, e)
			if err != nil {
				return access.Who{}, err
			}
			return h.BySession(ctx, secret)
		}
		refused := func(e access.External, why string) {
			t.Helper()
			_, err := login(e)
			h.is(err, access.ErrRefused)
			if a := h.last(); a.Succeeded || !strings.Contains(a.Reason, why) || a.Method != "oidc" || a.User != e.Name {
				t.Errorf("%+v, want %q", a, why)
			}
		}
		may := func(e access.External, name string, role access.Role) access.Who {
			t.Helper()
			who, err := login(e)
			h.must(nil, err)
			if who.Name != name || who.May != role.Permissions() {
				t.Errorf("%+v, want %s", who, role)
			}
			return who
		}
		bob := access.External{Issuer: issuer, Subject: "1", Name: "bob", Role: access.Analyst}
		refused(bob, "unknown user")
		// Nobody gets a local account by its name.
		refused(access.External{Issuer: issuer, Subject: "2", Name: "root", Role: access.Admin}, "unknown user")
		refused(access.External{Issuer: issuer, Subject: "2", Name: "root", Role: access.Admin, Create: true}, "that of another account")
		refused(access.External{Issuer: issuer, Subject: "2", Name: "Ann Example", Role: access.Admin, Create: true}, "cannot be one here")
		refused(access.External{Issuer: issuer, Name: "x", Role: access.Admin, Create: true}, "no name of the user")
		refused(access.External{Issuer: issuer, Subject: "2", Name: "x", None: true, Create: true}, "no role")
		refused(access.External{Issuer: issuer, Subject: "2", Name: "x", Role: access.Viewer, Create: true, Why: "not verified"}, "not verified")
		bob.Create = true
		who := may(bob, "bob", access.Analyst)
		// The role follows the groups, and other sessions end with it.
		bob.Role = access.Viewer
		before, err := h.SignInExternal(ctx, access.Login{}, access.External{Issuer: issuer, Subject: "1", Name: "bob", Role: access.Analyst})
		h.must(nil, err)
		may(bob, "bob", access.Viewer)
		h.ended(before)
		// The subject counts, not the name; and the subject of another provider is another.
		renamed := bob
		renamed.Name = "robert"
		may(renamed, "bob", access.Viewer)
		elsewhere := bob
		elsewhere.Issuer = "https://evil.example"
		refused(elsewhere, "that of another account")
		another := bob
		another.Subject = "3"
		refused(another, "that of another account")
		// No role of the provider leaves that of here.
		kept := bob
		kept.Role = 0
		may(kept, "bob", access.Viewer)
		// One who was added waits for the first with the name.
		h.must(h.AddExternal(ctx, by, "eve", issuer, "responder"))
		refused(access.External{Issuer: "https://evil.example", Subject: "9", Name: "eve", Create: true, Role: access.Admin}, "that of another account")
		may(access.External{Issuer: issuer, Subject: "9", Name: "eve"}, "eve", access.Responder)
		refused(access.External{Issuer: issuer, Subject: "10", Name: "eve"}, "unknown user")
		_, err = h.AddExternal(ctx, by, "x", "login.example.com", "viewer")
		h.wrong(err, "want the address of a provider")
		_, err = h.AddExternal(ctx, by, "eve", issuer, "viewer")
		h.is(err, access.ErrTaken)
		// There is no password, no second factor and no passkey here.
		h.is(h.login("bob", "", "192.0.2.7"), access.ErrRefused)
		_, err = h.EditUser(ctx, by, "bob", access.Edit{Password: new(password)})
		h.is(err, access.ErrProvider)
		_, err = h.BeginTOTP(ctx, who, by, "")
		h.is(err, access.ErrProvider)
		_, err = h.BeginPasskey(ctx, passkey.NewParty(origin), who, by, "")
		h.is(err, access.ErrProvider)
		_, err = h.ChangePassword(ctx, who, by, "", other)
		h.is(err, access.ErrProvider)
		h.must(h.EditUser(ctx, by, "bob", access.Edit{Disabled: new(true)}))
		refused(bob, "disabled")
		trail := strings.Join(h.trail(), "\n")
		for _, want := range []string{
			`provider https://login.example.com user.add bob {"from":"192.0.2.7","issuer":"https://login.example.com","role":"analyst"}`,
			`provider https://login.example.com user.edit bob {"from":"192.0.2.7","role":"viewer","was":"analyst"}`,
			`me user.add eve {"from":"192.0.2.1","issuer":"https://login.example.com","role":"responder"}`,
		} {
			if !strings.Contains(trail, want) {
				t.Errorf("%s is missing in\n%s", want, trail)
			}
		}
	})
}
