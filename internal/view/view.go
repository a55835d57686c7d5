// Package view keeps searches that people come back to, by a name: those of each, and those
// that all share.
package view

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
)

const (
	// MaxOwn is how many views a page has of one user: a menu shows them.
	MaxOwn = 100
	// MaxShared is how many a page has of all.
	MaxShared = 200
	// maxName is the length in bytes of the longest name, maxSearch that of the longest
	// address behind the question mark.
	maxName, maxSearch = 200, 4000
	// maxPage is the length in bytes of the longest name of a page.
	maxPage = 32
)

// What can go wrong, beside the errors of the database.
var (
	// ErrMissing is a view that is not there, or that of somebody else.
	ErrMissing = errors.New("there is no such view")
	// ErrForbidden is a change of a shared view by somebody who may not.
	ErrForbidden = errors.New("views that all share are changed by those who may change signals")
)

// WrongError is a view that cannot be, and says why.
type WrongError struct{ text string }

// Error returns what is wrong.
func (e *WrongError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &WrongError{fmt.Sprintf(format, args...)} }

// View is a search with a name.
type View struct {
	// ID names it among all.
	ID string `json:"id"`
	// Page is that on which it is used, such as signals, Name what people call it. A page has
	// one of a name for each user, and one that is shared.
	Page string `json:"page"`
	Name string `json:"name"`
	// Search is what the address has behind the question mark.
	Search string `json:"search"`
	// Shared views are those of all.
	Shared bool `json:"shared"`
	// Changed is when it was changed last, By who did.
	Changed time.Time `json:"changed"`
	By      string    `json:"by"`
}

// Who is somebody who asks.
type Who struct {
	// UserID and Name are those of a user, From is the address.
	UserID, Name, From string
	// Shares reports that they may change what is shared.
	Shares bool
}

// Book has the views of a state database. Any number of goroutines may use it.
type Book struct {
	db  *database.DB
	now func() time.Time
}

// NewBook returns the views of the database; now is the clock.
func NewBook(db *database.DB, now func() time.Time) *Book { return &Book{db, now} }

// List returns the user's views of the page and those that are shared, by name.
func (b *Book) List(ctx context.Context, who Who, page string) ([]View, error) {
	views := []View{}
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id, page, name, search, user_id, changed, actor FROM views WHERE page = $1 AND (user_id = $2 OR user_id IS NULL) ORDER BY name, id", page, who.UserID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v View
			var owner sql.NullString
			var changed int64
			if err := rows.Scan(&v.ID, &v.Page, &v.Name, &v.Search, &owner, &changed, &v.By); err != nil {
				return err
			}
			v.Shared, v.Changed = !owner.Valid, time.Unix(0, changed).UTC()
			views = append(views, v)
		}
		return rows.Err()
	})
	return views, err
}

// Save keeps a view in place of one of the same page and name, be it the user's or the
// shared one.
func (b *Book) Save(ctx context.Context, who Who, v View) (View, error) {
	if err := check(&v); err != nil {
		return View{}, err
	}
	if v.Shared && !who.Shares {
		return View{}, ErrForbidden
	}
	owner, most := sql.NullString{String: who.UserID, Valid: true}, MaxOwn
	if v.Shared {
		owner, most = sql.NullString{}, MaxShared
	}
	err := b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := b.now()
		v.ID, v.Changed, v.By = newID(), now.UTC(), who.Name
		var count int
		var same sql.NullString
		err := tx.QueryRowContext(ctx, "SELECT COUNT(*), MAX(CASE WHEN name = $1 THEN id END) FROM views WHERE page = $2 AND COALESCE(user_id, '') = $3", v.Name, v.Page, owner.String).Scan(&count, &same)
		if err != nil {
			return err
		}
		if same.Valid {
			v.ID = same.String
			if _, err := tx.ExecContext(ctx, "UPDATE views SET search = $1, changed = $2, actor = $3 WHERE id = $4", v.Search, now.UnixNano(), who.Name, v.ID); err != nil {
				return err
			}
			return note(ctx, tx, now, who, "view.change", &v)
		}
		if count >= most {
			return wrong("there are %d views of this page, more cannot be", most)
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO views (id, user_id, page, name, search, changed, actor) VALUES ($1, $2, $3, $4, $5, $6, $7)", v.ID, owner, v.Page, v.Name, v.Search, now.UnixNano(), who.Name)
		if err != nil {
			return err
		}
		return note(ctx, tx, now, who, "view.add", &v)
	})
	return v, err
}

// Remove removes a view of the user, or a shared one.
func (b *Book) Remove(ctx context.Context, who Who, id string) error {
	return b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var v View
		var owner sql.NullString
		err := tx.QueryRowContext(ctx, "SELECT page, name, search, user_id FROM views WHERE id = $1", id).Scan(&v.Page, &v.Name, &v.Search, &owner)
		if errors.Is(err, sql.ErrNoRows) || err == nil && owner.Valid && owner.String != who.UserID {
			return ErrMissing
		}
		if err != nil {
			return err
		}
		v.Shared = !owner.Valid
		if v.Shared && !who.Shares {
			return ErrForbidden
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM views WHERE id = $1", id); err != nil {
			return err
		}
		return note(ctx, tx, b.now(), who, "view.remove", &v)
	})
}

// note adds to the trail what became of a shared view. Those of one user are nobody else's
// business.
func note(ctx context.Context, tx *sql.Tx, now time.Time, who Who, action string, v *View) error {
	if !v.Shared {
		return nil
	}
	detail, err := json.Marshal(map[string]string{"page": v.Page, "search": v.Search, "from": who.From})
	if err != nil {
		return err
	}
	return audit.Add(ctx, tx, audit.Entry{Time: now, Actor: who.Name, Action: action, Object: v.Name, Outcome: "done", Detail: string(detail)})
}

// check refuses what cannot be, and cleans what people wrote.
func check(v *View) error {
	v.Name, v.Search = strings.TrimSpace(v.Name), database.Text(v.Search)
	switch {
	case v.Page == "" || len(v.Page) > maxPage || strings.Trim(v.Page, "abcdefghijklmnopqrstuvwxyz") != "":
		return wrong("page: want the name of one, such as signals")
	case v.Name == "" || len(v.Name) > maxName || !utf8.ValidString(v.Name) || strings.ContainsRune(v.Name, 0):
		return wrong("name: want one of at most %d bytes", maxName)
	case len(v.Search) > maxSearch:
		return wrong("search: want at most %d bytes", maxSearch)
	case v.Search != "" && v.Search[0] != '?':
		return wrong("search: want what the address has from the question mark on")
	}
	return nil
}

// newID returns a name that nobody else has.
func newID() string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // it never fails
	return hex.EncodeToString(random)
}
