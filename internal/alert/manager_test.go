package alert

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

func TestDefaultRouting(t *testing.T) {
	t.Parallel()
	slack := newSink(t)
	c := configured(t, fmt.Sprintf("slack: {url_file: %s, channel: '#sec'}\nlanguage: ja\n", secretIn(t, slack.URL)))
	s := start(t, c)
	if text := s.log.String(); !strings.Contains(text, "no receiver mail") {
		t.Errorf("it is not said that there is no mail: %s", text)
	}
	n := bruteForce(signal.Critical)
	n.Lines = []string{"<!channel> \x1b[2J```"}
	s.put(t, n)
	waitFor(t, "Slack", func() bool { return len(slack.requests()) == 1 })
	waitFor(t, "the console", func() bool { return strings.Contains(s.console.String(), "総当たり攻撃") })
	body := slack.requests()[0].body
	for _, want := range []string{"🚨 緊急", "192.0.2.7", "パスワードが試されています。", "runbooks/brute_force.md", "failures \\u0026gt; 5"} {
		if !strings.Contains(body, want) {
			t.Errorf("Slack lacks %q: %s", want, body)
		}
	}
	if strings.Contains(body, "<!channel>") || strings.Contains(body, `\u003c!channel`) || strings.Contains(body, "\x1b") {
		t.Errorf("markup of the log reaches Slack: %s", body)
	}
	high := bruteForce(signal.High)
	high.ID, high.Labels[0].Value = "another", "192.0.2.8"
	s.put(t, high)
	waitFor(t, "the console", func() bool { return strings.Contains(s.console.String(), "192.0.2.8") })
	waitFor(t, "the end", func() bool { return len(s.Undelivered()) == 0 })
	if n := len(slack.requests()); n != 1 {
		t.Errorf("Slack heard of high: %d", n)
	}
	if strings.Contains(s.console.String(), "\x1b") {
		t.Error("the log steers the terminal")
	}
}

func TestRoutingOfAFile(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "alertmanager.yml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := Default()
		c.File = path
		_, err := c.load()
		if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(want, "FILE", path)) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	f("route:\n  receiver: a\n  grup_by: [x]\nreceivers: [{name: a}]\n", "FILE:3: field grup_by not found")
	f("route: {receiver: b}\nreceivers: [{name: a}]\n", "FILE: undefined receiver")
	f("route: [\n", "FILE:")
	f("", "no route")
}

// TestTheSameNoticeIsToldOnce puts the same notice many times: it is told once, and again
// when the time of suppression is over, with the number of repeats.
func TestTheSameNoticeIsToldOnce(t *testing.T) {
	t.Parallel()
	s := start(t, configured(t, "suppress: 10s\n"))
	for range 5 {
		s.put(t, bruteForce(signal.High))
	}
	told := func() int { return strings.Count(s.console.String(), "■") }
	waitFor(t, "the console", func() bool { return told() == 1 })
	waitFor(t, "the note of it", func() bool { return len(s.History()) > 0 })
	if len(s.History()) != 1 {
		t.Errorf("history %v", s.History())
	}
}

func TestWhatIsOpenSurvivesARestart(t *testing.T) {
	t.Parallel()
	down := newSink(t, 503, 503, 503)
	c := configured(t, fmt.Sprintf("receivers: [{name: slack, webhook: {url_file: %s}}]\n", secretIn(t, down.URL)))
	s := start(t, c)
	s.put(t, bruteForce(signal.Critical))
	waitFor(t, "a failure", func() bool {
		list := s.Undelivered()
		return len(list) == 1 && strings.Contains(list[0].Error, "503") && strings.HasPrefix(list[0].Target, "slack/")
	})
	waitFor(t, "the console", func() bool { return strings.Contains(s.console.String(), "192.0.2.7") })
	began := s.Undelivered()[0].Notice.Began
	s.stop()
	again := start(t, c)
	waitFor(t, "the delivery", func() bool { return len(down.requests()) == 1 })
	waitFor(t, "the end", func() bool { return len(again.Undelivered()) == 0 })
	if text := again.console.String(); text != "" {
		t.Errorf("the console was told twice: %s", text)
	}
	if !strings.Contains(down.requests()[0].body, began.Format("2006-01-02T15:04:05")) {
		t.Errorf("the beginning %s is lost: %s", began, down.requests()[0].body)
	}
	for _, a := range again.History() {
		if a.Error == "" && a.Text == "" {
			t.Errorf("no text: %+v", a)
		}
	}
}

