package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/sasumata/sasumata/internal/disk"
)

// ErrElsewhere says that a database is one of PostgreSQL, which has a backup of its own.
var ErrElsewhere = errors.New("the state database is one of PostgreSQL")

// Copy writes the database as it is at one moment to a file that is not there yet, while
// it is used. The error is ErrElsewhere for one of PostgreSQL.
func (d *DB) Copy(ctx context.Context, to string) error {
	engine, ok := d.engine.(*sqliteEngine)
	if !ok {
		return ErrElsewhere
	}
	return vacuum(ctx, engine.file, to)
}

// CopyFile does what Copy does, for a database of SQLite that nobody uses. It changes
// nothing, also when the database is older than this program, and refuses one that is newer.
func CopyFile(ctx context.Context, from, to string) error {
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
