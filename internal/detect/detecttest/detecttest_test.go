package detecttest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/rule"
)

const brute = `
name: Brute
isEnabled: false
options: {evaluationWindow: 300, keepAlive: 3600, maxSignalDuration: 7200}
queries:
- {query: '@evt.outcome:failure', groupByFields: ['@network.client.ip']}
- {query: '@evt.outcome:success', groupByFields: ['@network.client.ip']}
cases:
- {status: high, name: Successful, condition: a > 5 && b > 0}
- {status: info, name: Attempted, condition: a > 5}
`

// run returns the failures of the tests in a document.
func run(t *testing.T, text string) []string {
	t.Helper()
	r, err := rule.Decode("brute.yaml", []byte(brute))
	if err != nil {
		t.Fatal(err)
	}
	file, err := Decode("brute_test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, test := range file.Tests {
		for _, f := range Run(r, test, nil) {
			out = append(out, f.String())
		}
	}
	return out
}

func TestPassing(t *testing.T) {
	got := run(t, `
tests:
  - name: six failures and a success
    events:
      - {at: 0s, repeat: {count: 6, every: 10s}, attributes: {evt.outcome: failure, network.client.ip: 192.0.2.1, usr.id: "user{i}"}}
      - {at: 2026-01-01T00:01:10Z, message: ok, host: h, tags: [a], attributes: {"@evt.outcome": success, network: {client: {ip: 192.0.2.1}}, list: [1, true, 2.5, null]}}
    signals:
      - {case: Successful, severity: high, group: {"@network.client.ip": 192.0.2.1}, events: 7}
  - name: the number of events may be left out
    events:
      - {at: 0s, repeat: {count: 9, every: 10s}, attributes: {evt.outcome: failure, network.client.ip: 192.0.2.1}}
    signals:
      - {case: Attempted, severity: info, group: {network.client.ip: 192.0.2.1}}
  - name: events are played in the order of time
    events:
      - {at: 60s, attributes: {evt.outcome: success, network.client.ip: 192.0.2.1}}
      - {at: 0s, repeat: {count: 5, every: 10s}, attributes: {evt.outcome: failure, network.client.ip: 192.0.2.1}}
  - name: repetitions have their number
    events:
      - {at: 0s, repeat: {count: 9}, attributes: {evt.outcome: failure, network.client.ip: "192.0.2.{i}"}}
`)
	if len(got) > 0 {
		t.Errorf("%q", got)
	}
}

func TestFailing(t *testing.T) {
	got := run(t, `
tests:
  - name: wrong
    events:
      - {at: 0s, repeat: {count: 6, every: 10s}, attributes: {evt.outcome: failure, network.client.ip: 192.0.2.1}}
    signals:
      - {case: Successful, severity: high, group: {network.client.ip: 192.0.2.1}, events: 7}
      - {case: Attempted, severity: info}
  - name: unexpected
    events:
      - {at: 0s, repeat: {count: 6, every: 10s}, attributes: {evt.outcome: failure, network.client.ip: 192.0.2.1}}
  - name: time
    events: [{at: soon}]
  - name: count
    events: [{at: 0s, repeat: {count: 1000000000}}]
`)
	want := []string{
		`brute_test.yaml:7:9: wrong: want {case: "Successful", severity: high, group: {network.client.ip: "192.0.2.1"}, events: 7}, got {case: "Attempted", severity: info, group: {network.client.ip: "192.0.2.1"}, events: 6}`,
		`brute_test.yaml:8:9: wrong: missing: {case: "Attempted", severity: info}`,
		`brute_test.yaml:9:5: unexpected: not wanted: {case: "Attempted", severity: info, group: {network.client.ip: "192.0.2.1"}, events: 6}`,
		`brute_test.yaml:13:14: time: at "soon" is neither a duration (90s) nor a time (2026-01-01T00:00:00Z)`,
		`brute_test.yaml:15:14: count: want 1 to 1000000 events in a test`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnsupportedRuleFails(t *testing.T) {
	r, err := rule.Decode("x.yaml", []byte("name: x\noptions: {evaluationWindow: 60, keepAlive: 60, maxSignalDuration: 60}\nqueries: [{query: a}]\ncases: [{status: low, condition: a > 0}]\nschedulingOptions: {rrule: FREQ=HOURLY}\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(Run(r, Test{Name: "n"}, nil))
	if got != "[n: scheduled rules are read and checked, not run]" {
		t.Error(got)
	}
}

func TestFileName(t *testing.T) {
	if got := FileName("rules/ssh/brute.yaml"); got != "rules/ssh/brute_test.yaml" {
		t.Error(got)
	}
}
