package threat

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sasumata/sasumata/internal/lookup"
)

// The bounds of one list.
const (
	// DefaultMaxBytes is how large a list may be; the largest public ones have some
	// ten megabytes.
	DefaultMaxBytes = 64 << 20
	// DefaultMaxEntries is how many entries it may have.
	DefaultMaxEntries = 4 << 20
	// MaxLevel is the highest number behind an address that is told apart.
	MaxLevel = 31
	// maxLine is how long a line may be, in bytes.
	maxLine = 64 << 10
)

// The widest network that an entry may be, as the length of its prefix. A wider
// one is a mistake, or the networks that nobody routes.
const (
	widest4 = 8
	widest6 = 16
)

// Errors of lists that cannot be used at all.
var (
	ErrTooLarge = errors.New("larger than the limit")
	ErrPage     = errors.New("a web page, not a list of addresses")
	ErrNoEntry  = errors.New("no line is an address or network")
)

// ReadOptions says how a list is read.
type ReadOptions struct {
	// Format is how it is written; "" and Auto find out.
	Format Format
	// Column names the column of the addresses in CSV; "" finds out.
	Column string
	// MinLevel leaves out entries with a smaller number.
	MinLevel int
	// MaxBytes and MaxEntries bound it; 0 means the defaults.
	MaxBytes, MaxEntries int
}

// Contents is a list that was read.
type Contents struct {
	// Format is how it was written.
	Format Format
	// Header is what it says of itself.
	Header Header
	// Report counts lines and entries, and has the first faults with their lines.
	Report lookup.Report
	// Below is how many entries were below the minimum level, Private how many hold
	// no public address (10.0.0.0/8), Wide how many were wider than /8, or /16 with
	// IPv6. They are left out, and no faults.
	Below, Private, Wide int

	entries []entry
}

// entry is one line of a list. The level is 1 in lists without levels.
type entry struct {
	lookup.Range

	level uint8
}

// Incomplete reports whether the list says that it has more entries than were in
// it.
func (c *Contents) Incomplete() bool { return c.Header.Entries > c.Report.Entries+c.Report.Faults }

// Read reads a list, plain or packed by gzip; the limits are about what was unpacked.
// Lines that cannot be read are counted in the report and left
// out. The error is about reading, ErrTooLarge, ErrPage or ErrNoEntry; an empty
// list, or one of comments, is none.
func Read(r io.Reader, opts ReadOptions) (*Contents, error) {
	limit := opts.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	most := opts.MaxEntries
	if most <= 0 {
		most = DefaultMaxEntries
	}
	packed := bufio.NewReader(r)
	r = packed
	if magic, _ := packed.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(packed)
		if err != nil {
			return &Contents{}, err
		}
		r = unpacked
	}
	bounded := &io.LimitedReader{R: r, N: int64(limit) + 1}
	lines := bufio.NewReaderSize(bounded, maxLine)
	beginning, _ := lines.Peek(maxLine)
	if isPage(beginning) {
		return &Contents{}, ErrPage
	}
	if opts.Format == "" || opts.Format == Auto {
		opts.Format = Detect(beginning)
	}
	reader := listReader{Contents: &Contents{Format: opts.Format}, opts: opts, column: -1, unroutable: unroutable()}
	var err error
	for err == nil {
		var line string
		line, err = reader.next(lines)
		if line == "" {
			continue
		}
		if len(reader.entries) >= most {
			return reader.Contents, fmt.Errorf("line %d: %w of %d entries", reader.Report.Lines, ErrTooLarge, most)
		}
		reader.line(line)
	}
	switch {
	case bounded.N <= 0:
		return reader.Contents, fmt.Errorf("%w of %d bytes", ErrTooLarge, limit)
	case !errors.Is(err, io.EOF):
		return reader.Contents, err
	case reader.Report.Entries == 0 && reader.Report.Faults > 0:
		return reader.Contents, fmt.Errorf("%w: %w", ErrNoEntry, reader.Report.First[0])
	default:
		return reader.Contents, nil
	}
}

// listReader reads the lines of one list.
type listReader struct {
	*Contents

	opts    ReadOptions
	column  int    // of the addresses in CSV, -1 while it is unknown
	comment string // the one before, which may name the columns of CSV
	fields  []string

	unroutable *lookup.List
}

// next returns the next line that is no comment, without white space around it.
func (l *listReader) next(r *bufio.Reader) (string, error) {
	line, err := l.Report.ReadLine(r)
	if !lookup.IsComment(line) {
		return line, err
	}
	if l.Report.Entries == 0 { // what follows entries is about the next ones
		l.Header.comment(line)
		l.comment = line
	}
	return "", err
}

// line reads one line of entries.
func (l *listReader) line(line string) {
	text, level, reason := line, 1, ""
	switch l.Format {
	case Levels:
		level = trailingNumber(line)
	case NDJSON:
		text, reason = l.object(line)
	case TorLog:
		text = torEntry(line)
	case Ranges:
		if text = fromTo(line); strings.HasPrefix(text, "Start") {
			text = "" // the names of DShield's columns
		}
	case CSV:
		text, reason = l.cell(line)
	case Auto, Plain, Drop: // the line begins with the entry
	}
	if reason != "" {
		l.Report.Fault(line, reason)
		return
	}
	if text == "" {
		return // what describes the list, or other entries
	}
	r, reason := lookup.ParseRange(text)
	switch {
	case reason == "":
		l.add(entry{r, uint8(min(max(level, 1), MaxLevel))}, level)
	case lookup.IsName(text):
		l.Report.Names++
	default:
		l.Report.Fault(text, reason)
	}
}

func (l *listReader) add(e entry, level int) {
	l.Report.Entries++
	switch {
	case level < l.opts.MinLevel && l.Format == Levels:
		l.Below++
	case l.unroutable.HoldsRange(e.Range):
		l.Private++
	case wide(e.Range):
		l.Wide++
	default:
		l.entries = append(l.entries, e)
	}
}
