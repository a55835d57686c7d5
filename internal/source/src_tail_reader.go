package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tailReader reads one file and waits behind its end, until another file has its name
// or it becomes shorter.
type tailReader struct {
	ctx     context.Context //nolint:containedctx // of Read, which takes none
	tail    *Tail
	file    *os.File
	quiet   int  // looks since another file took the name that found nothing new
	partial bool // the last byte was no line end
}

// Read returns what was written, and waits while nothing was. The error is io.EOF when
// the file is done with or the context is.
func (w *tailReader) Read(p []byte) (int, error) {
	for w.ctx.Err() == nil {
		n, err := w.file.Read(p)
		if n > 0 {
			w.quiet, w.tail.missing = 0, time.Time{}
			w.partial = p[n-1] != '\n'
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		done, err := w.done()
		if err != nil {
			return 0, err
		}
		if done && w.partial && len(p) > 0 {
			w.partial = false
			p[0] = '\n'
			return 1, nil
		}
		if done {
			return 0, io.EOF
		}
		if err := w.tail.idle(w.ctx); err != nil {
			return 0, err
		}
		pause(w.ctx, w.tail.Poll)
	}
	return 0, io.EOF
}

// done looks whether anything more can come.
func (w *tailReader) done() (bool, error) {
	offset, err := w.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return false, err
	}
	mine, err := w.file.Stat()
	if err != nil {
		return false, err
	}
	if mine.Size() < offset {
		return true, nil
	}
	now, err := os.Stat(w.tail.Path)
	if err != nil && w.tail.removed(err) {
		w.quiet++
		return w.quiet > grace, nil
	}
	if err != nil {
		return false, nil //nolint:nilerr // the name is free while a file is rotated
	}
	w.tail.missing = time.Time{}
	if os.SameFile(mine, now) {
		w.quiet = 0
		w.tail.forget()
		return false, nil
	}
	if w.tail.next == nil {
		next, err := os.Open(w.tail.Path)
		if err == nil {
			if err = tailable(w.tail.Path, next); err != nil {
				_ = next.Close() // it was only looked at
			}
		}
		if err != nil {
			w.tail.refused(err)
			return false, nil
		}
		w.tail.next = next // it may lose the name while the rest of this one is read
	}
	w.quiet++
	return w.quiet > grace, nil
}

// forget gives up a file that had the name for a while only.
func (t *Tail) forget() {
	if t.next != nil {
		_ = t.next.Close() // it was only read
		t.next = nil
	}
}

// newTailFile makes an input of a file that is followed.
func newTailFile(name string, disk *os.File, input *counter) *File {
	return &File{name: name, format: "plain", disk: disk, input: input, raw: bufio.NewReaderSize(input, 1), text: input}
}

// end returns the position behind the last whole line of the file.
func (f *File) end(path string) (*Position, error) {
	const step = 64 << 10
	size, err := f.size()
	if err != nil {
		return nil, err
	}
	p := beginning(path)
	buf := make([]byte, step)
	for at := size; at > 0 && size-at <= DefaultMaxLine; {
		from := max(0, at-step)
		n, err := f.disk.ReadAt(buf[:at-from], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			p.Offset = from + int64(i) + 1
			break
		}
		at = from
	}
	p.Size = size
	p.HeadBytes = min(p.Offset, identified)
	p.Head = f.hash(0, p.HeadBytes)
	p.Tail = f.hash(max(0, p.Offset-identified), min(p.Offset, identified))
	return &p, nil
}

// IsRotated reports whether a name looks like that of a log that was rotated or packed:
// whoever follows a folder leaves those out, since he read them under another name.
func IsRotated(name string) bool {
	return regexp.MustCompile(`([.-]\d{1,14})?\.(gz|bz2|zst|xz|Z|zip)$|[.-]\d{1,3}$|[.-]\d{8,14}$|[.-]\d{4}-\d{2}-\d{2}$|\.old$`).MatchString(name)
}

// rotations returns the files that the path was renamed to, the oldest first.
func rotations(path string) []string {
	folder, base := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(folder + "."))
	if err != nil {
		return nil
	}
	type file struct {
		name string
		time int64
	}
	var all []file
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), base)
		if !ok || rest == "" || !IsRotated(rest) || strings.HasSuffix(rest, ".xz") {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			all = append(all, file{filepath.Join(folder, e.Name()), info.ModTime().UnixNano()})
		}
	}
	slices.SortStableFunc(all, func(a, b file) int { return int(min(1, max(-1, a.time-b.time))) })
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.name
	}
	return names
}
