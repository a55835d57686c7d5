package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/database"
)

// Accounts are the users and tokens in the state database of a server that does not run.
type Accounts struct {
	db       *database.DB
	accounts *access.Accounts
	by       access.Actor
}

// OpenAccounts opens the state database that the configuration names. Who changes
// something is the actor in the audit trail. Close is to be called.
func OpenAccounts(ctx context.Context, cfg *config.Config, now func() time.Time, actor string) (*Accounts, error) {
	if _, err := os.Stat(cfg.Data); errors.Is(err, fs.ErrNotExist) && cfg.Database().DSN == "" {
		return nil, fmt.Errorf("open the data folder (the first start of the server makes it, or mkdir): %w", err) // to make one in the wrong place helps nobody
	}
	db, err := database.Open(ctx, cfg.Database())
	if errors.Is(err, database.ErrInUse) {
		return nil, fmt.Errorf("%w: while it runs, it is asked with --server and --token-file", err)
	}
	if err != nil {
		return nil, err
	}
	return &Accounts{db, access.New(db, access.Options{Now: now}), access.Actor{Name: actor}}, nil
}

// Close closes the database.
func (a *Accounts) Close() error { return a.db.Close() }

// Users returns all users.
func (a *Accounts) Users(ctx context.Context) ([]access.User, error) { return a.accounts.Users(ctx) }

// AddUser adds a user.
func (a *Accounts) AddUser(ctx context.Context, name, password, role string) error {
	_, err := a.accounts.AddUser(ctx, a.by, name, password, role)
	return err
}

// AddExternal adds a user who signs in at a provider.
func (a *Accounts) AddExternal(ctx context.Context, name, issuer, role string) error {
	_, err := a.accounts.AddExternal(ctx, a.by, name, issuer, role)
	return err
}

// PasskeysOf returns the passkeys of a user.
func (a *Accounts) PasskeysOf(ctx context.Context, name string) ([]access.Passkey, error) {
	return a.accounts.PasskeysOf(ctx, name)
}

// RemovePasskeyOf removes a passkey of a user.
func (a *Accounts) RemovePasskeyOf(ctx context.Context, name, id string) error {
	return a.accounts.RemovePasskeyOf(ctx, a.by, name, id)
}

// EditUser changes a user.
func (a *Accounts) EditUser(ctx context.Context, name string, e access.Edit) error {
	_, err := a.accounts.EditUser(ctx, a.by, name, e)
	return err
}

// RemoveUser removes a user.
func (a *Accounts) RemoveUser(ctx context.Context, name string) error {
	return a.accounts.RemoveUser(ctx, a.by, name)
}

// EndSessions ends all sessions of a user.
func (a *Accounts) EndSessions(ctx context.Context, name string) error {
	return a.accounts.EndSessions(ctx, a.by, name)
}

// Tokens returns all tokens that were made.
func (a *Accounts) Tokens(ctx context.Context) ([]access.Token, error) {
	return a.accounts.Tokens(ctx, "")
}

// AddToken makes a token that belongs to nobody, and returns its secret.
func (a *Accounts) AddToken(ctx context.Context, name string, scopes []string, life time.Duration) (string, access.Token, error) {
	return a.accounts.AddToken(ctx, access.Who{May: access.Admin.Permissions()}, a.by, access.NewToken{Name: name, Scopes: scopes, Life: life})
}

// RemoveToken removes a token.
func (a *Accounts) RemoveToken(ctx context.Context, id string) error {
	return a.accounts.RemoveToken(ctx, a.by, "", id)
}
