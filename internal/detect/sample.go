package detect

import "github.com/sasumata/sasumata/internal/event"

// sample is an event that groups remember in case a signal opens. Most events count for
// several rules: their groups share it.
type sample struct {
	t, line int64
	text    []byte
	holders int // groups
	place   int // in the snapshot that was written last, from 1
}

// samples makes the samples, and uses the memory of those again that nobody holds.
type samples struct {
	free []*sample
	last *sample // of the event under way, held so that it stays
	of   int64   // the number of that event
}

// maxFreeSamples is how many samples wait to be used again.
const maxFreeSamples = 4096

// take returns the sample of the event of that number, which the caller holds then.
func (m *samples) take(e *event.Event, t, number int64) *sample {
	if m.last == nil || m.of != number {
		m.release(&m.last)
		var s *sample
		if n := len(m.free); n > 0 {
			s, m.free = m.free[n-1], m.free[:n-1]
		} else {
			s = &sample{}
		}
		text := sampleText(e)
		*s = sample{t: t, line: e.Line, text: append(s.text[:0], text[:min(len(text), earlyBytes)]...), holders: 1}
		m.last, m.of = s, number
	}
	m.last.holders++
	return m.last
}

// release gives back what was held at the place, if anything.
func (m *samples) release(at **sample) {
	s := *at
	if *at = nil; s == nil {
		return
	}
	if s.holders--; s.holders == 0 && len(m.free) < maxFreeSamples {
		m.free = append(m.free, s)
	}
}

// remember keeps the event in place of the oldest one.
func (m *samples) remember(r *earlySamples, e *event.Event, t, number int64) {
	m.release(&r.ring[r.next])
	r.ring[r.next] = m.take(e, t, number)
	r.next = (r.next + 1) % earlyCount
}

// sampleText returns what a sample shows of an event.
func sampleText(e *event.Event) string {
	if e.Raw != "" {
		return e.Raw
	}
	return e.Message
}
