package seclog_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOtherModulesCanUseIt builds a program of another module, with what is on this
// machine only: package seclog must need nothing beside the standard library.
func TestOtherModulesCanUseIt(t *testing.T) {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("SKIPPED: there is no go command here")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/shop\n\ngo 1.26.0\n\nrequire github.com/sasumata/sasumata v0.0.0\n\nreplace github.com/sasumata/sasumata => " + root + "\n",
		"main.go": `package main

import (
	"log/slog"
	"os"

	"github.com/sasumata/sasumata/seclog"
)

func main() { slog.New(seclog.NewHandler(os.Stdout, nil)).Info("hello") }
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), goCommand, "build", "-mod=mod", "-o", filepath.Join(dir, "shop"), ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
