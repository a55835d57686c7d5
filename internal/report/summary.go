package report

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// Limits of what a Summary keeps.
const (
	heavyLimit  = 1000 // values of a dimension that are counted
	maxUnparsed = 10   // unparsed lines that are kept as samples
	maxRaw      = 2048 // bytes that are kept of such a line
)

// Summary counts a stream of events in bounded memory (about 8 MB), for the
// console summary and the HTML report. One goroutine feeds it, in stream order;
// the same stream gives the same summary. The zero Summary is not usable: call
// NewSummary.
type Summary struct {
	// Lines is how many lines were read.
	Lines int64
	// Parsed is how many of them were understood, Unparsed how many were not.
	Parsed, Unparsed int64
	// Bytes is the size of what was read, after decompression.
	Bytes int64
	// Truncated is how many lines were cut because they were too long.
	Truncated int64
	// Listed is how many events are of addresses on threat lists.
	Listed int64
	// Seconds is how long the work took; 0 leaves the time out of every report,
	// so that the same input gives the same output.
	Seconds float64
	// Suppressions are those in use, with what each held back.
	Suppressions []Suppression

	events, undated    int64
	first, last        int64
	loginOK, loginFail int64
	attackEvents       int64
	bytesSent          int64
	codes              [600]int64
	levels             [levelCount]int64
	series             series
	dims               [dimensions]heavy
	profiles           []profile // by the slots of Suspects
	incidents          []incident
	incidentsSeen      int64
	answers            [6]int64 // attacks by the first digit of the status
	suspects, visitors distinct
	unparsed           []unparsedLine
}

type unparsedLine struct {
	line int64
	text string
}

// Dimension names a field whose most frequent values a Summary counts.
type Dimension uint8

// The dimensions.
const (
	// Addresses are the client addresses of all events.
	Addresses Dimension = iota
	// Suspects are the client addresses of failed logins and attacks.
	Suspects
	// Users are the users that events name.
	Users
	// Paths are the paths of HTTP requests, without the query.
	Paths
	// UserAgents are the programs that HTTP clients say they are.
	UserAgents
	// Categories are the kinds of attack.
	Categories
	// Sources are the technologies that wrote the logs.
	Sources
	// Attackers are the user agents of failed logins and attacks.
	Attackers
	// Countries and Networks are where the client addresses are, if GeoIP databases
	// say it.
	Countries
	Networks
	dimensions
)

// name returns what an export calls the dimension.
func (d Dimension) name() string {
	return [dimensions]string{
		Addresses: "addresses", Suspects: "suspects", Users: "users", Paths: "paths", UserAgents: "user_agents",
		Categories: "attacks", Sources: "sources", Attackers: "attacking_user_agents", Countries: "countries", Networks: "networks",
	}[d]
}

// NewSummary returns an empty summary.
func NewSummary() *Summary {
	s := &Summary{series: newSeries()}
	for i := range s.dims {
		s.dims[i] = newHeavy(heavyLimit)
	}
	return s
}

// Observe counts one event. It keeps nothing of it, and allocates only while a
// counter takes its first values.
func (s *Summary) Observe(e *event.Event) {
	s.events++
	failed, succeeded := s.outcome(e)
	attack := s.attack(e)
	s.moment(e.Time, failed, attack)
	s.dims[Sources].add(e.Source, failed, attack)
	if ip, ok := e.Get(event.ClientIP); ok && ip.Str() != "" {
		s.client(e, ip.Str(), failed, attack, succeeded)
	}
	if failed || attack {
		s.incident(e, failed)
	}
	s.user(e, failed, attack)
	s.http(e, failed, attack)
	if i := levelIndex(e.Status); i >= 0 {
		s.levels[i]++
	}
	if v, ok := e.Get(event.BytesWritten); ok && v.Kind() == event.Int && v.Int() > 0 {
		s.bytesSent += v.Int()
	}
}

// KeepUnparsed keeps the line as a sample of what was not understood, if there is
// room for another. It does not count it: the caller sets Unparsed.
func (s *Summary) KeepUnparsed(line int64, text string) {
	if len(s.unparsed) < maxUnparsed {
		s.unparsed = append(s.unparsed, unparsedLine{line: line, text: strings.Clone(cutBytes(text, maxRaw))})
	}
}

// Top returns the n most frequent values of the dimension, the most frequent
// first; equally frequent ones by value.
func (s *Summary) Top(d Dimension, n int) []Count { return s.dims[d].top(n) }

