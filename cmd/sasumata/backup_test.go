package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// freePlace returns a place on this machine where nothing listens.
func freePlace(t *testing.T) string {
	t.Helper()
	var how net.ListenConfig
	l, err := how.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// running starts serve and waits until health finds it well; stop ends it.
func running(t *testing.T, at string, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs watched
	done := make(chan int, 1)
	go func() { done <- run(ctx, append([]string{"serve"}, args...), strings.NewReader(""), &out, &errs) }()
	if r := sasumata(t, "", "health", "--server", "http://"+at, "--wait", "1m"); r.code != exitClean {
		cancel()
		t.Fatalf("%s%s\n%s", r.out, r.err, errs.String())
	}
	return func() {
		cancel()
		select {
		case code := <-done:
			if code != exitClean {
				t.Errorf("exit code %d\n%s", code, errs.String())
			}
		case <-time.After(time.Minute):
			t.Error("the server goes on")
		}
	}
}

// TestBackupAndRestore makes a backup of a server that runs and of its folder, and
// restores both.
func TestBackupAndRestore(t *testing.T) {
	dir, at := t.TempDir(), freePlace(t)
	data, log := filepath.Join(dir, "data"), file(t, "auth.log", authLog())
	cfg := file(t, "c.yaml", "data: "+data+"\nhttp: {listen: '"+at+"'}\nfiles: [{path: "+log+", from: beginning}]\n")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	r := sasumata(t, "", "token", "create", "backups", "--scopes", "manage", "--data", data)
	token := file(t, "admin.token", r.out)
	stop := running(t, at, "--config", cfg)
	name := filepath.Join(dir, "one.backup")
	f := func(code int, want string, args ...string) string {
		t.Helper()
		r := sasumata(t, "", args...)
		if r.code != code || !strings.Contains(r.out+r.err, want) {
			t.Errorf("%q: exit code %d, want %d and %q\n%.500s%s", args, r.code, code, want, r.out, r.err)
		}
		return r.out
	}
	f(exitClean, "all checksums are right", "backup", name, "--server", "http://"+at, "--token-file", token, "--verify")
	piped := f(exitClean, "", "backup", "-", "--server", "http://"+at, "--token-file", token, "--secrets")
	f(exitFailure, "--server", "backup", "-", "--data", data) // it runs
	f(exitUsage, "401", "backup", "-", "--server", "http://"+at, "--token-file", file(t, "wrong.token", "a-token-of-nobody-at-all-here"))
	stop()
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	f(exitClean, "backed up to", "backup", filepath.Join(dir, "two.backup"), "--config", cfg)
	f(exitClean, "not in it: passwords", "restore", name, "--verify")
	f(exitClean, "restored into", "restore", name, "--data", filepath.Join(dir, "restored"))
	f(exitFailure, "is not empty", "restore", name, "--data", filepath.Join(dir, "restored"))
	f(exitUsage, "want --data", "restore", name)
	f(exitFindings, "the backup is damaged", "restore", file(t, "cut.backup", piped[:len(piped)/2]), "--verify")
	f(exitUsage, "--verify wants a FILE", "backup", "-", "--verify", "--data", data)
	f(exitUsage, "want --token-file", "backup", "-")

	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"restore", "-", "--data", filepath.Join(dir, "piped")}, strings.NewReader(piped), &out, &errs); code != exitClean {
		t.Errorf("%d %s", code, &errs)
	}
	// The token works again: it was among the secrets.
	stop = running(t, at, "--config", cfg, "--data", filepath.Join(dir, "piped"))
	f(exitClean, "backups", "token", "list", "--server", "http://"+at, "--token-file", token)
	stop()
	if got := readFile(t, filepath.Join(dir, "restored", "signals.jsonl")); got != readFile(t, filepath.Join(dir, "piped", "signals.jsonl")) && !strings.Contains(got, "203.0.113.9") {
		t.Errorf("signals: %s", got)
	}
}

func TestHealthWaits(t *testing.T) {
	at := freePlace(t)
	r := sasumata(t, "", "health", "--server", "http://"+at, "--wait", "300ms")
	if r.code != exitFindings || !strings.Contains(r.err, "after 300ms: ") || !strings.Contains(r.err, "refused") {
		t.Errorf("%d %s", r.code, r.err)
	}
	if r := sasumata(t, "", "health", "--wait", "-1s"); r.code != exitUsage {
		t.Errorf("%d %s", r.code, r.err)
	}
}
