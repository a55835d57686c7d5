// Package read reads the reports of scanners, each format in a file of its own. What
// a file is is found out from what stands in it, never from its name.
package read

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/scan/pull"
)

// Limits of a report in bytes.
const (
	// MaxBytes is the size of the largest report that is read.
	MaxBytes = 2 << 30
	// MaxHeldBytes is that of formats whose parts refer to each other in any order, so
	// that they are in memory together: CycloneDX, CSAF, SARIF, govulncheck, and XML.
	MaxHeldBytes = 512 << 20
)

// limit returns how large a report may be.
func limit(format string) int64 {
	switch format {
	case "cyclonedx", "csaf", "sarif", "govulncheck", "xml":
		return MaxHeldBytes
	default:
		return MaxBytes
	}
}

// ErrUnknown is what a file is that is no report, as far as this package knows.
var ErrUnknown = errors.New("no known format of reports")

// Error says why a report could not be read, and where it stands.
type Error struct {
	// Name is that of the file.
	Name string
	// Line and Col count from 1, Col in bytes; 0 is unknown.
	Line, Col int64
	// Message says what is wrong.
	Message string

	unknown bool
}

// Is reports whether the error is ErrUnknown.
func (e *Error) Is(target error) bool { return e.unknown && target == ErrUnknown }

// Error returns "file:line:col: message".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Name + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Col, e.Message)
}

// Read reads a report. Asset is what was scanned, as the user names it. The report is
// not nil; with an error it holds what was read before, which is not to be believed.
// The error is an *Error, or that of from. A reader is asked for everything twice:
// once to see what it is, and once to read it.
func Read(name string, from io.ReadSeeker, asset string) (*scan.Report, error) {
	out := scan.NewReport(name, asset)
	text, err := open(from, MaxBytes)
	if err != nil {
		return out, wrap(name, err)
	}
	head, _ := text.Peek(4096)
	head = bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(head) == 0:
		out.Format = "empty"
		return out, nil
	case head[0] == '<':
		return out, wrap(name, readXML(bufio.NewReader(&bounded{text, limit("xml"), limit("xml")}), out))
	case head[0] == '{' || head[0] == '[' || head[0] == '"' || bytes.HasPrefix(head, []byte("null")):
	default:
		return out, wrap(name, readText(head, text, out))
	}
	s, err := survey(pull.New(text))
	if err != nil {
		return out, wrap(name, err)
	}
	f := s.format()
	if f == nil {
		return out, unknown(name, s.hint())
	}
	out.Format = f.name
	if f.read == nil {
		return out, nil
	}
	if text, err = open(from, limit(f.name)); err != nil {
		return out, wrap(name, err)
	}
	in := &input{Decoder: pull.New(text), out: out}
	err = f.read(in)
	for _, fault := range in.Faults {
		out.Note(fmt.Sprintf("%s:%v", name, fault))
	}
	if in.MoreFaults > 0 {
		out.Note(fmt.Sprintf("%d more values of the wrong type", in.MoreFaults))
	}
	if errors.Is(err, scan.ErrTooMany) {
		err = in.Fail(err.Error())
	}
	return out, wrap(name, err)
}

// unknown returns the error for a file that is no report.
func unknown(name, hint string) *Error {
	return &Error{Name: name, Line: 1, Col: 1, Message: ErrUnknown.Error() + hint, unknown: true}
}

// wrap puts the name of the file before an error.
func wrap(name string, err error) error {
	if fault, ok := errors.AsType[*pull.Fault](err); ok {
		return &Error{Name: name, Line: fault.Line, Col: fault.Col, Message: fault.Message}
	}
	if wrong, ok := errors.AsType[*Error](err); ok {
		wrong.Name = name
		return wrong
	}
	if err != nil {
		return &Error{Name: name, Message: err.Error()}
	}
	return nil
}

// open goes to the beginning, and takes off a byte order mark. UTF-16, which
// PowerShell writes when output is redirected, becomes UTF-8.
func open(from io.ReadSeeker, most int64) (*bufio.Reader, error) {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	text := bufio.NewReaderSize(&bounded{from, most, most}, 64<<10)
	mark, _ := text.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		_, err := text.Discard(3)
		return text, err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")):
		return bufio.NewReaderSize(&utf16Reader{from: text}, 64<<10), nil
	case bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return bufio.NewReaderSize(&utf16Reader{from: text, big: true}, 64<<10), nil
	default:
		return text, nil
	}
}

// bounded fails when more than most bytes come, of which left may still.
type bounded struct {
	from       io.Reader
	left, most int64
}

// Read reads, at most up to the limit.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("larger than %d MB", b.most>>20)
	}
	return n, err
}

// input is a report in JSON and what becomes of it.
type input struct {
	*pull.Decoder

	out *scan.Report
}

// documents calls one for each document: reports may be one object, several behind
// each other, one a line, or a list of them.
func (in *input) documents(one func() error) error {
	for {
		more, err := in.Next()
		if err != nil || !more {
			return err
		}
		kind, err := in.Kind()
		if err != nil {
			return err
		}
		if kind == '[' {
			err = in.Array(one)
		} else {
			err = one()
		}
		if err != nil {
			return err
		}
	}
}

// each decodes every item of a list and hands it to one. The value is used again.
func each[T any](in *input, one func(*T) error) error {
	return in.Array(func() error {
		var item T
		if err := in.Into(&item); err != nil {
			return err
		}
		return one(&item)
	})
}

// every decodes every document, as each does.
func every[T any](in *input, one func(*T) error) error {
	return in.documents(func() error {
		var item T
		if err := in.Into(&item); err != nil {
			return err
		}
		return one(&item)
	})
}

// members reads some members of an object and skips the others.
func (in *input) members(known func(key string) (bool, error)) error {
	return in.Object(func(key string) error {
		if ok, err := known(key); ok || err != nil {
			return err
		}
		return in.Skip()
	})
}