func TestEscalation(t *testing.T) {
	t.Parallel()
	boss := newSink(t)
	c := configured(t, fmt.Sprintf(`
receivers: [{name: boss, webhook: {url_file: %s}}]
escalation: [{severity: critical, after: 15m, receiver: boss}]
`, secretIn(t, boss.URL)))
	s := start(t, c)
	s.put(t, bruteForce(signal.Critical))
	other := bruteForce(signal.Critical)
	other.ID, other.Labels[0].Value = "another", "192.0.2.9"
	s.put(t, other)
	waitFor(t, "the console", func() bool { return strings.Count(s.console.String(), "■") == 2 })
	if err := s.outbox.acknowledge(other.key(), "mika", s.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := len(boss.requests()); n != 0 {
		t.Fatalf("the boss was told at once")
	}
	s.clock.forward(15 * time.Minute)
	waitFor(t, "the boss", func() bool { return len(boss.requests()) == 1 })
	if body := boss.requests()[0].body; !strings.Contains(body, "192.0.2.7") || strings.Contains(body, "192.0.2.9") {
		t.Errorf("the boss was told %s", body)
	}
	waitFor(t, "the end", func() bool { return len(s.Undelivered()) == 0 })
	if n := strings.Count(s.console.String(), "■"); n != 2 {
		t.Errorf("the console was told %d times without news", n)
	}
}

func TestLimitSumsUp(t *testing.T) {
	t.Parallel()
	hook := newSink(t)
	c := configured(t, fmt.Sprintf("per_hour: 2\nreceivers: [{name: mail, webhook: {url_file: %s}}]\n", secretIn(t, hook.URL)))
	s := start(t, c)
	for i := range 5 {
		n := bruteForce(signal.High)
		n.ID, n.Labels[0].Value = fmt.Sprint(i), fmt.Sprintf("192.0.2.%d", i)
		s.put(t, n)
	}
	waitFor(t, "the limit", func() bool { return s.counters.held.Load() >= 3 })
	waitFor(t, "two", func() bool { return len(hook.requests()) >= 2 })
	if n := len(hook.requests()); n != 2 {
		t.Errorf("%d were told within the hour", n)
	}
	s.clock.forward(time.Hour)
	waitFor(t, "the summary", func() bool { return len(s.Undelivered()) == 0 })
	all := hook.requests()
	if len(all) != 3 || !strings.Contains(all[2].body, "2 more notices were held back") || !strings.Contains(all[2].body, "2 × Brute force") {
		t.Errorf("told %d: %v", len(all), all)
	}
}

func TestAFailingReceiverIsReportedToOthers(t *testing.T) {
	t.Parallel()
	down := newSink(t)
	down.statuses = make([]int, 1000)
	for i := range down.statuses {
		down.statuses[i] = 500
	}
	c := configured(t, fmt.Sprintf("failing_after: 10m\nreceivers: [{name: mail, webhook: {url_file: %s}}]\n", secretIn(t, down.URL)))
	s := start(t, c)
	s.put(t, bruteForce(signal.High))
	waitFor(t, "a failure", func() bool { return s.counters.failed.Load() > 0 })
	s.clock.forward(10 * time.Minute)
	waitFor(t, "the report", func() bool { return strings.Contains(s.console.String(), "Receiver mail cannot be told anything") })
	for _, u := range s.Undelivered() {
		if u.Notice.Kind == KindHealth {
			t.Errorf("%s waits to hear of its own trouble", u.Target)
		}
	}
}

// TestAFailureUsesNoLimit lets a receiver fail more often than it may be told: it is told
// as soon as it is back.
func TestAFailureUsesNoLimit(t *testing.T) {
	t.Parallel()
	l := &limit{perHour: 1}
	now := time.Now()
	for range 3 {
		if _, ok := l.take(now, false, map[string]string{"mine": "rule"}); !ok {
			t.Fatal("a failure used the limit")
		}
		l.giveBack(map[string]string{"key": "rule"}, now, false)
	}
	held, ok := l.take(now, false, map[string]string{"mine": "rule"})
	if !ok || held["key"] != "rule" {
		t.Errorf("%v, %t", held, ok)
	}
	if _, ok := l.take(now.Add(2*time.Hour), false, map[string]string{"key": "rule"}); ok {
		t.Error("told alone while it is told within a summary")
	}
	if _, ok := l.take(now, false, map[string]string{"mine": "rule"}); ok {
		t.Error("no limit")
	}
	if _, ok := l.take(now, true, map[string]string{"mine": "rule"}); !ok {
		t.Error("a flood hides what is critical")
	}
}

// TestResolved tells a receiver that wants to know that it is over.
func TestResolved(t *testing.T) {
	t.Parallel()
	hook := newSink(t)
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	text := "route: {receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\nreceivers: [{name: hook, webhook_configs: [{url: '" + hook.URL + "'}]}]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, configured(t, "suppress: 1s\nfile: "+path+"\n"))
	s.put(t, bruteForce(signal.High))
	waitFor(t, "the first", func() bool { return len(hook.requests()) == 1 })
	waitFor(t, "the last", func() bool { return len(hook.requests()) == 2 })
	if first, last := hook.requests()[0].body, hook.requests()[1].body; !strings.Contains(first, `"status":"firing"`) || strings.Contains(last, `"status":"firing"`) {
		t.Errorf("%s\n%s", first, last)
	}
}
