package source_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// journalDir names the folder of a journalctl that is none in its environment.
const journalDir = "SASUMATA_TEST_JOURNAL"

// TestMain is a journalctl where a test has started it as one.
func TestMain(m *testing.M) {
	if dir := os.Getenv(journalDir); dir != "" {
		journalctl(dir)
	}
	quit(m.Run())
}

// journalctl has a file with a message on each line for a journal; the cursor of a line
// is its number. It ends as the file "end" says: after so many entries in the middle of
// one ("cut 3"), of itself ("exit 3"), or killed ("kill 3").
func journalctl(dir string) {
	after, last, follow := 0, false, false
	for _, arg := range os.Args {
		value, ok := strings.CutPrefix(arg, "--after-cursor=c")
		if ok {
			n, err := strconv.Atoi(value)
			if err != nil {
				fmt.Fprintln(os.Stderr, "Failed to seek to cursor: Invalid argument")
				quit(1)
			}
			after = n
		}
		last, follow = last || arg == "--lines=1", follow || arg == "--follow"
	}
	how, number, _ := strings.Cut(string(contents(dir, "end")), " ")
	limit, _ := strconv.Atoi(number)
	_ = os.Remove(filepath.Join(dir, "end"))
	_ = os.WriteFile(filepath.Join(dir, "args"), []byte(strings.Join(os.Args, "\n")), 0o600)
	for written := 0; ; time.Sleep(time.Millisecond) {
		lines := strings.SplitAfter(string(contents(dir, "journal")), "\n")
		lines = lines[:len(lines)-1]
		if last && len(lines) > 0 {
			after = len(lines) - 1
		}
		for ; after < len(lines); after++ {
			text := entryOf(after+1, strings.TrimSuffix(lines[after], "\n"))
			if how != "" && written == limit {
				if how == "cut" {
					_, _ = os.Stdout.WriteString(text[:len(text)/2])
				}
				if how == "kill" {
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
				fmt.Fprintln(os.Stderr, "it broke")
				quit(1)
			}
			written++
			if _, err := os.Stdout.WriteString(text); err != nil {
				quit(1)
			}
		}
		if !follow {
			quit(0)
		}
	}
}

// quit ends a program of its own.
func quit(code int) { os.Exit(code) } //nolint:forbidigo // it writes nothing of tests

func contents(dir, name string) []byte {
	text, _ := os.ReadFile(filepath.Join(dir, name))
	return text
}

// entryOf writes an entry with that cursor; every second message is binary.
func entryOf(n int, message string) string {
	text := fmt.Sprintf("__CURSOR=c%d\n__REALTIME_TIMESTAMP=1760000000000000\n_PID=7\nSYSLOG_IDENTIFIER=sshd\n", n)
	if n%2 == 0 {
		return text + "MESSAGE\n" + string(binary.LittleEndian.AppendUint64(nil, uint64(len(message)))) + message + "\n\n"
	}
	return text + "MESSAGE=" + message + "\n\n"
}

// journaling follows the journal in the folder until stop is called.
func journaling(t *testing.T, s *spool, dir string, change func(*source.Journal)) (counters *source.Counters, stop func()) {
	t.Helper()
	_, position := s.state()
	j := &source.Journal{
		Command: []string{os.Args[0], "--"}, Env: []string{journalDir + "=" + dir},
		Position: position, Restart: time.Millisecond, Now: time.Now, Store: s.store,
		Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(j)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- j.Run(ctx) }()
	return j.Counters, func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func addTo(t *testing.T, dir, name, text string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// messages returns what the records say.
func messages(t *testing.T, lines []string) []string {
	t.Helper()
	var all []string
	for _, line := range lines {
		var e struct {
			Message string `json:"MESSAGE"`
			Program string `json:"SYSLOG_IDENTIFIER"`
			Time    string `json:"__REALTIME_TIMESTAMP"`
			PID     string `json:"_PID"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Program != "sshd" || e.Time != "1760000000000000" || e.PID != "7" {
			t.Errorf("%s: %v", line, err)
		}
		all = append(all, e.Message)
	}
	return all
}

func TestJournal(t *testing.T) {
	dir, s := t.TempDir(), newSpool()
	addTo(t, dir, "journal", "before\n")
	_, stop := journaling(t, s, dir, nil)
	soon(t, "the end of the journal", func() bool { _, p := s.state(); return string(p) == `{"cursor":"c1"}` })
	addTo(t, dir, "journal", "two\nthree\n")
	s.until(t, 2)
	stop()
	addTo(t, dir, "journal", "while it was down\n")
	s.full = 3
	_, stop = journaling(t, s, dir, nil)
	s.until(t, 3)
	stop()
	lines, position := s.state()
	if diff := cmp.Diff([]string{"two", "three", "while it was down"}, messages(t, lines)); diff != "" || string(position) != `{"cursor":"c4"}` {
		t.Errorf("%s%s", position, diff)
	}
	args := string(contents(dir, "args"))
	for _, want := range []string{"--after-cursor=c3", "--follow", "--no-tail", "--output=export", "--quiet"} {
		if !slices.Contains(strings.Split(args, "\n"), want) {
			t.Errorf("%s is missing in\n%s", want, args)
		}
	}
}

// TestJournalThatIsEmpty loses nothing that comes between the first look and the next run.
func TestJournalThatIsEmpty(t *testing.T) {
	dir, s := t.TempDir(), newSpool()
	_, stop := journaling(t, s, dir, nil)
	soon(t, "a position", func() bool { _, p := s.state(); return p != nil })
	stop()
	addTo(t, dir, "journal", "one\n")
	_, stop = journaling(t, s, dir, nil)
	s.until(t, 1)
	stop()
	other := newSpool()
	_, stop = journaling(t, other, dir, func(j *source.Journal) { j.FromStart = true })
	other.until(t, 1)
	stop()
}

// TestJournalThatEnds ends, breaks off and is killed, again and again: every entry comes
// once.
func TestJournalThatEnds(t *testing.T) {
	dir, s := t.TempDir(), newSpool()
	var want []string
	_, stop := journaling(t, s, dir, func(j *source.Journal) { j.FromStart = true })
	for i, end := range []string{"cut 0", "cut 3", "exit 2", "kill 1", "kill 5", "exit 0"} {
		addTo(t, dir, "end", end)
		for k := range 7 {
			text := fmt.Sprintf("%d %d", i, k)
			want = append(want, text)
			addTo(t, dir, "journal", text+"\n")
		}
		s.until(t, len(want))
		if i%2 == 1 { // this program is stopped, too
			stop()
			_, stop = journaling(t, s, dir, nil)
		}
	}
	stop()
	lines, _ := s.state()
	if diff := cmp.Diff(want, messages(t, lines)); diff != "" {
		t.Error(diff)
	}
}

func TestJournalFaults(t *testing.T) {
	dir, s := t.TempDir(), newSpool()
	f := func(position string) {
		t.Helper()
		j := &source.Journal{Position: []byte(position), Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler)}
		if err := j.Run(t.Context()); err == nil {
			t.Errorf("%s is taken", position)
		}
	}
	f("{")
	f(`{"cursor":"a b"}`)
	f(`{"cursor":"` + strings.Repeat("a", 2000) + `"}`)
	counters, stop := journaling(t, s, dir, func(j *source.Journal) { j.Command[0] = filepath.Join(dir, "nothing") })
	soon(t, "a fault", func() bool { return counters.Errors.Load() > 1 })
	stop()
	broken := errors.New("the disk is gone")
	j := &source.Journal{
		Command: []string{os.Args[0], "--"}, Env: []string{journalDir + "=" + dir}, Now: time.Now,
		Store:    func(context.Context, []byte, []record.Record) error { return broken },
		Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
	if err := j.Run(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestJournalLeavesItselfOut leaves out what this program wrote, and goes on behind it.
func TestJournalLeavesItselfOut(t *testing.T) {
	dir, s := t.TempDir(), newSpool()
	addTo(t, dir, "journal", "own\n")
	_, stop := journaling(t, s, dir, func(j *source.Journal) { j.FromStart, j.PID = true, 7 })
	soon(t, "the position", func() bool { _, p := s.state(); return string(p) == `{"cursor":"c1"}` })
	stop()
	if lines, _ := s.state(); len(lines) > 0 {
		t.Errorf("%q", lines)
	}
}
