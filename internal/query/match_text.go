package query

import (
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

func (n *FreeText) scalar(v event.Value) bool {
	if v.Kind() == event.String {
		return n.text(v.Str())
	}
	var buf [32]byte
	return n.text(string(v.AppendText(buf[:0])))
}

func (n *FreeText) text(s string) bool {
	switch {
	case len(n.Words) == 0 && n.Literal == "":
		return s == ""
	case len(n.Words) == 0:
		return containsFold(s, n.Literal)
	case n.first != 0:
		return n.fromByte(s)
	case n.need.text != "" && !n.need.folds:
		return n.fromNeed(s)
	case n.Words[0].glob != nil:
		return !n.need.missing(s) && n.fromRuns(s)
	default:
		return n.fromRunes(s)
	}
}

// fromByte tries the places where the first byte stands, in either case.
func (n *FreeText) fromByte(s string) bool {
	first, upper := n.first, n.first
	if first >= 'a' && first <= 'z' {
		upper = first &^ 0x20
	}
	nextLower, nextUpper := -1, -1
	for at := 0; ; at++ {
		if nextLower < at {
			nextLower = indexFrom(s, first, at)
		}
		if nextUpper < at {
			nextUpper = indexFrom(s, upper, at)
		}
		if at = min(nextLower, nextUpper); at == len(s) {
			return false
		}
		if isEdge(s, at) && n.at(s, at) {
			return true
		}
	}
}

// indexFrom returns where the byte stands next, the length of s when nowhere.
func indexFrom(s string, c byte, from int) int {
	if at := strings.IndexByte(s[from:], c); at >= 0 {
		return from + at
	}
	return len(s)
}

// fromRuns tries each run of word characters. Runs do not overlap, so a text
// without blanks costs no more than another.
func (n *FreeText) fromRuns(s string) bool {
	for at := skipGap(s, 0); at < len(s); at = skipGap(s, at) {
		if n.at(s, at) {
			return true
		}
		at = skipRun(s, at)
	}
	return false
}

// fromNeed tries the runs that hold what the first word needs.
func (n *FreeText) fromNeed(s string) bool {
	lower, upper := -1, -1
	for at := 0; ; {
		if lower < at {
			lower = n.need.next(s, at, n.need.lower)
		}
		if upper < at {
			upper = n.need.next(s, at, n.need.upper)
		}
		if at = min(lower, upper); at == len(s) {
			return false
		}
		at = runStart(s, at)
		if n.at(s, at) {
			return true
		}
		at = skipRun(s, at)
	}
}

// fromRunes tries each character.
func (n *FreeText) fromRunes(s string) bool {
	for at := 0; at < len(s); {
		if isEdge(s, at) && n.at(s, at) {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return false
}

// at reports whether the words stand side by side from the offset on.
func (n *FreeText) at(s string, at int) bool {
	for i := range n.Words {
		if i > 0 {
			next := skipGap(s, at)
			if next == len(s) || next == at && !classChanges(s, at) {
				return false
			}
			at = next
		}
		w := &n.Words[i]
		if w.glob != nil {
			end := skipRun(s, at)
			if !w.glob.match(s[at:end]) {
				return false
			}
			at = end
			continue
		}
		size, ok := prefixFold(s[at:], w.Text)
		if at += size; !ok || !isEdge(s, at) {
			return false
		}
	}
	return true
}

// prefixFold returns how much of s the lower-case text takes at its start.
func prefixFold(s, text string) (int, bool) {
	at := 0
	for i := 0; i < len(text); {
		if at >= len(s) {
			return 0, false
		}
		want, wantSize := literalRune(text[i:])
		r, size := literalRune(s[at:])
		if r != want && lower(r) != want {
			return 0, false
		}
		i += wantSize
		at += size
	}
	return at, true
}

func containsFold(s, text string) bool {
	for at := 0; at < len(s); {
		if _, ok := prefixFold(s[at:], text); ok {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return false
}
