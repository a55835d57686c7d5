package source_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/source"
)

// joined is one record as a test sees it.
type joined struct {
	Number int64
	Text   string
	Whole  bool
}

// records returns all records of the text, and checks what every block promises.
func records(tb testing.TB, text string, how source.Join, opts source.ReaderOptions) ([]joined, *source.Joiner) {
	tb.Helper()
	j := source.NewJoiner(source.NewReader(strings.NewReader(text), opts), how)
	var all []joined
	for {
		b, err := j.Next()
		if err != nil {
			if again, same := j.Next(); again != nil || !errors.Is(same, err) || !errors.Is(err, io.EOF) {
				tb.Fatalf("Next after %v returns %v, %v", err, again, same)
			}
			return all, j
		}
		if len(b.Lines) == 0 || b.Records != nil && (len(b.Records) != len(b.Lines) || b.Records[0].Number != b.First) {
			tb.Fatalf("a block from %d of %d lines and %d records", b.First, len(b.Lines), len(b.Records))
		}
		for i, text := range b.Lines {
			r := source.Record{Number: b.First + int64(i), Head: len(text)}
			if b.Records != nil {
				r = b.Records[i]
			}
			if head, _, _ := strings.Cut(text, "\n"); len(head) != r.Head {
				tb.Fatalf("the first line of %q has %d bytes, not %d", text, len(head), r.Head)
			}
			all = append(all, joined{r.Number, text, r.Whole})
		}
	}
}

// blockings are ways to cut the same input.
func blockings() []source.ReaderOptions {
	return []source.ReaderOptions{{}, {BlockLines: 1}, {BlockLines: 3}, {Eager: true}, {BlockBytes: 7}}
}

func TestJoinAuto(t *testing.T) {
	f := func(name, text string, want ...joined) {
		t.Helper()
		for _, opts := range blockings() {
			got, _ := records(t, text, source.Join{Auto: true}, opts)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %+v: (-want +got)\n%s", name, opts, diff)
			}
		}
	}
	f("nothing", "")
	f("single lines", "a\n\nb\n", joined{Number: 1, Text: "a"}, joined{Number: 2}, joined{Number: 3, Text: "b"})
	f("Java", "x\nboom\n\tat a.b(C.java:1)\nCaused by: y\n\tat d\n\t... 2 more\n... 3 more\nnext\n",
		joined{Number: 1, Text: "x"}, joined{Number: 2, Text: "boom\n\tat a.b(C.java:1)\nCaused by: y\n\tat d\n\t... 2 more\n... 3 more"}, joined{Number: 8, Text: "next"})
	f("Python", "error\nTraceback (most recent call last):\n  File \"x\", line 1, in f\n    f()\na.b.Error: text\nnext: line\n",
		joined{Number: 1, Text: "error\nTraceback (most recent call last):\n  File \"x\", line 1, in f\n    f()\na.b.Error: text"}, joined{Number: 6, Text: "next: line"})
	f("a traceback of its own", "Traceback (most recent call last):\n  File \"x\"\nKeyError\n",
		joined{Number: 1, Text: "Traceback (most recent call last):\n  File \"x\"\nKeyError"})
	f("a traceback without a body takes no line", "Traceback (most recent call last):\nNext: line\n",
		joined{Number: 1, Text: "Traceback (most recent call last):"}, joined{Number: 2, Text: "Next: line"})
	f("a traceback that broke off takes no log line", "Traceback (most recent call last):\n  File \"x\"\n203.0.113.7 - - x\n",
		joined{Number: 1, Text: "Traceback (most recent call last):\n  File \"x\""}, joined{Number: 3, Text: "203.0.113.7 - - x"})
	f("where all is indented, lines stand alone", " a\n b\n", joined{Number: 1, Text: " a"}, joined{Number: 2, Text: " b"})
	f("an empty line ends a record", "a\n\n b\n", joined{Number: 1, Text: "a"}, joined{Number: 2}, joined{Number: 3, Text: " b"})
	for _, line := range []string{
		" 203.0.113.7 - - [x]", "\t2026-01-01 x", "\t\t   7 Connect\tAccess denied", " {\"a\":1}", " May 17 x", " Sun, x", " <13>x", " [2026-01-01] x",
		" WARN: [Jul  2 05:05:24.643] x", " type=X msg=audit(1.0:1): a=1",
	} {
		f("a log line that is indented stands alone", "a\n"+line+"\n", joined{Number: 1, Text: "a"}, joined{Number: 2, Text: line})
	}
	f("no more", "a\n... and so on\n... 3 times\n", joined{Number: 1, Text: "a"}, joined{Number: 2, Text: "... and so on"}, joined{Number: 3, Text: "... 3 times"})
}

