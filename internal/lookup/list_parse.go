package lookup

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// DefaultMaxEntries is how many addresses and networks a list may have when
// Limits names no other number.
const DefaultMaxEntries = 4 << 20

// maxListLine is the length in bytes of the longest line of a list.
const maxListLine = 64 << 10

// maxReported is how many faults a Report describes; it counts all of them.
const maxReported = 20

// ErrTooLarge says that a list or table holds more than its limit.
var ErrTooLarge = errors.New("larger than the limit")

// Limits bounds what is read.
type Limits struct {
	// MaxEntries is the number of addresses and networks of a list, or of cells of
	// a table; 0 means DefaultMaxEntries.
	MaxEntries int
}

func (l Limits) entries() int {
	if l.MaxEntries <= 0 {
		return DefaultMaxEntries
	}
	return l.MaxEntries
}

// ListFault is one line of a list that could not be read.
type ListFault struct {
	// Line counts from 1.
	Line int
	// Text is the beginning of the entry.
	Text string
	// Reason says what is wrong with it.
	Reason string
}

// Error returns the line, the text and the reason.
func (f ListFault) Error() string { return fmt.Sprintf("line %d: %q: %s", f.Line, f.Text, f.Reason) }

// Report says what was found in a list.
type Report struct {
	// Lines is the number of lines.
	Lines int
	// Entries is the number of addresses, networks and ranges that were read.
	Entries int
	// Names is the number of entries that are host names or URLs: they belong on
	// such a list, but an address never is one.
	Names int
	// Faults is the number of lines that could not be read.
	Faults int
	// First describes the first 20 faults.
	First []ListFault
}

// Fault counts a line that could not be read; the first 20 are described.
func (r *Report) Fault(text, reason string) {
	r.Faults++
	if len(r.First) < maxReported {
		if len(text) > 60 {
			text = text[:60]
		}
		r.First = append(r.First, ListFault{Line: r.Lines, Text: strings.ToValidUTF8(text, string(utf8.RuneError)), Reason: reason})
	}
}

// ReadList reads a list as threat feeds are published: one address, network
// (1.2.3.0/24), range (1.2.3.4-1.2.3.9) or address with port a line, or one JSON
// object with a key cidr or ip. Comments start with # or ;, and what follows an
// entry behind white space, a comma or a semicolon is ignored. Host bits of a
// network are cleared. A line that cannot be read is counted in the report and
// left out; so is one that holds every address of its family.
//
// The error is about reading, or ErrTooLarge; the list then holds what came before.
func ReadList(r io.Reader, limits Limits) (*List, Report, error) {
	var (
		l      = new(List)
		report Report
		err    error
	)
	lines := bufio.NewReaderSize(r, maxListLine)
	for err == nil {
		var line string
		line, err = report.ReadLine(lines)
		if line == "" || IsComment(line) {
			continue
		}
		if report.Entries >= limits.entries() {
			err = fmt.Errorf("line %d: %w of %d entries", report.Lines, ErrTooLarge, limits.entries())
			break
		}
		l.addLine(line, &report)
	}
	l.finish()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return l, report, err
}

// ReadLine reads the next line of a list, counts it, and returns it without white
// space around it. A line that does not fit into the buffer is a fault, and "".
func (r *Report) ReadLine(in *bufio.Reader) (string, error) {
	raw, err := in.ReadSlice('\n')
	if len(raw) == 0 {
		return "", err
	}
	r.Lines++
	if errors.Is(err, bufio.ErrBufferFull) {
		r.Fault(string(raw[:60]), "the line is too long")
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		return "", err
	}
	line := strings.TrimSpace(string(raw))
	if r.Lines == 1 {
		line = strings.TrimPrefix(line, "\ufeff")
	}
	return line, err
}

// IsComment reports whether a line of a list is a comment.
func IsComment(line string) bool {
	return strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") || strings.HasPrefix(line, "//")
}

func (l *List) addLine(line string, report *Report) {
	entry := line
	if line[0] == '{' {
		var ok bool
		if entry, ok = jsonEntry(line); !ok {
			report.Fault(line, "want a JSON object with the key cidr or ip")
			return
		}
		if entry == "" {
			return // what describes the list
		}
	}
	reason := l.addEntry(entry)
	switch {
	case reason == "":
		report.Entries++
	case IsName(entry):
		report.Names++
	default:
		report.Fault(entry, reason)
	}
}

