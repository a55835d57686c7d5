package crs

import (
	"strings"

	"github.com/sasumata/sasumata/internal/waf/seclang"
)

// pending is what a control does to rules that come behind it.
type pending struct {
	control uint16
	ctl     seclang.Control
}

// isControl reports a rule that finds nothing, but changes others.
func isControl(r *seclang.Rule) bool {
	for _, ctl := range r.Ctl {
		if strings.HasPrefix(ctl.Name, "ruleremove") {
			return true
		}
	}
	return false
}

// control adds a rule that takes targets away from others: the one kind of change
// that the Core Rule Set makes depend on a request.
func (c *compiler) control(r *seclang.Rule, out rule) {
	first := &out.links[0]
	var in slotSet
	for _, t := range first.targets {
		in |= t.slots
	}
	if len(out.links) > 1 || in.groups() != groupLine || out.not != 0 || len(c.set.controls) >= 64 {
		c.skip(r, "it changes other rules, depending on more than the request line")
		return
	}
	number := uint16(len(c.set.controls)) // below 64
	c.set.controls = append(c.set.controls, control{rule: out})
	for _, ctl := range r.Ctl {
		switch ctl.Name {
		case "ruleremovetargetbytag", "ruleremovetargetbyid":
			if slotsOf(ctl.Target.Variable).groups() != groupLine || ctl.Target.Key != "" {
				c.skip(r, "it takes %s from other rules", ctl.Target.Variable)
				continue
			}
			c.controlled = append(c.controlled, pending{number, ctl})
		default:
			c.skip(r, "ctl:%s is not known here", ctl.Name)
		}
	}
}

// hits reports whether the control is about this rule.
func (p *pending) hits(r *seclang.Rule) bool {
	if p.ctl.Name == "ruleremovetargetbytag" {
		return hasTag(r, p.ctl.Value)
	}
	from, to, isRange := strings.Cut(p.ctl.Value, "-")
	if !isRange {
		to = from
	}
	return r.ID >= number(from) && r.ID <= number(to)
}
