package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/store"
)

// storeDir is the log store in the data folder.
const storeDir = "store"

// keeper writes the events that detection has seen to the log store, on a goroutine of its
// own. A nil one keeps nothing.
type keeper struct {
	store   *store.Store
	writer  storeWriter
	begun   func() storeWriter // makes a writer
	flush   time.Duration
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics

	queue string        // its id
	held  atomic.Uint64 // the last batch that is in the store; others may read it
	last  uint64        // the last batch that was added
	next  time.Time     // when it is to be written
	stuck error         // why a part could not be written

	failure any    // why the program failed in the store; nothing is added then
	careful uint64 // up to this batch, each is written by itself
}

// storeWriter is what a keeper wants of a log store.
type storeWriter interface {
	Append(e *event.Event) error
	Commit(positions map[string]uint64) error
}

// openKeeper opens the log store; nil when the configuration wants none.
func openKeeper(c *config.Config, now func() time.Time, log *slog.Logger, m *metrics) (*keeper, error) {
	if c.Store.Disabled {
		return nil, nil //nolint:nilnil // a nil keeper keeps nothing
	}
	s, err := store.Create(filepath.Join(c.Data, storeDir))
	if err != nil {
		return nil, err
	}
	for _, p := range s.Problems() {
		log.Warn("the log store", "problem", p.String())
	}
	// Half of what an import takes, which has the machine for itself.
	limits := store.WriterOptions{PartRows: 32 << 10, PartBytes: 32 << 20, Memory: 48 << 20}
	begun := func() storeWriter { return s.Writer(limits) }
	return &keeper{store: s, writer: begun(), begun: begun, flush: c.Store.Flush, now: now, log: log, metrics: m}, nil
}

func (k *keeper) close() error { return k.store.Close() }

// after tells the queue where reading begins: behind what both the state, which is at
// that place, and the store have.
func (k *keeper) after(state queue.Place, o *queue.Options) {
	o.After = state
	if k == nil {
		return
	}
	if held, ok := k.store.Positions()[state.Queue]; ok {
		o.After.Sequence, o.Newest = min(held, state.Sequence), max(held, state.Sequence)
	}
}

// begin notes which queue the batches are from. A store that does not know the queue
// begins where detection does.
func (k *keeper) begin(place queue.Place) error {
	k.queue = place.Queue
	held, ok := k.store.Positions()[k.queue]
	if !ok {
		held = place.Sequence
		if err := k.writer.Commit(map[string]uint64{k.queue: held}); err != nil {
			return err
		}
	}
	k.held.Store(held)
	k.last = held
	return nil
}

// covers returns the last batch that is in the store, or need not be.
func (k *keeper) covers() uint64 {
	if k == nil {
		return ^uint64(0)
	}
	return k.held.Load()
}

// wants reports whether the events of the batch are to be added.
func (k *keeper) wants(sequence uint64) bool {
	return k != nil && sequence > k.last && k.failure == nil
}

// add adds an event of a batch that it wants.
func (k *keeper) add(e *event.Event) {
	if k.failed() {
		return
	}
	defer k.survive()
	if err := k.writer.Append(e); err != nil {
		k.stuck = err
	}
	k.metrics.stored.Add(1)
}

// survive notes that the program failed in the store: what waits to be written is lost to
// it, and what of it is the reason nobody knows.
func (k *keeper) survive() {
	if failure := recover(); failure != nil {
		k.failure = failure
		k.metrics.storeErrors.Add(1)
	}
}

// failed reports whether the program failed in the store.
func (k *keeper) failed() bool { return k != nil && k.failure != nil }

// renew begins anew behind what is in the store. Up to the batch, each is written by
// itself.
func (k *keeper) renew(careful uint64) {
	k.writer, k.stuck, k.failure = k.begun(), nil, nil
	k.last = max(k.held.Load(), k.store.Positions()[k.queue]) // it may have been written all the same
	k.held.Store(k.last)
	k.careful = max(k.careful, careful)
}

// skip notes that a batch cannot be in the store.
func (k *keeper) skip(ctx context.Context, sequence uint64) {
	k.renew(0)
	k.last = max(k.last, sequence)
	k.commit(ctx)
}

// behind is called when a batch was added, and reports whether more was written than
// before, or there is nothing to write. When there is no room for more, it waits until
// there is, or until the context is done: what is not in the store stays in the queue. It
// returns why the program failed in the store, if it was because of this batch.
func (k *keeper) behind(ctx context.Context, sequence uint64, wanted bool) (written bool, failure any) {
	held := k.held.Load()
	alone := k.last == held
	if !k.failed() {
		k.last = max(k.last, sequence)
		written = k.write(ctx, wanted || k.last > held && k.last <= k.careful)
	}
	if k.failed() && alone && sequence > held {
		return written, k.failure
	}
	return written, nil
}

