// Package grok is Datadog's grok: named rules of a regular expression with
// matchers in it (%{word:user}), each of which writes what it captured into an
// attribute, after filters.
//
// A rule is compiled into a graph of nodes that a backtracking machine walks. The
// machine knows what must follow each repetition and jumps there, takes a bounded
// number of steps, and uses no call stack: neither a long line nor a hostile one
// can stall it.
//
// Rules match the whole text, trimmed. A dot matches line ends too. Bytes that
// are not UTF-8 are matched by the dot, by notSpace and by data, and survive.
package grok

import (
	"sort"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// Config is what rules are compiled from.
type Config struct {
	// Support are the support rules: macros for the match rules, one a line, as
	// "name pattern". Lines that start with # are comments.
	Support string
	// Match are the match rules, in the same form. The first that matches wins.
	// They are macros for each other, too.
	Match string
	// Clock says where and when dates without zone or year were written.
	// Now and Location of the Machine replace its parts.
	Clock dates.Clock
	// UserAgent evaluates a user agent for the filter useragent. Rules that use
	// the filter do not compile without it.
	UserAgent func(e *event.Event, text string) event.Value
}

// Rules are compiled match rules. They may be used by several goroutines, each
// with its own Machine.
type Rules struct {
	rules []*rule
	clock dates.Clock
}

// Status says how Parse ended.
type Status uint8

// The ways in which Parse ends.
const (
	// NoMatch means that no rule matches.
	NoMatch Status = iota
	// Matched means that the text was parsed.
	Matched
	// OutOfSteps means that the machine's budget ran out, or that the text is
	// longer than a gigabyte: nothing is known.
	OutOfSteps
)

// maxText is the longest text that is looked at.
const maxText = 1 << 30

// Compile compiles the rules. Its error is of type Errors and holds all faults.
func Compile(c Config) (*Rules, error) {
	comp := &compiler{userAgent: c.UserAgent, macros: make(map[string]*definition)}
	support := comp.lines(c.Support, true)
	for _, d := range support {
		comp.macros[d.name] = d
	}
	for _, d := range support {
		if _, err := comp.rule(d); err != nil {
			comp.fault(d, err)
		}
	}
	broken := len(comp.errors) > 0
	r := &Rules{clock: c.Clock}
	match := comp.lines(c.Match, false)
	for _, d := range match {
		if comp.macros[d.name] == nil {
			comp.macros[d.name] = d
		}
	}
	for _, d := range match {
		whole := *d
		// The text is trimmed: a rule that ends in a blank would never match.
		if p := strings.TrimRight(d.pattern, " \t"); !strings.HasSuffix(p, `\`) {
			whole.pattern = p
		}
		compiled, err := comp.rule(&whole)
		if err != nil {
			// The fault of a support rule is reported once, where it is.
			if !broken || !strings.HasPrefix(err.Error(), "in rule ") {
				comp.fault(d, err)
			}
		} else {
			r.rules = append(r.rules, compiled)
		}
	}
	if len(comp.errors) == 0 && len(r.rules) == 0 {
		comp.errors = Errors{{Line: 1, Col: 1, Message: "there is no match rule"}}
	}
	if len(comp.errors) > 0 {
		sort.SliceStable(comp.errors, func(i, j int) bool {
			a, b := comp.errors[i], comp.errors[j]
			if a.InSupport != b.InSupport {
				return a.InSupport
			}
			return a.Line < b.Line
		})
		return nil, comp.errors
	}
	return r, nil
}

// Names returns the names of the match rules, in order.
func (r *Rules) Names() []string {
	out := make([]string, len(r.rules))
	for i, rule := range r.rules {
		out[i] = rule.name
	}
	return out
}

// Parse trims text and matches it against the rules, in order. The first that
// matches is named, and out is a free object of e with what it captured, ready
// for e.Merge. Captured texts are substrings of text.
//
// The budget of m covers all rules and filters of one call.
func (r *Rules) Parse(e *event.Event, text string, m *Machine) (out event.Value, name string, status Status) {
	text = trim(text)
	m.steps = m.budget
	if len(text) > maxText {
		return event.Value{}, "", OutOfSteps
	}
	for _, rule := range r.rules {
		if !m.possible(rule.prog, text) {
			continue
		}
		switch m.match(rule.prog, text) {
		case matched:
			x := &m.x
			x.e, x.m, x.clock = e, m, r.clock
			if !m.Now.IsZero() {
				x.clock.Now = m.Now
			}
			if m.Location != nil {
				x.clock.Location = m.Location
			}
			out = x.build(rule, text)
			if m.steps < 0 {
				return event.Value{}, "", OutOfSteps
			}
			return out, rule.name, Matched
		case exhausted:
			return event.Value{}, "", OutOfSteps
		case failed:
		}
	}
	return event.Value{}, "", NoMatch
}

// trim takes blanks and control characters off both ends.
func trim(text string) string {
	for text != "" && text[0] <= ' ' {
		text = text[1:]
	}
	for text != "" && text[len(text)-1] <= ' ' {
		text = text[:len(text)-1]
	}
	return text
}

// possible looks for the literals that every match holds, in their order.
func (m *Machine) possible(p *program, text string) bool {
	at := 0
	for _, s := range p.needed {
		i := strings.Index(text[at:], s)
		if i < 0 {
			m.spend(len(text) - at)
			return false
		}
		at += i + len(s)
	}
	m.spend(at)
	return true
}
