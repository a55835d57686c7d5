package detect

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestSimulatedRules: what simulated rules open says so, feeds simulated correlations only,
// and is closed and opened anew when the rule is told of from now on.
func TestSimulatedRules(t *testing.T) {
	rules := func(simulated ...bool) []*rule.Rule {
		over := func(id string) *rule.Rule {
			return mustRule(t, fmt.Sprintf(`{id: %s, name: %s, type: signal_correlation, queries: [{name: a, ruleId: one, correlatedByFields: ['@ip']}],
				cases: [{status: high, condition: a > 0}], options: {detectionMethod: threshold, evaluationWindow: 60, keepAlive: 300, maxSignalDuration: 600}}`, id, id))
		}
		all := []*rule.Rule{
			mustRule(t, threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"low: a > 0"}, "id: one")),
			over("told"), over("tried"),
		}
		all[2].Simulated = true
		all[0].Simulated = simulated[0]
		return all
	}
	said := func(en *Engine, timeline string) (out []string) {
		play(t, en, timeline, func(f signal.Finding) {
			out = append(out, fmt.Sprintf("%s %s %v", f.Signal.RuleID, f.Change, f.Signal.Simulated))
		})
		return out
	}
	compare := func(what string, got []string, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	en := newEngine(t, Options{}, rules(true)...)
	compare("tried", said(en, "0 o=f ip=1"), "one opened true", "tried opened true")
	var saved bytes.Buffer
	if err := en.Snapshot(&saved, nil); err != nil {
		t.Fatal(err)
	}
	next := func(simulated bool) *Engine {
		en := newEngine(t, Options{}, rules(simulated)...)
		if r, err := en.Restore(saved.Bytes()); err != nil || r.Dropped != 0 {
			t.Fatalf("%+v, error %v", r, err)
		}
		return en
	}
	compare("still tried", said(next(true), "1 o=f ip=1"), "one updated true")
	compare("from now on told", said(next(false), "1 o=f ip=1"), "one closed true", "one opened false", "told opened false", "tried updated true")
}
