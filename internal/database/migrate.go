package database

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed migrations/*.sql
var files embed.FS

// migrations returns the steps from an empty database to that of this program: files
// whose names sort in their order. A step that was released never changes.
func migrations() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic("BUG: " + err.Error()) // the folder is embedded
	}
	return sub
}

// migrate takes the steps that the database has not taken yet, each in a transaction of
// its own, and refuses a database that has taken more.
func (d *DB) migrate(ctx context.Context, steps fs.FS) error {
	names, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return err
	}
	var version int
	err = inTx(ctx, d.writer, func(tx *sql.Tx) error {
		const table = "CREATE TABLE IF NOT EXISTS sasumata_schema (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)"
		if _, err := tx.ExecContext(ctx, table); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM sasumata_schema").Scan(&version)
	})
	if err != nil {
		return err
	}
	if err := d.newer(version, len(names)); err != nil {
		return err
	}
	types := strings.NewReplacer(d.engine.types()...)
	for i, name := range names[version:] {
		text, err := fs.ReadFile(steps, name)
		if err != nil {
			return err
		}
		err = inTx(ctx, d.writer, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, types.Replace(string(text))); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO sasumata_schema (version, name) VALUES ($1, $2)", version+i+1, name)
			return err
		})
		if err != nil {
			return fmt.Errorf("bring %s up to date by %s: %w", d.Place(), name, err)
		}
	}
	return nil
}

// newer refuses a version that this program does not know.
func (d *DB) newer(version, known int) error {
	if version <= known {
		return nil
	}
	return fmt.Errorf("%w: %s has version %d, this program knows up to %d: use the newer program, or a copy of the database from before it", ErrNewer, d.Place(), version, known)
}

// known refuses a database that has taken steps which this program does not know.
func (d *DB) known(ctx context.Context, db *sql.DB, steps fs.FS) error {
	names, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM sasumata_schema").Scan(&version); err != nil {
		return err
	}
	return d.newer(version, len(names))
}

// inTx runs f in a transaction that may take its time.
func inTx(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // a connection on which that fails is given up
		return err
	}
	return tx.Commit()
}
