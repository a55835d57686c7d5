package crs

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/waf/dfa"
	"github.com/sasumata/sasumata/internal/waf/seclang"
	"github.com/sasumata/sasumata/internal/waf/transform"
)

// changing returns the members of TX that some rule sets depending on the
// request.
func changing(list []seclang.Directive) map[string]bool {
	keys := map[string]bool{}
	rules := seclang.Rules(list)
	for {
		before := len(keys)
		for _, r := range rules {
			if settingOnly(r, keys) {
				continue
			}
			for l := r; l != nil; l = l.Next {
				for _, a := range l.Set {
					keys[a.Key.String()] = true
				}
			}
		}
		if len(keys) == before {
			return keys
		}
	}
}

// settingOnly reports whether nothing that the rule looks at depends on the
// request.
func settingOnly(r *seclang.Rule, changing map[string]bool) bool {
	ofBody, sets := false, false
	for l := r; l != nil; l = l.Next {
		sets = sets || len(l.Set) > 0
		for _, t := range l.Targets {
			ofBody = ofBody || t.Variable == "REQBODY_PROCESSOR"
		}
		if !settingTargets(l, changing) || !settingMacro(l.Operator.Macro, changing) {
			return false
		}
		for _, a := range l.Set {
			if !settingMacro(a.Key, changing) || !settingMacro(a.Value, changing) {
				return false
			}
		}
	}
	return !ofBody || !sets
}

func settingTargets(l *seclang.Rule, changing map[string]bool) bool {
	for _, t := range l.Targets {
		switch {
		case t.Variable == "REQBODY_PROCESSOR":
		case t.Variable != "TX" || t.Regex || t.Key == "" || changing[strings.ToLower(t.Key)]:
			return false
		default:
			if _, err := strconv.Atoi(t.Key); err == nil {
				return false // a capture
			}
		}
	}
	return true
}

func settingMacro(m seclang.Macro, changing map[string]bool) bool {
	for _, part := range m {
		if part.Variable == "" {
			continue
		}
		if _, err := strconv.Atoi(part.Key); err == nil || part.Variable != "TX" || changing[part.Key] {
			return false
		}
	}
	return true
}

func (c *compiler) isSetting(r *seclang.Rule) bool { return settingOnly(r, c.changing) }

// runSetting runs a rule that only looks at settings, and returns for which bodies it
// matched. A rule that sets something matches for all or none.
func (c *compiler) runSetting(r *seclang.Rule) kindSet {
	kinds := allKinds
	for l := r; l != nil; l = l.Next {
		holds, ok := c.linkOfSettings(l)
		if !ok {
			c.skip(r, "a setting is tested in a way that is not known here")
			return 0
		}
		if kinds &= holds; kinds == 0 {
			return 0
		}
		for _, a := range l.Set {
			c.assign(a)
		}
	}
	return kinds
}

// linkOfSettings tells for which bodies a link about settings holds.
func (c *compiler) linkOfSettings(l *seclang.Rule) (holds kindSet, ok bool) {
	if len(l.Targets) == 0 {
		return allKinds, true
	}
	op, err := newOperator(&l.Operator, c.constant(l.Operator.Macro), c.opts.Words)
	if err != nil || op.macro != nil || op.name == "detectsqli" || op.name == "detectxss" {
		return 0, false
	}
	m := &Machine{set: c.set}
	m.caches = append(m.caches, make([]dfa.Cache, 1)...)
	for _, t := range l.Targets {
		text, found := c.tx[strings.ToLower(t.Key)]
		if t.Variable == "REQBODY_PROCESSOR" && !t.Count {
			for k := range bodyKinds {
				if op.matches(m, transformedBy(l, []byte(k.processor())), "") {
					holds |= k.set()
				}
			}
			continue
		}
		if t.Count {
			if text = "0"; found || t.Variable == "REQBODY_PROCESSOR" {
				text = "1"
			}
			found = true
		}
		if found && op.matches(m, transformedBy(l, []byte(text)), "") {
			return allKinds, true
		}
	}
	return holds, true
}

func transformedBy(l *seclang.Rule, text []byte) []byte {
	for _, name := range l.Transforms {
		if t, ok := transform.Lookup(name.Text); ok {
			text, _ = t.Apply(nil, text)
		}
	}
	return text
}

func (c *compiler) assign(a seclang.Assign) {
	key, text := strings.ToLower(c.expand(a.Key)), c.expand(a.Value)
	switch a.Op {
	case '!':
		delete(c.tx, key)
	case '+':
		c.tx[key] = strconv.Itoa(number(c.tx[key]) + number(text))
	case '-':
		c.tx[key] = strconv.Itoa(number(c.tx[key]) - number(text))
	default:
		c.tx[key] = text
	}
}

// constant puts the settings into a macro and leaves the rest as it is.
func (c *compiler) constant(m seclang.Macro) seclang.Macro {
	var out seclang.Macro
	for _, part := range m {
		if text, ok := c.tx[part.Key]; ok && part.Variable == "TX" && !c.changing[part.Key] {
			part = seclang.Part{Text: text}
		}
		if n := len(out); n > 0 && out[n-1].Variable == "" && part.Variable == "" {
			out[n-1].Text += part.Text
			continue
		}
		out = append(out, part)
	}
	return out
}

// expand is constant, as a text.
func (c *compiler) expand(m seclang.Macro) string {
	var b strings.Builder
	for _, part := range c.constant(m) {
		b.WriteString(part.Text)
	}
	return b.String()
}

// selectorLike compiles the expression of a selector, in lower case where the
// names of members ignore case.
func selectorLike(source string, fold bool) (*regexp.Regexp, error) {
	if fold {
		source = strings.ToLower(source)
	}
	return regexp.Compile(source)
}
