package detect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// maxRestarts is how often a match from before the open signal may replace it.
const maxRestarts = 8

// change applies what an event means to the signal of its group.
func (en *Engine) change(g *group, e *event.Event, t int64, m *match, emit func(signal.Finding)) {
	if o := g.open; o != nil && m.kase >= 0 && t <= o.first-g.rule.keepAlive && g.restarts < maxRestarts {
		g.restarts++
		en.closeSignal(g, g.closes(), emit)
	}
	if o := g.open; o != nil && m.kase >= 0 && o.sig.Simulated != g.rule.rule.Simulated {
		en.closeSignal(g, t, emit) // what was only tried is now told as a signal of its own, or the other way round
	}
	switch {
	case g.open == nil && m.kase >= 0:
		en.openSignal(g, e, t, m, emit)
	case g.open == nil:
		en.remember(g, e, t)
	case m.kase < 0:
		g.open.pending++
		en.remember(g, e, t)
	default:
		en.update(g, e, t, m, emit)
	}
}

// severityOf returns the severity of a case for the event, lowered for the
// environments that the rule lowers.
func (c *compiled) severityOf(kase int, e *event.Event) signal.Severity {
	s := c.cases[kase].severity
	if c.rule.Options.LowerByEnv && lesserEnv(e.Tags) {
		return s.Lower()
	}
	return s
}

// lesserEnv reports whether a tag env names staging, test or development.
func lesserEnv(tags []string) bool {
	for _, tag := range tags {
		if env, ok := strings.CutPrefix(tag, "env:"); ok {
			if strings.HasPrefix(env, "staging") || strings.HasPrefix(env, "test") || strings.HasPrefix(env, "dev") {
				return true
			}
		}
	}
	return false
}

// openSignal opens the signal of the group.
func (en *Engine) openSignal(g *group, e *event.Event, t int64, m *match, emit func(signal.Finding)) {
	c := g.rule
	first, n := m.span()
	// A signal lasts from its first event, but not from one that is older than the
	// window: the steps of a sequence may take longer than a signal may.
	began := max(first, m.at-c.rule.Options.EvaluationWindow.Nanoseconds())
	o := &openSignal{first: began, lastMatch: m.at, announce: 2 * n}
	g.open = o
	s := &o.sig
	s.RuleID, s.Rule, s.RuleJA = c.rule.ID, c.rule.Name, c.rule.NameJA
	s.Category, s.Runbook, s.Window = c.rule.Category, c.rule.Runbook, c.window
	s.Time, s.FirstSeen, s.LastSeen, s.Events = t, first, m.at, n
	for i, value := range keyParts(g.key) {
		if i < len(c.groupBy) {
			s.Group = append(s.Group, signal.GroupValue{Path: c.groupBy[i].path, Value: value})
			if value != noValue {
				s.Entities = append(s.Entities, signal.Entity{Kind: c.groupBy[i].kindOf(value), Value: value})
			}
		}
	}
	s.ID = signal.NewID(s.RuleID, s.Group, t, e.Line, sampleText(e))
	s.Tags, s.Simulated = slices.Clone(c.rule.Tags), c.rule.Simulated
	if m.bucket {
		en.unremember(g, e)
	}
	start := min(m.at-c.window, first-1)
	s.Samples = en.recall(g, nil, start, m.at)
	en.witness(o, e, m.seen(e, t))
	g.early.named.tellOf(s, start)
	if m.bucket {
		slices.SortStableFunc(s.Samples, func(a, b signal.Sample) int {
			return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Line, b.Line))
		})
	}
	en.adopt(g, e, m)
	en.tell(g, signal.Opened, e, t, emit)
	if c.keepAlive == 0 || c.maxDuration == 0 {
		en.closeSignal(g, t, emit)
		return
	}
	if at := g.closes(); at < g.due {
		g.due = at
		en.timers.fix(g.place)
	}
}

