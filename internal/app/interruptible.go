package app

import (
	"context"
	"io"
	"io/fs"
)

// interruptible returns an input that is at its end when the context is done: a read
// of a pipe or a terminal may never return, and nothing breaks it off. A file does
// not need it.
func interruptible(ctx context.Context, src io.Reader) io.Reader {
	if s, ok := src.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := s.Stat(); err == nil && info.Mode().IsRegular() {
			return src
		}
	}
	return &waitingReader{ctx: ctx, src: src, buf: make([]byte, 64<<10), got: make(chan received, 1)}
}

// waitingReader reads in a goroutine. The one that reads while the context ends is
// left behind with the buffer, until the input says something or the program ends.
type waitingReader struct {
	ctx  context.Context //nolint:containedctx // of Read, which takes none
	src  io.Reader
	buf  []byte
	rest []byte // of buf: what was read and not taken yet
	err  error  // behind the rest
	got  chan received
}

// received is what one read of the input returned.
type received struct {
	n   int
	err error
}

// Read returns what the input says, and io.EOF when the context is done.
func (r *waitingReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 && r.err == nil {
		r.wait()
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	if len(r.rest) > 0 {
		return n, nil
	}
	return n, r.err
}

// wait waits for the input or the context.
func (r *waitingReader) wait() {
	if r.ctx.Err() != nil {
		r.err = io.EOF
		return
	}
	go func() {
		n, err := r.src.Read(r.buf)
		r.got <- received{n, err}
	}()
	select {
	case got := <-r.got:
		r.rest, r.err = r.buf[:got.n], got.err
	case <-r.ctx.Done():
		r.err = io.EOF
	}
}
