package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	seriesof "github.com/sasumata/sasumata/internal/metrics"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/tail"
)

// served is what the state of a server has beside the engines. All of it belongs to one
// moment: behind a batch.
type served struct {
	// Place is the last batch that was detected in.
	Place queue.Place `json:"place"`
	// Records is how many records there were so far: the number of the last event.
	Records int64 `json:"records"`
	// Signals is how much of the file of signals the state covers.
	Signals int64 `json:"signals"`
	// Positions are those of the files, as of the batches so far.
	Positions map[string]json.RawMessage `json:"positions,omitempty"`
	// Heard is when sources were heard last, in nanoseconds since 1970 UTC, by their names:
	// one that falls silent while the server is down is told.
	Heard map[string]int64 `json:"heard,omitempty"`
	// Patterns are the files that were followed before: what comes under one of them
	// while the server is down is new, and not old.
	Patterns map[string]bool `json:"patterns,omitempty"`
}

// check reports numbers that no server writes.
func (s *served) check() error {
	const most = math.MaxInt64 / 2 // one can be added to
	if s != nil && (s.Records < 0 || s.Records > most || s.Signals < 0 || s.Place.Sequence > most) {
		return errors.New("a number of what was served is out of range")
	}
	return nil
}

// slowest is how many times as long as a checkpoint took the next one waits at the
// least: writing a large state must not take all the time there is. After a crash what
// came since the last one is detected in again.
const slowest = 50

// consumer detects in what the queue holds. Only positions may be asked for by other
// goroutines.
type consumer struct {
	queue    *queue.Queue
	state    *State
	signals  *signalFile
	intake   Intake
	interval time.Duration
	now      func() time.Time
	log      *slog.Logger
	metrics  *metrics
	console  func(signal.Finding) error

	mu       sync.Mutex
	served   served
	pending  []taken      // batches that are parsed, in their order
	keeping  []taken      // batches that were detected in and are to be stored, in their order
	contents chan renewal // holds what the next round begins with
	dead     *dead.Box

	uncut   uncut            // what is left of the batch that was read last
	wanted  []chan struct{}  // are closed when what was read so far is in the store
	own     []signal.Finding // of the server about itself
	settled bool             // a state came to the disk, or did not
	wake    func()           // ends the wait for a batch; may be nil

	desk        *desk
	suppressing suppressing
	engine      *detect.Engine // of the round
	logs        *fourLogs      // may be nil
	series      *seriesof.Engine
	keep        *keeper // of the events; may be nil
	costs       *atomic.Pointer[costs]
	nextCosts   time.Time // when they are looked at next
	before      int64     // events before this round
	clocks      *skewWatch
	heard       func() map[string]int64 // when sources were heard last
	hub         *tail.Hub
	replayed    uint64        // up to this batch, all were detected in before the start
	current     taken         // whose events are under way
	last        uint64        // the last batch that was detected in
	covered     atomic.Uint64 // the last one that the state on the disk covers
	done        released
	released    atomic.Uint64 // up to this batch, none comes again
	stop        func()        // ends the round
	saving      *saving       // a state that is on its way to the disk
	dirty       bool          // no state covers what was detected, nor is one on its way
	next        time.Time     // when the next checkpoint is due
}

// released are the batches that the queue is told of.
type released struct {
	mu   sync.Mutex
	acks []unacknowledged
	held bool // by a backup: the queue is told later
}

// unacknowledged is a batch that the queue keeps until the state and the store cover it.
type unacknowledged struct {
	ack      queue.Ack
	sequence uint64
}

// taken is a batch on its way through the parser; without an ack it is none, but a
// moment in which nothing came.
type taken struct {
	ack      *queue.Ack
	sequence uint64
	key      string
	position []byte
	records  int
	received int64
	again    bool            // it was detected in already
	replay   replayed        // of a dead letter
	from     []record.Record // those of the batch
	first    int64           // the number of the first one
	fresh    []chan struct{} // see consumer.wanted
	more     bool            // the batch has more pieces: only behind the last one it is done
}

// position returns where the file was left, by what was detected so far; nil when it
// never was.
func (c *consumer) position(path string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.served.Positions[path]
}

// positionsBelow returns the rest of the keys that begin so and have a position.
func (c *consumer) positionsBelow(prefix string) (keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.served.Positions {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			keys = append(keys, rest)
		}
	}
	return keys
}

// follows notes that the pattern is followed, and reports whether it was before.
func (c *consumer) follows(pattern string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.served.Patterns[pattern]
	c.served.Patterns[pattern] = true
	return before
}

