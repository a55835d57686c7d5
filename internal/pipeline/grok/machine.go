package grok

import "time"

// DefaultBudget is the number of steps that one Parse may take: some ten
// milliseconds. A usual line takes a few hundred.
const DefaultBudget = 1 << 20

// Machine is the working memory of Parse. It belongs to one goroutine and is used
// again and again, for any Rules.
type Machine struct {
	// Now replaces the Now of the rules' clock when it is not zero: set it once
	// a batch.
	Now time.Time
	// Location replaces the location of the rules' clock when it is not nil.
	Location *time.Location

	budget int
	steps  int // left
	text   string
	prog   *program
	stack  []choice
	slots  []int32
	x      extraction
	sub    *Machine // for filters that match
	buf    []byte   // for filters that build text
	looks  int      // how deep the run is inside looks
}

// choice is a way not taken yet, or a slot to set back on the way there.
type choice struct {
	node int32 // -1-slot of a slot to set back
	pos  int32
	lim  int32
}

// maxStack bounds the ways not taken of one match.
const maxStack = 1 << 18

// NewMachine returns a machine that spends at most budget steps on one Parse;
// 0 is DefaultBudget.
func NewMachine(budget int) *Machine {
	if budget <= 0 {
		budget = DefaultBudget
	}
	return &Machine{budget: budget, steps: budget}
}

// start makes the machine ready for another program or text.
func (m *Machine) start(p *program, text string) {
	m.prog, m.text = p, text
	m.stack, m.looks = m.stack[:0], 0
	if cap(m.slots) < p.slots {
		m.slots = make([]int32, p.slots)
	}
	m.slots = m.slots[:p.slots]
	for i := range m.slots {
		m.slots[i] = -1
	}
}

// outcome is how a run ended.
type outcome uint8

const (
	failed outcome = iota
	matched
	exhausted
)

// match runs the program over all of text.
func (m *Machine) match(p *program, text string) outcome {
	m.start(p, text)
	_, how := m.run(p.start, 0)
	return how
}

// spend charges the cost of looking at n bytes.
func (m *Machine) spend(n int) { m.steps -= n >> 6 }

// push notes another way.
func (m *Machine) push(node int32, pos, lim int) {
	m.stack = append(m.stack, choice{node, int32(pos), int32(lim)}) // texts are below maxText
}

// set writes a slot so that it is set back when the match takes another way.
func (m *Machine) set(slot int32, pos int) {
	if len(m.stack) > 0 || m.looks > 0 {
		m.stack = append(m.stack, choice{-1 - slot, m.slots[slot], 0})
	}
	m.slots[slot] = int32(pos) // texts are below maxText
}

// run follows the nodes from at until one of them ends the run. What it leaves on
// the stack belongs to the caller.
func (m *Machine) run(at int32, pos int) (end int, how outcome) {
	base := len(m.stack)
	nodes, text := m.prog.nodes, m.text
	for {
		if m.steps--; m.steps < 0 || len(m.stack) > maxStack {
			m.steps = -1
			return pos, exhausted
		}
		n := &nodes[at]
		ok := true
		switch n.op {
		case opLiteral:
			if e := pos + len(n.lit); e <= len(text) && text[pos:e] == n.lit {
				pos, at = e, n.next
				continue
			}
			ok = false
		case opClass:
			if w := n.class.at(text, pos); w > 0 {
				pos, at = pos+w, n.next
				continue
			}
			ok = false
		case opStar:
			if pos, ok = m.star(n, at, pos); ok {
				at = n.next
				continue
			}
		case opFunc:
			if pos, ok = m.call(n, at, pos, len(text)); ok {
				at = n.next
				continue
			}
		case opSplit:
			first, second := canStart(&nodes[n.next], text, pos), canStart(&nodes[n.alt], text, pos)
			switch {
			case first && second:
				m.push(n.alt, pos, -1)
				at = n.next
				continue
			case first:
				at = n.next
				continue
			case second:
				at = n.alt
				continue
			}
			ok = false
		case opSave:
			m.set(n.slot, pos)
			at = n.next
			continue
		case opAssert:
			if holds(n.assert, text, pos) {
				at = n.next
				continue
			}
			ok = false
		case opAtomic:
			mark := len(m.stack)
			e, how := m.run(n.alt, pos)
			if how == exhausted {
				return pos, exhausted
			}
			if ok = how == matched; ok {
				m.forget(mark)
				pos, at = e, n.next
				continue
			}
		case opLook:
			how := m.look(n, pos)
			if how == exhausted {
				return pos, exhausted
			}
			if ok = (how == matched) != n.not; ok {
				at = n.next
				continue
			}
		case opLoopMark:
			m.set(n.slot, pos)
			at = n.next
			continue
		case opLoopTest:
			if m.slots[n.slot] == int32(pos) { // texts are below maxText
				at = n.alt
			} else {
				at = n.next
			}
			continue
		case opEnd:
			return pos, matched
		case opAccept:
			if pos == len(text) {
				return pos, matched
			}
			ok = false
		}
		if !ok {
			if at, pos, ok = m.back(base); !ok {
				return pos, failed
			}
		}
	}
}

