package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStateGoesOnWhereTheLastRunStopped(t *testing.T) {
	dir := t.TempDir()
	log, state := filepath.Join(dir, "auth.log"), filepath.Join(dir, "s")
	text := authLog() + "Mar  1 15:00:00 web1 cron[1]: hours later\nMar  1 15:00:01 web1 cron[1]: end\n"
	// The first run ends in the middle of the fifth failure.
	cut := strings.Index(text, "10:00:04") + 20
	run := func(n int, output string) result {
		t.Helper()
		fileIn(t, dir, "auth.log", text[:n])
		return sasumata(t, "", "analyze", "--now", now, "-o", output, "--state", state, log)
	}
	first := run(cut, "text")
	const bruteForce = "Brute force from one address - "
	if strings.Contains(first.out, bruteForce) || !strings.Contains(first.err, "the last line has no end yet") {
		t.Errorf("four failures open nothing: exit code %d\n%s%s", first.code, first.out, first.err)
	}
	end := strings.Index(text, "Mar  1 15")
	second := run(end, "text")
	if second.code != exitFindings || !strings.Contains(second.out, bruteForce+"Attempt") || !strings.Contains(second.err, "signals are still open") {
		t.Errorf("the failures of both runs count: exit code %d\n%s%s", second.code, second.out, second.err)
	}
	if info, err := os.Stat(state); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	third := run(len(text), "text")
	if !strings.Contains(third.out, "escalated from INFO to HIGH") || third.code != exitFindings {
		t.Errorf("the login is the last line, which waited: exit code %d\n%s%s", third.code, third.out, third.err)
	}
	quiet := run(len(text), "text")
	if quiet.code != exitClean || strings.Contains(quiet.out, "203.0.113.9") {
		t.Errorf("a run without news: exit code %d\n%s%s", quiet.code, quiet.out, quiet.err)
	}
}

func TestStateTellsOpenSignalsAndTheirEnd(t *testing.T) {
	dir := t.TempDir()
	log, state := filepath.Join(dir, "auth.log"), filepath.Join(dir, "s")
	run := func(more string) result {
		t.Helper()
		old, _ := os.ReadFile(log)
		fileIn(t, dir, "auth.log", string(old)+more)
		return sasumata(t, "", "analyze", "--multiline", "off", "--now", now, "-o", "jsonl", "--state", state, log)
	}
	open := run(authLog())
	if !strings.Contains(open.out, `"case":"Login after failures"`) || strings.Contains(open.out, `"closed"`) {
		t.Errorf("open signals:\n%s%s", open.out, open.err)
	}
	if same := run(""); same.out != "" {
		t.Errorf("nothing changed:\n%s", same.out)
	}
	closed := run(strings.Repeat("Mar  3 10:00:00 web1 cron[1]: days later\n", 1100)) // lines may be 1024 events late
	if strings.Count(closed.out, "\n") != strings.Count(open.out, "\n") || strings.Count(closed.out, `"closed":"2026-03-0`) != strings.Count(open.out, "\n") || closed.code != exitClean {
		t.Errorf("every one of\n%s is closed, which is no news (exit code %d):\n%s%s", open.out, closed.code, closed.out, closed.err)
	}
}

func TestStateThatIsNone(t *testing.T) {
	log, state := file(t, "auth.log", authLog()), file(t, "s", "something of mine")
	r := sasumata(t, "", "analyze", "--state", state, log)
	if r.code != exitUsage || !strings.Contains(r.err, "it is no state of sasumata") || readFile(t, state) != "something of mine" {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	if r := sasumata(t, "", "analyze", "--state", "/does/not/exist/s", log); r.code != exitUsage || !strings.Contains(r.err, "no such file") {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
}

// What comes on standard input is new each time; the rest of the state goes on.
func TestStateOfStandardInput(t *testing.T) {
	state, text := filepath.Join(t.TempDir(), "s"), authLog()
	half := strings.Index(text, "Mar  1 10:00:03")
	run := func(stdin string) result {
		return sasumata(t, stdin, "analyze", "--now", now, "-o", "jsonl", "--state", state, "-")
	}
	const opened = `"rule_id":"brute_force_by_ip"`
	if r := run(text[:half]); strings.Contains(r.out, opened) {
		t.Errorf("three failures are none:\n%s", r.out)
	}
	if r := run(text[half:]); !strings.Contains(r.out, opened) || !strings.Contains(r.out, `"failed_logins":8,`) {
		t.Errorf("the failures of both runs count:\n%s%s", r.out, r.err)
	}
}

const newShellRule = `
id: new_program
name: A new program
queries:
  - {name: a, query: '@syslog.appname:*', aggregation: new_value, metrics: ['@syslog.appname'], groupByFields: ['@syslog.hostname']}
cases: [{status: low, name: new}]
options: {detectionMethod: new_value, keepAlive: 0, maxSignalDuration: 0, newValueOptions: {learningMethod: duration, learningDuration: 7, forgetAfter: 28}}
message: new
`

func TestBaselineTeachesAndOpensNothing(t *testing.T) {
	mine := file(t, "mine.yaml", newShellRule)
	past := file(t, "past.log", "Feb 10 10:00:00 web1 cron: x\nFeb 20 10:00:00 web1 sshd: x\nFeb 20 10:00:01 web1 backup: x\n"+
		strings.ReplaceAll(authLog(), "Mar  1", "Feb 11"))
	log := file(t, "x.log", "Mar  1 10:00:00 web1 cron: x\nMar  1 10:00:01 web1 miner: x\n")
	analyze := func(args ...string) result {
		return sasumata(t, "", append([]string{"analyze", "-o", "jsonl", "--now", now, "--rules", mine}, args...)...)
	}
	if r := analyze(log); r.out != "" {
		t.Errorf("the rule learns for a week:\n%s", r.out)
	}
	r := analyze("--baseline", past, log)
	if strings.Count(r.out, "\n") != 1 || !strings.Contains(r.out, "miner") || strings.Contains(r.err, "baseline") {
		t.Errorf("want the one new program, and nothing of the past:\n%s%s", r.out, r.err)
	}
	late := file(t, "late.log", "Feb 10 10:00:00 web1 cron: x\nMar  1 10:00:00 web1 miner: x\n")
	if r := analyze("--baseline", late, log); !strings.Contains(r.err, "the baseline ends at 2026-03-01T10:00:00Z, behind the beginning of the log at 2026-03-01T10:00:00Z") || r.out != "" {
		t.Errorf("a baseline that is not older:\n%s%s", r.out, r.err)
	}
	if r := analyze("--baseline", "/does/not/exist", log); r.code != exitUsage || !strings.Contains(r.err, "read the baseline: /does/not/exist") {
		t.Errorf("exit code %d %s", r.code, r.err)
	}
	if r := sasumata(t, "", "rule", "backtest", "--now", now, "--rules", mine, "--baseline", past, log); !strings.Contains(r.out, "new_program  1") {
		t.Errorf("backtest:\n%s%s", r.out, r.err)
	}
	// With a state, the first run learns and the next ones know.
	state := filepath.Join(t.TempDir(), "s")
	empty := file(t, "empty.log", "Feb 27 10:00:00 web1 cron: x\n")
	if r := analyze("--state", state, "--baseline", past, empty); r.out != "" {
		t.Errorf("%s%s", r.out, r.err)
	}
	if r := analyze("--multiline", "off", "--state", state, "--baseline", past, log); !strings.Contains(r.out, "miner") || !strings.Contains(r.err, "the state has learnt already") {
		t.Errorf("%s%s", r.out, r.err)
	}
}
