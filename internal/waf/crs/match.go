package crs

import (
	"bytes"
	"encoding/binary"

	"github.com/sasumata/sasumata/internal/waf/transform"
)

// text is what transformations made of a value.
type text struct {
	from, to int32 // in the arena
	set      transform.ByteSet
	same     int32 // the first text that differs from it in letter case at most
}

// Result is what Match found. Its slice is valid until the Machine is used again.
type Result struct {
	// Rules are the rules that matched, as indexes into Set.Rules, in their order.
	Rules []uint16
	// Score is the anomaly score: the sum of the rules', each counted once.
	Score int
	// Cut says that the request was built to be costly, and that not all rules ran.
	Cut bool
}

// Match runs the rules over the request. A request in which nothing matches, and
// whose texts are plain, costs no allocation.
func (m *Machine) Match(r *Request, found []uint16) Result {
	clear(m.hits)
	clear(m.triggers)
	cut := false
	for i := range m.memo {
		cut = m.group(r, i) || cut
	}
	for _, n := range m.set.direct {
		setBit(m.triggers, n)
	}
	cut = m.crossing(r) || cut
	result := Result{Rules: found[:0], Cut: cut}
	for i := range m.set.rules {
		if hasBit(m.hits, uint16(i)) { // below MaxRules
			result.Rules = append(result.Rules, uint16(i))
			result.Score += m.set.info[i].Score
		}
	}
	return result
}

// group adds what matches in one part of the request, from the memo when it knows
// the part.
func (m *Machine) group(r *Request, i int) (cut bool) {
	m.setKey(r, groupSet(1)<<i)
	if len(m.key) == 0 {
		return false
	}
	memo := &m.memo[i]
	entry := memo.find(m.key)
	if entry == nil || entry.key != string(m.key) || !entry.used {
		m.judge(r, groupSet(1)<<i)
		entry = memo.store(entry, m.key, m)
	}
	for _, n := range entry.hits {
		setBit(m.hits, n)
	}
	for _, n := range entry.triggers {
		setBit(m.triggers, n)
	}
	if i == 0 {
		m.controls = entry.controls
	}
	return entry.cut
}

// setKey sets the text that decides what a group holds; empty when it is missing.
func (m *Machine) setKey(r *Request, g groupSet) {
	m.key = m.key[:0]
	switch g {
	case groupAgent:
		m.key = append(m.key, clip(r.UserAgent)...)
	case groupReferer:
		m.key = append(m.key, clip(r.Referer)...)
	case groupCookie:
		m.key = append(m.key, clip(r.Cookie)...)
	case groupBody:
		m.key = append(m.key, clip(r.Body)...)
	default:
		for _, part := range [...]string{r.Method, r.Protocol, r.URI} {
			// The lengths keep the parts apart, whatever they hold.
			m.key = binary.AppendUvarint(m.key, uint64(len(clip(part))))
			m.key = append(m.key, clip(part)...)
		}
	}
}

// judge runs the tests over one group, and leaves what matched in m.found and
// m.asked.
func (m *Machine) judge(r *Request, g groupSet) {
	m.found, m.asked = m.found[:0], m.asked[:0]
	m.budget = maxCost
	m.arena, m.values = m.arena[:0], m.values[:0]
	m.load(r, g)
	if g == groupLine {
		m.controls = 0
		for i := range m.set.controls {
			if m.holds(&m.set.controls[i].rule) {
				m.controls |= 1 << i
			}
		}
	}
	for i := range m.values {
		m.judgeValue(&m.values[i])
	}
	// Chains run after the tests, which have marked them.
	for _, n := range m.chains {
		r := &m.set.rules[n]
		if r.cross {
			m.asked = append(m.asked, n)
		} else if m.holds(r) {
			m.found = append(m.found, n)
		}
	}
	m.chains = m.chains[:0]
}

// judgeValue runs the tests that may match some text made of the value.
func (m *Machine) judgeValue(v *value) {
	plan := &m.set.bySlot[v.slot]
	if len(plan.tests) == 0 {
		return
	}
	m.round++
	end := len(m.arena)
	m.prepare(v, plan)
	for i := range m.texts {
		if m.texts[i].same == int32(i) { // texts are few
			m.look(v, plan, int32(i))
		}
	}
	m.arena = m.arena[:end]
}

// prepare makes the texts of the value.
func (m *Machine) prepare(v *value, plan *slotPlan) {
	raw := m.arena[v.from:v.to]
	m.texts = append(m.texts[:0], text{from: v.from, to: v.to, set: transform.BytesOf(raw)})
	m.nodeText[0] = 0
	for _, n := range plan.nodes {
		node := &m.set.nodes[n]
		before := m.nodeText[node.parent]
		t := m.texts[before]
		if !node.tr.Always && !t.set.Meets(node.tr.Wakes) {
			m.nodeText[n] = before
			continue
		}
		m.nodeText[n] = m.make(node, before)
	}
}

