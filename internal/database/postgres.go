package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// connect is how long connecting may take unless the DSN says so.
	connect = 5 * time.Second
	// lockClass is the first half of the number of the lock that a server has on its
	// schema; the second half is the schema's.
	lockClass = 0x53534d54
)

// postgresEngine is a database of PostgreSQL.
type postgresEngine struct{ name string }

func (e *postgresEngine) place() string { return e.name }

func (*postgresEngine) types() []string {
	// Texts sort by their bytes, as with SQLite.
	return []string{"{{serial}}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "{{text}}", `TEXT COLLATE "C"`, "{{bytes}}", "BYTEA"}
}

func (*postgresEngine) reading() *sql.TxOptions {
	return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}

func (*postgresEngine) size(ctx context.Context, db *sql.DB) (n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = db.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&n)
	return n, err
}

func (*postgresEngine) grown(ctx context.Context, tx Tx, table string) error {
	_, err := tx.ExecContext(ctx, "ANALYZE "+table)
	return err
}

func (*postgresEngine) close() error { return nil }

func (*postgresEngine) kind(err error) error {
	failed, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return unanswered(err)
	}
	switch {
	case failed.Code == "53100":
		return ErrFull
	case strings.HasPrefix(failed.Code, "XX00"):
		return ErrDamaged
	case failed.Code == "55P03":
		return ErrInUse
	case strings.HasPrefix(failed.Code, "08"), strings.HasPrefix(failed.Code, "53"), strings.HasPrefix(failed.Code, "57"), strings.HasPrefix(failed.Code, "58"):
		return ErrUnavailable
	}
	return nil
}

// unanswered returns ErrUnavailable for the errors of connections.
func unanswered(err error) error {
	if _, ok := errors.AsType[net.Error](err); ok { // a deadline is one, too
		return ErrUnavailable
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return ErrUnavailable
	}
	for _, one := range []error{driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, one) {
			return ErrUnavailable
		}
	}
	return nil
}

// CheckDSN says what is wrong with the URL of a database of PostgreSQL, such as
// postgres://sasumata@db.example.com/sasumata?sslmode=verify-full. It reports whether it
// holds a password. The error holds nothing of the URL.
func CheckDSN(dsn string) (secret bool, err error) {
	_, err = parseDSN(dsn)
	if at, other := url.Parse(dsn); other == nil {
		_, secret = at.User.Password()
		secret = secret || at.Query().Has("password")
	}
	return secret, err
}

func parseDSN(dsn string) (*pgx.ConnConfig, error) {
	at, err := url.Parse(dsn)
	if err != nil || at.Scheme != "postgres" && at.Scheme != "postgresql" {
		return nil, errors.New("want a URL such as postgres://sasumata@db.example.com/sasumata?sslmode=verify-full")
	}
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The error of the library may hold the URL, and with it the password.
		return nil, errors.New("the URL of the database has a port, an option or a file that PostgreSQL does not know, or that is not there")
	}
	plain := cfg.TLSConfig == nil && !local(cfg.Host)
	for _, other := range cfg.Fallbacks {
		plain = plain || other.TLSConfig == nil && !local(other.Host)
	}
	if plain {
		return nil, errors.New("the connection to the database would not be encrypted: add sslmode=verify-full to its URL, and sslrootcert=FILE for an authority of your own")
	}
	return cfg, nil
}

// local reports whether nobody is on the way to the host.
func local(host string) bool {
	ip := net.ParseIP(host)
	return strings.HasPrefix(host, "/") || host == "localhost" || ip != nil && ip.IsLoopback()
}

// openPostgreSQL prepares the connections. The writing one holds a lock, so that a second
// server is refused; it is taken again with every new connection.
func (d *DB) openPostgreSQL(dsn string) error {
	cfg, err := parseDSN(dsn)
	if err != nil {
		return err
	}
	name := "PostgreSQL " + cfg.Host
	if !strings.HasPrefix(cfg.Host, "/") {
		name = "PostgreSQL " + net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	}
	d.engine = &postgresEngine{name: name + " " + cfg.Database}
	if cfg.ConnectTimeout == 0 || cfg.ConnectTimeout > patience {
		cfg.ConnectTimeout = connect
	}
	// The server must notice within a minute that this program is gone, with its machine
	// or the network: its lock would keep the next one out.
	for name, value := range map[string]string{
		"application_name": "sasumata", "tcp_keepalives_idle": "20", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3",
		"idle_in_transaction_session_timeout": "60s",
	} {
		if cfg.RuntimeParams[name] == "" {
			cfg.RuntimeParams[name] = value
		}
	}
	d.writer = stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(lockSchema))
	d.writer.SetMaxOpenConns(1)
	d.reader = stdlib.OpenDB(*cfg)
	d.reader.SetMaxOpenConns(readers)
	d.reader.SetMaxIdleConns(readers)
	return nil
}

// lockSchema takes the lock of a server, for which it waits a moment: the connection of
// one that was just killed may not be gone yet.
func lockSchema(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, fmt.Sprintf("SET lock_timeout = '2s'; SELECT pg_advisory_lock(%d, hashtext(current_schema())); RESET lock_timeout", lockClass))
	if err != nil {
		_ = conn.Close(ctx) // the library would leave it open
	}
	return err
}
