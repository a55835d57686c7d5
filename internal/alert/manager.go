package alert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/signal"
)

// DefaultKeep is how often the manager looks at what is open.
const DefaultKeep = 5 * time.Second

// Options is what a Manager is made of.
type Options struct {
	// Config was checked.
	Config *Config
	// Open returns the notices that are open at the start, each with the time when it
	// began; nil means that the manager's own memory is all there is.
	Open func(context.Context) ([]Notice, error)
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

	plan atomic.Pointer[plan]
	conf atomic.Pointer[Config]

	mu       sync.Mutex
	limits   map[string]*limit
	troubles map[string]*trouble // by receiver
	reminded map[string]bool     // silences
	reload   sync.Mutex
	closed   sync.Once
	closeErr error
}

// counters are what the metrics show.
type counters struct {
	put, triaged, sent, failed, held, muted, errors, heartbeats, heartbeatErrors atomic.Int64
}

// trouble is a receiver's integration that fails.
type trouble struct {
	target, err string
	since       time.Time
	reported    bool
}

// New opens a manager in the folder of the configuration. Nothing is told before Run; if
// that is never called, Close is.
func New(ctx context.Context, opts Options) (*Manager, error) {
	if opts.Keep == 0 {
		opts.Keep = DefaultKeep
	}
	m := &Manager{opts: opts, log: opts.Log, limits: map[string]*limit{}, troubles: map[string]*trouble{}, reminded: map[string]bool{}}
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
	if m.outbox, err = openOutbox(c.Dir); err != nil {
		return err
	}
	for _, note := range m.outbox.journal.notes {
		m.log.WarnContext(ctx, "a journal was cut", "note", note)
	}
	if m.engine, err = newEngine(c.Dir, m.log, m.wrong); err != nil { //nolint:contextcheck // it lives until Close
		return err
	}
	if m.desk, err = openDesk(c.Dir, c.Triage.PerDay); err != nil {
		return err
	}
	if m.opts.Open != nil {
		open, err := m.opts.Open(ctx)
		if err != nil {
			return fmt.Errorf("read the open signals: %w", err)
		}
		for i := range open {
			if err := m.restore(open[i]); err != nil {
				return err
			}
		}
	}
	m.use(ctx, c, p)
	return m.keep(ctx)
}

func (m *Manager) prepare(c *Config) (*plan, error) {
	return prepare(c, m.opts.Console, m.opts.Color, m.opts.Hostname, m.log)
}

// restore takes in a notice that was open before. One that is known keeps what is known.
func (m *Manager) restore(n Notice) error {
	m.outbox.mu.Lock()
	known := m.outbox.open[n.key()] != nil
	m.outbox.mu.Unlock()
	if known {
		return nil
	}
	_, err := m.outbox.put(n, m.now())
	return err
}

// use puts a plan to work.
func (m *Manager) use(ctx context.Context, c *Config, p *plan) {
	for _, note := range p.notes {
		m.log.WarnContext(ctx, "who is told", "note", note)
	}
	m.conf.Store(c)
	m.plan.Store(p)
	m.engine.apply(p, func(name string, i notify.Integration) notify.Integration {
		r := &recorded{m: m, next: i, receiver: name, target: target(name, &i), limit: m.limitOf(c, p, name), plan: p}
		return notify.NewIntegration(r, &i, i.Name(), i.Index(), name)
	}, m.stages(p))
}

// limitOf returns the limit of a receiver; what it used and holds back survives a reload.
func (m *Manager) limitOf(c *Config, p *plan, name string) *limit {
	m.mu.Lock()
	defer m.mu.Unlock()
	perHour := c.PerHour
	if own := p.own[name]; own != nil {
		switch {
		case own.PerHour != nil:
			perHour = *own.PerHour
		case own.Console != nil || own.File != nil:
			perHour = 0 // nobody is called
		}
	}
	l := m.limits[name]
	if l == nil || l.perHour != perHour {
		l = &limit{perHour: perHour}
		m.limits[name] = l
	}
	return l
}

// Reload looks whether another configuration is right, which changes nothing, and returns
// what puts it to work. The heartbeat and for how many notices a day triage aims stay what
// they are at the start.
func (m *Manager) Reload(c *Config) (use func(context.Context), err error) {
	p, err := m.prepare(c)
	if err != nil {
		return nil, fmt.Errorf("who is told: %w", err)
	}
	return func(ctx context.Context) {
		m.reload.Lock()
		defer m.reload.Unlock()
		m.use(ctx, c, p)
		m.wrong(m.keep(ctx))
	}, nil
}

