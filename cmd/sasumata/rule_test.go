package main

import (
	"strings"
	"testing"
)

const myRule = `id: mine
name: Anything from cron
queries:
- {name: a, query: '@syslog.appname:cron', aggregation: count, groupByFields: ['@syslog.hostname']}
cases:
- {name: seen, status: low, condition: a > 0}
- {name: never, status: high, condition: a > 5}
options: {detectionMethod: threshold, evaluationWindow: 60, keepAlive: 60, maxSignalDuration: 60}
message: seen
`

func TestRuleLintNamesWhatIsMissingAndWhatCannotHappen(t *testing.T) {
	rule := file(t, "mine.yaml", myRule)
	r := sasumata(t, "", "rule", "lint", rule)
	for _, want := range []string{`the case "never" can never win`, "no runbook", "no MITRE", "no test", "1 rules, 0 with faults, 4 pieces of advice"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is missing in\n%s", want, r.out)
		}
	}
	if r.code != exitClean {
		t.Errorf("exit code %d for advice, want 0", r.code)
	}
	if r := sasumata(t, "", "rule", "lint", "--strict", rule); r.code != exitFindings {
		t.Errorf("exit code %d with --strict, want 1", r.code)
	}
	wrong := file(t, "wrong.yaml", strings.Replace(myRule, "a > 0", "a > x", 1))
	if r := sasumata(t, "", "rule", "lint", wrong); r.code != exitFindings || !strings.Contains(r.out, "wrong.yaml:6:") {
		t.Errorf("exit code %d\n%s", r.code, r.out)
	}
}

func TestRuleExplainSaysWhyALineDoesNotCount(t *testing.T) {
	rule := file(t, "mine.yaml", myRule)
	line := "Mar  1 10:00:00 web1 crond: x"
	r := sasumata(t, "", "rule", "explain", "--rules", rule, "--id", "mine", line)
	if !strings.Contains(r.out, "✗ @syslog.appname:cron") || r.code != exitClean {
		t.Errorf("exit code %d %s\n%s", r.code, r.err, r.out)
	}
	r = sasumata(t, "", "rule", "explain", "--rules", rule, "--id", "mine", strings.Replace(line, "crond", "cron", 1))
	if !strings.Contains(r.out, "✓ Anything from cron (mine)") {
		t.Errorf("exit code %d %s\n%s", r.code, r.err, r.out)
	}
	if r := sasumata(t, "", "rule", "explain", "--id", "nobody", line); r.code != exitUsage {
		t.Errorf("an unknown rule: exit code %d", r.code)
	}
}

func TestRuleBacktestCountsWhatRulesWouldHaveOpened(t *testing.T) {
	rule := file(t, "mine.yaml", myRule)
	log := file(t, "x.log", "Mar  1 10:00:00 web1 cron: x\nMar  1 12:00:00 web1 cron: y\nMar  3 10:00:00 web2 cron: z\n")
	f := func(want string, args ...string) {
		t.Helper()
		r := sasumata(t, "", append([]string{"rule", "backtest", "--now", now, "--rules", rule}, append(args, log)...)...)
		if fields := strings.Join(strings.Fields(r.out), " "); !strings.Contains(fields, want) || r.code != exitClean {
			t.Errorf("%v: exit code %d %s, want %q in\n%s", args, r.code, r.err, want, r.out)
		}
	}
	f("mine 3 1.5 low 3 3 3 Anything from cron")
	f("mine 2 2.0 low 2 2 2 Anything from cron", "--to", "2026-03-02T00:00:00Z")
	f("1 rules would have opened no signal", "--from", "2026-03-04T00:00:00Z")
	if r := sasumata(t, "", "rule", "backtest", log); r.code != exitUsage {
		t.Errorf("without rules: exit code %d", r.code)
	}
}

func TestPipelineLintShowsTheLine(t *testing.T) {
	p := file(t, "p.yaml", "name: x\nprocessors:\n- {type: grok-parser, grok: {matchRules: \"r %{wrd:a}\"}}\n")
	r := sasumata(t, "", "pipeline", "lint", p)
	if r.code != exitFindings || !strings.Contains(r.out, `unknown matcher "wrd" (did you mean "word"?)`) || !strings.Contains(r.out, "^") {
		t.Errorf("exit code %d\n%s", r.code, r.out)
	}
}

