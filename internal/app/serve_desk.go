package app

import (
	"context"
	"log/slog"
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

// desk takes signals to the state database. They are there before the state of detection
// that knows of them is written: after a crash, what is missing is found again. It belongs
// to the consumer.
type desk struct {
	book    *triage.Book
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
	failed  func(error) // is told what went wrong, and nil

	waiting []*signal.Signal
	at      map[string]int // where a signal waits
	next    time.Time
	broken  bool // told already
}

// add takes a signal as it is now: only the latest of each is written.
func (d *desk) add(s *signal.Signal) {
	if i, ok := d.at[s.ID]; ok {
		d.waiting[i] = s
		return
	}
	if d.at == nil {
		d.at = map[string]int{}
	}
	d.at[s.ID] = len(d.waiting)
	d.waiting = append(d.waiting, s)
}

// full reports whether no more can wait.
func (d *desk) full() bool { return len(d.waiting) >= maxDesk }

// behind writes what waits if it is time.
func (d *desk) behind(ctx context.Context) {
	if len(d.waiting) > 0 && !d.now().Before(d.next) {
		_ = d.flush(ctx) // it is told, and tried again
	}
}

// flush writes what waits. It goes on when the context is done: the server is stopping,
// and this is what it has to do before.
func (d *desk) flush(ctx context.Context) error {
	if len(d.waiting) == 0 {
		return nil
	}
	err := d.book.Observe(context.WithoutCancel(ctx), d.waiting)
	d.failed(err)
	if err != nil {
		d.metrics.deskErrors.Add(1)
		d.next = d.now().Add(rest)
		if !d.broken {
			d.log.ErrorContext(ctx, "signals could not be written to the state database: they wait", "error", err)
		}
		d.broken = true
		return err
	}
	d.broken, d.next = false, d.now().Add(deskEvery)
	clear(d.at)
	clear(d.waiting)
	d.waiting = d.waiting[:0]
	return nil
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
