package app

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestForgedServed reads states whose numbers no server writes.
func TestForgedServed(t *testing.T) {
	f := func(wrong bool, s served) {
		t.Helper()
		header, err := json.Marshal(stateHeader{Served: &s})
		if err != nil {
			t.Fatal(err)
		}
		body := append([]byte{byte(len(header))}, header...)
		if _, err := decodeBody(append(body, 0)); (err != nil) != wrong {
			t.Errorf("%s: %v", header, err)
		}
	}
	f(false, served{Place: queue.Place{Queue: "q", Sequence: 7}, Records: 9, Signals: 100})
	f(true, served{Place: queue.Place{Queue: "q", Sequence: math.MaxUint64}})
	f(true, served{Records: -1})
	f(true, served{Records: math.MaxInt64})
	f(true, served{Signals: -1})
}

// TestServeReloadWithoutADisk loads content while no state can be written: what is known
// goes on in memory.
func TestServeReloadWithoutADisk(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	reload := make(chan os.Signal)
	opts.Reload, opts.Config.Checkpoint = reload, time.Hour // one with the first batch, and one with each reload
	state := filepath.Join(opts.Config.Data, stateName)
	s, stop := serving(t, opts)
	lines := strings.SplitAfter(failures(0, 1), "\n")
	appendLog(t, dir, strings.Join(lines[:3], ""))
	s.until(t, 3)
	eventually(t, "a state", func() bool { return s.metrics.checkpoints.Load() > 0 })
	if err := os.Rename(state, state+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(state, 0o700); err != nil { // nothing can take its place
		t.Fatal(err)
	}
	appendLog(t, dir, lines[3])
	s.until(t, 4)
	reload <- os.Interrupt
	eventually(t, "the failure", func() bool { return s.metrics.stateErrors.Load() == 1 })
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	appendLog(t, dir, strings.Join(lines[4:], ""))
	s.until(t, 6)
	stop()
	if got := strings.Count(signalsOf(t, dir), `"rule_id":"brute_force_by_ip"`); got != 1 {
		t.Errorf("%d signals of an attack that was half over", got)
	}
	if s, err := NewServer(t.Context(), serveOptions(dir)); err != nil {
		t.Error(err)
	} else if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestServeDamagedPosition takes a batch whose position is damaged: no state could be
// written with it.
func TestServeDamagedPosition(t *testing.T) {
	dir := t.TempDir()
	s, stop := serving(t, serveOptions(dir))
	for _, position := range []string{"{", ""} {
		batch := queue.Submission{Key: "/var/log/x" + position, Position: []byte(position), Records: []record.Record{{Text: "a"}}}
		if err := s.publish(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	s.until(t, 2)
	eventually(t, "a state", func() bool { return s.metrics.checkpoints.Load()+s.metrics.stateErrors.Load() > 0 })
	stop()
	if s.metrics.stateErrors.Load() > 0 {
		t.Error("the state could not be written")
	}
}

// TestServeSweeps removes what a server left that was killed while it wrote its state.
func TestServeSweeps(t *testing.T) {
	opts := serveOptions(t.TempDir())
	if err := os.Mkdir(opts.Config.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(opts.Config.Data, ".new-123456")
	if err := os.WriteFile(left, make([]byte, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop := serving(t, opts)
	stop()
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("it is there: %v", err)
	}
}

// TestSignalsGoOnWhenNoFileCanBeBegun renames the file while its name cannot be taken.
func TestSignalsGoOnWhenNoFileCanBeBegun(t *testing.T) {
	path := filepath.Join(t.TempDir(), signalsName)
	s, err := openSignals(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.close() }()
	write := func(id string) {
		t.Helper()
		if _, err := s.write(signal.Finding{Change: signal.Opened, Signal: &signal.Signal{ID: id}}); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.sync(); err == nil {
		t.Error("a folder took the signals")
	}
	write("two")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.sync(); err != nil {
		t.Error(err)
	}
	write("three")
	old, _ := os.ReadFile(path + ".1")
	now, _ := os.ReadFile(path)
	if strings.Count(string(old), "\n") != 2 || strings.Count(string(now), "\n") != 1 {
		t.Errorf("the old file has %q, the new one %q", old, now)
	}
}

// TestServeNamesThatAreNotUTF8 follows a file whose name the state cannot hold, in two
// runs: nothing is read twice.
func TestServeNamesThatAreNotUTF8(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Files = []config.File{{Path: filepath.Join(dir, "*.log"), From: "beginning"}}
	name := filepath.Join(dir, "\xff\xfe.log")
	for _, text := range []string{"1\n2\n", "1\n2\n3\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, stop := serving(t, opts)
		s.until(t, int64(len(text)/2))
		stop()
		if got := s.consumer.served.Records; got != int64(len(text)/2) {
			t.Errorf("%d records behind %q", got, text)
		}
	}
}

// TestServeSignalsInTheWay detects while signals cannot be written, and then makes way.
func TestServeSignalsInTheWay(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full, a disk without room")
	}
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Checkpoint = time.Hour // it would renew the file
	path := filepath.Join(opts.Config.Data, signalsName)
	if err := os.MkdirAll(opts.Config.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	s, stop := serving(t, opts)
	appendLog(t, dir, failures(0, 2))
	eventually(t, "the failure", func() bool { return s.metrics.signalErrors.Load() == 1 })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.until(t, 12)
	stop()
	signals := signalsOf(t, dir)
	peaceful := t.TempDir()
	appendLog(t, peaceful, failures(0, 2))
	s, stop = serving(t, serveOptions(peaceful))
	s.until(t, 12)
	stop()
	if want := signalsOf(t, peaceful); signals != want || want == "" {
		t.Errorf("signals:\n%s\nwant\n%s", signals, want)
	}
}

// TestServeSurvivesARecord fails at every record, and then at none.
func TestServeSurvivesARecord(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Troubles = time.Millisecond
	reload := make(chan os.Signal)
	opts.Reload = reload
	first := true
	opts.Content = func(*config.Config) (*Content, error) {
		c, err := LoadContent(Sources{})
		if first && err == nil {
			c.Pipelines, first = nil, false // it fails at every record
		}
		return c, err
	}
	appendLog(t, dir, "a broken\xff line\nanother one\n")
	s, stop := serving(t, opts)
	s.until(t, 2)
	eventually(t, "a signal", func() bool { return strings.Contains(signalsOf(t, dir), "sasumata_dead_letter") })
	reload <- os.Interrupt
	eventually(t, "the new content", func() bool { return s.metrics.reloads.Load() == 1 && s.metrics.running.Load() })
	appendLog(t, dir, failures(0, 1))
	s.until(t, 8)
	stop()
	if signals := signalsOf(t, dir); !strings.Contains(signals, `"rule_id":"brute_force_by_ip"`) || s.metrics.dead.Load() != 2 {
		t.Errorf("%d dead letters, signals:\n%s", s.metrics.dead.Load(), signals)
	}
	letters := lettersIn(t, dir)
	if len(letters) != 2 || !slices.ContainsFunc(letters, func(l *dead.Letter) bool {
		r := l.Records[0]
		return r.Text == "another one" && r.Host == "host" && r.Received > 0 && strings.Contains(l.Error, "nil pointer") && l.Stage == dead.Parse
	}) || !slices.ContainsFunc(letters, func(l *dead.Letter) bool { return string(l.Records[0].Raw) == "a broken\xff line" }) {
		t.Errorf("set aside: %+v", letters)
	}
	kept := storedIn(t, dir)
	if len(kept) != 8 || strings.Count(strings.Join(kept, "\n"), deadMessage) != 2 {
		t.Errorf("the store has %q", kept)
	}
}

// TestServeSurvivesDetection fails while the first signal is told of.
func TestServeSurvivesDetection(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	told := 0
	opts.Console = func(signal.Finding) error {
		if told++; told == 1 {
			panic("it cannot be told")
		}
		return nil
	}
	appendLog(t, dir, failures(0, 3))
	s, stop := serving(t, opts)
	s.until(t, 18)
	stop()
	if n := strings.Count(signalsOf(t, dir), `"rule_id":"brute_force_by_ip"`); n < 3 || told < 3 {
		t.Errorf("%d lines of signals, %d were told", n, told)
	}
	letters := lettersIn(t, dir)
	if len(letters) != 1 || s.metrics.dead.Load() != 1 || letters[0].Error != "it cannot be told" || letters[0].Stage != dead.Detect ||
		!strings.HasPrefix(letters[0].Records[0].Text, "2026-01-16T") {
		t.Errorf("set aside: %+v", letters)
	}
	if n := len(storedIn(t, dir)); n != 18 {
		t.Errorf("%d events in the store, want 18", n)
	}
}
