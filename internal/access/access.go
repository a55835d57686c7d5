// Package access knows people and programs by what they show, and says what each may do:
// users with passwords and second factors, their sessions, and tokens of programs, all in
// the state database. Nobody is there from the beginning.
package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
)

// The times of a session that nobody chose.
const (
	// DefaultIdle is for how long a session may do nothing.
	DefaultIdle = 8 * time.Hour
	// DefaultMax is how long a session lasts at the most.
	DefaultMax = 24 * time.Hour
)

const (
	// maxUsers and maxTokens are how many there are at the most: a program that makes
	// them must not fill the disk.
	maxUsers, maxTokens = 10_000, 10_000
	// maxSessions is how many a user has at a time; the oldest ones end.
	maxSessions = 50
	// maxAgent is the length in bytes at which the name of a browser is cut.
	maxAgent = 256
	// notice is how often it is written down that a session or token was used.
	notice = time.Minute
)

// What can go wrong, beside the errors of the database.
var (
	// ErrUnknown is somebody who is not there, or no longer.
	ErrUnknown = errors.New("there is no such user, session or token")
	// ErrTaken is a name that somebody else has.
	ErrTaken = errors.New("the name is taken")
	// ErrLastAdmin is a change that would leave nobody who may change anything.
	ErrLastAdmin = errors.New("it is the last admin: make another one first")
	// ErrRefused is a login that failed. Why is told to nobody but the operating log.
	ErrRefused = errors.New("the name, the password or the code is wrong")
	// ErrCode is a login that wants a second factor, too: SecondError.
	ErrCode = errors.New("want the code of the second factor")
	// ErrProvider is what a user cannot do who signs in at a provider.
	ErrProvider = errors.New("the user signs in at a provider, which knows the password and the second factor")
	// ErrBusy is a server at which too many passwords are checked already.
	ErrBusy = errors.New("too many logins at a time: try again")
	// ErrSetUp is a server that has a user already, or a link that is not the one.
	ErrSetUp = errors.New("the link is wrong, too old or used: a restart of a server without users writes a new one to its log")
)

// WrongError is a request that cannot be right, and says why.
type WrongError struct{ text, japanese string }

// Error returns what is wrong.
func (e *WrongError) Error() string { return e.text }

// Japanese says it in Japanese, where pages for people show it; otherwise as Error.
func (e *WrongError) Japanese() string { return cmp.Or(e.japanese, e.text) }

func wrong(format string, args ...any) error {
	return &WrongError{text: fmt.Sprintf(format, args...)}
}

// wrongOnPage is one that the pages for people show.
func wrongOnPage(text, japanese string) error { return &WrongError{text, japanese} }

// Options says how accounts behave.
type Options struct {
	// Idle is for how long a session may do nothing, Max how long it lasts; 0 means the
	// defaults.
	Idle, Max time.Duration
	// Now is the clock.
	Now func() time.Time
	// Report is told of attempts to log in, and must not wait; it may be nil.
	Report func(Attempt)
}

// Accounts are the users, sessions and tokens of a state database. Any number of
// goroutines may use them.
type Accounts struct {
	db       *database.DB
	opts     Options
	hasher   *hasher
	throttle throttle
	setup    setup
	tickets  *tickets
	senders  senders

	// Succeeded, Failed and Throttled count attempts to log in.
	Succeeded, Failed, Throttled atomic.Int64
	// ByPassword, ByPasskey and ByProvider are the ways of those that succeeded.
	ByPassword, ByPasskey, ByProvider atomic.Int64
}

// New returns the accounts of the database.
func New(db *database.DB, opts Options) *Accounts {
	opts.Idle, opts.Max = cmp.Or(opts.Idle, DefaultIdle), cmp.Or(opts.Max, DefaultMax)
	return &Accounts{db: db, opts: opts, hasher: newHasher(), tickets: newTickets()}
}

// Actor is who changes something, and from where.
type Actor struct {
	// Name is that of a user, of a token, or of a user of the system.
	Name string
	// From is the address; it is empty on the machine itself.
	From string
}

// Who is somebody who showed a session or a token.
type Who struct {
	// Name is that of the user, or of the token.
	Name string
	// UserID is the user's; it is empty for a token that belongs to nobody.
	UserID string
	// Session is the id of the session; it is empty for a token.
	Session string
	// Issuer is the provider at which the user of a session signs in; it is empty for others.
	Issuer string
	// May is what is permitted.
	May Permission
}

// write runs f in a transaction, with the changes in the trail.
func (a *Accounts) write(ctx context.Context, f func(context.Context, *changes) error) error {
	now := a.opts.Now()
	return a.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return f(ctx, &changes{tx, now})
	})
}

// changes is a transaction that changes something.
type changes struct {
	*sql.Tx

	now time.Time
}

// note adds to the trail what was done. The detail must hold no secrets.
func (c *changes) note(ctx context.Context, by Actor, action, object string, detail map[string]any) error {
	if by.From != "" {
		if detail == nil {
			detail = map[string]any{}
		}
		detail["from"] = by.From
	}
	text := ""
	if detail != nil {
		data, err := json.Marshal(detail)
		if err != nil {
			return err
		}
		text = string(data)
	}
	return audit.Add(ctx, c.Tx, audit.Entry{Time: c.now, Actor: by.Name, Action: action, Object: object, Outcome: "done", Detail: text})
}

// one executes a statement that must change a row; ErrUnknown when it does not.
func (c *changes) one(ctx context.Context, statement string, args ...any) error {
	done, err := c.ExecContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		err = ErrUnknown
	}
	return err
}

// secretBytes is the length of secrets that nobody types: nobody guesses them either.
const secretBytes = 32

// newSecret returns a secret, and what is kept of it: it needs no salt and no slow hash,
// since all are equally likely.
func newSecret() (secret string, hash []byte) {
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // it never fails
	secret = base64.RawURLEncoding.EncodeToString(random)
	return secret, hashOf(secret)
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// newID returns a name for something that is no secret.
func newID() string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // it never fails
	return hex.EncodeToString(random)
}

// cut shortens a text that somebody else wrote.
func cut(s string, most int) string { return database.Text(s[:min(len(s), most)]) }

// moment reads a time of the database: 0 is none.
func moment(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
