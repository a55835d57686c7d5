package source

import (
	"slices"
	"time"
)

const (
	// DefaultJoinWait is how long a record of a file that is followed waits for lines that
	// go on with it, when Tail names no other time: programs write a stack trace at once.
	DefaultJoinWait = time.Second
	// maxApart is how many lines of records that were handed on may stand between those of
	// a record that waits. They are part of the position, for which there is little room.
	maxApart = 200
	// maxEnds is how many ends of blocks are known while a record waits.
	maxEnds = 64
)

// joined joins the lines of a file that is followed, and knows from where they have to be
// read again by a run that goes on: from the first line of the oldest record that waits.
// Of the lines behind it those are left out then that are in records which were handed
// on, as audit events are whose lines stand among others. So a record in the middle is
// neither lost nor comes twice, and it comes out as if nobody had stopped.
//
// It is for one file, and for one goroutine.
type joined struct {
	joiner *Joiner
	wait   time.Duration
	now    func() time.Time
	lines  int64 // so far
	again  int64 // so many of the first lines were handed on by an earlier run
	part   uint8 // of Back
	// ends are where blocks ended, with the lines up to there: the first one is before the
	// first line that waits.
	ends  []joinedEnd
	last  Position  // behind the last block
	front int64     // the number of the first line that waits
	since time.Time // when it became it
}

type joinedEnd struct {
	place Place
	lines int64
}

// newJoined returns what joins the lines from a position on; nil is the beginning.
func newJoined(how Join, wait time.Duration, now func() time.Time, at *Position) *joined {
	if wait <= 0 {
		wait = DefaultJoinWait
	}
	j := &joined{joiner: NewJoiner(&Reader{}, how), wait: wait, now: now}
	j.joiner.track = true
	var place Place
	switch {
	case at != nil && at.Back != nil:
		place, j.again, j.part, j.joiner.passed = at.Back.Place, at.Back.Again, at.Back.Part, slices.Clone(at.Back.Apart)
	case at != nil:
		place = Place{Offset: at.Offset, Lines: at.Lines, Inside: at.Inside}
	}
	j.ends = []joinedEnd{{place, 0}}
	return j
}

// from returns the position from which the lines of a position have to be read.
func (p *Position) from() *Position {
	if p == nil || p.Back == nil {
		return p
	}
	begin := *p
	begin.Offset, begin.Lines, begin.Inside, begin.Back = p.Back.Offset, p.Back.Lines, p.Back.Inside, nil
	return &begin
}

// take returns the records that the block completes; the position is behind it.
func (j *joined) take(b *Block, at Position) *Block {
	out := &Block{Lines: make([]string, 0, len(b.Lines))}
	for i, line := range b.Lines {
		j.lines++
		cut := slices.Contains(b.Truncated, i)
		switch {
		case j.lines <= j.again || slices.Contains(j.joiner.passed, j.lines):
			j.joiner.end() // as it did before
		case !j.joiner.how.Joins():
			out.record(&pending{head: line, number: j.lines})
		case j.part > 0:
			j.joiner.goOn(line, j.lines, cut, trace(j.part-1))
			j.part = 0
		default:
			j.joiner.add(line, j.lines, cut)
			j.joiner.emit(out, false)
		}
	}
	if len(j.ends) == maxEnds {
		j.ends = j.ends[:maxEnds-1] // an earlier one will do
	}
	j.last = at
	j.ends = append(j.ends, joinedEnd{Place{Offset: at.Offset, Lines: at.Lines, Inside: at.Inside}, j.lines})
	j.forget()
	if len(j.joiner.passed) > maxApart {
		j.give(out)
	}
	return out
}

// goOn begins a record with a line that goes on with one that was too long.
func (j *Joiner) goOn(line string, number int64, cut bool, before trace) {
	p := pending{head: line, number: number, cut: cut, whole: j.how.First != nil, joins: true, trace: before, part: true, before: before}
	p.trace.follow(line)
	j.begin(p)
}

// give adds all that waits to the block.
func (j *joined) give(out *Block) {
	j.joiner.emit(out, true)
	j.forget()
}

// waits reports whether a record waits.
func (j *joined) waits() bool { return len(j.joiner.queue) > j.joiner.at }

// late reports whether a record has waited for long enough.
func (j *joined) late() bool { return j.waits() && j.now().Sub(j.since) >= j.wait }

// forget gives up what is known of lines that nobody has to read again.
func (j *joined) forget() {
	front := j.lines + 1
	if j.waits() {
		front = j.joiner.queue[j.joiner.at].number
	}
	if front != j.front {
		j.front, j.since = front, j.now()
	}
	j.joiner.passed = slices.DeleteFunc(j.joiner.passed, func(n int64) bool { return n < front })
	for len(j.ends) > 1 && j.ends[1].lines < front {
		j.ends = j.ends[1:]
	}
}

// position returns from where a run has to go on.
func (j *joined) position() Position {
	at, again := j.last, max(j.again, j.front-1)
	if again == j.lines && len(j.joiner.passed) == 0 {
		return at
	}
	first := j.ends[0]
	back := Back{Place: first.place, Again: again - first.lines, Part: j.part}
	for _, n := range j.joiner.passed {
		back.Apart = append(back.Apart, n-first.lines)
	}
	slices.Sort(back.Apart)
	if j.waits() {
		if p := &j.joiner.queue[j.joiner.at]; p.part && p.event == "" {
			back.Part = uint8(p.before) + 1
		}
	}
	at.Back = &back
	return at
}
