package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// numbersIn returns the numbers of the first line of a text that holds a word.
func numbersIn(t *testing.T, text, word, form string) []int {
	t.Helper()
	for line := range strings.Lines(text) {
		if !strings.Contains(line, word) {
			continue
		}
		var list []int
		for _, m := range regexp.MustCompile(form).FindStringSubmatch(line)[1:] {
			n, err := strconv.Atoi(m)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, n)
		}
		return list
	}
	t.Fatalf("%q is missing in\n%s", word, text)
	return nil
}

// command returns the words of the first command of a text that begins so.
func command(t *testing.T, text, begin string) []string {
	t.Helper()
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); strings.HasPrefix(strings.Join(words, " "), begin) {
			return words
		}
	}
	t.Fatalf("no command %q in\n%s", begin, text)
	return nil
}

// TestLabSaysWhatItsCommandsSay runs the lab, and then the commands that it prints: they give
// the numbers that it says.
func TestLabSaysWhatItsCommandsSay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	r := sasumata(t, "", "demo", "--lab", "--lang", "en", "--dir", dir)
	if r.code != exitClean || r.err != "" {
		t.Fatalf("exit code %d; %s", r.code, r.err)
	}
	for i, name := range []string{"Logging", "Detection", "Alerting", "All together"} {
		if !strings.Contains(r.out, fmt.Sprintf("Step %d of 4: %s", i+1, name)) {
			t.Errorf("step %d is missing", i+1)
		}
	}
	for _, name := range logFiles() {
		text, err := os.ReadFile(filepath.Join(dir, "logs", name))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := numbersIn(t, r.out, name+" ", `log +(\d+)`)[0], strings.Count(string(text), "\n"); got != want || want == 0 {
			t.Errorf("%s has %d lines, the lab says %d", name, want, got)
		}
		if strings.Contains(string(text), "hrose") || strings.Contains(string(text), "summer") {
			t.Errorf("%s has a password", name)
		}
	}

	signals := func(args ...string) int {
		t.Helper()
		got := sasumata(t, "", append(args, "-o", "jsonl")...)
		if got.code != exitFindings {
			t.Fatalf("%q: exit code %d; %s", args, got.code, got.err)
		}
		return strings.Count(got.out, "\n")
	}
	logs, err := filepath.Glob(filepath.Join(dir, "logs", "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	words := command(t, r.out, "sasumata analyze")
	args := slices.Concat(words[1:len(words)-1], logs)
	got := numbersIn(t, r.out, "Change: the number of failed logins", `With 5: (\d+) signals; with 3: (\d+)`)
	want := []int{signals(append([]string{"analyze", "--blocklist", filepath.Join(dir, "blocklist.txt")}, logs...)...), signals(args...)}
	if diff := cmp.Diff(want, got); diff != "" || want[0] == want[1] {
		t.Errorf("signals of step 2: %s", diff)
	}

	alerts, err := os.ReadFile(filepath.Join(dir, "alerts.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	notices := func(args ...string) int {
		return strings.Count(sasumata(t, string(alerts), append([]string{"notify", "simulate"}, args...)...).out, "\n")
	}
	words = command(t, r.out, "sasumata notify simulate")
	got = numbersIn(t, r.out, "Change: for how long", `With 5m: (\d+) notices; with 1m: (\d+)`)
	want = []int{notices(), notices(words[3:5]...)}
	if diff := cmp.Diff(want, got); diff != "" || want[0] == want[1] {
		t.Errorf("notices of step 3: %s", diff)
	}
	rows := strings.Count(r.out[strings.Index(r.out, "Step 3"):strings.Index(r.out, "Step 4")], "told: ")
	if rows != want[0] {
		t.Errorf("%d rows for %d notices", rows, want[0])
	}

	preview := sasumata(t, "", "notify", "preview", "--config", filepath.Join(dir, "sasumata.yaml"), "--severity", "critical")
	for _, who := range []string{"console", "mail", "slack"} {
		if !strings.Contains(preview.out, who) {
			t.Errorf("critical is not told to %s: %s%s", who, preview.out, preview.err)
		}
	}

	// What the folder says now is what counts.
	got = numbersIn(t, r.out, "Change: the severity from which", `high, critical\]: (\d+); with \[critical\]: (\d+)`)
	if now := numbersIn(t, r.out, "addresses that would be blocked:", `blocked: (\d+)`)[0]; now != got[0] || got[0] == got[1] {
		t.Errorf("addresses: %d and %v", now, got)
	}
	config, err := os.ReadFile(filepath.Join(dir, "sasumata.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	fileIn(t, dir, "sasumata.yaml", strings.Replace(string(config), "[high, critical]", "[critical]", 1))
	words = command(t, r.out, "sasumata demo --lab --step 4")
	again := sasumata(t, "", append(words[1:], "--lang", "en")...)
	if now := numbersIn(t, again.out, "addresses that would be blocked:", `blocked: (\d+)`)[0]; now != got[1] || again.code != exitClean || strings.Contains(again.out, "Step 3") {
		t.Errorf("after the change %d addresses, the lab said %d; %s", now, got[1], again.err)
	}
}

// The English lab is compared with its commands above.
func TestLabIsDeterministic(t *testing.T) {
	run := func() string {
		dir := filepath.Join(t.TempDir(), "lab")
		r := sasumata(t, "", "demo", "--lab", "--lang", "ja", "--dir", dir)
		if r.code != exitClean || !strings.Contains(r.out, "ステップ 4/4: 統合") || strings.Contains(r.out, "Look at") {
			t.Fatalf("exit code %d; %s\n%s", r.code, r.err, r.out)
		}
		return strings.ReplaceAll(r.out, dir, "DIR")
	}
	if diff := cmp.Diff(run(), run()); diff != "" {
		t.Errorf("two runs differ: %s", diff)
	}
}

func TestLabLeavesNothingBehind(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	if r := sasumata(t, "", "demo", "--lab", "--lang", "en", "--level", "error"); r.code != exitClean || !strings.Contains(r.out, "The files are removed now") {
		t.Errorf("exit code %d; %s", r.code, r.err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v are left; %v", left, err)
	}
}

func TestLabRefuses(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		if r := sasumata(t, "", append([]string{"demo"}, args...)...); r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("%q: exit code %d; %s", args, r.code, r.err)
		}
	}
	full := t.TempDir()
	fileIn(t, full, "mine.txt", "x")
	f("is not empty", "--lab", "--dir", full)
	f("--dir is only with --lab", "--dir", full)
	f("--seed is not with --lab", "--lab", "--seed", "2")
	f("--level is not with --lab and --step", "--lab", "--step", "4", "--dir", full, "--level", "warn")
	f("--step wants 2, 3 or 4", "--lab", "--step", "4")
	f("--step wants 2, 3 or 4", "--lab", "--step", "1", "--dir", full)
	f("access.log", "--lab", "--step", "2", "--dir", full)
	f(`--level "loud"`, "--lab", "--level", "loud")
	f("--lang", "--lab", "--lang", "xx")
}

func TestShell(t *testing.T) {
	f := func(path, want string) {
		t.Helper()
		if got := shell(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	f("/tmp/lab-1", "/tmp/lab-1")
	f("/tmp/my lab", "'/tmp/my lab'")
	f("/tmp/it's", `'/tmp/it'\''s'`)
	f("/tmp/$(x)", "'/tmp/$(x)'")
}
