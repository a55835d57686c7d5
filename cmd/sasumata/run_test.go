package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// result is what one command line did.
type result struct {
	code     int
	out, err string
}

func sasumata(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	t.Setenv("LC_ALL", "C")
	var out, errs bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return result{code, out.String(), errs.String()}
}

// file writes a file into the test's own directory and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	return fileIn(t, t.TempDir(), name, text)
}

// fileIn writes a file into a directory and returns its path.
func fileIn(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fileAppend writes text behind the end of a file.
func fileAppend(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// authLog is a brute force of 8 failures, a second apart, and a login.
func authLog() string {
	var b strings.Builder
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i := range 8 {
		fmt.Fprintf(&b, "%s web1 sshd[%d]: Failed password for root from 203.0.113.9 port %d ssh2\n", at.Add(time.Duration(i)*time.Second).Format(time.Stamp), 100+i, 4000+i)
	}
	fmt.Fprintf(&b, "%s web1 sshd[120]: Accepted password for root from 203.0.113.9 port 4100 ssh2\n", at.Add(20*time.Second).Format(time.Stamp))
	return b.String()
}

const now = "2026-06-01T00:00:00Z"

func TestAnalyzeFindsABruteForceAndSaysSo(t *testing.T) {
	r := sasumata(t, "", "analyze", "--now", now, file(t, "auth.log", authLog()))
	if r.code != exitFindings {
		t.Errorf("exit code %d, want %d; %s", r.code, exitFindings, r.err)
	}
	for _, want := range []string{"▲ HIGH", "203.0.113.9", "Login after failures", "escalated from INFO to HIGH", "Failed password for root", "within 1 h"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is missing in\n%s", want, r.out)
		}
	}
}

func TestAnalyzeSpeaksJapanese(t *testing.T) {
	r := sasumata(t, "", "analyze", "--lang", "ja", "--now", now, file(t, "auth.log", authLog()))
	if !strings.Contains(r.out, "ブルートフォース攻撃") || strings.Contains(r.out, "Summary") {
		t.Errorf("not Japanese:\n%s", r.out)
	}
}

func TestFailOnDecidesTheExitCode(t *testing.T) {
	log := file(t, "auth.log", authLog())
	for level, want := range map[string]int{"info": 1, "high": 1, "critical": 0, "never": 0, "hgih": 2} {
		if r := sasumata(t, "", "analyze", "--now", now, "--fail-on", level, log); r.code != want {
			t.Errorf("--fail-on %s: exit code %d, want %d; %s", level, r.code, want, r.err)
		}
	}
	quiet := file(t, "quiet.log", "Mar  1 10:00:00 web1 cron[1]: nothing happened\n")
	if r := sasumata(t, "", "analyze", "--now", now, quiet); r.code != exitClean {
		t.Errorf("a quiet log: exit code %d; %s", r.code, r.err)
	}
}

// The same lines give the same signals, however they arrive and however many
// goroutines read them.
func TestAnalyzeIsDeterministic(t *testing.T) {
	log := authLog() + accessLog(20_000)
	want := sasumata(t, "", "analyze", "-o", "jsonl", "--now", now, file(t, "x.log", log))
	if !strings.Contains(want.out, `"rule_id":"brute_force_by_ip"`) || !strings.Contains(want.out, `"rule_id":"rate_limit"`) {
		t.Fatalf("the log does not give the signals that this test compares:\n%s%s", want.out, want.err)
	}
	f := func(name string, got result) {
		t.Helper()
		if diff := cmp.Diff(want.out, got.out); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	f("again", sasumata(t, "", "analyze", "-o", "jsonl", "--now", now, file(t, "y.log", log)))
	f("stdin", sasumata(t, log, "analyze", "-o", "jsonl", "--now", now, "-"))
	for _, workers := range []string{"1", "2", "7"} {
		f(workers+" workers", sasumata(t, log, "analyze", "-o", "jsonl", "--now", now, "--workers", workers, "-"))
	}
	f("packed", sasumata(t, "", "analyze", "-o", "jsonl", "--now", now, file(t, "x.gz", packed(t, log))))
	half := strings.Index(log, "\n") + 1
	var out bytes.Buffer
	code := run(t.Context(), []string{"analyze", "-o", "jsonl", "--now", now, "-"}, &halves{log[:half], log[half:]}, &out, &out)
	f("in two halves", result{code, out.String(), ""})
}

// halves is a reader whose input arrives in two parts.
type halves struct{ first, second string }

func (h *halves) Read(p []byte) (int, error) {
	part := &h.first
	if h.first == "" {
		part = &h.second
	}
	n, err := strings.NewReader(*part).Read(p)
	*part = (*part)[n:]
	return n, err
}

func accessLog(lines int) string {
	var b strings.Builder
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range lines {
		ip := fmt.Sprintf("198.51.100.%d", i%250)
		if i > lines/2 && i < lines/2+150 {
			ip = "203.0.113.77"
		}
		fmt.Fprintf(&b, "%s - - [%s] \"GET /page/%d?q=a%%20b HTTP/1.1\" 200 %d \"-\" \"agent/%d\"\n", ip, at.Add(time.Duration(i)*100*time.Millisecond).Format("02/Jan/2006:15:04:05 -0700"), i%97, i, i%13)
	}
	return b.String()
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBadInput(t *testing.T) {
	damaged := packed(t, strings.Repeat(accessLog(2000), 3)+authLog())
	f := func(name string, wantCode int, wantErr, wantOut string, args ...string) {
		t.Helper()
		r := sasumata(t, "", append([]string{"analyze", "--now", now, "--fail-on", "never"}, args...)...)
		if r.code != wantCode || !strings.Contains(r.err, wantErr) || !strings.Contains(r.out, wantOut) {
			t.Errorf("%s: exit code %d, want %d; error %q, want %q; output, want %q:\n%s", name, r.code, wantCode, r.err, wantErr, wantOut, r.out)
		}
	}
	good := file(t, "auth.log", authLog())
	f("a missing file", exitUsage, "no such file", "▲ HIGH", "/does/not/exist.log", good)
	f("a directory", exitUsage, "is a directory", "▲ HIGH", t.TempDir(), good)
	f("binary data", exitClean, "looks binary", "▲ HIGH", file(t, "bin", strings.Repeat("\x00\x01\x7fELF\xff\n", 3000)), good)
	f("a packed file that breaks off", exitFailure, "damaged gzip", "not understood", file(t, "cut.gz", damaged[:len(damaged)/2]))
	f("the rest after it is read", exitFailure, "damaged gzip", "▲ HIGH", file(t, "cut.gz", damaged[:len(damaged)/2]), good)
	f("a line without an end", exitClean, "longer than", "▲ HIGH", file(t, "long", strings.Repeat("x", 5<<20)+"\n"+authLog()))
	f("invalid UTF-8", exitClean, "", "▲ HIGH", file(t, "utf8", "\xc3\x28\xfd broken\n"+authLog()))
	f("a clock that goes backwards", exitClean, "went backwards", "▲ HIGH", file(t, "back", "Apr  1 00:00:00 web1 sshd[1]: Failed password for a from 203.0.113.9 port 1 ssh2\n"+authLog()))
	f("an empty file", exitClean, "", "Summary", file(t, "empty", ""))
	f("an unknown flag", exitUsage, "unknown flag", "", "--sauce", "nginx", good)
	f("a wrong time zone", exitUsage, "no time zone", "", "--tz", "Mars", good)
	f("a wrong now", exitUsage, "is no time", "", "--now", "yesterday", good)
	f("a wrong output", exitUsage, "want text or jsonl", "", "-o", "xml", good)
	f("a report that cannot be written", exitFailure, "write report", "▲ HIGH", "--report", "/does/not/exist/r.html", good)
}

func TestParseGivesOneObjectALineInOrder(t *testing.T) {
	log := "first\n\nMar  1 10:00:00 web1 sshd[7]: Failed password for root from 203.0.113.9 port 4 ssh2\n{\"a\":{\"b\":1}}\nlast \x1b[31m"
	r := sasumata(t, log, "parse", "--now", now)
	want := strings.Join([]string{
		`{"message":"first"}`,
		`{"message":""}`,
		`{"timestamp":"2026-03-01T10:00:00Z","source":"sshd","host":"web1","message":"Failed password for root from 203.0.113.9 port 4 ssh2","syslog":{"hostname":"web1","appname":"sshd"},"process":{"pid":7},"evt":{"method":"password","outcome":"failure","name":"authentication","category":"authentication"},"usr":{"name":"root","id":"root"},"network":{"client":{"ip":"203.0.113.9","port":4}},"sshd":{"event":"Failed"}}`,
		`{"source":"json","message":"{\"a\":{\"b\":1}}","a":{"b":1}}`,
		`{"message":"last \u001b[31m"}`,
	}, "\n") + "\n"
	if diff := cmp.Diff(want, r.out); diff != "" || r.code != exitClean {
		t.Errorf("exit code %d, %s %s", r.code, r.err, diff)
	}
}

func TestReportIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	sasumata(t, "", "analyze", "--now", now, "--report", path, file(t, "auth.log", authLog()))
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, []byte("203.0.113.9")) || !bytes.Contains(page, []byte("How to check")) {
		t.Error("the report names neither the address nor what to do")
	}
}

func TestUsersContentIsAddedAndChecked(t *testing.T) {
	mine := file(t, "mine.yaml", "name: Anything from cron\nqueries:\n- {query: '@syslog.appname:cron', aggregation: count, groupByFields: ['@syslog.hostname']}\ncases:\n- {name: seen, status: low, condition: a > 0}\noptions: {detectionMethod: threshold, evaluationWindow: 60, keepAlive: 60, maxSignalDuration: 60}\nmessage: seen\n")
	log := file(t, "x.log", "Mar  1 10:00:00 web1 cron: x\n")
	if r := sasumata(t, "", "analyze", "--now", now, "--rules", mine, log); !strings.Contains(r.out, "Anything from cron") || r.code != exitFindings {
		t.Errorf("exit code %d %s\n%s", r.code, r.err, r.out)
	}
	wrong := file(t, "wrong.yaml", strings.Replace(readFile(t, mine), "a > 0", "b > 0", 1))
	if r := sasumata(t, "", "analyze", "--rules", wrong, log); r.code != exitUsage || !strings.Contains(r.err, "wrong.yaml:5:") {
		t.Errorf("exit code %d, %q", r.code, r.err)
	}
	if r := sasumata(t, "", "check", "-o", "jsonl", mine, wrong); r.code != exitFindings || strings.Count(r.out, "\n") != 2 || !strings.Contains(r.out, `"ok":true`) || !strings.Contains(r.out, `"ok":false`) {
		t.Errorf("exit code %d\n%s", r.code, r.out)
	}
	patterns := file(t, "patterns.yaml", "command_injection:\n  - \"(;\\\\s*rm\\\\s+-rf)\"\n  - \"(&&\\\\s*cat\\\\s+)\"\n  - \"(\\\\|\\\\s*nc\\\\s+)\"\n")
	attack := file(t, "y.log", "203.0.113.9 - - [01/Mar/2026:10:00:00 +0000] \"GET /x?a=1;rm%20-rf%20/ HTTP/1.1\" 200 1\n")
	if r := sasumata(t, "", "analyze", "--patterns", patterns, "-o", "jsonl", attack); !strings.Contains(r.out, "command_injection") {
		t.Errorf("exit code %d %s\n%s", r.code, r.err, r.out)
	}
	blocked := file(t, "block.txt", "203.0.113.0/24 # bad neighbourhood\nnot an address\n")
	if r := sasumata(t, "", "analyze", "--blocklist", blocked, file(t, "z.log", accessLog(9)+"203.0.113.9 - - [01/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n")); !strings.Contains(r.out, "203.0.113.9") || !strings.Contains(r.err, "block.txt:") {
		t.Errorf("exit code %d %s\n%s", r.code, r.err, r.out)
	}
}

func TestFilesOfWhichNothingWouldBeReadAreRefused(t *testing.T) {
	dir := t.TempDir()
	log, list := fileIn(t, dir, "auth.log", authLog()), fileIn(t, dir, "mine.txt", "a: [b]\n")
	f := func(want string, args ...string) {
		t.Helper()
		for _, command := range []string{"analyze", "parse"} {
			r := sasumata(t, "", append([]string{command, log}, args...)...)
			if r.code != exitUsage || r.out != "" || !strings.Contains(r.err, want) {
				t.Errorf("%s %v: exit code %d, want %q in %q", command, args, r.code, want, r.err)
			}
		}
	}
	f("mine.txt: want a name that ends in .yaml, .yml, .json\n", "--pipelines", list)
	f("mine.txt: want a name that ends in .yaml, .yml, .json, .conf\n", "--patterns", list)
	f("--patterns: stat", "--patterns", filepath.Join(dir, "none.yaml"))
	meant := fileIn(t, dir, "mine.yml", "a: [b]\n")
	f(fmt.Sprintf("(did you mean %q?)", meant), "--patterns", list, "--patterns", meant)
	f(fmt.Sprintf("mine_test.yaml: these are tests, want what they test (did you mean %q?)", meant), "--pipelines", fileIn(t, dir, "mine_test.yaml", ""))
	f("(did you mean --patterns?)", "--pipelines", fileIn(t, dir, "own.conf", ""))
}

func TestNamesThatAreNotThereAreWrongUsage(t *testing.T) {
	none, good := filepath.Join(t.TempDir(), "none.yaml"), file(t, "mine.yaml", myRule)
	f := func(out string, args ...string) {
		t.Helper()
		r := sasumata(t, "", append(args, none)...)
		if r.code != exitUsage || r.out != out || !strings.Contains(r.err, none+": no such file") {
			t.Errorf("%v: exit code %d\n%s\n%s", args, r.code, r.out, r.err)
		}
	}
	f("", "check")
	f(good+": right (rule)\n", "check", good)
	f("", "rule", "test")
	f("", "rule", "lint")
	f("", "pipeline", "test")
	if r := sasumata(t, "", "check", "-o", "jsonl", none, good); r.code != exitUsage || strings.Count(r.out, "\n") != 2 {
		t.Errorf("exit code %d\n%s\n%s", r.code, r.out, r.err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCheckKnowsEveryKindOfContent(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "content")
	if r := sasumata(t, "", "content", "export", dir); r.code != exitClean {
		t.Fatalf("export: exit code %d %s", r.code, r.err)
	}
	datadog := file(t, "x_tests.yaml", "id: x\ntests:\n- sample: a\n  result: {message: a}\n")
	f := func(kind string, names ...string) {
		t.Helper()
		name := filepath.Join(append([]string{dir}, names...)...)
		if len(names) == 0 {
			name = datadog
		}
		if r := sasumata(t, "", "check", name); r.code != exitClean || r.out != fmt.Sprintf("%s: right (%s)\n", name, kind) {
			t.Errorf("exit code %d, want %q in\n%s%s", r.code, kind, r.out, r.err)
		}
	}
	f("rule", "rules", "web", "xss.yaml")
	f("tests of a rule", "rules", "web", "xss_test.yaml")
	f("pipeline", "pipelines", "sshd.yaml")
	f("tests of a pipeline", "pipelines", "sshd_test.yaml")
	f("patterns", "patterns", "web.yaml")
	f("tests of a Datadog pipeline")
	wrong := file(t, "xss_test.yaml", "tests:\n- name: a\n  evants: []\n")
	if r := sasumata(t, "", "check", wrong); r.code != exitFindings || !strings.Contains(r.out, `xss_test.yaml:3:3: unknown key "evants" (did you mean "events"?)`) {
		t.Errorf("exit code %d\n%s", r.code, r.out)
	}
}

func TestDemoFindsEveryAttackOfItsDay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.html")
	r := sasumata(t, "", "demo", "--report", path)
	if r.code != exitClean || !strings.Contains(r.out, path) {
		t.Errorf("exit code %d; %s", r.code, r.err)
	}
	for _, rule := range []string{"Brute force", "SQL injection", "Too many requests", "block", "raversal", "ross-site scripting", "ommand injection", "Credential stuffing", "Password spraying", "unusual hour"} {
		if !strings.Contains(r.out, rule) {
			t.Errorf("%q was not found", rule)
		}
	}
	again := sasumata(t, "", "demo", "--report", path)
	if again.out != r.out {
		t.Error("two demos differ")
	}
}
