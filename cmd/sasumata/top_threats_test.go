package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
)

// topRun is a run of analyze --top that goes on.
type topRun struct {
	t         *testing.T
	log       string
	page      string
	out, errs *watched
	end       context.CancelFunc
	done      chan error
}

// startTop starts one over an empty log.
func startTop(t *testing.T, change func(*analyze)) *topRun {
	t.Helper()
	r := &topRun{
		t: t, log: file(t, "auth.log", ""), page: filepath.Join(t.TempDir(), "report.json"),
		out: &watched{written: make(chan struct{}, 1)}, errs: &watched{}, done: make(chan error, 1),
	}
	a := &analyze{streams: streams{out: r.out, err: r.errs}, output: "text", failOn: "never", lang: "en", live: true}
	a.now, a.tz, a.multiline, a.reports, a.lookEvery = now, "UTC", "off", []string{r.page}, 5*time.Millisecond
	change(a)
	ctx, cancel := context.WithCancel(t.Context())
	r.end = cancel
	t.Cleanup(cancel)
	go func() { r.done <- a.run(ctx, []string{r.log}) }()
	return r
}

// until waits until the screen showed the text.
func (r *topRun) until(want string) {
	r.t.Helper()
	for deadline := time.After(time.Minute); !strings.Contains(r.out.String(), want); {
		select {
		case <-r.out.written:
		case <-deadline:
			r.t.Fatalf("%q never came:\n%s\n%s", want, r.out.String(), r.errs.String())
		}
	}
}

// failures appends failed logins to the log.
func (r *topRun) failures(from string, n int) {
	r.t.Helper()
	for i := range n {
		fileAppend(r.t, r.log, fmt.Sprintf("Mar  1 10:00:%02d web1 sshd[1]: Failed password for root from %s port %d ssh2\n", i, from, 4000+i))
	}
}

// stop ends the run as Ctrl-C does, and returns the JSON report.
func (r *topRun) stop() string {
	r.t.Helper()
	r.end()
	if err := <-r.done; err != nil {
		r.t.Fatal(err)
	}
	data, err := os.ReadFile(r.page)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

// replace replaces a list as cron jobs do.
func replace(t *testing.T, path, text string) {
	t.Helper()
	if err := atomicfile.Write(path, 0o600, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// TestTopTakesListsThatChange changes a list while a log is followed: what comes
// before is not marked, what comes after is.
func TestTopTakesListsThatChange(t *testing.T) {
	dir := t.TempDir()
	fileIn(t, dir, "threats.yaml", "feeds: [{id: guessers, file: guessers.txt, category: brute_force, enabled: true}]\n")
	list := fileIn(t, dir, "guessers.txt", "198.51.100.1\n")
	r := startTop(t, func(a *analyze) { a.dir = dir })
	r.failures("203.0.113.9", 8)
	r.until("Failed logins 8")
	r.until("Threat lists 1  Entries 1  the oldest ")
	replace(t, list, "203.0.113.9\n203.0.113.10\n")
	r.until("Entries 2")
	r.failures("203.0.113.9", 3)
	r.until("Failed logins 11")
	replace(t, list, "<html>no list\n")
	r.until("failed: guessers")
	r.failures("203.0.113.10", 2)
	r.until("Failed logins 13")
	page := r.stop()
	for _, want := range []string{`"events_of_listed_addresses": 5`, `"feed": "guessers"`, `"entries": 2`} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %s:\n%s", want, page)
		}
	}
	if n := strings.Count(r.errs.String(), "a web page"); n != 1 {
		t.Errorf("told %d times of the page:\n%s", n, r.errs.String())
	}
	if out := r.out.String(); !strings.Contains(out, "What others say") {
		t.Errorf("the summary lacks the lists:\n%s", out)
	}
}

// TestTopDownloadsOnlyWhenTold runs with feeds that were never fetched.
func TestTopDownloadsOnlyWhenTold(t *testing.T) {
	site, feeds, asked := feedSite(t)
	dir := filepath.Join(t.TempDir(), "new")
	start := func(update bool) *topRun {
		t.Helper()
		return startTop(t, func(a *analyze) {
			a.dir, a.feeds, a.update, a.feedClient, a.lang = dir, feeds, update, site.Client(), "ja"
		})
	}
	r := start(false)
	r.until("脅威リスト 0  登録数 0  未取得: good, gone")
	if page := r.stop(); asked.Load() != 0 || strings.Contains(page, `"entries"`) {
		t.Errorf("%d downloads without --threats-update\n%s", asked.Load(), page)
	}
	r = start(true)
	r.until("脅威リスト 1  登録数 2  最も古いもの ")
	r.until("更新・読み取り失敗: gone")
	r.failures("203.0.113.9", 3)
	r.until("203.0.113.9")
	if page := r.stop(); asked.Load() != 2 || !strings.Contains(page, `"events_of_listed_addresses": 3`) || !strings.Contains(page, `"entries": 2`) {
		t.Errorf("%d downloads\n%s", asked.Load(), page)
	}
	if text := r.errs.String(); strings.Count(text, "update gone: the server answers 404 Not Found") != 1 {
		t.Errorf("the warnings are\n%s", text)
	}
}

func TestThreatsUpdateRefuses(t *testing.T) {
	log, dir := file(t, "auth.log", authLog()), threatFeeds(t)
	f := func(want string, args ...string) {
		t.Helper()
		if r := sasumata(t, "", append([]string{"analyze", "--threats-update", log}, args...)...); r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("%v: exit code %d, %s", args, r.code, r.err)
		}
	}
	f("it wants --top", "--threats", dir)
	f("--threats DIR", "--top")
	f("no feed with a URL is enabled", "--top", "--threats", dir)
}

func TestWarningsWaitForTheScreen(t *testing.T) {
	var out bytes.Buffer
	w := &warner{w: &out, bar: newProgress(&out), hold: true}
	for i := range maxHeld + 2 {
		w.say(fmt.Sprint("number ", i))
	}
	if out.Len() > 0 {
		t.Errorf("too early: %s", out.String())
	}
	w.release()
	w.say("at once")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != maxHeld+2 || lines[0] != "sasumata: number 0" || lines[maxHeld] != "sasumata: 2 more warnings" || lines[maxHeld+1] != "sasumata: at once" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
}
