package app

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/config"
)

// TestReloadWhosePlaceIsTaken lets another program have the port in the moment in which
// nobody listens there: the rest of the configuration is at work, and the listener comes
// when the port is free.
func TestReloadWhosePlaceIsTaken(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	at := free(t)
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	opts.Config.Syslog = []config.Syslog{{Protocol: "tcp", Listen: at}}
	r := newReloadable(t, opts)
	var thief atomic.Pointer[net.Listener]
	told := func(text string) {
		if strings.Contains(text, "a source was stopped") && thief.Load() == nil {
			l, err := net.Listen("tcp", at)
			if err != nil {
				t.Error(err)
			}
			thief.Store(&l)
		}
	}
	r.log.told.Store(&told)
	lacks := func(want bool) {
		t.Helper()
		_, metrics := get(t, r.Server, "/metrics")
		_, ready := get(t, r.Server, "/-/ready")
		if strings.Contains(metrics, "sasumata_sources_lacking 1\n") != want || strings.Contains(ready, "could not begin, which are tried again: syslog tcp 0.0.0.0:"+port) != want ||
			!strings.Contains(metrics, "sasumata_config_last_reload_successful 1\n") {
			t.Errorf("want %v:\n%s%s", want, ready, metrics)
		}
	}
	if !r.reload(r.changed(func(c *config.Config) { c.Syslog[0].Listen = "0.0.0.0:" + port })) || thief.Load() == nil {
		t.Fatal("it is refused")
	}
	lacks(true)
	if !r.reload(r.changed(func(c *config.Config) { c.Tokens = []auth.Token{auth.NewToken("a", "a-token-for-tests-only")} })) || len(r.cfg().Tokens) != 1 {
		t.Error("nothing can be changed meanwhile")
	}
	lacks(true)
	if err := (*thief.Load()).Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the listener", func() bool { return len(r.lackingInputs()) == 0 })
	lacks(false)
	send, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(send, "<13>a line\n"); err != nil {
		t.Fatal(err)
	}
	r.until(t, 1)
	_ = send.Close()
	r.stop()
}

// TestReloadWithoutItsQueue changes tokens and sources while the server waits for its NATS
// server: the tokens hold at once, the sources take when there is a queue.
func TestReloadWithoutItsQueue(t *testing.T) {
	store, dir := t.TempDir(), t.TempDir()
	nats, down := natsServer(t, store, -1)
	down()
	opts := serveOptions(dir)
	opts.Config.Queue.URL = nats.ClientURL()
	opts.Config.Syslog = []config.Syslog{{Protocol: "tcp", Listen: free(t)}}
	r := newReloadable(t, opts)
	operator := func() int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.cfg().HTTP.Listen+"/api/v1/dead", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer a-token-for-tests-only")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	at, moved := free(t), free(t)
	if !r.reload(r.changed(func(c *config.Config) {
		c.HTTP.Listen, c.Syslog[0].Listen = moved, at
		c.Operators = []auth.Token{auth.NewToken("me", "a-token-for-tests-only")}
	})) {
		t.Fatalf("it is refused: %s", r.log)
	}
	if code := operator(); code != http.StatusOK {
		t.Errorf("an operator is told %d", code)
	}
	if r.reload(nil) || r.opened.Load() {
		t.Error("a wrong configuration is taken")
	}
	if !r.reload(r.changed(func(c *config.Config) { c.Operators = nil })) || operator() != http.StatusUnauthorized {
		t.Error("the operator is still one")
	}
	send, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer send.Close()
	if _, err := io.WriteString(send, "<13>a line\n"); err != nil {
		t.Fatal(err)
	}
	place, err := url.Parse(nats.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(place.Port())
	if err != nil {
		t.Fatal(err)
	}
	natsServer(t, store, port)
	eventually(t, "the queue", r.opened.Load)
	appendLog(t, dir, failures(0, 1))
	r.until(t, 7)
	if !r.reload(r.changed(func(c *config.Config) { c.Files[0].Service = "other" })) {
		t.Errorf("it is refused: %s", r.log)
	}
	r.stop()
}

// TestReloadOfSecrets takes a password that changed in its file for a change, and leaves
// the standard input to who reads it.
func TestReloadOfSecrets(t *testing.T) {
	opts := serveOptions(t.TempDir())
	opts.Stdin = strings.NewReader("")
	opts.Config.Files = []config.File{{Path: config.Stdin}}
	opts.Config.NATS = []config.NATS{{Servers: []string{"nats://127.0.0.1:1"}, Subjects: []string{"a"}, Password: "before"}}
	opts.Config.Kafka = []config.Kafka{{Brokers: []string{"127.0.0.1:1"}, Topics: []string{"a"}, Group: "g", SASL: &config.SASL{Mechanism: "plain", User: "u", Password: "before"}}}
	r := newReloadable(t, opts)
	input := func(name string) *running {
		t.Helper()
		for _, one := range r.runningInputs() {
			if strings.HasPrefix(one.name, name) {
				return one
			}
		}
		t.Fatalf("there is no %s", name)
		return nil
	}
	nats, kafka, stdin := input("nats"), input("kafka"), input("stdin")
	f := func(changed bool, change func(*config.Config)) {
		t.Helper()
		if !r.reload(r.changed(change)) || (input("nats") != nats) != changed || input("stdin") != stdin {
			t.Errorf("changed %v: %s", changed, r.log)
		}
		nats = input("nats")
	}
	f(false, func(*config.Config) {})
	f(true, func(c *config.Config) { c.NATS = []config.NATS{c.NATS[0]}; c.NATS[0].Password = "after" })
	if input("kafka") != kafka {
		t.Error("kafka began anew")
	}
	if !r.reload(r.changed(func(c *config.Config) {
		one, who := c.Kafka[0], *c.Kafka[0].SASL
		who.Password, one.SASL = "after", &who
		c.Kafka = []config.Kafka{one}
	})) || input("kafka") == kafka {
		t.Errorf("kafka has another password: %s", r.log)
	}
	f(false, func(c *config.Config) { c.Files[0].Service = "other" })
	if _, ready := get(t, r.Server, "/-/ready"); !strings.Contains(ready, "what wants a restart: files (the standard input)") {
		t.Errorf("%s", ready)
	}
	r.stop()
	if _, err := os.Stat(opts.Config.Data); err != nil {
		t.Error(err)
	}
}
