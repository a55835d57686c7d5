package sigma

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// maxTimespan is the longest window.
const maxTimespan = 10 * 365 * 24 * time.Hour

func correlationTypes() []string {
	return []string{
		"event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile", "value_median",
	}
}

// correlation reads a correlation document.
func (r *reader) correlation(src source) *Correlation {
	c := &Correlation{Meta: r.meta(src)}
	part, ok := src.parts["correlation"]
	if !ok {
		r.missing(src, "correlation", "a mapping")
		return c
	}
	known := []string{"type", "rules", "generate", "group-by", "aliases", "timespan", "timeframe", "condition"}
	for _, key := range part.keys {
		if !slices.Contains(known, key) {
			f := part.values[key].Pos().Fault("a correlation has no key %q", key)
			f.Suggestion = document.Suggest(key, known)
			r.faults = append(r.faults, f)
		}
	}
	c.Type = r.choice(part, "type", correlationTypes()...)
	if c.Type == "" {
		r.fault(part.pos, "the key \"type\" is missing")
	}
	c.Rules, c.GroupBy = r.list(part, "rules"), r.list(part, "group-by")
	c.Aliases = r.aliases(part)
	c.Timespan = r.timespan(part)
	if n, ok := part.values["generate"]; ok {
		yes, isBool := n.Any().(bool)
		if !isBool {
			r.fault(n.Pos(), "generate: want true or false, found %s", kindName(n))
		}
		c.Generate = yes
	}
	r.correlationCondition(part, c)
	if len(c.Rules) == 0 && c.Logic == nil {
		r.fault(part.pos, "the key \"rules\" is missing")
	}
	return c
}

func temporal(kind string) bool { return kind == "temporal" || kind == "temporal_ordered" }

func (r *reader) correlationCondition(part section, c *Correlation) {
	n, ok := part.values["condition"]
	switch {
	case (!ok || n.Kind() == document.Null) && temporal(c.Type):
		return
	case !ok || n.Kind() == document.Null:
		r.fault(part.pos, "the key \"condition\" is missing")
		return
	case n.Kind() == document.Scalar && temporal(c.Type):
		r.logic(n, c)
		return
	case n.Kind() != document.Map:
		r.fault(n.Pos(), "condition: want a mapping such as gte: 10, found %s", kindName(n))
		return
	}
	s := newSection(n)
	for _, key := range s.keys {
		v := s.values[key]
		switch key {
		case "field":
			c.Fields = r.list(s, key)
		case "percentile":
			p, ok := number(v)
			if !ok || p < 0 || p > 100 {
				r.fault(v.Pos(), "percentile: want a number from 0 to 100, found %s", kindName(v))
			}
			c.Percentile = p
		case "gt", "gte", "lt", "lte", "eq", "neq":
			x, ok := number(v)
			if !ok {
				r.fault(v.Pos(), "%s: want a number, found %s", key, kindName(v))
			}
			c.Bounds = append(c.Bounds, Bound{key, x})
		default:
			f := v.Pos().Fault("a condition has no key %q", key)
			f.Suggestion = document.Suggest(key, []string{"field", "percentile", "gt", "gte", "lt", "lte", "eq", "neq"})
			r.faults = append(r.faults, f)
		}
	}
	r.checkCorrelation(s, c)
}

func (r *reader) checkCorrelation(s section, c *Correlation) {
	if len(c.Bounds) == 0 {
		r.fault(s.pos, "want a comparison such as gte: 10")
	}
	valued := strings.HasPrefix(c.Type, "value_")
	switch {
	case valued && len(c.Fields) == 0:
		r.fault(s.pos, "a correlation of type %s wants a field", c.Type)
	case valued && c.Type != "value_count" && len(c.Fields) > 1:
		r.fault(s.pos, "a correlation of type %s wants one field", c.Type)
	case c.Type == "value_percentile" && !s.has("percentile"):
		r.fault(s.pos, "a correlation of type value_percentile wants a percentile")
	}
}

