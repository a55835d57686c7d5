package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
)

// identified is the number of bytes at the beginning of a file, and before the
// place where reading stopped, that say whether it is the same file.
const identified = 1 << 10

// NoPosition stands for the position in a file that is gone for ever.
const NoPosition = "null"

// Position is how far a file was read: enough to know the file again, also under
// another name, and to go on behind the last whole line. It is written as JSON.
type Position struct {
	// Path is the file's absolute path when it was read.
	Path string `json:"path"`
	// Size is the size of the file as it is stored, in bytes, when it was read.
	Size int64 `json:"size"`
	// Offset is the number of bytes that were read, up to the end of a line; Lines is
	// the number of these lines.
	Offset int64 `json:"offset"`
	Lines  int64 `json:"lines"`
	// Inside says that the last line was cut, and that the dropped rest of it goes on
	// behind Offset.
	Inside bool `json:"inside,omitempty"`
	// Packed says that Offset is of the text and not of the file, because the file is
	// compressed or UTF-16: it is found again by reading from the beginning.
	Packed bool `json:"packed,omitempty"`
	// Head and Tail are hashes of up to 1 KiB at the beginning of the file and before
	// Offset; HeadBytes is of how many bytes Head is.
	Head      string `json:"head"`
	HeadBytes int64  `json:"head_bytes"`
	Tail      string `json:"tail,omitempty"`
	// Again is the number of lines behind Offset that were handed on, and are read again
	// for those pieces of longer lines among them that were not.
	Again int64 `json:"again,omitempty"`
	// Back, unless it is nil, says that lines before Offset are to be read again.
	Back *Back `json:"back,omitempty"`
	// Waiting are records at the end that may still grow.
	Waiting []Waiting `json:"waiting,omitempty"`
}

// Check reports numbers that no position has.
func (p *Position) Check() error {
	if p.Size < 0 || p.Offset < 0 || p.Lines < 0 || p.Again < 0 || p.HeadBytes < 0 || p.HeadBytes > identified || p.Lines > p.Offset || !p.Packed && p.Offset > p.Size {
		return errors.New("a number is out of range")
	}
	if b := p.Back; b != nil && (b.Offset < 0 || b.Offset > p.Offset || b.Lines < 0 || b.Lines > p.Lines || b.Again < 0 ||
		len(b.Apart) > maxApart || len(b.Apart) > 0 && slices.Min(b.Apart) < 1 || b.Part > uint8(traceBody)+1) {
		return errors.New("a number is out of range")
	}
	return NewJoiner(&Reader{}, Join{}).Take(p.Waiting)
}

// Back is from where a file is read again, because of a record that was not handed on.
type Back struct {
	Place

	// Again is the number of lines behind the place that were handed on, and Apart are the
	// numbers of further ones, counted from the place, which stand between those of the
	// record.
	Again int64   `json:"again,omitempty"`
	Apart []int64 `json:"apart,omitempty"`
	// Part, unless it is 0, says that the record goes on with one that was too long, and,
	// less 1, how far that one's traceback had come.
	Part uint8 `json:"part,omitempty"`
}

// Place is the end of a line, or of the part of a long one that was kept, in the words of
// Position.
type Place struct {
	Offset int64 `json:"offset"`
	Lines  int64 `json:"lines"`
	Inside bool  `json:"inside,omitempty"`
}

// Waiting is a record whose next line was not read yet. What the log has written is
// bytes, not text: JSON replaces what is not UTF-8 in a text, and the record would come
// out as another one than it went in.
type Waiting struct {
	Lines  [][]byte `json:"lines"`
	Number int64    `json:"number"`
	Event  string   `json:"event,omitempty"` // digits and punctuation
	Origin []byte   `json:"origin,omitempty"`
	Trace  uint8    `json:"trace,omitempty"`
	Whole  bool     `json:"whole,omitempty"`
	Joins  bool     `json:"joins,omitempty"`
	Cut    bool     `json:"cut,omitempty"`
	Done   bool     `json:"done,omitempty"`
	Open   bool     `json:"open,omitempty"`
}

// Change is what became of a file since its position was taken.
type Change uint8

// The changes of a file.
const (
	// New is a file that was never read.
	New Change = iota
	// Same is a file that goes on where it was left.
	Same
	// Truncated is a file that is shorter than what was read of it.
	Truncated
	// Replaced is another file under the name: the one that was read was rotated.
	Replaced
)

// Regular reports whether the input is a file on disk, which has positions: a pipe
// has none.
func (f *File) Regular() bool { return f.disk != nil }

