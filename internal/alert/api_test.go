package alert

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// amtool runs Alertmanager's own client against the API.
func amtool(t *testing.T, address string, args ...string) (string, error) {
	t.Helper()
	path := installed(t, "amtool", "prometheus-alertmanager", "Alertmanager's client was not tried")
	out, err := exec.CommandContext(t.Context(), path, append([]string{"--alertmanager.url=" + address}, args...)...).CombinedOutput()
	return string(out), err
}

func TestAmtool(t *testing.T) {
	t.Parallel()
	s := start(t, configured(t, "{}"))
	server := httptest.NewServer(s.API())
	defer server.Close()
	s.put(t, bruteForce(signal.High))
	f := func(want string, args ...string) string {
		t.Helper()
		out, err := amtool(t, server.URL, args...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("amtool %v: %v\n%s\nwant %s", args, err, out, want)
		}
		lines := strings.Split(strings.TrimSpace(out), "\n") // a warning about its version stands before
		return lines[len(lines)-1]
	}
	f("192.0.2.7", "alert", "query", "-o", "json")
	f("Brute force", "alert", "query", "ip=192.0.2.7")
	id := f("-", "silence", "add", "-a", "mika", "-c", "known test", "-d", "1h", "ip=192.0.2.7")
	f("known test", "silence", "query")
	if out, _ := amtool(t, server.URL, "alert", "query"); strings.Contains(out, "Brute force") {
		t.Errorf("it is not silenced: %s", out)
	}
	f("", "silence", "expire", id)
	refused := func(want string, args ...string) {
		t.Helper()
		out, err := amtool(t, server.URL, append([]string{"silence", "add", "-a", "mika", "-c", "x"}, args...)...)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
	refused("everything", "-d", "1h", "alertname=~.*")
	refused("everything", "-d", "1h", "alertname!=x")
	refused("everything", "-d", "1h", "severity=critical")
	refused("everything", "-d", "1h", "ip=~.+")
	refused("at most 720h", "-d", "9000h", "ip=192.0.2.7")
}

// TestSilenceGuard asks for silences without amtool.
func TestSilenceGuard(t *testing.T) {
	t.Parallel()
	s := start(t, configured(t, "{}"))
	f := func(matchers, rest, want string) {
		t.Helper()
		now := time.Now().UTC()
		body := fmt.Sprintf(`{"matchers":[%s],"startsAt":%q,"endsAt":%q%s}`, matchers, now.Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339), rest)
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/api/v2/silences", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		s.API().ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), want) || (w.Code == http.StatusOK) != (want == "silenceID") {
			t.Errorf("%s%s: %d %s, want %s", matchers, rest, w.Code, w.Body, want)
		}
	}
	why := `,"createdBy":"mika","comment":"why"`
	one := `{"name":"ip","value":"192.0.2.7","isRegex":false,"isEqual":true}`
	f(one, why, "silenceID")
	f(`{"name":"ip","value":"192\\.0\\.2\\..*","isRegex":true}`, why, "silenceID")
	f(one, `,"createdBy":"mika","comment":" "`, "wants a comment")
	f(`{"name":"ip","value":".*","isRegex":true}`, why, "everything")
	f(`{"name":"ip","value":".+","isRegex":true}`, why, "everything")
	f(`{"name":"ip","value":"[0-9a-z]+|.*","isRegex":true}`, why, "everything")
	f(`{"name":"ip","value":"192.0.2.7","isRegex":false,"isEqual":false}`, why, "everything")
	f(`{"name":"ip","value":"","isRegex":false}`, why, "everything")
	f(``, why, "everything")
	f(`{"name":"ip","value":"(","isRegex":true}`, why, "the matcher of ip")
}

