package crs

import "github.com/sasumata/sasumata/internal/waf/transform"

// judge runs the tests over one group, and leaves what matched in m.found and
// m.asked.
func (m *Machine) judge(r *Request, g groupSet) {
	m.found, m.chains, m.asked = m.found[:0], m.chains[:0], m.asked[:0]
	m.budget, m.text, m.textName = maxCost, m.text[:0], m.textName[:0]
	m.arena, m.values = m.arena[:0], m.values[:0]
	m.load(r, g)
	clean := false
	if g == groupLine {
		m.control()
		clean = !m.exhaustive && m.lineIsClean()
	}
	for i := range m.values {
		v := &m.values[i]
		plan := &m.set.bySlot[v.slot]
		if len(plan.tests) > 0 {
			m.judgeKnown(v, plan, clean && v.slot.set()&ofURI != 0)
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

// control finds out which controls match the line that was loaded.
func (m *Machine) control() {
	m.controls, m.taken = 0, 0
	for i := range m.set.controls {
		if c := &m.set.controls[i]; m.holds(&c.rule) {
			m.controls |= 1 << i
			m.taken |= c.takes
		}
	}
}

// judgeKnown judges the value, unless it was clean before. What that cost is paid
// again, so that the budget does not depend on the memory. Where a control takes
// the value away from rules, clean means less: nothing is remembered then.
func (m *Machine) judgeKnown(v *value, plan *slotPlan, line bool) {
	size := v.to - v.from
	if size > maxCleanKey || m.taken&v.slot.set() != 0 || len(m.clean.entries) == 0 || memorable&v.slot.set() == 0 || m.exhaustive {
		m.judgeAnew(v, plan, line)
		return
	}
	m.key = append(m.key[:0], byte(v.slot))
	if line {
		m.key[0] |= 0x80
	}
	m.key = append(m.key, m.arena[v.from:v.to]...)
	place := m.clean.place(m.key)
	if place != nil && place.is(m.key) {
		m.budget -= place.paid
		return
	}
	quiet, before := len(m.found)+len(m.chains) == 0, m.budget
	m.judgeAnew(v, plan, line)
	if place != nil && quiet && len(m.found)+len(m.chains) == 0 && m.budget >= 0 {
		place.set(m.key, before-m.budget)
	}
}

func (m *Machine) judgeAnew(v *value, plan *slotPlan, line bool) {
	m.raw = transform.BytesOf(m.arena[v.from:v.to])
	if !m.exhaustive && m.isClean(v, plan, line) {
		m.judgeSimple(v, plan)
	} else {
		m.judgeValue(v, plan)
	}
}

// memorable are the slots whose values come again with other lines.
const memorable = slotSet(1<<slotBasename | 1<<slotArgName | 1<<slotArg | 1<<slotCookieName | 1<<slotCookie | 1<<slotPostName | 1<<slotPost | 1<<slotXMLText | 1<<slotXMLAttr)

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
	return transform.BytesOf(uri).Within(m.set.lineSet) && m.provenClean(uri, ofURI)
}

// provenClean proves that no test can match a simple text at one of the slots: the
// text or, with what divides a URI, parts of it.
func (m *Machine) provenClean(text []byte, in slotSet) bool {
	for k := 1; k < len(text); k++ {
		switch a, b := text[k-1], text[k]; {
		case a == '/' && (b == '/' || b == '.'), a == '.' && b == '/', a == '-' && b == '-':
			return false
		}
	}
	f := &m.set.plain
	bits := m.bits[:f.filter.Words()]
	clear(bits)
	f.filter.Mark(text, bits)
	m.sources = f.filter.Candidates(m.sources[:0], bits)
	for _, source := range m.sources[len(f.filter.Always()):] {
		if m.set.tests[f.test[source]].slots&f.slots[source]&in != 0 {
			return false
		}
	}
	return true
}

// ofURI are the slots whose texts are parts of the URI.
const ofURI = slotSet(1<<slotURI | 1<<slotURIRaw | 1<<slotFilename | 1<<slotBasename | 1<<slotQuery | 1<<slotArgName | 1<<slotArg)

// isClean reports whether the value is a simple text that no test can match: by the
// proof for the line that it is a part of, or by one of its own.
func (m *Machine) isClean(v *value, plan *slotPlan, line bool) bool {
	raw, in := m.arena[v.from:v.to], v.slot.set()
	switch {
	case len(raw) == 0:
		return line
	case raw[0] == '.' || len(raw) == 1 && raw[0] == '/':
		return false
	case in&structured != 0:
		return line && !m.raw.Without(m.set.simpleSet).Meets(plan.wakes)
	default:
		return m.raw.Within(m.set.simpleSet) && (line || m.provenClean(raw, in))
	}
}

// judgeSimple runs what the proof leaves open: tests that literals say nothing
// about, and tests of what some transformations make of any text.
func (m *Machine) judgeSimple(v *value, plan *slotPlan) {
	special := plan.special
	if int(v.to-v.from) < plan.least {
		special = nil
	}
	if len(special) == 0 && len(plan.loose) == 0 {
		return
	}
	end := len(m.arena)
	m.start(v)
	for _, n := range plan.nodes {
		m.nodeText[n] = 0
	}
	m.prepare(special)
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
