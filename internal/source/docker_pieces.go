package source

import (
	"encoding/json"
	"strings"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// The limits of lines in pieces.
const (
	// dockerPiece is how many bytes Docker writes of a line at a time: a shorter piece
	// without a line feed is the end of what a program wrote.
	dockerPiece = 16 << 10
	// maxJoined is the length in bytes of the longest line that is joined; what is longer
	// comes as several.
	maxJoined = 512 << 10
	// maxBetween is how many lines may come between two pieces, of the other stream.
	maxBetween = 1000
	// piecesPerLine is how many records a line may complete, at the most: its own, and
	// those that waited for too long.
	piecesPerLine = 4
)

// pieces joins the lines that Docker's driver json-file wrote in pieces, and knows from
// where they have to be read again by a run that goes on.
type pieces struct {
	again int64 // lines that were handed on before
	lines int64 // so far
	open  [2]openLine
	// ends are where blocks ended, with the lines up to there: the first one is behind
	// all that was handed on, the others may become it.
	ends []blockEnd
}

type blockEnd struct {
	position Position
	lines    int64
}

// openLine is a line of a stream whose end is missing.
type openLine struct {
	text  []byte // with what stands before it in the form of JSON
	tail  string // what stands behind it
	begun int64  // the number of its first piece
}

// from notes where reading begins, unless it is known.
func (p *pieces) from(path string, at *Position) {
	if len(p.ends) > 0 {
		return
	}
	begin := beginning(path)
	if at != nil {
		begin = *at
	}
	p.ends = append(p.ends, blockEnd{begin, p.lines})
}

// take returns the records that the lines complete, and changes the position, which is
// behind them, to that from which a run has to go on. When again is set, an earlier run
// has handed on all of them.
func (p *pieces) take(c *Container, at *Position, lines []string) (records []record.Record, again bool) {
	c.refresh()
	for _, line := range lines {
		before := len(records)
		records = p.line(c, records, line)
		if p.again > 0 {
			p.again--
			records = records[:before]
		}
	}
	p.ends = append(p.ends, blockEnd{*at, p.lines})
	done := p.lines
	for i := range p.open {
		if o := &p.open[i]; o.text != nil {
			done = min(done, o.begun-1)
		}
	}
	for len(p.ends) > 1 && p.ends[1].lines <= done {
		p.ends = p.ends[1:]
	}
	first := p.ends[0]
	*at = first.position
	at.Again = p.lines - first.lines
	return records, p.again > 0
}

// line takes one line.
func (p *pieces) line(c *Container, records []record.Record, line string) []record.Record {
	p.lines++
	for i := range p.open {
		if o := &p.open[i]; o.text != nil && p.lines-o.begun > maxBetween {
			records = append(records, o.close(c))
		}
	}
	body, tail, stream, ok := cutDocker(line)
	if !ok {
		return append(records, c.record(line))
	}
	o := &p.open[stream]
	if o.text != nil && len(o.text)+len(body) > maxJoined {
		records = append(records, o.close(c))
	}
	whole := wholePiece(body)
	switch {
	case o.text == nil && whole:
		return append(records, c.record(line))
	case o.text == nil:
		o.text, o.tail, o.begun = append([]byte(dockerHead), body...), tail, p.lines
	default:
		o.text = append(o.text, body...)
	}
	if whole {
		records = append(records, o.close(c))
	}
	return records
}

// close returns what there is of the line.
func (o *openLine) close(c *Container) record.Record {
	r := c.record(string(o.text) + o.tail)
	*o = openLine{}
	return r
}

const dockerHead = `{"log":"`

// cutDocker cuts a line {"log":"body","stream":"stdout",...} into the body, as it is
// escaped, and what stands behind it.
func cutDocker(line string) (body, tail string, stream int, ok bool) {
	rest, ok := strings.CutPrefix(line, dockerHead)
	if !ok {
		return "", "", 0, false
	}
	end := 0
	for {
		i := strings.IndexAny(rest[end:], `"\`)
		if i < 0 {
			return "", "", 0, false
		}
		if end += i; rest[end] == '"' {
			break
		}
		if end += 2; end > len(rest) {
			return "", "", 0, false
		}
	}
	body, tail = rest[:end], rest[end:]
	switch {
	case !strings.HasSuffix(tail, "}"):
		return "", "", 0, false
	case strings.HasPrefix(tail, `","stream":"stdout"`):
		return body, tail, 0, true
	case strings.HasPrefix(tail, `","stream":"stderr"`):
		return body, tail, 1, true
	}
	return "", "", 0, false
}

// wholePiece reports whether nothing goes on behind the piece of a line.
func wholePiece(body string) bool {
	text, ends := strings.CutSuffix(body, `\n`)
	if ends && (len(text)-len(strings.TrimRight(text, `\`)))%2 == 0 {
		return true
	}
	if len(body) < dockerPiece || !strings.Contains(body, `\`) {
		return len(body) < dockerPiece
	}
	var plain string
	return json.Unmarshal([]byte(`"`+body+`"`), &plain) != nil || len(plain) < dockerPiece
}
