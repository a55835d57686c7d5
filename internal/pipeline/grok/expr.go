package grok

// exprKind is the kind of a node of the syntax tree.
type exprKind uint8

const (
	xEmpty exprKind = iota
	xLiteral
	xClass
	xFunc
	xAssert
	xConcat
	xAlternate
	xRepeat
	xCapture
	xAtomic
	xLook
)

// expr is a node of the syntax tree of one rule, with all macros filled in.
type expr struct {
	kind    exprKind
	lit     string
	class   *class
	fn      ender
	assert  assertion
	subs    []*expr
	min     int
	max     int // -1 is without end
	mode    repeatMode
	capture int
	not     bool // of a look: negative
	behind  bool // of a look: backwards
}

// repeatMode says which number of repetitions is tried first.
type repeatMode uint8

const (
	greedy repeatMode = iota
	lazy
	possessive // the most, and nothing else
)

// assertion is a condition on a place that takes no text.
type assertion uint8

const (
	textStart assertion = iota
	textEnd
	lineStart
	lineEnd
	wordEdge
	noWordEdge
)

// ender is a matcher written in Go.
type ender interface {
	// Match returns the end of the longest match that starts at pos and ends at
	// limit or before, -1 when there is none.
	Match(text string, pos, limit int) (end int)
	// first adds the bytes with which a match can start.
	first(set *byteSet)
	// inside adds the bytes before which a shorter match than the longest can
	// end; none when there is only one match.
	inside(set *byteSet)
}

func empty() *expr { return &expr{kind: xEmpty} }

func literalExpr(s string) *expr { return &expr{kind: xLiteral, lit: s} }

func classExpr(c *class) *expr { return &expr{kind: xClass, class: c} }

func repeatExpr(sub *expr, lo, hi int, mode repeatMode) *expr {
	return &expr{kind: xRepeat, subs: []*expr{sub}, min: lo, max: hi, mode: mode}
}

// concat joins expressions and melts neighbouring literals.
func concat(subs []*expr) *expr {
	out := subs[:0:0]
	for _, s := range subs {
		if s.kind == xEmpty {
			continue
		}
		if s.kind == xLiteral && len(out) > 0 && out[len(out)-1].kind == xLiteral {
			out[len(out)-1] = literalExpr(out[len(out)-1].lit + s.lit)
			continue
		}
		out = append(out, s)
	}
	switch len(out) {
	case 0:
		return empty()
	case 1:
		return out[0]
	default:
		return &expr{kind: xConcat, subs: out}
	}
}

func alternate(subs []*expr) *expr {
	if len(subs) == 1 {
		return subs[0]
	}
	return &expr{kind: xAlternate, subs: subs}
}

// nullable reports whether the expression can match the empty text.
func (x *expr) nullable() bool {
	switch x.kind {
	case xLiteral:
		return x.lit == ""
	case xClass, xFunc:
		return false
	case xConcat:
		for _, s := range x.subs {
			if !s.nullable() {
				return false
			}
		}
		return true
	case xAlternate:
		for _, s := range x.subs {
			if s.nullable() {
				return true
			}
		}
		return false
	case xRepeat:
		return x.min == 0 || x.subs[0].nullable()
	case xCapture, xAtomic:
		return x.subs[0].nullable()
	default:
		return true
	}
}

// first adds the bytes with which a match can start; what an empty match leaves
// to its surroundings is not in it.
func (x *expr) first(set *byteSet) {
	switch x.kind {
	case xLiteral:
		set.add(x.lit[0])
	case xClass:
		x.class.firstBytes(set)
	case xFunc:
		x.fn.first(set)
	case xConcat:
		for _, s := range x.subs {
			s.first(set)
			if !s.nullable() {
				return
			}
		}
	case xAlternate:
		for _, s := range x.subs {
			s.first(set)
		}
	case xRepeat, xCapture, xAtomic:
		x.subs[0].first(set)
	default:
	}
}

// width returns the least and the most bytes that the expression takes; -1 is
// without limit.
func (x *expr) width() (least, most int) {
	switch x.kind {
	case xLiteral:
		return len(x.lit), len(x.lit)
	case xClass:
		if x.class.wide == wideNone {
			return 1, 1
		}
		return 1, 4
	case xFunc:
		return 1, -1
	case xConcat:
		for _, s := range x.subs {
			lo, hi := s.width()
			least += lo
			if most += hi; hi < 0 || most < hi {
				return least, -1
			}
		}
		return least, most
	case xAlternate:
		least = -1
		for _, s := range x.subs {
			lo, hi := s.width()
			if least < 0 || lo < least {
				least = lo
			}
			if hi < 0 || most < 0 {
				most = -1
			} else {
				most = max(most, hi)
			}
		}
		return max(least, 0), most
	case xRepeat:
		lo, hi := x.subs[0].width()
		if hi < 0 || x.max < 0 && hi > 0 {
			return lo * x.min, -1
		}
		return lo * x.min, hi * max(x.max, 0)
	case xCapture, xAtomic:
		return x.subs[0].width()
	default:
		return 0, 0
	}
}

// needed appends the literals that every match holds, in order.
func (x *expr) needed(to []string) []string {
	switch x.kind {
	case xLiteral:
		return append(to, x.lit)
	case xConcat:
		for _, s := range x.subs {
			to = s.needed(to)
		}
		return to
	case xRepeat:
		if x.min > 0 {
			return x.subs[0].needed(to)
		}
		return to
	case xCapture, xAtomic:
		return x.subs[0].needed(to)
	default:
		return to
	}
}