// back takes the last way not taken yet. It never goes below base.
func (m *Machine) back(base int) (at int32, pos int, ok bool) {
	for len(m.stack) > base {
		last := len(m.stack) - 1
		c := m.stack[last]
		m.stack = m.stack[:last]
		if c.node < 0 {
			m.slots[-1-c.node] = c.pos
			continue
		}
		if m.steps--; m.steps < 0 {
			return c.node, int(c.pos), true // run sees it
		}
		n := &m.prog.nodes[c.node]
		if c.lim < 0 {
			return c.node, int(c.pos), true // the other side of a split
		}
		if n.op == opFunc {
			if pos, ok := m.call(n, c.node, int(c.pos), int(c.lim)); ok {
				return n.next, pos, true
			}
			continue
		}
		if pos, ok := m.starAgain(n, c.node, int(c.pos), int(c.lim)); ok {
			return n.next, pos, true
		}
	}
	return 0, 0, false
}

// forget drops the ways not taken above mark, and keeps what sets slots back.
func (m *Machine) forget(mark int) {
	kept := mark
	for _, c := range m.stack[mark:] {
		if c.node < 0 {
			m.stack[kept] = c
			kept++
		}
	}
	m.stack = m.stack[:kept]
}

// call runs a matcher written in Go up to limit, and notes that it may end
// earlier.
func (m *Machine) call(n *node, at int32, pos, limit int) (int, bool) {
	next := &m.prog.nodes[n.next]
	for {
		m.steps -= 4
		end := n.fn.Match(m.text, pos, limit)
		if end < 0 || m.steps < 0 {
			return pos, false
		}
		can := canStart(next, m.text, end)
		if n.once {
			return end, can
		}
		if can {
			if end > pos {
				m.push(at, pos, end-1)
			}
			return end, true
		}
		if end <= pos {
			return pos, false
		}
		limit = end - 1
	}
}

// look tries the part behind or before pos without moving.
func (m *Machine) look(n *node, pos int) outcome {
	mark := len(m.stack)
	m.looks++
	defer func() { m.looks-- }()
	how := failed
	if !n.behind {
		_, how = m.run(n.alt, pos)
	} else {
		for width := int(n.min); width <= int(n.max) && width <= pos && how == failed; width++ {
			how = m.runTo(n.alt, pos-width, pos)
		}
	}
	if how != matched {
		return how
	}
	if n.not {
		m.undo(mark)
	} else {
		m.forget(mark)
	}
	return matched
}

// runTo is run for a match that must end at end.
func (m *Machine) runTo(at int32, pos, end int) outcome {
	base := len(m.stack)
	for {
		e, how := m.run(at, pos)
		if how != matched || e == end {
			return how
		}
		var ok bool
		if at, pos, ok = m.back(base); !ok {
			return failed
		}
	}
}

// undo drops everything above mark and sets the slots back.
func (m *Machine) undo(mark int) {
	for i := len(m.stack) - 1; i >= mark; i-- {
		if c := m.stack[i]; c.node < 0 {
			m.slots[-1-c.node] = c.pos
		}
	}
	m.stack = m.stack[:mark]
}

// canStart reports whether text can go on at a node.
func canStart(n *node, text string, pos int) bool {
	if pos >= len(text) {
		return n.end
	}
	return n.first.has(text[pos])
}

func holds(a assertion, text string, pos int) bool {
	switch a {
	case textStart:
		return pos == 0
	case textEnd:
		return pos == len(text)
	case lineStart:
		return pos == 0 || text[pos-1] == '\n'
	case lineEnd:
		return pos == len(text) || text[pos] == '\n'
	default:
		before := pos > 0 && wordByte(text[pos-1])
		after := pos < len(text) && wordByte(text[pos])
		return (before != after) == (a == wordEdge)
	}
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
