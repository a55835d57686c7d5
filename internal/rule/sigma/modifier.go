package sigma

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// maxExpansion is the number of alternatives that one value may become.
const maxExpansion = 4096

// item is a detection item while it is read.
type item struct {
	field   string
	mods    []string
	all     bool
	negated bool
	r       *reader
}

// modifiers returns the names of all modifiers, for suggestions.
func modifiers() []string {
	return []string{
		"all", "neq", "base64", "base64offset", "cased", "cidr", "contains", "day", "dotall", "endswith",
		"exists", "expand", "fieldref", "gt", "gte", "hour", "i", "ignorecase", "lt", "lte", "m", "minute", "month",
		"multiline", "re", "s", "startswith", "utf16", "utf16be", "utf16le", "week", "wide", "windash", "year",
	}
}

// apply applies the modifiers from left to right to every value.
func (it *item) apply(values []value) ([]value, error) {
	for n, mod := range it.mods {
		switch mod {
		case "all":
			it.all = true
			continue
		case "neq":
			it.negated = true
			continue
		}
		for i := range values {
			v, err := it.modifyAll(mod, n, values[i])
			if err != nil {
				return nil, err
			}
			values[i] = v
		}
	}
	return values, nil
}

// modifyAll applies a modifier to a value, or to each of its alternatives.
func (it *item) modifyAll(mod string, n int, v value) (value, error) {
	if v.kind != groupValue {
		return it.modify(mod, n, v)
	}
	out := value{kind: groupValue}
	for _, one := range v.group {
		m, err := it.modifyAll(mod, n, one)
		if err != nil {
			return value{}, err
		}
		if m.kind == groupValue {
			out.group = append(out.group, m.group...)
		} else {
			out.group = append(out.group, m)
		}
		if len(out.group) > maxExpansion {
			return value{}, fmt.Errorf("the modifier %q makes more than %d alternatives of a value", mod, maxExpansion)
		}
	}
	return out, nil
}

func (it *item) modify(mod string, n int, v value) (value, error) {
	switch mod {
	case "contains", "startswith", "endswith":
		return anchor(mod, v)
	case "re", "cidr", "exists":
		if n > 0 && (n > 1 || it.mods[0] != "expand" || mod != "re") {
			return value{}, fmt.Errorf("the modifier %q must be the first", mod)
		}
	}
	switch mod {
	case "re":
		return value{kind: regexpValue, raw: v.raw}, nil
	case "i", "ignorecase", "m", "multiline", "s", "dotall":
		return regexpFlag(mod, v)
	case "exists":
		if v.kind != boolValue {
			return value{}, fmt.Errorf("the modifier \"exists\" wants true or false, found %s", &v)
		}
		return value{kind: existsValue, yes: v.yes}, nil
	case "gt", "gte", "lt", "lte":
		return comparison(mod, v)
	case "minute", "hour", "day", "week", "month", "year":
		if v.kind != numberValue {
			return value{}, fmt.Errorf("the modifier %q wants a number, found %s", mod, &v)
		}
		return value{kind: timeValue, part: mod, num: float64(int64(v.num))}, nil
	case "expand":
		return it.expand(v)
	}
	if v.kind != textValue {
		return value{}, fmt.Errorf("the modifier %q wants text, found %s", mod, &v)
	}
	switch mod {
	case "cased":
		v.cased = true
		return v, nil
	case "cidr":
		return network(v)
	case "fieldref":
		if hasWildcard(v.pattern) {
			return value{}, errors.New("the name of a field must not hold wildcards")
		}
		return value{kind: refValue, raw: it.r.mapping.one(plain(v.pattern))}, nil
	case "windash":
		return windash(v)
	default:
		return encode(mod, v)
	}
}

// anchor opens a value at its ends.
func anchor(mod string, v value) (value, error) {
	switch v.kind {
	case refValue:
		v.starts = v.starts || mod != "endswith"
		v.ends = v.ends || mod != "startswith"
		return v, nil
	case regexpValue:
		return v, nil // a search is open at both ends already
	case numberValue, boolValue:
		v = textOf(v.raw)
	case textValue:
	default:
		return value{}, fmt.Errorf("the modifier %q wants text, found %s", mod, &v)
	}
	if mod != "startswith" {
		v.pattern = openStart(v.pattern)
	}
	if mod != "endswith" {
		v.pattern = openEnd(v.pattern)
	}
	return v, nil
}

