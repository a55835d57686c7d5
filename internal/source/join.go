package source

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// The bounds of a Joiner: lines are written by attackers, and what is joined is
// held in memory.
const (
	// MaxRecordLines is the number of lines of the longest record.
	MaxRecordLines = 500
	// MaxRecordBytes is the length in bytes of the longest record of several lines.
	MaxRecordBytes = 64 << 10
	// auditWindow is how many records may begin before an audit event is complete.
	auditWindow = 64
	// maxWaiting is the number of bytes that may wait for an audit event.
	maxWaiting = 1 << 20
)

// Join says which lines are joined into records. The zero Join joins none.
type Join struct {
	// Auto joins lines that go on with the line before (stack traces, indented
	// lines) and the records of one event of the Linux audit system.
	Auto bool
	// First, unless it is nil, matches the first line of every record: all other
	// lines go on with the record before, and Auto has no meaning.
	First *regexp.Regexp
	// MaxLines and MaxBytes are the number of lines and the length in bytes of the longest
	// record; 0 means MaxRecordLines and MaxRecordBytes. What is longer goes on as a record
	// of its own.
	MaxLines, MaxBytes int
}

// Joins reports whether lines are joined at all.
func (j *Join) Joins() bool { return j.Auto || j.First != nil }

// ParseJoin reads "off", "auto", or a regular expression for the first line of a
// record. The empty text is "off".
func ParseJoin(text string) (Join, error) {
	switch text {
	case "", "off":
		return Join{}, nil
	case "auto":
		return Join{Auto: true}, nil
	}
	first, err := regexp.Compile(text)
	if err != nil {
		return Join{}, fmt.Errorf("want auto, off or a regular expression for the first line of a record: %w", err)
	}
	return Join{First: first}, nil
}

// Record is one of the records of a block that a Joiner made.
type Record struct {
	// Number is the number of the first line, from 1.
	Number int64
	// Head is the length in bytes of the first line.
	Head int
	// Whole says that several lines count alike, as those of an audit event do. Else the
	// lines behind the first one go on with it, and the first one may be understood
	// without them.
	Whole bool
}

// Joiner turns the lines of a Reader into records, joined by \n. Records come in
// the order of their first lines, no line is lost, and which records come out
// depends on the lines alone, not on where blocks end. A record is complete when
// the next one begins, so the last one waits for the next line or the end of the
// input. It takes memory for a megabyte and the longest line beside the Reader's.
//
// A Joiner is used by one goroutine; its blocks may be handed to others.
type Joiner struct {
	reader *Reader
	how    Join
	err    error

	queue   []pending // records in the order of their first lines
	at      int       // of queue, behind those that were handed on
	open    int       // of queue, the record that the last line belongs to; -1 for none
	waiting int       // bytes in queue
	offset  int64
	divided int64
	hold    bool // what may grow at the end is kept
	track   bool // passed is kept
	passed  []int64
}

// pending is a record that may still grow.
type pending struct {
	head   string
	rest   []string
	number int64
	size   int    // bytes
	event  string // what audit lines of one event share, "" for another line
	origin string // the host that an audit line's header names
	trace  trace
	whole  bool // all lines count alike
	joins  bool // lines that go on may follow
	cut    bool // a line of it was cut
	done   bool // no line can follow
	// numbers are those of rest, where lines of other records may stand between them.
	numbers []int64
	// part says that the record goes on with one that was too long, and before how far
	// that one's traceback had come.
	part   bool
	before trace
}

// NewJoiner returns a joiner of the lines of the reader.
func NewJoiner(r *Reader, how Join) *Joiner {
	how.MaxLines, how.MaxBytes = cmp.Or(how.MaxLines, MaxRecordLines), cmp.Or(how.MaxBytes, MaxRecordBytes)
	return &Joiner{reader: r, how: how, open: -1}
}

// Divided returns the number of records so far that were longer than
// they may be: the rest became a record of its own.
func (j *Joiner) Divided() int64 { return j.divided }

// Next returns the next records as a block whose Records are set if any of them
// has several lines. Offset is that of the last line read. Errors are those of
// the reader, behind the last record.
func (j *Joiner) Next() (*Block, error) {
	if !j.how.Joins() {
		if len(j.queue) > 0 { // from a run that joined
			out := &Block{Offset: j.offset}
			j.emit(out, true)
			return out, nil
		}
		return j.reader.Next()
	}
	for j.err == nil {
		b, err := j.reader.Next()
		if err != nil {
			j.err = err
			return j.last()
		}
		out := &Block{Lines: make([]string, 0, len(b.Lines)+len(j.queue)-j.at), Offset: b.Offset}
		j.offset = b.Offset
		cut := b.Truncated
		for i, line := range b.Lines {
			isCut := len(cut) > 0 && cut[0] == i
			if isCut {
				cut = cut[1:]
			}
			j.add(line, b.First+int64(i), isCut)
			j.emit(out, false)
		}
		if len(out.Lines) > 0 {
			return out, nil
		}
	}
	return nil, j.err
}

