package access

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"time"
)

// Login is what somebody shows to sign in.
type Login struct {
	// Name and Password are those of a user.
	Name, Password string
	// Ticket stands for both of them in the second step: that of SecondError.
	Ticket string
	// Code is that of the second factor, or a recovery code, for those who have one.
	Code string
	// From is the address, Agent what the browser calls itself.
	From, Agent string
	// Session is the secret of a session that this browser has already; it ends.
	Session string
}

// Attempt is a login that succeeded or failed.
type Attempt struct {
	// Time is when.
	Time time.Time
	// User is the name, as it was typed, From the address, Agent the browser.
	User, From, Agent string
	// Method is password, passkey, or oidc for a provider.
	Method string
	// Succeeded reports whether it did, Reason why it did not.
	Succeeded bool
	Reason    string
	// Locked reports that there are no more logins of this account for a while.
	Locked bool
}

// The methods.
const byPassword, byPasskey, byProvider = "password", "passkey", "oidc"

// SecondError is a login whose name and password are right, and that wants a second
// factor. It is ErrCode.
type SecondError struct {
	// Ticket stands for name and password for five minutes.
	Ticket string
	// Passkey reports that a passkey will do. A code always does: that of an authenticator,
	// if the user has one, or a recovery code.
	Passkey bool
}

// Error says what is wanted.
func (*SecondError) Error() string { return ErrCode.Error() }

// Is reports that it is ErrCode.
func (*SecondError) Is(target error) bool { return target == ErrCode }

// second is what the ticket of SecondError holds.
type second struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Stamp []byte `json:"stamp"` // of the password: another one makes it wrong
}

const secondKind = "second factor"

// candidate is the user that a login means. Nobody has no id.
type candidate struct {
	id, name, role, password string
	disabled, trusted        bool
	totp, passkeys           bool // there is an authenticator, there are passkeys
}

// second reports whether a second factor is wanted.
func (c *candidate) second() bool { return c.totp || c.passkeys }

// SignIn begins a session. It takes as long for users who are not there, and answers the
// same: ErrRefused, or *ThrottledError when too many failed. *SecondError means that name
// and password are right and that there is a second factor.
func (a *Accounts) SignIn(ctx context.Context, l Login) (secret string, err error) {
	var proof *second
	if l.Ticket != "" {
		proof = &second{}
		if _, err := a.tickets.open(a.opts.Now(), secondKind, l.Ticket, proof); err != nil {
			return "", err
		}
		l.Name = proof.Name
	}
	who, err := a.candidate(ctx, l, a.opts.Now())
	if err != nil {
		return "", err
	}
	return a.try(ctx, &l, byPassword, who, func() (secret, reason string, err error) {
		if reason, err := a.judge(ctx, who, l, proof); err != nil || reason != "" {
			return "", reason, err
		}
		secret, err = a.begin(ctx, l, func(ctx context.Context, c *changes) (candidate, error) {
			if err := c.still(ctx, who); err != nil || !who.second() {
				return who, err
			}
			return who, c.useCode(ctx, who.id, l.Code)
		})
		return secret, "", err
	})
}

// try runs a login by a method: throttled, counted and told. A reason is why it is
// refused; an error is that nobody knows whether it was right.
func (a *Accounts) try(ctx context.Context, l *Login, method string, who candidate, login func() (secret, reason string, err error)) (string, error) {
	l.From, l.Agent = cut(l.From, maxAgent), cut(l.Agent, maxAgent)
	now := a.opts.Now()
	account := ""
	switch {
	case method != byPassword || who.id != "" && who.trusted:
	case who.id != "":
		account = accountKey(who.id)
	default:
		account = nobodyKey(cut(l.Name, maxName))
	}
	try, err := a.throttle.begin(now, l.From, account)
	if err != nil {
		a.Throttled.Add(1)
		return "", err
	}
	secret, reason, err := login()
	if refused, ok := errors.AsType[refusedError](err); ok {
		reason, err = string(refused), nil
	}
	if err != nil { // nobody knows whether it was right
		a.throttle.left(try)
		return "", err
	}
	if a.opts.Report != nil {
		a.opts.Report(Attempt{
			Time: now, User: cut(l.Name, maxName), From: l.From, Agent: l.Agent, Method: method,
			Succeeded: reason == "", Reason: reason, Locked: reason != "" && try.locked,
		})
	}
	if reason != "" {
		a.Failed.Add(1)
		a.lock(ctx, try)
		return "", ErrRefused
	}
	if a.throttle.succeeded(try) {
		a.unlock(ctx, account)
	}
	a.Succeeded.Add(1)
	switch method {
	case byPasskey:
		a.ByPasskey.Add(1)
	case byProvider:
		a.ByProvider.Add(1)
	default:
		a.ByPassword.Add(1)
	}
	return secret, nil
}

