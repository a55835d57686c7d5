package literal

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Alphabet is a set of characters: any of ASCII, and all others or none.
type Alphabet struct {
	ascii [utf8.RuneSelf]bool
	other bool
}

func (a *Alphabet) has(r rune) bool {
	if r >= 0 && r < utf8.RuneSelf {
		return a.ascii[r]
	}
	return a.other
}

// All is every character.
func All() Alphabet {
	a := Alphabet{other: true}
	for c := range a.ascii {
		a.ascii[c] = true
	}
	return a
}

// Plain is a-z, 0-9 and the marks, which are ASCII.
func Plain(marks string) Alphabet {
	var a Alphabet
	for c := range a.ascii {
		a.ascii[c] = c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
	}
	for _, c := range marks {
		a.ascii[c] = true
	}
	return a
}

// WithUpper adds A-Z.
func (a Alphabet) WithUpper() Alphabet {
	for c := 'A'; c <= 'Z'; c++ {
		a.ascii[c] = true
	}
	return a
}

// LowerCase is every character but A-Z: the alphabet of decoded text.
func LowerCase() Alphabet {
	a := Alphabet{other: true}
	for c := range a.ascii {
		a.ascii[c] = c < 'A' || c > 'Z'
	}
	return a
}

// Prune returns the part of an expression that can match text of the
// alphabet, without captures; nil when nothing can. Assertions stay, so the
// result matches at most what the expression matches in such text, and at least
// whatever it matches there.
func Prune(re *syntax.Regexp, a *Alphabet) *syntax.Regexp {
	switch re.Op {
	case syntax.OpNoMatch:
		return nil
	case syntax.OpLiteral:
		return pruneLiteral(re, a)
	case syntax.OpCharClass:
		return pruneClass(re, a)
	case syntax.OpCapture:
		return Prune(re.Sub[0], a)
	case syntax.OpStar, syntax.OpQuest, syntax.OpPlus, syntax.OpRepeat:
		return pruneRepeat(re, a)
	case syntax.OpConcat:
		subs := make([]*syntax.Regexp, 0, len(re.Sub))
		for _, s := range re.Sub {
			if s = Prune(s, a); s == nil {
				return nil
			}
			subs = append(subs, s)
		}
		return &syntax.Regexp{Op: re.Op, Flags: re.Flags, Sub: subs}
	case syntax.OpAlternate:
		var subs []*syntax.Regexp
		for _, s := range re.Sub {
			if s = Prune(s, a); s != nil {
				subs = append(subs, s)
			}
		}
		if subs == nil {
			return nil
		}
		return &syntax.Regexp{Op: re.Op, Flags: re.Flags, Sub: subs}
	default: // any character, assertions, the empty match
		return re
	}
}

func pruneRepeat(re *syntax.Regexp, a *Alphabet) *syntax.Regexp {
	sub := Prune(re.Sub[0], a)
	if sub == nil {
		if once(re) {
			return nil
		}
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	return &syntax.Regexp{Op: re.Op, Flags: re.Flags, Min: re.Min, Max: re.Max, Sub: []*syntax.Regexp{sub}}
}

// once reports whether a repetition asks for at least one.
func once(re *syntax.Regexp) bool {
	return re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && re.Min > 0
}

// pruneLiteral also turns a literal that ignores case into its lower case. Only
// one with letters beyond ASCII must go on ignoring case.
func pruneLiteral(re *syntax.Regexp, a *Alphabet) *syntax.Regexp {
	fold := re.Flags&syntax.FoldCase != 0
	runes := slices.Clone(re.Rune)
	keepFold := false
	for i, r := range runes {
		if fold && r >= 'A' && r <= 'Z' {
			runes[i] += 'a' - 'A'
		}
		if fold && r >= utf8.RuneSelf && unicode.SimpleFold(r) != r {
			keepFold = true
		} else if !a.has(runes[i]) {
			return nil
		}
	}
	flags := re.Flags
	if !keepFold {
		flags &^= syntax.FoldCase
	}
	return &syntax.Regexp{Op: syntax.OpLiteral, Flags: flags, Rune: runes}
}

func pruneClass(re *syntax.Regexp, a *Alphabet) *syntax.Regexp {
	var ranges []rune
	for i := 0; i < len(re.Rune); i += 2 {
		lo, hi := re.Rune[i], re.Rune[i+1]
		for r := lo; r <= hi && r < utf8.RuneSelf; r++ {
			if !a.ascii[r] {
				continue
			}
			ranges = addRange(ranges, r, r)
		}
		if a.other && hi >= utf8.RuneSelf {
			ranges = addRange(ranges, max(lo, utf8.RuneSelf), hi)
		}
	}
	if ranges == nil {
		return nil
	}
	return &syntax.Regexp{Op: syntax.OpCharClass, Flags: re.Flags, Rune: ranges}
}

// addRange appends a range to sorted ones. Neighbours become one, because the
// printer of expressions relies on it.
func addRange(ranges []rune, lo, hi rune) []rune {
	if n := len(ranges); n > 0 && ranges[n-1] == lo-1 {
		ranges[n-1] = hi
		return ranges
	}
	return append(ranges, lo, hi)
}
