package query

import "github.com/sasumata/sasumata/internal/event"

// oneOf is a list of alternatives for one field as a single test: the value is
// looked up once, and exact texts cost one look in a table however many there are.
type oneOf struct {
	exact map[string]struct{} // texts of the terms; nil where letter case folds
	terms []test              // the terms, for values that are no texts
	rest  []test              // everything else
	// endings are the patterns with a fixed end (*.png), and last has the last bytes of
	// these ends: most texts end otherwise, and need not be compared with any.
	endings []*Wildcard
	last    [4]uint64
}

// minOneOf is the length of the list from which a table pays.
const minOneOf = 3

// newOneOf returns the alternatives of a list, nil when it is not a plain list.
func newOneOf(n *List) *oneOf {
	or, ok := unwrap(n.Node).(*Or)
	if !ok || len(or.Nodes) < minOneOf {
		return nil
	}
	x := &oneOf{}
	if !n.Field.Folds() {
		x.exact = make(map[string]struct{}, len(or.Nodes))
	}
	for _, child := range or.Nodes {
		switch c := unwrap(child).(type) {
		case *Term:
			if x.exact == nil {
				x.rest = append(x.rest, c)
				continue
			}
			x.exact[c.Value] = struct{}{}
			x.terms = append(x.terms, c)
		case *Wildcard:
			if end, ok := c.glob.lastByte(); ok {
				x.endings = append(x.endings, c)
				x.last[end>>6] |= 1 << (end & 63)
				continue
			}
			x.rest = append(x.rest, c)
		case *Range:
			x.rest = append(x.rest, &c.within)
		case *Comparison:
			x.rest = append(x.rest, &c.within)
		default:
			return nil
		}
	}
	return x
}

func unwrap(n Node) Node {
	for {
		group, ok := n.(*Group)
		if !ok {
			return n
		}
		n = group.Node
	}
}

// ends asks the patterns with a fixed end of a text.
func (x *oneOf) ends(s string) bool {
	if s == "" || x.last[s[len(s)-1]>>6]>>(s[len(s)-1]&63)&1 == 0 {
		return false
	}
	for _, w := range x.endings {
		if w.text(s) {
			return true
		}
	}
	return false
}

func (x *oneOf) text(s string) bool {
	if _, ok := x.exact[s]; ok || x.ends(s) {
		return true
	}
	for _, t := range x.rest {
		if t.text(s) {
			return true
		}
	}
	return false
}

func (x *oneOf) scalar(v event.Value) bool {
	if v.Kind() == event.String {
		if _, ok := x.exact[v.Str()]; ok || x.ends(v.Str()) {
			return true
		}
	} else {
		for _, w := range x.endings {
			if w.scalar(v) {
				return true
			}
		}
		for _, t := range x.terms {
			if t.scalar(v) {
				return true
			}
		}
	}
	for _, t := range x.rest {
		if t.scalar(v) {
			return true
		}
	}
	return false
}
