package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/shelf"
	"github.com/sasumata/sasumata/internal/signal"
)

// tidyRule is a rule about failed logins of a user.
const tidyRule = `id: tidy
name: Failures of a user
nameJa: 利用者の失敗
queries:
  - name: failures
    query: '@evt.outcome:failure'
    groupByFields: ['@usr.name']
cases:
  - {name: Some, status: %s, condition: failures > 2}
options: {evaluationWindow: 300, keepAlive: 600, maxSignalDuration: 3600}
`

// shop is a server at which people write rules.
type shop struct {
	*Server

	t      *testing.T
	tokens map[string]string
}

// opened returns the server with a token of a responder and one of an analyst.
func opened(t *testing.T, s *Server) *shop {
	t.Helper()
	all := &shop{s, t, map[string]string{}}
	for name, role := range map[string]access.Role{"operator": access.Responder, "analyst": access.Analyst} {
		secret, _, err := s.access.Accounts.AddToken(t.Context(), access.Who{May: access.Admin.Permissions()}, access.Actor{Name: "test"},
			access.NewToken{Name: name, Scopes: role.Permissions().Scopes()})
		if errors.Is(err, access.ErrTaken) { // before a restart
			name += "2"
			secret, _, err = s.access.Accounts.AddToken(t.Context(), access.Who{May: access.Admin.Permissions()}, access.Actor{Name: "test"},
				access.NewToken{Name: name, Scopes: role.Permissions().Scopes()})
		}
		if err != nil {
			t.Fatal(err)
		}
		all.tokens[strings.TrimSuffix(name, "2")] = secret
	}
	return all
}

// shopOptions are those of a server with a shelf, of whose signals somebody is told.
func shopOptions(dir string) (ServeOptions, *syncBuffer) {
	opts := serveOptions(dir)
	opts.Content = func(c *config.Config) (*Content, error) {
		return LoadContent(Sources{Shelf: filepath.Join(c.Data, RulesDir)})
	}
	opts.Config.Alert = alert.Default()
	opts.Config.Alert.Quiet.Severity = signal.Info
	screen := &syncBuffer{}
	opts.Terminal = screen
	return opts, screen
}

// ask asks as an operator, and reads the answer.
func (s *shop) ask(method, path string, body, into any) int {
	s.t.Helper()
	return s.askAs("operator", method, path, body, into)
}

func (s *shop) askAs(who, method, path string, body, into any) int {
	s.t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			s.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.Listening[0]+path, strings.NewReader(string(data)))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.tokens[who])
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if text2, ok := into.(*string); ok {
		*text2 = string(text)
	} else if into != nil && resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, into); err != nil {
			s.t.Fatalf("%s: %v", text, err)
		}
	}
	return resp.StatusCode
}

// must is ask for what is granted.
func (s *shop) must(method, path string, body, into any) {
	s.t.Helper()
	var text string
	if code := s.ask(method, path, body, &text); code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			s.t.Fatal(err)
		}
	}
}

// refused is ask for what is not granted.
func (s *shop) refused(code int, want, method, path string, body any) {
	s.t.Helper()
	var text string
	if got := s.ask(method, path, body, &text); got != code || !strings.Contains(text, want) {
		s.t.Errorf("%s %s: %d %s, want %d %s", method, path, got, text, code, want)
	}
}

// recentFailures returns lines of failed logins of a user a moment ago.
func recentFailures(user string, n int) string {
	var b strings.Builder
	now := time.Now().UTC().Add(-time.Minute)
	for i := range n {
		fmt.Fprintf(&b, "%s web1 sshd[7]: Failed password for %s from 198.51.100.7 port 22 ssh2\n", now.Add(time.Duration(i)*time.Second).Format(time.RFC3339), user)
	}
	return b.String()
}

type signalPage struct {
	Signals []struct {
		ID        string `json:"id"`
		Simulated bool   `json:"simulated"`
		Signal    struct {
			RuleID    string `json:"rule_id"`
			Simulated bool   `json:"simulated"`
			Severity  string `json:"severity"`
		} `json:"signal"`
	} `json:"signals"`
}

