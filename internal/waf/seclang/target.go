package seclang

import (
	"regexp/syntax"
	"strings"
)

// targets reads ARGS|!ARGS:password|&REQUEST_HEADERS:Host|TX:/^score_/.
func (p *parser) targets(t text) []Target {
	var list []Target
	for rest := t; rest.s != ""; {
		end := targetEnd(rest.s)
		if one, ok := p.target(rest.cut(0, end)); ok {
			list = append(list, one)
		}
		if end == len(rest.s) {
			break
		}
		if rest = rest.cut(end+1, len(rest.s)); rest.s == "" {
			p.fault(rest.pos(), "a variable is missing behind |")
		}
		if len(list) > MaxList {
			p.fault(t.pos(), "more than %d variables", MaxList)
			break
		}
	}
	return list
}

// targetEnd returns the offset of the | that ends the first target: those within
// a regular expression do not.
func targetEnd(s string) int {
	colon := strings.IndexAny(s, ":|")
	if colon < 0 {
		return len(s)
	}
	if s[colon] == '|' {
		return colon
	}
	start := colon + 1
	quoted := strings.HasPrefix(s[start:], "'")
	if quoted {
		start++
	}
	if name := strings.ToUpper(s[:colon]); !strings.HasPrefix(s[start:], "/") || name == "XML" || name == "JSON" {
		if end := strings.IndexByte(s[colon:], '|'); end >= 0 {
			return colon + end
		}
		return len(s)
	}
	end := closingSlash(s[start:])
	if end < 0 {
		return len(s)
	}
	end += start + 1
	if quoted && strings.HasPrefix(s[end:], "'") {
		end++
	}
	if bar := strings.IndexByte(s[end:], '|'); bar >= 0 {
		return end + bar
	}
	return len(s)
}

// closingSlash returns the offset of the slash that ends the expression at the
// start of s, -1 when there is none.
func closingSlash(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '/':
			return i
		}
	}
	return -1
}

func (p *parser) target(t text) (Target, bool) {
	t = t.trim()
	one := Target{Pos: t.pos()}
	for t.s != "" && (t.s[0] == '!' || t.s[0] == '&') {
		one.Exclude = one.Exclude || t.s[0] == '!'
		one.Count = one.Count || t.s[0] == '&'
		t = t.cut(1, len(t.s))
	}
	name, key, selects := strings.Cut(t.s, ":")
	one.Variable = strings.ToUpper(name)
	switch kind := variableKind(one.Variable); {
	case kind == noVariable:
		p.unknown(t, "variable", name, variableNames())
		return one, false
	case kind == single && selects:
		p.fault(t.pos(), "%s has no members to select from", one.Variable)
		return one, false
	case selects && key == "":
		p.fault(t.posAt(len(t.s)), "the name of a member of %s is missing", one.Variable)
		return one, false
	}
	if !selects {
		return one, true
	}
	key = strings.TrimSuffix(strings.TrimPrefix(key, "'"), "'")
	if one.Variable == "XML" || one.Variable == "JSON" || !strings.HasPrefix(key, "/") {
		one.Key = key
		return one, true
	}
	one.Regex = true
	end := closingSlash(key)
	if end != len(key)-1 {
		p.fault(t.posAt(len(name)+1), "the regular expression does not end with a slash")
		return one, false
	}
	one.Key = key[1:end]
	if _, err := syntax.Parse(one.Key, syntax.Perl); err != nil {
		p.fault(t.posAt(len(name)+1), "regular expression: %v", err)
		return one, false
	}
	return one, true
}