func TestPipelineExplainShowsWhoChangedWhat(t *testing.T) {
	r := sasumata(t, "", "pipeline", "explain", "--now", now, "Mar  1 10:00:00 web1 sshd[1]: Invalid user x from 203.0.113.9")
	if !strings.Contains(r.out, "✓ OpenSSH › What sshd says") || !strings.Contains(r.out, `"name":"invalid_user"`) {
		t.Errorf("%s\n%s", r.err, r.out)
	}
}

func TestPipelineExplainEnablesPipelines(t *testing.T) {
	line := "Mar  1 10:00:00 web1 sshd[1]: Failed password for x from 203.0.113.9 port 4 ssh2"
	f := func(code int, out, err string, args ...string) {
		t.Helper()
		r := sasumata(t, "", append([]string{"pipeline", "explain", "--now", now}, append(args, line)...)...)
		if r.code != code || strings.Contains(r.out, `"class_uid":3002`) != (out != "") || !strings.Contains(r.out, out) || !strings.Contains(r.err, err) {
			t.Errorf("%v: exit code %d, want %d, %q and %q in\n%s\n%s", args, r.code, code, out, err, r.out, r.err)
		}
	}
	f(exitClean, "", "")
	f(exitClean, "✓ OCSF", "", "--enable", "ocsf")
	f(exitUsage, "", `no pipeline has the id "ocfs", so it cannot be enabled (did you mean "ocsf"?)`, "--enable", "ocfs")
	f(exitUsage, "", `no pipeline has the id "nothing-like-it", so it cannot be enabled`, "--enable", "ocsf,nothing-like-it")
}

func TestPipelineRunAndTestReadDatadogsFiles(t *testing.T) {
	dir := t.TempDir()
	p := fileIn(t, dir, "x.yaml", "id: x\nmetric_id: x\nbackend_only: false\npipeline:\n  type: pipeline\n  name: X\n  enabled: true\n  filter: {query: 'source:x'}\n  processors:\n  - {type: grok-parser, name: g, enabled: true, source: message, samples: [], grok: {supportRules: '', matchRules: 'r %{word:a} %{integer:n}'}}\n")
	fileIn(t, dir, "x_tests.yaml", "id: x\ntests:\n- sample: 'b 5'\n  result: {custom: {a: b, n: 5}, message: 'b 5', tags: ['source:LOGS_SOURCE'], timestamp: 1}\n- sample: 'c 5'\n  result: {custom: {a: c, n: 6}, message: 'c 5'}\n")
	r := sasumata(t, `{"message":"b 5","ddsource":"x"}`+"\n", "pipeline", "run", "--pipeline", p)
	if want := `{"custom":{"a":"b","n":5},"message":"b 5","tags":[]}` + "\n"; r.out != want {
		t.Errorf("%s got %s, want %s", r.err, r.out, want)
	}
	r = sasumata(t, "", "pipeline", "test", dir)
	if r.code != exitFindings || !strings.Contains(r.out, "custom.n is 5, want 6") || !strings.Contains(r.out, "2 tests, 1 differences") {
		t.Errorf("exit code %d %s\n%s", r.code, r.err, r.out)
	}
}

func TestRuleTestTakesAFile(t *testing.T) {
	dir := t.TempDir()
	path := fileIn(t, dir, "mine.yaml", myRule)
	r := sasumata(t, "", "rule", "test", path)
	if r.code != exitClean || !strings.Contains(r.out, "mine has no test") {
		t.Errorf("exit code %d: %s%s", r.code, r.out, r.err)
	}
	tests := fileIn(t, dir, "mine_test.yaml", "tests:\n  - name: quiet\n    events: [{at: 0s, source: sshd}]\n    signals: [{case: seen, severity: low, events: 1}]\n")
	for _, name := range []string{path, tests, dir} {
		if r := sasumata(t, "", "rule", "test", name); r.code != exitFindings || !strings.Contains(r.out, "1 rules, 1 tests, 1 failures") {
			t.Errorf("%s: exit code %d: %s%s", name, r.code, r.out, r.err)
		}
	}
	other := fileIn(t, dir, "notes.txt", "")
	if r := sasumata(t, "", "rule", "test", other); r.code != exitUsage || !strings.Contains(r.err, "neither a rule nor the tests") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}
