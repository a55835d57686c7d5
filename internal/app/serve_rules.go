package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/shelf"
)

// RulesDir is the folder below the data folder of a server that has the rules which people
// write, and the modes of rules (see package shelf).
const RulesDir = "rules"

const (
	// judgedDays is over how many days the precision of a rule goes.
	judgedDays = 90
	// costEvents is how many events must have come before a cost says anything.
	costEvents = 1000
)

// workshop is what people do about rules.
type workshop struct {
	*Server

	shelf    *shelf.Shelf
	dir      string
	previews chan struct{} // holds a token for each that runs
}

var _ api.Workshop = (*workshop)(nil)

func (s *Server) openRules() error {
	dir := filepath.Join(s.opts.Config.Data, RulesDir)
	on, err := shelf.Open(dir)
	if err != nil {
		return err
	}
	s.workshop = &workshop{Server: s, shelf: on, dir: dir, previews: make(chan struct{}, maxPreviews)}
	return nil
}

// costsEvery is how often it is looked at what the rules take.
const costsEvery = 5 * time.Second

// costs is what the rules took since a round of detection began.
type costs struct {
	events int64
	rules  []detect.Cost
}

// Rules implements api.Workshop.
func (w *workshop) Rules(ctx context.Context) ([]api.Rule, error) {
	c := w.knows.Load()
	modes, err := shelf.ReadModes(w.dir)
	if err != nil {
		return nil, err
	}
	now := w.opts.Now()
	activity, err := w.book.Activity(ctx, now, now.Add(-judgedDays*24*time.Hour))
	if err != nil {
		return nil, err
	}
	notRun := map[string]string{}
	for _, u := range detect.Refused(c.Rules, c.Tables) {
		notRun[u.Rule.ID] = u.Reason
	}
	cost := map[string]float64{}
	if all := w.costs.Load(); all != nil && all.events >= costEvents {
		for _, one := range all.rules {
			cost[one.RuleID] = float64(one.Decided) / float64(all.events) * 1000
		}
	}
	list := make([]api.Rule, 0, len(c.Rules))
	for _, one := range c.Rules {
		r := api.DescribeRule(one)
		h := c.homes[r.ID]
		r.Origin, r.Overrides, r.NotRun = originOf(&h), h.beneath != nil, notRun[r.ID]
		if m, ok := modes[r.ID]; ok {
			r.Switched = &m
		}
		if a, ok := activity[r.ID]; ok {
			r.Days, r.Precision = a.Days[:], a.Precision
		}
		if x, ok := cost[r.ID]; ok {
			r.Cost = &x
		}
		list = append(list, r)
	}
	return list, nil
}

func originOf(h *home) string {
	switch {
	case h.yours:
		return api.Yours
	case h.shipped:
		return api.Shipped
	default:
		return api.OfFile
	}
}

// missingRule says that there is no such rule.
func missingRule(id string, known []*rule.Rule) error {
	ids := make([]string, len(known))
	for i, r := range known {
		ids[i] = r.ID
	}
	text := fmt.Sprintf("there is no rule with the id %.120q", id)
	if near := document.Suggest(id, ids); near != "" {
		text += fmt.Sprintf(": did you mean %q?", near)
	}
	return api.Refuse(api.StatusUnknown, text)
}

// Rule implements api.Workshop.
func (w *workshop) Rule(ctx context.Context, id string) (api.RuleDetail, error) {
	c := w.knows.Load()
	list, err := w.Rules(ctx)
	if err != nil {
		return api.RuleDetail{}, err
	}
	i := slices.IndexFunc(list, func(r api.Rule) bool { return r.ID == id })
	h, ok := c.homes[id]
	if i < 0 || !ok {
		return api.RuleDetail{}, missingRule(id, c.Rules)
	}
	d := api.RuleDetail{Rule: list[i], File: h.pos.File, Line: max(1, h.pos.Line), Queries: []api.RuleQuery{}, Cases: []api.RuleCase{}, Editions: []shelf.Edition{}}
	if d.Text, err = h.text(); err != nil {
		return api.RuleDetail{}, fmt.Errorf("read the rule %s: %w", id, err)
	}
	if h.beneath != nil {
		if d.Beneath, err = h.beneath.text(); err != nil {
			return api.RuleDetail{}, fmt.Errorf("read the rule %s: %w", id, err)
		}
	}
	d.Format = formatOf([]byte(d.Text))
	for _, one := range c.Rules {
		if one.ID == id {
			describe(&d, one)
		}
	}
	editions, err := w.shelf.Editions(id)
	if err != nil {
		return api.RuleDetail{}, err
	}
	for _, e := range slices.Backward(editions) {
		d.Edition = max(d.Edition, e.Version)
		e.Text = ""
		d.Editions = append(d.Editions, e)
	}
	return d, nil
}

