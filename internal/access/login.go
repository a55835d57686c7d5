package access

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Login is what somebody shows to sign in.
type Login struct {
	// Name and Password are those of a user.
	Name, Password string
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
	// Succeeded reports whether it did, Reason why it did not.
	Succeeded bool
	Reason    string
	// Locked reports that there are no more logins of this account for a while.
	Locked bool
}

// candidate is the user that a login means. Nobody has no id.
type candidate struct {
	id, name, role, password string
	disabled, trusted        bool
	second                   bool // a second factor is wanted
}

// SignIn begins a session. It takes as long for users who are not there, and answers the
// same: ErrRefused, or *ThrottledError when too many failed. ErrCode means that name and
// password are right and that there is a second factor.
func (a *Accounts) SignIn(ctx context.Context, l Login) (secret string, err error) {
	l.From, l.Agent = cut(l.From, maxAgent), cut(l.Agent, maxAgent)
	now := a.opts.Now()
	who, err := a.candidate(ctx, l, now)
	if err != nil {
		return "", err
	}
	try, err := a.throttle.begin(now, l.From, who.id, cut(l.Name, maxName), who.trusted)
	if err != nil {
		a.Throttled.Add(1)
		return "", err
	}
	reason, err := a.judge(ctx, who, l)
	if err == nil && reason == "" {
		if secret, err = a.begin(ctx, who, l); errors.Is(err, errReplayed) {
			reason, err = errReplayed.Error(), nil
		}
	}
	if err != nil { // nobody knows whether it was right
		a.throttle.left(try)
		return "", err
	}
	made := Attempt{Time: now, User: cut(l.Name, maxName), From: l.From, Agent: l.Agent, Succeeded: reason == "", Reason: reason, Locked: reason != "" && try.locked}
	if a.opts.Report != nil {
		a.opts.Report(made)
	}
	if reason != "" {
		a.Failed.Add(1)
		return "", ErrRefused
	}
	a.throttle.succeeded(try)
	a.Succeeded.Add(1)
	return secret, nil
}

func (a *Accounts) candidate(ctx context.Context, l Login, now time.Time) (who candidate, err error) {
	if !validName(l.Name) {
		return who, nil // asks the database nothing, and hashes as all others
	}
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var disabled, second, here int64
		err := tx.QueryRowContext(ctx, `SELECT id, name, role, password, disabled, totp_on,
			(SELECT COUNT(*) FROM sessions WHERE user_id = users.id AND address = $2 AND expires > $3)
			FROM users WHERE name = $1`, l.Name, l.From, now.UnixNano()).
			Scan(&who.id, &who.name, &who.role, &who.password, &disabled, &second, &here)
		who.disabled, who.second, who.trusted = disabled != 0, second != 0, here > 0 && network(l.From) != ""
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return who, err
}

// judge returns why the login is refused; nothing when it is right.
func (a *Accounts) judge(ctx context.Context, who candidate, l Login) (reason string, err error) {
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
		a.rehash(ctx, who, l.Password)
	}
	if !who.second {
		return "", nil
	}
	if l.Code == "" {
		return "", ErrCode
	}
	return "", nil // begin looks at the code, and uses it up
}

// rehash stores the password at the cost of today. If that fails, the next login does it.
func (a *Accounts) rehash(ctx context.Context, who candidate, password string) {
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return
	}
	_ = a.write(ctx, func(ctx context.Context, c *changes) error {
		_, err := c.ExecContext(ctx, "UPDATE users SET password = $1 WHERE id = $2 AND password = $3", hash, who.id, who.password)
		return err
	})
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
	try, err := a.throttle.begin(now, l.From, known.id, "", false)
	if err != nil {
		a.Throttled.Add(1)
		return err
	}
	reason, err := a.judge(ctx, candidate{id: known.id, password: known.password, disabled: known.disabled}, l)
	switch {
	case err != nil:
		a.throttle.left(try)
		return err
	case reason != "":
		a.Failed.Add(1)
		if a.opts.Report != nil {
			a.opts.Report(Attempt{Time: now, User: who.Name, From: l.From, Reason: reason, Locked: try.locked})
		}
		return ErrRefused
	}
	a.throttle.succeeded(try)
	return nil
}
