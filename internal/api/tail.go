package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/tail"
)

const (
	// beat is how often a watcher hears that nothing came.
	beat = 10 * time.Second
	// maxWrite is how long a watcher may take to read what came.
	maxWrite = 30 * time.Second
	// together is how many events are sent at a time.
	together = 200
)

// tail shows events as they come, until the reader goes or the server stops: a JSON
// object on each line, {"event":...}, {"left_out":n} when the reader is too slow, and
// {} when nothing came for a while.
func (l *Logs) tail(w http.ResponseWriter, r *http.Request) {
	watcher, err := l.watch(r)
	if err != nil {
		l.fail(w, r, err)
		return
	}
	defer watcher.Close()
	w.Header().Set("X-Accel-Buffering", "no") // of nginx: each line at once
	header(w)
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := watching{to: w, control: http.NewResponseController(w), from: watcher}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	out.send(nil, true)
	for !out.failed {
		select {
		case <-r.Context().Done():
			return
		case line, ok := <-watcher.Lines():
			if !ok {
				return
			}
			out.send(line, false)
		case <-tick.C:
			out.send(nil, true)
		}
	}
}

func (l *Logs) watch(r *http.Request) (*tail.Watcher, error) {
	values, err := parameters(r)
	if err != nil {
		return nil, err
	}
	if values.Has("from") || values.Has("to") {
		return nil, &problem{http.StatusBadRequest, "from and to are of no use here: events are shown as they come"}
	}
	if err := only(values, "query"); err != nil {
		return nil, err
	}
	q, err := query.Parse(values.Get("query"))
	if err != nil {
		return nil, wrong(fmt.Errorf("query: %w", err))
	}
	w, err := l.Hub.Watch(q)
	if errors.Is(err, tail.ErrTooMany) {
		return nil, &problem{http.StatusTooManyRequests, err.Error()}
	}
	if err != nil {
		return nil, &problem{http.StatusServiceUnavailable, err.Error()}
	}
	return w, nil
}

// watching sends events to a reader.
type watching struct {
	to      http.ResponseWriter
	control *http.ResponseController
	from    *tail.Watcher
	failed  bool
	buf     []byte
}

// send sends the event, and those that wait behind it.
func (s *watching) send(line []byte, idle bool) {
	s.buf = s.buf[:0]
	if idle {
		s.buf = append(s.buf, "{}\n"...)
	}
	for n := 0; line != nil; n++ {
		s.buf = append(append(append(s.buf, `{"event":`...), line...), "}\n"...)
		s.from.Taken(line)
		line = nil
		if n < together {
			select {
			case line = <-s.from.Lines():
			default:
			}
		}
	}
	if left := s.from.Left(); left > 0 {
		note, _ := json.Marshal(map[string]int64{"left_out": left}) // cannot fail
		s.buf = append(append(s.buf, note...), '\n')
	}
	err := s.control.SetWriteDeadline(time.Now().Add(maxWrite)) //nolint:forbidigo // the network goes by the clock of the machine
	if err == nil {
		_, err = s.to.Write(s.buf)
	}
	s.failed = err != nil || s.control.Flush() != nil
}
