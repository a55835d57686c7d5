// Package signal holds what detection found: a signal with its severity, its
// entities and its evidence, and the book that keeps the recent ones.
//
// Nothing here reads a clock: every time comes from the events.
package signal

// The kinds of entity: what a signal is about, and what a response acts on.
const (
	KindIP        = "ip"
	KindUser      = "user"
	KindHost      = "host"
	KindContainer = "container"
	KindService   = "service"
	// KindNetwork is a network that a rule counts as one, in CIDR notation.
	KindNetwork = "network"
	// KindValue is any other value that a rule groups by.
	KindValue = "value"
)

// Entity is one thing that a signal is about.
type Entity struct {
	// Kind is ip, user, host, container, service, network or value.
	Kind string
	// Value is the address, name or other text, as the log had it: an attacker
	// may have written it.
	Value string
	// Events is the number of events of the signal that named it; for those before
	// the signal opened an estimate.
	Events int64
}

// Unlisted counts the events of a signal that named entities of a kind beyond those
// that the signal lists.
type Unlisted struct {
	// Kind is that of the entities.
	Kind string
	// Events is the number of events, an estimate.
	Events int64
}

// Sample is one event kept as evidence.
type Sample struct {
	// Time is the event's time in nanoseconds since 1970 UTC.
	Time int64
	// Line is the event's number in its input, 0 when unknown.
	Line int64
	// Text is the event as it arrived, cut to a bounded length.
	Text string
}

// GroupValue is one of the values that the rule grouped by.
type GroupValue struct {
	// Path is the attribute or tag as the rule writes it, without the leading @.
	Path string
	// Value is the text of the attribute.
	Value string
}

// QueryCount is what one query of the rule added up to when the case matched.
type QueryCount struct {
	// Name is the query's name (a, b, c .. when the rule gives none).
	Name string
	// Count is the count, the number of distinct values, the sum or the maximum.
	Count float64
}

// Signal is what a rule found in one group of events.
//
// A signal that arrives in a Finding is a snapshot: it does not change any more,
// and whoever receives it may keep it but must not write to it.
type Signal struct {
	// ID is the same in every run over the same events; see NewID.
	ID string
	// RuleID is the rule's stable identifier, Rule its name, RuleJA its Japanese
	// name ("" when it has none).
	RuleID, Rule, RuleJA string
	// Case is the name of the case that matched ("" when it has none), and
	// Condition its condition.
	Case, Condition string
	// Title is the rule's name, the case's name and, if the rule asks for it, the
	// group values.
	Title string
	// Severity is the worst severity that the signal reached.
	Severity Severity
	// Category is the kind of attack as the rule files it, "" when it does not.
	Category string
	// Message and MessageJA are the rule's message in English and Japanese, filled
	// in for the event that opened or escalated the signal.
	Message, MessageJA string
	// Group is the values that the rule grouped by, in the rule's order.
	Group []GroupValue
	// Entities is what the signal is about, the group's values first, then what the
	// event that opened it names, and what the others that decided name: up to 32 of
	// a kind, ten of them from before it opened.
	Entities []Entity
	// Unlisted counts the events that named more.
	Unlisted []Unlisted
	// Tags is the union of the rule's tags and the events' tags.
	Tags []string
	// FirstSeen and LastSeen are the times of the first and the last event of the
	// signal in nanoseconds since 1970 UTC.
	FirstSeen, LastSeen int64
	// Time is the time of the event that opened the signal, in nanoseconds since
	// 1970 UTC.
	Time int64
	// Closed is when the signal ended, in nanoseconds since 1970 UTC; 0 while it
	// is open.
	Closed int64
	// Events is the number of events of the rule and group from FirstSeen to
	// LastSeen.
	Events int64
	// Queries is what each query added up to when the case matched that gave the
	// signal its severity; for sequences, how often each step was done.
	Queries []QueryCount
	// Unusual is by what the events differ from what is usual, the strangest first,
	// if the rule compares that.
	Unusual []Unusual
	// Samples is some of the events, in the order in which they came.
	Samples []Sample
	// Runbook is the path of the runbook below content/runbooks, "" when the rule
	// names none.
	Runbook string
	// Window is the rule's evaluation window in nanoseconds.
	Window int64
	// Notify lists the receivers that the case names (@slack-secops ..).
	Notify []string
	// Actions lists the responses that the case asks for.
	Actions []Action
	// Simulated says that the rule is only tried: nobody is told, and nothing responds.
	Simulated bool
}

// Action is a response that a case asks for.
type Action struct {
	// Type is block_ip, block_user, user_behavior or flag_ip.
	Type string
	// Duration is how long it lasts in nanoseconds, 0 for as long as the
	// responder's own default.
	Duration int64
	// Name is the behaviour's name or the flag, "" for a block.
	Name string
}

// Entity returns the value of the main entity: the first group value, or else
// what the events name first; "" when there is none.
func (s *Signal) Entity() string {
	if len(s.Entities) == 0 {
		return ""
	}
	return s.Entities[0].Value
}

// Change says what happened to a signal.
type Change uint8

// The changes of a signal's life: it is opened once and closed once.
const (
	// Opened is the first finding of a signal.
	Opened Change = iota
	// Updated says that the signal went on; it is sent when the number of events
	// doubled, not for each event.
	Updated
	// Escalated says that a more severe case matched.
	Escalated
	// Closed is the last finding of a signal.
	Closed
)

// String returns opened, updated, escalated or closed.
func (c Change) String() string {
	switch c {
	case Opened:
		return "opened"
	case Updated:
		return "updated"
	case Escalated:
		return "escalated"
	case Closed:
		return "closed"
	default:
		return "unknown"
	}
}

// Finding is one change of one signal.
type Finding struct {
	// Change is what happened.
	Change Change
	// From is the severity before, if Change is Escalated.
	From Severity
	// Signal is the signal after the change.
	Signal *Signal
}
