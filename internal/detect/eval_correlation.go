package detect

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// The attributes of a signal as an event, beside those of the log that opened it.
const (
	signalRuleID   = "workflow.rule.id"
	signalRuleName = "workflow.rule.name"
	signalRuleType = "workflow.rule.type"
	signalMethod   = "workflow.rule.detectionMethod"
	signalTitle    = "title"
	signalCase     = "triggeringRuleCase.name"
	signalStatus   = "triggeringRuleCase.status"
)

// The bounds of correlation.
const (
	// maxDepth is how often a signal may come out of signals that came out of
	// signals: rules that count each other end there.
	maxDepth = 3
	// maxQueue is how many signals of one event are correlated.
	maxQueue = 4096
)

// Signal correlation is the methods threshold and sequence over the signals that
// other rules open. A signal is an event at the time of the log that opened it: it
// has the attributes of that log, the group values of the rule under the names by
// which its queries group, and the rule in workflow.rule.id. A query counts the
// signals of ruleId (or defaultRuleId) by correlatedByFields. Signals are looked at
// after the event that opened them, in the order of the rules; a signal that a
// suppression holds back is not, and a simulated one by simulated rules only.

// queued is a signal that waits to be correlated.
type queued struct {
	event     *event.Event
	depth     int
	simulated bool
}

// feed hands a signal that was just opened to the rules over signals.
func (en *Engine) feed(g *group, e *event.Event, t int64) {
	if len(en.watcher.searches) == 0 {
		return
	}
	if en.depth >= maxDepth || len(en.queue) >= maxQueue {
		en.stats.Chained++
		return
	}
	var as *event.Event
	if n := len(en.spare); n > 0 {
		as, en.spare = en.spare[n-1], en.spare[:n-1]
	} else {
		as = event.New()
	}
	g.asEvent(as, e, t)
	as.Raw = g.open.sig.Title + ": " + sampleText(e)
	en.queue = append(en.queue, queued{as, en.depth + 1, g.open.sig.Simulated})
}

// correlate counts the signals that the event opened, and those that these open.
func (en *Engine) correlate(emit func(signal.Finding)) {
	for i := 0; i < len(en.queue); i++ { //nolint:intrange // the queue grows
		q := en.queue[i]
		en.depth, en.trying = q.depth, q.simulated
		en.watcher.match(q.event, en.found)
		en.counted(q.event, q.event.Time, emit)
		q.event.Reset()
		if len(en.spare) < 16 {
			en.spare = append(en.spare, q.event)
		}
	}
	clear(en.queue)
	en.queue, en.depth, en.trying = en.queue[:0], 0, false
}

// asEvent writes the open signal of the group as an event, for the log e, without a
// raw line. It allocates nothing once the event has room.
func (g *group) asEvent(as, e *event.Event, t int64) {
	c, s := g.rule, &g.open.sig
	as.Reset()
	copyObject(as, as.Root(), e, e.Root())
	as.Time, as.Line = t, e.Line
	as.Source, as.Service, as.Host = e.Source, e.Service, e.Host
	as.Status, as.Message = s.Severity.String(), s.Title
	as.Tags = append(as.Tags, s.Tags...)
	for _, tag := range e.Tags {
		as.AddTag(tag)
	}
	as.Set(signalRuleID, event.StringValue(s.RuleID))
	as.Set(signalRuleName, event.StringValue(s.Rule))
	as.Set(signalRuleType, event.StringValue(c.rule.Type))
	as.Set(signalMethod, event.StringValue(c.rule.Options.DetectionMethod))
	as.Set(signalTitle, event.StringValue(s.Title))
	as.Set(signalCase, event.StringValue(s.Case))
	as.Set(signalStatus, event.StringValue(as.Status))
	for i := range c.feeds {
		if by := &c.feeds[i]; by.place < len(s.Group) && s.Group[by.place].Value != noValue {
			by.field.write(as, s.Group[by.place].Value)
		}
	}
}

// write makes the value the only one of the field.
func (f *field) write(e *event.Event, value string) {
	switch f.kind {
	case fieldAttribute:
		e.Set(f.name, event.StringValue(value))
	case fieldTag:
		e.Tags = slices.DeleteFunc(e.Tags, func(tag string) bool { return strings.HasPrefix(tag, f.prefix) })
		e.AddTag(f.prefix + value)
	case fieldHost:
		e.Host = value
	case fieldService:
		e.Service = value
	case fieldSource:
		e.Source = value
	case fieldCalculated:
		e.SetKey(e.Root(), f.name, event.StringValue(value))
	default: // the status and the text of a signal are its own
	}
}

// copyObject copies the members of an object of one event into that of another.
func copyObject(dst *event.Event, into event.Value, src *event.Event, from event.Value) {
	for key, v := range src.Items(from) {
		dst.SetKey(into, key, copyValue(dst, src, v))
	}
}

func copyValue(dst, src *event.Event, v event.Value) event.Value {
	switch v.Kind() {
	case event.Object:
		object := dst.NewObject()
		if object.Kind() == event.Object {
			copyObject(dst, object, src, v)
		}
		return object
	case event.Array:
		list := dst.NewArray()
		if list.Kind() == event.Array {
			for _, element := range src.Items(v) {
				dst.Append(list, copyValue(dst, src, element))
			}
		}
		return list
	default:
		return v
	}
}
