//go:build unix

// Package databasetest runs tests on both engines of the state database: SQLite, and a
// real PostgreSQL, which it starts for the tests of one package.
package databasetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes schemas

	"github.com/sasumata/sasumata/internal/database"
)

// Names in the environment.
const (
	// dsnName names a running PostgreSQL, which tests may make schemas in.
	dsnName = "SASUMATA_TEST_POSTGRES"
	// clientsName names a folder with unpacked packages.
	clientsName = "SASUMATA_CLIENTS"
)

// start is how long PostgreSQL may take to begin, on a busy machine.
const start = time.Minute

// Main runs the tests of a package with a PostgreSQL beside them. It is called by
// TestMain.
func Main(m *testing.M) {
	if os.Getenv(dsnName) == "" {
		p, err := New()
		if err == nil {
			err = p.Start()
		}
		if err == nil {
			err = os.Setenv(dsnName, p.DSN())
		}
		if err != nil {
			_ = os.Setenv(dsnName, "none: "+err.Error())
		}
		if p != nil {
			defer p.Remove()
		}
	}
	m.Run()
}

// Engine is one of the two.
type Engine struct {
	Name string
	// Config returns an empty database of the engine; it skips a test whose PostgreSQL is
	// not to be had.
	Config func(testing.TB) database.Config
}

// Engines returns both: each test of the database runs on each.
func Engines() []Engine {
	return []Engine{{"sqlite", SQLite}, {"postgres", PostgreSQL}}
}

// SQLite returns where a database can be made.
func SQLite(tb testing.TB) database.Config {
	tb.Helper()
	return database.Config{File: filepath.Join(tb.TempDir(), "state.db")}
}

// PostgreSQL returns an empty schema of the PostgreSQL that Main started.
func PostgreSQL(tb testing.TB) database.Config {
	tb.Helper()
	dsn := os.Getenv(dsnName)
	if reason, none := strings.CutPrefix(dsn, "none: "); none || dsn == "" {
		tb.Skipf("NOT TESTED on PostgreSQL: %s", reason)
	}
	return database.Config{DSN: schema(tb, dsn)}
}

// Open opens the database, and closes it at the end of the test.
func Open(tb testing.TB, cfg database.Config) *database.DB {
	tb.Helper()
	d, err := database.Open(context.Background(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Error(err)
		}
	})
	return d
}

// schema makes a schema of its own for the test.
func schema(tb testing.TB, dsn string) string {
	tb.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), time.Now().UnixNano()) //nolint:forbidigo // a name that nobody else has
	exec := func(statement string) {
		db, err := sql.Open("pgx", dsn)
		if err == nil {
			_, err = db.ExecContext(context.Background(), statement)
			err = errors.Join(err, db.Close())
		}
		if err != nil {
			tb.Errorf("%s: %v", statement, err)
		}
	}
	exec("CREATE SCHEMA " + name)
	tb.Cleanup(func() { exec("DROP SCHEMA IF EXISTS " + name + " CASCADE") })
	return dsn + "&search_path=" + name
}

// Postgres is a PostgreSQL of the tests.
type Postgres struct {
	dir    string
	bin    string
	env    []string
	as     *syscall.SysProcAttr
	server *exec.Cmd
	output bytes.Buffer
	ended  chan struct{}
}

// New makes the files of a PostgreSQL.
func New() (*Postgres, error) {
	bin, env, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg") // a short name: sockets have at most 107 bytes
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir, bin: bin, env: env, as: &syscall.SysProcAttr{Setpgid: true}}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		const nobody = 65534
		p.as.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		err = os.Chown(dir, nobody, nobody)
	}
	if err == nil {
		initdb := p.command("initdb", "-D", p.data(), "-U", "sasumata", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
		var out []byte
		if out, err = initdb.CombinedOutput(); err != nil {
			err = fmt.Errorf("initdb: %w: %.500s", err, out)
		}
	}
	if err != nil {
		p.Remove()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// DSN names the server.
func (p *Postgres) DSN() string { return "postgres://sasumata@/postgres?host=" + p.dir }

func (p *Postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), filepath.Join(p.bin, name), args...) //nolint:gosec // a program of the tests
	cmd.Env, cmd.Dir, cmd.SysProcAttr = p.env, p.dir, p.as
	return cmd
}

// Start starts the server, with further settings (--name=value), and waits until it answers.
func (p *Postgres) Start(settings ...string) error {
	deadline := time.NewTimer(start)
	defer deadline.Stop()
	for {
		err := p.try(deadline.C, settings)
		if err == nil || !strings.Contains(p.output.String(), "in use") { // by the children of one that was killed
			return err
		}
		select {
		case <-deadline.C:
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (p *Postgres) try(deadline <-chan time.Time, settings []string) error {
	args := slices.Concat([]string{"-D", p.data(), "-k", p.dir, "--listen_addresses=", "--shared_buffers=32MB", "--max_connections=50"}, settings)
	p.output.Reset()
	p.server, p.ended = p.command("postgres", args...), make(chan struct{})
	p.server.Stdout, p.server.Stderr = &p.output, &p.output
	if err := p.server.Start(); err != nil {
		return err
	}
	go func() { defer close(p.ended); _ = p.server.Wait() }() // how it ends is up to who ends it
	for {
		err := p.ping()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("postgres ended: %.1000s", &p.output)
		case <-deadline:
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *Postgres) ping() error {
	db, err := sql.Open("pgx", p.DSN())
	if err != nil {
		return err
	}
	return errors.Join(db.PingContext(context.Background()), db.Close())
}

// Kill ends the server at once, as a power cut would.
func (p *Postgres) Kill() {
	if p.server == nil {
		return
	}
	_ = syscall.Kill(-p.server.Process.Pid, syscall.SIGKILL) // it may be gone
	<-p.ended
}

// Stop ends the server in good order, and those who are connected with it.
func (p *Postgres) Stop() {
	_ = p.server.Process.Signal(syscall.SIGINT) // it may be gone
	<-p.ended
}

// Remove ends the server and removes its files.
func (p *Postgres) Remove() {
	p.Kill()
	_ = os.RemoveAll(p.dir) // it is in the folder for what nobody needs
}

// programs finds those of PostgreSQL, and what they need in the environment.
func programs() (bin string, env []string, err error) {
	env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	var places []string
	if root := os.Getenv(clientsName); root != "" {
		places = append(places, filepath.Join(root, "usr/lib/postgresql/*/bin"))
	}
	for _, pattern := range append(places, "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin") {
		found, _ := filepath.Glob(pattern) // the patterns are fine
		for _, dir := range slices.Backward(found) {
			if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
				return dir, append(env, libraries(dir)...), nil
			}
		}
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), env, nil
	}
	return "", nil, errors.New("no initdb here: it is in the Debian package postgresql, which .ci/run unpacks (" + clientsName + ")")
}

// libraries names those of unpacked programs.
func libraries(bin string) []string {
	root := os.Getenv(clientsName)
	if root == "" || !strings.HasPrefix(bin, root) {
		return nil
	}
	dirs, _ := filepath.Glob(filepath.Join(root, "*lib/*")) // the patterns are fine
	more, _ := filepath.Glob(filepath.Join(root, "usr/lib/*"))
	return []string{"LD_LIBRARY_PATH=" + strings.Join(append(dirs, more...), ":")}
}