func TestJoinFirst(t *testing.T) {
	how := source.Join{First: regexp.MustCompile(`^\d`), Auto: true}
	want := []joined{{1, "x\ny", true}, {3, "1 a\n\n b\nc", true}, {7, "2", false}}
	for _, opts := range blockings() {
		got, _ := records(t, "x\ny\n1 a\n\n b\nc\n2\n", how, opts)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v: (-want +got)\n%s", opts, diff)
		}
	}
}

func TestJoinAudit(t *testing.T) {
	f := func(name string, lines []string, want ...joined) {
		t.Helper()
		for _, opts := range blockings() {
			got, _ := records(t, strings.Join(lines, "\n"), source.Join{Auto: true}, opts)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %+v: (-want +got)\n%s", name, opts, diff)
			}
		}
	}
	line := func(kind string, serial int) string {
		return fmt.Sprintf("type=%s msg=audit(1.5:%d): a=1", kind, serial)
	}
	a, b, c := line("SYSCALL", 1), line("EXECVE", 1), line("EOE", 1)
	f("one after the other", []string{a, b, c, "x"}, joined{1, a + "\n" + b + "\n" + c, true}, joined{4, "x", false})
	other, login := line("SYSCALL", 2), line("USER_LOGIN", 3)
	f("others between", []string{a, other, login, "x", b, c, other, b},
		joined{1, a + "\n" + b + "\n" + c, true}, joined{2, other + "\n" + other, true}, joined{3, login, false}, joined{4, "x", false}, joined{8, b, false})
	f("a stack trace between", []string{a, "x", "\ty", b}, joined{1, a + "\n" + b, true}, joined{2, "x\n\ty", false})
	f("no line goes on with an audit line", []string{a, "\ty", b}, joined{1, a + "\n" + b, true}, joined{2, "\ty", false})

	for _, header := range []string{
		"node=web1 ", "audit: ", "Jan  1 00:00:01 web1 audispd: ", "<13>Jan  1 00:00:01 web1 audispd[7]: node=web1 ", "2026-01-01T00:00:00Z web1 auditd: ",
		"Jan  1 00:00:01 web1 kernel: [   12.345] audit: ", "<13>1 2026-01-01T00:00:00Z web1 audispd 7 - - ",
	} {
		f(header, []string{header + a, header + b}, joined{1, header + a + "\n" + header + b, true})
	}
	// What a client makes a program write is no audit line: it would vanish in an
	// event.
	for _, header := range []string{
		"Jan  1 00:00:01 web1 sshd[7]: Failed password for invalid user audispd: ", `203.0.113.7 - - [x] "GET /`, "x ",
		"Jan  1 00:00:01 web1 app: kernel: ", "2026-01-01T00:00:00Z web1 app: audit: ", "<13>1 2026-01-01T00:00:00Z web1 app 7 - - ",
		"Jan  1 00:00:01 web1 kernel: [UFW BLOCK] ",
	} {
		f(header, []string{header + a, header + b}, joined{1, header + a, false}, joined{2, header + b, false})
	}
	f("two hosts", []string{"node=a " + a, "node=b " + b}, joined{1, "node=a " + a, false}, joined{2, "node=b " + b, false})
	f("two hosts behind headers", []string{"Jan  1 00:00:01 a audispd: " + a, "Jan  1 00:00:01 b audispd: " + b},
		joined{1, "Jan  1 00:00:01 a audispd: " + a, false}, joined{2, "Jan  1 00:00:01 b audispd: " + b, false})

	far := func(n int) (lines []string, want []joined) {
		lines = []string{a}
		for i := range n {
			lines = append(lines, fmt.Sprint("x", i))
			want = append(want, joined{int64(i) + 2, lines[i+1], false})
		}
		return append(lines, b), want
	}
	lines, want := far(64)
	f("64 records between", lines, append([]joined{{1, a + "\n" + b, true}}, want...)...)
	lines, want = far(65)
	f("more between", lines, append(append([]joined{{1, a, false}}, want...), joined{67, b, false})...)
}

