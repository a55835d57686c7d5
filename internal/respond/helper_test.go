package respond

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// start is when tests begin.
var start = time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)

// clock is one that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// wallFile is a firewall in a file, which outlives the process as the kernel does.
type wallFile struct {
	path string
	mu   sync.Mutex
	err  error
	lost bool // somebody flushed it

	removing sync.Mutex // who takes blocks away waits for it
}

func (w *wallFile) read() map[string]time.Time {
	has := map[string]time.Time{}
	if data, err := os.ReadFile(w.path); err == nil {
		if err := json.Unmarshal(data, &has); err != nil {
			panic(err)
		}
	}
	return has
}

func (w *wallFile) change(f func(map[string]time.Time)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	has := w.read()
	f(has)
	data, err := json.Marshal(has)
	if err != nil {
		return err
	}
	return atomicfile.Write(w.path, 0o600, data)
}

func (w *wallFile) Load(blocks []firewall.Block, _ []netip.Prefix) error {
	return w.change(func(has map[string]time.Time) {
		clear(has)
		for _, b := range blocks {
			has[targetText(b.Network)] = b.Until.UTC()
		}
	})
}

func (w *wallFile) Add(blocks []firewall.Block) error {
	return w.change(func(has map[string]time.Time) {
		for _, b := range blocks {
			has[targetText(b.Network)] = b.Until.UTC()
		}
	})
}

func (w *wallFile) Remove(networks []netip.Prefix) error {
	w.removing.Lock()
	defer w.removing.Unlock()
	return w.change(func(has map[string]time.Time) {
		for _, p := range networks {
			delete(has, targetText(p))
		}
	})
}

func (*wallFile) Allow([]netip.Prefix) error { return nil }

func (w *wallFile) Check() (d firewall.Drift, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d.Table, w.lost = w.lost, false
	return d, w.err
}

func (*wallFile) Dropped() firewall.Dropped { return firewall.Dropped{} }
func (*wallFile) Close() error              { return nil }

// blocks returns what it blocks, in the order of the alphabet.
func (w *wallFile) blocks() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	data, err := json.Marshal(w.read())
	if err != nil {
		panic(err)
	}
	return string(data)
}

// stand is an engine with all that it needs.
type stand struct {
	*Engine

	t     *testing.T
	book  *triage.Book
	db    *database.DB
	clock *clock
	wall  *wallFile
	ids   int
	stop  func()
}

func parse(t *testing.T, yaml string) *Config {
	t.Helper()
	c := Default()
	if err := document.Decode("c", []byte(yaml), c, document.Options{}); err != nil {
		t.Fatal(err)
	}
	if faults := c.Check(document.Pos{File: "c", Line: 1, Col: 1}); len(faults) > 0 {
		t.Fatal(faults)
	}
	return c
}

// newStand begins an engine with an empty database of SQLite.
func newStand(t *testing.T, yaml string, more ...func(*Options)) *stand {
	t.Helper()
	return standOf(t, databasetest.SQLite(t), yaml, more...)
}

