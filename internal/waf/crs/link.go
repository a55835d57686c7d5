package crs

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/waf/seclang"
	"github.com/sasumata/sasumata/internal/waf/transform"
)

// link compiles a link and appends it to the rule, unless it always holds. An error
// that is no document.Fault says why the rule is skipped. Kept are the assignments
// that later links read.
func (c *compiler) link(out *rule, parent, l *seclang.Rule, kept map[int]bool) (err error) {
	if settingTargets(l, c.changing) && settingMacro(l.Operator.Macro, c.changing) && len(l.Targets) > 0 {
		holds, ok := c.linkOfSettings(l)
		if !ok {
			return errors.New("a setting is tested in a way that is not known here")
		}
		if out.not |= allKinds &^ holds; out.not == allKinds {
			return errors.New("the settings switch it off")
		}
		return nil
	}
	if len(l.Targets) == 0 {
		return nil
	}
	one := link{multi: l.MultiMatch, capture: l.Capture}
	if one.targets, err = targetsOf(parent, l); err != nil {
		return err
	}
	if one.node, err = c.chain(l); err != nil {
		return err
	}
	macro := c.constant(l.Operator.Macro)
	if err := c.readableMacro(parent, macro, l == parent); err != nil {
		return err
	}
	if one.op, err = c.operator(&l.Operator, macro); err != nil {
		return l.Operator.Fault("%v", err)
	}
	for i, a := range l.Set {
		if !kept[i] {
			continue
		}
		key, value := c.constant(a.Key), c.constant(a.Value)
		if err := c.readableMacro(parent, value, false); err != nil {
			return err
		}
		one.sets = append(one.sets, assign{key, a.Op, value})
	}
	out.links = append(out.links, one)
	return nil
}

// readableMacro refuses variables that no log shows, and those that other rules
// leave behind: in the operator of a first link that is everything which rules set.
func (c *compiler) readableMacro(parent *seclang.Rule, m seclang.Macro, first bool) error {
	for _, part := range m {
		switch part.Variable {
		case "":
			continue
		case "TX":
			_, err := strconv.Atoi(part.Key)
			if capture := err == nil; capture && first || !capture && c.changing[part.Key] && (first || !setsTX(parent, part.Key, false)) {
				return fmt.Errorf("it looks at TX:%s, which other rules set", part.Key)
			}
			continue
		case "MATCHED_VAR", "MATCHED_VAR_NAME":
			if first {
				return fmt.Errorf("it looks at %s, which other rules set", part.Variable)
			}
			continue
		case "REQUEST_HEADERS":
			if headerSlot(part.Key) != 0 {
				continue
			}
		default:
			if slotsOf(part.Variable) != 0 {
				continue
			}
		}
		return fmt.Errorf("it needs %s, which no log shows", part.Text)
	}
	return nil
}

// read are members of TX that links look at.
type read struct {
	keys  map[string]bool
	any   bool // an expression selects among members
	later map[*seclang.Rule]map[int]bool
}

// readLater returns, by link and number, which assignments of a chain a later
// link reads, if only to set something that is read.
func readLater(first *seclang.Rule) map[*seclang.Rule]map[int]bool {
	var links []*seclang.Rule
	for l := first; l != nil; l = l.Next {
		links = append(links, l)
	}
	r := read{keys: map[string]bool{}, later: map[*seclang.Rule]map[int]bool{}}
	for _, l := range slices.Backward(links) {
		kept := map[int]bool{}
		for i, a := range slices.Backward(l.Set) {
			if key, plain := a.Key.Plain(); r.any || plain && r.keys[key] {
				kept[i] = true
				r.macro(a.Value)
			}
		}
		r.later[l] = kept
		for _, t := range l.Targets {
			if t.Variable == "TX" {
				r.keys[strings.ToLower(t.Key)], r.any = true, r.any || t.Regex
			}
		}
		r.macro(l.Operator.Macro)
	}
	return r.later
}

func (r *read) macro(m seclang.Macro) {
	for _, part := range m {
		if part.Variable == "TX" {
			r.keys[part.Key] = true
		}
	}
}