// run detects until the context is done. New content begins a new round, which goes on
// with what the old one knew.
func (c *consumer) run(ctx context.Context, content *Content) error {
	var atWork chan struct{} // see renewal
	defer c.metrics.running.Store(false)
	for {
		round, cancel := context.WithCancel(ctx)
		c.stop = cancel
		var next *renewal
		stop := make(chan struct{})
		var waiting sync.WaitGroup
		waiting.Go(func() {
			select {
			case r := <-c.contents:
				next = &r
				cancel()
			case <-stop:
			}
		})
		err := c.round(round, ctx, content, atWork)
		atWork = nil
		close(stop)
		waiting.Wait()
		cancel()
		if err != nil || ctx.Err() != nil {
			return err
		}
		if err := c.carry(); err != nil {
			return err
		}
		if c.keep.failed() {
			c.again(ctx)
		} else if next == nil {
			return errors.New("BUG: a round ended without a reason")
		}
		if next == nil {
			continue
		}
		content, atWork = next.content, next.atWork
		c.renewed(ctx, next)
		c.log.InfoContext(ctx, "new content is at work", "rules", len(content.Rules))
	}
}

// carry makes what this round knew what the next one begins with.
func (c *consumer) carry() error {
	var data bytes.Buffer
	err := c.state.write(&data)
	if err == nil {
		c.state.saved, err = decodeState(data.Bytes())
	}
	return err
}

// round detects with one content until its context is done; that of the whole run says
// whether another round comes.
//
// It closes atWork, unless that is nil, when it has begun.
func (c *consumer) round(ctx, whole context.Context, content *Content, atWork chan struct{}) error {
	warn := func(text string) { c.log.WarnContext(ctx, "detection", "note", text) }
	f := flow{
		engine: newEngine(content, warn, nil), sigma: content.Sigma.correlator(), parse: c.intake.parser(content, true),
		goesOn: true, begin: c.begin, observe: c.observe, behind: func() error { c.behind(ctx); return nil },
	}
	if c.keep != nil {
		f.parse.then, f.parse.slack = func(events []*event.Event) { c.store(ctx, events) }, unstored
	}
	f.parse.dead = func(from origin, r *record.Record, failure any) {
		if from.batch > c.replayed { // else the letter was on the disk before the state
			c.bury(ctx, from, []record.Record{*r}, failure)
		}
	}
	f.rescue = func(e *event.Event, failure any) { c.rescue(ctx, e, failure) }
	var failed error
	f.failed = func() error { return failed }
	f.found = func(one signal.Finding) {
		if failed == nil {
			failed = c.found(whole, one)
		}
	}
	if err := c.state.restore(f.engine, f.sigma, f.found, warn); err != nil {
		return err
	}
	c.engine, c.before, c.nextCosts = f.engine, f.engine.Stats().Events, time.Time{}
	c.engine.Suppress(workings(c.suppressing.work))
	f.engine.Open(c.desk.add) // what was not written before a crash
	c.metrics.running.Store(true)
	if atWork != nil {
		close(atWork)
	}
	// The context ends the reading; what was read is detected in to its end.
	err := f.run(context.WithoutCancel(ctx), f.parse.lines(func() (*source.Block, error) { return c.read(ctx) }))
	if err != nil {
		return err
	}
	c.writeOwn(ctx)
	err = errors.Join(c.saved(true), c.checkpoint(ctx), c.saved(true))
	c.keep.commit(ctx)
	c.release(ctx)
	f.engine.Open(c.desk.add) // how many events they have by now; without it, the next start says so
	_ = c.desk.flush(ctx)     // it is told
	if err != nil && whole.Err() == nil {
		// What is not on the disk is carried over, and the queue keeps the batches.
		c.log.ErrorContext(ctx, unsaved, "error", err)
		err = nil
	}
	return err
}

// rest is how long it waits until what failed is tried again.
const rest = time.Second

// unsaved says that a checkpoint failed.
const unsaved = "the state could not be written: the queue keeps what it does not cover"

// observe sees every event.
func (c *consumer) observe(e *event.Event) {
	only := c.current.replay.Only
	if c.current.again || only == dead.Store || only == dead.Detect {
		return
	}
	if c.current.key == "" {
		c.clocks.observe(e, c.current.received)
	}
	c.hub.Observe(e)
	c.logs.event(e)
	c.series.Observe(e)
	c.metrics.events.Add(1)
	if !e.Parsed {
		c.metrics.unparsed.Add(1)
	}
}

// found writes a finding down. When that fails it tries again, until the context is done:
// detection waits, and with it those who send.
func (c *consumer) found(ctx context.Context, f signal.Finding) error {
	if err := c.desk.room(ctx); err != nil {
		return err
	}
	c.desk.found(f)
	isNew, err := c.signals.write(f)
	for told := false; err != nil; told = true {
		if !told {
			c.metrics.signalErrors.Add(1)
			c.log.ErrorContext(ctx, "detection waits until signals can be written", "error", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rest):
		}
		if isNew, err = false, c.signals.renew(); err == nil {
			isNew, err = c.signals.write(f)
		}
	}
	if !isNew {
		return nil
	}
	c.dirty = true
	if f.Signal.Simulated { // it is in signals.jsonl and the state database; nobody is told
		if f.Change == signal.Opened {
			c.metrics.simulated.Add(1)
		}
		return nil
	}
	if f.Change == signal.Opened {
		c.metrics.signals[f.Signal.Severity].Add(1)
	}
	c.logs.signal(f.Signal)
	return c.console(f)
}
