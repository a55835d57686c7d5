package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// restarted joins the lines in blocks of random sizes, and goes on from the last position
// that was stored after each of them by chance, as a program that is killed does.
func restarted(t *testing.T, lines []string, how Join, seed uint64, rarely int) (records []string, restarts int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	now := func() time.Time { return time.Unix(0, 0) }
	j := newJoined(how, 0, now, nil)
	var stored *Position
	for next := 0; next < len(lines); {
		to := min(len(lines), next+1+random.IntN(1+random.IntN(40)))
		b := &Block{First: int64(next + 1), Lines: lines[next:to]}
		at := Position{Offset: int64(to), Lines: int64(to), Size: int64(to)} // of lines of one byte
		next = to
		out := j.take(b, at)
		if len(out.Lines) > 0 {
			records = append(records, out.Lines...)
			p := j.position()
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			if len(text) > 8<<10 {
				t.Fatalf("a position of %d bytes", len(text))
			}
			stored = &Position{}
			if err := json.Unmarshal(text, stored); err != nil {
				t.Fatal(err)
			}
			if err := stored.Check(); err != nil {
				t.Fatal(err)
			}
		}
		if random.IntN(rarely) == 0 {
			restarts++
			j = newJoined(how, 0, now, stored)
			next = 0
			if stored != nil {
				next = int(stored.from().Offset)
			}
		}
	}
	out := &Block{}
	j.give(out)
	return append(records, out.Lines...), restarts
}

func batchRecords(lines []string, how Join) []string {
	text := ""
	if len(lines) > 0 {
		text = strings.Join(lines, "\n") + "\n"
	}
	j := NewJoiner(NewReader(strings.NewReader(text), ReaderOptions{}), how)
	var records []string
	for {
		b, err := j.Next()
		if b != nil {
			records = append(records, b.Lines...)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				panic(err)
			}
			return records
		}
	}
}

func anyLines(random *rand.Rand, n int) []string {
	lines := make([]string, n)
	for i := range lines {
		switch random.IntN(9) {
		case 0, 1, 2:
			lines[i] = fmt.Sprintf("type=PATH msg=audit(1.0:%d): item=%d", i/8+random.IntN(6), i)
		case 3:
			lines[i] = fmt.Sprintf("type=EOE msg=audit(1.0:%d): ", i/8+random.IntN(6))
		case 4:
			lines[i] = fmt.Sprintf("2026-01-01 something %d", i)
		case 5:
			lines[i] = traceStart
		case 6:
			lines[i] = fmt.Sprintf("ValueError: %d", i)
		default:
			lines[i] = fmt.Sprintf("  at line.%d", i)
		}
	}
	return lines
}

// TestJoinedAcrossRestarts compares what comes out of many runs with what comes out of one.
func TestJoinedAcrossRestarts(t *testing.T) {
	total := 0
	f := func(expression string, maxLines int) {
		t.Helper()
		how, err := ParseJoin(expression)
		if err != nil {
			t.Fatal(err)
		}
		how.MaxLines = maxLines
		for seed := range uint64(300) {
			lines := anyLines(rand.New(rand.NewPCG(seed, 1)), 200)
			got, restarts := restarted(t, lines, how, seed, 3)
			total += restarts
			want := lines
			if how.Joins() {
				want = batchRecords(lines, how)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s, %d lines, seed %d (-want +got):\n%s", expression, maxLines, seed, diff)
			}
		}
	}
	f("off", 0)
	f("auto", 0)
	f("auto", 3)
	f(`^2026-`, 0)
	f(`^2026-`, 5)
	if total < 5000 {
		t.Errorf("only %d restarts", total)
	}
}

func FuzzJoined(f *testing.F) {
	f.Add(strings.Join(anyLines(rand.New(rand.NewPCG(1, 1)), 60), "\n"), uint64(1), 3)
	f.Add("a\n b\n\n c", uint64(2), 0)
	f.Fuzz(func(t *testing.T, text string, seed uint64, most int) {
		if strings.ContainsRune(text, '\r') || len(text) > 8<<10 {
			return
		}
		lines := strings.Split(text, "\n")
		how := Join{Auto: true, MaxLines: max(0, most%20)}
		if how.MaxLines == 1 {
			how.MaxLines = 2
		}
		got, _ := restarted(t, lines, how, seed, 100)
		if diff := cmp.Diff(strings.Join(lines, "\n"), strings.Join(batchRecords(lines, Join{}), "\n")); diff != "" {
			return // a byte order mark
		}
		if diff := cmp.Diff(batchRecords(lines, how), got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestJoinedGivesUpWhatIsTornApart writes audit events whose lines stand among so many
// others that a position has no room for them.
func TestJoinedGivesUpWhatIsTornApart(t *testing.T) {
	var lines []string
	for i := range 4000 {
		lines = append(lines, fmt.Sprintf("type=PATH msg=audit(1.0:%d): item=%d", i%40+i/2000*7, i))
	}
	got, _ := restarted(t, lines, Join{Auto: true, MaxLines: 300}, 1, 1000)
	seen := map[string]int{}
	for line := range strings.SplitSeq(strings.Join(got, "\n"), "\n") {
		seen[line]++
	}
	for _, line := range lines {
		if seen[line] != 1 {
			t.Fatalf("%s came %d times", line, seen[line])
		}
	}
	if len(seen) != len(lines) {
		t.Errorf("%d lines, want %d", len(seen), len(lines))
	}
}
