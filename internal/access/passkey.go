package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/access/passkey"
)

const (
	// maxPasskeys is how many a user has.
	maxPasskeys = 20
	// maxPasskeyName is the length in bytes of the longest name of one.
	maxPasskeyName = 100
)

// Passkey is a key in a device of a user, or in what keeps passwords. Whoever has one needs
// it, or the code of an authenticator, beside the password; it also signs in alone, since
// the device asks who uses it.
type Passkey struct {
	// ID names it; it is no secret.
	ID string `json:"id"`
	// Name is what its user calls it.
	Name string `json:"name"`
	// Created and Used are when; zero for never.
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
}

// Question is what a browser is asked, and the ticket that its answer comes back with.
type Question struct {
	// Options are what navigator.credentials takes.
	Options json.RawMessage `json:"options"`
	// Ticket holds for five minutes and for one answer.
	Ticket string `json:"ticket"`
}

// asked is what the ticket of a Question holds.
type asked struct {
	Challenge string `json:"c"`
	ID        string `json:"id,omitempty"` // of the only user who may answer
}

const makeKind, askKind = "make a passkey", "ask for a passkey"

func (a *Accounts) question(kind string, q passkey.Question, id string) (Question, error) {
	text, err := a.tickets.seal(a.opts.Now(), kind, asked{q.Challenge, id})
	return Question{q.Options, text}, err
}

// Passkeys returns those of a user, the oldest first.
func (a *Accounts) Passkeys(ctx context.Context, userID string) ([]Passkey, error) {
	list := []Passkey{}
	err := a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id, name, created, used FROM passkeys WHERE user_id = $1 ORDER BY created, id", userID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p Passkey
			var created, used int64
			if err := rows.Scan(&p.ID, &p.Name, &created, &used); err != nil {
				return err
			}
			p.Created, p.Used = moment(created), moment(used)
			list = append(list, p)
		}
		return rows.Err()
	})
	return list, err
}

// PasskeysOf returns those of the user with the name; ErrUnknown without one.
func (a *Accounts) PasskeysOf(ctx context.Context, name string) ([]Passkey, error) {
	id, err := a.userID(ctx, name)
	if err != nil {
		return nil, err
	}
	return a.Passkeys(ctx, id)
}

func (a *Accounts) userID(ctx context.Context, name string) (id string, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "SELECT id FROM users WHERE name = $1", name).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrUnknown
		}
		return err
	})
	return id, err
}

// BeginPasskey asks the browser of a user who is signed in for a new passkey.
func (a *Accounts) BeginPasskey(ctx context.Context, at passkey.Party, who Who, by Actor, password string) (Question, error) {
	if err := a.prove(ctx, who, by, password); err != nil {
		return Question{}, err
	}
	_, keys, err := a.keys(ctx, who.UserID, nil)
	if err != nil {
		return Question{}, err
	}
	q, err := at.Make(passkey.Person{ID: who.UserID, Name: who.Name}, keys)
	if err != nil {
		return Question{}, err
	}
	return a.question(makeKind, q, who.UserID)
}

// AddPasskey adds what the browser made. With the first second factor come recovery codes,
// each for once. All other sessions of the user end.
func (a *Accounts) AddPasskey(ctx context.Context, at passkey.Party, who Who, by Actor, ticket, name string, answer []byte) (p Passkey, codes []string, err error) {
	if name == "" || len(name) > maxPasskeyName || !utf8.ValidString(name) {
		return p, nil, wrong("a passkey wants a name of at most %d bytes", maxPasskeyName)
	}
	var was asked
	nonce, err := a.tickets.open(a.opts.Now(), makeKind, ticket, &was)
	if err != nil || was.ID != who.UserID {
		return p, nil, errors.Join(ErrTicket, err)
	}
	key, err := at.Made(passkey.Person{ID: who.UserID, Name: who.Name}, was.Challenge, answer)
	if err != nil {
		return p, nil, err
	}
	p = Passkey{ID: newID(), Name: cut(name, maxPasskeyName)}
	err = a.write(ctx, func(ctx context.Context, c *changes) error {
		codes, p.Created = nil, c.now.UTC()
		var mine, taken, recovery int
		err := c.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM passkeys WHERE user_id = $1), (SELECT COUNT(*) FROM passkeys WHERE credential = $2),
			(SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1)`, who.UserID, key.ID).Scan(&mine, &taken, &recovery)
		if err != nil {
			return err
		}
		if taken > 0 {
			return ErrTaken
		}
		if mine >= maxPasskeys {
			return wrong("there are %d passkeys, more cannot be", maxPasskeys)
		}
		if recovery == 0 {
			if codes, err = c.recoveryCodes(ctx, who.UserID); err != nil {
				return err
			}
		}
		_, err = c.ExecContext(ctx, "INSERT INTO passkeys (id, credential, user_id, name, uses, record, created, used) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
			p.ID, key.ID, who.UserID, p.Name, int64(key.Count), key.Record, c.now.UnixNano())
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", who.UserID, who.Session); err != nil {
			return err
		}
		if err := c.note(ctx, by, "passkey.add", who.Name, map[string]any{"id": p.ID, "name": p.Name}); err != nil {
			return err
		}
		return a.tickets.use(c.now, nonce)
	})
	if err != nil {
		return Passkey{}, nil, err
	}
	return p, codes, nil
}

// RemovePasskey removes a passkey of the user who asks.
func (a *Accounts) RemovePasskey(ctx context.Context, who Who, by Actor, password, id string) error {
	if err := a.prove(ctx, who, by, password); err != nil {
		return err
	}
	return a.write(ctx, func(ctx context.Context, c *changes) error {
		return c.removePasskey(ctx, by, who.UserID, who.Name, id)
	})
}

// RemovePasskeyOf removes a passkey of a user who lost it. The user's sessions end.
func (a *Accounts) RemovePasskeyOf(ctx context.Context, by Actor, name, id string) error {
	user, err := a.userID(ctx, name)
	if err != nil {
		return err
	}
	return a.write(ctx, func(ctx context.Context, c *changes) error {
		if err := c.removePasskey(ctx, by, user, name, id); err != nil {
			return err
		}
		_, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = $1", user)
		return err
	})
}

func (c *changes) removePasskey(ctx context.Context, by Actor, userID, user, id string) error {
	if err := c.one(ctx, "DELETE FROM passkeys WHERE user_id = $1 AND id = $2", userID, id); err != nil {
		return err
	}
	if err := c.forgetCodes(ctx, userID); err != nil {
		return err
	}
	return c.note(ctx, by, "passkey.remove", user, map[string]any{"id": id})
}

// keys returns the user with the id, or the one who has the credential, with all passkeys;
// nobody without any.
func (a *Accounts) keys(ctx context.Context, id string, credential []byte) (who candidate, keys []passkey.Key, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT u.id, u.name, u.role, u.disabled, u.totp_on, p.credential, p.uses, p.record
			FROM users u JOIN passkeys p ON p.user_id = u.id
			WHERE u.id = $1 OR u.id = (SELECT user_id FROM passkeys WHERE credential = $2)`, id, credential)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var disabled, totp, uses int64
			var k passkey.Key
			if err := rows.Scan(&who.id, &who.name, &who.role, &disabled, &totp, &k.ID, &uses, &k.Record); err != nil {
				return err
			}
			who.disabled, who.totp, who.passkeys = disabled != 0, totp != 0, true
			k.Count = uint32(uses)
			keys = append(keys, k)
		}
		return rows.Err()
	})
	return who, keys, err
}

