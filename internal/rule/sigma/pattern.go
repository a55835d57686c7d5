package sigma

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/rule/match"
)

// parsePattern reads a Sigma string: '*' is any run, '?' one character; a
// backslash takes the meaning from '*', '?' and '\' and stays before anything
// else.
func parsePattern(s string) match.Pattern {
	var p match.Pattern
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			p = append(p, match.Part{Lit: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '?' || s[i+1] == '\\'):
			i++
			lit.WriteByte(s[i])
		case c == '*' || c == '?':
			flush()
			p = append(p, match.Part{Wild: c})
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	return p
}

func hasWildcard(p match.Pattern) bool {
	for _, part := range p {
		if part.Wild != 0 {
			return true
		}
	}
	return false
}

func plain(p match.Pattern) string {
	var b strings.Builder
	for _, part := range p {
		b.WriteString(part.Lit)
	}
	return b.String()
}

func openStart(p match.Pattern) match.Pattern {
	if len(p) > 0 && p[0].Wild == '*' {
		return p
	}
	return append(match.Pattern{{Wild: '*'}}, p...)
}

func openEnd(p match.Pattern) match.Pattern {
	if len(p) > 0 && p[len(p)-1].Wild == '*' {
		return p
	}
	return append(slices.Clip(p), match.Part{Wild: '*'})
}

// mapLiterals returns the pattern with its literal text changed.
func mapLiterals(p match.Pattern, change func(string) string) match.Pattern {
	out := make(match.Pattern, len(p))
	for i, part := range p {
		out[i] = part
		if part.Wild == 0 {
			out[i].Lit = change(part.Lit)
		}
	}
	return out
}