func number(n document.Node) (float64, bool) {
	switch v := n.Any().(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	default:
		return 0, false
	}
}

// timespan reads 30s, 5m, 2h, 1d, 1w, 1M or 1y.
func (r *reader) timespan(part section) time.Duration {
	key := "timespan"
	if !part.has(key) && part.has("timeframe") {
		key = "timeframe"
		r.warn(part.values[key].Pos(), "the key is named timespan")
	}
	n, ok := part.values[key]
	if !ok {
		r.fault(part.pos, "the key \"timespan\" is missing")
		return 0
	}
	d, err := parseTimespan(n.Text())
	if err != nil {
		r.fault(n.Pos(), "%v", err)
	}
	return d
}

func parseTimespan(s string) (time.Duration, error) {
	bad := fmt.Errorf("want a timespan such as 30s, 5m, 1h or 7d, found %q", s)
	if len(s) < 2 {
		return 0, bad
	}
	var unit time.Duration
	switch s[len(s)-1] {
	case 's':
		unit = time.Second
	case 'm':
		unit = time.Minute
	case 'h':
		unit = time.Hour
	case 'd':
		unit = 24 * time.Hour
	case 'w':
		unit = 7 * 24 * time.Hour
	case 'M':
		unit = 2629746 * time.Second
	case 'y':
		unit = 31556952 * time.Second
	default:
		return 0, bad
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if err != nil || n == 0 {
		return 0, bad
	}
	if n > uint64(maxTimespan/unit) {
		return 0, fmt.Errorf("the timespan %s is longer than ten years", s)
	}
	return time.Duration(n) * unit, nil
}

func (r *reader) aliases(part section) map[string]map[string]string {
	n, ok := part.values["aliases"]
	if !ok || n.Kind() == document.Null {
		return nil
	}
	if n.Kind() != document.Map {
		r.fault(n.Pos(), "aliases: want a mapping, found %s", kindName(n))
		return nil
	}
	all := map[string]map[string]string{}
	for alias, body := range n.Pairs() {
		if body.Kind() != document.Map {
			r.fault(body.Pos(), "the alias %q: want a mapping of rules to fields, found %s", alias, kindName(body))
			continue
		}
		s := newSection(body)
		all[alias] = map[string]string{}
		for _, rule := range s.keys {
			all[alias][rule] = r.text(s, rule)
		}
	}
	return all
}

// logic reads a condition over the names of rules.
func (r *reader) logic(n document.Node, c *Correlation) {
	named := map[string]bool{}
	logics := map[*match.Expr]*Logic{}
	e, err := parseLogic(n.Text(), func(p *condition) (*match.Expr, error) {
		name, at := p.word, p.start
		if len(c.Rules) > 0 && !slices.Contains(c.Rules, name) {
			return nil, &conditionError{at, fmt.Sprintf("the rule %q is not listed under rules", name), document.Suggest(name, c.Rules)}
		}
		named[name] = true
		leaf := match.Is(match.Test{})
		logics[leaf] = &Logic{Name: name}
		return leaf, p.next()
	})
	if err != nil {
		r.inCondition(n, err)
		return
	}
	c.Logic = toLogic(e, logics)
	for _, name := range c.Rules {
		if !named[name] {
			r.fault(n.Pos(), "the condition does not name the rule %q", name)
		}
	}
	if len(c.Rules) == 0 {
		for name := range named {
			c.Rules = append(c.Rules, name)
		}
		slices.Sort(c.Rules)
	}
}

func toLogic(e *match.Expr, leaves map[*match.Expr]*Logic) *Logic {
	if e.Op == match.Leaf {
		return leaves[e]
	}
	l := &Logic{Op: "and"}
	switch e.Op {
	case match.Or:
		l.Op = "or"
	case match.Not:
		l.Op = "not"
	default:
	}
	for _, arg := range e.Args {
		l.Args = append(l.Args, toLogic(arg, leaves))
	}
	return l
}
