// Package pull reads JSON of any size piece by piece: callers name the members they
// want, everything else is skipped without being kept. Depth, length and number are
// limited, and every fault has a line and a column.
package pull

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Limits of what is read.
const (
	// MaxDepth is how deep lists and objects may nest. Reports of scanners stay
	// below 30.
	MaxDepth = 200
	// MaxValue is the length in bytes of a value that Into decodes: one finding with
	// all its texts, or a package with all its findings, as OSV-Scanner has them.
	MaxValue = 32 << 20
	// MaxKey is the length in bytes of the name of a member, as it is written.
	MaxKey = 64 << 10
	// MaxFaults is how many faults of types are kept; more are only counted.
	MaxFaults = 50
)

// chunk is how much is read at once.
const chunk = 64 << 10

// Fault is one thing that is wrong with a document.
type Fault struct {
	// Line and Col count from 1, Col in bytes.
	Line, Col int64
	// Offset is the number of bytes before it.
	Offset int64
	// Message says what is wrong.
	Message string
}

// Error returns "line:col: message".
func (f *Fault) Error() string { return fmt.Sprintf("%d:%d: %s", f.Line, f.Col, f.Message) }

// Decoder reads values from left to right. It belongs to one goroutine. After an
// error it stays at its place, and the caller must stop.
type Decoder struct {
	// Faults are values of another type than what wanted them. They were left out,
	// and reading went on. At most MaxFaults.
	Faults []*Fault
	// MoreFaults counts those that are not in Faults.
	MoreFaults int

	r        io.Reader
	buf      []byte
	at, end  int
	base     int64 // bytes before buf
	lines    int64 // line ends before buf
	lineFrom int64 // offset of the first byte of the line that buf starts in
	depth    int
	eof      error // what the reader ended with

	capture int // where the value that is kept starts in buf; -1 without one
	kept    []byte
	most    int // how much of it is kept; MaxValue fails beyond
}

// New returns a decoder of what r holds.
func New(r io.Reader) *Decoder {
	return &Decoder{r: r, buf: make([]byte, chunk), capture: -1, most: MaxValue}
}

