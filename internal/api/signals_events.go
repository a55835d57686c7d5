package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/query"
)

const (
	// maxStreams is how many follow signals at a time, maxStreamsEach how many of them are
	// of one name.
	maxStreams, maxStreamsEach = 32, 8
	// gather is how long a stream rests between two looks: changes come together.
	gather = 200 * time.Millisecond
)

// streams are those who follow signals. The zero streams are ready to use.
type streams struct {
	// Sent counts events, Refused streams for which there was no place, Cut those whose
	// readers were too slow or may not read any more.
	Sent, Refused, Cut atomic.Int64

	mu   sync.Mutex
	of   map[string]int
	all  int
	ends chan struct{}
}

// enter takes a place, which leave gives back. The channel is closed when the server stops.
func (s *streams) enter(name string) (ends <-chan struct{}, leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStreams || s.of[name] >= maxStreamsEach {
		s.Refused.Add(1)
		return nil, nil, &problem{http.StatusTooManyRequests, fmt.Sprintf("too many follow signals: at most %d, and %d of one name", maxStreams, maxStreamsEach)}
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	if s.ends == nil {
		s.ends = make(chan struct{})
	}
	s.all++
	s.of[name]++
	return s.ends, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.of[name]--; s.of[name] == 0 {
			delete(s.of, name)
		}
	}, nil
}

// end ends the streams that there are.
func (s *streams) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends != nil {
		close(s.ends)
		s.ends = nil
	}
}

// Open returns how many follow signals now.
func (s *streams) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// events sends signals as they change, as server-sent events, until the reader goes, may
// not read any more, or the server stops.
func (s *Signals) events(w http.ResponseWriter, r *http.Request) {
	f, err := s.follow(r)
	if err != nil {
		s.Failed.Add(1)
		s.fail(w, r, err)
		return
	}
	ends, leave, err := s.Streams.enter(whoOf(r).Name)
	if err != nil {
		w.Header().Set("Retry-After", "30")
		s.fail(w, r, err)
		return
	}
	defer leave()
	w.Header().Set("X-Accel-Buffering", "no") // of nginx: each event at once
	header(w)
	w.Header().Set("Content-Type", "text/event-stream")
	f.to, f.control = w, http.NewResponseController(w)
	if why := f.run(r.Context(), ends); why != "" {
		f.event("end", map[string]string{"detail": why})
		f.flush()
	}
	if errors.Is(f.failed, os.ErrDeadlineExceeded) { // others went by themselves
		s.Streams.Cut.Add(1)
		s.logs.Log.WarnContext(r.Context(), "somebody who follows signals is too slow", "who", whoOf(r).Name, "error", f.failed)
	}
}

// following is one who follows signals.
type following struct {
	signals *Signals
	still   func(context.Context) error // says whether they may
	query   *query.Query
	number  int64 // of the last change that was sent
	lost    bool  // the number that was asked for is of another database

	to      http.ResponseWriter
	control *http.ResponseController
	buf     []byte
	failed  error
}

// follow reads the request.
func (s *Signals) follow(r *http.Request) (*following, error) {
	p, err := known(r, "query")
	if err != nil {
		return nil, err
	}
	f := &following{signals: s, still: func(ctx context.Context) error { return s.gate.still(r.WithContext(ctx)) }}
	if f.query, err = query.Parse(p.Get("query")); err != nil {
		return nil, wrong(fmt.Errorf("query: %w", err))
	}
	now, _, err := s.Book.Now(r.Context())
	if err != nil {
		return nil, err
	}
	f.number = now
	if text := r.Header.Get("Last-Event-ID"); text != "" {
		last, err := strconv.ParseInt(text, 10, 64)
		if err != nil || last < 0 {
			return nil, wrong(errors.New("Last-Event-ID is none of this stream"))
		}
		if f.lost = last > now; !f.lost {
			f.number = last
		}
	}
	return f, nil
}

// run sends events until it ends, and returns why if the reader is to know.
func (f *following) run(ctx context.Context, ends <-chan struct{}) (why string) {
	if f.lost {
		f.event("reset", map[string]string{"detail": "what came since the last event is not known: ask for the list again"})
	}
	f.event("ready", struct{}{})
	f.flush()
	at := make(chan struct{}) // once
	close(at)
	tick := time.NewTicker(cmp.Or(f.signals.Beat, beat))
	defer tick.Stop()
	for f.failed == nil {
		_, more, err := f.signals.Book.Now(ctx)
		pending := false
		if err == nil {
			pending, err = f.send(ctx)
		}
		if pending {
			more = at
		}
		if err != nil {
			if ctx.Err() != nil {
				return ""
			}
			f.signals.logs.Log.WarnContext(ctx, "signals could not be sent to somebody who follows", "error", err)
			more = nil // the next beat tries again
		}
		select {
		case <-ctx.Done():
			return ""
		case <-ends:
			return "the server is stopping: come again"
		case <-more:
			if !rest(ctx, gather) {
				return ""
			}
		case <-tick.C:
			if err := f.still(ctx); errors.Is(err, access.ErrUnknown) {
				f.signals.Streams.Cut.Add(1)
				return "the session or token is not valid any more, or may not read signals"
			}
			f.buf = append(f.buf, ": beat\n\n"...)
			f.flush()
		}
	}
	return ""
}

// rest waits; it reports false when the context is done.
func rest(ctx context.Context, d time.Duration) bool {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wait.C:
		return true
	}
}

// send sends what changed, some at a time, and reports whether there may be more.
func (f *following) send(ctx context.Context) (pending bool, err error) {
	list, upTo, err := f.signals.Book.Since(ctx, f.query, f.number, together)
	if err != nil {
		return false, err
	}
	for i := range list {
		f.number = list[i].Number
		name := "changed"
		if list[i].Signal.Version == 1 {
			name = "opened"
		}
		f.event(name, &list[i].Signal)
		f.signals.Streams.Sent.Add(1)
	}
	pending = upTo > f.number || len(list) > 0
	if f.number = upTo; len(list) > 0 {
		f.flush()
	}
	return pending, nil
}

// event writes an event, whose id is the number of the last change that is in what was
// sent with it.
func (f *following) event(name string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		panic("BUG: " + err.Error()) // all of them can be written
	}
	f.buf = append(append(f.buf, "event: "...), name...)
	f.buf = strconv.AppendInt(append(f.buf, "\nid: "...), f.number, 10)
	f.buf = append(append(append(f.buf, "\ndata: "...), text...), "\n\n"...)
}

// flush sends what was written. A reader who does not take it in maxWrite is cut off.
func (f *following) flush() {
	if f.failed != nil {
		return
	}
	f.failed = f.control.SetWriteDeadline(time.Now().Add(cmp.Or(f.signals.Patience, maxWrite))) //nolint:forbidigo // the network goes by the clock of the machine
	if f.failed == nil {
		_, f.failed = f.to.Write(f.buf)
	}
	if f.failed == nil {
		f.failed = f.control.Flush()
	}
	f.buf = f.buf[:0]
}
