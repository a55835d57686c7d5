package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/shelf"
)

// bench is a workshop with two rules, one of which somebody wrote.
type bench struct{}

var _ Workshop = bench{}

func (bench) Rules(context.Context) ([]Rule, error) {
	written := time.Unix(1, 0).UTC()
	b := DescribeRule(&rule.Rule{ID: "b", Name: "B", Enabled: true, Cases: []rule.Case{{Status: "low"}, {Status: "medium", CustomStatus: "critical"}, {Status: "low"}}, Tags: []string{"a:b"}, Runbook: "web/flood"})
	b.Origin, b.Switched, b.Precision, b.Cost, b.NotRun = Yours, &shelf.Mode{Mode: shelf.Enabled, Reason: "r", By: "mika", At: written}, new(0.5), new(2.5), "why"
	b.Overrides = true
	a := DescribeRule(&rule.Rule{ID: "a", Name: "A", NameJA: "あ", Type: "signal_correlation", Category: "flood", Version: 2, Options: rule.Options{EvaluationWindow: 60}})
	a.Origin = Shipped
	return []Rule{b, a}, nil
}

func (w bench) Rule(ctx context.Context, id string) (RuleDetail, error) {
	list, err := w.Rules(ctx)
	if id != "b" {
		return RuleDetail{}, Refuse(http.StatusNotFound, "there is no rule with the id "+id)
	}
	return RuleDetail{
		Rule: list[0], Format: "datadog", Text: "id: b", File: "b.yaml", Line: 1, Beneath: "id: b", Message: "m", MessageJA: "文", Edition: 1,
		Queries: []RuleQuery{{Name: "a", Query: "*", Aggregation: "count", GroupBy: []string{"@usr.id"}}}, Cases: []RuleCase{{Name: "c", Severity: "low", Condition: "a > 0"}},
		Editions: []shelf.Edition{{Version: 1, At: time.Unix(1, 0).UTC(), By: "mika", Note: "n"}},
	}, err
}

func (bench) Edition(_ context.Context, _ string, version int64) (shelf.Edition, error) {
	if version != 1 {
		return shelf.Edition{}, Refuse(http.StatusNotFound, "there is no such edition")
	}
	return shelf.Edition{Version: 1, At: time.Unix(1, 0).UTC(), By: "mika", Note: "n", Text: "id: b"}, nil
}

func (bench) Check(_ context.Context, want RuleText) (RuleCheck, error) {
	if strings.ContainsRune(want.Text, 0) {
		return RuleCheck{}, Refuse(http.StatusBadRequest, "the text is no UTF-8")
	}
	fault := []RuleFault{{Line: 1, Col: 2, Message: "wrong", Suggestion: "right"}}
	return RuleCheck{Format: "sigma", IDs: []string{"sigma:b"}, Faults: fault, Advice: fault}, nil
}

func (bench) Preview(_ context.Context, want PreviewWish) (RulePreview, error) {
	switch {
	case want.Hours > 744:
		return RulePreview{}, Refuse(http.StatusBadRequest, "hours")
	case want.Text == "none":
		return RulePreview{}, Refuse(http.StatusNotFound, "this server keeps no logs")
	}
	at := time.Unix(1, 0).UTC()
	return RulePreview{
		From: at, To: at, Cut: "after 20s", Events: 2, Matched: 1, Signals: 1, Severities: map[string]int64{"low": 1}, PerDay: 0.5, LearntFrom: &at, Evicted: 1, MilliSeconds: 3,
		Samples: []PreviewSignal{{Title: "t", Severity: "low", Case: "c", Group: map[string]string{"usr.id": "x"}, Events: 1, First: at, Last: at, Line: "l"}},
	}, nil
}

func (w bench) Write(ctx context.Context, id string, want RuleWish, _ string) (RuleDetail, error) {
	switch {
	case want.Text == "":
		return RuleDetail{}, Refuse(http.StatusBadRequest, "rule.yaml:1:1: queries are missing")
	case want.Edition != nil && *want.Edition != 1:
		return RuleDetail{}, Refuse(http.StatusConflict, "somebody else changed the rule meanwhile")
	}
	return w.Rule(ctx, id)
}

func (w bench) Remove(ctx context.Context, id, _, _ string) (RuleDetail, error) {
	if id == "a" {
		return RuleDetail{}, Refuse(http.StatusConflict, "the rule was not written here")
	}
	return w.Rule(ctx, id)
}

func (w bench) Switch(ctx context.Context, id string, want ModeWish, _ string) (RuleDetail, error) {
	if err := shelf.CheckMode(want.Mode); err != nil {
		return RuleDetail{}, Refuse(http.StatusBadRequest, err.Error())
	}
	return w.Rule(ctx, id)
}
