package crs

import (
	"bytes"
	"slices"

	"github.com/sasumata/sasumata/internal/waf/transform"
)

// text is what transformations made of a value.
type text struct {
	from, to int32 // in the arena
	set      transform.ByteSet
	same     int32 // the first text that differs from it in letter case at most
}

// start begins a round with the value as the first of the texts.
func (m *Machine) start(v *value) {
	if m.round++; m.round == 0 { // once in four billion values
		clear(m.seen)
		clear(m.last)
		m.round = 1
	}
	m.texts = append(m.texts[:0], text{from: v.from, to: v.to, set: m.raw})
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
				m.textName = m.appendText(m.textName[:0], v.key)
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
		if m.controls>>u.control&1 == 1 && u.slots&s.set() != 0 {
			return true
		}
	}
	return false
}

func (m *Machine) isNoted(n uint16) bool {
	return slices.Contains(m.found, n) || slices.Contains(m.chains, n)
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