func TestJoinIsBounded(t *testing.T) {
	f := func(name, text string, wantRecords int, wantDivided int64) {
		t.Helper()
		got, j := records(t, text, source.Join{Auto: true}, source.ReaderOptions{})
		if len(got) != wantRecords || j.Divided() != wantDivided {
			t.Errorf("%s: %d records, %d divided, want %d and %d", name, len(got), j.Divided(), wantRecords, wantDivided)
		}
		for _, r := range got {
			if n := strings.Count(r.Text, "\n") + 1; n > source.MaxRecordLines || n > 1 && len(r.Text) > source.MaxRecordBytes {
				t.Errorf("%s: a record of %d lines, %d bytes", name, n, len(r.Text))
			}
		}
	}
	f("the longest", "a\n"+strings.Repeat(" b\n", 499), 1, 0)
	f("one line more", "a\n"+strings.Repeat(" b\n", 500), 2, 1)
	f("many lines", "a\n"+strings.Repeat(" b\n", 4999), 10, 9)
	f("many bytes", "a\n"+strings.Repeat(" "+strings.Repeat("b", 1<<10)+"\n", 126), 2, 1)
	f("a long line", "a\n "+strings.Repeat("b", 1<<17)+"\n c\n", 3, 2)
	f("an audit event", strings.Repeat("type=PATH msg=audit(1.5:1): a=1\n", 1200), 3, 2)
}

// shuffled makes lines of all kinds out of bytes, each with a number of its own.
func shuffled(data []byte) []string {
	lines := make([]string, len(data))
	for i, c := range data {
		switch serial := c >> 4; c & 15 {
		case 0, 1, 2:
			lines[i] = fmt.Sprintf("\tat %d", i)
		case 3:
			lines[i] = fmt.Sprintf("Caused by: %d", i)
		case 4:
			lines[i] = fmt.Sprintf("Traceback (most recent call last): %d", i)
		case 5:
			lines[i] = fmt.Sprintf("Error: %d", i)
		case 6:
			lines[i] = fmt.Sprintf("type=EOE msg=audit(1.5:%d): %d", serial, i)
		case 7, 8, 9:
			lines[i] = fmt.Sprintf("type=PATH msg=audit(1.5:%d): %d", serial, i)
		case 10:
			lines[i] = fmt.Sprintf("Jan  1 00:00:01 web1 audispd: type=CWD msg=audit(1.5:%d): %d", serial, i)
		case 11:
			lines[i] = fmt.Sprintf("%s %d", strings.Repeat("x", int(serial)<<12), i)
		case 12:
			lines[i] = fmt.Sprintf("type=USER_LOGIN msg=audit(1.5:%d): %d", serial, i)
		case 13:
			lines[i] = strings.Repeat(" ", int(serial)&1)
		default:
			lines[i] = fmt.Sprintf("line %d", i)
		}
	}
	return lines
}

