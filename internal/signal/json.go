package signal

import (
	"math"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// timeLayout is RFC 3339 with milliseconds, always in UTC.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// AppendTime appends a time in nanoseconds since 1970 UTC as RFC 3339 in UTC with
// the nanoseconds cut to milliseconds.
func AppendTime(dst []byte, ns int64) []byte {
	return time.Unix(0, ns).UTC().AppendFormat(dst, timeLayout)
}

// AppendJSON appends the signal as one JSON object. The keys, their order and
// their meaning are a contract with every program that reads signals:
//
//	id, rule (name), rule_id, rule_ja, case, condition, title, severity, category,
//	entity (the main entity's value), entities [{kind, value, events}],
//	unlisted_entities [{kind, events}],
//	group {path: value}, tags, events, events_per_query {name: number},
//	unusual [{feature, value, low, high}],
//	first_seen, last_seen, opened, closed, window_seconds, message, message_ja,
//	runbook, notify, actions [{type, duration_seconds, name}],
//	simulated, samples [{time, line, text}]
//
// Times are RFC 3339 in UTC with milliseconds. rule_ja, condition, unusual,
// message_ja, unlisted_entities, closed, notify and actions are left out when
// empty, and simulated unless it is true. Text is escaped as
// event.AppendJSONString says, so that a terminal cannot be steered by it.
func (s *Signal) AppendJSON(dst []byte) []byte {
	w := writer{dst: append(dst, '{')}
	w.text("id", s.ID)
	w.text("rule", s.Rule)
	w.text("rule_id", s.RuleID)
	w.textIf("rule_ja", s.RuleJA)
	w.text("case", s.Case)
	w.textIf("condition", s.Condition)
	w.text("title", s.Title)
	w.text("severity", s.Severity.String())
	w.text("category", s.Category)
	w.text("entity", s.Entity())
	w.entities(s.Entities)
	if len(s.Unlisted) > 0 {
		objects(&w, "unlisted_entities", s.Unlisted, func(u Unlisted) {
			w.text("kind", u.Kind)
			w.whole("events", u.Events)
		})
	}
	w.group(s.Group)
	w.list("tags", s.Tags)
	w.whole("events", s.Events)
	w.queries(s.Queries)
	w.unusual(s.Unusual)
	w.time("first_seen", s.FirstSeen)
	w.time("last_seen", s.LastSeen)
	w.time("opened", s.Time)
	if s.Closed != 0 {
		w.time("closed", s.Closed)
	}
	w.whole("window_seconds", s.Window/int64(time.Second))
	w.text("message", s.Message)
	w.textIf("message_ja", s.MessageJA)
	w.text("runbook", s.Runbook)
	if len(s.Notify) > 0 {
		w.list("notify", s.Notify)
	}
	w.actions(s.Actions)
	if s.Simulated {
		w.name("simulated")
		w.dst = append(w.dst, "true"...)
	}
	w.samples(s.Samples)
	return append(w.dst, '}')
}

// MarshalJSON returns what AppendJSON appends.
func (s *Signal) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// writer writes the members of JSON objects.
type writer struct{ dst []byte }

// name writes a key, with a comma unless the object was just opened.
func (w *writer) name(key string) {
	if w.dst[len(w.dst)-1] != '{' {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(event.AppendJSONString(w.dst, key), ':')
}

// objects writes an array of one object for each of the list.
func objects[T any](w *writer, key string, list []T, members func(T)) {
	w.name(key)
	w.dst = append(w.dst, '[')
	for i, one := range list {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(w.dst, '{')
		members(one)
		w.dst = append(w.dst, '}')
	}
	w.dst = append(w.dst, ']')
}

func (w *writer) text(key, value string) {
	w.name(key)
	w.dst = event.AppendJSONString(w.dst, value)
}

func (w *writer) textIf(key, value string) {
	if value != "" {
		w.text(key, value)
	}
}

func (w *writer) whole(key string, n int64) {
	w.name(key)
	w.dst = strconv.AppendInt(w.dst, n, 10)
}

func (w *writer) time(key string, ns int64) {
	w.name(key)
	w.dst = append(AppendTime(append(w.dst, '"'), ns), '"')
}

func (w *writer) number(key string, f float64) {
	w.name(key)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		w.dst = append(w.dst, "null"...) // JSON has no such numbers
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		w.dst = strconv.AppendInt(w.dst, int64(f), 10)
	default:
		w.dst = strconv.AppendFloat(w.dst, f, 'g', -1, 64)
	}
}

func (w *writer) list(key string, values []string) {
	w.name(key)
	w.dst = append(w.dst, '[')
	for i, v := range values {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = event.AppendJSONString(w.dst, v)
	}
	w.dst = append(w.dst, ']')
}

func (w *writer) entities(entities []Entity) {
	objects(w, "entities", entities, func(e Entity) {
		w.text("kind", e.Kind)
		w.text("value", e.Value)
		w.whole("events", e.Events)
	})
}

func (w *writer) group(group []GroupValue) {
	w.name("group")
	w.dst = append(w.dst, '{')
	for _, g := range group {
		w.text(g.Path, g.Value)
	}
	w.dst = append(w.dst, '}')
}

func (w *writer) queries(queries []QueryCount) {
	w.name("events_per_query")
	w.dst = append(w.dst, '{')
	for _, q := range queries {
		w.number(q.Name, q.Count)
	}
	w.dst = append(w.dst, '}')
}

func (w *writer) unusual(list []Unusual) {
	if len(list) == 0 {
		return
	}
	objects(w, "unusual", list, func(u Unusual) {
		w.text("feature", u.Feature)
		w.number("value", u.Value)
		w.number("low", u.Low)
		w.number("high", u.High)
	})
}

func (w *writer) actions(actions []Action) {
	if len(actions) == 0 {
		return
	}
	objects(w, "actions", actions, func(a Action) {
		w.text("type", a.Type)
		if a.Duration > 0 {
			w.whole("duration_seconds", a.Duration/int64(time.Second))
		}
		w.textIf("name", a.Name)
	})
}

func (w *writer) samples(samples []Sample) {
	objects(w, "samples", samples, func(s Sample) {
		w.time("time", s.Time)
		w.whole("line", s.Line)
		w.text("text", s.Text)
	})
}