func formatOf(text []byte) string {
	if isSigma(text) {
		return "sigma"
	}
	return "datadog"
}

func describe(d *api.RuleDetail, r *rule.Rule) {
	d.Message, d.MessageJA = r.Message, r.MessageJA
	for i := range r.Queries {
		q := &r.Queries[i]
		d.Queries = append(d.Queries, api.RuleQuery{Name: q.Ref, Query: q.Query, Aggregation: q.Aggregation, GroupBy: append([]string{}, q.GroupByFields...)})
	}
	for i := range r.Cases {
		k := &r.Cases[i]
		d.Cases = append(d.Cases, api.RuleCase{Name: k.Name, Severity: k.Severity(), Condition: k.Condition})
	}
	for i := range r.ThirdPartyCases {
		k := &r.ThirdPartyCases[i]
		severity := k.Status
		if k.CustomStatus != "" {
			severity = k.CustomStatus
		}
		d.Cases = append(d.Cases, api.RuleCase{Name: k.Name, Severity: severity, Condition: k.Query})
	}
}

// Edition implements api.Workshop.
func (w *workshop) Edition(_ context.Context, id string, version int64) (shelf.Edition, error) {
	list, err := w.shelf.Editions(id)
	if err != nil {
		return shelf.Edition{}, err
	}
	for _, e := range list {
		if e.Version == version {
			return e, nil
		}
	}
	return shelf.Edition{}, api.Refuse(api.StatusUnknown, "there is no such edition")
}

// Write implements api.Workshop.
func (w *workshop) Write(ctx context.Context, id string, want api.RuleWish, actor string) (api.RuleDetail, error) {
	if err := errors.Join(shelf.CheckID(id), checkNote(want.Note)); err != nil {
		return api.RuleDetail{}, api.Refuse(api.StatusWrong, err.Error())
	}
	file := w.shelf.Path(id)
	one, err := w.parse(filepath.Base(file), want.Text)
	if err != nil {
		return api.RuleDetail{}, err
	}
	if len(one.faults) > 0 {
		return api.RuleDetail{}, api.Refuse(api.StatusWrong, one.faults.Error())
	}
	if !slices.Contains(one.ids, id) {
		return api.RuleDetail{}, api.Refuse(api.StatusWrong, fmt.Sprintf("the text is of the rule %s, and not of %s", strings.Join(one.ids, ", "), id))
	}
	return w.change(ctx, id, &audit.Entry{Actor: actor, Action: "rule.write", Object: id}, func(e *audit.Entry) (undo func() error, err error) {
		if err := errors.Join(w.expect(id, want.Edition), w.apart(id, one.ids)); err != nil {
			return nil, err
		}
		edition := shelf.Edition{At: e.Time.UTC(), By: actor, Note: want.Note, Text: want.Text}
		if undo, err = w.shelf.Put(id, &edition); errors.Is(err, shelf.ErrFull) {
			return nil, api.Refuse(api.StatusConflict, err.Error())
		}
		e.Detail = fmt.Sprintf("edition %d, %d bytes: %s", edition.Version, len(want.Text), want.Note)
		return undo, err
	})
}

func checkNote(text string) error {
	if len(text) > shelf.MaxNote {
		return fmt.Errorf("what is said about a change has at most %d bytes", shelf.MaxNote)
	}
	return nil
}

// expect refuses a change of something else than what somebody looked at.
func (w *workshop) expect(id string, edition *int64) error {
	if edition == nil {
		return nil
	}
	list, err := w.shelf.Editions(id)
	if err != nil {
		return err
	}
	newest := int64(0)
	if len(list) > 0 {
		newest = list[len(list)-1].Version
	}
	if newest != *edition {
		return api.Refuse(api.StatusConflict, "somebody else changed the rule meanwhile: look at it again")
	}
	return nil
}

