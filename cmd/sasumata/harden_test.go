package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHardenCommand runs the command in both languages: what it prints, writes and says.
func TestHardenCommand(t *testing.T) {
	dir := t.TempDir()
	compose, dockerfile := filepath.Join(dir, "compose.yaml"), filepath.Join(dir, "Dockerfile")
	for name, text := range map[string]string{compose: "services: {web: {image: 'x:1'}}\n", dockerfile: "FROM x:1\nRUN apt-get install -y y\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := func(want int, inOut, inErr string, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		code := run(context.Background(), append([]string{"harden"}, args...), strings.NewReader(""), &out, &errs)
		if code != want || !strings.Contains(out.String(), inOut) || !strings.Contains(errs.String(), inErr) {
			t.Errorf("%q: exit code %d, want %d\n%s%s", args, code, want, &out, &errs)
		}
	}
	written := filepath.Join(dir, "compose.hardened.yaml")
	f(0, "None of the 14 capabilities", "", "--dry-run", "--lang", "en", compose)
	f(0, "14 のケーパビリティ", "", "--dry-run", "--lang", "ja", compose)
	f(2, "", "--lang", "--dry-run", "--lang", "fr", compose)
	if _, err := os.Stat(written); err == nil {
		t.Error("--dry-run wrote a file")
	}
	f(0, "", "に書き込みました", "--lang", "ja", compose)
	text, err := os.ReadFile(written)
	if err != nil || !strings.Contains(string(text), "に重ねて使います") {
		t.Errorf("%v\n%s", err, text)
	}
	f(2, "", "is there already", "--lang", "en", compose)
	f(0, "指定していないパッケージ", "ダイジェストで固定", "dockerfile", "--lang", "ja", dockerfile)
	f(0, "Packages that nobody asked for", "pin x:1 by its digest", "dockerfile", "--lang", "en", dockerfile)
}
