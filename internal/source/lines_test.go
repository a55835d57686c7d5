package source_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/source"
)

// all returns every line, the numbers of those that were cut, and the error
// behind them; and it checks what every block promises.
func all(tb testing.TB, r *source.Reader, opts source.ReaderOptions) (lines []string, cut []int64, err error) {
	tb.Helper()
	var offset int64
	for {
		b, err := r.Next()
		if err != nil {
			if again, same := r.Next(); again != nil || !errors.Is(same, err) {
				tb.Fatalf("Next after %v returns %v, %v", err, again, same)
			}
			return lines, cut, err
		}
		if b.First != int64(len(lines))+1 || len(b.Lines) == 0 {
			tb.Fatalf("a block of %d lines starts at %d behind line %d", len(b.Lines), b.First, len(lines))
		}
		if opts.BlockLines > 0 && len(b.Lines) > opts.BlockLines || b.Offset <= offset && len(b.Lines) > 0 {
			tb.Fatalf("a block of %d lines up to byte %d, behind byte %d", len(b.Lines), b.Offset, offset)
		}
		offset = b.Offset
		for _, i := range b.Truncated {
			cut = append(cut, b.First+int64(i))
		}
		lines = append(lines, b.Lines...)
	}
}

// arrivals are ways in which the same bytes can arrive.
func arrivals(text string) map[string]io.Reader {
	return map[string]io.Reader{
		"at once":        strings.NewReader(text),
		"byte by byte":   iotest.OneByteReader(strings.NewReader(text)),
		"half of it":     iotest.HalfReader(strings.NewReader(text)),
		"with the error": iotest.DataErrReader(strings.NewReader(text)),
	}
}

func TestLines(t *testing.T) {
	f := func(name, text string, want []string, wantCut ...int64) {
		t.Helper()
		for how, src := range arrivals(text) {
			for _, opts := range []source.ReaderOptions{
				{MaxLine: 10},
				{MaxLine: 10, Eager: true},
				{MaxLine: 10, BlockBytes: 1},
				{MaxLine: 10, BlockLines: 2},
			} {
				r := source.NewReader(src, opts)
				lines, cut, err := all(t, r, opts)
				if !errors.Is(err, io.EOF) || cmp.Diff(want, lines) != "" || cmp.Diff(wantCut, cut) != "" {
					t.Errorf("%s, %s, %+v: %q, cut %v, %v", name, how, opts, lines, cut, err)
				}
				if r.Lines() != int64(len(want)) || r.Truncated() != int64(len(wantCut)) {
					t.Errorf("%s, %s: counted %d lines, %d cut", name, how, r.Lines(), r.Truncated())
				}
				if s, ok := src.(io.Seeker); ok {
					_, _ = s.Seek(0, io.SeekStart)
				} else {
					src = arrivals(text)[how]
				}
			}
		}
	}
	f("nothing", "", nil)
	f("one line", "a\n", []string{"a"})
	f("no end", "a\nb", []string{"a", "b"})
	f("Windows", "a\r\nb\r\n", []string{"a", "b"})
	f("mixed", "a\r\nb\nc\r", []string{"a", "b", "c"})
	f("carriage returns inside", "a\rb\r\r\n", []string{"a\rb\r"})
	f("empty lines", "\n\na\n\n", []string{"", "", "a", ""})
	f("only an end", "\n", []string{""})
	f("NUL", "a\x00b\n\x00\n", []string{"a\x00b", "\x00"})
	f("not UTF-8", "\xff\x80\n", []string{"\xff\x80"})
	f("BOM", "\xef\xbb\xbfa\nb\n", []string{"a", "b"})
	f("only a BOM", "\xef\xbb\xbf", nil)
	f("half a BOM", "\xef\xbb", []string{"\xef\xbb"})
	f("longest line", "0123456789\n0123456789\r\n0123456789", []string{"0123456789", "0123456789", "0123456789"})
	f("too long", "0123456789a\nb\n", []string{"0123456789", "b"}, 1)
	f("too long, Windows", "0123456789a\r\nb\n", []string{"0123456789", "b"}, 1)
	f("too long by a carriage return", "0123456789\r\r\nb\n", []string{"0123456789", "b"}, 1)
	f("too long at the end", "b\n0123456789a", []string{"b", "0123456789"}, 2)
	f("much too long", strings.Repeat("a", 50000)+"\nb\n"+strings.Repeat("y", 50000), []string{"aaaaaaaaaa", "b", "yyyyyyyyyy"}, 1, 3)
	f("cut in a character", "012345678é\n", []string{"012345678"}, 1)
	f("cut in another character", "01234567😀é\n", []string{"01234567"}, 1)
	f("cut before a character", "0123456789é\n", []string{"0123456789"}, 1)
	f("cut where nothing is UTF-8", strings.Repeat("\x80", 11)+"\n", []string{strings.Repeat("\x80", 10)}, 1)
}

