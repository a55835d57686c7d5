package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/config"
)

func TestWhetherTheJournalIsFollowed(t *testing.T) {
	dir := t.TempDir()
	h := host{
		syslog:   []string{filepath.Join(dir, "auth.log")},
		journals: []string{filepath.Join(dir, "none"), filepath.Join(dir, "journal")},
		look:     func(string) (string, error) { return "/usr/bin/journalctl", nil },
	}
	f := func(c config.Config, want string) {
		t.Helper()
		j, why := h.journal(&c)
		if j != nil {
			why = j.Command()[0]
		}
		if !strings.HasSuffix(why, want) || (why == "") != (want == "") {
			t.Errorf("%q, want %q", why, want)
		}
	}
	f(config.Config{}, "there is no journal")
	machine := filepath.Join(dir, "journal", "0123")
	if err := os.MkdirAll(machine, 0o700); err != nil {
		t.Fatal(err)
	}
	f(config.Config{}, "there is no journal")
	if err := os.WriteFile(filepath.Join(machine, "system.journal"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f(config.Config{}, "/usr/bin/journalctl")
	f(config.Config{Files: []config.File{}}, "names files and no journal")
	f(config.Config{Files: []config.File{}, Journal: &config.Journal{}}, "journalctl")
	f(config.Config{Journal: &config.Journal{Disabled: true}}, "says so")
	h.look = func(string) (string, error) { return "", errors.New("none") }
	f(config.Config{}, "there is no journalctl")
	if err := os.WriteFile(h.syslog[0], nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f(config.Config{}, "auth.log holds the same lines")
	f(config.Config{Journal: &config.Journal{}}, "journalctl") // as it was told
	if err := os.Chmod(filepath.Join(machine, "system.journal"), 0); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		h.syslog, h.look = nil, func(string) (string, error) { return "/bin/journalctl", nil }
		f(config.Config{}, "members of the group systemd-journal may")
	}
}

func TestUnitOfAProcess(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := unitOf(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	f("0::/system.slice/sasumata.service\n", "sasumata.service")
	f("0::/system.slice/sasumata.service/part\n", "sasumata.service")
	f("12:cpu:/other.service\n1:name=systemd:/system.slice/s.service\n", "s.service")
	f("0::/user.slice/user-1000.slice/session-3.scope\n", "")
	f("0::/system.slice/docker-0123.scope\n", "")
	f("0::/\n", "")
	f("", "")
}

// TestServeJournal finds in the journal what it finds in a file, and goes on where it was.
func TestServeJournal(t *testing.T) {
	dir := t.TempDir()
	entries := func(from, to int) (text string) {
		for i, line := range strings.SplitAfter(strings.TrimSuffix(failures(from, to), "\n"), "\n") {
			_, message, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "]: ")
			text += fmt.Sprintf("__CURSOR=c%d-%d\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=web1\nSYSLOG_IDENTIFIER=sshd\n_PID=8\n_SYSTEMD_UNIT=ssh.service\nPRIORITY=6\nMESSAGE=%s\n\n",
				from, i, 1768521600000000+int64(from)*60_000_000+int64(i)*1_000_000, message)
		}
		return text
	}
	program := filepath.Join(dir, "journalctl")
	script := "#!/bin/sh\nfor a; do case $a in --after-cursor=c0-5) exec cat " + dir + "/second;; esac; done\ncat " + dir + "/first\nexec sleep 100\n"
	for name, text := range map[string]string{"first": entries(0, 1), "second": entries(1, 2), "journalctl": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	opts := serveOptions(dir)
	opts.Config.Files, opts.Config.Journal = []config.File{}, &config.Journal{Journalctl: program, From: "beginning"}
	s, stop := serving(t, opts)
	s.until(t, 6)
	stop()
	s, stop = serving(t, opts)
	s.until(t, 12)
	var metrics strings.Builder
	if err := s.writeMetrics(&metrics); err != nil || !strings.Contains(metrics.String(), `sasumata_source_records_total{source="journal",kind="journal"} 6`) {
		t.Errorf("%s%v", metrics.String(), err)
	}
	stop()
	for _, want := range []string{"203.0.113.0", "203.0.113.1", "web1"} {
		if got := signalsOf(t, dir); !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}