// refusedError is why a login is refused, found in the transaction that would begin the
// session.
type refusedError string

// Error returns the reason.
func (r refusedError) Error() string { return string(r) }

func (a *Accounts) candidate(ctx context.Context, l Login, now time.Time) (who candidate, err error) {
	if !validName(l.Name) {
		return who, nil // asks the database nothing, and hashes as all others
	}
	from := cut(l.From, maxAgent)
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var disabled, totp, passkeys, here int64
		err := tx.QueryRowContext(ctx, `SELECT id, name, role, password, disabled, totp_on, (SELECT COUNT(*) FROM passkeys WHERE user_id = users.id),
			(SELECT COUNT(*) FROM sessions WHERE user_id = users.id AND address = $2 AND expires > $3)
			FROM users WHERE name = $1`, l.Name, from, now.UnixNano()).
			Scan(&who.id, &who.name, &who.role, &who.password, &disabled, &totp, &passkeys, &here)
		who.disabled, who.totp, who.passkeys, who.trusted = disabled != 0, totp != 0, passkeys > 0, here > 0 && network(from) != ""
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return who, err
}

// judge returns why the login is refused; nothing when it is right. A proof stands for the
// password.
func (a *Accounts) judge(ctx context.Context, who candidate, l Login, proof *second) (reason string, err error) {
	if proof != nil {
		if who.id != proof.ID || subtle.ConstantTimeCompare(hashOf(who.password), proof.Stamp) != 1 {
			return "", ErrTicket // it was changed meanwhile
		}
		if who.disabled {
			return "disabled user", nil
		}
		if l.Code == "" && who.second() {
			return "", a.wantsSecond(who)
		}
		return "", nil
	}
	password := l.Password
	if len(password) > maxPassword {
		password = "" // is never right
	}
	right, old, err := a.hasher.verify(ctx, who.password, password)
	switch {
	case err != nil:
		return "", err
	case who.id == "":
		return "unknown user", nil
	case !right:
		return "wrong password", nil
	case who.disabled:
		return "disabled user", nil
	}
	if old {
		a.rehash(ctx, &who, l.Password)
	}
	if who.second() && l.Code == "" {
		return "", a.wantsSecond(who)
	}
	return "", nil // begin looks at the code, and uses it up
}

// wantsSecond returns a SecondError.
func (a *Accounts) wantsSecond(who candidate) error {
	text, err := a.tickets.seal(a.opts.Now(), secondKind, second{who.id, who.name, hashOf(who.password)})
	if err != nil {
		return err
	}
	return &SecondError{text, who.passkeys}
}

// rehash stores the password at the cost of today. If that fails, the next login does it.
func (a *Accounts) rehash(ctx context.Context, who *candidate, password string) {
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return
	}
	err = a.write(ctx, func(ctx context.Context, c *changes) error {
		return c.one(ctx, "UPDATE users SET password = $1 WHERE id = $2 AND password = $3", hash, who.id, who.password)
	})
	if err == nil {
		who.password = hash
	}
}

// prove asks a user who is signed in for the password, before something that a stolen
// session must not do. Failures count as those of logins.
func (a *Accounts) prove(ctx context.Context, who Who, by Actor, password string) error {
	l := Login{Name: who.Name, Password: password, From: by.From}
	now := a.opts.Now()
	known, err := a.candidate(ctx, l, now)
	if err != nil {
		return err
	}
	if known.id != who.UserID || known.id == "" {
		return ErrUnknown
	}
	if known.password == "" {
		return ErrProvider
	}
	try, err := a.throttle.begin(now, l.From, accountKey(known.id))
	if err != nil {
		a.Throttled.Add(1)
		return err
	}
	reason, err := a.judge(ctx, candidate{id: known.id, password: known.password, disabled: known.disabled}, l, nil)
	switch {
	case err != nil:
		a.throttle.left(try)
		return err
	case reason != "":
		a.Failed.Add(1)
		if a.opts.Report != nil {
			a.opts.Report(Attempt{Time: now, User: who.Name, From: l.From, Method: byPassword, Reason: reason, Locked: try.locked})
		}
		a.lock(ctx, try)
		return ErrRefused
	}
	if a.throttle.succeeded(try) {
		a.unlock(ctx, accountKey(known.id))
	}
	return nil
}
