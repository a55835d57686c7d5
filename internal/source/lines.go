package source

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// The sizes that ReaderOptions takes when it names no others.
const (
	// DefaultMaxLine is the length in bytes at which a line is cut.
	DefaultMaxLine = 1 << 20
	// DefaultBlockBytes is the number of bytes that a block is filled with.
	DefaultBlockBytes = 256 << 10
	// DefaultBlockLines is the number of lines of the largest block.
	DefaultBlockLines = 1000
)

// maxEmptyReads is how often an input may return nothing before it counts as
// broken.
const maxEmptyReads = 100

// ReaderOptions says how input is cut into lines and blocks. Zero means the
// default.
type ReaderOptions struct {
	// MaxLine is the length in bytes, without the line end, at which a line is cut.
	MaxLine int
	// BlockBytes is the number of bytes that a block is filled with.
	BlockBytes int
	// BlockLines is the number of lines of the largest block.
	BlockLines int
	// Eager returns the lines that are there instead of waiting for a full block:
	// for an input that somebody writes while it is read.
	Eager bool
	// Raw leaves the lines of most blocks together, as Block.Text: for who looks at
	// many lines and keeps few.
	Raw bool
	// Whole leaves out what stands behind the last line end: for a file that is
	// still written, whose rest the next reader gets.
	Whole bool
}

// Block is a run of whole lines. It belongs to whoever got it from Next.
type Block struct {
	// First is the number of the first line, from 1.
	First int64
	// Lines are the lines without their ends (\n or \r\n), empty ones too. They are
	// parts of one string: keeping one keeps the block's text in memory. A Joiner
	// puts records here, whose lines are joined by \n.
	Lines []string
	// Text, unless it is nil, are the lines with their ends, instead of Lines. Only a
	// Reader with Raw sets it, and only where no line can be too long. Reader.Spare takes
	// its memory back.
	Text []byte
	// Records says more about each of the Lines; nil when all are single lines, one
	// following the other. Only a Joiner sets it.
	Records []Record
	// Truncated are the indexes of the lines that were cut, because they are longer
	// than MaxLine or the input broke off inside them.
	Truncated []int
	// Arrived, unless it is nil, holds what senders say of each of the Lines: those of a
	// block that comes from no file.
	Arrived []record.Record
	// Batch is the number of the batch of the queue that Arrived comes from, and Tries how
	// often its records were replayed.
	Batch uint64
	Tries int
	// Offset is the number of bytes of input up to the end of the block; of the
	// converted text when the input is UTF-16.
	Offset int64
}

// Reader cuts an input into blocks of lines. Which lines come out depends on the
// bytes alone and not on how they arrive; where blocks end may differ. It takes
// memory for two blocks or two of the longest lines, whatever the input is. A
// byte order mark is taken off, and UTF-16 with one is converted. Everything else
// stays as it is, also bytes that are not UTF-8.
//
// A Reader is used by one goroutine; its blocks may be handed to others.
type Reader struct {
	src     io.Reader
	opts    ReaderOptions
	buf     []byte
	start   int // of what was read and is in no block yet
	end     int
	cut     int   // of buf, behind the last line end
	ends    []int // of the lines of the block that is being made
	err     error // of src; what was read before it comes first
	started bool
	drain   bool   // blocks are made without reading until no whole line is left
	skip    bool   // inside the dropped rest of a long line
	ahead   *Block // was read already
	spare   []byte // memory for the text of a block

	lines     int64
	truncated int64
	offset    int64
	binary    bool
	encoding  Encoding
}

// NewReader returns a reader of the lines of src.
func NewReader(src io.Reader, opts ReaderOptions) *Reader {
	if opts.MaxLine <= 0 {
		opts.MaxLine = DefaultMaxLine
	}
	if opts.BlockBytes <= 0 {
		opts.BlockBytes = DefaultBlockBytes
	}
	if opts.BlockLines <= 0 {
		opts.BlockLines = DefaultBlockLines
	}
	return &Reader{src: src, opts: opts}
}

// Lines returns the number of lines returned so far.
func (r *Reader) Lines() int64 { return r.lines }

// Unended returns the number of bytes behind the last line end that Whole left out.
func (r *Reader) Unended() int {
	if !r.opts.Whole || r.err == nil {
		return 0
	}
	return r.end - r.start
}

// Truncated returns the number of lines that were cut so far.
func (r *Reader) Truncated() int64 { return r.truncated }

