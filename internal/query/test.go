package query

import (
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// Test is what a clause asks of one value of its field: for whoever has the values of
// many events side by side. Any number of goroutines may use it.
type Test struct{ test test }

// TestOf returns the test of a clause, or of a list of values for one field; false for
// other nodes, and for lists that are more than alternatives. A clause about several
// fields (*FreeText with the field Everything) has the test of the message.
func TestOf(n Node) (Test, bool) {
	switch n := n.(type) {
	case *Term:
		return Test{n}, true
	case *Wildcard:
		return Test{n}, true
	case *Exists:
		return Test{n}, true
	case *FreeText:
		return Test{n}, true
	case *CIDR:
		return Test{n}, true
	case *Range:
		return Test{&n.within}, true
	case *Comparison:
		return Test{&n.within}, true
	case *List:
		return Test{n.alts}, n.alts != nil
	default:
		return Test{}, false
	}
}

// Text reports whether the text of an official field, or of a tag, passes. Official
// fields that an event does not have are empty.
func (t Test) Text(s string) bool { return t.test.text(s) }

// Value reports whether a value of an attribute passes: a text, a number or a truth
// value.
func (t Test) Value(v event.Value) bool { return t.test.scalar(v) }

// Needs returns texts in lower-case ASCII that every text holds which passes, whatever
// the case of its letters; none when nothing is known. Looking for one of them costs a
// fraction of the test.
func (t Test) Needs() []string {
	var out []string
	switch n := t.test.(type) {
	case *Term:
		out = needed(out, n.Value)
	case *Wildcard:
		for _, p := range n.Pattern {
			out = needed(out, p.Literal)
		}
	case *FreeText:
		out = needed(out, n.Literal)
		for _, w := range n.Words {
			out = needed(out, w.Text)
			for _, p := range w.Pattern {
				out = needed(out, p.Literal)
			}
		}
	}
	return out
}

// needed adds the pieces of a literal between what may be spelt in other ways:
// characters beyond ASCII, and k and s, to which such characters fold.
func needed(out []string, literal string) []string {
	pieces := strings.FieldsFuncSeq(literal, func(r rune) bool {
		return r|0x20 == 'k' || r|0x20 == 's' || r >= utf8.RuneSelf
	})
	for piece := range pieces {
		out = append(out, strings.ToLower(piece))
	}
	return out
}
