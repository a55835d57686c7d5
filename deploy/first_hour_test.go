package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// commands returns the blocks of a page that are for the shell.
func commands(t *testing.T, name string) (all []string) {
	t.Helper()
	for _, m := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(read(t, name), -1) {
		all = append(all, m[1])
	}
	return all
}

// TestTheFirstHour runs the commands of the page, as they stand there but for the port,
// and wants an attacker who would have been blocked.
func TestTheFirstHour(t *testing.T) {
	blocks := commands(t, "../docs/first-hour.md")
	if diff := cmp.Diff(blocks, commands(t, "../docs/ja/first-hour.md")); diff != "" || len(blocks) != 6 {
		t.Fatalf("%d blocks; in Japanese others (-en +ja):\n%s", len(blocks), diff)
	}
	if testing.Short() {
		t.Skip("SKIPPED: it builds the program and runs a server")
	}
	bash := program(t, "bash", "every Debian")
	home, bin := t.TempDir(), t.TempDir()
	built(t, filepath.Join(bin, "sasumata"))
	at := freePlace(t)
	script := "set -eum\n" + strings.Join(blocks, "\n")
	script = strings.ReplaceAll(script, "127.0.0.1:8480", at)
	// The commands ask the usual place: those that take --server are told of this one.
	for _, name := range []string{"sasumata health", "sasumata signals list", "sasumata respond list"} {
		script = strings.ReplaceAll(script, name, name+" --server http://"+at)
	}
	cmd := exec.CommandContext(t.Context(), bash, "-c", script)
	cmd.Env = append(os.Environ(), "HOME="+home, "PATH="+bin+":"+os.Getenv("PATH"), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil || !strings.Contains(text, "brute_force_by_ip") && !strings.Contains(text, "Brute force") || !strings.Contains(text, "dry_run") && !strings.Contains(text, "dry run") || !strings.Contains(text, "203.0.113.7") {
		log, _ := os.ReadFile(filepath.Join(home, "first-hour", "server.log")) // it may not be there
		t.Errorf("%v\n%s\n%s", err, text, log)
	}
}
