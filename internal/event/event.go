// Package event holds one log event: its attributes as a tree of typed values,
// and the official fields that every stage reads.
//
// An Event is made to be used again: Reset keeps its memory, so a batch of
// events costs no allocation in steady state. Attribute values are substrings
// of the text that was read, or live in the event's arena; whoever keeps a
// string longer than the event must clone it (strings.Clone), or it holds the
// whole block of input in memory.
//
// Nothing in this package reads a clock or does I/O, and an Event must not be
// used by two goroutines at once.
package event

import "slices"

// MaxNodes is the number of values (objects, arrays and scalars) that one
// event holds at the most. What does not fit is left out and Truncated says so:
// log lines are written by attackers, and memory must not follow their wishes.
const MaxNodes = 1 << 14

// Event is one log event.
type Event struct {
	// Raw is the text as it arrived, without the line end.
	Raw string
	// Message is the official message: what a person reads. Grok parses it
	// unless a processor names another source.
	Message string
	// Status is the official status: emergency, alert, critical, error, warn,
	// notice, info, debug or ok; empty when nothing set it.
	Status string
	// Service is the official service; empty when unknown.
	Service string
	// Source is the technology that wrote the log (sshd, nginx ..): it chooses
	// the pipeline.
	Source string
	// Host is the machine that wrote the log.
	Host string
	// Tags are "key:value" or bare tags.
	Tags []string
	// TraceID and SpanID are the official trace and span ids.
	TraceID, SpanID string
	// Time is when it happened, in nanoseconds since 1970 UTC; 0 is unknown.
	Time int64
	// Line is the event's number in its input, from 1; 0 is unknown.
	Line int64
	// Repeat is how many equal events this one stands for, from 1; 0 counts as 1
	// (syslog writes "message repeated 3 times: [ .. ]").
	Repeat int
	// Parsed says that something of the text was understood: a grok rule, a JSON
	// document or a syslog header.
	Parsed bool

	nodes     []node
	stale     int // nodes behind these may hold texts of the event before, up to here
	arena     arena
	truncated bool
}

// New returns an empty event.
func New() *Event {
	e := &Event{nodes: make([]node, 1, 64)}
	e.nodes[0] = node{kind: Object, attached: true}
	return e
}

// Reset empties the event and keeps its memory. Values and strings that came
// from the arena stay readable; values that name objects or arrays do not.
func (e *Event) Reset() {
	nodes, tags := e.nodes, e.Tags
	clear(tags)
	if nodes == nil {
		nodes = make([]node, 1, 64)
	}
	// The next event overwrites most nodes: those that this one did not need are all
	// that must be cleared, so that no text is kept for longer.
	used := len(nodes)
	if stale := min(e.stale, cap(nodes)); used < stale {
		clear(nodes[used:stale])
	}
	nodes[0] = node{kind: Object, attached: true}
	*e = Event{nodes: nodes[:1], stale: used, Tags: tags[:0], arena: e.arena}
}

// Truncated says whether values were left out because the event held MaxNodes.
func (e *Event) Truncated() bool { return e.truncated }

// HasTag reports whether the event carries the tag, exactly as written.
func (e *Event) HasTag(tag string) bool {
	return slices.Contains(e.Tags, tag)
}

// AddTag appends the tag unless the event carries it.
func (e *Event) AddTag(tag string) {
	if !e.HasTag(tag) {
		e.Tags = append(e.Tags, tag)
	}
}
