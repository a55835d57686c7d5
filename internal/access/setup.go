package access

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"sync"
	"time"
)

// setupLife is how long the link of the first start may be used.
const setupLife = 24 * time.Hour

// setup is the link of the first start. A restart forgets it.
type setup struct {
	mu      sync.Mutex
	hash    []byte
	expires time.Time
}

// Setup returns the secret with which the first user can be added, and until when. It is
// empty when there are users. Each call makes another one, and the one before wrong.
func (a *Accounts) Setup(ctx context.Context) (secret string, until time.Time, err error) {
	var users int
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM users").Scan(&users)
	})
	if err != nil || users > 0 {
		return "", time.Time{}, err
	}
	secret, hash := newSecret()
	until = a.opts.Now().Add(setupLife)
	a.setup.mu.Lock()
	defer a.setup.mu.Unlock()
	a.setup.hash, a.setup.expires = hash, until
	return secret, until, nil
}

// IsSetup reports whether the secret is that of Setup and can be used.
func (a *Accounts) IsSetup(secret string) bool {
	a.setup.mu.Lock()
	defer a.setup.mu.Unlock()
	return a.setup.hash != nil && a.opts.Now().Before(a.setup.expires) && subtle.ConstantTimeCompare(a.setup.hash, hashOf(secret)) == 1
}

// SetUp adds the first user, an admin, for whoever has the secret. Then it is of no use.
func (a *Accounts) SetUp(ctx context.Context, secret, from, name, password string) error {
	if !a.IsSetup(secret) {
		return ErrSetUp
	}
	_, err := a.addUser(ctx, Actor{"setup", cut(from, maxAgent)}, name, password, Admin.String(), func(users int) error {
		if users > 0 {
			return ErrSetUp
		}
		return nil
	})
	if err == nil {
		a.setup.mu.Lock()
		defer a.setup.mu.Unlock()
		a.setup.hash = nil
	}
	return err
}
