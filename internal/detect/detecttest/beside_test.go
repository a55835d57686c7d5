package detecttest

import (
	"testing"

	"github.com/sasumata/sasumata/internal/rule"
)

// TestRulesBeside tests a rule over the signals of another one.
func TestRulesBeside(t *testing.T) {
	decode := func(name, text string) *rule.Rule {
		r, err := rule.Decode(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	over := decode("over.yaml", `
name: Over
type: signal_correlation
options: {evaluationWindow: 3600, keepAlive: 3600, maxSignalDuration: 7200}
queries: [{name: s, ruleId: brute, aggregation: event_count, correlatedByFields: ['@network.client.ip']}]
cases: [{status: high, condition: s > 1}]
`)
	file, err := Decode("over_test.yaml", []byte(`
tests:
  - name: two signals within an hour
    events:
      - {at: 0s, repeat: {count: 6}, attributes: {evt.outcome: failure, network.client.ip: 192.0.2.1}}
      - {at: 3590s, repeat: {count: 6}, attributes: {evt.outcome: failure, network.client.ip: 192.0.2.1}}
      - {at: 3650s, repeat: {count: 9}, attributes: {evt.outcome: failure, network.client.ip: 192.0.2.2}}
    signals:
      - {severity: high, group: {network.client.ip: 192.0.2.1}, events: 2}
`))
	if err != nil {
		t.Fatal(err)
	}
	short := decode("brute.yaml", "name: Brute\nisEnabled: false\noptions: {evaluationWindow: 60, keepAlive: 60, maxSignalDuration: 60}\nqueries: [{query: '@evt.outcome:failure', groupByFields: ['@network.client.ip']}]\ncases: [{status: low, condition: a > 5}]\n")
	if got := Run(over, file.Tests[0], nil, short); len(got) > 0 {
		t.Errorf("%v", got)
	}
	if got := Run(over, file.Tests[0], nil); len(got) != 1 {
		t.Errorf("without the other rule: %v, want one failure", got)
	}
}
