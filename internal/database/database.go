// Package database holds what people and the server decided and must find again: one
// database, of SQLite in a file or of PostgreSQL, behind one door.
//
// Both engines run the same statements, which are written in PostgreSQL's way: parameters
// are $1, $2, .., times are nanoseconds since 1970 UTC in a BIGINT, texts went through
// Text, and what a statement needs beyond that stands in the migrations.
//
// Why database/sql and no layer above it: the two engines differ in three types of
// columns and one isolation level, which are a few lines here. A query builder and a
// library of migrations would be seven more modules between a statement and its engine.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long one transaction may take: an engine that says nothing for so long
// is broken, and who waits for it must hear of it.
const patience = 30 * time.Second

// Config says where the database is.
type Config struct {
	// File is that of SQLite. It is made if need be, readable by its owner only.
	File string
	// DSN names a database of PostgreSQL, which is used instead: a URL that CheckDSN
	// found right. It may hold a password, so no message has it.
	DSN string
}

// What can be wrong with a database. Errors of DB wrap one of them where it applies.
var (
	// ErrUnavailable is an engine that does not answer, or not in time. What was asked
	// for may be tried again: nothing has to be opened anew for it.
	ErrUnavailable = errors.New("the state database does not answer")
	// ErrFull is a disk without room.
	ErrFull = errors.New("the state database has no room on its disk")
	// ErrDamaged is a file that is not what was written.
	ErrDamaged = errors.New("the state database is damaged")
	// ErrInUse is a database that another server uses.
	ErrInUse = errors.New("another server uses the state database")
	// ErrNewer is a database that a newer version of this program has changed.
	ErrNewer = errors.New("the state database is newer than this program")
)

// DB is an open database. Any number of goroutines may use it; transactions that write
// come one after the other.
type DB struct {
	engine engine
	writer *sql.DB // has one connection
	reader *sql.DB
	fresh  bool
	failed atomic.Int64

	closing sync.Once
	closed  error
}

// engine is what SQLite and PostgreSQL do not have in common.
type engine interface {
	// place names the database, without secrets.
	place() string
	// kind returns which of the errors above it is, or nil.
	kind(err error) error
	// types returns the names of the types of columns in a migration, and how they are
	// written here, which alternate.
	types() []string
	// reading are the options of a transaction that sees one moment.
	reading() *sql.TxOptions
	// size returns how many bytes the database takes.
	size(ctx context.Context, db *sql.DB) (int64, error)
	// grown counts the rows of a table again.
	grown(ctx context.Context, tx Tx, table string) error
	// close lets go of what belongs to no connection.
	close() error
}

// Open opens the database, makes it if there is none, and brings an older one up to date.
// One server uses a database at a time. A file that is damaged, or of something else, is
// an error, never replaced.
func Open(ctx context.Context, cfg Config) (*DB, error) { return open(ctx, cfg, migrations()) }

func open(ctx context.Context, cfg Config, steps fs.FS) (*DB, error) {
	d := &DB{}
	var err error
	if cfg.DSN != "" {
		err = d.openPostgreSQL(cfg.DSN)
	} else {
		err = d.openSQLite(ctx, cfg.File, steps)
	}
	if err == nil {
		err = d.migrate(ctx, steps)
	}
	if err != nil {
		if explained := d.explain(err); !errors.Is(err, explained) {
			err = explained
		} else if d.engine != nil {
			err = fmt.Errorf("open the state database %s: %w", d.Place(), err)
		}
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Place names the database for people: its file, or its host and name.
func (d *DB) Place() string { return d.engine.place() }

// Fresh reports whether Open made the database.
func (d *DB) Fresh() bool { return d.fresh }

// Failures returns how many transactions failed because of the database.
func (d *DB) Failures() int64 { return d.failed.Load() }

// Write runs f in a transaction that nobody else writes beside. All that it did is on the
// disk when Write returns nil; when f or the database fails, nothing of it is, except
// that the answer to a commit can be lost (ErrUnavailable): f must bear to be run again.
func (d *DB) Write(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	return d.run(ctx, d.writer, nil, f)
}

// Read runs f in a transaction that sees one moment and changes nothing.
func (d *DB) Read(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	return d.run(ctx, d.reader, d.engine.reading(), f)
}

func (d *DB) run(ctx context.Context, db *sql.DB, opts *sql.TxOptions, f func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no answer within %s", patience))
	defer cancel()
	tx, err := db.BeginTx(ctx, opts)
	if err == nil {
		if err = f(ctx, tx); err == nil {
			err = tx.Commit()
		} else {
			_ = tx.Rollback() // a connection on which that fails is given up
		}
	}
	return d.explain(err)
}

// Grown says within a transaction that it has added very many rows to a table. PostgreSQL
// counts them then, which it would do only up to a minute later: until then it takes the
// table for as small as it was, and may read all of it for each row that is looked up.
func (d *DB) Grown(ctx context.Context, tx Tx, table string) error {
	return d.engine.grown(ctx, tx, table)
}

// Health returns nil when the database can be written to.
func (d *DB) Health(ctx context.Context) error {
	return d.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE sasumata_schema SET version = version WHERE version = 0")
		return err
	})
}

// Size returns how many bytes the database takes.
func (d *DB) Size(ctx context.Context) (int64, error) {
	n, err := d.engine.size(ctx, d.reader)
	return n, d.explain(err)
}

// Close closes the database, once. Transactions that are under way fail.
func (d *DB) Close() error {
	d.closing.Do(func() { d.closed = d.close() })
	return d.closed
}

func (d *DB) close() error {
	var errs []error
	for _, db := range []*sql.DB{d.reader, d.writer} { // the writer last: it takes SQLite's log into the file
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if d.engine != nil {
		errs = append(errs, d.engine.close())
	}
	return errors.Join(errs...)
}

// explain puts before an error of the engine which of the errors above it is, and where.
// Others are those of whom the transaction was for, and stay.
func (d *DB) explain(err error) error {
	if err == nil || d.engine == nil {
		return err
	}
	for _, known := range []error{ErrUnavailable, ErrFull, ErrDamaged, ErrInUse, ErrNewer} {
		if errors.Is(err, known) {
			return err
		}
	}
	kind := d.engine.kind(err)
	if kind == nil {
		return err
	}
	d.failed.Add(1)
	return fmt.Errorf("%w: %s: %w", kind, d.Place(), err)
}
