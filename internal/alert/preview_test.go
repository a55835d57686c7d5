package alert

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
)

func options(c *Config) Options {
	return Options{Config: c, Console: &buffer{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

func TestPreview(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	text := `
route:
  receiver: all
  group_by: [alertname, ip]
  group_wait: 30s
  routes:
    - {matchers: [severity="high"], receiver: night, mute_time_intervals: [day]}
receivers: [{name: all}, {name: night}]
time_intervals: [{name: day, time_intervals: [{times: [{start_time: "09:00", end_time: "17:00"}]}]}]
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := configured(t, fmt.Sprintf(`
file: %s
receivers: [{name: all, console: {}}, {name: night, console: {}}]
escalation: [{severity: high, after: 15m, receiver: all}]
`, path))
	f := func(severity signal.Severity, hour int, want ...string) {
		t.Helper()
		n := bruteForce(severity)
		list, err := Preview(options(c), &n, time.Date(2026, 11, 23, hour, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range list {
			got = append(got, fmt.Sprint(one.Receiver, " ", one.After, " ", one.Wait, " ", one.GroupBy, " ", one.Muted))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s at %d: %s", severity, hour, diff)
		}
	}
	f(signal.Critical, 12, "all 0s 30s alertname, ip ")
	f(signal.High, 3, "all 15m0s 0s ... ", "night 0s 30s alertname, ip ")
	f(signal.High, 12, "all 15m0s 0s ... ", "night 0s 30s alertname, ip told later: day")
	f(signal.Low, 12, "quiet 0s 0s  signals below medium are told when they are unusual, or within the daily digest")
}

func TestDrillSaysThatItIsOne(t *testing.T) {
	slack := newSink(t)
	c := configured(t, fmt.Sprintf("language: ja\nslack: {url_file: %s}\n", secretIn(t, slack.URL)))
	drill := Drill(time.Now())
	tried, err := Test(t.Context(), options(c), "slack", &drill)
	if err != nil || len(tried) != 1 || tried[0].Err != nil || tried[0].Target != "slack/slack[0]" || !strings.HasPrefix(tried[0].Title, "【訓練】") {
		t.Fatalf("%+v, %v", tried, err)
	}
	if body := slack.requests()[0].body; strings.Count(body, "【訓練】") < 2 {
		t.Errorf("it does not say that it is a drill: %s", body)
	}
	slack.mu.Lock()
	slack.answer = "no_service"
	slack.mu.Unlock()
	if tried, err = Test(t.Context(), options(c), "slack", &drill); err != nil || tried[0].Err == nil || !strings.Contains(tried[0].Err.Error(), "no_service") {
		t.Errorf("%+v, %v", tried, err)
	}
	if _, err := Test(t.Context(), options(c), "nobody", &drill); err == nil || !strings.Contains(err.Error(), "only console, slack") {
		t.Error(err)
	}
}

// TestFaults lists what can be wrong with a configuration.
func TestFaults(t *testing.T) {
	f := func(yaml, want string) {
		t.Helper()
		c := Default()
		if err := document.Decode("c.yaml", []byte(yaml), c, document.Options{}); err != nil {
			t.Fatal(err)
		}
		faults := c.Check(document.Pos{File: "c.yaml", Line: 1, Col: 1})
		if len(faults) == 0 {
			if _, err := c.CheckRouting(); err != nil {
				faults = append(faults, document.Fault{Message: err.Error()})
			}
		}
		if len(faults) != 1 || !strings.Contains(faults[0].Error(), want) {
			t.Errorf("%s: %v, want %s", yaml, faults, want)
		}
	}
	f("language: jp", `c.yaml:1:11: language "jp", want en, ja (did you mean "ja"?)`)
	f("url: sasumata", "c.yaml:1:6: url")
	f("per_hour: -1", "c.yaml:1:11: per_hour")
	f("quiet: {below: hihg}", `c.yaml:1:16: below "hihg"`)
	f("quiet: {per_day: 0}", "c.yaml:1:18: per_day")
	f("receivers: [{name: a}]", "wants console, file, syslog, exec, webhook or alertmanager")
	f("alertmanager: {urls: alertmanager}", `c.yaml:1:22: url "alertmanager" wants the form`)
	f("alertmanager: {urls: 'http://a:9093', user: u}", "user wants token_file")
	f("alertmanager: {urls: 'http://a:9093'}\nemail: {smarthost: 'm:25', from: a@example.com, to: b@example.com}", "alertmanager says itself who is told")
	f("receivers: [{name: a, exec: {command: [mail]}}]", "wants a program with its path")
	f("receivers: [{name: a, file: {path: x}}]", "wants to begin with /")
	f("receivers: [{name: a, syslog: {address: x}}]", "wants the form 192.0.2.1:514")
	f("on_call: [{name: a, from: monday, every: 1h, people: console}]", `from "monday"`)
	f("on_call: [{name: a, from: '2026-01-05T09:00:00+09:00', every: 1h, people: nobody}]", `"nobody" of on_call "a" is no receiver`)
	f("escalation: [{severity: critical, after: 1m, receiver: nobody}]", `"nobody" is no receiver`)
	f("email: {smarthost: mail, from: a@example.com, to: b@example.com}", "smarthost")
	f(`email: {smarthost: "m:25", from: a@example.com, to: "b@example.com\r\nBcc: c@example.com"}`, "to wants addresses")
}

// TestNotesOfWhoIsNotTold lists configurations that are right and yet tell somebody nothing.
func TestNotesOfWhoIsNotTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(file, []byte("route: {receiver: a, routes: [{receiver: night}]}\nreceivers: [{name: a}, {name: b}, {name: c}, {name: night}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const own = "receivers: [{name: a, file: {path: /a}}, {name: b, file: {path: /b}}, {name: c, file: {path: /c}}]\n"
	const rota = "on_call: [{name: night, from: '2026-01-05T09:00:00+09:00', every: 1h, people: [b]}]\n"
	f := func(yaml string, want ...string) {
		t.Helper()
		c := configured(t, yaml)
		notes, err := c.CheckRouting()
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(notes, func(s string) bool { return !strings.Contains(s, "is in no route") })
		if len(got) != len(want) {
			t.Fatalf("%s: %q, want %q", yaml, got, want)
		}
		for i := range want {
			if !strings.HasPrefix(got[i], "receiver "+want[i]+" ") {
				t.Errorf("%s: %q, want %q", yaml, got[i], want[i])
			}
		}
	}
	f("{}")
	f(own, "a", "b", "c")
	f(own+rota, "a", "b", "c", "night")
	f(own+"escalation: [{severity: critical, after: 1m, receiver: b}]", "a", "c")
	f(own+rota+"escalation: [{severity: critical, after: 1m, receiver: night}]", "a", "c")
	f("file: "+file+"\n"+own, "b", "c")
	f("file: "+file+"\n"+own+rota, "c")
}
