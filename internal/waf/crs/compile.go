package crs

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/waf/seclang"
)

// MaxRules is the number of rules that one set holds at the most.
const MaxRules = 8000

// Compile reads the files in their order and compiles the rules for requests. The
// error is a document.Faults with everything that is wrong in the files.
func Compile(files []File, opts Options) (*Set, error) {
	var (
		list   []seclang.Directive
		faults document.Faults
	)
	for _, f := range files {
		all, err := seclang.Parse(f.Name, f.Data)
		var bad document.Faults
		switch {
		case errors.As(err, &bad):
			faults = append(faults, bad...)
		case err != nil:
			return nil, fmt.Errorf("compile rules: %w", err)
		}
		list = append(list, all...)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	c := &compiler{set: &Set{}, opts: opts, nodeOf: map[string]uint16{}, operatorOf: map[string]*operator{}}
	c.node("", 0, false)
	c.rules(list)
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	if len(c.set.rules) > MaxRules {
		return nil, fmt.Errorf("compile rules: %d rules, at most %d are possible", len(c.set.rules), MaxRules)
	}
	if n := max(len(c.set.nodes), len(c.set.operators)); n > math.MaxUint16 {
		return nil, fmt.Errorf("compile rules: %d transformations or operators, at most %d are possible", n, math.MaxUint16)
	}
	if err := c.plan(); err != nil {
		return nil, fmt.Errorf("compile rules: %w", err)
	}
	return c.set, nil
}

type compiler struct {
	set        *Set
	opts       Options
	tx         map[string]string // settings, as far as the rules have run
	changing   map[string]bool   // members of TX that depend on the request
	nodeOf     map[string]uint16
	operatorOf map[string]*operator
	faults     document.Faults
	controlled []pending
}

func (c *compiler) skip(r *seclang.Rule, format string, args ...any) {
	c.set.skipped = append(c.set.skipped, Skipped{r.ID, fmt.Sprintf(format, args...)})
}

// rules runs the settings and compiles what depends on the request, phase by
// phase.
func (c *compiler) rules(list []seclang.Directive) {
	list = amended(list)
	level := strconv.Itoa(max(1, c.opts.Paranoia))
	c.tx = map[string]string{"crs_setup_version": "1", "blocking_paranoia_level": level, "detection_paranoia_level": level}
	c.changing = changing(list)
	seen := map[int]bool{}
	for _, r := range seclang.Rules(list) {
		if seen[r.ID] {
			c.faults = append(c.faults, r.Fault("the id %d is used twice", r.ID))
		}
		seen[r.ID] = true
		if r.Phase > 2 {
			c.skip(r, "it looks at responses or at the result of the other rules")
		}
	}
	for phase := 1; phase <= 2; phase++ {
		c.phase(list, phase)
	}
	c.set.threshold = number(c.tx["inbound_anomaly_score_threshold"])
}

func (c *compiler) phase(list []seclang.Directive, phase int) {
	var left [bodyKinds]leaving
	for _, d := range list {
		if m, ok := d.(*seclang.Marker); ok {
			for k := range left {
				if left[k].until == m.Label {
					left[k].until = ""
				}
			}
		}
		r, ok := d.(*seclang.Rule)
		if !ok || r.Phase != phase {
			continue
		}
		var hidden kindSet
		var why leaving
		for k := range bodyKinds {
			if one := left[k].next(); one.until != "" || one.count > 0 {
				hidden, why = hidden|k.set(), one
			}
		}
		switch {
		case hidden == allKinds && why.until != "":
			c.skip(r, "rule %d, with these settings, goes on behind %s", why.by, why.until)
		case hidden == allKinds:
			c.skip(r, "rule %d, with these settings, leaves it out", why.by)
		case c.isSetting(r):
			holds := c.runSetting(r) &^ hidden
			for k := range bodyKinds {
				if holds&k.set() != 0 {
					left[k] = leaving{r.SkipAfter, r.Skip, r.ID}
				}
			}
		default:
			c.rule(r, hidden)
		}
	}
}

// leaving is what a rule that depends on settings, or on the kind of the body, has
// the rules behind it do: nothing until a marker, or for a number of rules.
type leaving struct {
	until string
	count int
	by    int
}

// next returns what is so for the next rule, and counts it.
func (l *leaving) next() leaving {
	now := *l
	if l.until == "" && l.count > 0 {
		l.count--
	}
	return now
}

// amended carries out the directives that change or remove the rules before them.
func amended(list []seclang.Directive) []seclang.Directive {
	var out []seclang.Directive
	for _, d := range list {
		switch d := d.(type) {
		case *seclang.UpdateTarget:
			for _, r := range seclang.Rules(out) {
				if r.ID >= d.From && r.ID <= d.To {
					r.Targets = append(r.Targets, d.Targets...)
				}
			}
		case *seclang.Remove:
			kept := out[:0]
			for _, have := range out {
				if r, ok := have.(*seclang.Rule); !ok || !removes(d, r) {
					kept = append(kept, have)
				}
			}
			out = kept
		default:
			out = append(out, d)
		}
	}
	return out
}

func removes(d *seclang.Remove, r *seclang.Rule) bool {
	for _, ids := range d.Ranges {
		if r.ID >= ids[0] && r.ID <= ids[1] {
			return true
		}
	}
	return d.Tag != "" && hasTag(r, d.Tag)
}

func hasTag(r *seclang.Rule, tag string) bool { return slices.Contains(r.Tags, tag) }

// rule compiles one rule, which is not for bodies of the kinds that are hidden, or
// says why not.
func (c *compiler) rule(r *seclang.Rule, hidden kindSet) {
	out := rule{id: r.ID, not: hidden}
	kept := readLater(r)
	for l := r; l != nil; l = l.Next {
		err := c.link(&out, r, l, kept[l])
		var fault document.Fault
		switch {
		case errors.As(err, &fault):
			c.faults = append(c.faults, fault)
			return
		case err != nil:
			c.skip(r, "%v", err)
			return
		}
	}
	if r.SkipAfter != "" || r.Skip > 0 {
		c.skip(r, "it skips other rules, depending on the request")
		return
	}
	if len(out.links) == 0 {
		c.skip(r, "it matches every request")
		return
	}
	if isControl(r) {
		c.control(r, out)
		return
	}
	c.finish(r, out)
}

// finish adds the rule to the set.
func (c *compiler) finish(r *seclang.Rule, out rule) {
	if r.NoLog {
		c.skip(r, "it only prepares variables")
		return
	}
	first := &out.links[0]
	out.single = len(out.links) == 1 && len(first.targets) > 0
	for i := range out.links {
		for _, t := range out.links[i].targets {
			out.groups |= t.slots.groups()
		}
		for _, part := range out.links[i].op.macro {
			out.groups |= slotsOf(part.Variable).groups()
		}
	}
	for _, t := range first.targets {
		out.single = out.single && t.kind == ofRequest && t.key == "" && t.like == nil && len(t.exclude) == 0
	}
	more := out.groups&(out.groups-1) != 0
	out.cross = more && !out.single && !divisible(&out)
	for i := range out.links {
		out.links[i].all = i+1 < len(out.links) && !onlyRequest(out.links[i+1:])
	}
	for _, p := range c.controlled {
		if p.hits(r) {
			u := unless{control: p.control, slots: slotsOf(p.ctl.Target.Variable)}
			out.unless = append(out.unless, u)
			c.set.controls[u.control].takes |= u.slots
			for i := range first.targets {
				if t := &first.targets[i]; t.variable == p.ctl.Target.Variable {
					t.unless = append(t.unless, u)
				}
			}
		}
	}
	c.set.rules = append(c.set.rules, out)
	c.set.info = append(c.set.info, c.describe(r))
}

// divisible reports whether the chain, asked about each group of the request on
// its own, says the same: one link, or a second that looks at what the first has
// matched, each by itself.
func divisible(r *rule) bool {
	for i := range r.links {
		for _, t := range r.links[i].targets {
			switch t.kind {
			case ofRequest:
				if i > 0 {
					return false
				}
			case ofMatched:
				if i > 1 {
					return false
				}
			default:
				return false
			}
		}
		if r.links[i].op.macro != nil || len(r.links[i].sets) > 0 {
			return false
		}
	}
	return true
}

// onlyRequest reports whether links look at nothing that a link before them left.
func onlyRequest(links []link) bool {
	for i := range links {
		for _, t := range links[i].targets {
			if t.kind != ofRequest && t.kind != countOfRequest {
				return false
			}
		}
		if links[i].op.macro != nil {
			return false
		}
	}
	return true
}

func macroNeedsRequest(o *operator) bool {
	for _, part := range o.macro {
		if slotsOf(part.Variable) != 0 {
			return true
		}
	}
	return false
}

func (c *compiler) describe(r *seclang.Rule) Rule {
	info := Rule{ID: r.ID, Message: r.Message.String(), Severity: strings.ToLower(r.Severity), Tags: r.Tags}
	for _, tag := range r.Tags {
		if level, ok := strings.CutPrefix(tag, "paranoia-level/"); ok {
			info.Paranoia = number(level)
		}
	}
	for l := r; l != nil; l = l.Next {
		for _, a := range l.Set {
			if a.Op == '+' && strings.HasPrefix(a.Key.String(), "inbound_anomaly_score_pl") {
				info.Score += number(c.expand(a.Value))
			}
		}
	}
	return info
}