func TestSilencesSurviveAndMute(t *testing.T) {
	t.Parallel()
	c := configured(t, "{}")
	s := start(t, c)
	n := bruteForce(signal.High)
	if err := s.snooze(t.Context(), n.key(), "mika", time.Hour); err != nil {
		t.Fatal(err)
	}
	s.stop()
	again := start(t, c)
	again.put(t, n)
	would, err := again.Silencing(`{ip="192.0.2.7"}`)
	if err != nil || len(would.Open) != 1 || would.Refused != nil {
		t.Errorf("%v, %v", would, err)
	}
	again.clock.forward(6 * time.Minute)
	waitFor(t, "the note that it was muted", func() bool {
		list := again.History()
		return len(list) == 1 && list[0].Muted == "silenced"
	})
	if again.console.String() != "" {
		t.Error("a silenced notice was told")
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	s := start(t, configured(t, "url: https://sasumata.example.com/\nlanguage: ja\n"))
	n := bruteForce(signal.High)
	n.Title = "<script>alert(1)</script>"
	s.put(t, n)
	link := ""
	waitFor(t, "the link", func() bool {
		link = regexp.MustCompile(`https://sasumata\.example\.com/alert/ack\?\S+`).FindString(strings.ReplaceAll(s.latest(), "\n", " "))
		return link != ""
	})
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, query, form string) (int, string) {
		t.Helper()
		r := httptest.NewRequest(method, "/alert/ack?"+query, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.Links().ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		return w.Code, string(body)
	}
	code, page := ask(http.MethodGet, u.RawQuery, "")
	if code != http.StatusOK || strings.Contains(page, "<script>alert") || !strings.Contains(page, "対応を引き受ける") {
		t.Errorf("%d %s", code, page)
	}
	if s.outbox.acknowledged(n.key(), s.now()) {
		t.Error("looking acknowledged it")
	}
	if code, _ := ask(http.MethodGet, strings.Replace(u.RawQuery, "sig=", "sig=0", 1), ""); code != http.StatusForbidden {
		t.Errorf("a wrong signature gives %d", code)
	}
	if code, _ := ask(http.MethodPost, u.RawQuery, "by="); code != http.StatusBadRequest {
		t.Errorf("nobody gives %d", code)
	}
	if code, page := ask(http.MethodPost, u.RawQuery, "by=mika"); code != http.StatusOK || !s.outbox.acknowledged(n.key(), s.now()) {
		t.Errorf("%d %s", code, page)
	}
	if code, _ := ask(http.MethodPost, u.RawQuery, "by=mika&snooze=999"); code != http.StatusBadRequest {
		t.Errorf("a long snooze gives %d", code)
	}
	s.clock.forward(8 * 24 * time.Hour)
	if code, _ := ask(http.MethodGet, u.RawQuery, ""); code != http.StatusForbidden {
		t.Errorf("an old link gives %d", code)
	}
}

// latest returns the latest notification as the console has it: the history leaves out what
// makes a link of use.
func (s *started) latest() string {
	all := s.console.String()
	return all[max(strings.LastIndex(all, "■"), 0):]
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	hook := newSink(t, 500)
	s := start(t, configured(t, fmt.Sprintf("heartbeat: {url_file: %s, every: 1s}\n", secretIn(t, hook.URL))))
	waitFor(t, "a heartbeat", func() bool { return s.counters.heartbeats.Load() > 0 && s.counters.heartbeatErrors.Load() == 1 })
}

func TestRota(t *testing.T) {
	t.Parallel()
	one, two := newSink(t), newSink(t)
	c := configured(t, fmt.Sprintf(`
receivers: [{name: aya, webhook: {url_file: %s}}, {name: ken, webhook: {url_file: %s}}]
on_call: [{name: duty, from: 2026-01-05T09:00:00+09:00, every: 168h, people: [aya, ken]}]
escalation: [{severity: critical, after: 1s, receiver: duty}]
`, secretIn(t, one.URL), secretIn(t, two.URL)))
	f := func(at, want string) {
		t.Helper()
		when, err := time.Parse(time.RFC3339, at)
		if err != nil || c.OnCall[0].On(when) != want {
			t.Errorf("at %s it is %s, want %s, %v", at, c.OnCall[0].On(when), want, err)
		}
	}
	f("2025-01-01T00:00:00Z", "aya")
	f("2026-01-05T00:00:00Z", "aya")
	f("2026-01-11T23:59:59Z", "aya")
	f("2026-01-12T00:00:00Z", "ken")
	f("2026-01-19T00:00:00Z", "aya")
	s := start(t, c)
	person := map[string]*sink{"aya": one, "ken": two}[c.OnCall[0].On(s.now())]
	s.put(t, bruteForce(signal.Critical))
	waitFor(t, "who is on duty", func() bool { return len(person.requests()) == 1 })
	waitFor(t, "the end", func() bool { return len(s.Undelivered()) == 0 })
	if len(one.requests())+len(two.requests()) != 1 {
		t.Error("both were told")
	}
}