// Next returns the next lines. The error is io.EOF behind the last line, or what
// the input failed with, after all lines before the failure; Next then returns
// the same error again.
func (r *Reader) Next() (*Block, error) {
	if b := r.ahead; b != nil {
		r.ahead = nil
		return b, nil
	}
	if !r.started {
		r.begin()
	}
	for {
		r.skipRest()
		data := r.buf[r.start:r.end]
		cut := max(r.cut-r.start, 0)
		full := len(data) >= r.opts.BlockBytes || r.drain || r.opts.Eager || r.err != nil
		switch {
		case cut > 0 && full:
			r.drain = true
			return r.block(data[:cut]), nil
		case cut == 0 && len(data) > r.opts.MaxLine+1:
			// One byte more than the longest line and its \r: the line end is not
			// among them.
			r.skip = true
			return r.single(data, true), nil
		case r.err != nil && len(data) > 0 && !r.opts.Whole:
			return r.single(data, !errors.Is(r.err, io.EOF)), nil
		case r.err != nil:
			return nil, r.err
		}
		r.drain = false
		r.read()
	}
}

// block makes a block of data, which ends with a line end, or of its beginning
// when it holds more lines than a block may.
func (r *Reader) block(data []byte) *Block {
	if r.opts.Raw && len(data) <= r.opts.MaxLine {
		b := &Block{First: r.lines + 1, Text: append(r.spare[:0], data...)}
		r.spare = nil
		r.lines += int64(bytes.Count(data, []byte{'\n'}))
		return r.deliver(b, len(data))
	}
	r.ends = r.ends[:0]
	size := 0
	for size < len(data) && len(r.ends) < r.opts.BlockLines {
		size += bytes.IndexByte(data[size:], '\n') + 1
		r.ends = append(r.ends, size-1)
	}
	text := string(data[:size])
	b := &Block{First: r.lines + 1, Lines: make([]string, len(r.ends))}
	from := 0
	for i, to := range r.ends {
		line := text[from:to]
		from = to + 1
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if len(line) > r.opts.MaxLine {
			line = cutLine(line, r.opts.MaxLine)
			b.Truncated = append(b.Truncated, i)
		}
		b.Lines[i] = line
	}
	return r.deliver(b, size)
}

// Spare takes the memory of a block's Text, of which nothing is used any more, for one
// of the next blocks.
func (r *Reader) Spare(text []byte) { r.spare = text }

// single makes a block of one line without a line end.
func (r *Reader) single(data []byte, broken bool) *Block {
	size := len(data)
	line := bytes.TrimSuffix(data, []byte{'\r'})
	b := &Block{First: r.lines + 1}
	if len(line) > r.opts.MaxLine || r.skip {
		broken = true
		b.Lines = []string{cutLine(string(line[:r.opts.MaxLine+1]), r.opts.MaxLine)}
	} else {
		b.Lines = []string{string(line)}
	}
	if broken {
		b.Truncated = []int{0}
	}
	return r.deliver(b, size)
}

// deliver counts the block, which took size bytes.
func (r *Reader) deliver(b *Block, size int) *Block {
	r.start += size
	r.offset += int64(size)
	r.lines += int64(len(b.Lines))
	r.truncated += int64(len(b.Truncated))
	b.Offset = r.offset
	return b
}

// cutLine returns at the most n bytes of the line, which is longer, and no half
// character at their end.
func cutLine(line string, n int) string {
	for back := range min(utf8.UTFMax, n) {
		if utf8.RuneStart(line[n-back]) {
			return line[:n-back]
		}
	}
	return line[:n] // not UTF-8
}

// skipRest drops what was read of the rest of a long line.
func (r *Reader) skipRest() {
	if !r.skip {
		return
	}
	size := r.end - r.start
	if at := bytes.IndexByte(r.buf[r.start:r.end], '\n'); at >= 0 {
		size = at + 1
		r.skip = false
	}
	r.start += size
	r.offset += int64(size)
}

// read reads once, behind what is there.
func (r *Reader) read() {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.cut -= r.start
		r.start = 0
	}
	if r.end == len(r.buf) {
		// The buffer grows to the longest line at the most: Next cuts a longer one.
		grown := make([]byte, max(r.opts.BlockBytes, min(2*len(r.buf), r.opts.MaxLine+2), sniffed))
		copy(grown, r.buf)
		r.buf = grown
	}
	for range maxEmptyReads {
		n, err := r.src.Read(r.buf[r.end:])
		if at := bytes.LastIndexByte(r.buf[r.end:r.end+n], '\n'); at >= 0 {
			r.cut = r.end + at + 1
		}
		r.end += n
		r.err = err
		if n > 0 || err != nil {
			return
		}
	}
	r.err = io.ErrNoProgress
}
