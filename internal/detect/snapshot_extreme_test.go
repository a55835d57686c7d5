package detect

import (
	"bytes"
	"math"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestSnapshotOfExtremeTimes restores what an engine knows of events whose times are at
// the limits: whoever writes a log chooses them.
func TestSnapshotOfExtremeTimes(t *testing.T) {
	rules := everyMethod(t)
	for _, at := range []int64{math.MinInt64, minTime, minTime + 1, -1, 0, maxTime - 1, maxTime, math.MaxInt64} {
		en := newEngine(t, Options{}, rules...)
		emit := func(signal.Finding) {}
		for range 2 {
			randomEvents(5, 30, func(_ int, e *event.Event) {
				e.Time = at
				en.Observe(e, emit)
			})
			var file bytes.Buffer
			if err := en.Snapshot(&file, nil); err != nil {
				t.Fatal(err)
			}
			en = newEngine(t, Options{}, rules...)
			if _, err := en.Restore(file.Bytes()); err != nil {
				t.Errorf("at %d: %v", at, err)
			}
		}
	}
}

// forged returns a codec that reads what the function writes.
func forged(write func(c *codec)) *codec {
	c := &codec{}
	write(c)
	slack := int64(1 << 20)
	return &codec{in: c.out, reading: true, slack: &slack}
}

func TestRestoreRefusesForgedClocks(t *testing.T) {
	f := func(what string, wrong bool, change func(c *clock)) {
		t.Helper()
		var c clock
		for i := range int64(2000) {
			c.observe(i)
		}
		change(&c)
		in := forged(func(to *codec) { c.code(to) })
		if new(clock).code(in); (in.err != nil) != wrong {
			t.Errorf("%s: %v", what, in.err)
		}
	}
	f("as it was", false, func(*clock) {})
	f("at the end of its count", true, func(c *clock) { c.seq = math.MaxUint64 })
	f("an event that is still to come", true, func(c *clock) { c.allRing[(c.all.head+c.all.n-1)%horizon].seq = c.seq + 1 })
	f("an event that is long gone", true, func(c *clock) { c.lateRing[c.late.head].seq = 1 })
	f("times that fall", true, func(c *clock) { c.allRing[c.all.head].t = maxTime })
	f("a time that cannot be computed with", true, func(c *clock) { c.allRing[c.all.head].t = math.MinInt64 })
}

func TestRestoreRefusesForgedGroups(t *testing.T) {
	rules := everyMethod(t)
	f := func(what, id string, change func(g *group) bool) {
		t.Helper()
		en := newEngine(t, Options{}, rules...)
		randomEvents(1, 200, func(_ int, e *event.Event) { en.Observe(e, func(signal.Finding) {}) })
		changed := false
		for _, part := range en.parts {
			for _, at := range part.directory.places {
				if at.seat == nil {
					continue
				}
				if g := part.find([]byte(at.seat.key)); g != nil && (part.rule.ID == id || id == "") && !changed {
					changed = change(g)
				}
			}
		}
		if !changed {
			t.Fatalf("%s: nothing to change", what)
		}
		var file bytes.Buffer
		if err := en.Snapshot(&file, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := newEngine(t, Options{}, rules...).Restore(file.Bytes()); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	window := func(change func(s *series)) func(g *group) bool {
		return func(g *group) bool {
			s := &g.tracks[0].all
			if g.tracks[0] == nil || len(s.entries)-s.lo < 2 {
				return false
			}
			change(s)
			return true
		}
	}
	f("a count that is no sum", "threshold", window(func(s *series) { s.count++ }))
	f("a count at the end of numbers", "threshold", window(func(s *series) { s.entries[s.lo].n, s.count = math.MaxInt64, math.MaxInt64 }))
	f("a negative count", "threshold", window(func(s *series) { s.entries[s.lo].n -= 5; s.count -= 5 }))
	f("a window upside down", "threshold", window(func(s *series) { s.entries[s.lo].t = maxTime }))
	f("memory less than nothing", "threshold", func(g *group) bool { g.bytes = -1; return true })
	f("memory without end", "threshold", func(g *group) bool { g.bytes = math.MaxInt64; return true })
	f("a signal of less than no events", "", func(g *group) bool {
		if g.open != nil {
			g.open.pending = -1
		}
		return g.open != nil
	})
	f("a signal of events without end", "", func(g *group) bool {
		if g.open != nil {
			g.open.sig.Events = math.MaxInt64
		}
		return g.open != nil
	})
	f("events of no bucket", "forest", func(g *group) bool {
		b, ok := g.state.(*traffic)
		if ok {
			b.now, b.each, b.n = minTime, nil, 3
		}
		return ok
	})
	f("a bucket without end", "forest", func(g *group) bool {
		b, ok := g.state.(*traffic)
		if ok {
			b.n = math.MaxInt64
		}
		return ok
	})
	f("a stray bucket that cannot be computed with", "anomaly", func(g *group) bool {
		h, ok := g.state.(*history)
		if ok {
			h.stray, h.hasStray = math.MinInt64, true
		}
		return ok
	})
	f("a level that is no number", "bucket", func(g *group) bool {
		b, ok := g.state.(*buckets)
		if ok = ok && len(b.each) > 0; ok {
			b.each[0].level = math.NaN()
		}
		return ok
	})
}
