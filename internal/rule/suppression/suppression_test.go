package suppression

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// said writes a suppression in one line.
func said(s *Suppression) string {
	parts := []string{s.Name}
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+"="+value)
		}
	}
	add("id", s.ID)
	add("reason", s.Reason)
	add("rules", s.RuleQuery.String())
	add("signals", s.SuppressionQuery.String())
	add("events", s.DataExclusionQuery.String())
	add("from", s.Start.String())
	add("until", s.Expiration.String())
	add("at", s.Schedule.String())
	add("tags", strings.Join(s.Tags, ","))
	if !s.Enabled {
		parts = append(parts, "disabled")
	}
	return strings.Join(parts, " | ")
}

const answer = `{"data": [{"id": "3dd-0uc-h1s", "type": "suppressions", "attributes": {
	"name": "Backup", "enabled": true, "description": "the backup host logs in everywhere", "rule_query": "type:log_detection source:sshd",
	"suppression_query": "", "data_exclusion_query": "@network.client.ip:192.0.2.7", "start_date": 1769817600000, "expiration_date": 1801353600000,
	"creation_date": 1769817600000, "update_date": 1769817600000, "version": 3, "editable": true,
	"creator": {"name": "A", "handle": "a@example.com"}, "updater": {"name": "A", "handle": "a@example.com"}, "tags": ["team:ops"]}}], "meta": {"page": {}}}`

func TestForms(t *testing.T) {
	f := func(name, text string, want ...string) {
		t.Helper()
		all, err := Decode("s", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, s := range all {
			got = append(got, said(s))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if !Is("s", []byte(text)) {
			t.Errorf("%s is not known as suppressions", name)
		}
	}
	backup := "Backup | id=3dd-0uc-h1s | reason=the backup host logs in everywhere | rules=type:log_detection source:sshd | events=@network.client.ip:192.0.2.7 | from=2026-01-31T00:00:00Z | until=2027-01-31T00:00:00Z | tags=team:ops"
	f("the API's list", answer, backup)
	f("one of the API", strings.NewReplacer("[{", "{", "}}],", "}},").Replace(answer), backup)
	f("attributes as YAML", `
name: Scanner
reason: ours
rule_query: "*"
suppression_query: '@network.client.ip:192.0.2.1'
expiration_date: 2026-03-01T00:00:00+09:00
`, "Scanner | reason=ours | rules=* | signals=@network.client.ip:192.0.2.1 | until=2026-02-28T15:00:00Z")
	f("a mapping of several", "suppressions:\n- {name: A, rule_query: a, suppression_query: '*'}\n- {name: B, enabled: false, rule_query: b, data_exclusion_query: c}\n",
		"A | rules=a | signals=*", "B | rules=b | events=c | disabled")
	f("a window", "{name: A, rule_query: a, suppression_query: '*', schedule: 'sat 02:00 2h Asia/Tokyo'}\n", "A | rules=a | signals=* | at=sat 02:00 2h Asia/Tokyo")
	f("a list", "- {name: A, rule_query: a, suppression_query: '*'}\n", "A | rules=a | signals=*")
	f("documents", "name: A\nrule_query: a\nsuppression_query: b\n---\nname: B\nrule_query: a\nsuppression_query: b\n", "A | rules=a | signals=b", "B | rules=a | signals=b")
}

func TestFaultsComeTogether(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := Decode("s.yaml", []byte(text))
		if err == nil {
			t.Errorf("no fault in %q", text)
			return
		}
		if d := cmp.Diff(strings.Join(want, "\n"), err.Error()); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
	f("- name: A\n  ruleQuery: '*'\n  suppression_query: '@a:(b'\n  start_date: tomorrow\n- name: B\n  rule_query: x\n",
		`s.yaml:1:3: the key "rule_query" is missing`,
		`s.yaml:2:3: unknown key "ruleQuery" (did you mean "rule_query"?)`,
		`s.yaml:3:26: the parenthesis is not closed (add ) at the end)`,
		`s.yaml:4:15: "tomorrow" is no date: want RFC 3339 such as 2026-01-31T12:00:00Z, or milliseconds since 1970`,
		`s.yaml:5:3: it suppresses nothing: want a suppression_query (* holds every signal back) or a data_exclusion_query`)
	f("name: ''\nrule_query: ''\nsuppression_query: '*'\nstart_date: 2026-01-02T00:00:00Z\nexpiration_date: 2026-01-01T00:00:00Z\n",
		`s.yaml:1:7: the name is empty`, `s.yaml:2:13: the rule_query is empty: * chooses all rules`,
		`s.yaml:5:18: it ends before it begins: the start_date is 2026-01-02T00:00:00Z`)
	f("name: A\nrule_query: a\nsuppression_query: b\nexpiration_date: 1801353600\n",
		`s.yaml:4:18: 1801353600 would be 1970-01-21: want milliseconds, these look like seconds`)
	f("name: A\nrule_query: a\nsuppression_query: b\nschedule: at night\n",
		`s.yaml:4:11: schedule "at night": want days, time, length and time zone, such as: sat,sun 02:00 2h Asia/Tokyo`)
	f("", "s.yaml:1:1: there is no suppression in it")
	f("42", "s.yaml:1:1: want a suppression or a list of them")
	f(`{"data": [{"type": "rules", "attributes": {"name": "A", "rule_query": "a", "suppression_query": "b"}}], "extra": 1}`,
		`s.yaml:1:11: the type is "rules", want suppressions`, `s.yaml:1:114: unknown key "extra" beside "data"`)
}

func TestTogether(t *testing.T) {
	all, err := Decode("s", []byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	if faults := Together(append(all, all[0])); len(faults) != 1 || !strings.Contains(faults.Error(), "is taken by the suppression \"Backup\"") {
		t.Errorf("%v", faults)
	}
	many := make([]*Suppression, Max+1)
	for i := range many {
		many[i] = &Suppression{}
	}
	if faults := Together(many); len(faults) != 1 {
		t.Errorf("%v", faults)
	}
}

func TestExpired(t *testing.T) {
	s := Suppression{Expiration: Date(time.Hour)}
	if s.Expired(int64(time.Hour)-1) || !s.Expired(int64(time.Hour)) || (&Suppression{}).Expired(1<<62) {
		t.Error("it ends at its expiration and not else")
	}
}

func TestOtherFilesAreNone(t *testing.T) {
	for _, text := range []string{"", "name: A\nqueries: []\n", "[1, 2]", `{"data": {"data": {"data": {"data": {"data": {"rule_query": 1}}}}}}`, "{"} {
		if Is("s", []byte(text)) {
			t.Errorf("%q is taken for suppressions", text)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(answer))
	f.Add([]byte("name: A\nrule_query: a\nsuppression_query: b\n---\n- {name: B, start_date: -1}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		Is("s", data)
		all, err := Decode("s", data)
		for _, s := range all {
			if s.Name == "" || s.RuleQuery.Expr == nil || s.SuppressionQuery.Expr == nil && s.DataExclusionQuery.Expr == nil {
				t.Errorf("%q (%v) gives a suppression that means nothing: %+v", data, err, s)
			}
		}
	})
}
