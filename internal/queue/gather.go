package queue

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// Gatherer makes batches of what many senders hand in at the same time: each waits
// until its records are on the disk, but a disk that syncs once for all of them serves
// a thousand as fast as one. While a batch is written the next one gathers.
type Gatherer struct {
	publish func(context.Context, Submission) error
	cancel  context.CancelFunc
	ended   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	waiting []*handIn
	wake    chan struct{} // holds a token while somebody waits
}

// handIn is what one sender waits for.
type handIn struct {
	records []record.Record
	size    int
	done    chan error // has room for the answer
}

// errClosed says that records come too late.
var errClosed = errors.New("hand records in: the queue is closing")

// NewGatherer returns a gatherer that publishes by the function, which is that of a
// Queue. Close ends it.
func NewGatherer(publish func(context.Context, Submission) error) *Gatherer {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Gatherer{publish: publish, cancel: cancel, wake: make(chan struct{}, 1)}
	g.ended.Go(func() { g.run(ctx) })
	return g
}

// Put returns when the records are on the disk, or record.ErrFull when there is no room.
// More records than a batch holds are several batches, some of which may be there when
// there is an error. Any number of goroutines may call it; the records must not change
// any more.
func (g *Gatherer) Put(ctx context.Context, records []record.Record) error {
	for len(records) > 0 {
		n, size := fitting(records)
		h := &handIn{records: records[:n], size: size, done: make(chan error, 1)}
		if err := g.add(h); err != nil {
			return err
		}
		select {
		case err := <-h.done:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		records = records[n:]
	}
	return nil
}

// fitting returns how many of the records fit into a batch, and their size.
func fitting(records []record.Record) (n, size int) {
	for i := range records[:min(len(records), record.MaxBatch)] {
		one := records[i].Size()
		if i > 0 && size+one > gathered {
			break
		}
		n, size = i+1, size+one
	}
	return n, size
}

// gathered is the size in bytes of the largest batch that is gathered: version and number
// of the records stand before them.
const gathered = record.MaxBytes - 1<<10

func (g *Gatherer) add(h *handIn) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return errClosed
	}
	g.waiting = append(g.waiting, h)
	select {
	case g.wake <- struct{}{}:
	default:
	}
	return nil
}

// take returns what fits into the next batch.
func (g *Gatherer) take() []*handIn {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, count, size := 0, 0, 0
	for ; n < len(g.waiting); n++ {
		h := g.waiting[n]
		if count += len(h.records); count > record.MaxBatch {
			break
		}
		if size += h.size; n > 0 && size > gathered {
			break
		}
	}
	taken := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return taken
}

func (g *Gatherer) run(ctx context.Context) {
	for {
		select {
		case <-g.wake:
		case <-ctx.Done():
		}
		for taken := g.take(); len(taken) > 0; taken = g.take() {
			records := taken[0].records
			for _, h := range taken[1:] {
				records = append(slices.Clip(records), h.records...)
			}
			err := g.publish(context.WithoutCancel(ctx), Submission{Records: records})
			for _, h := range taken {
				h.done <- err
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// Close writes what was handed in and refuses what comes later.
func (g *Gatherer) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.cancel()
	g.ended.Wait()
}