// update goes on with an open signal, for an event at which a case holds.
func (en *Engine) update(g *group, e *event.Event, t int64, m *match, emit func(signal.Finding)) {
	o := g.open
	s := &o.sig
	s.Events += o.pending
	if !m.bucket {
		s.Events++
	}
	o.pending = 0
	o.lastMatch = max(o.lastMatch, m.at)
	s.FirstSeen, s.LastSeen = min(s.FirstSeen, t), max(s.LastSeen, m.at)
	en.witness(o, e, m.seen(e, t))
	g.early.named.tellOf(s, minTime)
	if g.rule.severityOf(m.kase, e) > s.Severity {
		en.adopt(g, e, m)
	} else if s.Events < o.announce && o.told && s.Severity == o.from {
		return // people know that much: no escalation was held back
	}
	o.announce = 2 * s.Events
	en.tell(g, signal.Updated, e, t, emit)
}

// adopt makes the case that holds the case of the signal.
func (en *Engine) adopt(g *group, e *event.Event, m *match) {
	c, s := g.rule, &g.open.sig
	k := &c.cases[m.kase]
	s.Severity = c.severityOf(m.kase, e)
	s.Case, s.Condition = k.name, k.text
	s.Notify, s.Actions = k.notify, k.actions
	s.Queries = make([]signal.QueryCount, min(len(c.shown), len(en.work.best)))
	scope := rule.Scope{
		Event: e, Tags: s.Tags, Severity: int(s.Severity),
		Timestamp: s.Time, FirstSeen: s.FirstSeen, LastSeen: s.LastSeen,
		Rule: s.Rule, Case: s.Case, Events: s.Events, Queries: c.shown, Counts: en.work.best,
	}
	for i := range s.Queries {
		s.Queries[i] = signal.QueryCount{Name: c.shown[i], Count: en.work.best[i]}
	}
	s.Unusual = en.work.unusual
	s.Title = c.titleFor(k.name, s.Group)
	if c.title != nil {
		s.Title = titleOf(c.title, &scope)
	}
	scope.Unusual = signal.UnusualText(s.Unusual, false)
	s.Message = render(c.rule.Text, &scope)
	scope.Unusual = signal.UnusualText(s.Unusual, true)
	s.MessageJA = render(c.rule.TextJA, &scope)
}

func render(t *rule.Template, s *rule.Scope) string {
	if t == nil {
		return ""
	}
	return string(t.Render(nil, s))
}

// titleFor returns the rule's name, the name of the case, and the group values
// that there are, if the rule wants them.
func (c *compiled) titleFor(kase string, values []signal.GroupValue) string {
	title := c.rule.Name
	if kase != "" {
		title += " - " + kase
	}
	if !c.rule.ExtendedTitle || len(values) == 0 {
		return title
	}
	var texts []string
	for _, v := range values {
		if v.Value != noValue {
			texts = append(texts, short(v))
		}
	}
	if len(texts) == 0 {
		return title
	}
	return title + " (" + strings.Join(texts, ", ") + ")"
}

// short returns a value as titles have it: of the id of a container what its engine shows.
func short(v signal.GroupValue) string {
	const whole, shown = 64, 12
	if v.Path == "container.id" && len(v.Value) == whole {
		return v.Value[:shown]
	}
	return v.Value
}

// closeSignal ends the signal of the group.
func (en *Engine) closeSignal(g *group, at int64, emit func(signal.Finding)) {
	o := g.open
	g.open = nil
	o.sig.Closed = at
	if !o.told {
		return
	}
	en.stats.Closed++
	emit(signal.Finding{Change: signal.Closed, Signal: o.snapshot()})
}

// snapshot returns a copy that does not change when the signal does. Samples and
// tags only grow, so that the copy may share them.
func (o *openSignal) snapshot() *signal.Signal {
	s := o.sig
	s.Tags, s.Samples = slices.Clip(s.Tags), slices.Clip(s.Samples)
	s.Entities, s.Unlisted = slices.Clone(s.Entities), slices.Clone(s.Unlisted)
	grouped := 0 // the group's entities come first
	for i := range s.Group {
		if s.Group[i].Value != noValue && grouped < len(s.Entities) {
			s.Entities[grouped].Events = s.Events
			grouped++
		}
	}
	return &s
}
