package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestNotify(t *testing.T) {
	lines := filepath.Join(t.TempDir(), "lines.jsonl")
	cfg := file(t, "c.yaml", "alert: {receivers: [{name: lines, file: {path: "+lines+"}}, {name: broken, file: {path: /no/such/folder/x}}]}\n")
	none := file(t, "none.yaml", "data: /tmp\n")
	f := func(code int, out, errs string, args ...string) {
		t.Helper()
		r := sasumata(t, `{"id":1,"timestamp":0,"rule":"r","host":"h","severity":"high"}`+"\n", append([]string{"notify"}, args...)...)
		if r.code != code || !strings.Contains(r.out, out) || !strings.Contains(r.err, errs) {
			t.Errorf("%v: exit code %d\n%s\n%s\nwant %d, %q, %q", args, r.code, r.out, r.err, code, out, errs)
		}
	}
	f(exitClean, "lines/file[0]", "", "test", "lines", "--config", cfg)
	f(exitClean, "[TEST]", "", "test", "console", "--config", cfg)
	f(exitFailure, "FAILED", "not told: broken/file[0]", "test", "broken", "--config", cfg)
	f(exitUsage, "", `no receiver "x"`, "test", "x", "--config", cfg)
	f(exitUsage, "", "nobody is told anything", "test", "x", "--config", none)
	f(exitClean, "console: at once, again after 5m0s", "", "preview", "--config", cfg, "--severity", "critical", "--label", "ip=192.0.2.1")
	f(exitClean, "quiet: not now", "", "preview", "--config", cfg, "--severity", "low")
	f(exitUsage, "", "--severity", "preview", "--config", cfg, "--severity", "bad")
	f(exitUsage, "", "--label", "preview", "--config", cfg, "--label", "ip")
	f(exitUsage, "", "--at", "preview", "--config", cfg, "--at", "noon")
	f(exitClean, `"alerts":[1]`, "", "simulate")
	f(exitUsage, "", "--per-day", "simulate", "--per-day", "0")
	r := sasumata(t, "", "serve", "--check", "--config", file(t, "bad.yaml", "alert: {escalation: [{severity: high, after: 1m, receiver: nobody}]}\n"))
	if r.code != exitUsage || !strings.Contains(r.err, `"nobody" is no receiver`) {
		t.Errorf("%d %s", r.code, r.err)
	}
}