// TestRulesOfPeople writes a rule, looks at what it would find, puts it to work, provokes it,
// changes and removes it; over a restart.
func TestRulesOfPeople(t *testing.T) {
	dir := t.TempDir()
	opts, screen := shopOptions(dir)
	appendLog(t, dir, recentFailures("alice", 5)+recentFailures("bob", 3)+recentFailures("carol", 2))
	server, stop := serving(t, opts)
	defer func() { stop() }()
	s := opened(t, server)
	s.until(t, 10)
	text := fmt.Sprintf(tidyRule, "medium")

	var check api.RuleCheck
	s.must("POST", "/api/v1/rules/check", api.RuleText{Text: strings.Replace(text, "condition: failures", "condition: failure", 1)}, &check)
	if len(check.Faults) != 1 || check.Faults[0].Line != 9 || check.Faults[0].Col == 0 || check.Faults[0].Suggestion != "failures" {
		t.Errorf("%+v", check)
	}
	s.must("POST", "/api/v1/rules/check", api.RuleText{Text: text}, &check)
	if len(check.Faults) != 0 || check.Format != "datadog" || len(check.IDs) != 1 || check.IDs[0] != "tidy" {
		t.Errorf("%+v", check)
	}

	var p api.RulePreview
	s.must("POST", "/api/v1/rules/preview", api.PreviewWish{Text: text, Hours: 1}, &p)
	if p.Signals != 2 || p.Severities["medium"] != 2 || p.Events != 10 || p.Matched != 10 || len(p.Samples) != 2 || p.Samples[0].Group["usr.name"] != "alice" && p.Samples[0].Group["usr.name"] != "bob" || p.Samples[0].Line == "" || p.Cut != "" {
		t.Errorf("%+v", p)
	}

	if code := s.askAs("analyst", "PUT", "/api/v1/rules/tidy", api.RuleWish{Text: text}, nil); code != http.StatusForbidden {
		t.Errorf("an analyst may write: %d", code)
	}
	s.refused(400, "the text is of the rule tidy", "PUT", "/api/v1/rules/other", api.RuleWish{Text: text})
	s.refused(400, `did you mean \"failures\"?`, "PUT", "/api/v1/rules/tidy", api.RuleWish{Text: strings.Replace(text, "condition: failures", "condition: failure", 1)})
	s.refused(404, "there is no rule", "GET", "/api/v1/rules/tidy", nil)
	var d api.RuleDetail
	s.must("PUT", "/api/v1/rules/tidy", api.RuleWish{Text: text, Note: "first", Edition: new(int64)}, &d)
	if d.Edition != 1 || d.Origin != api.Yours || d.Text != text || d.Mode != shelf.Enabled || len(d.Editions) != 1 || d.Editions[0].By != "token operator" || d.Overrides {
		t.Errorf("%+v", d)
	}
	s.refused(409, "somebody else changed", "PUT", "/api/v1/rules/tidy", api.RuleWish{Text: text, Edition: new(int64)})

	appendLog(t, dir, recentFailures("dave", 3))
	found := func(query string) (page signalPage) {
		t.Helper()
		s.must("GET", "/api/v1/signals?query="+query, nil, &page)
		return page
	}
	eventually(t, "the signal of the new rule", func() bool { return len(found("rule.id:tidy").Signals) == 1 })
	eventually(t, "that people are told", func() bool { return strings.Contains(screen.String(), "Failures of a user - Some") })
	s.must("GET", "/api/v1/rules/tidy", nil, &d)
	if d.Days[6] != 1 {
		t.Errorf("signals per day %v", d.Days)
	}

	stop()
	server, stop = serving(t, opts)
	s = opened(t, server)
	s.must("PUT", "/api/v1/rules/tidy", api.RuleWish{Text: strings.Replace(text, "medium", "high", 1)}, &d)
	if d.Edition != 2 || d.Severities[0] != "high" {
		t.Errorf("%+v", d)
	}
	var e shelf.Edition
	s.must("GET", "/api/v1/rules/tidy/editions/1", nil, &e)
	if e.Text != text || e.Note != "first" {
		t.Errorf("%+v", e)
	}
	s.must("PUT", "/api/v1/rules/tidy/mode", api.ModeWish{Mode: shelf.Simulated, Reason: "noisy"}, nil)
	s.must("DELETE", "/api/v1/rules/tidy?note=done", nil, nil)
	s.refused(404, "there is no rule", "GET", "/api/v1/rules/tidy", nil)
	s.must("PUT", "/api/v1/rules/tidy", api.RuleWish{Text: text}, &d)
	if d.Mode != shelf.Enabled {
		t.Errorf("a new rule has the mode of one that is gone: %+v", d.Rule)
	}
	var trail api.Entries
	s.must("GET", "/api/v1/audit?object=tidy", nil, &trail)
	var actions []string
	for _, e := range trail.Entries {
		actions = append(actions, e.Action+" "+e.Actor)
	}
	if got := strings.Join(actions, ", "); got != "rule.write token operator2, rule.remove token operator2, rule.mode token operator2, rule.write token operator2, rule.write token operator" {
		t.Errorf("the trail has %s", got)
	}
}

