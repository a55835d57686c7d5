package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sasumata/sasumata/internal/source"
)

// inputs is several logs read as one, in the order given. Line numbers start
// anew with each. An input that fails is left behind; the next one follows.
type inputs struct {
	ctx    context.Context //nolint:containedctx // of next, which takes none
	intake Intake
	names  []string
	warn   func(string)
	follow bool   // the last one is followed until the context is done
	state  *State // where earlier runs left the inputs; nil reads all of them
	raw    bool   // blocks hold lines together, see source.ReaderOptions

	name      string
	file      *source.File
	reader    *source.Reader
	joiner    *source.Joiner
	errs      []error
	offset    int64 // of the input under way
	began     int64 // the bytes and lines of it that an earlier run read
	passed    int64
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

// spare takes back the memory of a block that nothing uses any more.
func (in *inputs) spare(b *source.Block) {
	if in.reader != nil && b.Text != nil {
		in.reader.Spare(b.Text)
	}
}

// open opens the next input that can be opened; it reports false when there is
// none.
func (in *inputs) open() bool {
	for len(in.names) > 0 {
		in.name, in.names = in.names[0], in.names[1:]
		file, err := in.openNamed()
		if err != nil {
			in.fail(false, err)
			continue
		}
		if err := in.begin(file); err != nil {
			in.fail(true, err)
			in.shut(file)
			continue
		}
		return true
	}
	return false
}

// openNamed opens the input, or follows it if it is the last one.
func (in *inputs) openNamed() (*source.File, error) {
	if in.follows() {
		return source.Follow(in.ctx, in.name, 0)
	}
	if in.name == "-" {
		return source.Open(in.name, interruptible(in.ctx, in.intake.Stdin))
	}
	return source.Open(in.name, nil)
}

// follows reports whether the input under way is followed.
func (in *inputs) follows() bool { return in.follow && len(in.names) == 0 && in.name != "-" }

// begin makes the reader of an input that was just opened.
func (in *inputs) begin(file *source.File) error {
	in.began, in.passed, in.offset = 0, 0, 0
	opts := source.ReaderOptions{Eager: in.name == "-" || in.follows(), Raw: in.raw}
	if in.state != nil && in.name != "-" && file.Regular() {
		return in.resume(file, opts)
	}
	in.file, in.reader = file, source.NewReader(file, opts)
	in.joiner = source.NewJoiner(in.reader, in.intake.Join)
	return nil
}

// resume makes the reader of a file that goes on where the last run with the same
// state left it.
func (in *inputs) resume(file *source.File, opts source.ReaderOptions) error {
	opts.Whole = file.Format() == "plain"
	p, grows, err := in.state.find(in.name, file, in.tell)
	if err != nil {
		return err
	}
	in.file = file
	if p == nil {
		in.reader = source.NewReader(file, opts)
	} else if in.reader, err = source.Resume(file, p, opts); errors.Is(err, source.ErrShort) {
		in.tell("%s has fewer lines than before: it is read from its beginning", in.name)
		if file, err = source.Open(in.name, nil); err != nil {
			return err
		}
		in.shut(in.file)
		in.file, in.reader, p = file, source.NewReader(file, opts), nil
	} else if err != nil {
		return err
	}
	in.joiner = source.NewJoiner(in.reader, in.intake.Join)
	if p != nil {
		in.began, in.passed, in.offset = p.Offset, p.Lines, p.Offset
		if err := in.joiner.Take(p.Waiting); err != nil {
			return err
		}
	}
	if opts.Whole && grows {
		in.joiner.Hold()
	}
	return nil
}

// shut closes a file that is given up.
func (in *inputs) shut(file *source.File) {
	if err := file.Close(); err != nil {
		in.fail(true, err)
	}
	in.file, in.reader, in.joiner = nil, nil, nil
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
	if n := in.reader.Unended(); n > 0 {
		in.tell("%s: the last line has no end yet: it is read when it has", in.name)
	}
	if in.state != nil && in.name != "-" && in.file.Regular() {
		if err := in.state.left(in.name, in.file, in.reader, in.joiner); err != nil {
			in.fail(true, err)
		}
	}
	in.lines += in.reader.Lines() - in.passed
	in.truncated += in.reader.Truncated()
	in.bytes += in.offset - in.began
	if err := in.file.Close(); err != nil {
		in.fail(true, err)
	}
	in.file, in.reader, in.joiner = nil, nil, nil
}

// end closes the input that is under way when the run ends before it, and says what
// was left out.
func (in *inputs) end() {
	if in.reader != nil {
		in.tell("%s was not read to its end", in.name)
		in.close()
	}
	if len(in.names) > 0 {
		in.tell("not read at all: %s", some(in.names, 10))
	}
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

// allRegular reports whether every name is that of a regular file, or of one that
// cannot be looked at.
func allRegular(names []string) bool {
	for _, name := range names {
		if info, err := os.Stat(name); name == "-" || err == nil && !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}
