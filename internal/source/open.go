package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

// ErrUnsupported says that a file is compressed in a way that Open cannot read.
var ErrUnsupported = errors.New("unsupported compression")

// DamagedError says that compressed data breaks off or is wrong. Everything before
// the damage was read; whoever analyses it goes on with that.
type DamagedError struct {
	// Name is the name of the file.
	Name string
	// Format is the kind of compression.
	Format string
	// Offset is about where the damage is: the number of compressed bytes that were
	// used until it showed.
	Offset int64
	// Err is what the decompressor said.
	Err error
}

// Error returns the name, the place and the reason.
func (e *DamagedError) Error() string {
	reason := e.Err.Error()
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		reason = "the file ends too early"
	}
	return fmt.Sprintf("read %s: damaged %s data near byte %d: %s", e.Name, e.Format, e.Offset, reason)
}

// Unwrap returns what the decompressor said.
func (e *DamagedError) Unwrap() error { return e.Err }

// File is an open input. Its bytes are decompressed while they are read, so that
// a file that grows without end costs no memory. Progress may be called by any
// goroutine, the rest by one.
type File struct {
	name   string
	format string
	total  int64
	disk   *os.File // nil when the input is no regular file
	head   []byte   // of the text of a packed file, once it was compared
	input  *counter
	raw    *bufio.Reader
	text   io.Reader
	close  []func() error
	err    error
}

// counter counts what is read, and keeps apart errors of the input from damage.
type counter struct {
	src io.Reader
	n   atomic.Int64
	err error
}

// Read reads from the input.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.n.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// Open opens the file at the path, or stdin when the path is "-". Files packed by
// gzip, zstd, bzip2 or zlib are known by their first bytes, whatever their name.
// The error is a *fs.PathError with the reason (fs.ErrNotExist, fs.ErrPermission),
// or wraps ErrUnsupported.
func Open(path string, stdin io.Reader) (*File, error) {
	if path == "-" {
		return open("standard input", stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close()
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("is a directory")}
	}
	opened, err := open(path, f)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	opened.close = append(opened.close, f.Close)
	return opened, nil
}

func open(name string, src io.Reader) (*File, error) {
	f := &File{name: name, disk: onDisk(src), input: &counter{src: src}}
	if s, ok := src.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := s.Stat(); err == nil && info.Mode().IsRegular() {
			f.total = info.Size()
		}
	}
	f.raw = bufio.NewReaderSize(f.input, 64<<10)
	if err := f.detect(); err != nil {
		return nil, err
	}
	return f, nil
}

// Read returns the text of the file. The error is io.EOF, a *DamagedError when
// compressed data is damaged, or what the input failed with.
func (f *File) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.text.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		f.err = err
	case f.input.err != nil:
		f.err = fmt.Errorf("read %s: %w", f.name, f.input.err)
	default:
		at := f.input.n.Load() - int64(f.raw.Buffered())
		f.err = &DamagedError{Name: f.name, Format: f.format, Offset: at, Err: err}
	}
	return n, f.err
}

// Name returns the path, or "standard input".
func (f *File) Name() string { return f.name }

// Format returns how the file is packed: "plain", "gzip", "zstd", "bzip2" or
// "zlib".
func (f *File) Format() string { return f.format }

// Progress returns the number of bytes read from the file as it is stored, and
// its size; a size of 0 is unknown.
func (f *File) Progress() (read, total int64) { return f.input.n.Load(), f.total }

// Close closes the file, but not standard input.
func (f *File) Close() error {
	errs := make([]error, 0, len(f.close))
	for _, c := range f.close {
		errs = append(errs, c())
	}
	f.close = nil
	return errors.Join(errs...)
}
