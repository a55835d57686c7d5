package main

import (
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
}
