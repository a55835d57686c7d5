package seclog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// file is one of the four logs. Only the writer touches it.
type file struct {
	path     string
	maxBytes int64
	every    time.Duration
	packer   *packer

	f       *os.File
	info    fs.FileInfo
	size    int64
	period  int64 // which one the lines of the file belong to
	pending []byte
	torn    bool // the file ends within a line
	looked  time.Time
	retry   time.Time // when a rotation that failed is tried again
}

func newFile(dir, name string, maxBytes int64, every time.Duration, p *packer) *file {
	p.add(name)
	return &file{path: filepath.Join(dir, name), maxBytes: maxBytes, every: every, packer: p}
}

// open opens or makes the file.
func (f *file) open(now time.Time) error {
	_, err := os.Lstat(f.path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if f.f, err = os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640); err != nil { //nolint:gosec // the group reads logs: it ships them
		f.f = nil
		return err
	}
	if f.info, err = f.f.Stat(); err != nil {
		return errors.Join(err, f.close())
	}
	if fresh { // whatever the umask is; of a file that is there others have decided
		if err := f.f.Chmod(0o640); err != nil {
			return errors.Join(err, f.close())
		}
	}
	f.size, f.torn, f.looked = 0, false, now
	f.period = f.periodOf(now)
	if f.info.Mode().IsRegular() && f.info.Size() > 0 {
		f.size = f.info.Size()
		f.period = f.periodOf(f.info.ModTime())
		f.torn = f.endsTorn()
	}
	return nil
}

// endsTorn reports a file whose last line has no end: the program was killed, or the disk
// was full.
func (f *file) endsTorn() bool {
	r, err := os.Open(f.path)
	if err != nil {
		return false // may be written, but not read
	}
	defer r.Close()
	var last [1]byte
	n, _ := r.ReadAt(last[:], f.size-1)
	return n == 1 && last[0] != '\n'
}

func (f *file) close() error {
	if f.f == nil {
		return nil
	}
	err := f.f.Close()
	f.f = nil
	return err
}

func (f *file) periodOf(t time.Time) int64 {
	if f.every <= 0 {
		return 0
	}
	return t.UnixNano() / int64(f.every)
}

// isFull reports whether the file must be rotated before a line of the length.
func (f *file) isFull(length int, now time.Time) bool {
	if f.f == nil || !f.info.Mode().IsRegular() || f.size+int64(len(f.pending)) == 0 {
		f.period = f.periodOf(now)
		return false
	}
	if now.Before(f.retry) {
		return false
	}
	return f.size+int64(len(f.pending)+length) > f.maxBytes || f.periodOf(now) > f.period
}

// retryAfter is how long a file goes on that could not be rotated.
const retryAfter = time.Minute

// rotate gives the file another name, under which it is compressed, and begins a new one.
// When that fails the file goes on.
func (f *file) rotate(now time.Time) error {
	if f.f == nil {
		return nil // what was flushed before has failed
	}
	f.retry = now.Add(retryAfter)
	if err := f.close(); err != nil {
		return err
	}
	old, err := f.packer.freeName(f.path, now)
	if err == nil {
		err = os.Rename(f.path, old)
	}
	if err == nil {
		f.packer.pack(old)
		f.retry = time.Time{}
	}
	return errors.Join(err, f.open(now))
}

// lookEvery is how often the file is looked for under its name.
const lookEvery = time.Second

// isMoved reports that somebody gave the file another name, or removed it.
func (f *file) isMoved(now time.Time) bool {
	if since := now.Sub(f.looked); since >= 0 && since < lookEvery {
		return false
	}
	f.looked = now
	info, err := os.Stat(f.path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, f.info)
}

// flush writes what is pending and returns how many lines could not be written.
func (f *file) flush(now time.Time) (failed uint64, err error) {
	if len(f.pending) == 0 {
		return 0, nil
	}
	data := f.pending
	f.pending = f.pending[:0]
	if f.f != nil && f.isMoved(now) {
		if err := f.close(); err != nil {
			return lines(data), err
		}
	}
	if f.f == nil {
		if err := f.open(now); err != nil {
			return lines(data), err
		}
	}
	if f.torn {
		if _, err := f.f.WriteString("\n"); err != nil {
			return lines(data), errors.Join(err, f.close())
		}
		f.size++
		f.torn = false
	}
	n, err := f.f.Write(data)
	if err == nil {
		f.size += int64(n)
		return 0, nil
	}
	// What is there of the last line goes, so that the next one begins a line.
	whole := bytes.LastIndexByte(data[:n], '\n') + 1
	if whole < n && f.f.Truncate(f.size+int64(whole)) != nil {
		whole = n
	}
	f.size += int64(whole)
	return lines(data[bytes.LastIndexByte(data[:n], '\n')+1:]), errors.Join(fmt.Errorf("write %s: %w", f.path, err), f.close())
}

func lines(data []byte) uint64 { return uint64(bytes.Count(data, []byte{'\n'})) }