// TestOverrides: a copy takes the place of a shipped rule until it is removed; what is
// written of it survives content that cannot be read.
func TestOverrides(t *testing.T) {
	dir := t.TempDir()
	opts, _ := shopOptions(dir)
	server, stop := serving(t, opts)
	defer stop()
	s := opened(t, server)
	var d api.RuleDetail
	s.must("GET", "/api/v1/rules/failed_login", nil, &d)
	if d.Origin != api.Shipped || d.Overrides || d.File != "rules/auth/failed_login.yaml" && !strings.HasPrefix(d.File, "rules/") || d.Line != 1 && d.Line == 0 || d.Text == "" {
		t.Errorf("%s:%d %+v", d.File, d.Line, d.Rule)
	}
	shipped := d.Text
	s.refused(409, "was not written here", "DELETE", "/api/v1/rules/failed_login", nil)
	mine := strings.Replace(shipped, "name: ", "name: My ", 1)
	s.must("PUT", "/api/v1/rules/failed_login", api.RuleWish{Text: mine}, &d)
	if d.Origin != api.Yours || !d.Overrides || d.Text != mine || d.Beneath != shipped {
		t.Errorf("%+v", d.Rule)
	}
	// Content that cannot be loaded keeps changes away, and says why.
	broken := filepath.Join(dir, "data", RulesDir, "modes.json")
	if err := os.WriteFile(broken, []byte("no JSON"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.refused(409, "modes.json", "DELETE", "/api/v1/rules/failed_login", nil)
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	s.must("GET", "/api/v1/rules/failed_login", nil, &d)
	if d.Origin != api.Yours || d.Text != mine || d.Edition != 1 {
		t.Errorf("what was refused is done: %+v", d.Rule)
	}
	d = api.RuleDetail{}
	s.must("DELETE", "/api/v1/rules/failed_login", nil, &d)
	if d.Origin != api.Shipped || d.Overrides || d.Text != shipped || d.Edition != 2 {
		t.Errorf("%+v", d.Rule)
	}
}

// TestSimulatedRule: it opens signals that say so, of which nobody is told; told is what
// comes when it is enabled.
func TestSimulatedRule(t *testing.T) {
	dir := t.TempDir()
	opts, screen := shopOptions(dir)
	opts.Content = func(c *config.Config) (*Content, error) {
		return LoadContent(Sources{Shelf: filepath.Join(c.Data, RulesDir), NoDefaults: true})
	}
	every, err := query.Parse("*")
	if err != nil {
		t.Fatal(err)
	}
	opts.Config.Logs = config.Logs{Dir: filepath.Join(dir, "logs"), AccessQuery: every, SecurityQuery: every, ErrorQuery: every}
	server, stop := serving(t, opts)
	defer func() { stop() }()
	s := opened(t, server)
	s.must("PUT", "/api/v1/rules/tidy", api.RuleWish{Text: fmt.Sprintf(tidyRule, "critical")}, nil)
	s.refused(400, "want reason", "PUT", "/api/v1/rules/tidy/mode", api.ModeWish{Mode: shelf.Simulated})
	s.refused(400, `did you mean \"simulate\"?`, "PUT", "/api/v1/rules/tidy/mode", api.ModeWish{Mode: "simulated", Reason: "new"})
	s.refused(404, "there is no rule", "PUT", "/api/v1/rules/other/mode", api.ModeWish{Mode: shelf.Simulated, Reason: "new"})
	var d api.RuleDetail
	s.must("PUT", "/api/v1/rules/tidy/mode", api.ModeWish{Mode: shelf.Simulated, Reason: "new"}, &d)
	if d.Mode != shelf.Simulated || !d.Enabled || d.Switched == nil || d.Switched.Reason != "new" || d.Switched.By != "token operator" {
		t.Errorf("%+v", d.Rule)
	}
	stop() // the mode survives
	server, stop = serving(t, opts)
	s = opened(t, server)
	page := signalPage{}
	find := func(n int) {
		t.Helper()
		eventually(t, fmt.Sprintf("%d signals", n), func() bool {
			page = signalPage{}
			s.must("GET", "/api/v1/signals?query=rule.id:tidy", nil, &page)
			return len(page.Signals) == n
		})
	}
	appendLog(t, dir, recentFailures("alice", 4))
	find(1)
	if one := page.Signals[0]; !one.Simulated || !one.Signal.Simulated || one.Signal.Severity != "critical" {
		t.Errorf("%+v", one)
	}
	// Reopening it tells nobody either.
	s.must("PATCH", "/api/v1/signals/"+page.Signals[0].ID, map[string]string{"state": "archived", "reason": "testing"}, nil)
	s.must("PATCH", "/api/v1/signals/"+page.Signals[0].ID, map[string]string{"state": "open"}, nil)
	s.must("PUT", "/api/v1/rules/tidy/mode", api.ModeWish{Mode: shelf.Enabled}, nil)
	// The same attack goes on: now people are told of it. Whatever was to be told of the
	// simulated signal would have come before.
	appendLog(t, dir, recentFailures("alice", 4))
	find(2)
	const told = "■ [CRITICAL] Failures of a user - Some"
	eventually(t, "that people are told", func() bool { return strings.Contains(screen.String(), told) })
	eventually(t, "that all is told", func() bool {
		var text string
		s.ask("GET", "/api/v1/notices/undelivered", nil, &text)
		return strings.Contains(text, `"count":0`)
	})
	if n := strings.Count(screen.String(), told); n != 1 {
		t.Errorf("people were told %d times:\n%s", n, screen)
	}
	var history string
	s.must("GET", "/api/v1/rules/tidy", nil, &d)
	s.ask("GET", "/api/v1/notices/history", nil, &history)
	for _, one := range page.Signals {
		if one.Simulated == strings.Contains(history, one.ID) {
			t.Errorf("signal %s, simulated %v: %s", one.ID, one.Simulated, history)
		}
	}
	log, err := os.ReadFile(filepath.Join(dir, "logs", "alert.log"))
	if err != nil || strings.Contains(string(log), `"simulated"`) || !strings.Contains(string(log), `"rule_id":"tidy"`) {
		t.Errorf("alert.log has %s, error %v", log, err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "data", signalsName))
	if err != nil || strings.Count(string(file), `"simulated":true`) != 2 { // opened and closed
		t.Errorf("the file of signals has %s, error %v", file, err)
	}
	// Switched off it opens nothing.
	s.must("PUT", "/api/v1/rules/tidy/mode", api.ModeWish{Mode: shelf.Disabled, Reason: "noisy"}, &d)
	if d.Mode != shelf.Disabled || d.Enabled {
		t.Errorf("%+v", d.Rule)
	}
	before := s.metrics.events.Load()
	appendLog(t, dir, recentFailures("erin", 4))
	eventually(t, "detection", func() bool { return s.metrics.events.Load() >= before+4 })
	if s.must("GET", "/api/v1/signals?query=rule.id:tidy", nil, &page); len(page.Signals) != 2 {
		t.Errorf("%+v", page)
	}
}

// twoSigmaRules holds a rule, one that only the correlation counts, and the correlation.
const twoSigmaRules = `title: A shell for a web server
id: 11111111-1111-4111-8111-111111111111
logsource: {category: application}
detection:
  selection: {evt.name: shell}
  condition: selection
level: high
---
title: A failure
id: 22222222-2222-4222-8222-222222222222
logsource: {category: application}
detection:
  selection: {evt.name: failed}
  condition: selection
---
title: Many failures
id: 33333333-3333-4333-8333-333333333333
correlation:
  type: event_count
  rules: [22222222-2222-4222-8222-222222222222]
  group-by: [usr.name]
  timespan: 5m
  condition: {gte: 3}
level: critical
`

// TestSigmaRulesOfPeople: a file of Sigma rules is checked, run over stored logs, put to work
// and taken away as a whole.
func TestSigmaRulesOfPeople(t *testing.T) {
	dir := t.TempDir()
	opts, _ := shopOptions(dir)
	opts.Config.Files = []config.File{{Path: filepath.Join(dir, "auth.log"), From: "beginning", Label: config.Label{Source: "app"}}}
	line := func(name string, n int) string {
		at := time.Now().UTC().Add(-time.Minute).Add(time.Duration(n) * time.Second)
		return fmt.Sprintf(`{"timestamp":%q,"message":"m","evt":{"name":%q},"usr":{"name":"alice"}}`, at.Format(time.RFC3339), name) + "\n"
	}
	appendLog(t, dir, line("failed", 1)+line("failed", 2)+line("failed", 3)+line("shell", 4)+line("other", 5))
	server, stop := serving(t, opts)
	defer func() { stop() }()
	s := opened(t, server)
	s.until(t, 5)
	const shell, many = "sigma:11111111-1111-4111-8111-111111111111", "sigma:33333333-3333-4333-8333-333333333333"
	var check api.RuleCheck
	s.must("POST", "/api/v1/rules/check", api.RuleText{Text: twoSigmaRules}, &check)
	if check.Format != "sigma" || len(check.Faults) != 0 || strings.Join(check.IDs, " ") != shell+" "+many {
		t.Errorf("%+v", check)
	}
	s.must("POST", "/api/v1/rules/check", api.RuleText{Text: strings.Replace(twoSigmaRules, "rules: [22222222", "rules: [99999999", 1)}, &check)
	if len(check.Faults) != 1 || check.Faults[0].Line != 16 {
		t.Errorf("%+v", check)
	}
	var p api.RulePreview
	s.must("POST", "/api/v1/rules/preview", api.PreviewWish{Text: twoSigmaRules, Hours: 1}, &p)
	if p.Signals != 2 || p.Severities["high"] != 1 || p.Severities["critical"] != 1 || p.Events != 5 {
		t.Errorf("%+v", p)
	}
	var d api.RuleDetail
	s.must("PUT", "/api/v1/rules/"+shell, api.RuleWish{Text: twoSigmaRules}, &d)
	if d.Format != "sigma" || d.Text != twoSigmaRules || d.Origin != api.Yours || d.Edition != 1 {
		t.Errorf("%+v", d)
	}
	// The same file holds the other one.
	s.refused(409, "with others", "PUT", "/api/v1/rules/"+many, api.RuleWish{Text: twoSigmaRules})
	s.refused(409, "with others", "DELETE", "/api/v1/rules/"+many, nil)
	s.must("PUT", "/api/v1/rules/"+many+"/mode", api.ModeWish{Mode: shelf.Simulated, Reason: "new"}, nil)
	appendLog(t, dir, line("failed", 11)+line("failed", 12)+line("failed", 13)+line("shell", 14))
	for id, simulated := range map[string]bool{shell: false, many: true} {
		var page signalPage
		eventually(t, "the signal of "+id, func() bool {
			page = signalPage{}
			s.must("GET", "/api/v1/signals?query="+url.QueryEscape(`rule.id:"`+id+`"`), nil, &page)
			return len(page.Signals) == 1
		})
		if page.Signals[0].Simulated != simulated {
			t.Errorf("%s: %+v", id, page)
		}
	}
	s.must("DELETE", "/api/v1/rules/"+shell, nil, nil)
	s.refused(404, "there is no rule", "GET", "/api/v1/rules/"+many, nil)
}

// TestChangesMeetReloads writes rules while the configuration is read anew, and while
// detection works: each answer finds its rule at work, and no event is lost.
func TestChangesMeetReloads(t *testing.T) {
	dir := t.TempDir()
	opts, _ := shopOptions(dir)
	r := newReloadable(t, opts)
	defer func() { r.stop() }()
	s := opened(t, r.Server)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				r.reload(r.cfg())
			}
		}
	}()
	const rounds = 5
	for i := range rounds {
		text := strings.Replace(fmt.Sprintf(tidyRule, "low"), "id: tidy", fmt.Sprintf("id: tidy%d", i), 1)
		s.must("PUT", fmt.Sprintf("/api/v1/rules/tidy%d", i), api.RuleWish{Text: text}, nil)
		appendLog(t, dir, recentFailures(fmt.Sprintf("user%d", i), 3))
		eventually(t, "the signal", func() bool {
			var page signalPage
			s.must("GET", fmt.Sprintf("/api/v1/signals?query=rule.id:tidy%d+@usr.name:user%d", i, i), nil, &page)
			return len(page.Signals) == 1
		})
	}
	close(stop)
	<-done
	s.until(t, 3*rounds)
	if n := s.metrics.events.Load(); n != 3*rounds {
		t.Errorf("%d events", n)
	}
}

