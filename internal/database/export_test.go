package database

import (
	"context"
	"io/fs"
	"strconv"
)

// OpenWith opens a database with other migrations.
func OpenWith(ctx context.Context, cfg Config, steps fs.FS) (*DB, error) {
	return open(ctx, cfg, steps)
}

// LimitPages says how many pages a database of SQLite may have: the disk that is full.
func (d *DB) LimitPages(ctx context.Context, n int) error {
	_, err := d.writer.ExecContext(ctx, "PRAGMA max_page_count = "+strconv.Itoa(n))
	return err
}
