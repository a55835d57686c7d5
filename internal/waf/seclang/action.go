package seclang

import (
	"slices"
	"strconv"
	"strings"
)

// defaultPhase is the phase of a rule that names none.
const defaultPhase = 2

// actions reads id:1,phase:2,t:none,setvar:'tx.a=1'.
func (p *parser) actions(r *Rule, t text) {
	count := 0
	for _, one := range splitActions(t) {
		if count++; count > MaxList {
			p.fault(t.pos(), "more than %d actions", MaxList)
			return
		}
		one = one.trim()
		if one.s == "" {
			continue
		}
		colon := strings.IndexByte(one.s, ':')
		name, value := one, one.cut(len(one.s), len(one.s))
		if colon >= 0 {
			name, value = one.cut(0, colon).trim(), one.cut(colon+1, len(one.s)).trim().unquote('\'')
		}
		p.action(r, name, value)
	}
}

// splitActions cuts at the commas outside of single quotes; a character behind a
// backslash has no meaning.
func splitActions(t text) []text {
	var (
		all    []text
		from   int
		quoted bool
	)
	for i := 0; i < len(t.s); i++ {
		switch {
		case t.s[i] == '\\':
			i++
		case t.s[i] == '\'':
			quoted = !quoted
		case t.s[i] == ',' && !quoted:
			all = append(all, t.cut(from, i))
			from = i + 1
		}
	}
	return append(all, t.cut(from, len(t.s)))
}

func (p *parser) action(r *Rule, name, value text) {
	switch word := strings.ToLower(name.s); word {
	case "id":
		r.ID = p.number(value, "the id", 1, 1<<31-1)
	case "phase":
		r.Phase = p.phase(value)
	case "t":
		p.transform(r, value)
	case "chain":
		r.chained = true
	case "capture":
		r.Capture = true
	case "multimatch":
		r.MultiMatch = true
	case "log":
		r.NoLog = false
	case "nolog":
		r.NoLog = true
	case "allow", "block", "deny", "drop", "pass", "redirect":
		r.Disruptive = word
	case "skip":
		r.Skip = p.number(value, "skip", 1, MaxRules)
	case "skipafter":
		r.SkipAfter = value.s
	case "setvar":
		p.setvar(r, value)
	case "ctl":
		p.ctl(r, value)
	case "msg":
		r.Message = p.macro(value)
	case "logdata":
		r.Data = p.macro(value)
	case "severity":
		r.Severity = p.severity(value)
	case "tag":
		r.Tags = append(r.Tags, value.s)
	case "ver":
		r.Version = value.s
	default:
		if !isOtherAction(word) {
			p.unknown(name, "action", name.s, actionNames())
			return
		}
		r.Other = append(r.Other, Name{name.pos(), word})
	}
}

func (p *parser) macro(t text) Macro {
	m, err := parseMacro(t.s)
	if err != nil {
		p.fault(t.pos(), "%v", err)
	}
	return m
}

func (p *parser) number(t text, what string, least, most int) int {
	n, err := strconv.Atoi(strings.TrimSpace(t.s))
	if err != nil || n < least || n > most {
		p.fault(t.pos(), "want a number from %d to %d for %s", least, most, what)
		return 0
	}
	return n
}

func (p *parser) phase(t text) int {
	switch t.s {
	case "request":
		return 2
	case "response":
		return 4
	case "logging":
		return 5
	default:
		return p.number(t, "the phase", 1, 5)
	}
}

func (p *parser) transform(r *Rule, t text) {
	name := strings.ToLower(t.s)
	switch {
	case name == "none":
		r.Transforms = nil
	case isTransform(name):
		r.Transforms = append(r.Transforms, Name{t.pos(), name})
	default:
		p.unknown(t, "transformation", t.s, transformNames())
	}
}

func (p *parser) severity(t text) string {
	name := strings.ToUpper(t.s)
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < len(severityNames()) {
		return severityNames()[n]
	}
	if slices.Contains(severityNames(), name) {
		return name
	}
	p.unknown(t, "severity", t.s, severityNames())
	return ""
}

// setvar reads tx.name=value, tx.name=+1, !tx.name.
func (p *parser) setvar(r *Rule, t text) {
	a := Assign{Pos: t.pos(), Op: '='}
	left, right, hasValue := strings.Cut(t.s, "=")
	if strings.HasPrefix(left, "!") {
		a.Op, left = '!', left[1:]
	}
	collection, key, _ := strings.Cut(left, ".")
	if !strings.EqualFold(collection, "tx") || key == "" {
		p.fault(t.pos(), "setvar needs a member of the collection TX, as in tx.name=1")
		return
	}
	if a.Op == '=' && hasValue && right != "" && (right[0] == '+' || right[0] == '-') {
		a.Op, right = right[0], right[1:]
	}
	var errKey, errValue error
	a.Key, errKey = parseMacro(strings.ToLower(key))
	a.Value, errValue = parseMacro(right)
	if errKey != nil || errValue != nil {
		p.fault(t.pos(), "setvar: a variable in %s is unknown or not closed", t.s)
		return
	}
	r.Set = append(r.Set, a)
}

// ctl reads ruleRemoveTargetByTag=attack-xss;ARGS:html.
func (p *parser) ctl(r *Rule, t text) {
	name, value, ok := strings.Cut(t.s, "=")
	c := Control{Pos: t.pos(), Name: strings.ToLower(name), Value: value}
	switch {
	case !isControl(c.Name):
		p.unknown(t, "ctl", name, controlNames())
		return
	case !ok:
		p.fault(t.posAt(len(name)), "ctl:%s needs a value", name)
		return
	}
	if strings.HasPrefix(c.Name, "ruleremovetarget") {
		which, _, found := strings.Cut(value, ";")
		at := len(name) + 1 + len(which) + 1
		if !found {
			p.fault(t.pos(), "ctl:%s needs rules and a variable with a semicolon between them", name)
			return
		}
		target, valid := p.target(t.cut(at, len(t.s)))
		if !valid {
			return
		}
		c.Value, c.Target = which, target
	}
	r.Ctl = append(r.Ctl, c)
}
