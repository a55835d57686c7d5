package source

import (
	"errors"
	"fmt"
	"io"
)

// ErrShort says that a packed file holds less than was read of it before.
var ErrShort = errors.New("the file has fewer lines than before")

// Resume returns a reader of the file that goes on at the position, which Find
// returned. Packed files are read from the beginning, and what stands before the
// position is dropped; ErrShort says that it was not there, and the file must then be
// opened anew.
func Resume(f *File, p *Position, opts ReaderOptions) (*Reader, error) {
	if p.Packed {
		r := NewReader(f, opts)
		return r, r.discard(p.Lines)
	}
	if err := f.skipTo(p.Offset); err != nil {
		return nil, err
	}
	r := NewReader(f, opts)
	if p.Offset > 0 { // else its first bytes still say what it is
		r.started, r.offset, r.lines, r.skip = true, p.Offset, p.Lines, p.Inside
	}
	return r, nil
}

// skipTo goes to a place in the text, which is not converted.
func (f *File) skipTo(offset int64) error {
	if f.format != "plain" {
		_, err := io.CopyN(io.Discard, f, offset)
		if errors.Is(err, io.EOF) {
			return ErrShort
		}
		return err
	}
	if _, err := f.disk.Seek(offset, io.SeekStart); err != nil {
		return fmt.Errorf("go on in %s: %w", f.name, err)
	}
	f.input.n.Store(offset)
	f.raw.Reset(f.input)
	return nil
}

// discard reads lines and drops them. Those that were cut among them count no more: the
// run that read them has told of them.
func (r *Reader) discard(lines int64) error {
	for r.lines < lines {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return ErrShort
		}
		if err != nil {
			return err
		}
		if keep := r.lines - lines; keep > 0 {
			drop := len(b.Lines) - int(keep)
			b.First += int64(drop)
			b.Lines = b.Lines[drop:]
			var cut []int
			for _, at := range b.Truncated {
				if at >= drop {
					cut = append(cut, at-drop)
				}
			}
			b.Truncated = cut
			r.ahead, r.truncated = b, int64(len(cut))
			return nil
		}
	}
	r.truncated = 0
	return nil
}
