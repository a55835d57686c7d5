// Package detecttest tests a rule by timelines of events: the file brute.yaml has
// its tests beside it in brute_test.yaml.
//
//	tests:
//	  - name: six failures and a success
//	    events:
//	      - at: 0s
//	        repeat: {count: 6, every: 10s}
//	        attributes: {evt.outcome: failure, network.client.ip: 192.0.2.1, usr.id: "user{i}"}
//	      - at: 70s
//	        attributes: {evt.outcome: success, network.client.ip: 192.0.2.1}
//	    signals:
//	      - {case: Successful, severity: high, group: {network.client.ip: 192.0.2.1}, events: 7}
//
// The times are durations after 2026-01-01T00:00:00Z, or RFC 3339. Events are
// played in the order of their times, unless the test says asWritten. In an event
// that is repeated, {i} stands for the number of the repetition, from 0.
//
// The signals are compared exactly, in the order in which they opened: each with
// the state in which it closed, at the end of the timeline at the latest. Only
// events may be left out (0): then the number is not compared.
package detecttest

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// maxEvents is how many events one test may have, repetitions included.
const maxEvents = 1_000_000

// File is a document of tests.
type File struct {
	Tests []Test `doc:"tests,required"`
}

// Test is one timeline and the signals that it must give.
type Test struct {
	document.Pos
	// Name says what is tested.
	Name string `doc:"name,required"`
	// AsWritten plays the events in the order in which they are written.
	AsWritten bool `doc:"asWritten"`
	// Events is the timeline.
	Events []Event `doc:"events,required"`
	// Signals is what the rule must find, and nothing else.
	Signals []Signal `doc:"signals"`
}

// Event is one event, or several like it.
type Event struct {
	document.Pos
	// At is a duration after 2026-01-01T00:00:00Z, or a time as RFC 3339.
	At string `doc:"at,required"`
	// Message, Source, Service, Host, Status and Tags are official attributes.
	Message string   `doc:"message"`
	Source  string   `doc:"source"`
	Service string   `doc:"service"`
	Host    string   `doc:"host"`
	Status  string   `doc:"status"`
	Tags    []string `doc:"tags"`
	// Attributes are the others; dots in keys make objects.
	Attributes map[string]any `doc:"attributes"`
	// Repeat makes several events of one.
	Repeat *Repeat `doc:"repeat"`
}

// Repeat says how often and how far apart.
type Repeat struct {
	Count int           `doc:"count,required"`
	Every time.Duration `doc:"every"`
}

// Signal is one signal that a test wants.
type Signal struct {
	document.Pos
	Case     string            `doc:"case"`
	Severity string            `doc:"severity,required"`
	Group    map[string]string `doc:"group"`
	Events   int64             `doc:"events"`
}

// Failure is one way in which a rule does not do what its test says.
type Failure struct {
	// Pos is where in the test file, Test the name of the test.
	document.Pos
	Test    string
	Message string
}

// String returns the place, the test and the message.
func (f Failure) String() string {
	text := f.Test + ": " + f.Message
	if where := f.Pos.String(); where != "" {
		text = where + ": " + text
	}
	return text
}

// FileName returns the name of the file with the tests of a rule's file.
func FileName(ruleFile string) string {
	return strings.TrimSuffix(ruleFile, path.Ext(ruleFile)) + "_test.yaml"
}

// Decode reads a file of tests. The error is document.Faults.
func Decode(file string, data []byte) (*File, error) {
	f := &File{}
	if err := document.Decode(file, data, f, document.Options{}); err != nil {
		return nil, err
	}
	return f, nil
}

// Run plays the test against the rule, even if the rule is disabled. Tables may be
// nil. A rule that correlates signals needs the rules that open them: they run
// beside it, and only the signals of r are compared. It returns nothing when the
// rule does what the test says.
func Run(r *rule.Rule, test Test, tables rule.Tables, beside ...*rule.Rule) []Failure {
	var opened []string
	final := map[string]*signal.Signal{}
	failures := Play(r, test, tables, func(f signal.Finding) {
		if f.Change == signal.Opened {
			opened = append(opened, f.Signal.ID)
		}
		final[f.Signal.ID] = f.Signal
	}, beside...)
	if len(failures) > 0 {
		return failures
	}
	fail := func(pos document.Pos, format string, args ...any) []Failure {
		return []Failure{{Pos: pos, Test: test.Name, Message: fmt.Sprintf(format, args...)}}
	}
	for i := range max(len(opened), len(test.Signals)) {
		switch {
		case i >= len(opened):
			failures = append(failures, fail(test.Signals[i].Pos, "missing: %s", test.Signals[i])...)
		case i >= len(test.Signals):
			failures = append(failures, fail(test.Pos, "not wanted: %s", asTest(final[opened[i]]))...)
		default:
			want, got := test.Signals[i], asTest(final[opened[i]])
			if want.Events == 0 {
				got.Events = 0
			}
			if want.String() != got.String() {
				failures = append(failures, fail(want.Pos, "want %s, got %s", want, got)...)
			}
		}
	}
	return failures
}

