package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/pipeline/grok"
)

// Machine is the scratch memory and the clock of one goroutine that runs
// pipelines. It must not be shared.
type Machine struct {
	// Clock completes dates that lack a year, a day or a zone.
	Clock dates.Clock
	// Agents evaluates user agents; without it user-agent-parser does nothing.
	Agents *useragent.Parser
	// Geo knows where addresses are; without it geo-ip-parser does nothing.
	Geo geoip.Source
	// Tables are the reference tables of lookup-processor.
	Tables *lookup.Tables
	// Stats counts what happened to the events of this machine.
	Stats Stats

	grok   *grok.Machine
	buf    []byte
	agents useragent.Recent
	// shape is that of the line whose source is looked for.
	shape shape

	stamp     syslogStamp // of the last line with one
	stampTime int64       // in nanoseconds since 1970 UTC

	explain *explanation // nil but for Set.Explain

	// of the event under way
	grokMatched bool
	statusSet   bool
	serviceSet  bool
	traceSet    bool
	spanSet     bool
	masked      int  // attributes that were made unreadable
	decoded     bool // an attribute holds text that the raw line holds in another form
}

// Stats counts what pipelines did. Every number only grows.
type Stats struct {
	// Events is the number of events.
	Events int64
	// Unparsed is the number of events that no grok rule, JSON document or
	// syslog header explained.
	Unparsed int64
	// OutOfSteps is the number of grok attempts that were given up because they
	// used up their budget of steps.
	OutOfSteps int64
	// Truncated is the number of events that held more values than an event may.
	Truncated int64
	// Redacted is the number of events in which a secret was made unreadable.
	Redacted int64
}

// Add adds the numbers of other.
func (s *Stats) Add(other Stats) {
	s.Events += other.Events
	s.Unparsed += other.Unparsed
	s.OutOfSteps += other.OutOfSteps
	s.Truncated += other.Truncated
	s.Redacted += other.Redacted
}

// NewMachine returns a machine with the clock.
func NewMachine(clock dates.Clock) *Machine {
	return &Machine{Clock: clock, grok: grok.NewMachine(grok.DefaultBudget), buf: make([]byte, 0, 512)}
}

// begin forgets the event before.
func (m *Machine) begin() {
	m.decoded = false
	m.grokMatched, m.statusSet, m.serviceSet, m.traceSet, m.spanSet = false, false, false, false, false
	m.grok.Now, m.grok.Location = m.Clock.Now, m.Clock.Location
}

// Run runs one pipeline over one event, as the pipeline test and run commands
// do: the intake (JSON document or raw text) has happened already.
func (m *Machine) Run(p *Pipeline, e *event.Event) {
	m.begin()
	p.Process(e, m)
}

// first returns the first of the attributes that is present, with its path.
func first(e *event.Event, sources []string) (event.Value, string, bool) {
	for _, path := range sources {
		if v, ok := e.Get(path); ok {
			return v, path, true
		}
	}
	return event.Value{}, "", false
}
