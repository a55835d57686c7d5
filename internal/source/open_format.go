package source

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the memory in bytes that a zstd file may ask for: what the zstd
// command allows by default.
const maxWindow = 128 << 20

// detect chooses the decompressor by the first bytes. A pipe that starts like
// text is not waited for.
func (f *File) detect() error {
	f.format, f.text = "plain", f.raw
	magic, err := f.raw.Peek(1)
	if err == nil && bytes.IndexByte([]byte("\x1f\x28PQRSTUVWXYZ[\\]^_Bx\xfd\x047"), magic[0]) >= 0 {
		magic, err = f.raw.Peek(16)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", f.name, err)
	}
	starts := func(s string) bool { return bytes.HasPrefix(magic, []byte(s)) }
	switch {
	case starts("\x1f\x8b\x08"):
		f.format, f.text = "gzip", &lazy{open: f.gzip}
	case starts("\x28\xb5\x2f\xfd"), len(magic) > 4 && magic[0]&0xf0 == 0x50 && string(magic[1:4]) == "\x2a\x4d\x18":
		f.format, f.text = "zstd", &lazy{open: f.zstd}
	case starts("BZh") && len(magic) > 9 && (string(magic[4:10]) == "1AY&SY" || string(magic[4:10]) == "\x17rE8P\x90"):
		f.format, f.text = "bzip2", bzip2.NewReader(f.raw)
	case starts("\x78\x01"), starts("\x78\x9c"), starts("\x78\xda"), starts("\x78\x5e") && !isText(magic):
		f.format, f.text = "zlib", &lazy{open: func() (io.Reader, error) { return zlib.NewReader(f.raw) }}
	case starts("\xfd7zXZ\x00"):
		return f.unsupported("xz")
	case starts("\x04\x22\x4d\x18"):
		return f.unsupported("lz4")
	case starts("PK\x03\x04"):
		return f.unsupported("zip")
	case starts("7z\xbc\xaf\x27\x1c"):
		return f.unsupported("7z")
	}
	return nil
}

func (f *File) unsupported(format string) error {
	return fmt.Errorf("open %s: %w %s: unpack it first, or pipe the text to standard input", f.name, ErrUnsupported, format)
}

func (f *File) gzip() (io.Reader, error) { return gzip.NewReader(f.raw) }

func (f *File) zstd() (io.Reader, error) {
	d, err := zstd.NewReader(f.raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxWindow))
	if err != nil {
		return nil, err
	}
	f.close = append(f.close, func() error { d.Close(); return nil })
	return d, nil
}

// lazy opens the decompressor at the first read, so that a damaged header is
// reported like any other damage.
type lazy struct {
	open func() (io.Reader, error)
	r    io.Reader
}

// Read reads decompressed bytes.
func (l *lazy) Read(p []byte) (int, error) {
	if l.r == nil {
		r, err := l.open()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	return l.r.Read(p)
}

// isText reports whether the bytes are plain text.
func isText(p []byte) bool {
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n == 1 && len(p) >= utf8.UTFMax || r < 0x20 && r != '\t' && r != '\r' && r != '\n' {
			return false
		}
		p = p[n:]
	}
	return true
}
