package match

import (
	"slices"

	"github.com/sasumata/sasumata/internal/event"
)

// Matcher matches one event after the other against a set. It belongs to one
// goroutine.
type Matcher struct {
	set     *Set
	view    *View
	marks   []uint32 // by rule: the generation in which it became a candidate
	gen     uint32
	cands   []int32
	found   []int32
	key     []byte
	scratch [40]byte
	labels  [3][1]string
	costs   []Cost // by rule, since they were last taken
}

// Cost is what a rule has taken.
type Cost struct {
	// Evaluated is the number of events for which the rule was evaluated, Tests
	// the number of tests that it ran, Matched the number of events it holds for.
	Evaluated, Tests, Matched uint64
}

// NewMatcher returns a matcher for the set.
func (s *Set) NewMatcher() *Matcher {
	return &Matcher{
		set: s, view: newView(s), marks: make([]uint32, len(s.rules)),
		cands: make([]int32, 0, 64), found: make([]int32, 0, 64), costs: make([]Cost, len(s.rules)),
	}
}

// Scan reads the next event from a JSON object. The text must not change until
// the event after it. The error is a *event.JSONError.
func (m *Matcher) Scan(text []byte) error { return m.view.scan(text) }

// Load reads the next event.
func (m *Matcher) Load(e *event.Event) {
	m.view.reset()
	m.view.fill(e)
}

// Official is a value that an event has beside its attributes.
type Official struct {
	Field int32 // the number of its path, see Set.Field
	Value string
}

// LoadWith is Load with official values as if they were attributes.
func (m *Matcher) LoadWith(e *event.Event, beside []Official) {
	m.view.reset()
	for _, t := range beside {
		m.view.addText(place{field: t.Field}, t.Value)
	}
	m.view.fill(e)
}

// View returns the current event as the rules see it.
func (m *Matcher) View() *View { return m.view }

// Origin returns where a rule stood in the list that was compiled.
func (m *Matcher) Origin(rule int32) int { return m.set.Origin(rule) }

// Truncated reports whether values of the current event were left out because
// there were more than MaxValues.
func (m *Matcher) Truncated() bool { return m.view.cut }

// Source returns the log source that the event itself names by the fields
// product, category and service. It is valid until the next event. Labels that
// no rule asks for come out as "?".
func (m *Matcher) Source() Source {
	var src Source
	src.Product = m.label("product", 0)
	if m.label("category", 1) != "" {
		src.Categories = m.labels[1][:]
	}
	if m.label("service", 2) != "" {
		src.Services = m.labels[2][:]
	}
	return src
}

func (m *Matcher) label(field string, n int) string {
	m.labels[n][0] = ""
	if text, ok := m.view.Text(field); ok && len(text) > 0 {
		label, known := m.set.labels[string(text)]
		if !known {
			label = "?"
		}
		m.labels[n][0] = label
	}
	return m.labels[n][0]
}

// Match returns the numbers of the rules that the current event satisfies,
// ascending. The slice is valid until the next call.
func (m *Matcher) Match(src Source, routing Routing) []int32 {
	m.key = appendKey(m.key[:0], m.set, src, routing)
	x, exact := m.set.index(m.key, src, routing)
	m.begin()
	x.candidates(m)
	for _, r := range m.cands {
		rule := &m.set.rules[r]
		if !exact && !rule.labels.Applies(src, routing) {
			continue
		}
		m.evaluate(r, rule)
	}
	slices.Sort(m.found)
	return m.found
}

// Candidates returns the numbers of the rules that the current event may satisfy,
// in no order: those of which a witness holds. It is for rules whose trees say
// less than what they stand for, so that something else must decide. The slice is
// valid until the next call.
func (m *Matcher) Candidates() []int32 {
	m.begin()
	m.set.all.candidates(m)
	return m.cands
}

// begin forgets the candidates of the event before.
func (m *Matcher) begin() {
	if m.gen++; m.gen == 0 {
		clear(m.marks)
		m.gen = 1
	}
	m.cands, m.found = m.cands[:0], m.found[:0]
}

func (m *Matcher) evaluate(r int32, rule *compiled) {
	tests := 0
	cost := &m.costs[r]
	cost.Evaluated++
	if rule.root.eval(m.view, &tests) {
		cost.Matched++
		m.found = append(m.found, r)
	}
	cost.Tests += uint64(tests)
}

// FullScan returns what Match must return, by evaluating every rule. It is the
// check on the index, and slow.
func (m *Matcher) FullScan(src Source, routing Routing) []int32 {
	var found []int32
	for r := range m.set.rules {
		rule, tests := &m.set.rules[r], 0
		if rule.labels.Applies(src, routing) && rule.root.eval(m.view, &tests) {
			found = append(found, int32(r))
		}
	}
	return found
}

func (m *Matcher) markAll(rules []int32) {
	for _, r := range rules {
		if m.marks[r] != m.gen {
			m.marks[r] = m.gen
			m.cands = append(m.cands, r)
		}
	}
}

// Observe adds the current event to a profile.
func (m *Matcher) Observe(p *Profile) { p.observe(m.view) }

// TakeCosts adds what the rules have taken since the last call to into, by rule.
func (m *Matcher) TakeCosts(into []Cost) {
	for i, c := range m.costs {
		into[i].Evaluated += c.Evaluated
		into[i].Tests += c.Tests
		into[i].Matched += c.Matched
	}
	clear(m.costs)
}
