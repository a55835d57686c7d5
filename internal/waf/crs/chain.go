package crs

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/waf/seclang"
)

// target is what an operator looks at.
type target struct {
	kind     targetKind
	variable string
	slots    slotSet
	// key, in lower case, and like select members; exclude takes some out. The names
	// of members are compared in lower case.
	key     string
	like    *regexp.Regexp
	exclude []selector
	unless  []unless
}

type targetKind uint8

const (
	ofRequest targetKind = iota
	countOfRequest
	ofTX
	countOfTX
	ofMatched
	ofLastMatched
)

// selector names members of a collection.
type selector struct {
	key  string // in lower case; empty is all, unless like is set
	like *regexp.Regexp
}

// assign sets a variable that a later link reads.
type assign struct {
	key   seclang.Macro
	op    byte
	value seclang.Macro
}

// holds runs the whole chain over the values that are loaded.
func (m *Machine) holds(r *rule) bool {
	m.captures = [10][]byte{}
	m.local, m.matched = m.local[:0], m.matched[:0]
	for i := range r.links {
		if !m.linkHolds(&r.links[i]) {
			return false
		}
	}
	return true
}

// linkHolds runs one link, over all values when later links want to know them.
func (m *Machine) linkHolds(l *link) bool {
	found := false
	for i := range l.targets {
		t := &l.targets[i]
		switch t.kind {
		case ofRequest:
			for k := range m.values { // loading none
				v := m.values[k]
				if m.wants(t, &v) && m.tryValue(l, t, v.key, m.arena[v.from:v.to:v.to], v.str) {
					found = true
				}
			}
		case countOfRequest:
			n := 0
			for k := range m.values {
				if m.wants(t, &m.values[k]) {
					n++
				}
			}
			found = m.tryValue(l, t, piece{str: t.key}, strconv.AppendInt(nil, int64(n), 10), "") || found
		case ofTX, countOfTX:
			found = m.tryTX(l, t) || found
		case ofMatched:
			for _, one := range slices.Clip(m.matched) {
				found = m.tryValue(l, t, piece{str: m.nameOf(&one)}, one.text, "") || found
			}
		case ofLastMatched:
			if n := len(m.matched); n > 0 {
				found = m.tryValue(l, t, piece{}, m.matched[n-1].text, "") || found
			}
		}
		if found && !l.all {
			return true
		}
	}
	return found
}

func (m *Machine) tryTX(l *link, t *target) bool {
	count, found := 0, false
	one := func(key string, text []byte) {
		if count++; t.kind == ofTX {
			found = m.tryValue(l, t, piece{str: key}, text, "") || found
		}
	}
	if t.like == nil {
		if text, ok := m.txValue(t.key); ok {
			one(t.key, text)
		}
	} else {
		for i := range m.local {
			if t.like.MatchString(m.local[i].key) {
				one(m.local[i].key, m.local[i].value)
			}
		}
	}
	if t.kind == countOfTX {
		return m.tryValue(l, t, piece{str: t.key}, strconv.AppendInt(nil, int64(count), 10), "")
	}
	return found
}

// wants reports whether the target selects the value.
func (m *Machine) wants(t *target, v *value) bool {
	if t.slots&v.slot.set() == 0 {
		return false
	}
	for _, u := range t.unless {
		if u.slots&v.slot.set() != 0 && m.controls>>u.control&1 == 1 {
			return false
		}
	}
	switch {
	case t.like != nil:
		if !t.like.MatchString(strings.ToLower(m.textOf(v.key))) {
			return false
		}
	case t.key != "" && !m.keyIs(v, t.key):
		return false
	}
	if len(t.exclude) == 0 {
		return true
	}
	key := strings.ToLower(m.textOf(v.key))
	for _, x := range t.exclude {
		if x.like != nil && x.like.MatchString(key) || x.like == nil && (x.key == "" || x.key == key) {
			return false
		}
	}
	return true
}

// tryValue transforms a value and runs the operator on it.
func (m *Machine) tryValue(l *link, t *target, key piece, text []byte, str string) bool {
	if l.multi {
		found := false
		m.eachStage(l.node, text, func(text []byte) { found = m.tryText(l, t, key, text, "") || found })
		return found
	}
	if out, changed := m.transformed(l.node, text); changed {
		text, str = out, ""
	}
	return m.tryText(l, t, key, text, str)
}

// tryText runs the operator, and on a match what the link does then.
func (m *Machine) tryText(l *link, t *target, key piece, text []byte, str string) bool {
	if !m.spend(l.op, len(text)) || !l.op.matches(m, text, str) {
		return false
	}
	if l.capture {
		m.capture(l.op, text)
	}
	m.matched = append(m.matched, match{t.variable, key, text})
	for i := range l.sets {
		m.assign(&l.sets[i])
	}
	return true
}

// transformed runs the transformations up to the node, in memory of its own.
func (m *Machine) transformed(n uint16, text []byte) (out []byte, changed bool) {
	if n == 0 {
		return text, false
	}
	node := &m.set.nodes[n]
	text, changed = m.transformed(node.parent, text)
	out, counts := node.tr.Apply(make([]byte, 0, len(text)+8), text)
	if node.honest && !counts {
		return text, changed
	}
	return out, true
}

// eachStage calls for the text and for each stage that changed something.
func (m *Machine) eachStage(n uint16, text []byte, call func([]byte)) []byte {
	if n == 0 {
		call(text)
		return text
	}
	node := &m.set.nodes[n]
	text = m.eachStage(node.parent, text, call)
	out, counts := node.tr.Apply(make([]byte, 0, len(text)+8), text)
	if !counts {
		return text
	}
	call(out)
	return out
}

func (m *Machine) assign(a *assign) {
	key, text := strings.ToLower(m.expand(a.key)), []byte(m.expand(a.value))
	switch a.op {
	case '+', '-':
		had, _ := m.txValue(key)
		n := number(string(text))
		if a.op == '-' {
			n = -n
		}
		text = strconv.AppendInt(nil, int64(number(string(had))+n), 10)
	case '!':
		for i := range m.local {
			if m.local[i].key == key {
				m.local = append(m.local[:i], m.local[i+1:]...)
				return
			}
		}
		return
	}
	// A value may hold itself twice over, and links run for a thousand parameters.
	text = text[:min(len(text), MaxPart)]
	m.budget -= len(text) + 16
	m.setLocal(key, text)
}
