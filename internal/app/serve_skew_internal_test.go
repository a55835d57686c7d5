package app

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestClocksThatAreOff looks at senders whose times are off for good, for a while, and all
// over the place.
func TestClocksThatAreOff(t *testing.T) {
	var w skewWatch
	now := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
	e := event.New()
	sends := func(host string, off ...time.Duration) {
		for _, by := range off {
			e.Source, e.Host, e.Time = "sshd", host, now.Add(by).UnixNano()
			w.observe(e, now.UnixNano())
		}
	}
	f := func(want ...string) {
		t.Helper()
		now = now.Add(time.Minute)
		all, by := w.look(5 * time.Minute)
		got := make([]string, len(all))
		for i := range all {
			got[i] = all[i].String() + " " + by[i].Round(time.Minute).String()
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("at %s %q, want %q", now, got, want)
		}
	}
	const h = time.Hour
	good := func() {
		sends("right", 0, -2*time.Second, -4*time.Minute)
		sends("sends-an-old-log", -100*h, -50*h, -3*h)
		sends("mixed", -9*h, -time.Second)
	}
	for range 2 {
		good()
		sends("ahead", h, h+time.Second)
		sends("behind", -9*h, -9*h-time.Minute)
		f()
	}
	good()
	sends("ahead", h)
	sends("behind", -9*h)
	f("sshd ahead 1h0m0s", "sshd behind -9h0m0s")
	f("sshd ahead 1h0m0s", "sshd behind -9h0m0s") // nothing came
	sends("ahead", h, 0)
	sends("behind", -9*h)
	f("sshd behind -9h0m0s")
	for range forgotten {
		w.look(5 * time.Minute)
	}
	f()
	if n := len(w.senders); n != 0 {
		t.Errorf("%d senders are remembered", n)
	}
	for i := range 2 * maxSenders {
		sends(fmt.Sprint("host", i), h)
	}
	if _, leftOut := w.counts(); len(w.senders) != maxSenders || leftOut != maxSenders {
		t.Errorf("%d senders, %d events left out", len(w.senders), leftOut)
	}
	for range skewedFor {
		for i := range 2 * maxSenders {
			sends(fmt.Sprint("host", i), h)
		}
		w.look(5 * time.Minute)
	}
	all, _ := w.look(5 * time.Minute)
	if skewed, _ := w.counts(); len(all) != maxSkewed || skewed != maxSenders {
		t.Errorf("%d of %d are told", len(all), skewed)
	}
	if all, _ := w.look(0); len(all) != 0 {
		t.Errorf("%v is told though any clock may be", all)
	}
}

// TestServeTellsOfClocks: only what comes over the network is compared.
func TestServeTellsOfClocks(t *testing.T) {
	opts := serveOptions(t.TempDir())
	s, err := NewServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := troubleWatch{server: s, open: map[string]*signal.Signal{}}
	e := event.New()
	told := func(key string) (found bool) {
		for range skewedFor {
			s.consumer.current = taken{key: key, received: time.Now().UnixNano(), sequence: 1}
			e.Reset()
			e.Host, e.Source, e.Time = "host", "sshd", time.Now().Add(-3*time.Hour).UnixNano()
			s.consumer.observe(e)
			for _, one := range w.check(t.Context()) {
				found = found || one.Signal.RuleID == "sasumata_clock_skew" && strings.Contains(one.Signal.Message, "3h0m0s behind ours") && strings.Contains(one.Signal.MessageJA, "遅れて")
			}
		}
		return found
	}
	if told("/var/log/auth.log") {
		t.Error("a file is compared")
	}
	if !told("") {
		t.Error("nothing is told")
	}
}

// TestServeTellsOfSilenceFromBeforeTheStart restarts a server of which each source was heard,
// and lets nothing come: all of them are told.
func TestServeTellsOfSilenceFromBeforeTheStart(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.HTTP.Listen = free(t)
	opts.Config.Tokens = []auth.Token{auth.NewToken("agent", "a-token-for-tests-only")}
	opts.Config.Syslog = []config.Syslog{{Protocol: "tcp", Listen: free(t)}, {Protocol: "udp", Listen: free(t)}}
	opts.Config.GELF = []config.Syslog{{Protocol: "tcp", Listen: free(t)}, {Protocol: "udp", Listen: free(t)}}
	s, stop := serving(t, opts)
	appendLog(t, dir, "a line\n")
	for _, at := range s.Listening[1:] {
		network, address, _ := strings.Cut(at, " ")
		text := "<13>a line\n"
		if strings.HasSuffix(address, opts.Config.GELF[0].Listen) || strings.HasSuffix(address, opts.Config.GELF[1].Listen) {
			text = `{"short_message":"a line"}` + map[string]string{"tcp": "\x00"}[network]
		}
		conn, err := net.Dial(network, address)
		if err == nil {
			_, err = io.WriteString(conn, text)
			err = errors.Join(err, conn.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, body := range map[string]string{
		"/intake/lines":       "a line",
		"/v1/logs":            `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"one"}}]}]}]}`,
		"/loki/api/v1/push":   `{"streams":[{"stream":{"a":"b"},"values":[["1768557600000000000","one"]]}]}`,
		"/elastic/_bulk":      "{\"create\":{}}\n{\"message\":\"one\"}\n",
		"/services/collector": `{"event":"one"}`,
		"/gelf":               `{"short_message":"one"}`,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Listening[0]+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("DD-API-KEY", "a-token-for-tests-only")
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil || resp.StatusCode > 299 {
			t.Fatalf("%s: %v %v", path, resp, err)
		}
		_ = resp.Body.Close()
	}
	const sources = 11
	s.until(t, sources)
	stop()
	opts.Config.SilentAfter, opts.Troubles = 50*time.Millisecond, time.Millisecond
	_, stop = serving(t, opts)
	silent := func() (n int) {
		for line := range strings.Lines(signalsOf(t, dir)) {
			if strings.Contains(line, `"rule_id":"sasumata_source_silent"`) && !strings.Contains(line, `"closed"`) {
				n++
			}
		}
		return n
	}
	eventually(t, "the signals of all sources", func() bool { return silent() >= sources })
	stop()
	if n := silent(); n != sources {
		t.Errorf("%d signals, want %d:\n%s", n, sources, signalsOf(t, dir))
	}
}
