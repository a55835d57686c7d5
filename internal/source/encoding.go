package source

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// sniffed is the number of bytes at the beginning of an input that decide
// whether it is binary.
const sniffed = 8 << 10

// Encoding is how the text of an input is encoded.
type Encoding uint8

// The encodings that a Reader knows by their byte order mark. The zero Encoding
// is UTF8: an input without a mark is read byte by byte.
const (
	UTF8 Encoding = iota
	UTF16LE
	UTF16BE
)

// String returns the name of the encoding: "utf-8", "utf-16le" or "utf-16be".
func (e Encoding) String() string {
	switch e {
	case UTF16LE:
		return "utf-16le"
	case UTF16BE:
		return "utf-16be"
	default:
		return "utf-8"
	}
}

// Encoding returns the encoding of the input, once Next was called.
func (r *Reader) Encoding() Encoding { return r.encoding }

// Binary reports whether the first 8 KiB look like no text, once Next was called.
// The lines are read all the same.
func (r *Reader) Binary() bool { return r.binary }

// begin reads the first bytes and decides what the input is.
func (r *Reader) begin() {
	r.started = true
	for r.err == nil && r.end < sniffed {
		if r.opts.Eager && r.cut > 0 {
			break
		}
		r.read()
	}
	data := r.buf[:r.end]
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		r.start, r.offset = 3, 3
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		r.convert(UTF16LE, binary.LittleEndian)
		return
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		r.convert(UTF16BE, binary.BigEndian)
		return
	}
	r.binary = looksBinary(data[:min(len(data), sniffed)])
}

func (r *Reader) convert(e Encoding, order binary.ByteOrder) {
	r.encoding = e
	r.src = &utf16Reader{src: r.src, err: r.err, order: order, in: bytes.Clone(r.buf[2:r.end])}
	r.start, r.end, r.cut, r.err = 0, 0, 0, nil
}

// looksBinary reports whether more than one byte in twenty is a control character
// that text does not hold. Random bytes hold one in ten.
func looksBinary(data []byte) bool {
	control := 0
	for _, c := range data {
		switch {
		case c >= 0x20 && c != 0x7f, c >= '\a' && c <= '\r', c == 0x1b:
		default:
			control++
		}
	}
	return control*20 > len(data)
}

// utf16Reader converts UTF-16 to UTF-8. Halves of a pair that stand alone, and a
// lone last byte, become U+FFFD.
type utf16Reader struct {
	src   io.Reader
	err   error
	order binary.ByteOrder
	in    []byte // read, not converted
	out   []byte // converted, not returned
	chunk []byte
	spare []byte
}

// Read returns UTF-8.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		u.convert()
		if len(u.out) > 0 {
			break
		}
		if u.err != nil {
			return 0, u.err
		}
		if u.chunk == nil {
			u.chunk = make([]byte, 32<<10)
		}
		var n int
		n, u.err = u.src.Read(u.chunk)
		u.in = append(u.in, u.chunk[:n]...)
		if n == 0 && u.err == nil {
			return 0, nil
		}
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// convert moves what is complete from in to out.
func (u *utf16Reader) convert() {
	out, at := u.spare[:0], 0
	for at+2 <= len(u.in) {
		c := rune(u.order.Uint16(u.in[at:]))
		if !utf16.IsSurrogate(c) {
			out = utf8.AppendRune(out, c)
			at += 2
			continue
		}
		if at+4 > len(u.in) && u.err == nil {
			break // the other half may follow
		}
		pair := rune(utf8.RuneError)
		if at+4 <= len(u.in) {
			pair = utf16.DecodeRune(c, rune(u.order.Uint16(u.in[at+2:])))
		}
		out = utf8.AppendRune(out, pair)
		at += 2
		if pair != utf8.RuneError {
			at += 2
		}
	}
	if u.err != nil && at+1 == len(u.in) {
		out = utf8.AppendRune(out, utf8.RuneError)
		at++
	}
	u.in = append(u.in[:0], u.in[at:]...)
	u.out, u.spare = out, out
}
