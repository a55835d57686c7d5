package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const engineTime = "2026-11-22T09:19:16.851752270Z"

func engineFrame(stream byte, text string) string {
	return string(binary.BigEndian.AppendUint32([]byte{stream, 0, 0, 0}, uint32(len(text)))) + text
}

// linesOf reads a stream to its end.
func linesOf(text string, tty bool) (lines []string, err error) {
	s := &engineStream{in: bufio.NewReader(strings.NewReader(text)), tty: tty}
	take := func(l engineLine) {
		lines = append(lines, fmt.Sprintf("%d %s %s", l.stream, time.Unix(0, l.at).UTC().Format("05.000000000"), shortened(l.text)))
	}
	for {
		l, err := s.next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			for _, l := range s.last() {
				take(l)
			}
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		take(l)
	}
}

func shortened(text []byte) string {
	if len(text) > 100 {
		return fmt.Sprintf("%d bytes ending with %q", len(text), text[len(text)-10:])
	}
	return fmt.Sprintf("%q", text)
}

// TestEngineStream reads what Docker 20.10 sent for a container that wrote 40,000 times x,
// "end", "err" to the standard error, and "last" without a line feed.
func TestEngineStream(t *testing.T) {
	full, rest := strings.Repeat("x", dockerPiece), strings.Repeat("x", 40000-2*dockerPiece)
	f := func(text string, tty bool, want ...string) {
		t.Helper()
		got, err := linesOf(text, tty)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	f(engineFrame(1, engineTime+" "+full)+engineFrame(1, engineTime+" "+full)+engineFrame(2, "2026-11-22T09:19:16.853778339Z err\n")+
		engineFrame(1, engineTime+" "+rest+"end\n")+engineFrame(1, "2026-11-22T09:19:16.889994476Z last"), false,
		`1 16.853778339 "err\n"`, `0 16.851752270 40004 bytes ending with "xxxxxxend\n"`, `0 16.889994476 "last"`)
	f(engineTime+" "+full+engineTime+" "+full+engineTime+" "+rest+"end\r\n2026-11-22T09:19:19.691239025Z err\r\n2026-11-22T09:19:19.725168978Z last", true,
		`0 16.851752270 40005 bytes ending with "xxxxxend\r\n"`, `0 19.691239025 "err\r\n"`, `0 19.725168978 "last"`)
	f(engineFrame(1, engineTime+" last")+engineFrame(1, "2026-11-22T09:20:00Z first\n"), false, `0 16.851752270 "last"`, `0 00.000000000 "first\n"`)
	f(engineFrame(1, engineTime+" a\n"+engineTime+" b\n"), false, `0 16.851752270 "a\n"`, `0 16.851752270 "b\n"`)
	f("", false)
	f("", true)
	long := strings.Repeat(engineFrame(1, engineTime+" "+full), maxJoined/dockerPiece+1)
	f(long, false, fmt.Sprintf(`0 16.851752270 %d bytes ending with "xxxxxxxxxx"`, maxJoined), fmt.Sprintf(`0 16.851752270 %d bytes ending with "xxxxxxxxxx"`, dockerPiece))

	wrong := func(text string, tty bool, want string) {
		t.Helper()
		if _, err := linesOf(text, tty); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
	wrong("\x01\x00\x00", false, "unexpected EOF")
	wrong(engineFrame(1, engineTime+" a\n")[:20], false, "unexpected EOF")
	wrong("HTTP/1.1", false, "no stream of lines")
	wrong("\x01\x00\x00\x00\xff\xff\xff\xff", false, "no stream of lines")
	wrong(engineFrame(1, "no time\n"), false, "a line begins with")
	wrong(engineFrame(3, "no driver"), false, `the engine says: "no driver"`)
	wrong("no time, and longer than one would be\n", true, "a line begins with")
	wrong("2026", true, "unexpected EOF")
}

func FuzzEngineStream(f *testing.F) {
	f.Add([]byte(engineFrame(1, engineTime+" a\n")+engineFrame(2, engineTime+" b")), false)
	f.Add([]byte(engineTime+" a\r\n"+engineTime+" "+strings.Repeat("x", dockerPiece)+engineTime+" y\r\n"), true)
	f.Fuzz(func(t *testing.T, data []byte, tty bool) {
		s := &engineStream{in: bufio.NewReader(bytes.NewReader(data)), tty: tty}
		total := 0
		for {
			l, err := s.next()
			if err != nil {
				break
			}
			total += len(l.text)
			text, _ := dockerText(&l)
			if !strings.HasPrefix(text, dockerHead) || !strings.HasSuffix(text, `"}`) {
				t.Errorf("%.100q", text)
			}
		}
		for _, l := range s.last() {
			total += len(l.text)
		}
		if total > len(data) {
			t.Errorf("%d bytes of %d", total, len(data))
		}
	})
}

// TestEnginePosition takes lines whose times repeat, and come in another order than the
// lines of two streams, and goes on after each of them as an engine does.
func TestEnginePosition(t *testing.T) {
	const ms = int64(time.Millisecond)
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	var all []engineLine
	for i := range int64(3000) {
		at := base + i/3*10*ms + i%7*i%3*ms // some a little before the one before
		if i > 1500 {
			at += int64(time.Hour)
		}
		all = append(all, engineLine{stream: int(i % 5 / 3), at: at, text: fmt.Append(nil, i)})
	}
	for stop := 0; stop < len(all); stop += 7 {
		p := enginePosition{}
		for i := range all[:stop] {
			p.seen(&all[i], false)
		}
		r, next, asked := p.replay(), stop, 0
		for i := range all {
			if all[i].at < p.Since {
				continue // the engine leaves it out
			}
			asked++
			if r.again(&all[i]) {
				continue
			}
			if i != next {
				t.Fatalf("after %d: line %d comes, want %d", stop, i, next)
			}
			next++
		}
		if next != len(all) || asked-(len(all)-stop) > 7000 {
			t.Fatalf("after %d: the last line is %d; %d lines were asked for", stop, next, asked)
		}
	}
	// What the engine gave up is not counted as what it still has.
	p := enginePosition{}
	for i := range all[:100] {
		p.seen(&all[i], false)
	}
	r := p.replay()
	for i := 90; i < 200; i++ {
		if got := r.again(&all[i]); got != (i < 100) {
			t.Errorf("line %d was handed on: %v", i, got)
		}
	}
}