// Events returns how many events were observed.
func (s *Summary) Events() int64 { return s.events }

// Period returns the times of the earliest and the latest event, in nanoseconds
// since 1970 UTC, or zeros when no event had a time.
func (s *Summary) Period() (first, last int64) { return s.first, s.last }

// client counts the address of an event.
func (s *Summary) client(e *event.Event, ip string, failed, attack, succeeded bool) {
	s.dims[Addresses].add(ip, failed, attack)
	s.dims[Countries].add(countryOf(e), failed, attack)
	s.dims[Networks].add(networkOf(e), failed, attack)
	// A visitor is an address with a user agent on a day, as GoAccess counts:
	// requests that failed by the client's fault are no visits.
	if class := statusClass(e); class != 0 && class != 4 {
		agent, _ := e.Get(event.HTTPUserAgent)
		s.visitors.add(hashOf(uint64(floorDiv(e.Time, 86400*second)), ip, agent.Str()))
	}
	switch {
	case failed || attack:
		s.suspects.add(hashOf(0, ip))
		s.suspect(e, ip, failed, attack)
	case succeeded:
		s.loggedIn(e, ip)
	}
}

func (s *Summary) moment(ns int64, failed, attack bool) {
	if ns == 0 {
		s.undated++
		return
	}
	if s.first == 0 || ns < s.first {
		s.first = ns
	}
	if s.last == 0 || ns > s.last {
		s.last = ns
	}
	t := s.series.at(ns)
	t.events++
	switch {
	case attack:
		t.attacks++
	case failed:
		t.failed++
	}
}

// outcome counts logins and reports whether the event is one that failed or
// succeeded.
func (s *Summary) outcome(e *event.Event) (failed, succeeded bool) {
	if v, ok := e.Get(event.EvtCategory); !ok || v.Str() != "authentication" {
		return false, false
	}
	v, _ := e.Get(event.EvtOutcome)
	switch v.Str() {
	case "success":
		s.loginOK++
		return false, true
	case "failure", "failed", "denied", "blocked", "rejected", "invalid", "error":
		s.loginFail++
		return true, false
	}
	return false, false
}

// attack counts the kinds of attack and reports whether the event is one.
func (s *Summary) attack(e *event.Event) bool {
	if v, ok := e.Get(event.SecurityAttack); !ok || !v.Bool() && v.Str() != "true" {
		return false
	}
	s.attackEvents++
	s.answers[statusClass(e)]++
	v, _ := e.Get(event.SecurityCategories)
	if v.Kind() == event.String {
		s.dims[Categories].add(v.Str(), false, true)
		return true
	}
	for _, c := range e.Items(v) {
		s.dims[Categories].add(c.Str(), false, true)
	}
	return true
}

func (s *Summary) user(e *event.Event, failed, attack bool) {
	for _, path := range [...]string{event.UserID, event.UserName, event.UserEmail} {
		v, ok := e.Get(path)
		switch {
		case !ok:
			continue
		case v.Kind() == event.Int:
			var buf [24]byte
			s.dims[Users].add(string(v.AppendText(buf[:0])), failed, attack)
			return
		case v.Str() != "":
			s.dims[Users].add(v.Str(), failed, attack)
			return
		}
	}
}

func (s *Summary) http(e *event.Event, failed, attack bool) {
	if code := statusOf(e); code > 0 {
		s.codes[code]++
	}
	if v, ok := e.Get(event.HTTPURLDetails + ".path"); ok {
		s.dims[Paths].add(v.Str(), failed, attack)
	} else if v, ok := e.Get(event.HTTPURL); ok {
		path, _, _ := strings.Cut(v.Str(), "?")
		s.dims[Paths].add(path, failed, attack)
	}
	if v, ok := e.Get(event.HTTPUserAgent); ok {
		s.dims[UserAgents].add(v.Str(), failed, attack)
	}
}

// levelCount is the number of official statuses.
const levelCount = 9

// levelName returns an official status by its number, 0 is the gravest.
func levelName(i int) string {
	return [levelCount]string{"emergency", "alert", "critical", "error", "warn", "notice", "info", "debug", "ok"}[i]
}

func levelIndex(status string) int {
	switch status {
	case "emergency":
		return 0
	case "alert":
		return 1
	case "critical":
		return 2
	case "error":
		return 3
	case "warn":
		return 4
	case "notice":
		return 5
	case "info":
		return 6
	case "debug":
		return 7
	case "ok":
		return 8
	default:
		return -1
	}
}
