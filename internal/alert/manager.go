package alert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// DefaultKeep is how often the manager looks at what is open.
const DefaultKeep = 5 * time.Second

// Options is what a Manager is made of.
type Options struct {
	// Config was checked.
	Config *Config
	// Book has the signals of which people are told, as the follower named Follower, and
	// which they take up by a link; nil means that all comes by Put.
	Book *triage.Book
	// Console is where the receiver console writes; Color says that it is a terminal.
	Console io.Writer
	Color   bool
	// Hostname is what syslog is told.
	Hostname string
	// Now is the clock.
	Now func() time.Time
	// Log is the operating log.
	Log *slog.Logger
	// Keep is how often the manager looks at what is open; 0 means DefaultKeep.
	Keep time.Duration

	// passing is called at each step of a delivery behind which a crash leaves another
	// state, with the name of the step. Tests stop the process there.
	passing func(step string)
}

// Manager tells people. Its methods may be called by several goroutines; Run is called
// once.
type Manager struct {
	opts     Options
	log      *slog.Logger
	engine   *engine
	outbox   *outbox
	desk     *desk
	secret   []byte // of links
	counters counters
	tests    tests
	status   status
	pulse    atomic.Pointer[pulse]

	plan atomic.Pointer[plan]
	conf atomic.Pointer[Config]

	mu       sync.Mutex
	limits   map[string]*limit
	paces    map[string]*pace    // by target
	troubles map[string]*trouble // by receiver
	stuck    map[string]*trouble // by who noticed
	reminded map[string]bool     // silences
	reload   sync.Mutex
	closed   sync.Once
	closeErr error
}

// counters are what the metrics show.
type counters struct {
	put, quiet, sent, failed, held, muted, errors, heartbeats, heartbeatErrors, tests, testsRefused atomic.Int64
}

// New opens a manager in the folder of the configuration. Nothing is told before Run; if
// that is never called, Close is.
func New(ctx context.Context, opts Options) (*Manager, error) {
	if opts.Keep == 0 {
		opts.Keep = DefaultKeep
	}
	m := &Manager{opts: opts, log: opts.Log, limits: map[string]*limit{}, paces: map[string]*pace{}, troubles: map[string]*trouble{}, stuck: map[string]*trouble{}, reminded: map[string]bool{}}
	if err := m.open(ctx); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

func (m *Manager) open(ctx context.Context) (err error) {
	c := m.opts.Config
	p, err := m.prepare(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of notices: %w", err)
	}
	atomicfile.Sweep(c.Dir)
	if m.secret, err = linkSecret(c.Dir); err != nil {
		return err
	}
	if m.outbox, err = openOutbox(c.Dir, m.opts.passing); err != nil {
		return err
	}
	for _, note := range m.outbox.journal.Notes {
		m.log.WarnContext(ctx, "a journal was cut", "note", note)
	}
	if m.engine, err = newEngine(c.Dir, m.log, m.wrong, m.opts.passing); err != nil { //nolint:contextcheck // it lives until Close
		return err
	}
	if m.desk, err = openDesk(c.Dir, c.Quiet.PerDay, m.opts.passing); err != nil {
		return err
	}
	m.use(ctx, c, p)
	return m.keep(ctx)
}

func (m *Manager) prepare(c *Config) (*plan, error) {
	return prepare(c, m.opts.Console, m.opts.Color, m.opts.Hostname, m.log)
}

// Run tells people until the context is done, and closes the manager.
func (m *Manager) Run(ctx context.Context) error {
	var running sync.WaitGroup
	if h := m.conf.Load().Heartbeat; h != nil {
		running.Go(func() { m.beat(ctx, h) })
	}
	if m.opts.Book != nil {
		running.Go(func() { m.wrong(m.follow(ctx)) })
	}
	tick := time.NewTicker(m.opts.Keep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			running.Wait()
			return m.Close()
		case <-tick.C:
			m.wrong(m.keep(ctx))
			m.wrong(m.engine.maintain())
			m.wrong(m.outbox.maintain(m.now()))
			m.wrong(m.desk.maintain())
		}
	}
}

// Close ends the manager. What is open is told after the next start.
func (m *Manager) Close() error {
	m.closed.Do(func() { m.closeErr = m.close() })
	return m.closeErr
}

func (m *Manager) close() error {
	if m.engine != nil {
		m.engine.stop()
	}
	var errs []error
	if m.outbox != nil && m.outbox.journal != nil {
		errs = append(errs, m.outbox.journal.Close())
	}
	if m.desk != nil && m.desk.journal != nil {
		errs = append(errs, m.desk.journal.Close())
	}
	return errors.Join(errs...)
}

// API serves Alertmanager's API, version 2, below /api/v2. It knows no authentication of
// its own.
func (m *Manager) API() http.Handler { return m.guard(m.engine.handler()) }

func (m *Manager) now() time.Time { return m.opts.Now() }

// passing says which step of a delivery is done.
func (m *Manager) passing(step string) {
	if m.opts.passing != nil {
		m.opts.passing(step)
	}
}

// wrong reports an error that nobody waits for.
func (m *Manager) wrong(err error) {
	if err == nil {
		return
	}
	m.counters.errors.Add(1)
	m.log.Error("notices", "error", err)
}

// link returns the address of a page of the server, "" when that has none.
func (m *Manager) link(path string) string {
	base := strings.TrimRight(m.conf.Load().URL, "/")
	if base == "" {
		return ""
	}
	return base + path
}

// signalLink returns the address of a signal's page, "" when the server has none.
func (m *Manager) signalLink(id string) string { return m.link("/signals/" + url.PathEscape(id)) }
