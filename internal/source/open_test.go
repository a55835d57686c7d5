package source_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/sasumata/sasumata/internal/source"
)

// pack compresses text with what new returns.
func pack[W io.WriteCloser](tb testing.TB, text string, create func(io.Writer) W) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := create(&b)
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func zstdWriter(tb testing.TB) func(io.Writer) *zstd.Encoder {
	tb.Helper()
	return func(w io.Writer) *zstd.Encoder {
		e, err := zstd.NewWriter(w)
		if err != nil {
			tb.Fatal(err)
		}
		return e
	}
}

// bzipped is "one\ntwo\nthree\n" as the bzip2 command packs it.
const bzipped = "425a6839314159265359087b7dd7000004c1800010024194802000310c0821a3d4c885473238a8f177245385090087b7dd70"

const text3 = "one\ntwo\nthree\n"

func TestOpen(t *testing.T) {
	bz, err := hex.DecodeString(bzipped)
	if err != nil {
		t.Fatal(err)
	}
	gz := pack(t, text3, gzip.NewWriter)
	zst := pack(t, text3, zstdWriter(t))
	skippable := append([]byte("\x5e\x2a\x4d\x18\x04\x00\x00\x00skip"), zst...)
	f := func(name string, data []byte, format, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "any.name")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := source.Open(path, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := io.ReadAll(file)
		if err != nil || string(got) != want || file.Format() != format {
			t.Errorf("%s: %q, %s, %v", name, got, file.Format(), err)
		}
		if read, total := file.Progress(); read != int64(len(data)) || total != read {
			t.Errorf("%s: read %d of %d bytes, want %d", name, read, total, len(data))
		}
		if err := file.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
		piped, err := source.Open("-", iotest.OneByteReader(bytes.NewReader(data)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := io.ReadAll(piped); err != nil || string(got) != want {
			t.Errorf("%s through a pipe: %q, %v", name, got, err)
		}
	}
	f("nothing", nil, "plain", "")
	f("text", []byte(text3), "plain", text3)
	f("gzip", gz, "gzip", text3)
	f("gzip with several members", append(bytes.Clone(gz), gz...), "gzip", text3+text3)
	f("zstd", zst, "zstd", text3)
	f("zstd with several frames", append(bytes.Clone(zst), zst...), "zstd", text3+text3)
	f("zstd that starts with a skippable frame", skippable, "zstd", text3)
	f("bzip2", bz, "bzip2", text3)
	f("zlib", pack(t, text3, zlib.NewWriter), "zlib", text3)
	f("text like bzip2", []byte("BZh9 is a name\n"), "plain", "BZh9 is a name\n")
	f("text like zlib", []byte("x^2 is a square\n"), "plain", "x^2 is a square\n")
	f("text like zstd", []byte("(\xb5 text\n"), "plain", "(\xb5 text\n")
	f("text like a zip", []byte("PK\n"), "plain", "PK\n")
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	f := func(path string, is error, want string) {
		t.Helper()
		_, err := source.Open(path, nil)
		if err == nil || is != nil && !errors.Is(err, is) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
	f(filepath.Join(dir, "none.log"), fs.ErrNotExist, "open "+filepath.Join(dir, "none.log"))
	f(dir, nil, dir+": is a directory")
	for magic, format := range map[string]string{"\xfd7zXZ\x00": "xz", "PK\x03\x04": "zip", "\x04\x22\x4d\x18": "lz4", "7z\xbc\xaf\x27\x1c": "7z"} {
		path := filepath.Join(dir, format)
		if err := os.WriteFile(path, []byte(magic+"rest of the file"), 0o600); err != nil {
			t.Fatal(err)
		}
		f(path, source.ErrUnsupported, "unsupported compression "+format+": unpack it first")
	}
	broken := errors.New("cable pulled")
	if _, err := source.Open("-", iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestDamage breaks packed logs in every place that matters: the lines before it
// come out, and the error says where.
func TestDamage(t *testing.T) {
	var b strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&b, "%d a line of the log %x\n", i, i*7919)
	}
	want := strings.Split(b.String(), "\n")
	for format, data := range map[string][]byte{
		"gzip": pack(t, b.String(), gzip.NewWriter),
		"zstd": pack(t, b.String(), zstdWriter(t)),
		"zlib": pack(t, b.String(), zlib.NewWriter),
	} {
		for _, keep := range []int{17, len(data) / 2, len(data) - 5} {
			f, err := source.Open("-", bytes.NewReader(data[:keep]))
			if err != nil {
				t.Fatal(err)
			}
			lines, cut, err := all(t, source.NewReader(f, source.ReaderOptions{}), source.ReaderOptions{})
			damage, ok := errors.AsType[*source.DamagedError](err)
			if !ok || damage.Format != format || damage.Offset <= 0 || damage.Offset > int64(keep) ||
				!strings.Contains(err.Error(), "the file ends too early") {
				t.Fatalf("%s cut at %d of %d: %v", format, keep, len(data), err)
			}
			whole := len(lines) - len(cut)
			if whole < 0 || len(cut) > 1 || !slices.Equal(want[:whole], lines[:whole]) {
				t.Errorf("%s cut at %d: %d lines, cut %v", format, keep, len(lines), cut)
			}
			if keep >= len(data)/2 && whole < 4000 {
				t.Errorf("%s cut at %d of %d: only %d lines came out", format, keep, len(data), whole)
			}
		}
		wrong := bytes.Clone(data)
		for i := range 40 {
			wrong[len(wrong)/2+i] ^= 0x55
		}
		f, err := source.Open("-", bytes.NewReader(wrong))
		if err != nil {
			t.Fatal(err)
		}
		lines, _, err := all(t, source.NewReader(f, source.ReaderOptions{}), source.ReaderOptions{})
		if _, ok := errors.AsType[*source.DamagedError](err); !ok || len(lines) < 4000 {
			t.Errorf("%s with wrong bytes: %d lines, %v", format, len(lines), err)
		}
	}
}

func TestInputFailureIsNoDamage(t *testing.T) {
	broken := errors.New("cable pulled")
	data := pack(t, text3, gzip.NewWriter)
	f, err := source.Open("-", io.MultiReader(bytes.NewReader(data[:20]), iotest.ErrReader(broken)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(f)
	if _, ok := errors.AsType[*source.DamagedError](err); ok || !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestABombTakesNoMemory(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.Copy(w, &endless{50 << 20}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := source.Open("-", &packed)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	lines, _, err := all(t, source.NewReader(f, source.ReaderOptions{}), source.ReaderOptions{})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.EOF) || len(lines) != 1 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(pack(f, text3, gzip.NewWriter))
	f.Add(pack(f, text3, zlib.NewWriter))
	f.Add(pack(f, text3, zstdWriter(f)))
	f.Add([]byte("BZh91AY&SY"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := source.Open("-", bytes.NewReader(data))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(file, 16<<20))
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	var lines strings.Builder
	for i := range 200000 {
		fmt.Fprintf(&lines, "192.0.2.%d - - [10/Oct/2024:13:%02d:%02d +0000] \"GET /page/%x HTTP/1.1\" 200 %d\n", i*7%256, i/60%60, i%60, i*7919, i%5000)
	}
	text := lines.String()
	for format, data := range map[string][]byte{
		"plain": []byte(text), "gzip": pack(b, text, gzip.NewWriter), "zstd": pack(b, text, zstdWriter(b)),
	} {
		b.Run(format, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f, err := source.Open("-", bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				r := source.NewReader(f, source.ReaderOptions{})
				for err == nil {
					_, err = r.Next()
				}
				_ = f.Close()
			}
		})
	}
}
