package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

const (
	// deskEvery is how long a signal waits to be written to the state database, with those
	// that come meanwhile, and deskLater how long one waits that only became longer.
	deskEvery = 250 * time.Millisecond
	deskLater = 2 * time.Second
	// deskShare is how many times as long as it took to write the next ones wait at the
	// least: when there are many, more of them go at once.
	deskShare = 10
	// maxDesk is how many signals may wait for a database that does not answer: with
	// more, detection waits.
	maxDesk = 20_000
)

// desk takes signals to the state database, while detection goes on. They are there before
// the state of detection that knows of them is written: after a crash, what is missing is
// found again.
type desk struct {
	book    observing
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
	failed  func(error) // is told what went wrong, and nil
	stir    func()      // has behind called soon

	writing sync.Mutex // held by whoever writes
	broken  bool       // told already; belongs to whoever writes

	mu      sync.Mutex
	soon    line // signals that opened, closed or became more severe
	later   line // signals that went on
	under   int  // how many are being written
	next    time.Time
	nextAll time.Time // when those that went on are due
}

// observing is what a desk wants of a book of signals.
type observing interface {
	Observe(ctx context.Context, list []*signal.Signal) error
}

// line is the latest of each of some signals, in the order in which they came.
type line struct {
	signals []*signal.Signal // nil where one was taken away
	at      map[string]int   // by the ID
}

// put replaces the signal, or appends it.
func (l *line) put(s *signal.Signal) {
	if i, ok := l.at[s.ID]; ok {
		l.signals[i] = s
		return
	}
	if l.at == nil {
		l.at = map[string]int{}
	}
	l.at[s.ID] = len(l.signals)
	l.signals = append(l.signals, s)
}

// drop takes the signal away.
func (l *line) drop(id string) {
	if i, ok := l.at[id]; ok {
		l.signals[i] = nil
		delete(l.at, id)
	}
}

// found takes the signal of a finding.
func (d *desk) found(f signal.Finding) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.soon.at[f.Signal.ID]; ok || f.Change != signal.Updated {
		d.put(f.Signal)
		return
	}
	d.later.put(f.Signal)
	if len(d.later.signals) == 1 {
		d.nextAll = d.now().Add(deskLater)
		time.AfterFunc(deskLater, d.stir)
	}
}

// add takes a signal as it is now: only the latest of each is written.
func (d *desk) add(s *signal.Signal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put(s)
}

func (d *desk) put(s *signal.Signal) {
	d.later.drop(s.ID)
	d.soon.put(s)
	if len(d.soon.signals) == 1 {
		time.AfterFunc(max(deskEvery, d.next.Sub(d.now())), d.stir) // people wait for it, also when no more logs come
	}
}

// full reports whether no more can wait.
func (d *desk) full() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.soon.signals)+len(d.later.signals)+d.under >= maxDesk
}

// behind has what waits written if it is time.
func (d *desk) behind(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	all := len(d.later.signals) > 0 && !now.Before(d.nextAll)
	if (all || len(d.soon.signals) > 0) && d.under == 0 && !now.Before(d.next) {
		go func() { _ = d.write(ctx, all) }() // it is told, and tried again
	}
}

// flush writes all that waits, and returns when that is done.
func (d *desk) flush(ctx context.Context) error { return d.write(ctx, true) }

// write writes what waits, all of it or what people wait for. It goes on when the context
// is done: the server is stopping, and this is what it has to do before.
func (d *desk) write(ctx context.Context, all bool) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	list := d.take(all)
	if len(list) == 0 {
		return nil
	}
	began := d.now()
	err := d.book.Observe(context.WithoutCancel(ctx), list)
	d.failed(err)
	d.back(list, err, max(deskEvery, deskShare*d.now().Sub(began)))
	if err != nil {
		d.metrics.deskErrors.Add(1)
		if !d.broken {
			d.log.ErrorContext(ctx, "signals could not be written to the state database: they wait", "error", err)
		}
	}
	d.broken = err != nil
	return err
}

// take begins to write.
func (d *desk) take(all bool) []*signal.Signal {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.soon.signals
	d.soon = line{}
	if all {
		for _, s := range d.later.signals {
			if s != nil {
				list = append(list, s)
			}
		}
		d.later = line{}
	}
	d.under = len(list)
	return list
}

// back ends it. What could not be written waits again, unless something newer does; the
// next ones wait for the pause, or for a rest if it failed.
func (d *desk) back(list []*signal.Signal, err error, pause time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		pause = rest
		newer := d.soon
		d.soon = line{}
		for _, s := range slices.Concat(list, newer.signals) {
			d.soon.put(s)
		}
	}
	d.under, d.next = 0, d.now().Add(pause)
	if len(d.soon.signals) > 0 {
		time.AfterFunc(pause, d.stir)
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
