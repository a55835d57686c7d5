package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// DefaultPoll is how often a file that is followed is looked at.
const DefaultPoll = 250 * time.Millisecond

// grace is how many looks in a row find nothing new in a file that lost its name before
// the next one is read: programs are told of a rotation after it, and end what they are
// writing first.
const grace = 20

// Follow opens a plain file that somebody writes, and goes on behind its end: Read
// waits for more. When another file takes its name it is read until nothing more came
// for twenty looks, and then the other one from its beginning; a file that became
// shorter is read anew. A last line
// without an end is ended when the file changes. Read returns io.EOF when the context
// is done. Files that are packed cannot be followed.
func Follow(ctx context.Context, path string, poll time.Duration) (*File, error) {
	if poll <= 0 {
		poll = DefaultPoll
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = &fs.PathError{Op: "follow", Path: path, Err: errors.New("is a directory")}
	case !info.Mode().IsRegular():
		err = &fs.PathError{Op: "follow", Path: path, Err: errors.New("is no regular file")}
	default:
		err = refusePacked(path, f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w := &follower{ctx: ctx, path: path, poll: poll, file: f}
	input := &counter{src: w}
	return &File{
		name: path, format: "plain", input: input, raw: bufio.NewReaderSize(input, 1), text: input,
		close: []func() error{w.shut},
	}, nil
}

// refusePacked returns an error for a file that starts like a packed one.
func refusePacked(path string, f *os.File) error {
	packed, err := open(path, f)
	if err != nil {
		return err
	}
	if packed.Format() != "plain" {
		return fmt.Errorf("follow %s: %w: a %s file does not grow", path, ErrUnsupported, packed.Format())
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// follower reads a file and those that take its name.
type follower struct {
	ctx     context.Context //nolint:containedctx // of Read, which takes none
	path    string
	poll    time.Duration
	file    *os.File
	next    *os.File // has taken the name of file
	quiet   int      // looks since then that found nothing new in file
	offset  int64
	partial bool // the last byte was no line end
}

// Read returns what was written, and waits while nothing was. The context comes first:
// a file may grow faster than it is read, and would never end.
func (w *follower) Read(p []byte) (int, error) {
	for w.ctx.Err() == nil {
		n, err := w.file.Read(p)
		if n > 0 {
			w.offset += int64(n)
			w.quiet = 0
			w.partial = p[n-1] != '\n'
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		moved, err := w.changes()
		if err != nil {
			return 0, err
		}
		if moved && w.partial && len(p) > 0 {
			w.partial = false
			p[0] = '\n'
			return 1, nil
		}
		if !moved {
			w.wait()
		}
	}
	return 0, io.EOF
}

// changes goes to the beginning of the file that has the name now, if that is
// another one or became shorter, and reports whether it did.
func (w *follower) changes() (bool, error) {
	now, err := os.Stat(w.path)
	if err != nil {
		now = nil // the name is free while a file is rotated
	}
	old, err := w.file.Stat()
	switch {
	case err != nil:
		return false, err
	case now != nil && os.SameFile(old, now):
		return w.named(now.Size())
	case now != nil && w.next == nil:
		if w.next, err = os.Open(w.path); err != nil {
			w.next = nil // it may go away again, or not be readable yet
		}
	}
	if w.next == nil || old.Size() > w.offset {
		return false, nil
	}
	if w.quiet++; w.quiet <= grace && now != nil && w.isNext(now) {
		return false, nil
	}
	// The next file is read before a third one: it may have lost the name by now.
	err = w.file.Close()
	w.file, w.next, w.offset, w.quiet = w.next, nil, 0, 0
	return true, err
}

// named looks at a file that has its name, also if another one had it for a while.
func (w *follower) named(size int64) (bool, error) {
	err := w.shutNext()
	w.quiet = 0
	if err != nil || size >= w.offset {
		return false, err
	}
	w.offset = 0
	_, err = w.file.Seek(0, io.SeekStart)
	return true, err
}

func (w *follower) isNext(now os.FileInfo) bool {
	next, err := w.next.Stat()
	return err == nil && os.SameFile(next, now)
}

// wait waits for the next look, or until the context is done.
func (w *follower) wait() {
	t := time.NewTimer(w.poll)
	defer t.Stop()
	select {
	case <-w.ctx.Done():
	case <-t.C:
	}
}

func (w *follower) shut() error { return errors.Join(w.file.Close(), w.shutNext()) }

func (w *follower) shutNext() error {
	if w.next == nil {
		return nil
	}
	err := w.next.Close()
	w.next = nil
	return err
}
