package waf

import (
	"regexp/syntax"

	"github.com/sasumata/sasumata/internal/waf/literal"
)

// gate proves from the raw text of one part of a request that no pattern can
// match it, in one pass and without decoding: every byte belongs to an alphabet
// in which decoding changes nothing, and the literals do not occur that some
// branch needs in texts of this alphabet. "Clean" is certain; "not clean" says
// nothing.
type gate struct {
	filter *literal.Filter
	open   bool // no pattern looks here
}

func newGate(p *Patterns, trees []*syntax.Regexp, where Where, plain literal.Alphabet) (*gate, error) {
	g := &gate{open: true}
	pruned := make([]literal.Source, len(trees))
	for i, tree := range trees {
		if p.list[p.branches[i].pattern].where&where != 0 {
			// A branch that needs another character cannot match plain text, which is
			// what makes the rest few.
			g.open, pruned[i].Tree = false, literal.Prune(tree, &plain)
		}
	}
	var err error
	g.filter, err = literal.New(pruned, &plain)
	return g, err
}

// clean reports whether no pattern can match the raw text. The bits are scratch
// memory.
func (g *gate) clean(raw string, bits []uint64) bool {
	return raw == "" || g.open || g.filter.Clean(raw, bits)
}

// plainURL holds the characters that mean themselves in a URL, and the marks
// between its parts.
func plainURL() literal.Alphabet { return literal.Plain("/._-~:,=&?@!") }

// plainHeader holds the characters that decoding leaves alone in a header.
func plainHeader() literal.Alphabet { return literal.Plain("/._-~:,=?@! ();+[]") }

// plainReferer holds those in a URL with the spaces and brackets that browsers
// leave in it. Without ; and # no entity can be written.
func plainReferer() literal.Alphabet { return literal.Plain("/._-~:,=&?@! ()[]") }
