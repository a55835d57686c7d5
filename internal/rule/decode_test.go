package rule

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/query"
)

// good is a rule of our own content with every key that Datadog does not have.
const good = `name: Brute force
nameJa: 総当たり
version: 3
category: bruteforce
runbook: ssh/brute_force
message: "{{@usr.id}}"
messageJa: "{{@usr.id}} です"
tags: ["tactic:TA0006-credential-access", "technique:T1110.003-password-spraying", "technique:T1-", "tactic:x"]
queries:
  - query: "@evt.outcome:failure"
    groupByFields: ["@network.client.ip"]
  - query: "@evt.outcome:success"
    name: ok
    customQueryExtension: source:sshd
    groupByFields: ["@network.client.ip"]
cases:
  - {status: high, condition: a > 5 && ok > 0, customStatus: critical}
  - {status: info, condition: a > 5}
options: {evaluationWindow: 300, keepAlive: 3600, maxSignalDuration: 7200, ours: [1, {x: null}]}
somethingNew: {a: 1.5}
`

func TestDecode(t *testing.T) {
	r, err := Decode("content/rules/ssh/brute_force.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	f := func(what string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	f("id", r.ID, "brute_force")
	f("defaults", []any{r.Enabled, r.Type, r.Options.DetectionMethod, r.Queries[0].Aggregation}, []any{true, "log_detection", "threshold", "count"})
	f("names of queries", []string{r.Queries[0].Ref, r.Queries[1].Ref}, []string{"a", "ok"})
	f("search with extension", r.Queries[1].Expr.String(), "(@evt.outcome:success) (source:sshd)")
	f("conditions", []string{r.Cases[0].Expr.String(), r.Cases[1].Expr.String()}, []string{"a > 5 && ok > 0", "a > 5"})
	f("severities", []string{r.Cases[0].Severity(), r.Cases[1].Severity()}, []string{"critical", "info"})
	f("tactics", r.Tactics(), []string{"TA0006"})
	f("techniques", r.Techniques(), []string{"T1110.003", "T1"})
	f("extra keys", r.Extra, map[string]any{"somethingNew": map[string]any{"a": 1.5}})
	f("position", r.Cases[1].Pos, document.Pos{File: "content/rules/ssh/brute_force.yaml", Line: 18, Col: 5})

	var got, want any
	if err := json.Unmarshal(r.AppendJSON(nil), &got); err != nil {
		t.Fatal(err)
	}
	text := `{"name":"Brute force","nameJa":"総当たり","version":3,"category":"bruteforce","runbook":"ssh/brute_force","message":"{{@usr.id}}","messageJa":"{{@usr.id}} です",
		"tags":["tactic:TA0006-credential-access","technique:T1110.003-password-spraying","technique:T1-","tactic:x"],
		"queries":[{"query":"@evt.outcome:failure","groupByFields":["@network.client.ip"]},{"query":"@evt.outcome:success","name":"ok","customQueryExtension":"source:sshd","groupByFields":["@network.client.ip"]}],
		"cases":[{"status":"high","condition":"a > 5 && ok > 0","customStatus":"critical"},{"status":"info","condition":"a > 5"}],
		"options":{"evaluationWindow":300,"keepAlive":3600,"maxSignalDuration":7200,"ours":[1,{"x":null}]},"somethingNew":{"a":1.5}}`
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	f("written", got, want)
}

func TestChangesAreWritten(t *testing.T) {
	r, err := Decode("x.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	r.ID, r.Enabled, r.Cases[0].Name, r.Queries[0].Aggregation = "other", false, "New", AggregateMax
	got := string(r.AppendJSON(nil))
	for _, want := range []string{`"id":"other"`, `"isEnabled":false`, `"name":"New"`, `"aggregation":"max"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// replace returns the good rule with some text replaced, which must be in it.
func replace(t *testing.T, pairs ...string) string {
	t.Helper()
	text := good
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the rule", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func TestFaults(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := Decode("r.yaml", []byte(text))
		if err == nil {
			t.Errorf("accepted, want %s", want)
			return
		}
		if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f("", `r.yaml:1:1: the key "name" is missing`, `r.yaml:1:1: the key "options" is missing`)
	f("[", "r.yaml:1:2: want a value")
	f(replace(t, "name: Brute force", "name: ''"), "r.yaml:1:7: the name is empty")
	f(replace(t, "version: 3", "id: a b"), `r.yaml:3:5: the id "a b" has a blank or slash in it`)
	f(replace(t, "version: 3", "type: log_detecton"),
		`r.yaml:3:7: type "log_detecton" is none of log_detection, signal_correlation, application_security, api_security, workload_security, workload_activity, cloud_configuration, infrastructure_configuration (did you mean "log_detection"?)`)
	f(replace(t, "status: high", "status: hihg"), `r.yaml:17:14: status "hihg" is none of info, low, medium, high, critical (did you mean "high"?)`)
	// Without a customStatus the status must be there.
	f(replace(t, "status: info, ", ""), `r.yaml:18:5: status is missing: want info, low, medium, high, critical`)
	f(replace(t, "a > 5 && ok > 0", "a > 5 && okk > 0"), `r.yaml:17:40: condition: no query has the name "okk"; there is a, ok (did you mean "ok"?)`)
	f(replace(t, "condition: a > 5}", "condition: ''}"), `r.yaml:18:31: the case has no condition, such as "a > 0"`)
	f(replace(t, ", condition: a > 5}", "}"), `r.yaml:18:5: the case has no condition, such as "a > 0"`)
	f(replace(t, "condition: a > 5}", "condition: a > 5 THEN ok > 0}"), "r.yaml:18:31: THEN is for rules with a single case, this one has 2")
	f(replace(t, `"@evt.outcome:failure"`, `""`), "r.yaml:10:12: the query is empty: use * for every event")
	f(replace(t, "name: ok", "name: a"), `r.yaml:13:11: two queries have the name "a"`,
		`r.yaml:17:40: condition: no query has the name "ok"; there is a, a`)
	f(replace(t, "name: ok", "name: o k"), `r.yaml:13:11: no condition can use the name "o k": use letters, digits and _`,
		`r.yaml:17:40: condition: no query has the name "ok"; there is a, o k (did you mean "o k"?)`)
	f(replace(t, "name: ok", "name: ok\n    aggregation: cardinality"), "r.yaml:12:5: cardinality needs distinctFields: what to count the distinct values of")
	f(replace(t, "name: ok", "name: ok\n    aggregation: sum"), "r.yaml:12:5: sum needs metrics: the attribute to look at")
	f(replace(t, "name: ok", "name: ok\n    aggregation: avg"), `r.yaml:14:18: aggregation "avg" is none of count, cardinality, sum, max, new_value, geo_data, event_count, none`)
	f(replace(t, `groupByFields: ["@network.client.ip"]`, `groupByFields: ["@"]`), "r.yaml:11:20: groupByFields has an empty name")
	f(replace(t, "keepAlive: 3600", "keepAlive: 999999"), "r.yaml:19:45: keepAlive is 999999: want 0, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200 or 86400 seconds")
	f(replace(t, "keepAlive: 3600", "keepAlive: 60"), "r.yaml:19:45: keepAlive (60) is shorter than evaluationWindow (300)")
	f(replace(t, "maxSignalDuration: 7200", "maxSignalDuration: 900"), "r.yaml:19:70: maxSignalDuration (900) is shorter than keepAlive (3600)")
	f(replace(t, "evaluationWindow: 300, ", ""), `r.yaml:19:10: the key "evaluationWindow" is missing: 0, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200 or 86400 seconds`)
	f(replace(t, `message: "{{@usr.id}}"`, `message: "x {{#if @usr.id}}"`), "r.yaml:6:13: message: the block {{#if}} is not closed by {{/if}}")
	f(good+"schedulingOptions: {start: x}\n", "r.yaml:21:20: a schedule needs an rrule, such as FREQ=HOURLY;INTERVAL=2")
	f(good+"calculatedFields: [{name: x, expression: y}]\n", "r.yaml:21:19: calculatedFields are for scheduled rules: schedulingOptions is missing")
	f(good+"referenceTables: [{tableName: t, logFieldPath: '@x', ruleQueryName: okk}]\n",
		"r.yaml:21:19: the reference table needs columnName", `r.yaml:21:69: no query has the name "okk"; there is a, ok (did you mean "ok"?)`)
	f(good+"filters: [{action: requir, query: x}]\n", `r.yaml:21:20: action "requir" is none of require, suppress (did you mean "require"?)`)
	f("name: x\nqueries: []\ncases: []\noptions: {evaluationWindow: 0}\n", "r.yaml:2:10: the rule has no queries", "r.yaml:3:8: the rule has no cases")
	f("name: x\noptions: {detectionMethod: third_party}\n", "r.yaml:2:10: the method third_party needs thirdPartyRuleOptions")
	f("name: x\nqueries: [{query: x}]\ncases: [{status: low, condition: s > 0}]\noptions: {detectionMethod: sequence_detection}\n",
		"r.yaml:3:34: condition: no query has the name \"s\"; there are none", "r.yaml:4:10: the method sequence_detection needs sequenceDetectionOptions with steps")
	f("name: x\nqueries: [{query: x}]\ncases: [{status: low, condition: s > 0}]\noptions: {detectionMethod: sequence_detection, sequenceDetectionOptions: {steps: [{name: s, condition: b > 0}], stepTransitions: [{parent: s, child: t}]}}\n",
		`r.yaml:4:104: condition: no query has the name "b"; there is a (did you mean "a"?)`, `r.yaml:4:150: no step has the name "t"; there is s (did you mean "s"?)`)
	// A rule with several faults reports all of them.
	f(replace(t, "status: high", "status: bad", "keepAlive: 3600", "keepAlive: 1"),
		`r.yaml:17:14: status "bad" is none of info, low, medium, high, critical`,
		"r.yaml:19:45: keepAlive is 1: want 0, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200 or 86400 seconds")
}

// TestFaultsOfQueries holds the place; the words are those of package query.
func TestFaultsOfQueries(t *testing.T) {
	f := func(old, text, want string) {
		t.Helper()
		_, err := Decode("r.yaml", []byte(replace(t, old, text)))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	f(`"@evt.outcome:failure"`, `"@evt.outcome:(failure"`, "r.yaml:10:26: query: ")
	f(`"@evt.outcome:failure"`, `'@a:'`, "r.yaml:10:15: query: ")
	f(`"@evt.outcome:failure"`, `x (y`, "r.yaml:10:14: query: ")
	f(`"@evt.outcome:failure"`, `"\u0040a:"`, "r.yaml:10:12: query: ")
	f("source:sshd", "(source:sshd", "r.yaml:14:27: customQueryExtension: ")
}

func TestLoad(t *testing.T) {
	fsys := fstest.MapFS{
		"rules/a/one.yaml":      {Data: []byte(good)},
		"rules/a/one_test.yaml": {Data: []byte("tests: []")},
		"rules/b/two.json":      {Data: []byte(`{"id":"x","name":"n","queries":[{"query":"*"}],"cases":[{"status":"low","condition":"a > 0"}],"options":{"evaluationWindow":0}}`)},
		"rules/b/README.md":     {Data: []byte("not a rule")},
		"other/three.yml":       {Data: []byte("broken: [")},
	}
	rules, err := Load(fsys, "rules")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]string{"one", "x"}, ids); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}

	fsys["rules/c/one.yml"] = &fstest.MapFile{Data: []byte(good)}
	fsys["rules/c/bad.yml"] = &fstest.MapFile{Data: []byte("name: x\noptions: {evaluationWindow: 1}\nqueries: [{query: '*'}]\ncases: [{status: low, condition: a > 0}]\n")}
	rules, err = Load(fsys, "rules")
	want := "rules/c/bad.yml:2:29: evaluationWindow is 1: want 0, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200 or 86400 seconds\n" +
		`rules/c/one.yml:1:1: the rule id "one" is taken by rules/a/one.yaml`
	if err == nil || err.Error() != want || len(rules) != 2 {
		t.Errorf("%d rules and %v, want 2 and\n%s", len(rules), err, want)
	}
	if _, err := Load(fsys, "nowhere"); err == nil {
		t.Error("a folder that is not there is no fault")
	}
}

func TestHints(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		r, err := Decode("r.yaml", []byte(text))
		if err != nil {
			t.Error(err)
			return
		}
		var got []string
		for _, h := range r.Hints() {
			got = append(got, h.Error())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f(good)
	f(replace(t, "    groupByFields:", "    groupByFeilds:"),
		`r.yaml:11:20: nobody knows the key "groupByFeilds"; it is kept and means nothing (did you mean "groupByFields"?)`,
		`r.yaml:15:20: the query ok groups by 1 fields and a by 0: they never count together`)
	f(replace(t, "{status: high,", "{status: high, notificatons: [x],"),
		`r.yaml:17:34: nobody knows the key "notificatons"; it is kept and means nothing (did you mean "notifications"?)`)
	f(replace(t, "@evt.outcome:failure", "@a:1 or @b:2"), "r.yaml:10:12: query: column 6: "+hintOf(t, "@a:1 or @b:2"))
}

// hintOf returns the hint of a query, whose words are those of package query.
func hintOf(t *testing.T, text string) string {
	t.Helper()
	q, err := query.Parse(text)
	if err != nil || len(q.Hints()) == 0 {
		t.Fatalf("%s: %v, no hint", text, err)
	}
	return q.Hints()[0].Message
}

func TestPlaceNames(t *testing.T) {
	for i, want := range map[int]string{0: "a", 25: "z", 26: "aa", 27: "ab", 52: "ba"} {
		if got := placeName(i); got != want {
			t.Errorf("place %d is %q, want %q", i, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"name":"n","queries":[{"query":"a"}],"cases":[{"status":"low","condition":"a > 0"}],"options":{"evaluationWindow":0},"x":[{}]}`))
	f.Add([]byte("name: x\noptions: {detectionMethod: sequence_detection, sequenceDetectionOptions: {steps: [{}]}}"))
	f.Add([]byte("name: 1\noptions: []\nqueries: [null]\ncases: [{actions: [{}]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode("r.yaml", data)
		if err != nil {
			return
		}
		written := r.AppendJSON(nil)
		if !json.Valid(written) {
			t.Fatalf("not JSON: %s", written)
		}
		again, err := Decode("r.yaml", written)
		if err != nil {
			t.Fatalf("not accepted as written: %v\n%s", err, written)
		}
		if second := again.AppendJSON(nil); string(second) != string(written) {
			t.Fatalf("written differently:\n%s\n%s", written, second)
		}
	})
}
