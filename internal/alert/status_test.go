package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/signal"
)

// TestStatusShowsTheRouting reads an alertmanager.yml back, and finds what leads nowhere.
func TestStatusShowsTheRouting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	text := `
route:
  receiver: all
  group_by: [alertname, ip]
  group_wait: 30s
  routes:
    - {receiver: all, continue: true}
    - {matchers: ['severity="high"', 'ip=~"10[.].*"'], receiver: night, mute_time_intervals: [day], continue: true}
    - {receiver: all}
    - {matchers: [severity="low"], receiver: never}
receivers: [{name: all}, {name: night}, {name: never}, {name: nobody}]
inhibit_rules:
  - {source_matchers: [severity="critical", ip=~".+"], target_matchers: [severity="low", ip=~".+"], equal: [ip]}
  - {source_matchers: [severity="critical", ip=~".+"], target_matchers: [severity="low"], equal: [ip]}
time_intervals: [{name: day, time_intervals: [{weekdays: ["monday:friday"], times: [{start_time: "09:00", end_time: "17:00"}], location: Asia/Tokyo}]}]
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := configured(t, fmt.Sprintf(`
file: %s
receivers: [{name: all, file: {path: /a}}, {name: night, console: {}}, {name: never, syslog: {address: "192.0.2.1:514"}, per_hour: 3}]
on_call: [{name: rota, from: '2026-01-05T00:00:00Z', every: 1h, people: [all, night]}]
escalation: [{severity: [high, critical], after: 15m, receiver: rota}]
`, path))
	m := opened(t, c, time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)) // a Monday, 10:30 in Tokyo
	s := m.Status()
	var routes []string
	var walk func(r *Route, depth int)
	walk = func(r *Route, depth int) {
		routes = append(routes, fmt.Sprint(strings.Repeat("  ", depth), r.Receiver, r.Matchers, r.After, r.GroupBy, r.Wait, r.Mute, r.Held, r.Continue))
		for i := range r.Routes {
			walk(&r.Routes[i], depth+1)
		}
	}
	walk(&s.Route, 0)
	want := []string{
		"all[] 0 [alertname ip] 30 [] false false",
		`  rota[severity="high"] 900 [...] 0 [] false true`,
		`  rota[severity="critical"] 900 [...] 0 [] false true`,
		"  all[] 0 [alertname ip] 30 [] false false",
		"    all[] 0 [alertname ip] 30 [] false true",
		`    night[ip=~"10[.].*" severity="high"] 0 [alertname ip] 30 [day] true true`,
		"    all[] 0 [alertname ip] 30 [] false false",
		`    never[severity="low"] 0 [alertname ip] 30 [] false false`,
	}
	if diff := cmp.Diff(want, routes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Interval{{"day", []string{"monday:friday 09:00-17:00 Asia/Tokyo"}, true}}, s.Intervals); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Inhibition{
		{[]string{`ip=~".+"`, `severity="critical"`}, []string{`ip=~".+"`, `severity="low"`}, []string{"ip"}},
		{[]string{`ip=~".+"`, `severity="critical"`}, []string{`severity="low"`}, []string{"ip"}},
	}, s.Inhibitions); diff != "" {
		t.Error(diff)
	}
	var warned []string
	for _, w := range s.Warnings {
		warned = append(warned, w.Kind+" "+w.Name)
	}
	slices.Sort(warned)
	if diff := cmp.Diff([]string{"no_integration nobody", "no_route nobody", "unequal ip", "unreached never"}, warned); diff != "" {
		t.Error(diff)
	}
	var receivers []string
	for _, r := range s.Receivers {
		one := fmt.Sprint(r.Name, r.People, r.Routed, r.PerHour)
		for _, i := range r.Integrations {
			one += " " + i.Target + " " + i.Where
		}
		receivers = append(receivers, one)
	}
	if diff := cmp.Diff([]string{"all[] true 0 all/file[0] /a", "never[] true 3 never/syslog[0] udp 192.0.2.1:514", "night[] true 0 night/console[0] ", "nobody[] false 60", "rota[all night] true 0"}, receivers); diff != "" {
		t.Error(diff)
	}
	at := func(hour int) time.Time { return time.Date(2026, 11, 23, hour, 0, 0, 0, time.UTC) }
	if diff := cmp.Diff([]OnCall{{"rota", []string{"all", "night"}, "night", "all", at(1), at(2), 3600}}, s.OnCall); diff != "" {
		t.Error(diff)
	}
}

// TestHealthCounts counts attempts as the history has them.
func TestHealthCounts(t *testing.T) {
	o := &outbox{health: map[string]*Health{}}
	at := time.Unix(1, 0)
	for _, a := range []Attempt{{}, {Held: true}, {Error: "x"}, {Error: "y"}, {Muted: "silenced"}} {
		a.Target, a.At = "t", at
		o.count(&a)
		at = at.Add(time.Second)
	}
	h := o.healthOf("t")
	if h.Told != 1 || h.Failed != 2 || h.Error != "y" || !h.LastTold.Equal(time.Unix(2, 0)) || !h.LastFailed.Equal(time.Unix(4, 0)) {
		t.Errorf("%+v", h)
	}
}

// TestRotaBeforeItBegins looks at a rota whose first turn is to come.
func TestRotaBeforeItBegins(t *testing.T) {
	begin := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	got := rotas([]Rota{{Name: "r", Begin: begin, Every: time.Hour, People: []string{"a", "b"}}}, begin.Add(-90*time.Minute))[0]
	if got.Now != "a" || got.Next != "b" || !got.Since.Equal(begin) || !got.Until.Equal(begin.Add(time.Hour)) {
		t.Errorf("%+v", got)
	}
}

// opened returns a manager that does not run.
func opened(t *testing.T, c *Config, now time.Time) *Manager {
	t.Helper()
	opts := options(c)
	opts.Now = func() time.Time { return now }
	m, err := New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// TestStatusSaysHowReceiversDo lets a receiver fail and recover, and looks at what is said of
// it, also after a restart; no secret is.
func TestStatusSaysHowReceiversDo(t *testing.T) {
	t.Parallel()
	slack := newSink(t, http.StatusForbidden)
	secret := slack.URL + "/services/T0/very-secret"
	c := configured(t, fmt.Sprintf("url: https://sasumata.example.com\nslack: {url_file: %s, channel: '#soc'}\nreceivers: [{name: boss, console: {}}]\nescalation: [{severity: critical, after: 1h, receiver: boss}]\n", secretIn(t, secret)))
	s := start(t, c)
	state := func() IntegrationState {
		for _, r := range s.Status().Receivers {
			if r.Name == "slack" {
				return r.Integrations[0]
			}
		}
		return IntegrationState{}
	}
	s.put(t, bruteForce(signal.Critical))
	waitFor(t, "the failure", func() bool { return state().Failed == 1 })
	if one := state(); one.Where != "#soc" || one.LastFailed == nil || one.Error == "" || one.Told != 0 || one.Undelivered != 1 {
		t.Errorf("a receiver that refuses: %+v", one)
	}
	if n := s.Status(); n.RunningCount != 1 || n.Running[0].Told || !n.Running[0].Due.After(time.Now().Add(59*time.Minute)) {
		t.Errorf("what is escalated: %+v", n.Running)
	}
	// It refused for good, so it rests for a minute. A test that arrives ends that.
	refused := bruteForce(signal.Critical)
	rests := func() bool {
		return s.paceOf("slack/slack[0]").next(refused.key()).After(s.now().Add(10 * time.Second))
	}
	if !rests() {
		t.Error("it does not rest")
	}
	if tried, err := s.Test(t.Context(), "slack"); err != nil || len(tried) != 1 || tried[0].Err != nil {
		t.Fatal(tried, err)
	}
	if rests() {
		t.Error("it rests, though it took a test")
	}
	waitFor(t, "the notice, which waited", func() bool { return state().Undelivered == 0 })
	if one := state(); one.Told != 2 || one.LastTold == nil || one.Next != nil {
		t.Errorf("a receiver that took it: %+v", one)
	}
	if first := s.History(); !slices.ContainsFunc(first, func(a Attempt) bool { return strings.HasPrefix(a.Title, "[TEST]") && a.Outcome() == "told" }) {
		t.Errorf("no test in the history: %+v", first)
	}
	for _, a := range s.History() {
		if strings.Contains(a.Text, linkPath) && !strings.Contains(a.Text, "sig=…") {
			t.Errorf("the history has a link that can be used: %s", a.Text)
		}
	}
	if !strings.Contains(slack.requests()[1].body, "sig=") || strings.Contains(slack.requests()[1].body, "sig=…") {
		t.Errorf("the receiver has no link that can be used: %s", slack.requests()[1].body)
	}
	slack.Close()
	if tried, err := s.Test(t.Context(), "slack"); err != nil || tried[0].Err == nil || strings.Contains(tried[0].Err.Error(), "very-secret") {
		t.Errorf("a test of a receiver that is gone: %+v %v", tried, err)
	}
	all, err := json.Marshal(s.Status())
	if err != nil || strings.Contains(string(all), "very-secret") || !strings.Contains(string(all), "redacted") {
		t.Errorf("%v %s", err, all)
	}
	s.stop()
	again := opened(t, c, time.Now())
	for _, r := range again.Status().Receivers {
		if r.Name == "slack" && (r.Integrations[0].LastTold == nil || r.Integrations[0].LastFailed == nil || r.Integrations[0].Told != 0) {
			t.Errorf("after a restart: %+v", r.Integrations[0])
		}
	}
}

// TestNobodyFloodsByTests makes more tests than there may be.
func TestNobodyFloodsByTests(t *testing.T) {
	s := start(t, configured(t, "{}"))
	for i := range maxTests + 1 {
		_, err := s.Test(t.Context(), "console")
		many, refused := errors.AsType[*TooManyTestsError](err)
		if refused != (i == maxTests) || refused && (many.After <= 0 || many.After > testsWithin) {
			t.Errorf("test %d: %v", i, err)
		}
	}
	if _, ok := errors.AsType[*TooManyTestsError](s.Drill(t.Context(), signal.High)); !ok {
		t.Error("a drill is one more")
	}
	for _, one := range s.Metrics() {
		if one.Name == "notice_tests_total" && one.Value != maxTests || one.Name == "notice_tests_refused_total" && one.Value != 2 {
			t.Errorf("%s is %v", one.Name, one.Value)
		}
	}
	s.clock.forward(testsWithin)
	if err := s.Drill(t.Context(), signal.High); err != nil {
		t.Error(err)
	}
	waitFor(t, "the drill", func() bool {
		return slices.ContainsFunc(s.History(), func(a Attempt) bool { return strings.HasPrefix(a.Title, "[TEST] [HIGH]") })
	})
}

// TestPreviewOfNow asks a running manager who would be told, with a silence and the texts.
func TestPreviewOfNow(t *testing.T) {
	mail := filepath.Join(t.TempDir(), "alertmanager.yml")
	text := `
