package report

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/sasumata/sasumata/internal/signal"
)

// signalView is one signal of the table, with its drill-down.
type signalView struct {
	badge
	Title            []piece
	Who              []piece
	WhoKind          string
	WhoMore          string
	Time, TimeISO    string
	Seen             string
	Events           string
	Why              []piece
	Case, Condition  []piece
	Unusual          []piece
	Window           string
	Queries          []pair
	Group            []pair
	Entities         []entityView
	EntitiesMore     []string
	Techniques       [][]piece
	Respond, Meaning string
	Runbook          *runbookView
	RunbookName      []piece
	Message          []mdBlock
	Samples          []lineView
	RuleID, SignalID []piece
}

// pair is a name with its value.
type pair struct{ Name, Value []piece }

type entityView struct {
	Kind   string
	Value  []piece
	Events string
}

// runbookView is a runbook that some signal on the page names.
type runbookView struct {
	ID     string
	Name   []piece
	Blocks []mdBlock
}

// maxEntities is how many entities a signal lists.
const maxEntities = 100

// signals fills the table, and the runbooks that it links to.
func (p *page) signals(list []*signal.Signal, d Document, at clock) {
	limit := d.MaxSignals
	if limit <= 0 {
		limit = defaultMaxSignals
	}
	runbooks := map[string]*runbookView{}
	for _, s := range list[:min(limit, len(list))] {
		v := newSignalView(s, d.Lang, p.T, at)
		if s.Runbook != "" {
			book, known := runbooks[s.Runbook]
			if !known {
				book = p.runbook(s.Runbook, d)
				runbooks[s.Runbook] = book
			}
			v.Runbook, v.RunbookName = book, pieces(runbookName(s.Runbook), maxValue)
		}
		p.Signals = append(p.Signals, v)
	}
}

// runbook takes the runbook into the page, and returns nil when there is no text.
func (p *page) runbook(path string, d Document) *runbookView {
	if d.Runbook == nil {
		return nil
	}
	text := d.Runbook(path, d.Lang)
	if text == "" {
		return nil
	}
	v := &runbookView{
		ID: "runbook-" + strconv.Itoa(len(p.Runbooks)+1), Name: pieces(runbookName(path), maxValue), Blocks: markdown(text, maxBook),
	}
	p.Runbooks = append(p.Runbooks, v)
	return v
}

func newSignalView(s *signal.Signal, l Lang, t *texts, at clock) signalView {
	v := signalView{
		badge: t.badge(s.Severity),
		Title: pieces(title(s, l), 200),
		Time:  at.short(s.Time), TimeISO: newClock(nil, t).write(s.Time, "2006-01-02T15:04:05Z"),
		Seen: at.span(s.FirstSeen, s.LastSeen, t.DateSpan), Events: number(s.Events),
		Why: pieces(t.why(s), 200), Case: pieces(s.Case, 200), Condition: pieces(s.Condition, 200),
		Respond: t.Respond[level(s.Severity)],
		Message: markdown(message(s, l), maxProse), RuleID: pieces(s.RuleID, maxValue), SignalID: pieces(s.ID, maxValue),
	}
	v.Unusual = pieces(signal.UnusualText(s.Unusual, l == Japanese), maxProse)
	if s.Window > 0 {
		v.Window = t.duration(s.Window)
	}
	for _, q := range s.Queries {
		v.Queries = append(v.Queries, pair{pieces(q.Name, maxValue), pieces(quantity(q.Count), maxValue)})
	}
	for _, g := range s.Group {
		v.Group = append(v.Group, pair{pieces(g.Path, maxValue), pieces(g.Value, maxValue)})
	}
	for i, e := range s.Entities {
		if i == maxEntities {
			v.EntitiesMore = append(v.EntitiesMore, t.more(len(s.Entities)-maxEntities))
			break
		}
		v.Entities = append(v.Entities, entityView{t.kind(e.Kind), pieces(e.Value, maxValue), number(e.Events)})
	}
	v.EntitiesMore = append(v.EntitiesMore, t.unlisted(s)...)
	if len(s.Entities) > 0 {
		v.WhoKind, v.Who = t.kind(s.Entities[0].Kind), pieces(s.Entities[0].Value, 48)
	}
	if n := len(s.Entities); n > 1 {
		v.WhoMore = t.more(n - 1)
	}
	for _, m := range techniques(s.Tags) {
		v.Techniques = append(v.Techniques, pieces(m.String(), maxValue))
	}
	for _, sample := range s.Samples {
		line := lineView{Text: pieces(sample.Text, maxLine)}
		if sample.Line > 0 {
			line.Line = number(sample.Line)
		}
		v.Samples = append(v.Samples, line)
	}
	return v
}

// ruleRow is one rule of the table of rules that fired.
type ruleRow struct {
	badge
	Name, ID                  []piece
	Signals, Entities, Events string
	worst                     signal.Severity
	signals, entities, events int64
	id, name                  string
}

// ruleRows counts by rule over all signals, the gravest rule first.
func ruleRows(list []*signal.Signal, l Lang) []ruleRow {
	t := l.texts()
	at := map[string]int{}
	seen := map[[2]string]bool{}
	var rows []ruleRow
	for _, s := range list {
		i, ok := at[s.RuleID]
		if !ok {
			i = len(rows)
			at[s.RuleID] = i
			rows = append(rows, ruleRow{
				id: s.RuleID, name: l.pick(cmp.Or(s.Rule, s.RuleID), s.RuleJA),
			})
		}
		r := &rows[i]
		r.worst = max(r.worst, s.Severity)
		r.signals++
		r.events += s.Events
		if key := [2]string{s.RuleID, s.Entity()}; key[1] != "" && !seen[key] {
			seen[key] = true
			r.entities++
		}
	}
	slices.SortStableFunc(rows, func(a, b ruleRow) int {
		return cmp.Or(cmp.Compare(b.worst, a.worst), cmp.Compare(b.signals, a.signals))
	})
	for i := range rows {
		r := &rows[i]
		r.badge, r.Name, r.ID = t.badge(r.worst), pieces(r.name, maxValue), pieces(r.id, maxValue)
		r.Signals, r.Entities, r.Events = number(r.signals), number(r.entities), number(r.events)
	}
	return rows
}