// last returns what waits when the input has ended.
func (j *Joiner) last() (*Block, error) {
	out := &Block{Offset: j.offset}
	j.emit(out, !j.hold)
	if len(out.Lines) == 0 {
		return nil, j.err
	}
	return out, nil
}

// add takes one line.
func (j *Joiner) add(line string, number int64, cut bool) {
	if j.how.First != nil {
		if j.open < 0 || j.how.First.MatchString(line) {
			j.begin(pending{head: line, number: number, cut: cut, whole: true})
		} else {
			j.grow(j.open, line, number, cut)
		}
		return
	}
	if a, ok := parseAudit(line); ok {
		j.audit(a, line, number, cut)
		return
	}
	if j.open >= 0 && j.queue[j.open].continues(line) {
		j.grow(j.open, line, number, cut)
		return
	}
	j.begin(pending{head: line, number: number, cut: cut, joins: opensRecord(line), trace: traceAt(line)})
}

// begin begins a record, which ends the one that the line before belongs to.
func (j *Joiner) begin(p pending) {
	j.end()
	p.size = len(p.head)
	j.waiting += p.size
	j.queue = append(j.queue, p)
	j.open = len(j.queue) - 1
}

// end ends the record that the last line belongs to, unless it is an audit event:
// others may stand between its lines.
func (j *Joiner) end() {
	if j.open >= 0 && j.queue[j.open].event == "" {
		j.queue[j.open].done = true
	}
	j.open = -1
}

// grow adds a line to a record, or begins a record of the same kind when there is
// no room for it. It returns the record that holds the line.
func (j *Joiner) grow(at int, line string, number int64, cut bool) int {
	p := &j.queue[at]
	if len(p.rest)+2 > j.how.MaxLines || p.size+1+len(line) > j.how.MaxBytes {
		j.divided++
		p.done = true
		next := pending{head: line, number: number, cut: cut, event: p.event, origin: p.origin, whole: p.whole, joins: true, trace: p.trace, part: true, before: p.trace}
		next.trace.follow(line)
		j.begin(next)
		return j.open
	}
	p.rest = append(p.rest, line)
	if j.track && p.event != "" {
		p.numbers = append(p.numbers, number)
	}
	p.size += 1 + len(line)
	j.waiting += 1 + len(line)
	p.cut = p.cut || cut
	p.trace.follow(line)
	return at
}

// audit takes a line of the audit system: it joins the event that it belongs to,
// if that has begun not long ago.
func (j *Joiner) audit(a auditLine, line string, number int64, cut bool) {
	j.end()
	at := len(j.queue) - 1
	for at >= j.at && (j.queue[at].done || j.queue[at].event != a.event || j.queue[at].origin != a.origin) {
		at--
	}
	if at >= j.at {
		at = j.grow(at, line, number, cut)
	} else {
		j.begin(pending{head: line, number: number, cut: cut, event: a.event, origin: a.origin, whole: true})
		at = j.open
	}
	j.queue[at].done = a.last()
	j.open = -1
}

// emit moves records that are complete, or all, to the block. An audit event that
// keeps too much waiting is complete.
func (j *Joiner) emit(out *Block, all bool) {
	for j.at < len(j.queue) {
		p := &j.queue[j.at]
		waits := len(j.queue) - j.at - 1
		if !all && !p.done && waits <= auditWindow && (waits == 0 || j.waiting <= maxWaiting) {
			break
		}
		out.record(p)
		j.waiting -= p.size
		j.passed = append(j.passed, p.numbers...)
		*p = pending{}
		j.at++
	}
	switch {
	case j.at == len(j.queue):
		j.queue, j.at, j.open = j.queue[:0], 0, -1
	case j.at > auditWindow:
		n := copy(j.queue, j.queue[j.at:])
		clear(j.queue[n:])
		j.queue = j.queue[:n]
		j.open = max(j.open-j.at, -1)
		j.at = 0
	}
}

// record adds a record to the block, and the list of records as soon as one of
// them is not the line that follows the one before.
func (b *Block) record(p *pending) {
	if len(b.Lines) == 0 {
		b.First = p.number
	}
	if b.Records == nil && (len(p.rest) > 0 || p.number != b.First+int64(len(b.Lines))) {
		b.Records = make([]Record, len(b.Lines), cap(b.Lines)+1)
		for i, line := range b.Lines {
			b.Records[i] = Record{Number: b.First + int64(i), Head: len(line)}
		}
	}
	if b.Records != nil {
		b.Records = append(b.Records, Record{Number: p.number, Head: len(p.head), Whole: p.whole && len(p.rest) > 0})
	}
	if p.cut {
		b.Truncated = append(b.Truncated, len(b.Lines))
	}
	text := p.head
	if len(p.rest) > 0 {
		text = p.text()
	}
	b.Lines = append(b.Lines, text)
}

// text joins the lines.
func (p *pending) text() string {
	var s strings.Builder
	s.Grow(p.size)
	s.WriteString(p.head)
	for _, line := range p.rest {
		s.WriteByte('\n')
		s.WriteString(line)
	}
	return s.String()
}
