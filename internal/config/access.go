package config

import (
	"cmp"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/oidc"
	"github.com/sasumata/sasumata/internal/document"
)

// The limits of sessions.
const (
	minIdle  = time.Minute
	maxLasts = 30 * 24 * time.Hour
)

func (k *checker) access(a *Access) {
	if a.URL != "" {
		at, err := url.Parse(a.URL)
		wrong := err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.Path != "" || at.RawQuery != "" || at.Fragment != "" || at.User != nil
		k.Fault(wrong, a.At, "url", "url %q, want an address such as https://logs.example.com, without a path", a.URL)
	}
	k.Fault(a.Idle < minIdle || a.Idle > maxLasts, a.At, "session_idle", "session_idle wants a duration from %s to %s", minIdle, maxLasts)
	k.Fault(a.Max < a.Idle || a.Max > maxLasts, a.At, "session_max", "session_max wants a duration from session_idle (%s) to %s", a.Idle, maxLasts)
	k.Fault(len(a.OIDC) > maxProviders, a.At, "oidc", "oidc wants at most %d providers", maxProviders)
	names := map[string]bool{}
	for i := range a.OIDC {
		one := &a.OIDC[i]
		k.Fault(names[one.Name], one.At, "name", "name %q stands here twice", one.Name)
		names[one.Name] = true
		k.oidc(one, a.URL)
	}
}

// maxProviders is how many there may be: each is a button.
const maxProviders = 10

// OIDC is a provider of OpenID Connect at which people sign in.
type OIDC struct {
	document.Pos

	// Name stands on the button and in addresses.
	Name string `doc:"name,required"`
	// Issuer is its address, exactly as it calls itself.
	Issuer string `doc:"issuer,required"`
	// ClientID and SecretFile are what it knows us by; only the file's owner may read it.
	ClientID   string `doc:"client_id,required"`
	SecretFile string `doc:"client_secret_file,required"`
	// Scopes are asked for beside openid; nil means profile and email.
	Scopes []string `doc:"scopes,single"`
	// NameClaim and GroupsClaim are where the name and the groups of a user are; "" means
	// preferred_username and groups.
	NameClaim   string `doc:"name_claim"`
	GroupsClaim string `doc:"groups_claim"`
	// Roles says which role a group has, DefaultRole that of users in none of those; without
	// it they are refused.
	Roles       map[string]string `doc:"roles"`
	DefaultRole string            `doc:"default_role"`
	// Create adds users at their first sign-in; otherwise only those who were added may.
	Create bool `doc:"create_users"`
	// TLS is whom to believe that it is the provider; nil means the system's certificates.
	TLS *DialTLS `doc:"tls"`

	At map[string]document.Pos `doc:",positions"`

	// Options are all of it, read.
	Options oidc.Options
}

// oidc checks a provider and reads its files.
func (k *checker) oidc(o *OIDC, url string) {
	k.Fault(o.Name != "" && !plain(o.Name), o.At, "name", "name %q, want a to z, 0 to 9 and -, at most %d of them", o.Name, maxProviderName)
	k.Fault(o.Issuer != "" && !secure(o.Issuer), o.At, "issuer", "issuer %q, want an address such as https://login.example.com; http is for this machine only", o.Issuer)
	if url == "" {
		k.Faults = append(k.Faults, o.Fault("oidc wants access.url: providers send browsers back there"))
	}
	o.Options = oidc.Options{
		Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, Secret: k.password(o.SecretFile, o.At, "client_secret_file"), Redirect: url + "/login/oidc/" + o.Name + "/callback",
		Scopes: o.Scopes, NameClaim: cmp.Or(o.NameClaim, "preferred_username"), GroupsClaim: cmp.Or(o.GroupsClaim, "groups"), Roles: map[string]access.Role{}, Create: o.Create,
	}
	if o.Scopes == nil {
		o.Options.Scopes = []string{"profile", "email"}
	}
	var err error
	for _, group := range slices.Sorted(maps.Keys(o.Roles)) {
		o.Options.Roles[group], err = access.ParseRole(o.Roles[group])
		k.Fault(err != nil, o.At, "roles", "roles: %s: %v", group, err)
	}
	if o.DefaultRole != "" {
		o.Options.Default, err = access.ParseRole(o.DefaultRole)
		k.Fault(err != nil, o.At, "default_role", "default_role: %v", err)
	}
	k.Fault(o.Create && len(o.Roles) == 0 && o.DefaultRole == "", o.At, "create_users", "create_users wants roles or default_role: who is added has to have one")
	k.dialTLS(o.TLS)
	if o.TLS != nil {
		o.Options.TLS, _ = o.TLS.Dial().Config() // reported by dialTLS
	}
}

const maxProviderName = 40

func plain(name string) bool {
	return len(name) <= maxProviderName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// secure reports whether an issuer can be believed on its way.
func secure(issuer string) bool {
	at, err := url.Parse(issuer)
	if err != nil || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return false
	}
	ip, err := netip.ParseAddr(at.Hostname())
	local := at.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return at.Scheme == "https" || at.Scheme == "http" && local
}
