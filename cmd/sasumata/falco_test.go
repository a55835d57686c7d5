package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFalcoConvert writes rules that lint takes.
func TestFalcoConvert(t *testing.T) {
	rules := file(t, "f.yaml", `
- rule: Shell in a container
  desc: Somebody opened a shell.
  condition: evt.type = execve and container.id != host and proc.name in (bash, sh) and proc.tty != 0
  output: Shell (%proc.cmdline)
  priority: WARNING
- rule: Of a field that nobody sees
  desc: x
  condition: proc.env contains LD_PRELOAD
  output: x
  priority: ERROR
`)
	dir := filepath.Join(t.TempDir(), "out")
	r := sasumata(t, "", "falco", "convert", "--dir", dir, rules)
	if r.code != exitFindings || !strings.Contains(r.err, `f.yaml:7:3: rule "Of a field that nobody sees": proc.env: the sensor does not see it`) || !strings.Contains(r.err, "1 of 2 rules converted") {
		t.Errorf("exit code %d: %s%s", r.code, r.out, r.err)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 || list[0].Name() != "falco_shell_in_a_container.yaml" {
		t.Errorf("%v, error %v", list, err)
	}
	if r := sasumata(t, "", "rule", "lint", dir); r.code != exitClean {
		t.Errorf("lint: exit code %d: %s%s", r.code, r.out, r.err)
	}
	if r := sasumata(t, "", "falco", "convert", rules); !strings.Contains(r.out, "---\nid: falco_shell_in_a_container\n") {
		t.Errorf("%s%s", r.out, r.err)
	}
	for _, args := range [][]string{{}, {filepath.Join(dir, "missing.yaml")}, {file(t, "x.yaml", "a: b")}} {
		if r := sasumata(t, "", append([]string{"falco", "convert"}, args...)...); r.code != exitUsage {
			t.Errorf("%q: exit code %d: %s%s", args, r.code, r.out, r.err)
		}
	}
}
