package source

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
)

func TestLinesInPieces(t *testing.T) {
	full := strings.Repeat("x", dockerPiece)
	line := func(stream, text string) string {
		return `{"log":"` + text + `","stream":"` + stream + `","time":"2026-01-01T00:00:00Z"}`
	}
	f := func(lines []string, want ...string) {
		t.Helper()
		var got []string
		p := pieces{}
		at := Position{}
		records, _ := p.take(&Container{now: time.Now}, &at, lines)
		for _, r := range records {
			got = append(got, strings.ReplaceAll(r.Text, full, "FULL"))
		}
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], full, "FULL")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	f([]string{line("stdout", `a\n`), line("stderr", `b\n`)}, line("stdout", `a\n`), line("stderr", `b\n`))
	f([]string{line("stdout", full), line("stdout", `b\n`), line("stdout", `c\n`)}, line("stdout", full+`b\n`), line("stdout", `c\n`))
	f([]string{line("stdout", full), line("stderr", `e\n`), line("stdout", full), line("stdout", `b\n`)}, line("stderr", `e\n`), line("stdout", full+full+`b\n`))
	f([]string{line("stdout", full), line("stderr", full), line("stdout", `1\n`), line("stderr", `2\n`)}, line("stdout", full+`1\n`), line("stderr", full+`2\n`))
	f([]string{line("stdout", "prompt: "), line("stdout", `b\n`)}, line("stdout", "prompt: "), line("stdout", `b\n`))
	f([]string{line("stdout", full), line("stdout", "end")}, line("stdout", full+"end"))
	f([]string{line("stdout", full+`\\n`), line("stdout", `\n`)}, line("stdout", full+`\\n\n`)) // no line feed but its letters
	f([]string{line("stdout", full)})
	f([]string{"rubbish", `{"log":"a`, `{"log":"a\`, `{"log":"a","stream":"stdout"`, `{"log":"a","other":"stdout"}`, ""},
		"rubbish", `{"log":"a`, `{"log":"a\`, `{"log":"a","stream":"stdout"`, `{"log":"a","other":"stdout"}`, "")
	f([]string{line("stdout", strings.Repeat(`\u2028`, 2731))}, line("stdout", strings.Repeat(`\u2028`, 2731))) // 8,193 bytes
	f([]string{line("stdout", full+`\",\"stream\":\"stdout\"}`), line("stdout", `b\n`)}, line("stdout", full+`\",\"stream\":\"stdout\"}b\n`))
}

func TestLinesInPiecesWithoutAnEnd(t *testing.T) {
	piece := `{"log":"` + strings.Repeat("x", dockerPiece) + `","stream":"stdout","time":""}`
	p, c, at := pieces{}, &Container{now: time.Now}, Position{}
	for i := range 200 {
		at = Position{Lines: int64(i) + 1}
		records, _ := p.take(c, &at, []string{piece})
		for _, r := range records {
			if len(r.Text) > maxJoined+200 {
				t.Errorf("%d bytes", len(r.Text))
			}
		}
	}
	if len(p.ends) > 40 || at.Lines < 150 {
		t.Errorf("%d blocks are known, and it goes on at line %d", len(p.ends), at.Lines)
	}
	// One that never ends does not hold up what comes behind it.
	for i := range 2 * maxBetween {
		at = Position{Lines: int64(i) + 201}
		p.take(c, &at, []string{`{"log":"a\n","stream":"stderr","time":""}`})
	}
	if at.Lines != 200+2*maxBetween || at.Again != 0 {
		t.Errorf("it goes on at line %d, with %d again", at.Lines, at.Again)
	}
}

// FuzzPieces stops between any two blocks and goes on from the position: every record
// comes once.
func FuzzPieces(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed*10))
	}
	full := strings.Repeat("x", dockerPiece)
	f.Fuzz(func(t *testing.T, seed uint64, often uint8) {
		r := rand.New(rand.NewPCG(seed, 1))
		var lines []string
		for i := range 10 + r.IntN(40) {
			body := []string{full, full, fmt.Sprintf(`%d\n`, i), fmt.Sprintf("%d", i)}[r.IntN(4)]
			lines = append(lines, fmt.Sprintf(`{"log":"%s","stream":"%s","time":"%d"}`, body, []string{"stdout", "stderr"}[r.IntN(2)], i))
			if r.IntN(20) == 0 {
				lines = append(lines, fmt.Sprintf("rubbish %d", i))
			}
		}
		c := &Container{now: time.Now}
		texts := func(records []record.Record) (all []string) {
			for i := range records {
				if len(records) > len(lines)*piecesPerLine || !utf8.ValidString(records[i].Text) {
					t.Fatalf("%d records", len(records))
				}
				all = append(all, records[i].Text)
			}
			return all
		}
		all, _ := (&pieces{}).take(c, &Position{}, lines)
		var got []string
		p := &pieces{}
		stored := Position{}
		for next := 0; next < len(lines); {
			to := min(len(lines), next+1+r.IntN(9))
			at := Position{Lines: int64(to), Offset: int64(to)}
			p.from("", &Position{Lines: int64(next)})
			records, again := p.take(c, &at, lines[next:to])
			if next = to; again {
				continue
			}
			stored = at
			got = append(got, texts(records)...)
			if r.IntN(256) < int(often)%200 { // the program ends
				text, err := json.Marshal(stored)
				stored = Position{}
				if err == nil {
					err = json.Unmarshal(text, &stored)
				}
				if err != nil {
					t.Fatal(err)
				}
				p = &pieces{again: stored.Again}
				next = int(stored.Lines)
			}
		}
		if want := texts(all); !slices.Equal(want, got) {
			t.Errorf("%d records, want %d", len(got), len(want))
		}
	})
}

func FuzzDockerLine(f *testing.F) {
	f.Add(`{"log":"a\n","stream":"stdout","time":""}`)
	f.Add(`{"log":"a\\\"","stream":"stderr","attrs":{},"time":""}`)
	f.Fuzz(func(t *testing.T, line string) {
		body, tail, _, ok := cutDocker(line)
		if ok && dockerHead+body+tail != line {
			t.Fatalf("%q becomes %q and %q", line, body, tail)
		}
		if ok {
			wholePiece(body)
		}
		if ok && json.Valid([]byte(line)) {
			var e struct{ Log string }
			if err := json.Unmarshal([]byte(`"`+body+`"`), &e.Log); err != nil {
				t.Fatal(err)
			}
		}
	})
}