// Play plays the timeline of the test against the rule, as Run does, and hands
// every finding about r to emit. It compares nothing: a failure says that the
// rule or the timeline cannot be run.
func Play(r *rule.Rule, test Test, tables rule.Tables, emit func(signal.Finding), beside ...*rule.Rule) []Failure {
	rules := make([]*rule.Rule, 0, 1+len(beside))
	for _, one := range append([]*rule.Rule{r}, beside...) {
		enabled := *one
		enabled.Enabled = true
		rules = append(rules, &enabled)
	}
	engine, refused := detect.New(rules, detect.Options{Tables: tables})
	for _, u := range refused {
		if u.Rule == rules[0] {
			return []Failure{{Pos: test.Pos, Test: test.Name, Message: u.Reason}}
		}
	}
	timeline, err := test.timeline()
	if err != nil {
		return []Failure{{Pos: err.pos, Test: test.Name, Message: err.text}}
	}
	ours := func(f signal.Finding) {
		if f.Signal.RuleID == r.ID {
			emit(f)
		}
	}
	e := event.New()
	for i := range timeline {
		timeline[i].fill(e)
		e.Line = int64(i + 1)
		engine.Observe(e, ours)
	}
	engine.Flush(ours)
	return nil
}

// asTest returns the signal as a test writes it.
func asTest(s *signal.Signal) Signal {
	out := Signal{Case: s.Case, Severity: s.Severity.String(), Events: s.Events}
	for _, g := range s.Group {
		if out.Group == nil {
			out.Group = map[string]string{}
		}
		out.Group[g.Path] = g.Value
	}
	return out
}

// String returns the signal as a test file writes it.
func (s Signal) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{case: %q, severity: %s", s.Case, s.Severity)
	group := make([]string, 0, len(s.Group))
	for path, value := range s.Group {
		group = append(group, fmt.Sprintf("%s: %q", strings.TrimPrefix(path, "@"), value))
	}
	slices.Sort(group)
	if len(group) > 0 {
		fmt.Fprintf(&b, ", group: {%s}", strings.Join(group, ", "))
	}
	if s.Events > 0 {
		fmt.Fprintf(&b, ", events: %d", s.Events)
	}
	return b.String() + "}"
}

// played is one event of a timeline.
type played struct {
	from   *Event
	time   int64
	number int
}

type badEvent struct {
	pos  document.Pos
	text string
}

// timeline returns the events one by one, in the order in which they are played.
func (t *Test) timeline() ([]played, *badEvent) {
	var all []played
	for i := range t.Events {
		e := &t.Events[i]
		at, err := parseAt(e.At)
		if err != nil {
			return nil, &badEvent{e.Pos, err.Error()}
		}
		count, every := 1, int64(0)
		if e.Repeat != nil {
			count, every = e.Repeat.Count, int64(e.Repeat.Every)
		}
		if count < 1 || len(all)+count > maxEvents {
			return nil, &badEvent{e.Pos, fmt.Sprintf("want 1 to %d events in a test", maxEvents)}
		}
		for n := range count {
			all = append(all, played{e, at + int64(n)*every, n})
		}
	}
	if !t.AsWritten {
		slices.SortStableFunc(all, func(a, b played) int { return cmp.Compare(a.time, b.time) })
	}
	return all, nil
}

// parseAt reads a duration after 2026-01-01T00:00:00Z, or RFC 3339.
func parseAt(text string) (int64, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).UnixNano(), nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, fmt.Errorf("at %q is neither a duration (90s) nor a time (2026-01-01T00:00:00Z)", text)
	}
	return at.UnixNano(), nil
}

// fill writes the event.
func (p *played) fill(e *event.Event) {
	number := strings.NewReplacer("{i}", strconv.Itoa(p.number))
	e.Reset()
	e.Time = p.time
	e.Message = number.Replace(p.from.Message)
	e.Raw = e.Message
	e.Source, e.Service, e.Host, e.Status = p.from.Source, p.from.Service, number.Replace(p.from.Host), p.from.Status
	for _, tag := range p.from.Tags {
		e.AddTag(number.Replace(tag))
	}
	for _, key := range slices.Sorted(maps.Keys(p.from.Attributes)) {
		e.Set(strings.TrimPrefix(key, "@"), value(e, p.from.Attributes[key], number))
	}
}

// value makes a value of the event of what a document holds.
func value(e *event.Event, v any, number *strings.Replacer) event.Value {
	switch v := v.(type) {
	case string:
		return event.StringValue(number.Replace(v))
	case bool:
		return event.BoolValue(v)
	case int64:
		return event.IntValue(v)
	case float64:
		return event.FloatValue(v)
	case []any:
		list := e.NewArray()
		for _, element := range v {
			e.Append(list, value(e, element, number))
		}
		return list
	case map[string]any:
		object := e.NewObject()
		for _, key := range slices.Sorted(maps.Keys(v)) {
			e.SetIn(object, key, value(e, v[key], number))
		}
		return object
	default:
		return event.Value{}
	}
}
