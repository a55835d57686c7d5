package detect

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// Suppression keeps rules quiet: the signals that SuppressionQuery matches are not
// found, and the events that DataExclusionQuery matches do not count. Both hold in
// event time from Start to Expiration.
//
// A signal is looked at whenever it opens, escalates or is updated, not only when
// it opens: one that was held back is opened at its next match once nothing holds
// it back any more, and one that people know of is not updated while something
// does. What is held back is counted in Stats.
type Suppression struct {
	// RuleQuery chooses rules by type, source, ruleId, name, category, status (the
	// worst severity of its cases) and tags; nil chooses all.
	RuleQuery *query.Query
	// SuppressionQuery chooses signals. It is evaluated over the signal and the log
	// that the signal is opened or updated for: attributes, tags, host, service,
	// status (the severity) and workflow.rule.id. Nil chooses none.
	SuppressionQuery *query.Query
	// DataExclusionQuery chooses events. Nil chooses none.
	DataExclusionQuery *query.Query
	// Start is when it begins, in nanoseconds since 1970 UTC; 0 is always.
	Start int64
	// Expiration is when it ends; 0 is never. At that instant it does not hold.
	Expiration int64
	// When reports whether it holds at a time between Start and Expiration, in
	// nanoseconds since 1970 UTC: a window that comes back. Nil holds always.
	When func(at int64) bool
	// Key names it in Held and in snapshots, where it must stay the same from one
	// engine to the next for a signal to be counted once; "" is its place.
	Key string
}

// SuppressionStats counts what one suppression did.
type SuppressionStats struct {
	// Rules is the number of rules that it is for.
	Rules int64
	// Signals is the number of signals that nobody heard of, at least for a time,
	// because of it; Findings is the number of findings that it held back, those of
	// signals that people know of among them.
	Signals, Findings int64
	// Events is the number of events that it kept from any rule.
	Events int64
}

// suppressor is a suppression at work.
type suppressor struct {
	*Suppression
	index int
	rules bitset // that it is for
	stats SuppressionStats
	event int64 // the number of the last event that was kept out
}

// Active reports whether it holds at the time, in nanoseconds since 1970 UTC.
func (s *Suppression) Active(at int64) bool {
	return (s.Start == 0 || at >= s.Start) && (s.Expiration == 0 || at < s.Expiration) && (s.When == nil || s.When(at))
}

// ForRule reports whether it is for the rule.
func (s *Suppression) ForRule(r *rule.Rule) bool {
	return s.RuleQuery == nil || s.RuleQuery.Match(ruleAsEvent(r))
}

// ruleAsEvent writes the rule as an event for RuleQuery.
func ruleAsEvent(r *rule.Rule) *event.Event {
	e := event.New()
	e.Message = r.Name
	for _, tag := range r.Tags {
		e.AddTag(tag)
		if source, ok := strings.CutPrefix(tag, "source:"); ok {
			e.Source = source
		}
	}
	for _, member := range []struct{ path, value string }{
		{"ruleId", r.ID}, {"id", r.ID}, {"name", r.Name}, {"type", r.Type}, {"category", r.Category}, {"detectionMethod", r.Options.DetectionMethod},
	} {
		e.Set(member.path, event.StringValue(member.value))
	}
	worst := signal.Info
	for i := range r.Cases {
		severity, _ := signal.ParseSeverity(r.Cases[i].Severity()) // checked by the rule
		worst = max(worst, severity)
	}
	e.Status = worst.String()
	return e
}

// excludes reports whether a suppression keeps the event from the rule. The number
// is that of the event, by which it is counted once however many rules it is kept
// from.
func (c *compiled) excludes(en *Engine, e *event.Event, t, number int64) bool {
	for _, s := range c.exclude {
		if s.Active(t) && s.DataExclusionQuery.Match(e) {
			en.stats.Excluded++
			if s.event != number {
				s.event = number
				s.stats.Events++
			}
			return true
		}
	}
	return false
}

