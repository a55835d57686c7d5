package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/signal"
)

// behind is called when a piece of a batch was detected in.
func (c *consumer) behind(ctx context.Context) {
	one := c.pop()
	if c.keep != nil {
		c.mu.Lock()
		c.keeping = append(c.keeping, one)
		c.mu.Unlock()
	}
	if one.more {
		return
	}
	if one.sequence >= c.queue.Stored() {
		c.signals.caughtUp()
	}
	if one.ack != nil {
		c.done.add(unacknowledged{*one.ack, one.sequence})
		if !one.again {
			c.dirty, c.last = true, one.sequence
			c.metrics.detected.Store(max(one.received, c.metrics.detected.Load()))
		}
	}
	c.writeOwn(ctx)
	c.desk.behind(ctx)
	c.suppressBehind(ctx)
	if !c.now().Before(c.nextCosts) {
		c.nextCosts = c.now().Add(costsEvery)
		c.costs.Store(&costs{c.engine.Stats().Events - c.before, c.engine.Costs()})
	}
	err := c.saved(false)
	if c.dirty && c.saving == nil && !c.now().Before(c.next) {
		err = errors.Join(err, c.checkpoint(ctx))
	}
	if err != nil {
		c.log.ErrorContext(ctx, unsaved, "error", err)
	}
	c.release(ctx)
}

// store keeps the events of the piece that was detected in, while detection goes on.
func (c *consumer) store(ctx context.Context, events []*event.Event) {
	c.mu.Lock()
	one := c.keeping[0]
	c.keeping = c.keeping[1:]
	c.mu.Unlock()
	if one.replay.Only != dead.Detect && c.keep.wants(one.sequence) {
		for _, e := range events {
			c.keep.add(e)
		}
	}
	if one.more {
		return
	}
	written, failure := c.keep.behind(ctx, one.sequence, one.fresh != nil)
	if failure != nil {
		c.bury(ctx, origin{stage: dead.Store, batch: one.sequence, tries: one.replay.Tries}, one.from, failure)
		c.keep.skip(ctx, one.sequence)
		written = true
	}
	if c.keep.failed() {
		c.stop() // the next round begins behind what is in the store
	} else if !written {
		return
	}
	for _, done := range one.fresh {
		close(done)
	}
	c.release(ctx)
}

// again makes all batches come again that the log store lost when the program failed in
// it: to it only, one after the other, until the one is found at which it fails.
func (c *consumer) again(ctx context.Context) {
	c.log.ErrorContext(ctx, "BUG: the log store failed: what it has not got comes again", "failure", c.keep.failure, "behind", c.keep.held.Load())
	c.replayed = c.last
	c.keep.renew(c.last)
	held := c.keep.held.Load()
	c.done.forget(held)
	c.queue.Rewind(held)
}

// tell takes findings of the server about itself, to be written behind the next batch.
func (c *consumer) tell(news []signal.Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.own = append(c.own, news...)
	if len(news) > 0 && c.wake != nil {
		c.wake() // it may wait for logs
	}
}

// writeOwn writes them.
func (c *consumer) writeOwn(ctx context.Context) {
	c.mu.Lock()
	own := c.own
	c.own = nil
	c.mu.Unlock()
	for _, f := range own {
		if err := c.found(ctx, f); err != nil {
			c.log.ErrorContext(ctx, "a signal of the server about itself is lost", "error", err)
		}
	}
}

// saving is a state on its way to the disk.
type saving struct {
	covers uint64 // the last batch that it covers
	done   chan error
}

// checkpoint puts the signals on the disk and writes the state, which is on the disk when
// saved says so.
func (c *consumer) checkpoint(ctx context.Context) error {
	err := errors.Join(c.desk.flush(ctx), c.suppressing.flush(ctx))
	if !c.dirty {
		return err
	}
	began := c.now()
	err = errors.Join(err, c.signals.sync())
	var commit func() error
	if err == nil {
		c.mu.Lock()
		now := c.served
		now.Positions, now.Patterns = maps.Clone(now.Positions), maps.Clone(now.Patterns)
		c.mu.Unlock()
		now.Signals, now.Heard = c.signals.covered(), c.heard()
		c.state.header.Served, c.state.ready = &now, true
		commit, err = c.state.begin()
	}
	took := c.now().Sub(began)
	c.next = c.now().Add(max(c.interval, slowest*took))
	if err != nil {
		c.metrics.stateErrors.Add(1)
		return err
	}
	c.log.DebugContext(ctx, "the state is written", "took", took)
	c.saving, c.dirty = &saving{covers: c.last, done: make(chan error, 1)}, false
	done := c.saving.done
	go func() {
		done <- commit()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.settled = true; c.wake != nil {
			c.wake() // it may wait for logs
		}
	}()
	return nil
}

// saved notes that a state is on the disk, if one was on its way; whoever waits does so
// until it is.
func (c *consumer) saved(wait bool) error {
	if c.saving == nil {
		return nil
	}
	var err error
	if wait {
		err = <-c.saving.done
	} else {
		select {
		case err = <-c.saving.done:
		default:
			return nil
		}
	}
	if err != nil {
		c.metrics.stateErrors.Add(1)
		c.saving, c.dirty = nil, true
		return err
	}
	c.metrics.checkpoints.Add(1)
	c.covered.Store(c.saving.covers)
	c.saving = nil
	return nil
}

// release tells the queue which batches are done with: those that both the state and the
// log store cover.
func (c *consumer) release(ctx context.Context) {
	upTo := min(c.covered.Load(), c.keep.covers())
	c.released.Store(upTo)
	if err := c.done.tell(c.queue, upTo); err != nil {
		c.log.ErrorContext(ctx, "the queue was not told what is done: it comes again at the next start", "error", err)
	}
}

func (r *released) add(one unacknowledged) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acks = append(r.acks, one)
}

// forget takes those away that are behind the batch: they come again.
func (r *released) forget(behind uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acks = slices.DeleteFunc(r.acks, func(u unacknowledged) bool { return u.sequence > behind })
}

// tell tells the queue of the batches up to one.
func (r *released) tell(q *queue.Queue, upTo uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held {
		return nil
	}
	n := 0
	defer func() { r.acks = slices.Delete(r.acks, 0, n) }()
	for ; n < len(r.acks) && r.acks[n].sequence <= upTo; n++ {
		err := q.Done(r.acks[n].ack)
		if errors.Is(err, queue.ErrAway) {
			break // they are told when it is there again
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// maxFresh is how long a search waits for what just came.
const maxFresh = 2 * time.Second

// fresh waits until what was read of the queue so far is in the log store, for as long as
// a search is willing to.
func (c *consumer) fresh(ctx context.Context) {
	if c.keep == nil {
		return
	}
	done := make(chan struct{})
	c.mu.Lock()
	c.wanted = append(c.wanted, done)
	if c.wake != nil {
		c.wake()
	}
	c.mu.Unlock()
	patience := time.NewTimer(maxFresh)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
	case <-ctx.Done():
	}
}

// stir ends the wait for a batch.
func (c *consumer) stir() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wake != nil {
		c.wake()
	}
}

// wait notes how to end the wait for a batch. It returns who wants what was read so far
// to be in the store, and whether there is no time to wait.
func (c *consumer) wait(cancel func()) (fresh []chan struct{}, hurry bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh, hurry = c.wanted, len(c.wanted)+len(c.own) > 0 || c.settled || c.suppressing.has
	c.wanted, c.settled, c.wake = nil, false, cancel
	return fresh, hurry
}
