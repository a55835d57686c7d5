package detect

import (
	"math/bits"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// thirdParty is the method third_party: every finding of another product is a
// match. The first root query that matches it, and by whose fields it can be
// grouped, gives the group; the first of the thirdPartyCases that matches gives the
// severity, or else defaultStatus (info when there is none). A rule that names no
// keepAlive or maxSignalDuration rolls findings up for 24 hours.
type thirdParty struct {
	roots []*compiled // each with its own groups
	cases int
}

// findingSearches returns the root queries and then the queries of the cases.
func findingSearches(r *rule.Rule) ([]searchOf, error) {
	var out []searchOf
	add := func(name string, q *query.Query) error {
		s, err := filtered(r, name, q.String())
		out = append(out, searchOf{query: s})
		return err
	}
	for i := range r.Options.ThirdParty.RootQueries {
		if err := add("of rootQueries", r.Options.ThirdParty.RootQueries[i].Expr); err != nil {
			return nil, err
		}
	}
	for i := range r.ThirdPartyCases {
		if err := add("of thirdPartyCases", r.ThirdPartyCases[i].Expr); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compileThirdParty makes a rule of root queries ready.
func (en *Engine) compileThirdParty(c *compiled) {
	r, o := c.rule, c.rule.Options.ThirdParty
	if _, ok := r.Options.Keys["keepAlive"]; !ok {
		c.keepAlive = day
	}
	if _, ok := r.Options.Keys["maxSignalDuration"]; !ok {
		c.maxDuration = max(day, c.keepAlive)
	}
	c.cases, c.title, c.window = nil, o.Title, 0
	for i := range r.ThirdPartyCases {
		k := &r.ThirdPartyCases[i]
		c.cases = append(c.cases, compileCase(&rule.Case{Name: k.Name, Status: k.Status, CustomStatus: k.CustomStatus, Notifications: k.Notifications}))
	}
	severity, _ := signal.ParseSeverity(o.DefaultStatus) // info when it is empty
	c.cases = append(c.cases, compiledCase{severity: severity, notify: o.DefaultNotifications})
	c.third = &thirdParty{cases: len(r.ThirdPartyCases)}
	for i := range o.RootQueries {
		root := *c
		root.third, root.groupBy, root.feeds = nil, nil, nil
		root.addGroupBy(r, o.RootQueries[i].GroupByFields)
		root.method = finding{}
		by := make([]field, 0, len(o.RootQueries[i].GroupByFields))
		for _, text := range o.RootQueries[i].GroupByFields {
			by = append(by, en.shared(groupField(r, text)))
		}
		root.keys = []ruleKeys{{of: en.keySet(by, false)}}
		root.settleIn()
		en.parts = append(en.parts, &root)
		if len(r.GroupSignalsBy) > 0 {
			root.addRoof(en)
		}
		c.third.roots = append(c.third.roots, &root)
	}
}

// observeFinding counts a finding in the groups of the first root query that it
// has.
func (en *Engine) observeFinding(p *thirdParty, e *event.Event, t int64, queries uint64, emit func(signal.Finding)) bool {
	roots := uint64(1)<<len(p.roots) - 1
	kase := min(bits.TrailingZeros64(queries>>len(p.roots)), p.cases)
	for left := queries & roots; left != 0; left &= left - 1 {
		c := p.roots[bits.TrailingZeros64(left)]
		keys := c.keys[0].of
		keys.read(e, en.serial)
		if len(keys.spans) == 0 {
			continue
		}
		if keys.cut {
			en.stats.Cut++
		}
		for j := range keys.spans {
			en.count(en.group(c, keys.key(j), t), e, t, uint64(kase), emit)
		}
		return true
	}
	return false
}

// finding is the method of one root query: the number of the case comes in the
// place of the queries.
type finding struct{}

func (finding) start(c *compiled, _ int64) *group { return &group{rule: c} }

func (finding) count(en *Engine, _ *group, _ *event.Event, _ int64, kase uint64, m *match) {
	m.kase = int(kase)
	en.work.best = en.work.best[:0]
}

// titleOf fills in the title of a third party rule, as one line.
func titleOf(t *rule.Template, s *rule.Scope) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, render(t, s)))
}
