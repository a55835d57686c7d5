package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A rotated set comes from a shell with the newest log first, and two logs of one time
// tell one story.
func TestAnalyzeReadsSeveralLogsInTheOrderOfTime(t *testing.T) {
	lines := strings.SplitAfter(strings.TrimSuffix(authLog(), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	dir := t.TempDir()
	f := func(name string, logs ...string) {
		t.Helper()
		var names []string
		for i, text := range logs {
			names = append(names, fileIn(t, dir, strings.ReplaceAll(name, " ", "-")+string(rune('0'+i))+".log", text))
		}
		r := sasumata(t, "", append([]string{"analyze", "--now", now}, names...)...)
		for _, want := range []string{"▲ HIGH", "Login after failures", "203.0.113.9"} {
			if !strings.Contains(r.out, want) {
				t.Errorf("%s: %q is missing in\n%s", name, want, r.out)
			}
		}
		if strings.Contains(r.err, "out of order") {
			t.Errorf("%s: %s", name, r.err)
		}
	}
	join := func(parts ...[]string) string {
		var b strings.Builder
		for _, part := range parts {
			b.WriteString(strings.Join(part, ""))
		}
		return b.String()
	}
	f("the newest first", join(lines[6:]), join(lines[3:6]), join(lines[:3]))
	var even, odd []string
	for i, line := range lines {
		if i%2 == 0 {
			even = append(even, line)
		} else {
			odd = append(odd, line)
		}
	}
	f("side by side", join(odd), join(even))

	r := sasumata(t, "", "analyze", "--now", now, filepath.Join(dir, "none.log"), fileIn(t, dir, "whole.log", authLog()))
	if r.code != exitUsage || !strings.Contains(r.err, "none.log") || !strings.Contains(r.out, "Login after failures") {
		t.Errorf("one of two is missing: exit code %d, %s\n%s", r.code, r.err, r.out)
	}
}
