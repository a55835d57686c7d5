package waf

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// Limits of what a screen remembers: 47 megabytes when all texts are as long as
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
// agent. The whole is no attack when no pattern matches in either and the scores of
// both together do not make one, unless a rule looks at both parts. The scores of parts
// without a pattern are remembered, so that a line whose parts were there before costs
// two look-ups.
//
// A Screen is used by one goroutine.
type Screen struct {
	inspector *Inspector
	machine   *Machine
	event     *event.Event
	requests  quietMemo // scores by request line
	clients   quietMemo // by referer and user agent, with what stands between
	dates     dates
}

// NewScreen returns a screen that finds what the inspector finds.
func NewScreen(i *Inspector) *Screen {
	return &Screen{
		inspector: i, machine: &Machine{quiet: quietParts{none: true}}, event: event.New(), // texts are remembered here
		requests: newQuietMemo(quietRequests), clients: newQuietMemo(quietClients),
	}
}

// Quiet reports whether the line is a request in the combined log format that is no
// attack. It takes no account of who sent it. Lines whose parts were seen before cost
// no allocation.
func (s *Screen) Quiet(line []byte) bool {
	l, ok := s.dates.divide(line)
	if !ok {
		return false
	}
	request, ok := score(&s.requests, l.request, s.request)
	if !ok {
		return false
	}
	client, ok := score(&s.clients, l.client, s.client)
	return ok && (request+client == 0 || request+client < s.inspector.Rules.threshold())
}

// score returns the anomaly score of a part, from the memo or from the judge. It is not
// ok when more than that counts.
func score(memo *quietMemo, part []byte, judge func(string) (int, bool)) (score int, ok bool) {
	paid, known, place := memo.findBytes(part)
	if known {
		return paid, true
	}
	text := string(part)
	if score, ok = judge(text); ok {
		memo.set(place, text, score)
	}
	return score, ok
}

// request judges a request line.
func (s *Screen) request(text string) (score int, ok bool) {
	method, target, version, ok := divideRequest(text)
	if !ok {
		return 0, false
	}
	e := s.event
	e.Reset()
	e.Set(event.HTTPMethod, event.StringValue(method))
	e.Set(event.HTTPURL, event.StringValue(target))
	e.Set(event.HTTPVersion, event.StringValue(version))
	return s.judge(e)
}

// client judges a referer and a user agent, in a request of the root: rules that see
// no request line would find fault with that.
func (s *Screen) client(text string) (score int, ok bool) {
	referer, agent, ok := strings.Cut(text, betweenClient)
	if !ok {
		return 0, false
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

// judge returns the score of the request. It is not ok when a pattern matches, when
// rules were asked that another part could change, or when half of the budget was spent
// and more: both parts together must stay within it.
func (s *Screen) judge(e *event.Event) (score int, ok bool) {
	m := s.machine
	if v := s.inspector.Patterns.Inspect(e, m); v.Attack || m.budget < maxCost/2 {
		return 0, false
	}
	if s.inspector.Rules == nil {
		return 0, true
	}
	m.seeRest(e)
	result := m.match(s.inspector.Rules)
	return result.Score, !result.Cut && !result.Crossed
}
