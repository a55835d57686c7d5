package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

const (
	// deskEvery is how long a signal waits at the most to be written to the state
	// database, with those that come meanwhile.
	deskEvery = 250 * time.Millisecond
	// maxDesk is how many signals may wait for a database that does not answer: with
	// more, detection waits.
	maxDesk = 20_000
)

// desk takes signals to the state database, while detection goes on. They are there before
// the state of detection that knows of them is written: after a crash, what is missing is
// found again.
type desk struct {
	book    *triage.Book
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
	failed  func(error) // is told what went wrong, and nil
	stir    func()      // has behind called soon

	writing sync.Mutex // held by whoever writes
	broken  bool       // told already; belongs to whoever writes

	mu      sync.Mutex
	waiting []*signal.Signal
	at      map[string]int // where a signal waits
	under   int            // how many are being written
	next    time.Time
}

// add takes a signal as it is now: only the latest of each is written.
func (d *desk) add(s *signal.Signal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i, ok := d.at[s.ID]; ok {
		d.waiting[i] = s
		return
	}
	if d.at == nil {
		d.at = map[string]int{}
	}
	d.at[s.ID] = len(d.waiting)
	d.waiting = append(d.waiting, s)
	if len(d.waiting) == 1 {
		time.AfterFunc(deskEvery, d.stir) // people wait for it, also when no more logs come
	}
}

// full reports whether no more can wait.
func (d *desk) full() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting)+d.under >= maxDesk
}

// behind has what waits written if it is time.
func (d *desk) behind(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) > 0 && d.under == 0 && !d.now().Before(d.next) {
		go func() { _ = d.flush(ctx) }() // it is told, and tried again
	}
}

// flush writes what waits, and returns when that is done. It goes on when the context is
// done: the server is stopping, and this is what it has to do before.
func (d *desk) flush(ctx context.Context) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	list := d.take()
	if len(list) == 0 {
		return nil
	}
	err := d.book.Observe(context.WithoutCancel(ctx), list)
	d.failed(err)
	d.back(list, err)
	if err != nil {
		d.metrics.deskErrors.Add(1)
		if !d.broken {
			d.log.ErrorContext(ctx, "signals could not be written to the state database: they wait", "error", err)
		}
	}
	d.broken = err != nil
	return err
}

// take begins to write all that waits.
func (d *desk) take() []*signal.Signal {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.waiting
	d.waiting, d.under = nil, len(list)
	clear(d.at)
	return list
}

// back ends it. What could not be written waits again, before what came meanwhile.
func (d *desk) back(list []*signal.Signal, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	pause := deskEvery
	if err != nil {
		pause = rest
	}
	d.under, d.next = 0, d.now().Add(pause)
	if len(d.waiting) > 0 || err != nil {
		time.AfterFunc(pause, d.stir)
	}
	if err == nil {
		return
	}
	newer := d.waiting
	d.waiting, d.at = make([]*signal.Signal, 0, len(list)+len(newer)), map[string]int{}
	for _, s := range slices.Concat(list, newer) {
		if i, ok := d.at[s.ID]; ok {
			d.waiting[i] = s
			continue
		}
		d.at[s.ID] = len(d.waiting)
		d.waiting = append(d.waiting, s)
	}
}

// room waits until there is room for another signal.
func (d *desk) room(ctx context.Context) error {
	for d.full() {
		if d.flush(ctx) == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rest):
		}
	}
	return nil
}
