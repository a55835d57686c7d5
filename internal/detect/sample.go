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
	free  []*sample
	last  *sample // of the event under way; nil when nobody holds it
	of    int64   // the number of that event
	bytes int64   // estimated memory of those that are held
}

// maxFreeSamples is how many samples wait to be used again.
const maxFreeSamples = 4096

func (s *sample) size() int64 { return sampleBytes + int64(len(s.text)) }

// sample returns the one of the event of that number.
func (m *samples) sample(e *event.Event, t, number int64) *sample {
	if m.last != nil && m.of == number {
		return m.last
	}
	var s *sample
	if n := len(m.free); n > 0 {
		s, m.free = m.free[n-1], m.free[:n-1]
	} else {
		s = &sample{}
	}
	text := sampleText(e)
	*s = sample{t: t, line: e.Line, text: append(s.text[:0], text[:min(len(text), earlyBytes)]...)}
	m.last, m.of = s, number
	return s
}

// hold notes that one more group has the sample.
func (m *samples) hold(s *sample) {
	if s.holders++; s.holders == 1 {
		m.bytes += s.size()
	}
}

// release gives back what was held at the place, if anything.
func (m *samples) release(at **sample) {
	s := *at
	if *at = nil; s == nil {
		return
	}
	if s.holders--; s.holders > 0 {
		return
	}
	m.bytes -= s.size()
	if m.last == s {
		m.last = nil
	}
	if len(m.free) < maxFreeSamples {
		m.free = append(m.free, s)
	}
}

// remember keeps the event in place of the oldest one.
func (m *samples) remember(r *earlySamples, e *event.Event, t, number int64) {
	m.release(&r.ring[r.next])
	s := m.sample(e, t, number)
	m.hold(s)
	r.ring[r.next] = s
	if r.next++; r.next == earlyCount {
		r.next = 0
	}
}

// forget releases all that a group remembers.
func (m *samples) forget(r *earlySamples) {
	for i := range r.ring {
		m.release(&r.ring[i])
	}
}

// sampleText returns what a sample shows of an event.
func sampleText(e *event.Event) string {
	if e.Raw != "" {
		return e.Raw
	}
	return e.Message
}