// Put takes notices in. When it returns without an error they survive the end of the
// process, behind Sync that of the machine, and those whom they concern will be told. A
// notice that is beyond the limit of what may be open is counted and left out. One that is put again is told again, but not before
// the routing lets it repeat.
func (m *Manager) Put(ctx context.Context, notices ...Notice) error {
	var errs []error
	for i := range notices {
		n := notices[i]
		if n.Kind == "" {
			n.Kind = KindSignal
		}
		if n.Kind == KindSignal && n.Severity < m.conf.Load().Triage.Severity {
			errs = append(errs, m.triage(&n))
			continue
		}
		errs = append(errs, m.put(ctx, n))
	}
	return errors.Join(errs...)
}

// Sync puts on the disk what was put.
func (m *Manager) Sync() error { return errors.Join(m.outbox.journal.sync(), m.desk.journal.sync()) }

// put takes one notice in, and hands it to the engine.
func (m *Manager) put(ctx context.Context, n Notice) error {
	m.counters.put.Add(1)
	now := m.now()
	before, err := m.outbox.put(n, now)
	if err != nil {
		return fmt.Errorf("keep a notice: %w", err)
	}
	if before != nil { // of another severity: for the engine it is another one
		old := before.alert(before.Began, now)
		if err := m.engine.alerts.Put(ctx, &old); err != nil {
			return fmt.Errorf("end a notice: %w", err)
		}
	}
	return m.keepOne(ctx, n.key())
}

// triage hands a signal of low severity to the desk.
func (m *Manager) triage(n *Notice) error {
	if n.Ended {
		return nil
	}
	m.counters.triaged.Add(1)
	return m.desk.observe(Alert{
		ID: n.ID, At: m.now(), Rule: clip(n.Rule, maxLabel), Entity: clip(entityOf(n), maxLabel), Severity: n.Severity,
	})
}

// entityOf returns what a signal is filed under: where it happened rather than who did it.
func entityOf(n *Notice) string {
	for _, kind := range []string{signal.KindHost, signal.KindContainer, signal.KindService, signal.KindIP, signal.KindUser} {
		for _, l := range n.Labels {
			if l.Name == kind {
				return kind + " " + l.Value
			}
		}
	}
	return n.Rule
}

// alert returns the notice as the engine knows it.
func (n *Notice) alert(began, ends time.Time) alert.Alert {
	a := alert.Alert{Alert: model.Alert{Labels: model.LabelSet{}, Annotations: model.LabelSet{}, StartsAt: began, EndsAt: ends, GeneratorURL: n.Link}}
	for name, value := range n.labels() {
		a.Labels[model.LabelName(name)] = model.LabelValue(value)
	}
	for name, value := range n.texts() {
		a.Annotations[model.LabelName(name)] = model.LabelValue(value)
	}
	return a
}

// Run tells people until the context is done, and closes the manager.
func (m *Manager) Run(ctx context.Context) error {
	var running sync.WaitGroup
	if h := m.conf.Load().Heartbeat; h != nil {
		running.Go(func() { m.beat(ctx, h) })
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
		errs = append(errs, m.outbox.journal.close())
	}
	if m.desk != nil && m.desk.journal != nil {
		errs = append(errs, m.desk.journal.close())
	}
	return errors.Join(errs...)
}

// API serves Alertmanager's API, version 2, below /api/v2. It knows no authentication of
// its own.
func (m *Manager) API() http.Handler { return m.guard(m.engine.handler()) }

func (m *Manager) now() time.Time { return m.opts.Now() }

// wrong reports an error that nobody waits for.
func (m *Manager) wrong(err error) {
	if err == nil {
		return
	}
	m.counters.errors.Add(1)
	m.log.Error("notices", "error", err)
}

// trouble notes how a receiver does.
func (m *Manager) trouble(receiver, target, err string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.troubles[receiver]
	if err == "" && old != nil && old.target == target {
		m.log.Info("a receiver can be told again", "receiver", target)
	}
	switch {
	case err == "" && old != nil && old.target == target && !old.reported:
		delete(m.troubles, receiver)
	case err == "" && old != nil && old.target == target:
		old.err = ""
	case err != "" && old == nil:
		m.log.Warn("a receiver cannot be told: it is tried again", "receiver", target, "error", err)
		m.troubles[receiver] = &trouble{target: target, err: err, since: m.now()}
	case err != "":
		old.target, old.err = target, err
	}
}

// link returns the address of a page of the server, "" when that has none.
func (m *Manager) link(path string) string {
	base := strings.TrimRight(m.conf.Load().URL, "/")
	if base == "" {
		return ""
	}
	return base + path
}
