package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sasumata/sasumata/internal/disk"
)

const (
	// applicationID marks a file as ours: "SSMT".
	applicationID = 0x53534d54
	// readers is how many connections read at a time: each has a cache of its own.
	readers = 4
	// maxChecked is the size in bytes of the largest file that is read from its beginning
	// to its end before it is used, to find damage: about a second.
	maxChecked = 256 << 20
)

// sqliteEngine is a file of SQLite.
type sqliteEngine struct {
	file string
	lock *os.File
}

func (e *sqliteEngine) place() string { return e.file }

func (*sqliteEngine) types() []string {
	// Numbers of rows are never used again: who has seen up to one has seen all before it.
	return []string{"{{serial}}", "INTEGER PRIMARY KEY AUTOINCREMENT", "{{text}}", "TEXT", "{{bytes}}", "BLOB"}
}

func (*sqliteEngine) reading() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

func (e *sqliteEngine) size(context.Context, *sql.DB) (int64, error) {
	total := int64(0)
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(e.file + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}

// grown does nothing: the choice of an index does not hang on what was counted.
func (*sqliteEngine) grown(context.Context, Tx, string) error { return nil }

func (e *sqliteEngine) close() error {
	if e.lock == nil {
		return nil
	}
	return e.lock.Close()
}

func (*sqliteEngine) kind(err error) error {
	if failed, ok := errors.AsType[*sqlite.Error](err); ok {
		if failed.Code() == sqlite3.SQLITE_READONLY {
			return nil // our own readers: they may not write
		}
		switch failed.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return ErrDamaged
		case sqlite3.SQLITE_FULL:
			return ErrFull
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
			sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT:
			return ErrUnavailable
		}
		return nil
	}
	return unanswered(err)
}

// openSQLite opens the file. A new one is made beside its place and gets its name when it
// is whole: a file at that place is always one that was used.
func (d *DB) openSQLite(ctx context.Context, file string, steps fs.FS) error {
	lock, err := disk.LockFile(file + ".lock")
	if errors.Is(err, disk.ErrLocked) {
		return fmt.Errorf("%w: %s: %w", ErrInUse, file, err)
	}
	if err != nil {
		return fmt.Errorf("open the state database %s: %w", file, err)
	}
	d.engine = &sqliteEngine{file: file, lock: lock}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := makeSQLite(ctx, file, steps); err != nil {
			return fmt.Errorf("make the state database %s: %w", file, err)
		}
		d.fresh = true
	case err != nil:
		return fmt.Errorf("open the state database: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: %s is no file", ErrDamaged, file)
	case info.Size() == 0:
		return fmt.Errorf("%w: %s is empty: put back a copy, or move it away to begin anew", ErrDamaged, file)
	default:
		if err := os.Chmod(file, 0o600); err != nil { // it quotes logs
			return fmt.Errorf("open the state database: %w", err)
		}
	}
	if d.writer, err = sql.Open("sqlite", sqliteDSN(file, "foreign_keys(1)", "cache_size(-16000)")); err != nil {
		return err
	}
	d.writer.SetMaxOpenConns(1)
	if err := checkSQLite(ctx, d.writer, file); err != nil {
		return err
	}
	if d.reader, err = sql.Open("sqlite", sqliteDSN(file, "query_only(1)", "cache_size(-8000)")); err != nil {
		return err
	}
	d.reader.SetMaxOpenConns(readers)
	d.reader.SetMaxIdleConns(readers)
	return nil
}

// sqliteDSN returns what the driver opens, with the pragmas of each connection.
func sqliteDSN(file string, pragmas ...string) string {
	pragmas = append(pragmas, "busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "journal_size_limit(67108864)", "temp_store(MEMORY)", "trusted_schema(0)")
	at := url.URL{Scheme: "file", Path: filepath.ToSlash(file), OmitHost: true, RawQuery: url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}.Encode()}
	return at.String()
}

// makeSQLite makes a database of this version.
func makeSQLite(ctx context.Context, file string, steps fs.FS) error {
	for _, left := range []string{"-wal", "-shm"} {
		if _, err := os.Lstat(file + left); err == nil {
			return fmt.Errorf("%w: %s is there without its file: put that back, or move it away to begin anew", ErrDamaged, file+left)
		}
	}
	beside := file + ".new"
	for _, left := range []string{"", "-wal", "-shm"} { // of a run that broke off
		if err := os.Remove(beside + left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	d := DB{engine: &sqliteEngine{file: beside}}
	if d.writer, err = sql.Open("sqlite", sqliteDSN(beside)); err != nil {
		return err
	}
	d.writer.SetMaxOpenConns(1)
	if _, err = d.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err == nil {
		err = d.migrate(ctx, steps)
	}
	if err = errors.Join(d.explain(err), d.Close()); err != nil { // the file has all when the last connection is closed
		return err
	}
	if err := os.Rename(beside, file); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// checkSQLite says what is wrong with a file.
func checkSQLite(ctx context.Context, db *sql.DB, file string) error {
	var id int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return fmt.Errorf("%w: %s is a database of another program: move it away to begin anew", ErrDamaged, file)
	}
	info, err := os.Stat(file)
	if err != nil || info.Size() > maxChecked {
		return err
	}
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s: %s: put back a copy, or move it away to begin anew", ErrDamaged, file, verdict)
	}
	return nil
}
