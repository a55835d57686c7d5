package secret_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/secret"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	f := func(text string, mode os.FileMode, want, wrong string) {
		t.Helper()
		path := filepath.Join(dir, "secret")
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		got, err := secret.Read(path)
		if got != want || (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q, mode %o: %q %v, want %q %q", text, mode, got, err, want, wrong)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
	f("hunter2\n", 0o600, "hunter2", "")
	f("hunter2\r\n", 0o400, "hunter2", "")
	f("hunter2 more", 0o600, "", "one line without blanks")
	f("hunter2\nmore", 0o600, "", "one line without blanks")
	f("\n", 0o600, "", "one line without blanks")
	f(strings.Repeat("a", secret.Max+1), 0o600, "", "more than 8192 bytes")
	if runtime.GOOS != "windows" {
		f("hunter2", 0o640, "", "chmod 600")
	}
	if _, err := secret.Read(dir); err == nil || !strings.Contains(err.Error(), "can be read by others") && !strings.Contains(err.Error(), "is no file") {
		t.Errorf("a folder is read: %v", err)
	}
	if _, err := secret.Read(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}