// targets compiles what a link looks at. What no log shows is left out, as long as
// something remains.
func targetsOf(parent, l *seclang.Rule) ([]target, error) {
	var (
		list   []target
		hidden []string
	)
	for _, t := range l.Targets {
		if t.Exclude {
			if err := exclude(list, t); err != nil {
				return nil, err
			}
			continue
		}
		one, ok, err := targetOf(parent, t)
		switch {
		case err != nil:
			return nil, err
		case ok:
			list = append(list, one)
		default:
			name := t.Variable
			if t.Key != "" {
				name += ":" + t.Key
			}
			hidden = append(hidden, name)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("it looks at %s, which no log shows", strings.Join(hidden, ", "))
	}
	return list, nil
}

func targetOf(parent *seclang.Rule, t seclang.Target) (target, bool, error) {
	one := target{variable: t.Variable, key: strings.ToLower(t.Key)}
	if t.Regex {
		like, err := selectorLike(t.Key, !keepsCase(t.Variable))
		if err != nil {
			return one, false, t.Fault("regular expression: %v", err)
		}
		one.like, one.key = like, ""
	}
	switch t.Variable {
	case "TX":
		one.kind = ofTX
		if t.Count {
			one.kind = countOfTX
		}
		if err := readable(parent, t); err != nil {
			return one, false, err
		}
		return one, true, nil
	case "MATCHED_VARS":
		one.kind = ofMatched
		return one, t.Key == "" && !t.Count, nil
	case "MATCHED_VAR":
		one.kind = ofLastMatched
		return one, !t.Count, nil
	}
	one.slots = slotsOf(t.Variable)
	if t.Variable == "REQUEST_HEADERS" {
		switch {
		case one.like != nil, t.Count && one.key == "content-type":
			return one, false, nil // a log that does not have it says nothing
		case one.key != "":
			one.slots, one.key = headerSlot(one.key), ""
		case t.Count:
			return one, false, nil // nobody knows how many there were
		}
	}
	if isXML(t.Variable) && t.Key != "" {
		one.slots, one.key = xmlSlot(t.Key), ""
	}
	if t.Count {
		one.kind = countOfRequest
	}
	return one, one.slots != 0, nil
}

// readable refuses members of TX that some other rule sets for this request.
func readable(parent *seclang.Rule, t seclang.Target) error {
	if _, err := strconv.Atoi(t.Key); err == nil {
		return nil
	}
	if setsTX(parent, t.Key, t.Regex) {
		return nil
	}
	return fmt.Errorf("it looks at TX:%s, which other rules set", t.Key)
}

// setsTX reports whether the chain sets the member of TX; like takes any member
// whose name depends on the request for it.
func setsTX(parent *seclang.Rule, name string, like bool) bool {
	for l := parent; l != nil; l = l.Next {
		for _, a := range l.Set {
			if key, plain := a.Key.Plain(); plain && strings.EqualFold(key, name) || !plain && like {
				return true
			}
		}
	}
	return false
}

// exclude takes members out of the targets of the same variable.
func exclude(list []target, t seclang.Target) error {
	x := selector{key: strings.ToLower(t.Key)}
	if t.Regex {
		like, err := selectorLike(t.Key, !keepsCase(t.Variable))
		if err != nil {
			return t.Fault("regular expression: %v", err)
		}
		x = selector{like: like}
	}
	for i := range list {
		switch one := &list[i]; {
		case one.variable != t.Variable:
		case t.Variable == "REQUEST_HEADERS" && x.like == nil && x.key != "":
			one.slots &^= headerSlot(x.key)
		case isXML(t.Variable) && x.key != "":
			one.slots &^= xmlSlot(x.key)
		default:
			one.exclude = append(one.exclude, x)
		}
	}
	return nil
}

// chain returns the node at the end of the link's transformations.
func (c *compiler) chain(l *seclang.Rule) (uint16, error) {
	n := uint16(0)
	for _, name := range l.Transforms {
		if _, ok := transform.Lookup(name.Text); !ok {
			return 0, name.Fault("t:%s is not known here", name.Text)
		}
		n = c.node(name.Text, n, l.MultiMatch)
	}
	return n, nil
}

// node returns the node for a transformation behind another node.
func (c *compiler) node(name string, parent uint16, multi bool) uint16 {
	honest := multi && (name == "htmlentitydecode" || name == "removewhitespace" || name == "replacecomments")
	key := fmt.Sprintf("%d %s %t", parent, name, honest)
	if n, ok := c.nodeOf[key]; ok {
		return n
	}
	one := node{parent: parent, honest: honest, name: name, simple: true, quiet: true}
	if name != "" {
		one.tr, _ = transform.Lookup(name)
		before := c.set.nodes[parent]
		one.simple = before.simple && one.tr.Simple
		one.quiet = before.quiet && !one.tr.Always && !one.tr.Wakes.Meets(transform.SimpleBytes())
		one.lower = one.tr.Wakes
		for b := 'A'; b <= 'Z'; b++ {
			one.lower[b>>6] &^= 1 << (b & 63)
		}
	}
	n := uint16(len(c.set.nodes)) // Compile counts them
	c.nodeOf[key] = n
	c.set.nodes = append(c.set.nodes, one)
	return n
}

// operator returns the compiled operator; equal ones are one.
func (c *compiler) operator(o *seclang.Operator, macro seclang.Macro) (*operator, error) {
	key := fmt.Sprintf("%s %t %s", o.Name, o.Negated, macro.String())
	if macro == nil {
		key = fmt.Sprintf("%s %t %s", o.Name, o.Negated, o.Argument)
	}
	if have, ok := c.operatorOf[key]; ok {
		return have, nil
	}
	op, err := newOperator(o, macro, c.opts.Words)
	if err != nil {
		return nil, err
	}
	op.id = uint16(len(c.set.operators)) // Compile counts them
	c.set.operators = append(c.set.operators, op)
	c.operatorOf[key] = op
	return op, nil
}
