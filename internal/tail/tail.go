// Package tail shows events that match a search to whoever watches, as they come.
package tail

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

const (
	// MaxWatchers is how many can watch at a time: each search is asked for each event.
	MaxWatchers = 16
	// waiting is how many events wait for a watcher; further ones are left out and
	// counted.
	waiting = 1000
	// maxBytes is how many bytes wait for a watcher.
	maxBytes = 8 << 20
)

// ErrTooMany says that there are MaxWatchers.
var ErrTooMany = errors.New("too many watch already")

// ErrClosed says that no more events will come.
var ErrClosed = errors.New("the server is stopping")

// Hub hands events on. The zero Hub is ready to use.
type Hub struct {
	// Failed, unless it is nil, is told why the program failed at an event for a watcher,
	// whose watching ends with it.
	Failed func(failure any)

	some     atomic.Bool // there are watchers
	mu       sync.Mutex
	closed   bool
	watchers []*Watcher
}

// Watcher sees the events that match its search.
type Watcher struct {
	hub   *Hub
	query *query.Query
	lines chan []byte
	bytes atomic.Int64
	left  atomic.Int64
}

// Watch begins to hand on the events that match; nil wants all of them. Close ends it.
func (h *Hub) Watch(q *query.Query) (*Watcher, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	if len(h.watchers) >= MaxWatchers {
		return nil, ErrTooMany
	}
	w := &Watcher{hub: h, query: q, lines: make(chan []byte, waiting)}
	h.watchers = append(h.watchers, w)
	h.some.Store(true)
	return w, nil
}

// Observe hands the event on to whoever wants it. It never waits, and keeps nothing of
// the event.
func (h *Hub) Observe(e *event.Event) {
	if !h.some.Load() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var line []byte
	for i := 0; i < len(h.watchers); {
		if w := h.watchers[i]; w.observe(e, &line) {
			i++
		} else {
			h.remove(i)
		}
	}
}

// observe offers the event, if it matches. It reports false when the program failed at it.
func (w *Watcher) observe(e *event.Event, line *[]byte) (ok bool) {
	defer func() {
		if failure := recover(); failure != nil && w.hub.Failed != nil {
			w.hub.Failed(failure)
		}
	}()
	if w.query != nil && !w.query.Match(e) {
		return true
	}
	if *line == nil {
		*line = e.AppendRecord(nil) // nobody changes it
	}
	w.offer(*line)
	return true
}

// remove ends the watching of one; the hub is locked.
func (h *Hub) remove(i int) {
	close(h.watchers[i].lines)
	h.watchers = append(h.watchers[:i:i], h.watchers[i+1:]...)
	h.some.Store(len(h.watchers) > 0)
}

func (w *Watcher) offer(line []byte) {
	if w.bytes.Load()+int64(len(line)) > maxBytes {
		w.left.Add(1)
		return
	}
	select {
	case w.lines <- line:
		w.bytes.Add(int64(len(line)))
	default:
		w.left.Add(1)
	}
}

// Lines are the events as JSON records without their ends. It is closed when no more
// will come. Taken must be called for each.
func (w *Watcher) Lines() <-chan []byte { return w.lines }

// Taken makes room for further events.
func (w *Watcher) Taken(line []byte) { w.bytes.Add(-int64(len(line))) }

// Left returns how many events were left out since the last call, because too many
// waited.
func (w *Watcher) Left() int64 { return w.left.Swap(0) }

// Close ends the watching.
func (w *Watcher) Close() {
	h := w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, other := range h.watchers {
		if other == w {
			h.remove(i)
			break
		}
	}
}

// End ends the watching of all who watch now.
func (h *Hub) End() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.watchers {
		close(w.lines)
	}
	h.watchers = nil
	h.some.Store(false)
}

// Close ends all watching, now and later.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.End()
}
