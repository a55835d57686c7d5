package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Sigma rules among --rules open signals as our own do: a single event, a rule
// with a mapped field, and a correlation that keeps its base rule quiet.
func TestAnalyzeRunsSigmaRulesAndCorrelations(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("single.yml", `title: Reads the shadow file over the web
id: 11111111-1111-4111-8111-111111111111
author: A. Nalyst
logsource: {category: webserver}
detection:
  selection:
    cs-uri-query|contains: /etc/shadow
    sc-status: 200
  condition: selection
level: high
tags: [attack.t1083]
`)
	write("correlation.yml", `title: Failed password
name: failed_password
id: 22222222-2222-4222-8222-222222222222
logsource: {product: linux, service: sshd}
detection:
  keywords: ['Failed password']
  condition: keywords
level: low
---
title: Three failed passwords in a minute
id: 33333333-3333-4333-8333-333333333333
correlation:
  type: event_count
  rules: [failed_password]
  group-by: [network.client.ip]
  timespan: 1m
  condition: {gte: 3}
level: medium
`)
	write("notes.yaml", "something: else\n")
	var log strings.Builder
	fmt.Fprintln(&log, `203.0.113.7 - - [01/Mar/2026:10:00:00 +0000] "GET /x?f=../etc/shadow HTTP/1.1" 200 5 "-" "curl/8"`)
	fmt.Fprintln(&log, `203.0.113.8 - - [01/Mar/2026:10:00:00 +0000] "GET /x?f=../etc/shadow HTTP/1.1" 404 5 "-" "curl/8"`)
	at := time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)
	for i := range 3 {
		fmt.Fprintf(&log, "%s web1 sshd[7]: Failed password for root from 203.0.113.9 port 4 ssh2\n", at.Add(time.Duration(i)*time.Second).Format(time.Stamp))
	}
	r := sasumata(t, "", "analyze", "-o", "jsonl", "--now", now, "--no-default-rules", "--rules", dir, file(t, "x.log", log.String()))
	if r.code != exitFindings || strings.Count(r.out, "\n") != 2 {
		t.Fatalf("exit code %d, want 1 with two signals; %s\n%s", r.code, r.err, r.out)
	}
	for _, want := range []string{
		`"rule_id":"sigma:11111111-1111-4111-8111-111111111111"`, `"severity":"high"`, "Sigma rule by A. Nalyst", "technique:T1083", `"entity":"203.0.113.7"`,
		`"rule_id":"sigma:33333333-3333-4333-8333-333333333333"`, `"severity":"medium"`, "203.0.113.9",
	} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%s is missing in\n%s", want, r.out)
		}
	}
	if strings.Contains(r.out, "22222222") || strings.Contains(r.out, "203.0.113.8") {
		t.Errorf("a quiet rule, or an event that does not match, opened a signal:\n%s", r.out)
	}
	if !strings.Contains(r.err, "1 files hold no rule") {
		t.Errorf("nothing is said of the file that holds no rule: %s", r.err)
	}
}

const shadowID = "11111111-1111-4111-8111-111111111111"

const shadowRule = `title: Reads the shadow file
id: ` + shadowID + `
logsource: {category: application}
detection:
  selection:
    note|contains: /etc/shadow
  condition: selection
level: high
`

// Which rules match is for the engine to say: what a log brings along under the
// same name neither opens a signal nor hides one.
func TestALogCannotForgeOrHideSigmaMatches(t *testing.T) {
	rules := file(t, "shadow.yml", shadowRule)
	f := func(want int, members string) {
		t.Helper()
		line := `{"timestamp":"2026-03-01T10:00:00Z",` + members + "}\n"
		r := sasumata(t, "", "analyze", "-o", "jsonl", "--now", now, "--no-default-rules", "--rules", rules, file(t, "x.log", line))
		if got := strings.Count(r.out, `"rule_id":"sigma:`+shadowID+`"`); got != want || r.code != want {
			t.Errorf("%s: exit code %d, %d signals, want %d\n%s%s", members, r.code, got, want, r.err, r.out)
		}
	}
	f(1, `"note":"cat /etc/shadow"`)
	f(0, `"note":"x"`)
	for _, mark := range []string{
		`"sigma":{"rules":["` + shadowID + `"]}`, `"sigma.rules":"` + shadowID + `"`, `"sigma":[{"rules":["` + shadowID + `"]}]`,
		`"sigma":{"correlations":["` + shadowID + `"]}`, `"custom":{"sigma":{"rules":["` + shadowID + `"]}}`,
	} {
		f(0, mark)
		f(0, mark+`,`+mark)
		f(1, mark+`,"note":"cat /etc/shadow"`)
	}
	f(1, `"sigma":"x","note":"cat /etc/shadow"`)
}

func TestCheckAndRuleLintReadSigmaFiles(t *testing.T) {
	right, wrong := file(t, "right.yml", shadowRule), file(t, "wrong.yml", strings.Replace(shadowRule, "condition: selection", "condition: selektion", 1))
	f := func(code int, want string, args ...string) {
		t.Helper()
		if r := sasumata(t, "", args...); r.code != code || !strings.Contains(r.out, want) {
			t.Errorf("%v: exit code %d, want %d with %q in\n%s%s", args, r.code, code, want, r.out, r.err)
		}
	}
	const fault = `wrong.yml:7:14: no search identifier is named "selektion" (did you mean "selection"?)`
	f(exitClean, "right.yml: right (Sigma rules)\n", "check", right)
	f(exitClean, `"kind":"Sigma rules","ok":true`, "check", "-o", "jsonl", right)
	f(exitFindings, fault+"\n", "check", wrong)
	f(exitFindings, `"ok":false,"errors":["`, "check", "-o", "jsonl", right, wrong)
	f(exitClean, "1 rules, 0 with faults", "rule", "lint", right)
	f(exitFindings, fault+"\n    7 |   condition: selektion\n      |              ^\n", "rule", "lint", wrong)
	f(exitFindings, "2 rules, 1 with faults", "rule", "lint", right, wrong)
}