route: {receiver: all}
receivers:
  - name: all
    email_configs: [{to: soc@example.com, from: a@example.com, smarthost: "127.0.0.1:1", headers: {subject: 'of {{ .CommonLabels.ip }}'}, text: 'mine', html: ''}]
    webhook_configs: [{url: "http://127.0.0.1:1/very-secret"}]
`
	if err := os.WriteFile(mail, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, configured(t, "url: https://sasumata.example.com\nfile: "+mail+"\nreceivers: [{name: all, console: {}}]\n"))
	n := bruteForce(signal.High)
	p, err := s.Preview(t.Context(), &n)
	if err != nil || p.Held != "" || len(p.Told) != 1 || p.Labels["ip"] != "192.0.2.7" {
		t.Fatalf("%+v %v", p, err)
	}
	var got []string
	for _, r := range p.Told[0].Texts {
		first, _, _ := strings.Cut(r.Text, "\n")
		got = append(got, fmt.Sprint(r.Target, " ", r.Language, " ", r.Title, ": ", first, " ", r.Approximate, r.Error))
	}
	want := []string{
		"all/webhook[0] en [HIGH] Brute force from 192.0.2.7: ■ [HIGH] Brute force from 192.0.2.7 true",
		"all/email[0] en of 192.0.2.7: mine false",
		"all/console[0] en [HIGH] Brute force from 192.0.2.7: ■ [HIGH] Brute force from 192.0.2.7 false",
		"all/webhook[0] ja [🔴 高] 総当たり攻撃: ■ [🔴 高] 総当たり攻撃 true",
		"all/email[0] ja of 192.0.2.7: mine false",
		"all/console[0] ja [🔴 高] 総当たり攻撃: ■ [🔴 高] 総当たり攻撃 false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := s.snooze(context.WithoutCancel(t.Context()), n.key(), "mika", time.Hour); err != nil {
		t.Fatal(err)
	}
	n = bruteForce(signal.High)
	if p, err = s.Preview(t.Context(), &n); err != nil || p.Held != "silenced" || len(p.Silences) != 1 {
		t.Errorf("behind a silence: %+v %v", p, err)
	}
	if s.console.String() != "" {
		t.Errorf("a preview told somebody: %s", s.console.String())
	}
}

// TestHeartbeatState looks at a heartbeat that arrives, and then does not.
func TestHeartbeatState(t *testing.T) {
	sink := newSink(t)
	s := start(t, configured(t, fmt.Sprintf("heartbeat: {url_file: %s, every: 1s}\n", secretIn(t, sink.URL+"/very-secret"))))
	waitFor(t, "a heartbeat", func() bool { h := s.Status().Heartbeat; return h.Sent > 0 && h.Last != nil && h.Error == "" })
	sink.Close()
	waitFor(t, "one that fails", func() bool { h := s.Status().Heartbeat; return h.Failed > 0 && h.Last != nil && h.Error != "" })
	if h := s.Status().Heartbeat; strings.Contains(h.Error, "very-secret") {
		t.Error(h.Error)
	}
}