// AskPasskey asks a browser for a passkey: for any, or, with the ticket of a SecondError,
// for one of the user whose password was right.
func (a *Accounts) AskPasskey(ctx context.Context, at passkey.Party, ticket string) (Question, error) {
	if ticket == "" {
		q, err := at.Ask(passkey.Person{}, nil)
		if err != nil {
			return Question{}, err
		}
		return a.question(askKind, q, "")
	}
	var proof second
	if _, err := a.tickets.open(a.opts.Now(), secondKind, ticket, &proof); err != nil {
		return Question{}, err
	}
	who, keys, err := a.keys(ctx, proof.ID, nil)
	if err != nil {
		return Question{}, err
	}
	if len(keys) == 0 {
		return Question{}, ErrTicket // they were removed meanwhile
	}
	q, err := at.Ask(passkey.Person{ID: who.id, Name: who.name}, keys)
	if err != nil {
		return Question{}, err
	}
	return a.question(askKind, q, who.id)
}

// SignInByPasskey begins a session for whoever answered AskPasskey. Whether an account is
// locked does not matter: nobody guesses a passkey.
func (a *Accounts) SignInByPasskey(ctx context.Context, at passkey.Party, l Login, answer []byte) (secret string, err error) {
	var was asked
	nonce, err := a.tickets.open(a.opts.Now(), askKind, l.Ticket, &was)
	if err != nil {
		return "", err
	}
	l.Name = ""
	return a.try(ctx, &l, byPasskey, candidate{}, func() (secret, reason string, err error) {
		var who candidate
		_, key, err := at.Answered(was.ID, was.Challenge, answer, func(keyID []byte) (passkey.Person, []passkey.Key, error) {
			var keys []passkey.Key
			var err error
			who, keys, err = a.keys(ctx, "", keyID)
			if err == nil && who.id == "" {
				err = refusedError("unknown passkey")
			}
			return passkey.Person{ID: who.id, Name: who.name}, keys, err
		})
		l.Name = who.name
		switch {
		case errors.Is(err, passkey.ErrWrong), errors.Is(err, passkey.ErrCopied):
			return "", err.Error(), nil
		case err != nil:
			return "", "", err
		case who.disabled:
			return "", "disabled user", nil
		}
		secret, err = a.begin(ctx, l, func(ctx context.Context, c *changes) (candidate, error) {
			if err := c.still(ctx, who); err != nil {
				return who, err
			}
			return who, c.usePasskey(ctx, a.tickets, nonce, key)
		})
		return secret, "", err
	})
}

// usePasskey notes that a passkey was used: its counter goes up, or stays at 0, also for
// two at the same time.
func (c *changes) usePasskey(ctx context.Context, t *tickets, nonce string, key passkey.Key) error {
	err := c.one(ctx, "UPDATE passkeys SET uses = $1, record = $2, used = $3 WHERE credential = $4 AND (uses < $1 OR uses = 0 AND $1 = 0)",
		int64(key.Count), key.Record, c.now.UnixNano(), key.ID)
	if errors.Is(err, ErrUnknown) {
		return refusedError(passkey.ErrCopied.Error())
	}
	if err != nil {
		return err
	}
	return t.use(c.now, nonce)
}