// Next reports whether another value follows at the top level. Values may stand one
// behind the other, or one a line.
func (d *Decoder) Next() (bool, error) {
	if _, err := d.space(); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// Kind returns the first character of the next value: { [ " t f n or what a number
// begins with.
func (d *Decoder) Kind() (byte, error) {
	c, err := d.space()
	return c, d.cut(err)
}

// Object calls member for each member of the next value, which member must read or
// skip. A null has none. Of another value a fault is noted, and it is skipped.
func (d *Decoder) Object(member func(key string) error) error {
	if ok, err := d.open('{', "an object"); !ok || err != nil {
		return err
	}
	return d.members(func(key []byte) error { return member(unquote(key)) }, true)
}

// Array calls item for each item of the next value, which item must read or skip. A
// null has none. Of another value a fault is noted, and it is skipped.
func (d *Decoder) Array(item func() error) error {
	if ok, err := d.open('[', "a list"); !ok || err != nil {
		return err
	}
	return d.items(item)
}

// Into decodes the next value into what v points to, as encoding/json does. Members
// of another type than theirs in v are left out, with a fault.
func (d *Decoder) Into(v any) error {
	if _, err := d.Kind(); err != nil {
		return err
	}
	line, col, offset := d.place()
	d.capture, d.kept = d.at, d.kept[:0]
	err := d.Skip()
	if err == nil {
		d.keep()
	}
	d.capture = -1
	if err != nil {
		return err
	}
	err = json.Unmarshal(d.kept, v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		inside := d.kept[:min(max(wrong.Offset, 0), int64(len(d.kept)))]
		f := &Fault{Line: line, Col: col + int64(len(inside)), Offset: offset + int64(len(inside))}
		if n := bytes.Count(inside, []byte{'\n'}); n > 0 {
			f.Line, f.Col = line+int64(n), int64(len(inside)-bytes.LastIndexByte(inside, '\n'))
		}
		f.Message = fmt.Sprintf("%s is a %s, which was left out", wrong.Field, wrong.Value)
		d.note(f)
		return nil
	}
	if err != nil {
		return &Fault{Line: line, Col: col, Offset: offset, Message: err.Error()}
	}
	return nil
}

// Text returns the next value if it is a text, number or truth value, and "" for a
// null. Of a list or an object a fault is noted, and it is skipped.
func (d *Decoder) Text() (string, error) {
	c, err := d.Kind()
	if err != nil {
		return "", err
	}
	if c == '{' || c == '[' {
		d.note(d.fault("want a text"))
		return "", d.Skip()
	}
	var v any
	if err := d.Into(&v); err != nil || v == nil {
		return "", err
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	return string(d.kept), nil
}

// Fail returns an error at the present place.
func (d *Decoder) Fail(message string) error { return d.fault(message) }

func (d *Decoder) note(f *Fault) {
	if len(d.Faults) == MaxFaults {
		d.MoreFaults++
		return
	}
	d.Faults = append(d.Faults, f)
}

func (d *Decoder) fault(message string) *Fault {
	line, col, offset := d.place()
	return &Fault{Line: line, Col: col, Offset: offset, Message: message}
}

// place returns where the next byte stands.
func (d *Decoder) place() (line, col, offset int64) {
	seen := d.buf[:d.at]
	offset = d.base + int64(d.at)
	line, from := d.lines+int64(bytes.Count(seen, []byte{'\n'})), d.lineFrom
	if i := bytes.LastIndexByte(seen, '\n'); i >= 0 {
		from = d.base + int64(i) + 1
	}
	return line + 1, offset - from + 1, offset
}

// more reads on; what lies before at is given up, kept if it belongs to a value that
// is kept.
func (d *Decoder) more() error {
	if d.eof != nil {
		return d.eof
	}
	if d.capture >= 0 {
		d.keep()
		if len(d.kept) > MaxValue {
			return d.fault(fmt.Sprintf("a value longer than %d bytes", MaxValue))
		}
		d.capture = 0
	}
	seen := d.buf[:d.at]
	d.lines += int64(bytes.Count(seen, []byte{'\n'}))
	if i := bytes.LastIndexByte(seen, '\n'); i >= 0 {
		d.lineFrom = d.base + int64(i) + 1
	}
	d.base += int64(d.at)
	d.end = copy(d.buf, d.buf[d.at:d.end])
	d.at = 0
	n, err := io.ReadAtLeast(d.r, d.buf[d.end:], 1)
	d.end += n
	if n > 0 {
		return nil
	}
	if !errors.Is(err, io.EOF) {
		err = fmt.Errorf("at byte %d: %w", d.base, err)
	}
	d.eof = err
	return err
}

// keep keeps what was read of the value, unless enough is kept.
func (d *Decoder) keep() {
	if len(d.kept) <= d.most {
		d.kept = append(d.kept, d.buf[d.capture:d.at]...)
	}
}

// cut turns the end of the input into a fault.
func (d *Decoder) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return d.fault("the report ends here, in the middle of a value")
	}
	return err
}

// space skips white space and returns the next byte, which stays.
func (d *Decoder) space() (byte, error) {
	for {
		for ; d.at < d.end; d.at++ {
			switch c := d.buf[d.at]; c {
			case ' ', '\t', '\r', '\n':
			default:
				return c, nil
			}
		}
		if err := d.more(); err != nil {
			return 0, err
		}
	}
}

// unquote returns the text of a string between its quotes.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw)
	}
	var s string
	quoted := make([]byte, 0, len(raw)+2)
	quoted = append(append(append(quoted, '"'), raw...), '"')
	if json.Unmarshal(quoted, &s) != nil {
		return string(raw)
	}
	return s
}
