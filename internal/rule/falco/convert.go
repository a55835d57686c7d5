package falco

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/query"
)

// convert says a rule in ours.
func (c *collection) convert(it *item, taken map[string]bool) (Rule, error) {
	if it.source != "" && it.source != "syscall" {
		return Rule{}, fmt.Errorf("it is about events of %q", it.source)
	}
	tree, err := c.parse(it.condition)
	if err != nil {
		return Rule{}, err
	}
	for i := range it.exceptions {
		but, err := c.exception(&it.exceptions[i])
		if err != nil {
			return Rule{}, fmt.Errorf("exception %s: %w", it.exceptions[i].name, err)
		}
		if but != nil {
			tree = &node{op: and, args: []*node{tree, negate(but)}}
		}
	}
	t := &translator{}
	said, err := t.tree(tree)
	if err != nil {
		return Rule{}, err
	}
	said = simple(said)
	switch said.op {
	case no:
		return Rule{}, errors.New("it never matches")
	case yes:
		return Rule{}, errors.New("it matches everything")
	default:
	}
	text := "source:sensor " + inside(said)
	if _, err := query.Parse(text); err != nil {
		return Rule{}, fmt.Errorf("the search of it: %w", err)
	}
	r := Rule{
		ID: idOf(it.name, taken), Name: it.name, Description: oneLine(it.desc), Query: text, Severity: severityOf(it.priority), Message: message(it.output),
		Enabled: it.enabled, Notes: t.notes, Tags: tagsOf(it.tags),
	}
	return r, nil
}

// exception returns what an exception means; nil when it has no values.
func (c *collection) exception(e *exception) (*node, error) {
	all := &node{op: or}
	for _, row := range e.values {
		both := &node{op: and}
		for i, v := range row {
			n := &node{op: test, field: e.fields[i], how: "=", values: []string{v.text}}
			if v.many {
				n.how = "in"
			}
			if i < len(e.comps) && e.comps[i] != "" {
				n.how = e.comps[i]
			}
			if !slices.Contains(operators(), n.how) {
				return nil, fmt.Errorf("there is no operator %q", n.how)
			}
			if v.many || slices.Contains([]string{"in", "pmatch", "intersects"}, n.how) {
				list := v.list
				if !v.many {
					list = strings.FieldsFunc(v.text, func(r rune) bool { return strings.ContainsRune("(), ", r) })
				}
				n.values = nil
				for _, one := range list {
					var err error
					if n.values, err = c.expand(n.values, one, false, 0); err != nil {
						return nil, err
					}
				}
			}
			both.args = append(both.args, n)
		}
		all.args = append(all.args, both)
	}
	if len(all.args) == 0 {
		return nil, nil
	}
	return all, nil
}

// simple takes out what is always so, and what never is.
func simple(n *node) *node {
	switch n.op {
	case not:
		switch one := simple(n.args[0]); one.op {
		case yes:
			return truth(false)
		case no:
			return truth(true)
		case not:
			return one.args[0]
		default:
			return negate(one)
		}
	case and, or:
		neutral, final := yes, no
		if n.op == or {
			neutral, final = no, yes
		}
		out := &node{op: n.op}
		for _, arg := range n.args {
			switch one := simple(arg); one.op {
			case neutral:
			case final:
				return one
			case n.op:
				out.args = append(out.args, one.args...)
			default:
				out.args = append(out.args, one)
			}
		}
		switch len(out.args) {
		case 0:
			return &node{op: neutral}
		case 1:
			return out.args[0]
		}
		return out
	default:
		return n
	}
}

// inside writes a tree so that it can stand beside others.
func inside(n *node) string {
	switch n.op {
	case test:
		return n.field
	case not:
		return "-" + inside(n.args[0])
	default:
		joint := " "
		if n.op == or {
			joint = " OR "
		}
		parts := make([]string, len(n.args))
		for i, arg := range n.args {
			parts[i] = inside(arg)
		}
		return "(" + strings.Join(parts, joint) + ")"
	}
}

func idOf(name string, taken map[string]bool) string {
	id := "falco_" + strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "_")
	for n, one := 2, id; ; n++ {
		if !taken[one] {
			return one
		}
		one = fmt.Sprintf("%s_%d", id, n)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func severityOf(priority string) string {
	switch strings.ToLower(priority) {
	case "emergency", "alert", "critical":
		return "critical"
	case "error":
		return "high"
	case "warning":
		return "medium"
	case "notice":
		return "low"
	default:
		return "info"
	}
}

// tagsOf keeps what says a technique of ATT&CK as our rules do, and others as they are.
func tagsOf(all []string) []string {
	out := []string{"category:runtime", "security:attack"}
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	for _, tag := range all {
		if technique.MatchString(tag) {
			tag = "technique:" + tag
		} else {
			tag = "falco:" + tag
		}
		if !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}

// message writes an output with our names of fields; what the sensor does not see is a "-".
func message(output string) string {
	field := regexp.MustCompile(`%(?:\*)?([a-z0-9_]+(?:\.[a-z0-9_]+)*(?:\[[^\]]*\])?)`)
	text := strings.ReplaceAll(oneLine(output), "{{", "{ {")
	return field.ReplaceAllStringFunc(text, func(s string) string {
		name := field.FindStringSubmatch(s)[1]
		attr := attribute(name)
		switch {
		case name == "fd.name":
			attr = "file.path"
		case name == "container.id":
			attr = "container.id"
		case strings.HasPrefix(name, "container.image"):
			attr = "container.image"
		case name == "evt.type":
			attr = "evt.name"
		}
		if attr == "" {
			return "-"
		}
		return "{{@" + attr + "}}"
	})
}

// YAML returns the rule as a rule file of ours.
func (r *Rule) YAML() []byte {
	q := func(v any) string {
		text, err := json.Marshal(v) // which is YAML, too
		if err != nil {
			panic("BUG: a text cannot be written: " + err.Error())
		}
		return string(text)
	}
	var b strings.Builder
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "# %s.\n", note)
	}
	fmt.Fprintf(&b, "id: %s\nname: %s\ntype: log_detection\nisEnabled: %t\nhasExtendedTitle: true\ncategory: runtime\ntags: %s\n", r.ID, q(r.Name), r.Enabled, q(r.Tags))
	fmt.Fprintf(&b, "queries:\n  - name: events\n    query: %s\n    aggregation: count\n    groupByFields: [host, \"@container.id\"]\n    hasOptionalGroupByFields: true\n", q(r.Query))
	fmt.Fprintf(&b, "cases:\n  - name: Seen\n    status: %s\n    condition: events > 0\n", r.Severity)
	b.WriteString("options:\n  detectionMethod: threshold\n  evaluationWindow: 300\n  keepAlive: 3600\n  maxSignalDuration: 86400\n")
	text := r.Message
	if r.Description != "" {
		text = strings.TrimSpace(text + "\n\n" + strings.ReplaceAll(r.Description, "{{", "{ {"))
	}
	fmt.Fprintf(&b, "message: %s\n", q(text))
	return []byte(b.String())
}
