package respond

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// The paces of an Engine.
const (
	// DefaultKeep is how often the firewall is compared with what it should be.
	DefaultKeep = 30 * time.Second
	// DefaultTick is how often what is due is looked for.
	DefaultTick = time.Second
)

// Options is what an Engine is made of.
type Options struct {
	// Config was checked.
	Config *Config
	// DB has the responses, Book the signals that they follow from, as the follower named
	// Follower.
	DB   *database.DB
	Book *triage.Book
	// Host returns what is never blocked because of this machine; nil means Host.
	Host func() ([]Never, error)
	// Logins returns from where people are signed in, and from where admins and responders
	// signed in since then; it may be nil.
	Logins func(ctx context.Context, since time.Time) (sessions, logins []netip.Addr, err error)
	// SSH returns from where people are signed in to sshd at the ports; nil means what the
	// system says.
	SSH func(ports []int) ([]netip.Addr, error)
	// Wall opens the firewall; nil means that of this machine.
	Wall func() (Wall, error)
	// Now is the clock.
	Now func() time.Time
	// Log is the operating log.
	Log *slog.Logger
	// Keep and Tick are the paces; 0 means the defaults.
	Keep, Tick time.Duration
	// Containers returns the engine of containers, nil without one; it may be nil itself.
	Containers func() Containers
	// Evidence keeps evidence; without it none is captured.
	Evidence *evidence.Store
	// Proc is the folder with processes; "" is /proc.
	Proc string

	// passing is called at each step behind which a crash leaves another state, with its
	// name. Tests stop the process there.
	passing func(step string)
}

// Engine responds. Its methods may be called by several goroutines; Run is called once.
type Engine struct {
	opts    Options
	log     *slog.Logger
	never   nevers
	blocker *blocker
	plan    atomic.Pointer[plan]
	limit   limit
	lanes   []*lane
	held    *containers
	wide    *wideLane
	keeping chan struct{} // holds a token when the firewall is to be looked at

	counters counters

	mu    sync.Mutex
	stuck error // why signals cannot be taken in
}

// plan is a configuration at work.
type plan struct {
	*Config

	actions map[string]action
}

// counters are what the metrics show.
type counters struct {
	made, refused, held, unrecorded, applied, failed, undone, expired, extended, repeated, simulated, errors, restored, missing, recontained atomic.Int64
}

// New returns an engine. What a process of before left is taken up; nothing is done before
// Run.
func New(ctx context.Context, opts Options) (*Engine, error) {
	if opts.Keep == 0 {
		opts.Keep = DefaultKeep
	}
	if opts.Tick == 0 {
		opts.Tick = DefaultTick
	}
	if opts.Host == nil {
		opts.Host = Host
	}
	if opts.SSH == nil {
		opts.SSH = (&sshSessions{root: "/", now: opts.Now}).from
	}
	if opts.Wall == nil {
		opts.Wall = func() (Wall, error) { return firewall.Open(firewall.Options{Now: opts.Now}) }
	}
	e := &Engine{
		opts: opts, log: opts.Log, never: nevers{host: opts.Host, logins: opts.Logins, ssh: opts.SSH, now: opts.Now},
		blocker: &blocker{open: opts.Wall}, keeping: make(chan struct{}, 1),
	}
	// A program that takes its time must not keep an address from being blocked.
	e.lanes = []*lane{newLane(e, "action = $1"), newLane(e, "action <> $1 AND NOT ("+ofContainers()+")")}
	if err := e.openContainers(); err != nil {
		return nil, err
	}
	e.use(opts.Config)
	if err := e.recover(ctx); err != nil {
		return nil, fmt.Errorf("take up responses: %w", err)
	}
	return e, nil
}

// Reload puts another configuration to work, which was checked.
func (e *Engine) Reload(c *Config) {
	e.use(c)
	e.look()
}

func (e *Engine) use(c *Config) {
	p := &plan{Config: c, actions: map[string]action{Block: e.blocker}}
	for _, name := range ContainerActions() {
		p.actions[name] = e.held
	}
	for i := range c.Actions {
		p.actions[c.Actions[i].Name] = c.Actions[i].build()
	}
	e.plan.Store(p)
}

// action returns the one of that name.
func (p *plan) action(name string) action {
	if a := p.actions[name]; a != nil {
		return a
	}
	return gone{name}
}

// recover takes up what a process of before was doing. What may be done twice is done again;
// of the rest nobody knows whether it was done, and that is said.
func (e *Engine) recover(ctx context.Context) error {
	now := e.opts.Now()
	return e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list, err := all(ctx, tx, "open = 1 AND state = $1 ORDER BY id", Applying)
		if err != nil {
			return err
		}
		did, err := contained(ctx, tx, idsOf(list))
		if err != nil {
			return err
		}
		for i := range list {
			r := &list[i]
			what := "resume"
			if r.state, r.next = Planned, 0; !e.plan.Load().action(r.action).repeatable() {
				what, r.state, r.err = "fail", Failed, "the server stopped in the middle of it: it may have been done or not"
				e.counters.failed.Add(1)
			}
			if m := did[r.id]; m != nil && m.holds() {
				// Part of it is in effect: it goes on, and ends in time.
				r.state, r.heldUntil, r.applied = Active, 0, cmp.Or(r.applied, now.UnixNano())
			}
			if err := r.change(ctx, tx, now, ownName, what); err != nil {
				return err
			}
		}
		return e.limit.load(ctx, tx, now)
	})
}