// write writes what was added, when it is time to.
func (k *keeper) write(ctx context.Context, wanted bool) bool {
	if k.stuck == nil && !wanted && k.now().Before(k.next) {
		return false
	}
	for !k.commit(ctx) {
		if k.stuck == nil {
			return wanted // whoever waits gets what there is
		}
		select {
		case <-ctx.Done():
			return wanted
		case <-time.After(rest):
		}
	}
	return true
}

// commit writes what was added, and reports whether that worked.
func (k *keeper) commit(ctx context.Context) bool {
	if k == nil || k.failed() {
		return true
	}
	defer k.survive()
	k.next = k.now().Add(k.flush)
	if k.last == k.held.Load() {
		return true
	}
	if err := k.writer.Commit(map[string]uint64{k.queue: k.last}); err != nil {
		k.metrics.storeErrors.Add(1)
		k.log.ErrorContext(ctx, "events could not be written to the log store: the queue keeps them", "error", err)
		return false
	}
	k.held.Store(k.last)
	k.stuck = nil
	return true
}

// Limits of the upkeep of a log store.
const (
	// upkeepEvery is how often a log store is looked after.
	upkeepEvery = 15 * time.Second
	// readable is for how long parts that were replaced can be read: longer than a
	// search may take.
	readable = 5 * time.Minute
	// youngest is how old logs must be to be removed because the disk is nearly full:
	// whoever fills a disk must not make the traces of it disappear.
	youngest = 24 * time.Hour
)

// upkeep looks after the log store until the context is done: it removes what is too old
// or too much, and joins small parts.
func (k *keeper) upkeep(ctx context.Context, current func() *config.Config, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := errors.Join(k.retain(ctx, &current().Store), k.compact(ctx), k.store.Sweep(k.now(), readable)); err != nil && ctx.Err() == nil {
			k.metrics.storeErrors.Add(1)
			k.log.ErrorContext(ctx, "the log store could not be looked after", "error", err)
		}
	}
}

// Why events were removed, as metrics say it.
const (
	tooOld = iota
	tooOldService
	tooMany
	noRoom
	removals
)

func removalNames() [removals]string { return [...]string{"age", "service", "size", "disk"} }

// retain removes what the configuration does not want to be kept, and the oldest logs
// when the disk is nearly full.
func (k *keeper) retain(ctx context.Context, keep *config.Store) error {
	now := k.now()
	limits := keep.Retention(now)
	most := limits.MaxBytes
	limits.MaxBytes = 0
	if err := k.remove(ctx, tooOld, k.store.Plan(limits)); err != nil {
		return err
	}
	if err := k.expire(ctx, limits, now); err != nil {
		return err
	}
	if err := k.remove(ctx, tooMany, k.store.Plan(store.Retention{MaxBytes: most})); err != nil {
		return err
	}
	gone, err := k.store.MakeRoom(keep.MinFree, now.Add(-youngest))
	if err != nil {
		return err
	}
	if err := k.remove(ctx, noRoom, gone); err != nil || len(gone) == 0 {
		return err
	}
	return k.store.Sweep(now, 0)
}

// expire removes what is too old by the limits of services.
func (k *keeper) expire(ctx context.Context, limits store.Retention, now time.Time) error {
	done, err := k.store.Expire(ctx, limits, now)
	if len(done.Events) > 0 {
		total := int64(0)
		for _, n := range done.Events {
			total += n
		}
		k.metrics.removed[tooOldService].Add(total)
		k.log.WarnContext(ctx, "old logs were removed", "because_of", "the limits of services", "events", total, "services", slices.Sorted(maps.Keys(done.Events)), "parts", done.Written+done.Removed)
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it goes on where it was
	}
	return err
}

func (k *keeper) remove(ctx context.Context, why int, parts []store.Part) error {
	if len(parts) == 0 {
		return nil
	}
	if err := k.store.Remove(parts); err != nil {
		return fmt.Errorf("remove old logs: %w", err)
	}
	rows, bytes := int64(0), int64(0)
	for i := range parts {
		rows, bytes = rows+parts[i].Rows, bytes+parts[i].Bytes
	}
	k.metrics.removed[why].Add(rows)
	k.log.WarnContext(ctx, "old logs were removed", "because_of", removalNames()[why], "events", rows, "bytes", bytes, "parts", len(parts))
	return nil
}

// compact joins small parts until none are left.
func (k *keeper) compact(ctx context.Context) error {
	for {
		done, err := k.store.Compact(ctx, k.now())
		if err != nil || done == (store.Compaction{}) {
			return err
		}
		k.metrics.joined.Add(int64(done.Before))
	}
}
