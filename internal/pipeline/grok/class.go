package grok

import (
	"errors"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// wide says how a class answers for runes beyond ASCII.
type wide uint8

const (
	wideNone  wide = iota // none of them belongs to the class
	wideAll               // all of them do, and bytes that are not UTF-8 too
	wideTable             // the ranges tell
)

// class is a set of runes. A byte that is not UTF-8 counts as U+FFFD of one byte.
type class struct {
	bytes  [256]bool // ASCII by value; from 0x80 on true for wideAll only
	wide   wide
	ranges []rune // pairs of first and last rune from 0x80 on, sorted
	any    bool   // every rune
	// except is the only byte that is not in the class, when there is exactly
	// one and wide is wideAll; -1 otherwise.
	except int
}

// newClass makes a class of sorted pairs of first and last rune.
func newClass(ranges []rune) *class {
	c := &class{except: -1}
	for i := 0; i+1 < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		for r := lo; r <= hi && r < utf8.RuneSelf; r++ {
			c.bytes[r] = true
		}
		if hi >= utf8.RuneSelf {
			c.ranges = append(c.ranges, max(lo, utf8.RuneSelf), hi)
		}
	}
	switch {
	case len(c.ranges) == 0:
		c.wide = wideNone
	case len(c.ranges) == 2 && c.ranges[0] == utf8.RuneSelf && c.ranges[1] >= unicode.MaxRune:
		c.wide = wideAll
		for b := utf8.RuneSelf; b < 256; b++ {
			c.bytes[b] = true
		}
		c.findExcept()
	default:
		c.wide = wideTable
	}
	return c
}

func (c *class) findExcept() {
	missing := 0
	for b := range 256 {
		if !c.bytes[b] {
			missing++
			c.except = b
		}
	}
	if missing != 1 {
		c.except = -1
	}
	c.any = missing == 0
}

// at returns the length of the rune at pos when it belongs to the class, else 0.
func (c *class) at(text string, pos int) int {
	if pos >= len(text) {
		return 0
	}
	b := text[pos]
	if b < utf8.RuneSelf {
		if c.bytes[b] {
			return 1
		}
		return 0
	}
	if c.wide == wideNone {
		return 0
	}
	r, n := utf8.DecodeRuneInString(text[pos:])
	if c.wide == wideAll || c.inRanges(r) {
		return n
	}
	return 0
}

func (c *class) inRanges(r rune) bool {
	lo, hi := 0, len(c.ranges)/2
	for lo < hi {
		mid := (lo + hi) / 2
		switch {
		case r < c.ranges[2*mid]:
			hi = mid
		case r > c.ranges[2*mid+1]:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

// firstBytes adds every byte with which a rune of the class can start.
func (c *class) firstBytes(set *byteSet) {
	for b := range utf8.RuneSelf {
		if c.bytes[b] {
			set.add(byte(b))
		}
	}
	var buf [utf8.UTFMax]byte
	for i := 0; i < len(c.ranges); i += 2 {
		lo, hi := c.ranges[i], min(c.ranges[i+1], unicode.MaxRune)
		if lo <= utf8.RuneError && utf8.RuneError <= hi {
			set.addRange(utf8.RuneSelf, 0xff) // broken UTF-8 reads as U+FFFD
			return
		}
		utf8.EncodeRune(buf[:], lo)
		first := buf[0]
		utf8.EncodeRune(buf[:], hi)
		if lo >= 0xd800 && lo <= 0xdfff || hi >= 0xd800 && hi <= 0xdfff {
			set.addRange(utf8.RuneSelf, 0xff)
			return
		}
		set.addRange(first, buf[0])
	}
}

// foldClass is the class of one rune in any case.
func foldClass(r rune) *class {
	orbit := []rune{r, r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		at := 0
		for at < len(orbit) && orbit[at] < f {
			at += 2
		}
		orbit = append(orbit[:at], append([]rune{f, f}, orbit[at:]...)...)
	}
	return newClass(orbit)
}

// parseClass reads a bracket expression or a class escape (\d, \p{L}).
func parseClass(text string, fold bool) (*class, error) {
	flags := syntax.Perl | syntax.DotNL
	if fold {
		flags |= syntax.FoldCase
	}
	re, err := syntax.Parse(text, flags)
	if err != nil {
		return nil, err
	}
	switch re.Op {
	case syntax.OpCharClass:
		return newClass(re.Rune), nil
	case syntax.OpAnyChar:
		return anyClass(), nil
	case syntax.OpAnyCharNotNL:
		return dotClass(), nil
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return foldClass(re.Rune[0]), nil
		}
		return newClass([]rune{re.Rune[0], re.Rune[0]}), nil
	case syntax.OpNoMatch:
		return newClass(nil), nil
	default:
		return nil, errors.New("not a class")
	}
}

func anyClass() *class { return newClass([]rune{0, unicode.MaxRune}) }

func dotClass() *class { return newClass([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}) }

// byteSet is a set of bytes.
type byteSet [4]uint64

func (s *byteSet) add(b byte) { s[b>>6] |= 1 << (b & 63) }

func (s *byteSet) addRange(lo, hi byte) {
	for b := int(lo); b <= int(hi); b++ {
		s.add(byte(b))
	}
}

func (s *byteSet) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

func (s *byteSet) empty() bool { return s[0]|s[1]|s[2]|s[3] == 0 }

func (s *byteSet) meets(o *byteSet) bool {
	return s[0]&o[0]|s[1]&o[1]|s[2]&o[2]|s[3]&o[3] != 0
}

// union adds o and reports whether that changed anything.
func (s *byteSet) union(o *byteSet) bool {
	before := *s
	for i := range s {
		s[i] |= o[i]
	}
	return *s != before
}
