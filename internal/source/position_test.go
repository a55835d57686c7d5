package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readOn reads what a file holds behind the position, and returns the lines with
// their numbers and the next position.
func readOn(t *testing.T, path string, p *Position, maxLine int) ([]string, *Position) {
	t.Helper()
	f, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	opts := ReaderOptions{MaxLine: maxLine, BlockBytes: 64, Whole: true}
	r := NewReader(f, opts)
	if p != nil {
		if found, change := f.Find(path, []Position{*p}); change != Same || found.Offset != p.Offset {
			t.Fatalf("the file is not known again: %v", change)
		}
		if r, err = Resume(f, p, opts); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range b.Lines {
			lines = append(lines, fmt.Sprintf("%d %s", b.First+int64(i), line))
		}
	}
	next, err := f.Position(path, r, NewJoiner(r, Join{}))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(next) // it is kept as JSON
	if err != nil {
		t.Fatal(err)
	}
	var back Position
	if err := errors.Join(json.Unmarshal(text, &back), back.Check()); err != nil {
		t.Fatal(err)
	}
	return lines, &back
}

// A file that grows is read once, wherever it was cut: in lines, in lines that are
// too long, in line ends, in a byte order mark.
func TestAGrowingFileIsReadOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	random := rand.New(rand.NewPCG(5, 5))
	for round := range 60 {
		var b strings.Builder
		if round%3 == 0 {
			b.WriteString("\xef\xbb\xbf")
		}
		for i := range 60 {
			b.WriteString(strings.Repeat(string(rune('a'+i%26)), random.IntN(40)))
			b.WriteString([]string{"\n", "\n", "\r\n"}[random.IntN(3)])
		}
		text := b.String()
		path := filepath.Join(t.TempDir(), "log")
		write := func(n int) {
			if err := os.WriteFile(path, []byte(text[:n]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(len(text))
		want, _ := readOn(t, path, nil, 20)
		var got []string
		var p *Position
		for at := 0; at < len(text); {
			at = min(len(text), at+1+random.IntN(1+round*5))
			write(at)
			var more []string
			more, p = readOn(t, path, p, 20)
			got = append(got, more...)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("round %d (-at once +grown):\n%s", round, d)
		}
	}
}

func TestPositionsKnowTheirFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	head := strings.Repeat("# the same header\n", 100)
	path := file("a", head+"one\n")
	_, p := readOn(t, path, nil, 0)
	f := func(name, path, text string, want Change) {
		t.Helper()
		in, err := Open(file(path, text), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if found, got := in.Find(filepath.Join(dir, path), []Position{*p}); got != want || (found != nil) != (want == Same) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	f("it goes on", "a", head+"one\ntwo\n", Same)
	f("it was renamed", "a.1", head+"one\n", Same)
	f("another one of the same beginning", "a", head+"two\none\n", Replaced)
	f("another one", "a", strings.Repeat("x", 5000), Replaced)
	f("shorter", "a", "one\n", Truncated)
	f("never seen", "b", "one\n", New)
	f("packed", "a", "\x1f\x8b\x08"+strings.Repeat("x", 5000), Replaced)
}

func TestPositionsOutOfRangeAreRefused(t *testing.T) {
	for _, p := range []Position{
		{Offset: -1},
		{Offset: 2, Size: 1},
		{HeadBytes: 1 << 40},
		{Lines: -1},
		{Waiting: []Waiting{{}}},
		{Waiting: []Waiting{{Lines: [][]byte{{'a'}}, Number: 1, Trace: 9}}},
		{Waiting: []Waiting{{Lines: [][]byte{{'a'}}, Number: 1, Open: true}, {Lines: [][]byte{{'a'}}, Number: 2}}},
	} {
		if p.Check() == nil {
			t.Errorf("%+v is taken", p)
		}
	}
}

// A record that waits comes back byte for byte, whatever the log wrote.
func TestWaitingRecordsKeepTheirBytes(t *testing.T) {
	log := "w\xe9b\xff: a\xfe\n\tat \x80(b)\n" +
		"Jan  1 00:00:01 h\xf6st audispd: type=SYSCALL msg=audit(1.5:8): comm=\"\xff\"\n"
	before := NewJoiner(NewReader(strings.NewReader(log), ReaderOptions{}), Join{Auto: true})
	before.Hold()
	var records []string
	for {
		b, err := before.Next()
		if err != nil {
			break
		}
		records = append(records, b.Lines...)
	}
	text, err := json.Marshal(before.waitingRecords())
	if err != nil {
		t.Fatal(err)
	}
	var waiting []Waiting
	if err := json.Unmarshal(text, &waiting); err != nil {
		t.Fatal(err)
	}
	more := "Jan  1 00:00:01 h\xf6st audispd: type=EOE msg=audit(1.5:8): \n"
	after := NewJoiner(NewReader(strings.NewReader(more), ReaderOptions{}), Join{Auto: true})
	if err := after.Take(waiting); err != nil {
		t.Fatal(err)
	}
	for {
		b, err := after.Next()
		if err != nil {
			break
		}
		records = append(records, b.Lines...)
	}
	want := strings.Replace(strings.TrimSuffix(log+more, "\n"), "\nJan", "\x00Jan", 1)
	if got := strings.Join(records, "\x00"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
