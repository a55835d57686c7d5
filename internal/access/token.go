package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	// tokenPrefix is what tokens begin with: those who search code for secrets find them.
	tokenPrefix = "sas_"
	// maxLife is how long a token may last.
	maxLife = 10 * 365 * 24 * time.Hour
)

// Token is what one program is known by. Its secret is shown once and kept by nobody.
type Token struct {
	// ID names it; it is no secret.
	ID string `json:"id"`
	// Name is what the program does with it.
	Name string `json:"name"`
	// User is whose it is: it can do no more than the user. It is empty for one of nobody.
	User string `json:"user,omitempty"`
	// Scopes are what it may do.
	Scopes []string `json:"scopes"`
	// Created, Expires and Used are when; zero for never. Used is right to the minute.
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero"`
}

// NewToken is a token that somebody wants.
type NewToken struct {
	Name   string   `json:"name"`
	Scopes []string `json:"scopes"`
	// Life is how long it lasts; 0 for ever.
	Life time.Duration `json:"-"`
}

// AddToken makes a token that may do no more than who asks. It belongs to the user whose
// session asks, and otherwise to nobody. One of a sender (SendLogs, SendMetrics) is made by those who may
// Manage, does nothing else, and belongs to nobody: logs go on when a user leaves.
func (a *Accounts) AddToken(ctx context.Context, who Who, by Actor, n NewToken) (secret string, t Token, err error) {
	if err := checkName(n.Name); err != nil {
		return "", t, err
	}
	scopes, err := ParseScopes(n.Scopes)
	if err != nil {
		return "", t, err
	}
	sends := scopes&sending != 0
	switch {
	case sends && scopes&^sending != 0:
		return "", t, wrong("scopes %s: a token that sends does nothing else", scopes)
	case sends && !who.May.Has(Manage), !sends && !who.May.Has(scopes):
		return "", t, wrong("scopes %s: more than you may yourself, which is %s", scopes, who.May)
	}
	if n.Life < 0 || n.Life > maxLife {
		return "", t, wrong("a token lasts up to ten years, or for ever")
	}
	secret, _ = newSecret()
	secret = tokenPrefix + secret
	t = Token{ID: newID(), Name: n.Name, Scopes: scopes.Scopes()}
	var owner any
	if who.Session != "" && !sends {
		owner, t.User = who.UserID, who.Name
	}
	err = a.write(ctx, func(ctx context.Context, c *changes) error {
		t.Created = c.now.UTC()
		expires := int64(0)
		if n.Life > 0 {
			t.Expires = t.Created.Add(n.Life)
			expires = t.Expires.UnixNano()
		}
		var tokens, taken int
		if err := c.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN name = $1 THEN 1 ELSE 0 END), 0) FROM api_tokens", n.Name).Scan(&tokens, &taken); err != nil {
			return err
		}
		if taken > 0 {
			return ErrTaken
		}
		if tokens >= maxTokens {
			return wrong("there are %d tokens, more cannot be", maxTokens)
		}
		_, err := c.ExecContext(ctx, "INSERT INTO api_tokens (id, hash, name, user_id, scopes, created, expires, used) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
			t.ID, hashOf(secret), t.Name, owner, scopes.String(), t.Created.UnixNano(), expires)
		if err != nil {
			return err
		}
		return c.note(ctx, by, "token.add", t.Name, map[string]any{"id": t.ID, "scopes": t.Scopes})
	})
	return secret, t, err
}

// ByToken returns who shows the token; ErrUnknown when there is none, or no longer.
func (a *Accounts) ByToken(ctx context.Context, secret string) (who Who, err error) {
	rest, ok := strings.CutPrefix(secret, tokenPrefix)
	if !ok || len(rest) != secretLength {
		return who, ErrUnknown
	}
	now := a.opts.Now()
	var id, scopes string
	var user, role sql.NullString
	var disabled sql.NullInt64
	var used int64
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT t.id, t.name, t.scopes, t.used, u.id, u.role, u.disabled FROM api_tokens t LEFT JOIN users u ON u.id = t.user_id
			WHERE t.hash = $1 AND (t.expires = 0 OR t.expires > $2)`, hashOf(secret), now.UnixNano()).
			Scan(&id, &who.Name, &scopes, &used, &user, &role, &disabled)
	})
	if errors.Is(err, sql.ErrNoRows) || disabled.Int64 != 0 {
		return Who{}, ErrUnknown
	}
	if err != nil {
		return Who{}, err
	}
	if who.May, err = ParseScopes(strings.Split(scopes, ",")); err != nil {
		return Who{}, fmt.Errorf("the scopes of token %s: %w", who.Name, err)
	}
	if user.Valid {
		is, err := ParseRole(role.String)
		if err != nil {
			return Who{}, fmt.Errorf("the role of the user of token %s: %w", who.Name, err)
		}
		who.UserID, who.May = user.String, who.May&is.Permissions()
	}
	if now.Sub(time.Unix(0, used)) >= notice {
		a.touch(ctx, "UPDATE api_tokens SET used = $1 WHERE id = $2 AND used < $1", now, id)
	}
	who.Name = "token " + who.Name
	return who, nil
}

// Tokens returns all tokens, or those of a user, by name. Those that have expired are
// among them.
func (a *Accounts) Tokens(ctx context.Context, userID string) ([]Token, error) {
	tokens := []Token{}
	err := a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT t.id, t.name, COALESCE(u.name, ''), t.scopes, t.created, t.expires, t.used FROM api_tokens t LEFT JOIN users u ON u.id = t.user_id
			WHERE $1 = '' OR t.user_id = $1 ORDER BY t.name`, userID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var t Token
			var scopes string
			var created, expires, used int64
			if err := rows.Scan(&t.ID, &t.Name, &t.User, &scopes, &created, &expires, &used); err != nil {
				return err
			}
			t.Scopes, t.Created, t.Expires, t.Used = strings.Split(scopes, ","), moment(created), moment(expires), moment(used)
			tokens = append(tokens, t)
		}
		return rows.Err()
	})
	return tokens, err
}

// RemoveToken removes a token, with an empty userID of anybody.
func (a *Accounts) RemoveToken(ctx context.Context, by Actor, userID, id string) error {
	defer a.senders.forget()
	return a.write(ctx, func(ctx context.Context, c *changes) error {
		var name string
		err := c.QueryRowContext(ctx, "SELECT name FROM api_tokens WHERE id = $1 AND ($2 = '' OR user_id = $2)", id, userID).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return err
		}
		if err := c.one(ctx, "DELETE FROM api_tokens WHERE id = $1", id); err != nil {
			return err
		}
		return c.note(ctx, by, "token.remove", name, map[string]any{"id": id})
	})
}
