// Package demo invents a day of traffic to a small web shop, with attacks in it:
// access-log lines of nginx, authentication lines of sshd, and login events of an
// application as JSON. The demonstration and its tests read them as if they came
// from real files.
//
// Everything follows from the Scenario: the same start, seed and number of
// visitors give the same bytes. No address belongs to anybody: attackers come
// from the ranges reserved for documentation (RFC 5737, RFC 3849), visitors from
// 2001:db8::/32 and half of 203.0.113.0/24.
package demo

import (
	"iter"
	"math/rand/v2"
	"slices"
	"time"
)

// Defaults of a Scenario.
const (
	// DefaultVisitors is the number of visitors of a day.
	DefaultVisitors = 2400
	// MaxVisitors is the largest number of visitors: the lines of a day are sorted
	// in memory.
	MaxVisitors = 50_000
)

// Scenario is a day of traffic. The zero Seed is as good as any other.
type Scenario struct {
	// Start is when the day begins; it is meant to be midnight. The times in the
	// lines are in its time zone.
	Start time.Time
	// Seed chooses one of the possible days.
	Seed uint64
	// Visitors is how many people come; 0 is DefaultVisitors. A visitor makes about
	// 30 lines.
	Visitors int
}

// Line is one log line of the day.
type Line struct {
	// Time is when the line was written, to the second.
	Time time.Time
	// Source is the technology that wrote it: nginx, sshd or app.
	Source string
	// Text is the line, without a line end.
	Text string
	// Step is the id of the attack that it belongs to (see Steps), empty for
	// ordinary traffic. It is for the narrator; a detector must not look at it.
	Step string
}

// Sources of lines.
const (
	SourceNginx = "nginx"
	SourceSSHD  = "sshd"
	SourceApp   = "app"
)

// Lines yields the lines of the day in the order of time.
func (s Scenario) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, l := range s.all() {
			if !yield(l) {
				return
			}
		}
	}
}

// Blocklist returns the addresses that the shop has on its blocklist.
func (Scenario) Blocklist() []string {
	return []string{blockedAddress, "192.0.2.201", "2001:db8:bad::1"}
}

// day collects the lines while they are invented.
type day struct {
	start time.Time
	rand  *rand.Rand
	lines []Line
	step  string // the attack whose lines are being written
	pid   int
}

func (s Scenario) all() []Line {
	visitors := s.Visitors
	if visitors <= 0 {
		visitors = DefaultVisitors
	}
	visitors = min(visitors, MaxVisitors)
	d := &day{
		start: s.Start.Truncate(time.Second),
		rand:  rand.New(rand.NewPCG(s.Seed, uint64(visitors))), //nolint:gosec // a simulation must be repeatable
		lines: make([]Line, 0, visitors*32),
		pid:   1200,
	}
	for range visitors {
		d.visitor()
	}
	d.bots()
	d.administrators()
	d.attacks()
	slices.SortStableFunc(d.lines, func(a, b Line) int { return a.Time.Compare(b.Time) })
	return d.lines
}

// add writes a line at a time of the day; what would fall on the next day is left
// out.
func (d *day) add(at time.Duration, source, text string) {
	at = at.Truncate(time.Second)
	if at < 0 || at >= 24*time.Hour {
		return
	}
	d.lines = append(d.lines, Line{Time: d.start.Add(at), Source: source, Text: text, Step: d.step})
}

// between returns a random duration of at least lo and less than hi.
func (d *day) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(d.rand.Int64N(int64(hi-lo)))
}

// pick returns one of the list.
func pick[T any](d *day, list []T) T { return list[d.rand.IntN(len(list))] }
