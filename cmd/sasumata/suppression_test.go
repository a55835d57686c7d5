package main

import (
	"os"
	"strings"
	"testing"
)

// quietAttacker holds back what the address of authLog does, and keeps the logins of
// a backup user out.
const quietAttacker = `
suppressions:
  - name: Pentest
    description: agreed with the owner
    rule_query: 'category:authentication'
    suppression_query: '@network.client.ip:203.0.113.9'
    expiration_date: 2026-04-01T00:00:00Z
  - name: Backup
    rule_query: '*'
    data_exclusion_query: '@usr.id:backup'
    expiration_date: 1798761600000
`

func TestSuppressionsHoldSignalsBackAndSaySo(t *testing.T) {
	log, held := file(t, "auth.log", authLog()), file(t, "held.yaml", quietAttacker)
	open := sasumata(t, "", "analyze", "--now", now, log)
	r := sasumata(t, "", "analyze", "--now", now, "--suppressions", held, log)
	if !strings.Contains(open.out, "Login after failures") || strings.Contains(r.out, "Login after failures") {
		t.Errorf("the signal is not held back:\n%s%s", r.out, r.err)
	}
	for _, want := range []string{"held back by", "Pentest", "2026-04-01 00:00:00", "agreed with the owner", "Backup"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is missing in\n%s", want, r.out)
		}
	}
	if ja := sasumata(t, "", "analyze", "--lang", "ja", "--now", now, "--suppressions", held, log); !strings.Contains(ja.out, "抑制") {
		t.Errorf("not Japanese:\n%s", ja.out)
	}
	// A year later nothing holds any more.
	late := sasumata(t, "", "analyze", "-o", "jsonl", "--now", "2027-06-01T00:00:00Z", "--suppressions", held, log)
	if !strings.Contains(late.out, `"case":"Login after failures"`) {
		t.Errorf("an expired suppression holds back:\n%s%s", late.out, late.err)
	}
}

func TestSuppressionsShowInJSONAndHTML(t *testing.T) {
	lines := authLog() + "Mar  1 10:00:30 web1 sshd[130]: Accepted password for backup from 192.0.2.7 port 4100 ssh2\n"
	log, held, page := file(t, "auth.log", lines), file(t, "held.yaml", quietAttacker), file(t, "r.html", "")
	r := sasumata(t, "", "analyze", "-o", "jsonl", "--report", page, "--now", now, "--suppressions", held, log)
	for _, want := range []string{
		`{"suppression":{"name":"Pentest","reason":"agreed with the owner","expiration":"2026-04-01T00:00:00.000Z","rules":`,
		`{"suppression":{"name":"Backup","reason":"","expiration":"2027-01-01T00:00:00.000Z","rules":`, `"signals":0,"findings":0,"events":1}}`,
	} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is missing in\n%s%s", want, r.out, r.err)
		}
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Signals held back", "agreed with the owner", "2026-04-01 00:00:00"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("%q is missing in the report", want)
		}
	}
	if none := sasumata(t, "", "analyze", "-o", "jsonl", "--report", page, "--now", now, log); strings.Contains(none.out, "suppression") {
		t.Errorf("without suppressions nothing speaks of them:\n%s", none.out)
	}
}

func TestSuppressionPreview(t *testing.T) {
	log, held := file(t, "auth.log", authLog()), file(t, "held.yaml", quietAttacker)
	r := sasumata(t, "", "suppression", "preview", "--now", now, "--suppressions", held, log)
	for _, want := range []string{"9 events: ", " signals without the suppressions, ", "brute_force_by_ip  ", "203.0.113.9", "Pentest"} {
		if r.code != exitClean || !strings.Contains(r.out, want) {
			t.Errorf("%q is missing (exit code %d) in\n%s%s", want, r.code, r.out, r.err)
		}
	}
	json := sasumata(t, "", "suppression", "preview", "-o", "jsonl", "--now", now, "--suppressions", held, log)
	whole := sasumata(t, "", "analyze", "-o", "jsonl", "--now", now, log)
	left := sasumata(t, "", "analyze", "-o", "jsonl", "--now", now, "--suppressions", held, log)
	hidden := strings.Count(json.out, `{"held_by":"Pentest","signal":`)
	if all, with := strings.Count(whole.out, "\n"), strings.Count(left.out, `{"id":`); hidden == 0 || hidden != all-with {
		t.Errorf("%d signals, %d with the suppressions, but %d hidden:\n%s", all, with, hidden, json.out)
	}
	// Every hidden signal is one that a run without suppressions finds, as it is there.
	for line := range strings.Lines(json.out) {
		if _, s, ok := strings.Cut(line, `"signal":`); ok && !strings.Contains(whole.out, strings.TrimSuffix(s, "}\n")) {
			t.Errorf("no run finds %s", s)
		}
	}
	if r := sasumata(t, "", "suppression", "preview", log); r.code != exitUsage {
		t.Errorf("without --suppressions: exit code %d", r.code)
	}
}

