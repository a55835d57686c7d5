package query

import (
	"strings"
	"unicode/utf8"
)

// need is a text that every match contains, in either case: looking for it costs
// a fraction of matching words, and most texts do not have it.
type need struct {
	text         string // lower-case ASCII; empty when there is none
	rare         int    // where its rarest byte stands
	lower, upper byte   // that byte in both cases
	folds        bool   // it has a letter that characters beyond ASCII fold to
}

// needOf returns the longest ASCII literal of a pattern.
func needOf(pattern []Piece) need {
	best := ""
	for _, piece := range pattern {
		if len(piece.Literal) > len(best) && isASCII(piece.Literal) {
			best = piece.Literal
		}
	}
	if best == "" {
		return need{}
	}
	n := need{text: strings.ToLower(best)}
	for i := range len(n.text) {
		if commonness(n.text[i]) < commonness(n.text[n.rare]) {
			n.rare = i
		}
	}
	n.lower = n.text[n.rare]
	n.upper = n.lower
	if n.lower >= 'a' && n.lower <= 'z' {
		n.upper = n.lower &^ 0x20
	}
	n.folds = strings.ContainsAny(n.text, "ks") // U+212A and U+017F
	return n
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// commonness ranks a byte by how often log lines hold it.
func commonness(c byte) int {
	const order = "qjzxkvywbgpfmuhdclsnrioate" // rare letters first
	if c >= 'a' && c <= 'z' {
		return 2 + strings.IndexByte(order, c)
	}
	if strings.IndexByte(" .-/:0123456789", c) >= 0 {
		return 40
	}
	return 0
}

// missing reports whether s surely lacks the text.
func (n *need) missing(s string) bool {
	if n.text == "" || n.next(s, 0, n.lower) < len(s) || n.upper != n.lower && n.next(s, 0, n.upper) < len(s) {
		return false
	}
	return !n.folds || !strings.Contains(s, "\u212a") && !strings.Contains(s, "\u017f")
}

// next returns where the text stands next, with its rarest byte in that case; the
// length of s when nowhere.
func (n *need) next(s string, from int, c byte) int {
	for at := from + n.rare; at < len(s); at++ {
		i := strings.IndexByte(s[at:], c)
		if i < 0 {
			return len(s)
		}
		at += i
		start := at - n.rare
		if start+len(n.text) > len(s) {
			return len(s)
		}
		if n.equal(s[start : start+len(n.text)]) {
			return start
		}
	}
	return len(s)
}

// equal compares without regard to the case of ASCII letters.
func (n *need) equal(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != n.text[i] {
			return false
		}
	}
	return true
}
