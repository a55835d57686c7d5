package access

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// External is somebody whom a provider vouches for.
type External struct {
	// Issuer is the provider, Subject its name of the user, which never changes and is never
	// another's.
	Issuer, Subject string
	// Name is what the user is called here, unless there is one already.
	Name string
	// Role is what the provider's groups make of the user; 0 leaves the role that the user
	// has here. None is ErrRefused: nobody without a role signs in.
	Role Role
	// None reports that the groups give no role.
	None bool
	// Create adds a user who is not known.
	Create bool
	// Why is why the provider's word is not enough; "" when it is.
	Why string
}

// AddExternal adds a user who signs in at a provider: whoever comes from there first with
// that name.
func (a *Accounts) AddExternal(ctx context.Context, by Actor, name, issuer, role string) (User, error) {
	at, err := url.Parse(issuer)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" || len(issuer) > maxIssuer {
		return User{}, wrong("issuer %q, want the address of a provider such as https://login.example.com", cut(issuer, maxIssuer))
	}
	u, err := newUser(name, role)
	if err != nil {
		return User{}, err
	}
	u.Issuer = issuer
	err = a.write(ctx, func(ctx context.Context, c *changes) error { return c.addUser(ctx, by, &u, "", nil) })
	return u, err
}

// maxIssuer and maxSubject are the lengths in bytes of the longest ones; OpenID Connect
// allows subjects of 255.
const maxIssuer, maxSubject = 500, 255

// SignInExternal begins a session for somebody whom a provider vouches for. An account is
// of one provider, or of none, for ever: the same name elsewhere does not open it.
func (a *Accounts) SignInExternal(ctx context.Context, l Login, e External) (secret string, err error) {
	l.Name = e.Name
	return a.try(ctx, &l, byProvider, candidate{}, func() (secret, reason string, err error) {
		switch {
		case e.Why != "":
			return "", e.Why, nil
		case e.None:
			return "", "no role: no group of the user has one", nil
		case e.Subject == "" || len(e.Subject) > maxSubject:
			return "", "the provider has no name of the user", nil
		}
		secret, err = a.begin(ctx, l, func(ctx context.Context, c *changes) (candidate, error) { return c.external(ctx, l, e) })
		return secret, "", err
	})
}

// external finds or adds the user, who has the role that the provider gives.
func (c *changes) external(ctx context.Context, l Login, e External) (who candidate, err error) {
	by := Actor{"provider " + e.Issuer, l.From}
	u, err := c.byColumns(ctx, "issuer = $1 AND subject = $2", e.Issuer, e.Subject)
	if errors.Is(err, ErrUnknown) {
		u, err = c.byColumns(ctx, "issuer = $1 AND name = $2 AND subject = ''", e.Issuer, e.Name)
		if errors.Is(err, ErrUnknown) {
			u, err = c.newExternal(ctx, by, e)
		}
		if err == nil {
			err = c.one(ctx, "UPDATE users SET subject = $1 WHERE id = $2", e.Subject, u.ID)
		}
	}
	if err != nil {
		return who, err
	}
	if u.Disabled {
		return who, refusedError("disabled user")
	}
	who = candidate{id: u.ID, name: u.Name, role: u.Role, totp: u.TOTP, passkeys: u.Passkeys > 0}
	if e.Role != 0 && e.Role.String() != u.Role {
		who.role = e.Role.String()
		if err := c.one(ctx, "UPDATE users SET role = $1 WHERE id = $2", who.role, u.ID); err != nil {
			return who, err
		}
		if _, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = $1", u.ID); err != nil {
			return who, err
		}
		if err := c.note(ctx, by, "user.edit", u.Name, map[string]any{"role": who.role, "was": u.Role}); err != nil {
			return who, err
		}
	}
	return who, c.one(ctx, "UPDATE users SET last_login = $1 WHERE id = $2", c.now.UnixNano(), u.ID)
}

// newExternal adds somebody whom nobody knows here yet, if that is wanted.
func (c *changes) newExternal(ctx context.Context, by Actor, e External) (User, error) {
	if !e.Create {
		return User{}, refusedError("unknown user of the provider")
	}
	u, err := newUser(e.Name, e.Role.String())
	if _, ok := errors.AsType[*WrongError](err); ok {
		return u, refusedError("the name at the provider cannot be one here")
	}
	if err != nil {
		return u, err
	}
	u.Issuer = e.Issuer
	err = c.addUser(ctx, by, &u, "", nil)
	if errors.Is(err, ErrTaken) {
		return u, refusedError("the name is that of another account")
	}
	return u, err
}

func (c *changes) byColumns(ctx context.Context, condition string, args ...any) (User, error) {
	return scanUser(c.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE "+condition, args...))
}

// Flow is a sign-in at a provider that is under way. The browser holds it, sealed.
type Flow struct {
	// Provider is its name in the configuration, Next where the browser wants to go.
	Provider string `json:"p"`
	Next     string `json:"n,omitempty"`
	// State, Nonce and Verifier are random: what comes back must have the first two, and
	// only who has the third can use what comes.
	State    string `json:"s"`
	Nonce    string `json:"o"`
	Verifier string `json:"v"`

	nonce string
}

const flowKind = "sign in at a provider"

// BeginFlow returns a new flow, and the ticket that it comes back with.
func (a *Accounts) BeginFlow(provider, next string) (f Flow, ticket string, err error) {
	secret := func() string { text, _ := newSecret(); return text }
	f = Flow{Provider: provider, Next: next, State: secret(), Nonce: secret(), Verifier: secret()}
	ticket, err = a.tickets.seal(a.opts.Now(), flowKind, f)
	return f, ticket, err
}

// OpenFlow returns the flow of a ticket; ErrTicket when it is too old, or was used.
func (a *Accounts) OpenFlow(ticket string) (f Flow, err error) {
	f.nonce, err = a.tickets.open(a.opts.Now(), flowKind, ticket, &f)
	return f, err
}

// UseFlow uses a flow up: what comes back for it again is ErrTicket.
func (a *Accounts) UseFlow(f Flow) error { return a.tickets.use(a.opts.Now(), f.nonce) }

// FlowLife is how long a sign-in at a provider may take.
const FlowLife time.Duration = ticketLife
