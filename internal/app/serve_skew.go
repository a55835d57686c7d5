package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// Limits of the comparison of clocks.
const (
	// maxSenders is how many senders' clocks are compared with ours; events of further ones
	// are counted.
	maxSenders = 1000
	// maxSkewed is how many of them are told at a time; the metrics have the number of all.
	maxSkewed = 20
	// skewedFor is in how many looks in a row, of those in which something came, all events
	// must be off: what is sent once, such as an old log, is no clock.
	skewedFor = 3
	// forgotten is after how many looks without an event a sender is forgotten.
	forgotten = 60
)

// skewWatch compares the times of events with when they arrived, by source and host. Only
// what comes over the network counts: the clock of files, journal and containers is ours,
// and a file may be read from its beginning. Any number of goroutines may use it.
type skewWatch struct {
	mu      sync.Mutex
	senders map[clockOf]*clock
	leftOut int64 // events of senders that are too many
	skewed  int   // senders, at the last look
}

// clockOf is whose clock it is.
type clockOf struct{ source, host string }

func (c clockOf) String() string {
	return strings.TrimSpace(c.source + " " + c.host)
}

// clock is how far a sender's is from ours, in nanoseconds: positive is ahead.
type clock struct {
	low, high int64 // since the last look
	events    int64
	off       int // looks in a row
	quiet     int // looks without an event
	by        int64
}

// observe sees an event that arrived over the network at that time.
func (w *skewWatch) observe(e *event.Event, received int64) {
	if e.Host == "" && e.Source == "" || e.Time == 0 {
		return
	}
	by := e.Time - received
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.senders[clockOf{e.Source, e.Host}]
	if c == nil {
		if len(w.senders) >= maxSenders {
			w.leftOut++
			return
		}
		if w.senders == nil {
			w.senders = map[clockOf]*clock{}
		}
		c = &clock{}
		w.senders[clockOf{strings.Clone(e.Source), strings.Clone(e.Host)}] = c
	}
	if c.events == 0 {
		c.low, c.high = by, by
	}
	c.low, c.high = min(c.low, by), max(c.high, by)
	c.events++
}

// look returns the senders whose clocks are off, and by how much, in order. It is called
// once for each look.
func (w *skewWatch) look(most time.Duration) (all []clockOf, by []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for of, c := range w.senders {
		if c.events == 0 {
			if c.quiet++; c.quiet > forgotten {
				delete(w.senders, of)
				continue
			}
		} else {
			if c.isOff(int64(most)) {
				c.off++
				c.by = c.low/2 + c.high/2
			} else {
				c.off = 0
			}
			c.events, c.quiet = 0, 0
		}
		if c.off >= skewedFor && most > 0 {
			all = append(all, of)
		}
	}
	w.skewed = len(all)
	slices.SortFunc(all, func(a, b clockOf) int { return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.host, b.host)) })
	all = all[:min(len(all), maxSkewed)]
	for _, of := range all {
		by = append(by, time.Duration(w.senders[of].by))
	}
	return all, by
}

// isOff reports whether all events since the last look are off, in one direction and by
// about the same: those of a log that is sent again are not.
func (c *clock) isOff(most int64) bool {
	return (c.low > most || c.high < -most) && c.high-c.low <= max(most, int64(time.Minute))
}

// counts returns how many clocks are off, and the events of which nobody knows.
func (w *skewWatch) counts() (skewed int, leftOut int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.skewed, w.leftOut
}

// skewed returns the senders whose clocks are off.
func (w *troubleWatch) skewed() []trouble {
	senders, by := w.server.clocks.look(w.server.cfg().Troubles.ClockSkew)
	all := make([]trouble, 0, len(senders))
	for i, of := range senders {
		off, words := by[i].Round(time.Second), [2]string{"ahead of", "進んで"}
		if off < 0 {
			off, words = -off, [2]string{"behind", "遅れて"}
		}
		all = append(all, trouble{
			rule: "sasumata_clock_skew", title: [2]string{"A clock is wrong", "時計がずれている"}, about: of.String(), severity: signal.Low,
			message: [2]string{
				fmt.Sprintf("The times of %s are %s %s ours: its clock or its time zone is wrong, or its logs come late. Rules that count within a window may miss what it sends together with others.", of, off, words[0]),
				fmt.Sprintf("%s の時刻がこのサーバーより %s %sいます。時計またはタイムゾーンの誤りか、ログの遅延です。他のログと合わせて時間内に数えるルールが働かないことがあります。", of, off, words[1]),
			},
		})
	}
	return all
}
