package app

import (
	"errors"
	"fmt"
	"io"

	"github.com/sasumata/sasumata/internal/source"
)

// inputs is several logs read as one, in the order given. Line numbers start
// anew with each. An input that fails is left behind; the next one follows.
type inputs struct {
	intake Intake
	names  []string
	warn   func(string)

	name      string
	file      *source.File
	reader    *source.Reader
	joiner    *source.Joiner
	errs      []error
	offset    int64 // of the input under way
	bytes     int64
	lines     int64
	truncated int64
}

// next returns the next block of any of the inputs, io.EOF behind the last.
func (in *inputs) next() (*source.Block, error) {
	for {
		if in.reader == nil && !in.open() {
			return nil, io.EOF
		}
		block, err := in.joiner.Next()
		if in.intake.Progress != nil && block != nil {
			read, total := in.file.Progress()
			in.intake.Progress(in.name, read, total)
		}
		if block != nil {
			in.offset = block.Offset
		}
		if err == nil {
			return block, nil
		}
		if !errors.Is(err, io.EOF) {
			in.fail(true, err)
		}
		in.close()
		if block != nil {
			return block, nil
		}
	}
}

// open opens the next input that can be opened; it reports false when there is
// none.
func (in *inputs) open() bool {
	for len(in.names) > 0 {
		in.name, in.names = in.names[0], in.names[1:]
		file, err := source.Open(in.name, in.intake.Stdin)
		if err != nil {
			in.fail(false, err)
			continue
		}
		in.file, in.reader = file, source.NewReader(file, source.ReaderOptions{Eager: in.name == "-"})
		in.joiner = source.NewJoiner(in.reader, in.intake.Join)
		return true
	}
	return false
}

func (in *inputs) close() {
	if in.reader.Binary() {
		in.tell("%s looks binary: lines are read, but hardly any will be understood", in.name)
	}
	if n := in.reader.Truncated(); n > 0 {
		in.tell("%s: %d lines were longer than %d bytes and were cut", in.name, n, source.DefaultMaxLine)
	}
	if n := in.joiner.Divided(); n > 0 {
		in.tell("%s: %d records were longer than %d lines or %d bytes and were divided", in.name, n, source.MaxRecordLines, source.MaxRecordBytes)
	}
	in.lines += in.reader.Lines()
	in.truncated += in.reader.Truncated()
	in.bytes += in.offset
	if err := in.file.Close(); err != nil {
		in.fail(true, err)
	}
	in.file, in.reader, in.joiner = nil, nil, nil
}

func (in *inputs) fail(opened bool, err error) {
	in.errs = append(in.errs, &InputError{Name: in.name, Opened: opened, Err: err})
}

func (in *inputs) tell(format string, args ...any) {
	if in.warn != nil {
		in.warn(fmt.Sprintf(format, args...))
	}
}

// failed returns what went wrong with any of the inputs.
func (in *inputs) failed() error { return errors.Join(in.errs...) }
