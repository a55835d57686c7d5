package atomicfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/atomicfile"
)

// check fails unless the file has the text and the permissions, and is alone.
func check(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || string(data) != text {
		t.Errorf("%s holds %.20q, %v; want %.20q", path, data, err, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
		t.Errorf("%s: %v, %v; want %v", path, info.Mode().Perm(), err, mode)
	}
	if all, err := os.ReadDir(filepath.Dir(path)); err != nil || len(all) != 1 {
		t.Errorf("beside %s: %v, %v", path, all, err)
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.txt")
	f := func(text string, mode fs.FileMode) {
		t.Helper()
		if err := atomicfile.Write(path, mode, []byte(text)); err != nil {
			t.Fatal(err)
		}
		check(t, path, text, mode)
	}
	f("one", 0o600)
	f("", 0o644)
	f(strings.Repeat("more than a buffer ", 10_000), 0o640)
}

func TestWriteHere(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := atomicfile.Write("list.txt", 0o600, []byte("one")); err != nil {
		t.Fatal(err)
	}
	check(t, "list.txt", "one", 0o600)
}

func TestFailuresLeaveWhatWasThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := atomicfile.Write(path, 0o600, []byte("one")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := atomicfile.Fill(path, 0o644, func(w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("two", 10_000))
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	check(t, path, "one", 0o600)

	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(folder, 0o600, nil); err == nil {
		t.Error("a folder was replaced")
	}
	if all, err := os.ReadDir(filepath.Dir(folder)); err != nil || len(all) != 1 {
		t.Errorf("beside the folder: %v, %v", all, err)
	}
	if err := atomicfile.Write(filepath.Join(folder, "none", "x"), 0o600, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
}

func TestSweep(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, ".new-7"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".new-1234567", ".new-mine", "list.txt"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// One that is killed leaves what Fill writes.
	_ = atomicfile.Fill(filepath.Join(folder, "list.txt"), 0o600, func(io.Writer) error {
		atomicfile.Sweep(folder)
		return nil
	})
	all, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != ".new-7 .new-mine list.txt" {
		t.Errorf("left: %s", got)
	}
	atomicfile.Sweep(filepath.Join(folder, "none"))
}
