package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Session is somebody who is signed in.
type Session struct {
	// ID names it; it is no secret.
	ID string `json:"id"`
	// Created is when it began, Seen when it was used last, to the minute, Expires when it
	// ends at the latest.
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
	// From is the address that it began at, Agent what the browser calls itself.
	From  string `json:"from"`
	Agent string `json:"agent"`
	// Current is the one that asks.
	Current bool `json:"current"`
}

// begin makes a session, in one transaction with all that goes with it: identify says
// whose it is and uses up what proves that, the session that the browser had ends, and so
// do old ones.
func (a *Accounts) begin(ctx context.Context, l Login, identify func(context.Context, *changes) (candidate, error)) (secret string, err error) {
	secret, hash := newSecret()
	err = a.write(ctx, func(ctx context.Context, c *changes) error {
		who, err := identify(ctx, c)
		if err != nil {
			return err
		}
		if l.Session != "" {
			if _, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE hash = $1", hashOf(l.Session)); err != nil {
				return err
			}
		}
		if _, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE expires <= $1 OR seen <= $2", c.now.UnixNano(), c.now.Add(-a.opts.Idle).UnixNano()); err != nil {
			return err
		}
		_, err = c.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id NOT IN (SELECT id FROM sessions WHERE user_id = $1 ORDER BY created DESC, id LIMIT $2)", who.id, maxSessions-1)
		if err != nil {
			return err
		}
		id, now := newID(), c.now.UnixNano()
		_, err = c.ExecContext(ctx, "INSERT INTO sessions (hash, id, user_id, created, seen, expires, address, agent) VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
			hash, id, who.id, now, c.now.Add(a.opts.Max).UnixNano(), l.From, l.Agent)
		if err != nil {
			return err
		}
		return c.note(ctx, Actor{who.name, l.From}, "session.begin", who.name, map[string]any{"session": id})
	})
	return secret, err
}

// still notes the login of a user; ErrRefused when the user was changed since the password
// or the passkey was looked at.
func (c *changes) still(ctx context.Context, who candidate) error {
	err := c.one(ctx, `UPDATE users SET last_login = $1 WHERE id = $2 AND disabled = 0 AND role = $3 AND totp_on = $4
		AND CASE WHEN EXISTS (SELECT 1 FROM passkeys WHERE user_id = $2) THEN 1 ELSE 0 END = $5`,
		c.now.UnixNano(), who.id, who.role, number(who.totp), number(who.passkeys))
	if errors.Is(err, ErrUnknown) {
		return ErrRefused
	}
	return err
}

// BySession returns who has the session; ErrUnknown when it ended.
func (a *Accounts) BySession(ctx context.Context, secret string) (who Who, err error) {
	if len(secret) != secretLength {
		return who, ErrUnknown
	}
	now := a.opts.Now()
	var role string
	var seen int64
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT s.id, s.seen, u.id, u.name, u.role, u.issuer FROM sessions s JOIN users u ON u.id = s.user_id
			WHERE s.hash = $1 AND s.expires > $2 AND s.seen > $3 AND u.disabled = 0`, hashOf(secret), now.UnixNano(), now.Add(-a.opts.Idle).UnixNano()).
			Scan(&who.Session, &seen, &who.UserID, &who.Name, &role, &who.Issuer)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Who{}, ErrUnknown
	}
	if err != nil {
		return Who{}, err
	}
	if now.Sub(time.Unix(0, seen)) >= min(notice, a.opts.Idle/10) {
		a.touch(ctx, "UPDATE sessions SET seen = $1 WHERE id = $2 AND seen < $1", now, who.Session)
	}
	is, err := ParseRole(role)
	if err != nil {
		return Who{}, fmt.Errorf("the role of user %s: %w", who.Name, err)
	}
	who.May = is.Permissions()
	return who, nil
}

// secretLength is the length of a secret as text.
const secretLength = (secretBytes*8 + 5) / 6

// touch notes that something was used. A database that cannot be written to must not keep
// people from looking: it counts the failure itself.
func (a *Accounts) touch(ctx context.Context, statement string, now time.Time, id string) {
	_ = a.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement, now.UnixNano(), id)
		return err
	})
}

// Sessions returns the sessions of a user, the newest first.
func (a *Accounts) Sessions(ctx context.Context, who Who) ([]Session, error) {
	now := a.opts.Now()
	sessions := []Session{}
	err := a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id, created, seen, expires, address, agent FROM sessions WHERE user_id = $1 AND expires > $2 AND seen > $3 ORDER BY created DESC, id",
			who.UserID, now.UnixNano(), now.Add(-a.opts.Idle).UnixNano())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s Session
			var created, seen, expires int64
			if err := rows.Scan(&s.ID, &created, &seen, &expires, &s.From, &s.Agent); err != nil {
				return err
			}
			s.Created, s.Seen, s.Expires, s.Current = moment(created), moment(seen), moment(expires), s.ID == who.Session
			sessions = append(sessions, s)
		}
		return rows.Err()
	})
	return sessions, err
}

// EndSession ends one of the user's sessions.
func (a *Accounts) EndSession(ctx context.Context, who Who, by Actor, id string) error {
	return a.write(ctx, func(ctx context.Context, c *changes) error {
		if err := c.one(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id = $2", who.UserID, id); err != nil {
			return err
		}
		return c.note(ctx, by, "session.end", who.Name, map[string]any{"session": id})
	})
}

// EndSessions ends all sessions of a user.
func (a *Accounts) EndSessions(ctx context.Context, by Actor, name string) error {
	return a.write(ctx, func(ctx context.Context, c *changes) error {
		var id string
		err := c.QueryRowContext(ctx, "SELECT id FROM users WHERE name = $1", name).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = $1", id); err != nil {
			return err
		}
		return c.note(ctx, by, "session.end", name, map[string]any{"session": "all"})
	})
}
