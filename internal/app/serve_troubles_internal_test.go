package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestTroublesOpenAndClose looks at a server with one trouble after the other.
func TestTroublesOpenAndClose(t *testing.T) {
	opts := serveOptions(t.TempDir())
	now := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
	opts.Now = func() time.Time { return now }
	opts.Config.Store.MinFree = 1
	s, err := NewServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := troubleWatch{server: s, open: map[string]*signal.Signal{}}
	f := func(want ...string) {
		t.Helper()
		now = now.Add(time.Minute)
		var got []string
		for _, one := range w.check(t.Context()) {
			got = append(got, one.Change.String()+" "+one.Signal.RuleID+" "+one.Signal.Entity())
			if s := one.Signal; s.Message == "" || s.MessageJA == "" || s.RuleJA == "" || Runbook(s.Runbook, report.Japanese) == "" || (one.Change == signal.Closed) != (s.Closed > s.Time) {
				t.Errorf("%+v", s)
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("at %s %q, want %q", now, got, want)
		}
	}
	f()
	s.watch("file", "file a.log")
	one := s.sources()[len(s.sources())-1]
	one.silent.Store(true)
	f() // it never spoke
	one.counters.Last.Store(1)
	f("opened sasumata_source_silent file a.log")
	f()
	one.silent.Store(false)
	s.metrics.full.Add(1)
	f("opened sasumata_queue_full ", "closed sasumata_source_silent file a.log")
	s.metrics.full.Add(1)
	f()
	s.metrics.storeErrors.Add(1)
	s.metrics.stateErrors.Add(1)
	s.metrics.damaged.Add(1)
	s.metrics.dead.Add(1)
	f("opened sasumata_store_failed ", "opened sasumata_state_failed ", "opened sasumata_batch_damaged ", "opened sasumata_dead_letter ", "closed sasumata_queue_full ")
	s.metrics.events.Add(999)
	s.metrics.unparsed.Add(999)
	f("closed sasumata_batch_damaged ", "closed sasumata_dead_letter ", "closed sasumata_state_failed ", "closed sasumata_store_failed ")
	s.metrics.events.Add(1000)
	s.metrics.unparsed.Add(500)
	f()
	s.metrics.events.Add(1000)
	s.metrics.unparsed.Add(501)
	f("opened sasumata_unparsed ")
	opts.Config.Store.MinFree = 1 << 62
	f("opened sasumata_disk_full ", "closed sasumata_unparsed ")
	if left := w.ended(); len(left) != 1 || left[0].Change != signal.Closed || left[0].Signal.RuleID != "sasumata_disk_full" {
		t.Errorf("at the end %+v", left)
	}
}

// TestServeTellsOfItself lets a source fall silent.
func TestServeTellsOfItself(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.SilentAfter, opts.Troubles = 50*time.Millisecond, time.Millisecond
	appendLog(t, dir, failures(0, 1))
	s, stop := serving(t, opts)
	s.until(t, 6)
	eventually(t, "a signal", func() bool { return strings.Contains(signalsOf(t, dir), "sasumata_source_silent") })
	stop()
	lines := strings.Split(strings.TrimSpace(signalsOf(t, dir)), "\n")
	own := 0
	for _, line := range lines {
		if strings.Contains(line, `"rule_id":"sasumata_source_silent"`) {
			own++
			if closed := strings.Contains(line, `"closed"`); closed != (own%2 == 0) {
				t.Errorf("line %d of a silent source: %s", own, line)
			}
		}
	}
	if own < 2 || own%2 != 0 {
		t.Errorf("%d lines:\n%s", own, strings.Join(lines, "\n"))
	}
}

// TestServeClosesAllItsTroubles stops while more is wrong than waits to be written at a time,
// and while detection waits for what does not come.
func TestServeClosesAllItsTroubles(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.SilentAfter, opts.Troubles, opts.Config.Checkpoint = 50*time.Millisecond, time.Millisecond, time.Hour
	s, stop := serving(t, opts)
	const sources = 40
	for i := range sources {
		s.watch("file", fmt.Sprintf("file %d.log", i)).Last.Store(1)
	}
	count := func(part string) (n int) {
		for line := range strings.Lines(signalsOf(t, dir)) {
			if strings.Contains(line, `"rule_id":"sasumata_source_silent"`) && strings.Contains(line, part) {
				n++
			}
		}
		return n
	}
	eventually(t, "the signals", func() bool { return count("") == sources })
	stop()
	if n := count(`"closed"`); n != sources {
		t.Errorf("%d of %d are closed", n, sources)
	}
}
