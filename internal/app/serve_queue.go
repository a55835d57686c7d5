package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// openQueue opens the queue, and all that goes with it. When its servers cannot be
// reached, Run tries again.
func (s *Server) openQueue(ctx context.Context) (err error) {
	c := s.cfg()
	from := queue.Options{Dir: filepath.Join(c.Data, queueDir), MaxBytes: c.Queue.MaxBytes, Cluster: c.Queue.Cluster(), Another: s.opts.AnotherQueue}
	if from.Cluster != nil {
		from.Cluster.Changed = func(reason error) { s.connection(ctx, reason) }
	}
	s.keeper.after(s.known.Place, &from)
	s.queue, err = queue.Open(ctx, from)
	lost, isLost := errors.AsType[*queue.LostError](err)
	switch {
	case errors.Is(err, queue.ErrAway):
		if !s.waiting.Swap(true) {
			s.log.ErrorContext(ctx, "the queue cannot be reached: senders have to wait", "error", err)
		}
		return nil
	case isLost:
		return fmt.Errorf("%w. What waited in it is lost with it, if it is gone. "+
			"Are queue.url, queue.stream and the data folder the right ones? "+
			"If so, start once with --new-queue: files are read on from where detection was", errors.Join(err, lost))
	case err != nil:
		return err
	}
	if forgot := s.queue.Forgot(); forgot.To > 0 {
		s.metrics.forgotten.Add(int64(forgot.To - forgot.From + 1))
		s.log.ErrorContext(ctx, "the queue forgot its newest batches: what came behind them is lost", "from", forgot.From, "to", forgot.To,
			"not_detected_in_or_not_stored", forgot.To-forgot.Lost)
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	if s.waiting.Swap(false) {
		s.log.InfoContext(ctx, "the queue can be reached")
	}
	return nil
}

// connection tells when the servers of the queue are lost, and when they are there again.
func (s *Server) connection(ctx context.Context, reason error) {
	if reason != nil {
		s.metrics.disconnects.Add(1)
		s.log.ErrorContext(ctx, "the queue cannot be reached: senders have to wait", "error", reason)
		return
	}
	s.log.InfoContext(ctx, "the queue can be reached again")
}

// await waits until the queue is open, and reports whether it is: the context may be done
// before, or something break. Meanwhile the configuration is read anew when that is asked
// for: whom it lets in over HTTP may change.
func (s *Server) await(ctx context.Context) bool {
	for s.waiting.Load() {
		select {
		case <-ctx.Done():
			return false
		case <-s.broken:
			return false
		case <-s.opts.Reload:
			s.renewed(ctx)
		case one := <-s.asks:
			s.answer(ctx, one)
		case <-time.After(rest):
			s.openLacking(ctx)
		}
		if err := s.openQueue(ctx); err != nil && ctx.Err() == nil {
			s.fail(err)
			return false
		}
	}
	return ctx.Err() == nil
}

// put queues records of the intake.
func (s *Server) put(ctx context.Context, records []record.Record) error {
	if !s.opened.Load() {
		return record.ErrAway
	}
	return s.gatherer.Put(ctx, records)
}

// fresh waits until what was queued so far can be found.
func (s *Server) fresh(ctx context.Context) {
	if s.opened.Load() {
		s.consumer.fresh(ctx)
	}
}

// begin makes what reads the queue.
func (s *Server) begin(ctx context.Context) (err error) {
	c := s.cfg()
	s.cleanup(s.queue.Close)
	known := s.known
	if known.Place.Queue != s.queue.Place(0).Queue {
		known.Place = s.queue.Place(0) // another queue, whose batches count anew
	}
	if s.keeper != nil {
		if err := s.keeper.begin(known.Place); err != nil {
			return err
		}
	}
	if s.maxBytes = c.Queue.MaxBytes; s.maxBytes == 0 {
		s.maxBytes = queue.DefaultMaxBytes
	}
	s.gatherer = queue.NewGatherer(s.publish) //nolint:contextcheck // Close ends it, behind the context
	s.cleanup(func() error { s.gatherer.Close(); return nil })
	if s.signals, err = openSignals(filepath.Join(c.Data, signalsName), known.Signals); err != nil {
		return err
	}
	s.cleanup(s.signals.close)
	s.consumer = &consumer{
		queue: s.queue, state: s.state, signals: s.signals, interval: c.Checkpoint, now: s.opts.Now, log: s.log,
		intake:  Intake{Clock: dates.Clock{Location: c.Zone}, Workers: max(1, runtime.GOMAXPROCS(0)-1)}, // detection has one for itself
		metrics: &s.metrics, costs: &s.costs, console: s.opts.Console, served: known, contents: make(chan renewal),
		dead: s.dead, keep: s.keeper, series: s.series, hub: &s.hub, clocks: &s.clocks, heard: s.lastHeard, replayed: known.Place.Sequence, last: known.Place.Sequence,
	}
	s.consumer.covered.Store(known.Place.Sequence)
	s.consumer.released.Store(min(known.Place.Sequence, s.keeper.covers()))
	s.consumer.suppressing = suppressing{book: s.suppressions, now: s.opts.Now, log: s.log.With("component", "suppressions"), metrics: &s.metrics, counts: &s.held}
	if s.consumer.suppressing.work, err = s.loadSuppressions(ctx); err != nil {
		return err
	}
	if s.consumer.suppressing.counted, err = s.suppressions.Counted(ctx, s.queue.Place(0).Queue); err != nil {
		return err
	}
	s.metrics.suppressions.Store(int64(len(s.consumer.suppressing.work)))
	s.consumer.desk = &desk{book: s.book, now: s.opts.Now, log: s.log.With("component", "signals"), metrics: &s.metrics, failed: s.unwritten, stir: s.consumer.stir}
	s.consumer.logs = openLogs(&c.Logs, &s.metrics, s.log.With("component", "logs"))
	s.cleanup(func() error { return s.consumer.logs.close() })
	if err := s.settle(ctx); err != nil {
		return err
	}
	s.opened.Store(true)
	return nil
}
