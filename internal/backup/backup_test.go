package backup_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/sasumata/sasumata/internal/backup"
)

func file(name, text string) backup.File {
	return backup.File{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text + "what came since")), nil
	}}
}

func written(t testing.TB, files ...backup.File) []byte {
	t.Helper()
	var out bytes.Buffer
	at := time.Date(2026, 1, 16, 0, 0, 0, 5, time.UTC)
	if _, err := backup.Write(&out, backup.Manifest{Program: "test", Began: at, Lacks: []string{"x"}}, files); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsWrittenComesBack(t *testing.T) {
	data := written(t, file("state", "s"), file("store/day=1/a.parquet", strings.Repeat("ab", 100_000)), file("empty", ""))
	dir := t.TempDir()
	m, err := backup.Extract(bytes.NewReader(data), dir)
	if err != nil {
		t.Fatal(err)
	}
	if m.Program != "test" || len(m.Files) != 3 || m.Bytes() != 200_001 || m.Lacks[0] != "x" {
		t.Errorf("%+v", m)
	}
	got, err := os.ReadFile(filepath.Join(dir, "store", "day=1", "a.parquet"))
	if err != nil || string(got) != strings.Repeat("ab", 100_000) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if info, err := os.Stat(filepath.Join(dir, "state")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := backup.Extract(bytes.NewReader(data), dir); !errors.Is(err, os.ErrExist) {
		t.Errorf("over what is there: %v", err)
	}
}

// TestEveryCutIsFound cuts an archive anywhere, and changes any byte of it.
func TestEveryCutIsFound(t *testing.T) {
	data := written(t, file("state", "some text"), file("b", "another"))
	for n := range data {
		if _, err := backup.Verify(bytes.NewReader(data[:n])); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("cut at %d of %d: %v", n, len(data), err)
		}
		other := bytes.Clone(data)
		other[n] ^= 0x55
		if m, err := backup.Verify(bytes.NewReader(other)); err == nil && len(m.Files) != 2 {
			t.Errorf("changed at %d: %+v", n, m)
		}
	}
}

// archive writes what Write would not.
func archive(t testing.TB, entries ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	pack, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	tape := tar.NewWriter(pack)
	for _, one := range entries {
		name, text, _ := strings.Cut(one, "|")
		h := &tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600, Typeflag: tar.TypeReg}
		if text == "->" {
			h.Typeflag, h.Linkname, h.Size, text = tar.TypeSymlink, "/etc/passwd", 0, ""
		}
		err := tape.WriteHeader(h)
		if err == nil {
			_, err = io.WriteString(tape, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tape.Close(), pack.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsNoBackup(t *testing.T) {
	const sumOfA = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
	entry := func(name string, size int, sum string) string {
		return fmt.Sprintf(`{"name":%q,"size":%d,"sha256":%q}`, name, size, sum)
	}
	manifest := func(files ...string) string {
		return `manifest.json|{"format":1,"files":[` + strings.Join(files, ",") + `]}`
	}
	f := func(want string, entries ...string) {
		t.Helper()
		_, err := backup.Extract(bytes.NewReader(archive(t, entries...)), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", entries, err, want)
		}
	}
	if _, err := backup.Verify(bytes.NewReader(archive(t, "a|a", manifest(entry("a", 1, sumOfA))))); err != nil {
		t.Fatal(err)
	}
	f("it has no end", "a|a")
	f("the name", "../a|a", manifest())
	f("the name", "/a|a", manifest())
	f("the name", `a\b|a`, manifest())
	f("is no file", "a|->", manifest())
	f("twice", "a|a", "a|a", manifest())
	f("is missing", manifest(entry("a", 1, sumOfA)))
	f("is not in the manifest", "a|a", manifest())
	f("is missing", "a|a", manifest(entry("a", 1, sumOfA), entry("a", 1, sumOfA)))
	f("with the checksum", "a|b", manifest(entry("a", 1, sumOfA)))
	f("stands behind its end", "a|a", manifest(entry("a", 1, sumOfA)), "b|b")
	f("its manifest", "manifest.json|{")
	f("format 2, this program reads up to 1", `manifest.json|{"format":2}`)
	if _, err := backup.Verify(strings.NewReader("plain text")); !errors.Is(err, backup.ErrDamaged) {
		t.Error(err)
	}
}

func TestAFileThatBecameShorterIsNoBackup(t *testing.T) {
	short := file("state", "s")
	short.Size = 1000
	if _, err := backup.Write(io.Discard, backup.Manifest{}, []backup.File{short}); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if _, err := backup.Write(io.Discard, backup.Manifest{}, []backup.File{file("../state", "s")}); err == nil {
		t.Error("a name that leads out of the folder")
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(written(f, file("state", "s"), file("b", "")))
	f.Add(archive(f, "a|->"))
	f.Add(archive(f, `manifest.json|{"format":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := backup.Verify(bytes.NewReader(data))
		if (m == nil) == (err == nil) {
			t.Errorf("%v, %v", m, err)
		}
	})
}
