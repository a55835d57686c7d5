//go:build unix

package config

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWhoMayReadASecret gives a file to owners and groups, with modes.
func TestWhoMayReadASecret(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root gives files away")
	}
	path := filepath.Join(t.TempDir(), "secret")
	f := func(mode os.FileMode, uid, gid int, right bool) {
		t.Helper()
		_ = os.Remove(path)
		err := os.WriteFile(path, []byte("a-secret-that-is-long"), 0o600)
		if err == nil {
			err = os.Chown(path, uid, gid)
		}
		if err == nil {
			err = os.Chmod(path, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := private(path); (err == nil) != right {
			t.Errorf("mode %04o of %d:%d: %v", mode, uid, gid, err)
		}
	}
	own := os.Getegid()
	f(0o600, 65532, 65532, true)
	f(0o400, 0, 0, true)
	f(0o440, 0, own, true)
	f(0o440, 0, 0, true) // a credential of systemd
	f(0o440, 0, own+1, false)
	f(0o440, 65532, own, false)
	f(0o640, 0, own, false)
	f(0o444, 0, own, false)
	f(0o460, 0, own, false)
}
