package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// maxName is the length in bytes of the longest name.
const maxName = 64

// User is a person who may sign in.
type User struct {
	// ID stays when the user changes.
	ID string `json:"id"`
	// Name is what the user signs in with.
	Name string `json:"name"`
	// Role is the name of the role.
	Role string `json:"role"`
	// Disabled users cannot sign in, and their tokens mean nothing.
	Disabled bool `json:"disabled"`
	// TOTP reports whether an authenticator is the second factor, Passkeys is how many
	// passkeys there are.
	TOTP     bool `json:"totp"`
	Passkeys int  `json:"passkeys"`
	// Issuer is that of the provider at which the user signs in; it is empty for a user with
	// a password.
	Issuer string `json:"issuer,omitempty"`
	// Created and LastLogin are when; zero for never.
	Created   time.Time `json:"created"`
	LastLogin time.Time `json:"last_login,omitzero"`
}

// checkName says what is wrong with the name of a user or a token. Names look different
// when they are different: no capitals, no letters that look like others.
func checkName(name string) error {
	if !validName(name) {
		shown := cut(name, maxName)
		return wrongOnPage(fmt.Sprintf("name %q, want at most %d of a to z, 0 to 9 and . _ @ -, the first a letter or digit", shown, maxName),
			fmt.Sprintf("名前 %q は使えません: a〜z、0〜9、. _ @ - を %d 文字まで、先頭は英数字にしてください", shown, maxName))
	}
	return nil
}

func validName(name string) bool {
	return name != "" && len(name) <= maxName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._@-") == "" && !strings.ContainsAny(name[:1], "._@-")
}

// AddUser adds somebody who signs in with the password.
func (a *Accounts) AddUser(ctx context.Context, by Actor, name, password, role string) (User, error) {
	return a.addUser(ctx, by, name, password, role, nil)
}

// addUser adds a user if may, asked in the transaction, has nothing against it.
func (a *Accounts) addUser(ctx context.Context, by Actor, name, password, role string, may func(users int) error) (User, error) {
	u, err := newUser(name, role)
	if err != nil {
		return User{}, err
	}
	if err := checkPassword(name, password); err != nil {
		return User{}, err
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	err = a.write(ctx, func(ctx context.Context, c *changes) error { return c.addUser(ctx, by, &u, hash, may) })
	return u, err
}

func newUser(name, role string) (u User, err error) {
	if err := checkName(name); err != nil {
		return u, err
	}
	is, err := ParseRole(role)
	if err != nil {
		return u, err
	}
	return User{ID: newID(), Name: name, Role: is.String()}, nil
}

// addUser adds a user; without a hash one who has no password.
func (c *changes) addUser(ctx context.Context, by Actor, u *User, hash string, may func(users int) error) error {
	u.Created = c.now.UTC()
	var users, taken int
	if err := c.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN name = $1 THEN 1 ELSE 0 END), 0) FROM users", u.Name).Scan(&users, &taken); err != nil {
		return err
	}
	if may != nil {
		if err := may(users); err != nil {
			return err
		}
	}
	if taken > 0 {
		return ErrTaken
	}
	if users >= maxUsers {
		return wrong("there are %d users, more cannot be", maxUsers)
	}
	_, err := c.ExecContext(ctx, "INSERT INTO users (id, name, role, password, disabled, totp_on, totp_step, created, last_login, issuer) VALUES ($1, $2, $3, $4, 0, 0, 0, $5, 0, $6)",
		u.ID, u.Name, u.Role, hash, c.now.UnixNano(), u.Issuer)
	if err != nil {
		return err
	}
	detail := map[string]any{"role": u.Role}
	if u.Issuer != "" {
		detail["issuer"] = u.Issuer
	}
	return c.note(ctx, by, "user.add", u.Name, detail)
}

// userColumns are those of User.
const userColumns = "id, name, role, disabled, totp_on, (SELECT COUNT(*) FROM passkeys WHERE user_id = users.id), issuer, created, last_login"

func scanUser(row interface{ Scan(...any) error }) (u User, err error) {
	var disabled, totp, created, last int64
	err = row.Scan(&u.ID, &u.Name, &u.Role, &disabled, &totp, &u.Passkeys, &u.Issuer, &created, &last)
	u.Disabled, u.TOTP, u.Created, u.LastLogin = disabled != 0, totp != 0, moment(created), moment(last)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return u, err
}

// Users returns all users, by name.
func (a *Accounts) Users(ctx context.Context) ([]User, error) {
	users := []User{}
	err := a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT "+userColumns+" FROM users ORDER BY name")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			u, err := scanUser(rows)
			if err != nil {
				return err
			}
			users = append(users, u)
		}
		return rows.Err()
	})
	return users, err
}

// Account is what users see of themselves.
type Account struct {
	User

	// RecoveryCodes is how many are left.
	RecoveryCodes int `json:"recovery_codes"`
}

// Account returns the user of a session.
func (a *Accounts) Account(ctx context.Context, who Who) (own Account, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if own.User, err = scanUser(tx.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE id = $1", who.UserID)); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1", who.UserID).Scan(&own.RecoveryCodes)
	})
	return own, err
}