// TestPreviewEndsWithItsRequest: who hangs up ends it, and its place is free again.
func TestPreviewEndsWithItsRequest(t *testing.T) {
	dir := t.TempDir()
	opts, _ := shopOptions(dir)
	appendLog(t, dir, recentFailures("alice", 5))
	server, stop := serving(t, opts)
	defer stop()
	s := opened(t, server)
	s.until(t, 5)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wish := api.PreviewWish{Text: fmt.Sprintf(tidyRule, "low")}
	for range 2 * maxPreviews {
		if _, err := s.workshop.Preview(ctx, wish); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	if p, err := s.workshop.Preview(t.Context(), wish); err != nil || p.Signals != 1 {
		t.Errorf("%+v, error %v", p, err)
	}
	wish.Hours = maxHours + 1
	if _, err := s.workshop.Preview(t.Context(), wish); err == nil {
		t.Error("it looks back for ever")
	}
}

// TestAShelfOfAnotherTime has a rule on the shelf that this program refuses, in the place of
// a built-in one: the program starts, with the built-in one, and says so.
func TestAShelfOfAnotherTime(t *testing.T) {
	dir := t.TempDir()
	at := shelf.Current(dir)
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "id: brute_force_by_ip\nname: Mine\nqueries: [{query: 'a:b', aggregation: of_the_future}]\ncases: [{status: low}]\noptions: {evaluationWindow: 60}\n"
	if err := os.WriteFile(filepath.Join(at, "brute_force_by_ip.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadContent(Sources{Shelf: dir})
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(c.Warnings, "\n"); !strings.Contains(said, "left out: ") || !strings.Contains(said, "brute_force_by_ip.yaml:3:") {
		t.Errorf("nobody is told: %q", said)
	}
	i := slices.IndexFunc(c.Rules, func(r *rule.Rule) bool { return r.ID == "brute_force_by_ip" })
	if i < 0 || c.Rules[i].Name == "Mine" {
		t.Errorf("the built-in rule is not at work: %d", i)
	}
}