// make transforms a text and returns the number of the result.
func (m *Machine) make(node *node, before int32) int32 {
	t := m.texts[before]
	from := len(m.arena)
	m.scratch = append(m.scratch[:0], m.arena[t.from:t.to]...)
	var counts bool
	m.arena, counts = node.tr.Apply(m.arena, m.scratch)
	made := m.arena[from:]
	if node.honest && !counts || bytes.Equal(made, m.scratch) {
		m.arena = m.arena[:from]
		return before
	}
	for i := range m.texts {
		if have := &m.texts[i]; bytes.Equal(m.arena[have.from:have.to], made) {
			m.arena = m.arena[:from]
			return int32(i) // texts are few
		}
	}
	one := text{from: int32(from), to: int32(len(m.arena)), set: transform.BytesOf(made), same: int32(len(m.texts))} // bounded by MaxPart and nodes
	if node.tr.Case && !t.set.Meets(node.lower) && t.set[2]|t.set[3] == 0 {
		one.same = t.same
	}
	m.texts = append(m.texts, one)
	return int32(len(m.texts) - 1) // texts are few
}

// look finds the tests that may match a text, or one that differs from it in case
// only, and runs them.
func (m *Machine) look(v *value, plan *slotPlan, n int32) {
	t := &m.texts[n]
	content := m.arena[t.from:t.to]
	if m.exhaustive || wild(content, t.set) {
		for _, test := range plan.tests {
			m.try(v, test, n)
		}
		return
	}
	f := &m.set.full
	if t.set.Within(m.set.plainSet) {
		f = &m.set.plain
	}
	bits := m.bits[:f.filter.Words()]
	clear(bits)
	f.filter.Mark(content, bits)
	m.sources = f.filter.Candidates(m.sources[:0], bits)
	for _, source := range m.sources {
		m.try(v, f.test[source], n)
	}
}

// try runs a test on the value, if its text is the one at hand or differs from it
// in case only.
func (m *Machine) try(v *value, number uint16, n int32) {
	test := &m.set.tests[number]
	if test.slots&v.slot.set() == 0 || m.seen[number] == m.round {
		return
	}
	at := m.nodeText[test.node]
	t := &m.texts[at]
	if t.same != n {
		return
	}
	m.seen[number] = m.round
	if !m.wanted(test, v.slot) || !m.spend(test.op, int(t.to-t.from)) {
		return
	}
	str := ""
	if at == 0 {
		str = v.str
	}
	if !test.op.matches(m, m.arena[t.from:t.to], str) {
		return
	}
	for i := range test.rules {
		if r := &test.rules[i]; r.slots&v.slot.set() != 0 && !m.isTaken(r.rule, v.slot) {
			m.note(r.rule)
		}
	}
}

// wanted reports whether some rule still waits for the test.
func (m *Machine) wanted(t *test, s slot) bool {
	for i := range t.rules {
		r := &t.rules[i]
		if r.slots&s.set() != 0 && !m.isNoted(r.rule) && !m.isTaken(r.rule, s) {
			return true
		}
	}
	return false
}

// isTaken reports whether a control keeps the rule from looking at the slot.
func (m *Machine) isTaken(n uint16, s slot) bool {
	for _, u := range m.set.rules[n].unless {
		if m.controls>>u.control&1 == 1 && (u.whole || u.slots&s.set() != 0) {
			return true
		}
	}
	return false
}

func (m *Machine) isNoted(n uint16) bool {
	for _, have := range m.found {
		if have == n {
			return true
		}
	}
	for _, have := range m.chains {
		if have == n {
			return true
		}
	}
	return false
}

// note marks a rule whose first link has matched.
func (m *Machine) note(n uint16) {
	switch {
	case m.isNoted(n):
	case m.set.rules[n].single:
		m.found = append(m.found, n)
	default:
		m.chains = append(m.chains, n)
	}
}

// crossing runs the chains that see more than one group, and whose first link
// matched in one.
func (m *Machine) crossing(r *Request) (cut bool) {
	loaded := false
	for i := range m.set.rules {
		if !hasBit(m.triggers, uint16(i)) { // below MaxRules
			continue
		}
		if !loaded {
			m.budget = maxCost
			m.arena, m.values = m.arena[:0], m.values[:0]
			for g := range m.memo {
				m.load(r, groupSet(1)<<g)
			}
			loaded = true
		}
		if m.holds(&m.set.rules[i]) {
			setBit(m.hits, uint16(i)) // below MaxRules
		}
	}
	return loaded && m.budget < 0
}
