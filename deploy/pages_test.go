package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commands returns the blocks of a page that are for the shell.
func commands(t *testing.T, name string) (all []string) {
	t.Helper()
	for _, m := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(read(t, name), -1) {
		all = append(all, m[1])
	}
	return all
}

// shell runs the commands of a page, as they stand there but for the port of the server, in
// a home folder of their own, and returns what they wrote.
func shell(t *testing.T, home string, blocks []string) string {
	t.Helper()
	bash := program(t, "bash", "every Debian")
	bin := t.TempDir()
	built(t, filepath.Join(bin, "sasumata"))
	at := freePlace(t)
	// The commands ask the usual place: they are told of this one.
	here := strings.NewReplacer("127.0.0.1:8480", at, "sasumata health", "sasumata health --server http://"+at,
		" --token-file me.token", " --server http://"+at+" --token-file me.token")
	script := "set -eum\n" + here.Replace(strings.Join(blocks, "\n"))
	cmd := exec.CommandContext(t.Context(), bash, "-c", script)
	cmd.Env = append(os.Environ(), "HOME="+home, "PATH="+bin+":"+os.Getenv("PATH"), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		logs, _ := filepath.Glob(filepath.Join(home, "*", "server.log"))
		for _, name := range logs {
			log, _ := os.ReadFile(name) // it may not be there
			t.Logf("%s:\n%s", name, log)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestTheFirstHour runs the commands of the page, and wants an attacker who would have been
// blocked.
func TestTheFirstHour(t *testing.T) {
	blocks := commands(t, "../docs/first-hour.md")
	if len(blocks) != 6 {
		t.Fatalf("%d blocks", len(blocks))
	}
	if testing.Short() {
		t.Skip("SKIPPED: it builds the program and runs a server")
	}
	text := shell(t, t.TempDir(), blocks)
	if !strings.Contains(text, "brute_force_by_ip") && !strings.Contains(text, "Brute force") || !strings.Contains(text, "dry_run") && !strings.Contains(text, "dry run") || !strings.Contains(text, "203.0.113.7") {
		t.Error(text)
	}
}

// TestTuning runs the commands of the page, and wants the numbers that it states.
func TestTuning(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it builds the program and runs a server")
	}
	text := shell(t, t.TempDir(), commands(t, "../docs/tuning.md"))
	for _, want := range []string{
		`brute_force_by_ip_and_user +3 +3\.0 +high 1, medium 2`,
		`11 signals without the suppressions, 6 with them`,
		`HIGH .*Login after failures \(203\.0\.113\.20\)`,
		`brute_force_by_ip_and_user +1 +1\.0 +high 1 `,
		`brute_force_by_ip .* 0 %`,
		`it would have hidden 6 of 11 signals`,
		`it would have hidden 5 of 11 signals`,
		`1 signals, .* of 35 events`,
		`brute_force_by_ip_and_user: simulate,`,
		`brute_force_by_ip_and_user: enabled, rules/`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