func regexpFlag(mod string, v value) (value, error) {
	if v.kind != regexpValue {
		return value{}, fmt.Errorf("the modifier %q belongs behind \"re\"", mod)
	}
	flag := mod
	switch mod {
	case "ignorecase":
		flag = "i"
	case "multiline":
		flag = "m"
	case "dotall":
		flag = "s"
	}
	if !strings.Contains(v.flags, flag) {
		v.flags += flag
	}
	return v, nil
}

func comparison(mod string, v value) (value, error) {
	if v.kind != numberValue {
		return value{}, fmt.Errorf("the modifier %q wants a number, found %s", mod, &v)
	}
	v.kind = compareValue
	switch mod {
	case "gt":
		v.rel = ">"
	case "gte":
		v.rel = ">="
	case "lt":
		v.rel = "<"
	default:
		v.rel = "<="
	}
	return v, nil
}

func network(v value) (value, error) {
	if hasWildcard(v.pattern) {
		return value{}, fmt.Errorf("%s: a network must not hold wildcards", &v)
	}
	text := plain(v.pattern)
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		addr, addrErr := netip.ParseAddr(text)
		if addrErr != nil {
			return value{}, fmt.Errorf("%s is no network such as 10.0.0.0/8", &v)
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if masked := prefix.Masked(); masked != prefix {
		return value{}, document.Fault{
			Message:    fmt.Sprintf("%s has bits set behind the length of the network", &v),
			Suggestion: masked.String(),
		}
	}
	return value{kind: cidrValue, prefix: prefix, raw: v.raw}, nil
}

// windash makes every alternative of the dashes that begin a word.
func windash(v value) (value, error) {
	variants := []match.Pattern{nil}
	for _, part := range v.pattern {
		pieces := []string{part.Lit}
		if part.Wild == 0 {
			pieces = splitDashes(part.Lit)
		}
		for i, piece := range pieces {
			var grown []match.Pattern
			for _, p := range variants {
				for _, lit := range dashes(part, piece, i) {
					grown = append(grown, append(slices.Clip(p), lit))
				}
			}
			if variants = grown; len(variants) > maxExpansion {
				return value{}, fmt.Errorf("%s has too many dashes for \"windash\"", &v)
			}
		}
	}
	out := value{kind: groupValue}
	for _, p := range variants {
		out.group = append(out.group, value{kind: textValue, raw: v.raw, pattern: joinLiterals(p), cased: v.cased})
	}
	return out, nil
}

// dashes returns what may stand for a piece: every odd one is a dash.
func dashes(part match.Part, piece string, i int) []match.Part {
	if part.Wild != 0 || i%2 == 0 {
		return []match.Part{{Lit: piece, Wild: part.Wild}}
	}
	return []match.Part{{Lit: "-"}, {Lit: "/"}, {Lit: "\u2013"}, {Lit: "\u2014"}, {Lit: "\u2015"}}
}

func joinLiterals(p match.Pattern) match.Pattern {
	var out match.Pattern
	for _, part := range p {
		if n := len(out); n > 0 && part.Wild == 0 && out[n-1].Wild == 0 {
			out[n-1].Lit += part.Lit
			continue
		}
		if part.Wild != 0 || part.Lit != "" {
			out = append(out, part)
		}
	}
	return out
}

// splitDashes divides text at each '-' and '/' that stands before a word and not
// behind one, which is where \B[-/]\b matches. Odd pieces are the dashes.
func splitDashes(s string) []string {
	var pieces []string
	runes := []rune(s)
	from := 0
	for i, r := range runes {
		if (r != '-' && r != '/') || i > 0 && isWord(runes[i-1]) || i+1 >= len(runes) || !isWord(runes[i+1]) {
			continue
		}
		pieces = append(pieces, string(runes[from:i]), string(r))
		from = i + 1
	}
	return append(pieces, string(runes[from:]))
}