// ownName is who does what nobody asked for.
const ownName = "sasumata"

// Run responds until the context is done. What was begun is ended before it returns; blocks
// stay.
func (e *Engine) Run(ctx context.Context) error {
	var running sync.WaitGroup
	e.wrong(e.keep(ctx)) // before anything is blocked
	if e.opts.Book != nil {
		running.Go(func() { e.wrong(e.opts.Book.Follow(ctx, Follower, e.take, e.stay)) })
	}
	for _, l := range e.lanes {
		running.Go(func() { l.run(ctx) })
	}
	running.Go(func() { e.wide.run(ctx) })
	running.Go(func() { e.guard(ctx) })
	running.Go(func() { e.clock(ctx) })
	<-ctx.Done()
	running.Wait()
	return nil
}

// clock looks for what is due, and after the firewall.
func (e *Engine) clock(ctx context.Context) {
	tick, keep := time.NewTicker(e.opts.Tick), time.NewTicker(e.opts.Keep)
	defer tick.Stop()
	defer keep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.wrong(e.expire(ctx))
		case <-keep.C:
			e.wrong(e.keep(ctx))
			e.wrong(e.prune(ctx))
		case <-e.keeping:
			e.wrong(e.keep(ctx))
		}
	}
}

// look has the firewall looked at soon.
func (e *Engine) look() {
	select {
	case e.keeping <- struct{}{}:
	default: // it is known
	}
}

// wake tells the lanes that there is something to do.
func (e *Engine) wake() {
	for _, l := range append(slices.Clip(e.lanes), &e.wide.lane) {
		select {
		case l.woken <- struct{}{}:
		default: // it is known
		}
	}
}

// stay notes why signals cannot be taken in, and nil when they can.
func (e *Engine) stay(err error) {
	e.mu.Lock()
	was := e.stuck
	e.stuck = err
	e.mu.Unlock()
	if err != nil && was == nil {
		e.wrong(fmt.Errorf("follow signals: %w", err))
	}
}

// wrong reports an error that nobody waits for.
func (e *Engine) wrong(err error) {
	if err == nil {
		return
	}
	e.counters.errors.Add(1)
	e.log.Error("responses", "error", err)
}

// passing says which step is done.
func (e *Engine) passing(step string) {
	if e.opts.passing != nil {
		e.opts.passing(step)
	}
}

// keep makes the firewall what it should be, and ends blocks of what must not be blocked any
// more.
func (e *Engine) keep(ctx context.Context) error {
	p := e.plan.Load()
	never, err := e.never.load(ctx, p.Config)
	if err != nil {
		return err
	}
	if err := e.release(ctx, never); err != nil {
		return err
	}
	blocks, err := e.blocks(ctx)
	if err != nil {
		return err
	}
	wanted := p.Block.nftables() && (p.Acts() || len(blocks) > 0)
	allow := make([]netip.Prefix, len(never))
	for i := range never {
		allow[i] = never[i].Network
	}
	slices.SortFunc(allow, func(a, b netip.Prefix) int { return strings.Compare(a.String(), b.String()) })
	drift, err := e.blocker.keep(wanted, slices.Compact(allow), func() ([]firewall.Block, error) { return blocks, nil })
	if drift.Any() && err == nil {
		e.counters.restored.Add(1)
		e.counters.missing.Add(int64(drift.Missing))
		e.log.WarnContext(ctx, "somebody changed the table of the firewall: it was restored", "missing", drift.Missing, "extra", drift.Extra, "table", drift.Table)
		err = e.noteDrift(ctx, drift)
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("keep the firewall: %w", err)
	}
	return nil
}

// blocks returns what the firewall should block.
func (e *Engine) blocks(ctx context.Context) (blocks []firewall.Block, err error) {
	err = e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		blocks = nil
		rows, err := tx.QueryContext(ctx, "SELECT target, held_until FROM responses WHERE open = 1 AND state = $1 AND ending = '' AND action = $2", Active, Block)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var target string
			var until int64
			if err := rows.Scan(&target, &until); err != nil {
				return err
			}
			if p, err := parseTarget(target); err == nil {
				blocks = append(blocks, firewall.Block{Network: p, Until: time.Unix(0, until)})
			}
		}
		return rows.Err()
	})
	return blocks, err
}

// Forget makes the engine ask anew who must not be blocked: somebody signed in. It does not
// wait.
func (e *Engine) Forget() {
	e.never.stale.Store(true)
	e.look()
}
