package source

import (
	"errors"
	"fmt"
	"io"
)

// ErrShort says that a packed file holds fewer lines than were read of it before.
var ErrShort = errors.New("the file has fewer lines than before")

// Resume returns a reader of the file that goes on at the position, which Find
// returned. Packed files are read from the beginning, and the lines up to the
// position are dropped; ErrShort says that they were not there, and the file must
// then be opened anew.
func Resume(f *File, p *Position, opts ReaderOptions) (*Reader, error) {
	if p.Packed {
		r := NewReader(f, opts)
		return r, r.discard(p.Lines)
	}
	if _, err := f.disk.Seek(p.Offset, io.SeekStart); err != nil {
		return nil, fmt.Errorf("go on in %s: %w", f.name, err)
	}
	f.input.n.Store(p.Offset)
	f.raw.Reset(f.input)
	r := NewReader(f, opts)
	if p.Offset > 0 { // else its first bytes still say what it is
		r.started, r.offset, r.lines, r.skip = true, p.Offset, p.Lines, p.Inside
	}
	return r, nil
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
