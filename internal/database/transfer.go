package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// table is one that the steps made, as SQLite has it.
type table struct {
	name    string
	columns []column
}

type column struct{ name, kind string }

// serial returns the column whose numbers the database gives, "" for none.
func (t *table) serial() string {
	for _, c := range t.columns {
		if c.kind == "INTEGER" { // of {{serial}} only
			return c.name
		}
	}
	return ""
}

func (t *table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// quoted returns a name as both engines read it, whatever is in it: it may be one of a file
// that somebody else wrote.
func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

func (t *table) quoted() string {
	names := t.names()
	for i, name := range names {
		names[i] = quoted(name)
	}
	return strings.Join(names, ", ")
}

// selection asks for all rows.
func (t *table) selection() string {
	return "SELECT " + t.quoted() + " FROM " + quoted(t.name)
}

// insertion adds a row.
func (t *table) insertion() string {
	places := make([]string, len(t.columns))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	return "INSERT INTO " + quoted(t.name) + " (" + t.quoted() + ") VALUES (" + strings.Join(places, ", ") + ")"
}

// tables returns those of a database of SQLite, without that of the steps, in the order in
// which they were made: one comes after those that its rows refer to.
func tables(ctx context.Context, db *sql.DB) ([]table, error) {
	const statement = `SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'sasumata_schema' ORDER BY t.rowid, c.cid`
	rows, err := db.QueryContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []table
	for rows.Next() {
		var name string
		var c column
		if err := rows.Scan(&name, &c.name, &c.kind); err != nil {
			return nil, err
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		last := &all[len(all)-1]
		last.columns = append(last.columns, c)
	}
	return all, rows.Err()
}

// cursor reads rows of a table one by one.
type cursor struct {
	*sql.Rows

	values, into []any
}

func newCursor(rows *sql.Rows, t *table) *cursor {
	c := &cursor{Rows: rows, values: make([]any, len(t.columns)), into: make([]any, len(t.columns))}
	for i := range c.values {
		c.into[i] = &c.values[i]
	}
	return c
}

// row returns the values of the next row until the one after it is asked for, nil at the end.
func (c *cursor) row() ([]any, error) {
	if !c.Next() {
		return nil, c.Err()
	}
	return c.values, c.Scan(c.into...)
}

// unload writes a database of PostgreSQL as it is at one moment to a file of SQLite that is
// not there yet. It has the version of the database.
func (d *DB) unload(ctx context.Context, to string, steps fs.FS) error {
	tx, err := d.reader.BeginTx(ctx, d.engine.reading())
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was changed
	// SQLite may take its time between two tables.
	if _, err := tx.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return err
	}
	var version int
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM sasumata_schema").Scan(&version); err != nil {
		return err
	}
	known, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return err
	}
	if err := d.newer(version, len(known)); err != nil {
		return err
	}
	if err := makeSQLite(ctx, to, first{steps, version}); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", sqliteDSN(to))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	all, err := tables(ctx, db)
	for i := range all {
		if err == nil {
			err = inTx(ctx, db, func(into *sql.Tx) error { return unloadTable(ctx, tx, into, &all[i]) })
		}
	}
	return errors.Join(err, db.Close())
}

func unloadTable(ctx context.Context, from, into *sql.Tx, t *table) error {
	insert, err := into.PrepareContext(ctx, t.insertion())
	if err != nil {
		return err
	}
	defer insert.Close()
	rows, err := from.QueryContext(ctx, t.selection())
	if err != nil {
		return err
	}
	defer rows.Close()
	c := newCursor(rows, t)
	for {
		row, err := c.row()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	if t.serial() == "" {
		return nil
	}
	// Numbers of rows that are gone are not given again.
	var sequence string
	var given int64
	if err := from.QueryRowContext(ctx, "SELECT pg_get_serial_sequence($1, $2)", quoted(t.name), t.serial()).Scan(&sequence); err != nil {
		return err
	}
	if err := from.QueryRowContext(ctx, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "+sequence).Scan(&given); err != nil {
		return err
	}
	if _, err := into.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = $1", t.name); err != nil {
		return err
	}
	_, err = into.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", t.name, given)
	return err
}

// first is the steps up to a version.
type first struct {
	fs.FS

	version int
}

// Glob implements fs.GlobFS.
func (f first) Glob(pattern string) ([]string, error) {
	names, err := fs.Glob(f.FS, pattern)
	return names[:min(len(names), f.version)], err
}

// load writes all rows of a database of SQLite into one of PostgreSQL of the same version
// that has none, in one transaction.
func (d *DB) load(ctx context.Context, from *DB) error {
	all, err := tables(ctx, from.reader)
	if err != nil {
		return err
	}
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("BUG: a connection of PostgreSQL is a %T", driver)
		}
		return pgx.BeginFunc(ctx, c.Conn(), func(into pgx.Tx) error {
			for i := range all {
				var some bool
				if err := into.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+quoted(all[i].name)+")").Scan(&some); err != nil {
					return err
				}
				if some {
					return fmt.Errorf("%w: there are %s in %s", ErrNotEmpty, all[i].name, d.Place())
				}
			}
			for i := range all {
				if err := loadTable(ctx, from.reader, into, &all[i]); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func loadTable(ctx context.Context, from *sql.DB, into pgx.Tx, t *table) error {
	rows, err := from.QueryContext(ctx, t.selection())
	if err != nil {
		return err
	}
	defer rows.Close()
	c := newCursor(rows, t)
	_, err = into.CopyFrom(ctx, pgx.Identifier{t.name}, t.names(), pgx.CopyFromFunc(func() ([]any, error) {
		row, err := c.row()
		for i, value := range row {
			row[i] = t.columns[i].loaded(value)
		}
		return row, err
	}))
	if err != nil {
		return fmt.Errorf("write %s: %w", t.name, err)
	}
	if t.serial() != "" {
		var given int64
		err := from.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = $1", t.name).Scan(&given)
		if err == nil && given > 0 {
			_, err = into.Exec(ctx, "SELECT setval(pg_get_serial_sequence($1, $2), $3)", quoted(t.name), t.serial(), given)
		}
		if err != nil {
			return err
		}
	}
	_, err = into.Exec(ctx, "ANALYZE "+quoted(t.name)) // as Grown does
	return err
}

// loaded returns a value of SQLite, which takes any type in any column, as PostgreSQL wants
// it.
func (c column) loaded(value any) any {
	switch value := value.(type) {
	case string:
		if c.kind == "BLOB" {
			return []byte(value)
		}
		return Text(value)
	case []byte:
		if c.kind == "TEXT" {
			return Text(string(value))
		}
		if value == nil { // nothing of bytes, where NULL is nil without a type
			return []byte{}
		}
	case int64:
		if c.kind == "DOUBLE PRECISION" {
			return float64(value)
		}
	}
	return value
}