// Find returns the position that the file was left at, among the known ones, which
// come with the latest first: that of its path if it is still the same file, or
// else that of a file that was renamed, and perhaps packed since. Without one, change
// says why.
func (f *File) Find(path string, known []Position) (p *Position, change Change) {
	for i := range known {
		if known[i].Path != path {
			continue
		}
		if change = f.compare(&known[i]); change == Same {
			return &known[i], Same
		}
		break // older ones of the path are of files that it was before
	}
	for i := range known {
		if known[i].Path != path && known[i].HeadBytes > 0 && f.compare(&known[i]) == Same {
			return &known[i], Same
		}
	}
	return nil, change
}

// compare says what became of the file of the position, if this is it.
func (f *File) compare(p *Position) Change {
	packed := f.packed()
	size, err := f.size()
	switch {
	case err == nil && f.format != "plain" && !p.Packed && p.HeadBytes > 0 && f.unpacksTo(p):
		return Same
	case err != nil || packed != p.Packed && p.HeadBytes > 0:
		return Replaced
	case packed && size < p.Size, !packed && size < p.Offset:
		return Truncated
	case p.HeadBytes < 0 || p.HeadBytes > identified || f.hash(0, p.HeadBytes) != p.Head:
		return Replaced
	case !packed && f.hash(max(0, p.Offset-identified), min(p.Offset, identified)) != p.Tail:
		return Replaced
	default:
		return Same
	}
}

// unpacksTo reports whether the text of a packed file goes on behind what was read of
// a plain one: a log that was packed when it was rotated. Most files are ruled out by
// their beginning; many logs have the same header, so what stands before the position
// decides.
func (f *File) unpacksTo(p *Position) bool {
	if f.head == nil {
		f.head = f.textAt(0, identified)
	}
	if p.HeadBytes < 0 || p.HeadBytes > int64(len(f.head)) || hashOf(f.head[:p.HeadBytes]) != p.Head {
		return false
	}
	n := min(p.Offset, identified)
	tail := f.textAt(p.Offset-n, n)
	return int64(len(tail)) == n && hashOf(tail) == p.Tail
}

// textAt returns up to n bytes of the text of a packed file, which is read from its
// beginning for it, apart from where Read has come to.
func (f *File) textAt(at, n int64) []byte {
	b := make([]byte, n)
	text, err := open(f.name, io.NewSectionReader(f.disk, 0, math.MaxInt64))
	if err != nil {
		return b[:0]
	}
	if _, err := io.CopyN(io.Discard, text, at); err != nil {
		n = 0
	}
	read, _ := io.ReadFull(text, b[:n]) // what is damaged ends there
	_ = text.Close()                    // it closes no file
	return b[:read]
}

// packed reports whether offsets of the text are not those of the file.
func (f *File) packed() bool {
	if f.format != "plain" {
		return true
	}
	mark := make([]byte, 2)
	n, _ := f.disk.ReadAt(mark, 0)
	return n == 2 && (bytes.Equal(mark, []byte("\xff\xfe")) || bytes.Equal(mark, []byte("\xfe\xff")))
}

func (f *File) size() (int64, error) {
	info, err := f.disk.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// hash returns the hash of bytes of the file, "" when they are not there.
func (f *File) hash(at, n int64) string {
	b := make([]byte, n)
	if _, err := f.disk.ReadAt(b, at); err != nil {
		return ""
	}
	return hashOf(b)
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Position returns where the reader and the joiner of the file have come to.
func (f *File) Position(path string, r *Reader, j *Joiner) (Position, error) {
	size, err := f.size()
	if err != nil {
		return Position{}, fmt.Errorf("look at %s: %w", f.name, err)
	}
	p := Position{Path: path, Size: size, Offset: r.offset, Lines: r.lines, Inside: r.skip, Packed: f.packed(), Waiting: j.waitingRecords()}
	p.HeadBytes = min(size, identified)
	if !p.Packed {
		p.Size = r.offset + int64(r.end-r.start) // what was seen: it may have grown since
		p.HeadBytes = min(r.offset, identified)
		p.Tail = f.hash(max(0, p.Offset-identified), min(p.Offset, identified))
	}
	p.Head = f.hash(0, p.HeadBytes)
	if p.Head == "" || p.Tail == "" && !p.Packed {
		return Position{}, fmt.Errorf("look at %s: it changed while it was read", f.name)
	}
	return p, nil
}

// onDisk returns the file if the input is a regular one.
func onDisk(src io.Reader) *os.File {
	f, ok := src.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Mode()&fs.ModeType != 0 {
		return nil
	}
	return f
}