func TestUTF16(t *testing.T) {
	const text = "first\r\n検知 😀\r\n\r\nlast"
	want := []string{"first", "検知 😀", "", "last"}
	little, big := []byte{0xff, 0xfe}, []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(text)) {
		little = append(little, byte(u), byte(u>>8))
		big = append(big, byte(u>>8), byte(u))
	}
	for encoding, data := range map[source.Encoding][]byte{source.UTF16LE: little, source.UTF16BE: big} {
		for how, src := range arrivals(string(data)) {
			r := source.NewReader(src, source.ReaderOptions{})
			lines, _, err := all(t, r, source.ReaderOptions{})
			if !errors.Is(err, io.EOF) || cmp.Diff(want, lines) != "" {
				t.Errorf("%v, %s: %q, %v", encoding, how, lines, err)
			}
			if r.Encoding() != encoding || r.Binary() {
				t.Errorf("%v, %s: encoding %v, binary %v", encoding, how, r.Encoding(), r.Binary())
			}
		}
	}
	for text, want := range map[string]string{
		"\xff\xfe\x3d\xd8":             "\ufffd",  // half a pair at the end
		"\xff\xfe\x00\xde\x41\x00":     "\ufffdA", // the second half alone
		"\xff\xfe\x41\x00\x42":         "A\ufffd", // half a unit
		"\xff\xfe\x3d\xd8\x41\x00\x00": "\ufffdA\ufffd",
	} {
		lines, _, _ := all(t, source.NewReader(strings.NewReader(text), source.ReaderOptions{}), source.ReaderOptions{})
		if d := cmp.Diff([]string{want}, lines); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}

func TestBinary(t *testing.T) {
	f := func(name, data string, want bool) {
		t.Helper()
		r := source.NewReader(strings.NewReader(data), source.ReaderOptions{})
		if _, err := r.Next(); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if r.Binary() != want {
			t.Errorf("%s: Binary() = %v", name, !want)
		}
	}
	noise := make([]byte, 20000)
	for i, state := 0, uint32(1); i < len(noise); i++ {
		state = state*1664525 + 1013904223
		noise[i] = byte(state >> 24)
	}
	f("nothing", "", false)
	f("text", strings.Repeat("10.0.0.1 - - [x] \"GET / HTTP/1.1\" 200\r\n", 500), false)
	f("colours", strings.Repeat("\x1b[31mred\x1b[0m\n", 500), false)
	f("Japanese", strings.Repeat("検知しました\n", 500), false)
	f("Shift JIS", strings.Repeat("\x8c\x9f\x92\x6d\n", 500), false)
	f("one NUL", strings.Repeat("text ", 10)+"\x00\n", false)
	f("noise", string(noise), true)
	f("NUL", strings.Repeat("\x00", 9000)+"text\n", true)
	f("text first", strings.Repeat("text\n", 2000)+string(noise), false)
}

func TestFailureComesBehindTheLines(t *testing.T) {
	broken := errors.New("cable pulled")
	src := io.MultiReader(strings.NewReader("a\nb\nhal"), iotest.ErrReader(broken))
	lines, cut, err := all(t, source.NewReader(src, source.ReaderOptions{}), source.ReaderOptions{})
	if d := cmp.Diff([]string{"a", "b", "hal"}, lines); d != "" || !errors.Is(err, broken) || cmp.Diff([]int64{3}, cut) != "" {
		t.Errorf("%v, cut %v, -want +got:\n%s", err, cut, d)
	}
	_, err = source.NewReader(empty{}, source.ReaderOptions{}).Next()
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("an input that returns nothing: %v", err)
	}
}

type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, nil }