// apart refuses a change by the id of one rule that would touch what was written under the
// id of another: a file of Sigma rules may hold several.
func (w *workshop) apart(id string, ids []string) error {
	homes := w.knows.Load().homes
	for _, other := range ids {
		if h := homes[other]; h.yours && h.pos.File != w.shelf.Path(id) {
			return api.Refuse(api.StatusConflict, fmt.Sprintf("the rule %s stands in %s, with others: change that", other, h.pos.File))
		}
	}
	return nil
}

// Remove implements api.Workshop.
func (w *workshop) Remove(ctx context.Context, id, note, actor string) (api.RuleDetail, error) {
	if err := checkNote(note); err != nil {
		return api.RuleDetail{}, api.Refuse(api.StatusWrong, err.Error())
	}
	return w.change(ctx, id, &audit.Entry{Actor: actor, Action: "rule.remove", Object: id}, func(e *audit.Entry) (undo func() error, err error) {
		c := w.knows.Load()
		h, known := c.homes[id]
		switch {
		case !known:
			return nil, missingRule(id, c.Rules)
		case !h.yours:
			return nil, api.Refuse(api.StatusConflict, "the rule was not written here: it can be switched off, or overridden by one with the same id")
		}
		if err := w.apart(id, []string{id}); err != nil {
			return nil, err
		}
		edition := shelf.Edition{At: e.Time.UTC(), By: actor, Note: note, Removed: true}
		undo, err = w.shelf.Put(id, &edition)
		e.Detail = fmt.Sprintf("edition %d: %s", edition.Version, note)
		if err != nil || h.beneath != nil {
			return undo, err
		}
		again, err := w.shelf.Forget(id)
		if err != nil {
			return nil, errors.Join(err, undo())
		}
		return func() error { return errors.Join(again(), undo()) }, nil
	})
}

// Switch implements api.Workshop.
func (w *workshop) Switch(ctx context.Context, id string, want api.ModeWish, actor string) (api.RuleDetail, error) {
	if err := errors.Join(shelf.CheckMode(want.Mode), checkNote(want.Reason)); err != nil {
		return api.RuleDetail{}, api.Refuse(api.StatusWrong, err.Error())
	}
	if want.Mode != shelf.Enabled && strings.TrimSpace(want.Reason) == "" {
		return api.RuleDetail{}, api.Refuse(api.StatusWrong, "a rule is switched off, or only tried, for a reason: want reason")
	}
	return w.change(ctx, id, &audit.Entry{Actor: actor, Action: "rule.mode", Object: id}, func(e *audit.Entry) (undo func() error, err error) {
		if c := w.knows.Load(); c.homes[id] == (home{}) {
			return nil, missingRule(id, c.Rules)
		}
		e.Detail = want.Mode + ": " + want.Reason
		return w.shelf.Switch(id, shelf.Mode{Mode: want.Mode, Reason: want.Reason, By: actor, At: e.Time.UTC()})
	})
}

// change makes a change of the shelf, writes it into the audit trail and puts it to work, as
// new content of a configuration is. What cannot be at work, or not be written down, is
// undone.
func (w *workshop) change(ctx context.Context, id string, entry *audit.Entry, do func(*audit.Entry) (undo func() error, err error)) (api.RuleDetail, error) {
	entry.Outcome = "done"
	err := w.ask(ctx, func(ctx context.Context, read func() error) error {
		entry.Time = w.opts.Now()
		undo, err := do(entry)
		if err != nil {
			return err
		}
		if err = read(); err != nil {
			err = api.Refuse(api.StatusConflict, "with it the content of the server cannot be read: "+err.Error())
		} else {
			err = w.database.Write(ctx, func(ctx context.Context, tx *sql.Tx) error { return audit.Add(ctx, tx, *entry) })
		}
		if err != nil {
			return errors.Join(err, undo())
		}
		return nil
	})
	if err != nil {
		return api.RuleDetail{}, err
	}
	w.metrics.ruleChanges.Add(1)
	w.log.InfoContext(ctx, "a rule was changed", "rule", id, "action", entry.Action, "actor", entry.Actor)
	if entry.Action == "rule.remove" && w.knows.Load().homes[id] == (home{}) {
		return api.RuleDetail{Rule: api.Rule{ID: id, Mode: shelf.Disabled, Severities: []string{}, Days: make([]int64, 7)}, Queries: []api.RuleQuery{}, Cases: []api.RuleCase{}, Editions: []shelf.Edition{}}, nil
	}
	return w.Rule(ctx, id)
}
