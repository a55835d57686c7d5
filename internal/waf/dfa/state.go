package dfa

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
)

// state is a set of instructions that wait for the next character, and what
// stood before it.
type state struct {
	insts  []uint32 // ascending: runes, assertions and matches
	before kind
}

// marks is a set of instructions that is emptied in no time.
type marks struct {
	at    []uint32
	round uint32
}

func (m *marks) reset(n int) {
	if len(m.at) < n {
		m.at, m.round = make([]uint32, n), 0
	}
	if m.round++; m.round == 0 {
		clear(m.at)
		m.round = 1
	}
}

func (m *marks) add(i uint32) bool {
	if m.at[i] == m.round {
		return false
	}
	m.at[i] = m.round
	return true
}

// start returns the state before the first character.
func (c *Cache) start(p *program) int32 {
	if len(c.states) > 0 {
		return 0
	}
	c.byKey = map[string]int32{}
	c.seen.reset(len(p.insts))
	c.list = c.list[:0]
	c.follow(p, p.start)
	return c.add(p, kindEnd)
}

// restart empties the cache but for the start and one state, which it returns.
func (c *Cache) restart(p *program, s int32) int32 {
	keep := c.states[s]
	c.states, c.next, c.byKey, c.bytes = c.states[:0], c.next[:0], nil, 0
	c.start(p)
	c.list = append(c.list[:0], keep.insts...)
	return c.add(p, keep.before)
}

// follow adds what can be reached from the instruction without a character and
// without an assertion.
func (c *Cache) follow(p *program, from uint32) {
	c.stack = append(c.stack[:0], from)
	for len(c.stack) > 0 {
		i := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		if !c.seen.add(i) {
			continue
		}
		switch in := &p.insts[i]; in.op {
		case syntax.InstAlt, syntax.InstAltMatch:
			c.stack = append(c.stack, in.arg, in.out)
		case syntax.InstNop:
			c.stack = append(c.stack, in.out)
		case syntax.InstFail:
		default:
			c.list = append(c.list, i)
		}
	}
}

// step returns where the state goes with the class, unknown when the cache is
// full.
func (c *Cache) step(p *program, s int32, class int) int32 {
	if c.bytes > maxCache && class != p.end { // the end adds no state
		return unknown
	}
	before, after := c.states[s].before, p.kinds[class]
	now := c.through(p, c.states[s].insts, holds(before, after))
	result := dead
	switch {
	case slices.ContainsFunc(now, func(i uint32) bool { return p.insts[i].op == syntax.InstMatch }):
		result = matched
	case class != p.end:
		c.seen.reset(len(p.insts))
		c.list = c.list[:0]
		for _, i := range now {
			if in := &p.insts[i]; in.op == syntax.InstRune && p.accepts(in.arg, class) {
				c.follow(p, in.out)
			}
		}
		if !p.anchored {
			c.follow(p, p.start)
		}
		if len(c.list) > 0 {
			slices.Sort(c.list)
			result = c.add(p, after) + firstState
		}
	}
	c.next[int(s)*p.width+class] = result
	return result
}

// through returns the instructions of a state after the assertions that hold.
func (c *Cache) through(p *program, insts []uint32, op syntax.EmptyOp) []uint32 {
	if p.asks == 0 {
		return insts
	}
	c.seen.reset(len(p.insts))
	c.list = c.list[:0]
	for _, i := range insts {
		c.seen.add(i)
		c.list = append(c.list, i)
	}
	for k := 0; k < len(c.list); k++ { //nolint:intrange // the list grows
		in := &p.insts[c.list[k]]
		if in.op == syntax.InstEmptyWidth && syntax.EmptyOp(in.arg)&^op == 0 {
			c.follow(p, in.out)
		}
	}
	return slices.Clone(c.list)
}

// add returns the state with the instructions in c.list.
func (c *Cache) add(p *program, before kind) int32 {
	c.key = append(c.key[:0], byte(before))
	for _, i := range c.list {
		c.key = binary.AppendUvarint(c.key, uint64(i))
	}
	if id, ok := c.byKey[string(c.key)]; ok {
		return id
	}
	id := int32(len(c.states)) // bounded by maxCache
	c.states = append(c.states, state{slices.Clone(c.list), before})
	c.byKey[string(c.key)] = id
	from := len(c.next)
	c.next = slices.Grow(c.next, p.width)[:from+p.width]
	clear(c.next[from:])
	c.bytes += 4*p.width + 4*len(c.list) + len(c.key) + 64
	return id
}