func TestBacktestAndExplainKnowSuppressions(t *testing.T) {
	log, held := file(t, "auth.log", authLog()), file(t, "held.yaml", quietAttacker)
	r := sasumata(t, "", "rule", "backtest", "--built-in", "--now", now, "--suppressions", held, log)
	if !strings.Contains(r.out, "SIGNALS HELD BACK") || strings.Contains(r.out, "brute_force_by_ip ") {
		t.Errorf("%s%s", r.out, r.err)
	}
	line := "Mar  1 10:00:00 web1 sshd[1]: Failed password for USER from 203.0.113.9 port 4 ssh2"
	explain := func(user string) result {
		return sasumata(t, "", "rule", "explain", "--now", now, "--id", "brute_force_by_ip", "--suppressions", held, strings.Replace(line, "USER", user, 1))
	}
	if r := explain("root"); !strings.Contains(r.out, `✗ the suppression "Pentest" holds the signal back (until 2026-04-01T00:00:00Z): agreed with the owner`) || strings.Contains(r.out, "Backup") {
		t.Errorf("%s%s", r.out, r.err)
	}
	if r := explain("backup"); !strings.Contains(r.out, `✗ the suppression "Backup" keeps the event out (until 2027-01-01T00:00:00Z)`) {
		t.Errorf("%s%s", r.out, r.err)
	}
}

func TestWrongSuppressionsAreRefused(t *testing.T) {
	wrong := file(t, "held.yaml", "name: A\nrulequery: '*'\nsuppression_query: '(a'\n")
	r := sasumata(t, "", "analyze", "--suppressions", wrong, file(t, "auth.log", authLog()))
	for _, want := range []string{`held.yaml:2:1: unknown key "rulequery" (did you mean "rule_query"?)`, "held.yaml:3:20: ", `the key "rule_query" is missing`} {
		if r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("exit code %d, %q is missing in\n%s", r.code, want, r.err)
		}
	}
	if r := sasumata(t, "", "check", wrong); r.code != exitFindings || !strings.Contains(r.out, `did you mean "rule_query"?`) {
		t.Errorf("check: exit code %d\n%s", r.code, r.out)
	}
	if r := sasumata(t, "", "check", file(t, "held.yaml", quietAttacker)); r.code != exitClean || !strings.Contains(r.out, "right (suppressions)") {
		t.Errorf("check: exit code %d\n%s", r.code, r.out)
	}
}

func TestSuppressionLint(t *testing.T) {
	held := file(t, "held.yaml", "- {name: Old, reason: r, rule_query: 'ruleId:brute_force_by_ip', suppression_query: '@a:b', expiration_date: 2020-01-01T00:00:00Z}\n"+
		"- {name: Stray, reason: r, rule_query: 'ruleId:brute_force_by_ipp', suppression_query: '@a:b'}\n"+
		"- {name: Wide, rule_query: '*', suppression_query: '*'}\n"+
		"- {name: Fine, reason: r, rule_query: 'ruleId:brute_force_by_ip', suppression_query: '@a:b'}\n")
	for _, command := range []string{"suppression", "rule"} {
		r := sasumata(t, "", command, "lint", "--strict", held)
		for _, want := range []string{`the suppression "Old" has expired on 2020-01-01T00:00:00Z`, `the suppression "Stray" is for no rule`, `"Wide" holds back every signal`, `"Wide" gives no reason`, "0 with faults, 5 pieces of advice"} {
			if r.code != exitFindings || !strings.Contains(r.out, want) {
				t.Errorf("%s lint: exit code %d, %q is missing in\n%s%s", command, r.code, want, r.out, r.err)
			}
		}
		if strings.Contains(r.out, "Fine") {
			t.Errorf("%s lint: nothing is wrong with Fine:\n%s", command, r.out)
		}
	}
	if r := sasumata(t, "", "analyze", "--now", now, "--suppressions", held, file(t, "auth.log", authLog())); !strings.Contains(r.err, `"Stray" is for no rule`) {
		t.Errorf("analyze does not warn: %s", r.err)
	}
}

// The example of the documentation is right.
func TestSuppressionsOfTheDocumentation(t *testing.T) {
	_, text, _ := strings.Cut(readFile(t, "../../docs/rules.md"), "## Suppressions")
	_, text, _ = strings.Cut(text, "```yaml\n")
	text, _, ok := strings.Cut(text, "```")
	if !ok {
		t.Fatal("docs/rules.md has no example")
	}
	r := sasumata(t, "", "suppression", "lint", file(t, "held.yaml", text))
	if r.code != exitClean || !strings.Contains(r.out, "1 files, 0 with faults, ") || strings.Contains(r.out, "is for no rule") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
}
