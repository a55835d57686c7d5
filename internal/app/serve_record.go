package app

import (
	"math"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// maxHints is how many names of sources a machine keeps: senders choose them.
const maxHints = 1000

// sender is what is said of the record under way beside its text; the zero sender says
// nothing.
type sender struct {
	record *record.Record
	hints  map[string]*pipeline.Hint
}

// label writes it into the event. What the line itself says is written over it.
func (s *sender) label(e *event.Event) {
	if s.record == nil {
		return
	}
	e.Host, e.Service = s.record.Host, s.record.Service
	for _, tag := range s.record.Tags {
		e.AddTag(tag)
	}
}

// hint looks the record's source up, once for each name.
func (s *sender) hint(set *pipeline.Set) *pipeline.Hint {
	name := s.record.Source
	h, ok := s.hints[name]
	if !ok {
		if len(s.hints) >= maxHints || s.hints == nil {
			s.hints = map[string]*pipeline.Hint{}
		}
		h = set.Hint(name)
		s.hints[name] = h
	}
	return h
}

// arrived makes the event of a record. Nothing but the record decides what it means, no
// clock either: a record that is read again after a crash is the same event.
func (m *machine) arrived(e *event.Event, r *record.Record, number int64) {
	m.sender.record = r
	m.hint = m.sender.hint(m.parser.content.Pipelines)
	m.pipeline.Clock.Now = time.Unix(0, r.Received)
	head := strings.IndexByte(r.Text, '\n')
	if head < 0 {
		head = len(r.Text)
	}
	m.record(e, r.Text, source.Record{Number: number, Head: head, Whole: r.Whole && head < len(r.Text)})
	if e.Time == 0 {
		e.Time = stamped(e)
	}
	if e.Time == 0 {
		e.Time = r.Received
	}
}

// stamped returns the time that the sender gave a structured record whose pipeline knows
// the message only: a text, or milliseconds since 1970 as Datadog's agents send them.
func stamped(e *event.Event) int64 {
	v, ok := e.Get("timestamp")
	if !ok {
		v, ok = e.Get("@timestamp") // of Elasticsearch's clients
	}
	if !ok {
		return 0
	}
	if ms, ok := v.Number(); ok && v.Kind() == event.Int && ms > 0 && ms < math.MaxInt64/1e6 {
		return v.Int() * 1e6
	}
	at, err := time.Parse(time.RFC3339Nano, v.Str())
	if err == nil && v.Kind() == event.String && at.After(time.Unix(0, 0)) && at.Before(time.Unix(0, math.MaxInt64)) {
		return at.UnixNano()
	}
	return 0
}
