package waf

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// Limits of what a screen remembers: 44 megabytes when all texts are as long as
// possible, and a quarter of that with ordinary ones.
const (
	quietRequests = 1 << 16
	quietClients  = 1 << 14
)

// Screen proves lines of access logs harmless without making events of them. It
// knows the form in which nearly all lines come, the combined log format as nginx
// and Apache write it; every other line, and each in which something is found, is
// for the pipeline and the Inspector, whose verdict counts.
//
// A request is judged in two parts, the request line, and the referer with the user
// agent: nothing is found in the whole when nothing is found in either, unless a rule
// looks at both. Parts in which nothing was found are remembered, so that a line
// whose parts were there before costs two look-ups.
//
// A Screen is used by one goroutine.
type Screen struct {
	inspector *Inspector
	machine   *Machine
	event     *event.Event
	requests  quietMemo // by request line
	clients   quietMemo // by referer and user agent, with what stands between
	dates     dates
}

// NewScreen returns a screen that finds what the inspector finds.
func NewScreen(i *Inspector) *Screen {
	return &Screen{
		inspector: i, machine: NewMachine(), event: event.New(),
		requests: newQuietMemo(quietRequests), clients: newQuietMemo(quietClients),
	}
}

// Quiet reports whether the line is a request in the combined log format in which the
// inspector finds nothing. It takes no account of who sent it. Lines whose parts were
// seen before cost no allocation.
func (s *Screen) Quiet(line string) bool {
	l, ok := s.dates.divide(line)
	return ok && s.requests.quiet(l.request, s.requestQuiet) && s.clients.quiet(l.client, s.clientQuiet)
}

// requestQuiet judges a request line.
func (s *Screen) requestQuiet(text string) bool {
	method, target, version, ok := divideRequest(text)
	if !ok {
		return false
	}
	e := s.event
	e.Reset()
	e.Set(event.HTTPMethod, event.StringValue(method))
	e.Set(event.HTTPURL, event.StringValue(target))
	e.Set(event.HTTPVersion, event.StringValue(version))
	return s.judge(e)
}

// clientQuiet judges a referer and a user agent, in a request of the root: rules
// that see no request line would find fault with that.
func (s *Screen) clientQuiet(text string) bool {
	referer, agent, ok := strings.Cut(text, betweenClient)
	if !ok {
		return false
	}
	e := s.event
	e.Reset()
	e.Set(event.HTTPMethod, event.StringValue("GET"))
	e.Set(event.HTTPURL, event.StringValue("/"))
	e.Set(event.HTTPVersion, event.StringValue("1.1"))
	e.Set(event.HTTPReferer, event.StringValue(referer))
	e.Set(event.HTTPUserAgent, event.StringValue(agent))
	return s.judge(e)
}

// judge reports whether nothing is found in the request, nothing that another part
// could change was asked, and less than half of the budget was spent, so that both
// parts together stay within it.
func (s *Screen) judge(e *event.Event) bool {
	m := s.machine
	if v := s.inspector.Patterns.Inspect(e, m); v.Attack || m.budget < maxCost/2 {
		return false
	}
	if s.inspector.Rules == nil {
		return true
	}
	result := m.match(s.inspector.Rules, e)
	return len(result.Rules) == 0 && !result.Cut && !result.Crossed
}
