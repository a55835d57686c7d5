package source

import (
	"encoding/json"
	"errors"
	"time"
)

// engineSlack is for how long the lines that were handed on are counted, by the times that
// the engine gave them: lines of two streams may stand in a log in another order than that
// of their times, and a clock that is set makes small steps back.
const engineSlack = 10 * time.Second

// enginePosition is how far the output of a container was read. An engine finds lines by
// their time only, and several may have the same one: so those are counted that came since
// some time not long ago, and as many are left out by a run that goes on there.
type enginePosition struct {
	// Since is from where the engine is asked for lines, in nanoseconds since 1970 UTC.
	Since int64 `json:"since"`
	// Next is a later time, which becomes Since when it is long enough ago.
	Next int64 `json:"next,omitempty"`
	// Streams are stdout and stderr.
	Streams [2]engineSeen `json:"streams"`
}

// engineSeen is what was handed on of a stream.
type engineSeen struct {
	// At is the latest time of a line.
	At int64 `json:"at,omitempty"`
	// Lines and Later are how many lines there were since Since and since Next.
	Lines int64 `json:"lines,omitempty"`
	Later int64 `json:"later,omitempty"`
}

func readEnginePosition(text []byte) (p enginePosition, err error) {
	if err := json.Unmarshal(text, &p); err != nil {
		return p, err
	}
	bad := p.Since < 0 || p.Next < 0 || p.Next != 0 && p.Next < p.Since
	for _, s := range p.Streams {
		bad = bad || s.At < 0 || s.Later < 0 || s.Lines < s.Later
	}
	if bad {
		return p, errors.New("a number is out of range")
	}
	return p, nil
}

// seen takes a line that is handed on. When a line is still open, its time may be before
// those that were seen, and nothing may be forgotten.
func (p *enginePosition) seen(line *engineLine, open bool) {
	s := &p.Streams[line.stream]
	latest := max(p.Streams[0].At, p.Streams[1].At, line.at)
	if !open && p.Next != 0 && latest-p.Next > int64(engineSlack) {
		p.Since, p.Next = p.Next, 0
		for i := range p.Streams {
			p.Streams[i].Lines, p.Streams[i].Later = p.Streams[i].Later, 0
		}
	}
	if line.at >= p.Since {
		s.Lines++
	}
	if p.Next != 0 && line.at >= p.Next {
		s.Later++
	}
	s.At = max(s.At, line.at)
	if !open && p.Next == 0 && latest >= p.Since {
		p.Next = latest + 1 // behind all that was seen
	}
}

// behind makes the position one behind everything that was written until now.
func (p *enginePosition) behind() {
	latest := max(p.Streams[0].At, p.Streams[1].At)
	*p = enginePosition{Since: max(p.Since, latest+1)}
}

// engineReplay leaves out the lines that were handed on before.
type engineReplay struct {
	left [2]int64
	at   [2]int64
}

func (p *enginePosition) replay() engineReplay {
	r := engineReplay{}
	for i, s := range p.Streams {
		r.left[i], r.at[i] = s.Lines, s.At
	}
	return r
}

// again reports whether the line was handed on. One that is later than all of those was
// not, whatever the count says: the engine may have given up old lines meanwhile.
func (r *engineReplay) again(line *engineLine) bool {
	left := &r.left[line.stream]
	if line.at > r.at[line.stream] {
		*left = 0
	}
	if *left == 0 {
		return false
	}
	*left--
	return true
}
