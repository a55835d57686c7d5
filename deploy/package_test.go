package deploy_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// tool builds a program of the module in tools, and skips the test where that cannot be.
func tool(t *testing.T, name, command string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), name)
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", to, command)
	build.Dir = filepath.Join("..", "tools", name)
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: %s cannot be built here (its modules want a network, once): %v\n%.300s", name, err, out)
	}
	return to
}

// TestPackagesInstall builds the packages with the tool of tools/nfpm, installs that of
// Debian below a folder, and runs the program there.
func TestPackagesInstall(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it builds nfpm, and two packages")
	}
	nfpm := tool(t, "nfpm", "github.com/goreleaser/nfpm/v2/cmd/nfpm")
	// nfpm takes the files from the current folder: a copy of ours, with the binary.
	root := t.TempDir()
	for _, name := range []string{"deploy", "LICENSE"} {
		output(t, "cp", "-r", filepath.Join("..", name), root)
	}
	built(t, filepath.Join(root, "sasumata"))
	pack := func(kind string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), nfpm, "package", "-f", "deploy/nfpm/nfpm.yaml", "-p", kind, "-t", root)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "VERSION=1.2.3", "ARCH="+runtime.GOARCH)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		found, err := filepath.Glob(filepath.Join(root, "*."+kind))
		if err != nil || len(found) != 1 {
			t.Fatalf("%q, %v", found, err)
		}
		return found[0]
	}
	rpm, err := os.ReadFile(pack("rpm"))
	if err != nil || !bytes.HasPrefix(rpm, []byte{0xed, 0xab, 0xee, 0xdb}) {
		t.Errorf("the rpm is none: %v", err)
	}
	deb := pack("deb")
	dpkg := program(t, "dpkg", "the Debian package dpkg")
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root installs packages")
	}
	busybox := program(t, "busybox", "the Debian package busybox-static")
	target := t.TempDir()
	for _, dir := range []string{"bin", "usr/bin", "var/lib/dpkg/updates", "var/lib/dpkg/info", "tmp", "etc"} {
		if err := os.MkdirAll(filepath.Join(target, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"var/lib/dpkg/status", "var/lib/dpkg/available"} {
		if err := os.WriteFile(filepath.Join(target, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output(t, "cp", busybox, filepath.Join(target, "bin", "busybox"))
	if err := os.Symlink("busybox", filepath.Join(target, "bin", "sh")); err != nil {
		t.Fatal(err)
	}
	out := output(t, dpkg, "--root="+target, "--force-not-root", "-i", deb)
	if !strings.Contains(out, "Sasumata is installed") {
		t.Errorf("the scripts did not run:\n%s", out)
	}
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.SysProcAttr, cmd.Dir = &syscall.SysProcAttr{Chroot: target}, "/"
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	if out := run("/usr/bin/sasumata", "version"); !strings.HasPrefix(out, "sasumata ") {
		t.Error(out)
	}
	if out := run("/usr/bin/sasumata", "serve", "--check", "--config", "/etc/sasumata/sasumata.yaml"); !strings.Contains(out, "the configuration is right") {
		t.Error(out)
	}
	for _, unit := range []string{"sasumata.service", "sasumata-backup.service", "sasumata-backup.timer"} {
		if _, err := os.Stat(filepath.Join(target, "usr/lib/systemd/system", unit)); err != nil {
			t.Error(err)
		}
	}
	// What people changed stays through an upgrade, and data through a purge.
	conf := filepath.Join(target, "etc/sasumata/sasumata.yaml")
	if err := os.WriteFile(conf, []byte("data: /var/lib/sasumata\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(target, "var/lib/sasumata")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	output(t, dpkg, "--root="+target, "--force-not-root", "--force-confold", "-i", deb)
	if got := read(t, conf); got != "data: /var/lib/sasumata\n" {
		t.Errorf("an upgrade replaced the configuration:\n%s", got)
	}
	output(t, dpkg, "--root="+target, "--force-not-root", "--purge", "sasumata")
	if _, err := os.Stat(data); err != nil {
		t.Errorf("a purge removed the data: %v", err)
	}
}
