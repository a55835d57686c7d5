package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// maxLabelsAsked is how many labels a notice may have of which somebody wants to know who is
// told.
const maxLabelsAsked = 32

// Tried is what came of a test of one integration.
type Tried struct {
	Target string  `json:"target"`
	Took   float64 `json:"took_seconds"`
	// Error is why it did not take it, "" when it did.
	Error string `json:"error,omitempty"`
}

// Tested is what came of a test of a receiver.
type Tested struct {
	// Title and Text are what our templates made of the drill.
	Title string  `json:"title"`
	Text  string  `json:"text"`
	Tried []Tried `json:"tried"`
	// Told says that all of its integrations took it.
	Told bool `json:"told"`
}

// AlertOf is a notice of which somebody wants to know who is told: that of a signal, or one
// that is thought of.
type AlertOf struct {
	// Signal is the id of one; the rest is for what is thought of.
	Signal   string            `json:"signal,omitempty"`
	Severity string            `json:"severity,omitempty"`
	Rule     string            `json:"rule,omitempty"`
	RuleID   string            `json:"rule_id,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Title    string            `json:"title,omitempty"`
	Message  string            `json:"message,omitempty"`
}

// WouldBeTold is who would be told of a notice now.
type WouldBeTold struct {
	Labels map[string]string `json:"labels"`
	// Held says what holds it back: silenced, or inhibited by a worse one.
	Held     string       `json:"held,omitempty"`
	Silences []string     `json:"silences"`
	Told     []Recipients `json:"told"`
}

// Recipients are who is told by one route.
type Recipients struct {
	Receiver string           `json:"receiver"`
	Person   string           `json:"person,omitempty"`
	Targets  []string         `json:"targets"`
	After    float64          `json:"escalates_after_seconds"`
	Wait     float64          `json:"group_wait_seconds"`
	Again    float64          `json:"repeat_interval_seconds"`
	GroupBy  string           `json:"group_by"`
	Muted    string           `json:"muted,omitempty"`
	Why      string           `json:"why,omitempty"`
	By       []string         `json:"by,omitempty"`
	Texts    []alert.Rendered `json:"texts"`
}

// DrillOf says what a drill is like.
type DrillOf struct {
	Severity string `json:"severity"`
}

// answers serves what is answered in JSON.
func (n *Notices) answers(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := answer(r)
		if err != nil {
			n.fail(w, r, err)
			return
		}
		header(w)
		_ = search.Write(w, out) // who asked may be gone
	}
}

// fail answers with what is wrong.
func (n *Notices) fail(w http.ResponseWriter, r *http.Request, err error) {
	if p, ok := errors.AsType[*problem](err); ok {
		explain(w, p.code, p.text)
		return
	}
	if none, ok := errors.AsType[*alert.NoReceiverError](err); ok {
		explain(w, http.StatusNotFound, none.Error())
		return
	}
	if many, ok := errors.AsType[*alert.TooManyTestsError](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(many.After/time.Second)+1))
		explain(w, http.StatusTooManyRequests, many.Error())
		return
	}
	switch {
	case errors.Is(err, alert.ErrNoIntegration):
		explain(w, http.StatusConflict, err.Error())
		return
	case errors.Is(err, triage.ErrMissing):
		explain(w, http.StatusNotFound, "there is no such signal")
		return
	}
	if r.Context().Err() == nil {
		n.Log.ErrorContext(r.Context(), "a request about notices failed", "path", r.URL.Path, "error", err)
	}
	for _, away := range []error{database.ErrUnavailable, database.ErrFull} {
		if errors.Is(err, away) {
			w.Header().Set("Retry-After", "5")
			explain(w, http.StatusServiceUnavailable, away.Error())
			return
		}
	}
	explain(w, http.StatusInternalServerError, "it failed: the log of the server says why")
}

// audited notes who did something, and from where, also when who asked is gone.
func (n *Notices) audited(r *http.Request, action, object, outcome string, detail map[string]any) error {
	if n.Note == nil {
		return nil
	}
	by := actorOf(r)
	all := map[string]any{"from": by.From}
	maps.Copy(all, detail)
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return n.Note(context.WithoutCancel(r.Context()), audit.Entry{Time: n.Now(), Actor: by.Name, Action: action, Object: object, Outcome: outcome, Detail: string(text)})
}

// alerting says who is told, and how that goes.
func (n *Notices) alerting(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return n.Teller.Status(), nil
}

// test tells a receiver of a drill.
func (n *Notices) test(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	name := r.PathValue("name")
	tried, err := n.Teller.Test(r.Context(), name)
	if err != nil {
		return nil, err
	}
	out, outcome := Tested{Title: tried[0].Title, Text: tried[0].Text, Told: true, Tried: []Tried{}}, "done"
	var failed []string
	for i := range tried {
		one := Tried{Target: tried[i].Target, Took: tried[i].Took.Seconds()}
		if tried[i].Err != nil {
			one.Error, out.Told, outcome = alert.Visible(tried[i].Err.Error()), false, "failed"
			failed = append(failed, one.Target+": "+one.Error)
		}
		out.Tried = append(out.Tried, one)
	}
	detail := map[string]any{}
	if len(failed) > 0 {
		detail["errors"] = failed
	}
	return out, n.audited(r, "receiver.test", "receiver/"+name, outcome, detail)
}

// drill tells of a drill all who are told of what is real.
func (n *Notices) drill(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var d DrillOf
	if err := readJSON(r, &d); err != nil {
		return nil, err
	}
	severity, err := severityOf(d.Severity)
	if err != nil {
		return nil, err
	}
	if err := n.Teller.Drill(r.Context(), severity); err != nil {
		return nil, err
	}
	return nothing{}, n.audited(r, "alerting.drill", "severity/"+d.Severity, "done", nil)
}

func severityOf(name string) (signal.Severity, error) {
	s, ok := alert.ParseSeverity(name)
	if !ok {
		return s, wrong(fmt.Errorf("severity %q, want info, low, medium, high or critical", name))
	}
	return s, nil
}

// preview says who would be told.
func (n *Notices) preview(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var of AlertOf
	if err := readJSON(r, &of); err != nil {
		return nil, err
	}
	p, err := n.previewed(r.Context(), &of)
	if err != nil {
		return nil, err
	}
	out := WouldBeTold{Labels: p.Labels, Held: p.Held, Silences: append([]string{}, p.Silences...), Told: []Recipients{}}
	for i := range p.Told {
		one := &p.Told[i]
		out.Told = append(out.Told, Recipients{
			Receiver: one.Receiver, Person: one.Person, Targets: append([]string{}, one.Targets...), After: one.After.Seconds(), Wait: one.Wait.Seconds(), Again: one.Again.Seconds(),
			GroupBy: one.GroupBy, Muted: one.Muted, Why: one.Why, By: one.By, Texts: append([]alert.Rendered{}, one.Texts...),
		})
	}
	return out, nil
}

func (n *Notices) previewed(ctx context.Context, of *AlertOf) (*alert.Previewed, error) {
	if of.Signal != "" {
		if of.Severity+of.Rule+of.RuleID+of.Title+of.Message != "" || len(of.Labels) > 0 {
			return nil, wrong(errors.New("signal stands alone: the signal says the rest"))
		}
		return n.Teller.PreviewSignal(ctx, of.Signal)
	}
	if len(of.Labels) > maxLabelsAsked {
		return nil, wrong(fmt.Errorf("there are %d labels, want at most %d", len(of.Labels), maxLabelsAsked))
	}
	severity, err := severityOf(of.Severity)
	if err != nil {
		return nil, err
	}
	notice := alert.Notice{Kind: alert.KindSignal, Rule: of.Rule, RuleID: of.RuleID, Severity: severity, Title: of.Title, Message: of.Message}
	for name, value := range of.Labels {
		notice.Labels = append(notice.Labels, alert.Label{Name: name, Value: value})
	}
	p, err := n.Teller.Preview(ctx, &notice)
	if err != nil {
		return nil, err
	}
	for name := range of.Labels {
		if _, ok := p.Labels[name]; !ok || name == "severity" || name == "kind" || name == "alertname" || name == "rule_id" {
			return nil, wrong(fmt.Errorf("label %q is none that an entity of a signal has", name))
		}
	}
	return p, nil
}
