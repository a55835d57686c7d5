package app

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/source"
)

// supply gives its events to use, in batches, until there are no more. An error of use
// ends it.
type supply func(ctx context.Context, use func([]*event.Event) error) error

const (
	// maxOpenStreams is how many logs are read side by side. Further ones wait until
	// one ends.
	maxOpenStreams = 16
	// peekLines is how many lines of a log are looked at for its first time.
	peekLines = 200
	// jump is how far ahead of the event before it an event puts the clock of its log
	// only if the next one agrees: one wrong date must not hold back a whole log.
	jump = int64(24 * time.Hour)
)

// stream is one of several logs that are merged.
type stream struct {
	feed  supply
	first int64 // the time of its first event with one; it is opened when others get there
	open  bool
	done  bool
	err   error

	batches chan []*event.Event
	taken   chan struct{}
	batch   []*event.Event // what is left of the batch under way
	held    bool           // a batch is under way
	key     int64          // of batch[0]
	last    int64          // the clock of the log
	ahead   int64          // what the clock would be, if another event agrees
	jumped  bool
}

// merged is the feed of several logs in the order of the times of their events: what
// happened on one machine is seen in the order in which it happened, whichever log
// tells of it. Each log keeps its own order; events without a time follow the one
// before; of equal times the log that was named first comes first. So the same logs
// give the same order, whatever their blocks are.
func merged(streams []*stream) supply {
	return func(ctx context.Context, use func([]*event.Event) error) error {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		err := merge(ctx, streams, &running, use)
		cancel()
		running.Wait()
		errs := []error{err}
		for _, s := range streams {
			if s.err != nil && (err == nil || !errors.Is(s.err, context.Canceled)) {
				errs = append(errs, s.err)
			}
		}
		return errors.Join(errs...)
	}
}

func merge(ctx context.Context, streams []*stream, running *sync.WaitGroup, use func([]*event.Event) error) error {
	for {
		next := earliest(streams)
		for s := toOpen(streams, next); s != nil; s = toOpen(streams, next) {
			s.begin(ctx, running)
			next = earliest(streams)
		}
		if next == nil {
			return ctx.Err()
		}
		if err := use(next.run(streams)); err != nil {
			return err
		}
		next.fill()
	}
}

// earliest returns the stream whose next event is the earliest, nil when none is open.
func earliest(streams []*stream) *stream {
	var found *stream
	for _, s := range streams {
		if s.open && !s.done && (found == nil || s.key < found.key) {
			found = s
		}
	}
	return found
}

// toOpen returns a stream that may have an event before the next one, nil if there is
// none.
func toOpen(streams []*stream, next *stream) *stream {
	reading := 0
	var found *stream
	for _, s := range streams {
		if s.open && !s.done {
			reading++
		}
		if !s.open && (found == nil || s.first < found.first) {
			found = s
		}
	}
	if found == nil || next != nil && (reading >= maxOpenStreams || found.first > next.key) {
		return nil
	}
	return found
}

// run returns the events of the batch that come before those of all other streams: one
// at the least.
func (s *stream) run(streams []*stream) []*event.Event {
	limit, mine := int64(math.MaxInt64), slices.Index(streams, s)
	inclusive := true // an event at the limit comes before the others
	for i, other := range streams {
		at := other.first
		if other.open {
			at = other.key
		}
		if other == s || other.done || at > limit {
			continue
		}
		if at < limit {
			inclusive = true
		}
		limit, inclusive = at, inclusive && mine < i
	}
	n := 1
	for s.advance(n); n < len(s.batch) && (s.key < limit || s.key == limit && inclusive); n++ {
		s.advance(n + 1)
	}
	events := s.batch[:n]
	s.batch = s.batch[n:]
	return events
}

// advance makes the key that of the event at n, if there is one.
func (s *stream) advance(n int) {
	if n >= len(s.batch) {
		return
	}
	t := s.batch[n].Time
	switch {
	case t == 0:
		t = s.last
	case s.last == math.MinInt64 || t <= s.last+jump:
		s.last, s.jumped = max(s.last, t), false
	case s.jumped && t >= s.ahead-jump:
		s.last, s.jumped = t, false
	default:
		s.ahead, s.jumped = t, true
		t = s.last
	}
	s.key = t
}

// begin opens the stream and waits for its first event.
func (s *stream) begin(ctx context.Context, running *sync.WaitGroup) {
	s.open, s.last = true, math.MinInt64
	s.batches, s.taken = make(chan []*event.Event), make(chan struct{}, 1)
	running.Go(func() {
		defer close(s.batches)
		s.err = s.feed(ctx, func(events []*event.Event) error {
			select {
			case s.batches <- events:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case <-s.taken:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	s.fill()
}

// fill gets the next batch when the one under way is used up.
func (s *stream) fill() {
	for len(s.batch) == 0 {
		if s.held {
			s.taken <- struct{}{}
			s.held = false
		}
		batch, more := <-s.batches
		if !more {
			s.done = true
			return
		}
		s.batch, s.held = batch, true
		s.advance(0)
	}
}

// firstTime returns the time of the first event with one among the first lines of a
// log, and the smallest time there is when nothing tells it.
func (p *parser) firstTime(name string) int64 {
	file, err := source.Open(name, nil)
	if err != nil {
		return math.MinInt64 // whoever reads it reports the error
	}
	defer func() { _ = file.Close() }() // it was only read
	block, err := source.NewReader(file, source.ReaderOptions{BlockLines: peekLines}).Next()
	if err != nil {
		return math.MinInt64
	}
	m, e := p.machine(), event.New()
	for i, line := range block.Lines {
		m.understand(e, line, int64(i)+1)
		if e.Time != 0 {
			return e.Time
		}
	}
	return math.MinInt64
}
