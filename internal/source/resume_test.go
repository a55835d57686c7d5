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