// suppressed reports whether a suppression holds the signal of the group back, for
// the event.
func (en *Engine) suppressed(g *group, e *event.Event, t int64) bool {
	if !en.suppressing.some.has(g.rule.seatOfRule) {
		return false
	}
	g.asEvent(en.mute, e, t)
	s := en.suppressing.find(en.mute, g.rule.seatOfRule, t)
	if s == nil {
		return false
	}
	en.stats.Suppressed++
	en.holdBack(s, g, t)
	return true
}

// holdBack counts a finding that is held back. A signal counts when a suppression begins to
// hold it, which the state of the group remembers.
func (en *Engine) holdBack(s *suppressor, g *group, t int64) {
	h, o := en.suppressing.counts(s, g.rule), g.open
	s.stats.Findings++
	h.Findings++
	h.Last = max(h.Last, t)
	if o.told || o.held == s.Key {
		return
	}
	o.held = s.Key
	s.stats.Signals++
	h.Signals++
	h.Sample = o.snapshot()
	if en.opts.Held != nil && s.index < en.suppressing.own {
		en.opts.Held(s.index, h.Sample)
	}
}

// Suppressions returns what each of Options.Suppressions did, in their order.
func (en *Engine) Suppressions() []SuppressionStats {
	all := make([]SuppressionStats, en.suppressing.own)
	for i, s := range en.suppressing.all[:en.suppressing.own] {
		all[i] = s.stats
	}
	return all
}

// tell emits a change of the group's signal, unless a suppression holds it back.
// What was held back before is made up for: people hear of a signal as opened, and
// of a severity as escalated.
func (en *Engine) tell(g *group, change signal.Change, e *event.Event, t int64, emit func(signal.Finding)) {
	o := g.open
	if en.suppressed(g, e, t) {
		return
	}
	from := o.from
	o.from = o.sig.Severity
	switch {
	case !o.told:
		o.told = true
		en.stats.Opened++
		emit(signal.Finding{Change: signal.Opened, Signal: o.snapshot()})
		en.feed(g, e, t)
	case o.sig.Severity > from:
		en.stats.Escalated++
		emit(signal.Finding{Change: signal.Escalated, From: from, Signal: o.snapshot()})
	default:
		emit(signal.Finding{Change: change, From: from, Signal: o.snapshot()})
	}
}

// HoldsBack returns the severities of the rule's cases with which a signal that
// opens at the event would be held back, whenever that is; all reports that there
// is no case with which it would not. The rule must be one that ForRule accepts.
func (s *Suppression) HoldsBack(r *rule.Rule, e *event.Event) (severities []string, all bool) {
	if s.SuppressionQuery == nil {
		return nil, false
	}
	en := &Engine{opts: Options{}, matcher: newMatcher(), watcher: newMatcher(), attributes: map[string]*attribute{}}
	c := en.compile(r)
	if len(c.cases) == 0 { // the method gives the severity
		c.cases = []compiledCase{{}}
	}
	all = true
	as := event.New()
	for i := range c.cases {
		k := &c.cases[i]
		g := &group{rule: c, open: &openSignal{}}
		o := &g.open.sig
		o.RuleID, o.Rule, o.Tags = r.ID, r.Name, r.Tags
		o.Case, o.Severity = k.name, c.severityOf(i, e)
		for j := range c.groupBy {
			by := &c.groupBy[j]
			var v values
			value := noValue
			if v.read(e, &by.field) > 0 {
				value = string(v.text(0))
			}
			o.Group = append(o.Group, signal.GroupValue{Path: by.path, Value: value})
		}
		o.Title = c.titleFor(k.name, o.Group)
		g.asEvent(as, e, e.Time)
		if !s.SuppressionQuery.Match(as) {
			all = false
		} else if text := o.Severity.String(); !slices.Contains(severities, text) {
			severities = append(severities, text)
		}
	}
	return severities, all
}
