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
	// Sample is the text in which the first of them matched, at most MaxSample bytes;
	// empty when only rules over several parts of the request matched.
	Sample string
	// Cut says that the request was built to be costly, and that not all rules ran.
	Cut bool
}

// MaxSample is the length in bytes of the longest sample.
const MaxSample = 256

// Match runs the rules over the request. A request in which nothing matches, and
// whose texts are plain, costs no allocation.
func (m *Machine) Match(r *Request, found []uint16) Result {
	clear(m.hits)
	clear(m.triggers)
	m.sample = ""
	cut := false
	for i := range m.memo {
		cut = m.group(r, i) || cut
	}
	for _, n := range m.set.direct {
		setBit(m.triggers, n)
	}
	cut = m.crossing(r) || cut
	result := Result{Rules: found[:0], Sample: m.sample, Cut: cut}
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
	entry, known := memo.find(m.key)
	if !known {
		m.lineKey = append(m.lineKey[:0], m.key...)
		m.judge(r, groupSet(1)<<i)
		entry = memo.store(entry, m.lineKey, m)
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
	if m.sample == "" {
		m.sample = entry.sample
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
	m.found, m.chains, m.asked = m.found[:0], m.chains[:0], m.asked[:0]
	m.budget, m.text = maxCost, m.text[:0]
	m.arena, m.values = m.arena[:0], m.values[:0]
	m.load(r, g)
	clean := false
	if g == groupLine {
		m.controls = 0
		for i := range m.set.controls {
			if m.holds(&m.set.controls[i].rule) {
				m.controls |= 1 << i
			}
		}
		clean = !m.exhaustive && m.lineIsClean()
	}
	for i := range m.values {
		v := &m.values[i]
		plan := &m.set.bySlot[v.slot]
		if len(plan.tests) > 0 {
			m.judgeKnown(v, plan, clean && m.isSimple(v, plan))
		}
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
}

// judgeKnown judges the value, unless it was clean before. What that cost is paid
// again, so that the budget does not depend on the memory.
func (m *Machine) judgeKnown(v *value, plan *slotPlan, simple bool) {
	if size := v.to - v.from; size > maxCleanKey || len(m.clean.entries) == 0 || memorable&v.slot.set() == 0 || m.exhaustive {
		m.judgeAnew(v, plan, simple)
		return
	}
	m.key = append(m.key[:0], byte(v.slot))
	if simple {
		m.key[0] |= 0x80
	}
	m.key = append(m.key, m.arena[v.from:v.to]...)
	if cost, ok := m.clean.cost(m.key); ok {
		m.budget -= cost
		return
	}
	quiet, before := len(m.found)+len(m.chains) == 0, m.budget
	place := m.clean.place(m.key)
	m.judgeAnew(v, plan, simple)
	if quiet && len(m.found)+len(m.chains) == 0 && m.budget >= 0 {
		place.set(v, simple, m.arena[v.from:v.to], before-m.budget)
	}
}

func (m *Machine) judgeAnew(v *value, plan *slotPlan, simple bool) {
	if simple {
		m.judgeSimple(v, plan)
	} else {
		m.judgeValue(v, plan)
	}
}

// memorable are the slots whose values come again with other lines, and which no
// control takes away from rules.
const memorable = slotSet(1<<slotBasename | 1<<slotArgName | 1<<slotArg | 1<<slotCookieName | 1<<slotCookie | 1<<slotPostName | 1<<slotPost)

// judgeValue runs the tests that may match some text made of the value.
func (m *Machine) judgeValue(v *value, plan *slotPlan) {
	end := len(m.arena)
	m.start(v)
	m.prepare(plan.nodes)
	for i := range m.texts {
		if m.texts[i].same == int32(i) { // texts are few
			m.look(v, plan, int32(i))
		}
	}
	m.arena = m.arena[:end]
}

// lineIsClean proves from the URI that no test can match a simple text in it: all
// its bytes mean themselves, and no literal occurs that some test needs in such
// texts. What divides the parts of a URI ends no word, so that a part has no
// literal that the whole does not have.
func (m *Machine) lineIsClean() bool {
	uri := m.arena[m.uri.from:m.uri.to]
	if !transform.BytesOf(uri).Within(m.set.lineSet) {
		return false
	}
	for k := 1; k < len(uri); k++ {
		switch a, b := uri[k-1], uri[k]; {
		case a == '/' && (b == '/' || b == '.'), a == '.' && b == '/', a == '-' && b == '-':
			return false
		}
	}
	f := &m.set.plain
	bits := m.bits[:f.filter.Words()]
	clear(bits)
	f.filter.Mark(uri, bits)
	m.sources = f.filter.Candidates(m.sources[:0], bits)
	for _, source := range m.sources[len(f.filter.Always()):] {
		if m.set.tests[f.test[source]].slots&f.slots[source]&ofURI != 0 {
			return false
		}
	}
	return true
}

// ofURI are the slots whose texts are parts of the URI.
const ofURI = slotSet(1<<slotURI | 1<<slotURIRaw | 1<<slotFilename | 1<<slotBasename | 1<<slotQuery | 1<<slotArgName | 1<<slotArg)

// isSimple reports whether what holds for simple texts holds for this value of a
// clean line.
func (m *Machine) isSimple(v *value, plan *slotPlan) bool {
	raw := m.arena[v.from:v.to]
	switch {
	case ofURI&v.slot.set() == 0:
		return false
	case len(raw) == 0:
		return true
	case raw[0] == '.' || len(raw) == 1 && raw[0] == '/':
		return false
	case v.slot.set()&structured != 0:
		return !transform.BytesOf(raw).Without(transform.SimpleBytes()).Meets(plan.wakes)
	default:
		return transform.BytesOf(raw).Within(transform.SimpleBytes())
	}
}

// judgeSimple runs what the proof leaves open: tests that literals say nothing
// about, and tests of what some transformations make of any text.
func (m *Machine) judgeSimple(v *value, plan *slotPlan) {
	if len(plan.special) == 0 && len(plan.loose) == 0 {
		return
	}
	end := len(m.arena)
	m.start(v)
	for _, n := range plan.nodes {
		m.nodeText[n] = 0
	}
	m.prepare(plan.special)
	for _, n := range plan.loose {
		m.try(v, n, m.texts[m.nodeText[m.set.tests[n].node]].same)
	}
	for i := 1; i < len(m.texts); i++ {
		if m.texts[i].same == int32(i) { // texts are few
			m.look(v, plan, int32(i))
		}
	}
	m.arena = m.arena[:end]
}

// start begins a round with the value as the first of the texts.
func (m *Machine) start(v *value) {
	if m.round++; m.round == 0 { // once in four billion values
		clear(m.seen)
		clear(m.last)
		m.round = 1
	}
	m.texts = append(m.texts[:0], text{from: v.from, to: v.to, set: transform.BytesOf(m.arena[v.from:v.to])})
	m.nodeText[0] = 0
}

// prepare makes the texts of the nodes.
func (m *Machine) prepare(nodes []uint16) {
	for _, n := range nodes {
		node := &m.set.nodes[n]
		before := m.nodeText[node.parent]
		if !node.tr.Always && !m.texts[before].set.Meets(node.tr.Wakes) {
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
	f, in := &m.set.full, v.slot.set()
	switch {
	case t.set.Within(m.set.plainSet):
		f = &m.set.plain
	case in&structured != 0 && t.set.Within(m.set.wideSet):
		f, in = &m.set.plain, onlyStructured
	}
	bits := m.bits[:f.filter.Words()]
	clear(bits)
	f.filter.Mark(content, bits)
	m.sources = f.filter.Candidates(m.sources[:0], bits)
	for _, source := range m.sources {
		if f.slots[source]&in != 0 {
			m.try(v, f.test[source], n)
		}
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
	// With multiMatch an operator often sees one text several times.
	last := &m.last[test.op.id]
	if last.round != m.round || last.text != at {
		*last = outcome{m.round, at, test.op.matches(m, m.arena[t.from:t.to], str)}
	}
	if !last.matched {
		return
	}
	for i := range test.rules {
		if r := &test.rules[i]; r.slots&v.slot.set() != 0 && !m.isTaken(r.rule, v.slot) {
			if m.note(r.rule); len(m.text) == 0 {
				m.text = append(m.text, m.arena[t.from:min(t.to, t.from+MaxSample)]...)
			}
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
