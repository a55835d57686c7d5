package source

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

// packedFile writes a gzip file and opens it.
func packedFile(t *testing.T, path, text string) *File {
	t.Helper()
	var b strings.Builder
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), os.WriteFile(path, []byte(b.String()), 0o600)); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// Long lines that an earlier run read are counted by that run.
func TestDroppedLinesAreNotCountedAsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.gz")
	text := strings.Repeat("x", 50) + "\na\n" + strings.Repeat("y", 11) + "\nb\n" + strings.Repeat("z", 11) + "\nc\n"
	cut := []int{0: 1, 2: 1, 4: 1, 5: 0}
	for lines := range cut {
		for _, block := range []int{1, DefaultBlockLines} {
			f := packedFile(t, path, text)
			r, err := Resume(f, &Position{Packed: true, Lines: int64(lines)}, ReaderOptions{MaxLine: 10, BlockLines: block})
			if err != nil {
				t.Fatal(err)
			}
			marks := make([]int, len(cut))
			for {
				b, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, at := range b.Truncated {
					marks[int(b.First)-1+at] = 1
				}
			}
			want, count := make([]int, len(cut)), 0
			copy(want[lines:], cut[lines:])
			for _, n := range want {
				count += n
			}
			if d := cmp.Diff(want, marks); d != "" || r.Truncated() != int64(count) {
				t.Errorf("behind %d lines, blocks of %d: %d lines count as cut, want %d (-want +marked):\n%s", lines, block, r.Truncated(), count, d)
			}
		}
	}
}

// A log that was packed after it was rotated goes on where its plain text was left,
// wherever that was: in lines, in long ones, in a byte order mark.
func TestAPackedLogGoesOnWhereThePlainOneStopped(t *testing.T) {
	var b strings.Builder
	b.WriteString("\xef\xbb\xbf")
	for i := range 80 {
		b.WriteString(strings.Repeat(string(rune('a'+i%26)), i%40) + []string{"\n", "\r\n", "\xff\n"}[i%3])
	}
	text := b.String()
	dir := t.TempDir()
	plain, packed := filepath.Join(dir, "a.log"), filepath.Join(dir, "a.log.1.gz")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(plain, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	packedFile(t, packed, text)
	want, _ := readOn(t, plain, nil, 20)
	for at := 1; at <= len(text); at += 7 {
		write(text[:at])
		got, p := readOn(t, plain, nil, 20)
		if p.HeadBytes == 0 {
			continue // no line was read: the file cannot be known again
		}
		more, next := readOn(t, packed, p, 20)
		if d := cmp.Diff(want, append(got, more...)); d != "" {
			t.Fatalf("left behind byte %d (-at once +in two):\n%s", at, d)
		}
		if again, _ := readOn(t, packed, next, 20); len(again) > 0 {
			t.Fatalf("left behind byte %d: read twice: %q", at, again)
		}
	}
}

// The beginning alone does not tell logs apart: many have the same header.
func TestPackedLogsAreKnownByTheirText(t *testing.T) {
	dir := t.TempDir()
	head := strings.Repeat("# the same header\n", 100)
	plain := filepath.Join(dir, "a.log")
	if err := os.WriteFile(plain, []byte(head+"one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, p := readOn(t, plain, nil, 0)
	f := func(name, path, text string, want Change) {
		t.Helper()
		path = filepath.Join(dir, path)
		in := packedFile(t, path, text)
		if found, got := in.Find(path, []Position{*p}); got != want || (found != nil) != (want == Same) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if text, err := io.ReadAll(in); err != nil || !strings.HasPrefix(string(text), head[:1]) {
			t.Errorf("%s: looking at it spoils reading it: %v", name, err)
		}
	}
	f("it goes on", "a.log.1.gz", head+"one\ntwo\n", Same)
	f("nothing new", "a.log.1.gz", head+"one\n", Same)
	f("packed in its place", "a.log", head+"one\ntwo\n", Same)
	f("another one of the same beginning", "b.gz", head+"two\none\n", New)
	f("another one under its name", "a.log", head+"two\none\n", Replaced)
	f("less than was read", "b.gz", head, New)
	f("less than the beginning", "b.gz", head[:100], New)
}
