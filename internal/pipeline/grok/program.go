package grok

import (
	"slices"
	"strings"
)

// op is what a node does.
type op uint8

const (
	opAccept   op = iota // the end of the rule: only at the end of the text
	opEnd                // the end of a part that is run by itself
	opLiteral            // the text
	opClass              // one rune
	opStar               // min to max runes of a class
	opFunc               // a matcher written in Go
	opSplit              // next, and when that fails alt
	opSave               // notes the place in a slot
	opAssert             // a condition on the place
	opAtomic             // runs alt by itself and keeps its first match
	opLook               // runs alt by itself and stays where it is
	opLoopMark           // notes where a round starts
	opLoopTest           // leaves the loop after a round that took nothing
)

// node is one step of a program. Every node knows what comes next: there is no
// instruction pointer to advance.
type node struct {
	op     op
	mode   repeatMode
	assert assertion
	not    bool
	behind bool
	// once says that a star or a matcher can end in one place only: what follows
	// can start nowhere before.
	once bool
	// nullable says that an atomic group may match nothing.
	nullable bool
	// end says that what starts here can take nothing up to the end of the text.
	end  bool
	next int32
	alt  int32
	slot int32
	min  int32
	max  int32 // -1 is without end
	// first are the bytes with which text can start here.
	first byteSet
	lit   string // the literal; of a star the literal that must follow
	class *class
	fn    ender
}

// program is a compiled pattern: a graph of nodes.
type program struct {
	nodes  []node
	start  int32
	slots  int      // two for each capture, then one for each loop
	needed []string // literals of every match, in order
}

// maxNodes bounds one program; repetitions of groups are written out.
const maxNodes = 100_000

// maxNeeded is how many literals are looked for before a match is tried.
const maxNeeded = 6

// assembler turns a syntax tree into nodes, back to front.
type assembler struct {
	nodes []node
	slots int
	full  bool
}

// assemble compiles x. Of a whole pattern the end of the text must follow; of a
// part anything may.
func assemble(x *expr, captures int, whole bool) (*program, error) {
	a := &assembler{slots: 2 * captures}
	last := opEnd
	if whole {
		last = opAccept
	}
	start := a.compile(x, a.add(node{op: last, next: -1}))
	if a.full {
		return nil, errTooLarge
	}
	p := &program{nodes: a.nodes, start: start, slots: a.slots, needed: strongest(x.needed(nil))}
	p.analyse()
	return p, nil
}

// strongest drops the literals that nearly every text holds, and the shortest
// beyond maxNeeded. The order stays.
func strongest(all []string) []string {
	var out []string
	for _, s := range all {
		if len(s) > 1 || s != "" && !strings.ContainsAny(s, " .:-/") {
			out = append(out, s)
		}
	}
	for len(out) > maxNeeded {
		shortest := 0
		for i, s := range out {
			if len(s) < len(out[shortest]) {
				shortest = i
			}
		}
		out = append(out[:shortest], out[shortest+1:]...)
	}
	return out
}

func (a *assembler) add(n node) int32 {
	if len(a.nodes) >= maxNodes {
		a.full = true
		return 0
	}
	a.nodes = append(a.nodes, n)
	return int32(len(a.nodes) - 1) // below maxNodes
}

// compile adds the nodes of x, which continue at next, and returns the first.
func (a *assembler) compile(x *expr, next int32) int32 {
	if a.full {
		return 0
	}
	switch x.kind {
	case xLiteral:
		return a.add(node{op: opLiteral, lit: x.lit, next: next})
	case xClass:
		return a.add(node{op: opClass, class: x.class, next: next})
	case xFunc:
		return a.add(node{op: opFunc, fn: x.fn, next: next})
	case xAssert:
		return a.add(node{op: opAssert, assert: x.assert, next: next})
	case xConcat:
		for _, sub := range slices.Backward(x.subs) {
			next = a.compile(sub, next)
		}
		return next
	case xAlternate:
		entry := a.compile(x.subs[len(x.subs)-1], next)
		for i := len(x.subs) - 2; i >= 0; i-- {
			entry = a.add(node{op: opSplit, next: a.compile(x.subs[i], next), alt: entry})
		}
		return entry
	case xRepeat:
		return a.repeat(x, next)
	case xCapture:
		slot := int32(2 * x.capture) // bounded by maxExprs
		end := a.add(node{op: opSave, slot: slot + 1, next: next})
		return a.add(node{op: opSave, slot: slot, next: a.compile(x.subs[0], end)})
	case xAtomic:
		return a.atomic(x.subs[0], next)
	case xLook:
		end := a.add(node{op: opEnd, next: -1})
		n := node{op: opLook, alt: a.compile(x.subs[0], end), next: next, not: x.not, behind: x.behind}
		if x.behind {
			least, most := x.subs[0].width()
			n.min, n.max = int32(least), int32(most) // at most maxLookBehind
		}
		return a.add(n)
	default:
		return next
	}
}

func (a *assembler) atomic(sub *expr, next int32) int32 {
	end := a.add(node{op: opEnd, next: -1})
	n := node{op: opAtomic, alt: a.compile(sub, end), next: next, nullable: sub.nullable()}
	sub.first(&n.first)
	return a.add(n)
}

func (a *assembler) repeat(x *expr, next int32) int32 {
	sub := x.subs[0]
	if sub.kind == xClass {
		return a.add(node{
			op: opStar, class: sub.class, min: int32(x.min), max: int32(x.max), // at most maxRepeat
			mode: x.mode, next: next, once: x.mode == possessive,
		})
	}
	if x.mode == possessive {
		return a.atomic(repeatExpr(sub, x.min, x.max, greedy), next)
	}
	copies := x.min
	switch {
	case x.max < 0:
		if x.min > 0 && !sub.nullable() {
			copies-- // the loop's body is the last of them
			next = a.loop(sub, next, x.mode, true)
		} else {
			next = a.loop(sub, next, x.mode, false)
		}
	default:
		exit := next
		for range x.max - x.min {
			next = a.split(a.compile(sub, next), exit, x.mode)
			if a.full {
				return 0
			}
		}
	}
	for range copies {
		if next = a.compile(sub, next); a.full {
			return 0
		}
	}
	return next
}

// loop adds sub as often as it matches. With once the body comes before the
// first choice.
func (a *assembler) loop(sub *expr, next int32, mode repeatMode, once bool) int32 {
	choice := a.split(-1, next, mode)
	back, nullable := choice, sub.nullable()
	slot := int32(a.slots) // bounded by maxNodes
	if nullable {
		a.slots++
		back = a.add(node{op: opLoopTest, slot: slot, next: choice, alt: next})
	}
	body := a.compile(sub, back)
	if nullable {
		body = a.add(node{op: opLoopMark, slot: slot, next: body})
	}
	if a.full {
		return 0
	}
	if n := &a.nodes[choice]; mode == lazy {
		n.alt = body
	} else {
		n.next = body
	}
	if once {
		return body
	}
	return choice
}

// split adds a choice: body first when greedy, exit first when lazy.
func (a *assembler) split(body, exit int32, mode repeatMode) int32 {
	if mode == lazy {
		return a.add(node{op: opSplit, next: exit, alt: body})
	}
	return a.add(node{op: opSplit, next: body, alt: exit})
}
