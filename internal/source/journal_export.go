package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The limits of an entry of the journal.
const (
	// maxJournalField is the length in bytes at which the value of a field is cut.
	maxJournalField = 256 << 10
	// maxJournalEntry is how long the fields of an entry may be together; what comes
	// behind is left out.
	maxJournalEntry = 512 << 10
	// maxJournalFields is how many fields of an entry are kept; the journal itself takes
	// 1,024.
	maxJournalFields = 128
	// maxJournalName is the length in bytes of the longest name, as journald has it.
	maxJournalName = 64
	// maxJournalBinary is the length in bytes of the longest field that a journal holds:
	// who says more is not understood.
	maxJournalBinary = 1 << 30
)

// errJournal says that what was read is not journald's export format.
var errJournal = errors.New("it is not in the journal's export format")

// journalField is one field of an entry.
type journalField struct {
	name  string
	value []byte
}

// journalEntry is one entry of the journal.
type journalEntry struct {
	fields []journalField // the first one of each name, MESSAGE before the others
	cursor string
	cut    bool // something is not there
}

// get returns the value of a field.
func (e *journalEntry) get(name string) []byte {
	for i := range e.fields {
		if e.fields[i].name == name {
			return e.fields[i].value
		}
	}
	return nil
}

// journalReader reads entries in the export format: fields as NAME=value on a line, or as
// a line with NAME, eight bytes of length with the lowest first, the value and a line
// feed; an empty line ends the entry. It holds no more than the limits say, whatever comes.
type journalReader struct {
	in *bufio.Reader
}

// next reads an entry. The error is io.EOF behind the last one, also when that has no
// end; an entry that comes with another error has what was read of it.
func (r *journalReader) next() (*journalEntry, error) {
	e := &journalEntry{}
	size := 0
	for {
		name, value, cut, err := r.field()
		if err != nil {
			return e, err
		}
		if name == "" && value == nil && !cut {
			if e.fields == nil && e.cursor == "" && !e.cut {
				continue // an empty line between entries
			}
			return e, nil
		}
		e.cut = e.cut || cut
		switch {
		case name == "__CURSOR":
			e.cursor = string(value)
			if len(e.cursor) > maxCursor {
				return e, fmt.Errorf("%w: a cursor has more than %d bytes", errJournal, maxCursor)
			}
		case !journalName(name) || e.get(name) != nil:
		case len(e.fields) == maxJournalFields || size+len(value) > maxJournalEntry:
			e.cut = true
		default:
			size += len(name) + len(value)
			at := len(e.fields)
			if name == "MESSAGE" {
				at = 0 // whoever sees the beginning of a record sees what it says
			}
			e.fields = slices.Insert(e.fields, at, journalField{name, value})
		}
	}
}

// field reads a line, and what belongs to it. An empty line has neither name nor value.
func (r *journalReader) field() (name string, value []byte, cut bool, err error) {
	line, cut, err := r.line(maxJournalName + 1 + maxJournalField)
	if err != nil {
		return "", nil, cut, err
	}
	if len(line) == 0 {
		return "", nil, cut, nil
	}
	before, after, text := bytes.Cut(line, []byte("="))
	if text {
		if len(after) > maxJournalField {
			after, cut = after[:maxJournalField], true
		}
		return string(before[:min(len(before), maxJournalName+1)]), append([]byte{}, after...), cut, nil
	}
	if len(line) > maxJournalName {
		return "", nil, true, fmt.Errorf("%w: a field has a name of more than %d bytes", errJournal, maxJournalName)
	}
	value, cut, err = r.binary()
	return string(line), value, cut, err
}

// line reads up to a line feed. What is longer than most is left out.
func (r *journalReader) line(most int) (line []byte, cut bool, err error) {
	for {
		part, err := r.in.ReadSlice('\n')
		room := most - len(line)
		text := bytes.TrimSuffix(part, []byte("\n"))
		cut = cut || len(text) > room
		line = append(line, text[:min(len(text), max(0, room))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, cut, err
		}
	}
}

// binary reads a length, as much, and a line feed.
func (r *journalReader) binary() (value []byte, cut bool, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return nil, false, unended(err)
	}
	n := binary.LittleEndian.Uint64(head[:])
	if n > maxJournalBinary {
		return nil, false, fmt.Errorf("%w: a field says that it has %d bytes", errJournal, n)
	}
	var out bytes.Buffer // grows by what is there, not by what is said
	keep := min(int64(n), maxJournalField)
	if _, err := io.CopyN(&out, r.in, keep); err != nil {
		return nil, false, unended(err)
	}
	if rest := int64(n) - keep; rest > 0 {
		cut = true
		if _, err := io.CopyN(io.Discard, r.in, rest); err != nil {
			return nil, cut, unended(err)
		}
	}
	end, err := r.in.ReadByte()
	if err != nil {
		return nil, cut, unended(err)
	}
	if end != '\n' {
		return nil, cut, fmt.Errorf("%w: no line feed behind a field of %d bytes", errJournal, n)
	}
	value = out.Bytes()
	if value == nil {
		value = []byte{}
	}
	return value, cut, nil
}

func unended(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// journalName reports whether the name is one that a journal has.
func journalName(name string) bool {
	if name == "" || len(name) > maxJournalName {
		return false
	}
	return strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}