func standOf(t *testing.T, cfg database.Config, yaml string, more ...func(*Options)) *stand {
	t.Helper()
	s := &stand{t: t, db: databasetest.Open(t, cfg), clock: &clock{at: start}, wall: &wallFile{path: filepath.Join(t.TempDir(), "wall")}}
	var err error
	if s.book, err = triage.NewBook(t.Context(), s.db, s.clock.now, Follower); err != nil {
		t.Fatal(err)
	}
	opts := Options{
		Config: parse(t, yaml), DB: s.db, Book: s.book, Now: s.clock.now, Log: slog.New(slog.DiscardHandler), Tick: 5 * time.Millisecond, Keep: 20 * time.Millisecond,
		Host: func() ([]Never, error) { return []Never{{netip.MustParsePrefix("198.51.100.1/32"), neverGateway}}, nil },
		Wall: func() (Wall, error) { return s.wall, s.wall.err },
		SSH:  func([]int) ([]netip.Addr, error) { return nil, nil },
	}
	for _, f := range more {
		f(&opts)
	}
	if s.Engine, err = New(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	s.stop = running(t, s.Engine)
	return s
}

// running runs the engine until the test is over, or what it returns is called.
func running(tb testing.TB, e *Engine) (stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(stop)
	return stop
}

// signalOf returns a signal about an address.
func signalOf(id, ip string, severity signal.Severity, tags ...string) *signal.Signal {
	at := start.UnixNano()
	return &signal.Signal{
		ID: id, RuleID: "brute_force", Rule: "Brute force", Title: "Brute force from " + ip, Severity: severity, Tags: tags, FirstSeen: at, LastSeen: at, Time: at, Events: 5,
		Entities: []signal.Entity{{Kind: signal.KindIP, Value: ip, Events: 5}, {Kind: signal.KindIP, Value: "203.0.113.200", Events: 1}, {Kind: signal.KindUser, Value: "root", Events: 5}},
	}
}

// observe lets a signal be found, and waits until it was taken in.
func (s *stand) observe(list ...*signal.Signal) {
	s.t.Helper()
	if err := s.book.Observe(s.t.Context(), list); err != nil {
		s.t.Fatal(err)
	}
	s.until("the signals are taken in", func() bool {
		n, _, err := s.book.Now(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		_ = n
		var left int
		err = s.db.Read(s.t.Context(), readInt(&left, "SELECT COUNT(*) FROM signal_outbox WHERE id > (SELECT position FROM cursors WHERE name = 'signals/respond')"))
		if err != nil {
			s.t.Fatal(err)
		}
		return left == 0
	})
}

// find lets a new signal be found about an address.
func (s *stand) find(ip string, severity signal.Severity, tags ...string) string {
	s.t.Helper()
	s.ids++
	id := fmt.Sprint("signal", s.ids)
	s.observe(signalOf(id, ip, severity, tags...))
	return id
}

// until waits for a condition.
func (s *stand) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("it never came: %s; there is\n%s", what, s.list())
		}
	}
}

// list returns all responses, the oldest first, as lines of state, target and repeats.
func (s *stand) list() string {
	s.t.Helper()
	page, err := s.List(s.t.Context(), Filter{Limit: MaxPage})
	if err != nil {
		s.t.Fatal(err)
	}
	var lines []string
	for _, r := range page.Responses {
		line := fmt.Sprintf("%s %s %s +%d", r.State, r.Action, r.Target, r.Repeats)
		if r.Refusal != "" {
			line += " " + r.Refusal
		}
		lines = append([]string{line}, lines...)
	}
	return strings.Join(lines, "\n")
}

// want waits until there are these responses.
func (s *stand) want(lines ...string) {
	s.t.Helper()
	want := strings.Join(lines, "\n")
	s.until("the responses\n"+want, func() bool { return s.list() == want })
}

// blocked waits until these are blocked, and nothing else.
func (s *stand) blocked(targets ...string) {
	s.t.Helper()
	s.until(fmt.Sprintf("%v are blocked", targets), func() bool {
		has := s.wall.read()
		for _, target := range targets {
			if _, ok := has[target]; !ok {
				return false
			}
		}
		return len(has) == len(targets)
	})
}

func (s *stand) only() Record {
	s.t.Helper()
	page, err := s.List(s.t.Context(), Filter{Limit: 1})
	if err != nil || len(page.Responses) != 1 {
		s.t.Fatalf("%v, error %v", page, err)
	}
	return page.Responses[0]
}

// refusedBy fails unless the error is a refusal by the rule.
func refusedBy(t *testing.T, err error, rule string) {
	t.Helper()
	if r, ok := errors.AsType[*RefusedError](err); !ok || r.Rule != rule {
		t.Errorf("error %v, want that %s refuses it", err, rule)
	}
}

func readInt(into *int, statement string) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error { return tx.QueryRowContext(ctx, statement).Scan(into) }
}
