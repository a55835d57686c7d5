package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sasumata/sasumata/internal/disk"
)

// ErrNotEmpty is a database that has something in it, where one is wanted that has not.
var ErrNotEmpty = errors.New("the state database is not empty")

// Copy writes the database as it is at one moment to a file of SQLite that is not there
// yet, while it is used. One of PostgreSQL is written row by row: Load takes it into either
// engine.
func (d *DB) Copy(ctx context.Context, to string) error { return d.copy(ctx, to, migrations()) }

func (d *DB) copy(ctx context.Context, to string, steps fs.FS) error {
	if engine, ok := d.engine.(*sqliteEngine); ok {
		return vacuum(ctx, engine.file, to)
	}
	if err := empty(to); err != nil {
		return fmt.Errorf("copy the state database: %w", err)
	}
	if err := d.unload(ctx, to, steps); err != nil {
		return fmt.Errorf("copy the state database %s: %w", d.Place(), d.explain(err))
	}
	return CheckFile(ctx, to)
}

// CopyUnused does what Copy does, for a database that nobody uses. It changes nothing, also
// when the database is older than this program, and refuses one that is newer.
func CopyUnused(ctx context.Context, cfg Config, to string) error {
	if cfg.DSN == "" {
		return copyFile(ctx, cfg.File, to)
	}
	d := &DB{}
	err := d.openPostgreSQL(cfg.DSN)
	if err == nil {
		err = d.explain(d.writer.PingContext(ctx)) // takes the lock
	}
	if err == nil {
		err = d.Copy(ctx, to)
	}
	return errors.Join(err, d.Close())
}

// Load takes a copy, which nobody uses, into a database of PostgreSQL that is empty or not
// there yet (ErrNotEmpty), in one transaction. The copy is brought up to date for that.
func Load(ctx context.Context, file string, cfg Config) (err error) {
	from, err := Open(ctx, Config{File: file})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	into, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, into.Close()) }()
	if err := into.load(ctx, from); err != nil {
		return fmt.Errorf("write the copy of the state database to %s: %w", into.Place(), into.explain(err))
	}
	return nil
}

// copyFile does what Copy does, for a file that nobody uses.
func copyFile(ctx context.Context, from, to string) error {
	lock, err := disk.LockFile(from + ".lock")
	if errors.Is(err, disk.ErrLocked) {
		return fmt.Errorf("%w: %s: %w", ErrInUse, from, err)
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	return vacuum(ctx, from, to)
}

// vacuum writes a copy without what was deleted, and checks it.
func vacuum(ctx context.Context, from, to string) error {
	if err := empty(to); err != nil {
		return fmt.Errorf("copy the state database: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteDSN(from))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", to)
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("copy the state database %s: %w", from, err)
	}
	return CheckFile(ctx, to)
}

// empty makes a file that only its owner can read: the engine writes into one without
// anything in it, and would make one that others can read.
func empty(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// CheckFile says what is wrong with a database of SQLite that nobody uses: it is damaged,
// or newer than this program. It changes nothing.
func CheckFile(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", sqliteDSN(file, "query_only(1)"))
	if err != nil {
		return err
	}
	d := DB{engine: &sqliteEngine{file: file}, reader: db}
	db.SetMaxOpenConns(1)
	err = checkSQLite(ctx, db, file)
	if err == nil {
		err = d.known(ctx, db, migrations())
	}
	return errors.Join(d.explain(err), d.Close())
}