// checkJoined holds what is true of every input: records split again are its
// lines, none lost, none twice; records come in the order of their first lines,
// whose numbers are exact; and blocks do not matter.
func checkJoined(tb testing.TB, lines []string, how source.Join) {
	tb.Helper()
	if len(lines) == 0 {
		return
	}
	text := strings.Join(lines, "\n") + "\n"
	got, _ := records(tb, text, how, source.ReaderOptions{})
	var split []string
	last := int64(0)
	for _, r := range got {
		parts := strings.Split(r.Text, "\n")
		if r.Number <= last || r.Number > int64(len(lines)) || lines[r.Number-1] != parts[0] {
			tb.Fatalf("record %d behind %d: %q", r.Number, last, r.Text)
		}
		if len(parts) > source.MaxRecordLines || len(parts) > 1 && len(r.Text) > source.MaxRecordBytes {
			tb.Fatalf("a record of %d lines, %d bytes", len(parts), len(r.Text))
		}
		last = r.Number
		split = append(split, parts...)
	}
	want := slices.Clone(lines)
	if slices.ContainsFunc(lines, func(s string) bool { return strings.Contains(s, "audit(") }) && how.First == nil {
		slices.Sort(split) // lines of an event leave those between them behind
		slices.Sort(want)
	}
	if !slices.Equal(want, split) {
		tb.Fatalf("the records hold other lines: %s", cmp.Diff(want, split))
	}
	for _, opts := range blockings()[1:] {
		if again, _ := records(tb, text, how, opts); !slices.Equal(got, again) {
			tb.Fatalf("%+v: %s", opts, cmp.Diff(got, again))
		}
	}
}

func TestJoinLosesNothing(t *testing.T) {
	data := make([]byte, 3000)
	state := uint32(1)
	for i := range data {
		state = state*1664525 + 1013904223
		data[i] = byte(state >> 24)
	}
	checkJoined(t, shuffled(data), source.Join{Auto: true})
	checkJoined(t, shuffled(data), source.Join{First: regexp.MustCompile("^line")})
}

func FuzzJoin(f *testing.F) {
	f.Add([]byte("\x00\x01\x77\x67\x07\x4a\x4b\x5d"), "a\n\tb\nType=\n<1>1 - - auditd - - - type=X audit(1.0:1):\n")
	f.Add([]byte{}, "Jan  1 0:0:0 h kernel: [ 1.2] audit: type=1300 audit(1.0:1): a\n<\n 1 \n")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		checkJoined(t, shuffled(data[:min(len(data), 2000)]), source.Join{Auto: true})
		r := source.NewReader(strings.NewReader(text), source.ReaderOptions{})
		lines, _, _ := all(t, r, source.ReaderOptions{})
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], "\r") // the ends of lines are the Reader's affair
		}
		if len(lines) > 0 && r.Encoding() == source.UTF8 && !strings.HasPrefix(lines[0], "\xef\xbb\xbf") && !strings.HasPrefix(lines[0], "\xff\xfe") && !strings.HasPrefix(lines[0], "\xfe\xff") {
			checkJoined(t, lines, source.Join{Auto: true})
		}
	})
}

func TestParseJoin(t *testing.T) {
	f := func(text string, want source.Join) {
		t.Helper()
		got, err := source.ParseJoin(text)
		if err != nil || got.Auto != want.Auto || (got.First == nil) != (want.First == nil) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	f("", source.Join{})
	f("off", source.Join{})
	f("auto", source.Join{Auto: true})
	f(`^\d{4}-`, source.Join{First: regexp.MustCompile(`^\d{4}-`)})
	if _, err := source.ParseJoin("("); err == nil || !strings.Contains(err.Error(), "want auto, off or a regular expression") {
		t.Errorf("got %v", err)
	}
	text := "a\n\tb\n"
	if got, _ := records(t, text, source.Join{}, source.ReaderOptions{}); len(got) != 2 {
		t.Errorf("the zero Join joins: %v", got)
	}
}

func BenchmarkJoin(b *testing.B) {
	text := strings.Repeat("May 17 10:05:03 web1 sshd[24200]: Failed password for invalid user webmaster from 203.0.113.31 port 38926 ssh2\n", 10000)
	for name, how := range map[string]source.Join{"off": {}, "auto": {Auto: true}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				j := source.NewJoiner(source.NewReader(strings.NewReader(text), source.ReaderOptions{}), how)
				for {
					if _, err := j.Next(); err != nil {
						break
					}
				}
			}
		})
	}
}
