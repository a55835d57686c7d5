package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServeStops(t *testing.T) {
	log, dir := file(t, "auth.log", authLog()), filepath.Join(t.TempDir(), "data")
	cfg := file(t, "c.yaml", "http: {listen: '127.0.0.1:0'}\nfiles: [{path: "+log+", from: beginning}]\n")
	r := interrupted(t, "203.0.113.9", nil, "serve", "--config", cfg, "--data", dir, "--log-format", "json")
	if r.code != exitClean || !strings.Contains(r.err, `"msg":"stopping"`) {
		t.Errorf("exit code %d\n%s\n%s", r.code, r.out, r.err)
	}
	if signals := readFile(t, filepath.Join(dir, "signals.jsonl")); !strings.Contains(signals, `"entity":"203.0.113.9"`) {
		t.Errorf("signals: %s", signals)
	}
}

func TestServeWritesAProfile(t *testing.T) {
	log, profile := file(t, "auth.log", authLog()), filepath.Join(t.TempDir(), "cpu.prof")
	cfg := file(t, "c.yaml", "http: {listen: '127.0.0.1:0'}\nfiles: [{path: "+log+", from: beginning}]\n")
	r := interrupted(t, "203.0.113.9", nil, "serve", "--config", cfg, "--data", filepath.Join(t.TempDir(), "data"), "--cpu-profile", profile)
	if r.code != exitClean {
		t.Errorf("exit code %d\n%s\n%s", r.code, r.out, r.err)
	}
	if data := readFile(t, profile); !strings.HasPrefix(data, "\x1f\x8b") { // pprof's form is compressed with gzip
		t.Errorf("the profile: %.20q", data)
	}
}

func TestServeSaysWhatIsWrong(t *testing.T) {
	f := func(want, text string, args ...string) {
		t.Helper()
		args = append([]string{"serve", "--data", t.TempDir(), "--config", file(t, "c.yaml", text)}, args...)
		if r := sasumata(t, "", args...); r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("%q: exit code %d, want %q in %q", text, r.code, want, r.err)
		}
	}
	f(`unknown key "lisen" (did you mean "listen"?)`, "http: {lisen: a}")
	f("no such file", "content: {rules: /nowhere}\nhttp: {listen: '127.0.0.1:0'}")
	f("--log-format", "{}", "--log-format", "xml")
	f("no such file", "content: {rules: /nowhere}", "--check")
	dir := filepath.Join(t.TempDir(), "data")
	if r := sasumata(t, "", "serve", "--data", dir, "--config", file(t, "c.yaml", "files: []"), "--check"); r.code != exitClean || !strings.HasPrefix(r.out, "the configuration is right: ") {
		t.Errorf("exit code %d: %s%s", r.code, r.out, r.err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("a check makes the data folder: %v", err)
	}
	f("--config wants a name", "{}", "--config", "")
	f("--data wants a name", "{}", "--data", "")
	f("--cpu-profile wants a name", "{}", "--cpu-profile", "")
	f("--cpu-profile: open ", "{}", "--cpu-profile", filepath.Join(t.TempDir(), "nowhere", "cpu.prof"))

	var how net.ListenConfig
	taken, err := how.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	at := taken.Addr().String()
	f("c.yaml:2:11: listen for HTTP: listen tcp "+at, "http:\n  listen: "+at)
	f("http.listen of the configuration names another place", "http: {listen: '"+at+"'}")
	f("c.yaml:2:34: listen for syslog: listen tcp "+at, "http: {listen: '127.0.0.1:0'}\nsyslog: [{protocol: tcp, listen: "+at+"}]")
}