// Edit is a change of a user; what is nil stays.
type Edit struct {
	Role     *string `json:"role,omitempty"`
	Disabled *bool   `json:"disabled,omitempty"`
	Password *string `json:"password,omitempty"`
	// TOTP can be switched off only, for those who lost it.
	TOTP *bool `json:"totp,omitempty"`
}

// EditUser changes a user, whose sessions end: what they may is another thing now.
func (a *Accounts) EditUser(ctx context.Context, by Actor, name string, e Edit) (u User, err error) {
	hash, err := a.checkEdit(ctx, name, &e)
	if err != nil {
		return User{}, err
	}
	err = a.write(ctx, func(ctx context.Context, c *changes) (err error) {
		u, err = scanUser(c.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE name = $1", name))
		if err != nil {
			return err
		}
		admins, err := c.admins(ctx)
		if err != nil {
			return err
		}
		detail := map[string]any{}
		if e.Role != nil {
			detail["role"], detail["was"] = *e.Role, u.Role
			u.Role = *e.Role
		}
		if e.Disabled != nil {
			detail["disabled"] = *e.Disabled
			u.Disabled = *e.Disabled
		}
		if e.Password != nil {
			if u.Issuer != "" {
				return ErrProvider
			}
			detail["password"] = "changed"
			if err := c.one(ctx, "UPDATE users SET password = $1 WHERE id = $2", hash, u.ID); err != nil {
				return err
			}
		}
		if e.TOTP != nil {
			detail["totp"] = false
			u.TOTP = false
			if err := c.dropTOTP(ctx, u.ID); err != nil {
				return err
			}
		}
		if err := c.one(ctx, "UPDATE users SET role = $1, disabled = $2 WHERE id = $3", u.Role, number(u.Disabled), u.ID); err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = $1", u.ID); err != nil {
			return err
		}
		if err := c.keepsAdmin(ctx, admins); err != nil {
			return err
		}
		if err := c.unlock(ctx, accountKey(u.ID)); err != nil {
			return err
		}
		return c.note(ctx, by, "user.edit", name, detail)
	})
	if err == nil {
		a.throttle.forgive(u.ID)
	}
	return u, err
}

// checkEdit refuses what cannot be, and hashes the password.
func (a *Accounts) checkEdit(ctx context.Context, name string, e *Edit) (hash string, err error) {
	if *e == (Edit{}) {
		return "", wrong("nothing to change, want role, disabled, password or totp")
	}
	if e.Role != nil {
		if _, err := ParseRole(*e.Role); err != nil {
			return "", err
		}
	}
	if e.TOTP != nil && *e.TOTP {
		return "", wrong("totp can be false only: a second factor is added by its user")
	}
	if e.Password == nil {
		return "", nil
	}
	if err := checkPassword(name, *e.Password); err != nil {
		return "", err
	}
	return a.hasher.hash(ctx, *e.Password)
}

// RemoveUser removes a user with all sessions and tokens.
func (a *Accounts) RemoveUser(ctx context.Context, by Actor, name string) error {
	return a.write(ctx, func(ctx context.Context, c *changes) error {
		admins, err := c.admins(ctx)
		if err != nil {
			return err
		}
		if err := c.one(ctx, "DELETE FROM users WHERE name = $1", name); err != nil {
			return err
		}
		if err := c.keepsAdmin(ctx, admins); err != nil {
			return err
		}
		return c.note(ctx, by, "user.remove", name, nil)
	})
}

// admins returns how many users may change users.
func (c *changes) admins(ctx context.Context) (n int, err error) {
	err = c.QueryRowContext(ctx, "SELECT COUNT(*) FROM users WHERE role = $1 AND disabled = 0", Admin.String()).Scan(&n)
	return n, err
}

// keepsAdmin returns ErrLastAdmin when there were admins, and are none any more.
func (c *changes) keepsAdmin(ctx context.Context, before int) error {
	after, err := c.admins(ctx)
	if err == nil && before > 0 && after == 0 {
		err = ErrLastAdmin
	}
	return err
}

// ChangePassword lets a user who is signed in choose another password. All of the user's
// sessions end but the one that asks, which gets another secret.
func (a *Accounts) ChangePassword(ctx context.Context, who Who, by Actor, current, next string) (secret string, err error) {
	if err := checkPassword(who.Name, next); err != nil {
		return "", err
	}
	if err := a.prove(ctx, who, by, current); err != nil {
		return "", err
	}
	hash, err := a.hasher.hash(ctx, next)
	if err != nil {
		return "", err
	}
	secret, kept := newSecret()
	err = a.write(ctx, func(ctx context.Context, c *changes) error {
		if err := c.one(ctx, "UPDATE users SET password = $1 WHERE id = $2", hash, who.UserID); err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", who.UserID, who.Session); err != nil {
			return err
		}
		if err := c.one(ctx, "UPDATE sessions SET hash = $1 WHERE id = $2", kept, who.Session); err != nil {
			return err
		}
		return c.note(ctx, by, "user.password", who.Name, nil)
	})
	return secret, err
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