// jsonEntry returns the network of a line of JSON, "" when the line describes the
// list itself.
func jsonEntry(line string) (string, bool) {
	var entry struct {
		CIDR string `json:"cidr"`
		IP   string `json:"ip"`
		Type string `json:"type"`
	}
	if json.Unmarshal([]byte(line), &entry) != nil {
		return "", false
	}
	if entry.CIDR == "" {
		entry.CIDR = entry.IP
	}
	return entry.CIDR, entry.CIDR != "" || entry.Type == "metadata"
}

// addEntry adds the entry that text starts with, and says why it cannot.
func (l *List) addEntry(text string) (reason string) {
	r, reason := ParseRange(text)
	if reason == "" {
		l.addRange(r.From, r.To)
	}
	return reason
}

// Range is the addresses from From to To, both of one family, neither behind the
// other, IPv4 not inside IPv6.
type Range struct{ From, To netip.Addr }

// ParseRange reads what the line of a list starts with: an address, with or
// without a port, a network (host bits are cleared), or a range of two addresses.
// What follows behind white space, a comma, a semicolon or a bar is left alone. For
// a line that cannot be read it says why, in a few words that stand for themselves;
// an entry that holds every address of its family is such a line.
func ParseRange(text string) (r Range, reason string) {
	first, rest := cutField(text)
	if from, to, ok := strings.Cut(first, "-"); ok && looksLikeAddr(from) {
		return parseBounds(from, to)
	}
	if to, ok := strings.CutPrefix(rest, "-"); ok && looksLikeAddr(first) {
		to, _ = cutField(strings.TrimSpace(to))
		return parseBounds(first, to)
	}
	if strings.IndexByte(first, '/') > 0 {
		p, err := netip.ParsePrefix(first)
		if err != nil {
			return r, "not a network"
		}
		if p, _ = unmap(p); p.Bits() == 0 {
			return r, "holds every address"
		}
		return bounds(p), ""
	}
	a, ok := ParseAddr(first)
	if !ok {
		port, err := netip.ParseAddrPort(first)
		if err != nil {
			return r, "not an address, network or range"
		}
		a = port.Addr().Unmap().WithZone("")
	}
	return Range{a, a}, ""
}

func parseBounds(from, to string) (r Range, reason string) {
	a, okA := ParseAddr(from)
	b, okB := ParseAddr(to)
	switch {
	case !okA || !okB || a.Is4() != b.Is4():
		return r, "not a range of addresses"
	case b.Less(a):
		return r, "the range ends before it starts"
	case a.IsUnspecified() && b == last(b):
		return r, "holds every address"
	}
	return Range{a, b}, ""
}

// bounds returns the first and the last address of a network.
func bounds(p netip.Prefix) Range {
	from := p.Addr()
	if from.Is4() {
		b := from.As4()
		binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])|^uint32(0)>>p.Bits())
		return Range{from, netip.AddrFrom4(b)}
	}
	b := from.As16()
	for i := range b {
		if keep := p.Bits() - 8*i; keep < 8 {
			b[i] |= byte(0xff >> max(0, keep))
		}
	}
	return Range{from, netip.AddrFrom16(b)}
}

// last returns the highest address of the family.
func last(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	return netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
}

// cutField returns the first field of a line without quotes around it, and what
// follows it.
func cutField(line string) (field, rest string) {
	if end := strings.IndexAny(line, " \t,;#|"); end >= 0 {
		line, rest = line[:end], strings.TrimLeft(line[end:], " \t")
	}
	return strings.Trim(line, `"'`), rest
}

// IsName reports whether the line of a list starts with a host name or a URL: it
// belongs on such a list, but no address is one.
func IsName(text string) bool {
	name, _ := cutField(text)
	if _, rest, ok := strings.Cut(name, "://"); ok {
		return rest != ""
	}
	if end := strings.IndexAny(name, "/:"); end >= 0 {
		name = name[:end]
	}
	for i := range len(name) {
		switch c := name[i]; {
		case isLetter(c), c >= '0' && c <= '9', c == '.', c == '-', c == '_', c == '*':
		default:
			return false
		}
	}
	dot := strings.LastIndexByte(name, '.')
	return dot > 0 && dot+1 < len(name) && isLetter(name[dot+1])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