func TestEagerDoesNotWait(t *testing.T) {
	r, w := io.Pipe()
	lines := source.NewReader(r, source.ReaderOptions{Eager: true})
	for i := range 3 {
		go func() { _, _ = fmt.Fprintf(w, "line %d\n", i) }()
		b, err := lines.Next()
		if err != nil || len(b.Lines) != 1 || b.Lines[0] != fmt.Sprintf("line %d", i) {
			t.Fatalf("got %v, %v", b, err)
		}
	}
	_ = w.Close()
}

func TestBlocksAreFull(t *testing.T) {
	text := strings.Repeat(strings.Repeat("x", 499)+"\n", 5000)
	r := source.NewReader(iotest.HalfReader(strings.NewReader(text)), source.ReaderOptions{})
	for n := 0; ; n++ {
		b, err := r.Next()
		if err != nil {
			if n > 12 {
				t.Errorf("%d blocks", n)
			}
			return
		}
		if len(b.Lines) > source.DefaultBlockLines {
			t.Errorf("a block of %d lines", len(b.Lines))
		}
	}
}

// endless returns n bytes without a line end.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.n)
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.n -= n
	return n, nil
}

func TestOneEndlessLineTakesNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	src := io.MultiReader(&endless{100 << 20}, strings.NewReader("\nlast\n"))
	lines, cut, err := all(t, source.NewReader(src, source.ReaderOptions{}), source.ReaderOptions{})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.EOF) || len(lines) != 2 || len(lines[0]) != source.DefaultMaxLine || lines[1] != "last" || len(cut) != 1 {
		t.Errorf("%d lines, cut %v, %v", len(lines), cut, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

func TestABlockIsTwoAllocations(t *testing.T) {
	text := strings.Repeat("a line of a log\n", 1<<20)
	r := source.NewReader(strings.NewReader(text), source.ReaderOptions{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(500, func() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}); n > 3 {
		t.Errorf("%v allocations: want the block, its text and its lines", n)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\r\nb\n\nc"), uint8(10), uint8(3))
	f.Add([]byte("\xef\xbb\xbfx\n"), uint8(1), uint8(1))
	f.Add([]byte("\xff\xfex\x00\n\x00\x3d\xd8"), uint8(4), uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, maxLine, blockLines uint8) {
		whole := source.NewReader(bytes.NewReader(data), source.ReaderOptions{})
		lines, cut, err := all(t, whole, source.ReaderOptions{})
		if !errors.Is(err, io.EOF) || len(cut) > 0 {
			t.Fatalf("%v, cut %v", err, cut)
		}
		if whole.Encoding() == source.UTF8 {
			text := strings.TrimPrefix(string(data), "\ufeff")
			want := strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
			got := strings.Join(lines, "\n")
			if !strings.HasSuffix(text, "\n") {
				want = strings.TrimSuffix(want, "\r")
			}
			if got != want {
				t.Fatalf("%q became %q", text, got)
			}
		}
		opts := source.ReaderOptions{MaxLine: int(maxLine) + 1, BlockLines: int(blockLines) + 1, BlockBytes: int(blockLines) * 10}
		once, cutOnce, _ := all(t, source.NewReader(bytes.NewReader(data), opts), opts)
		opts.Eager = true
		slowly, cutSlowly, _ := all(t, source.NewReader(iotest.OneByteReader(bytes.NewReader(data)), opts), opts)
		if cmp.Diff(once, slowly) != "" || cmp.Diff(cutOnce, cutSlowly) != "" || len(once) != len(lines) {
			t.Fatalf("%q and %q", once, slowly)
		}
		for i, line := range once {
			if !strings.HasPrefix(lines[i], line) || len(line) > opts.MaxLine {
				t.Fatalf("%q was cut to %q", lines[i], line)
			}
			if utf8.ValidString(lines[i]) && !utf8.ValidString(line) && opts.MaxLine >= utf8.UTFMax {
				t.Fatalf("%q was cut inside a character: %q", lines[i], line)
			}
		}
	})
}

func BenchmarkLines(b *testing.B) {
	for _, size := range []int{20, 200} {
		b.Run(fmt.Sprintf("%d bytes a line", size), func(b *testing.B) {
			text := bytes.Repeat(append(bytes.Repeat([]byte{'x'}, size-1), '\n'), (16<<20)/size)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r := source.NewReader(bytes.NewReader(text), source.ReaderOptions{})
				for {
					if _, err := r.Next(); err != nil {
						break
					}
				}
			}
		})
	}
}
