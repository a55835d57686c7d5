package match

import (
	"bytes"
	"encoding/binary"
)

// grams finds which of many literals occur in a text, at a cost that depends on
// the text alone: every literal of four bytes and more is filed under one of its
// runs of four bytes (its gram); a bit set answers for most positions of a text
// that no literal is filed there. Literals of three bytes have a table of their
// own, shorter ones are searched one by one.
type grams struct {
	four, three gramTable
	short       []gramLiteral
}

type gramTable struct {
	// bits say of a gram's hash whether a literal may be filed there: of few
	// literals in small, so that it stays in the fastest memory, else in large.
	small *[64]uint64
	large *[1024]uint64
	slots []gramSlot
	tail  uint32 // shift of the hash, for a slot
	lits  []gramLiteral
}

type gramSlot struct {
	gram  uint32
	first int32 // index+1 of the first literal; 0 is an empty slot
}

type gramLiteral struct {
	lit  []byte
	at   int32 // where the gram stands in the literal
	id   int32
	next int32 // index+1 of the next literal of the gram
	end  anchor
}

// anchor says where in the text a literal must stand.
type anchor uint8

const (
	anywhere anchor = iota
	atStart
	atEnd
)

// literal is one literal to find.
type literal struct {
	lit string
	end anchor
}

// anchored reports whether a literal found at from stands where it must.
func (l *gramLiteral) anchored(from, size int) bool {
	switch l.end {
	case atStart:
		return from == 0
	case atEnd:
		return from+len(l.lit) == size
	default:
		return true
	}
}

// in reports whether the text holds the literal where it must stand.
func (l *gramLiteral) in(text []byte) bool {
	switch l.end {
	case atStart:
		return bytes.HasPrefix(text, l.lit)
	case atEnd:
		return bytes.HasSuffix(text, l.lit)
	default:
		return bytes.Contains(text, l.lit)
	}
}

const gramHash = 2654435761

// newGrams returns the finder of the literals, which are folded and not empty.
// Rarity says how often a gram occurs; each literal is filed under its rarest.
func newGrams(literals []literal, rarity func(gram uint32) float64) *grams {
	g := &grams{}
	var four, three []gramLiteral
	for i, one := range literals {
		s := one.lit
		l := gramLiteral{lit: []byte(s), id: int32(i), end: one.end}
		switch {
		case len(s) >= 4:
			best := 0.0
			for at := 0; at+4 <= len(s); at++ {
				if r := rarity(binary.LittleEndian.Uint32(l.lit[at:])); at == 0 || r < best {
					best, l.at = r, int32(at)
				}
			}
			four = append(four, l)
		case len(s) == 3:
			three = append(three, l)
		default:
			g.short = append(g.short, l)
		}
	}
	g.four.build(four, 4)
	g.three.build(three, 3)
	return g
}

func gramOf(l []byte, size int) uint32 {
	if size == 4 {
		return binary.LittleEndian.Uint32(l)
	}
	return uint32(l[0]) | uint32(l[1])<<8 | uint32(l[2])<<16
}

func (t *gramTable) build(lits []gramLiteral, size int) {
	if len(lits) == 0 {
		return
	}
	slots := uint32(3)
	for 1<<slots < 3*len(lits) {
		slots++
	}
	if len(lits) <= maxSmall {
		t.small = new([64]uint64)
	} else {
		t.large = new([1024]uint64)
	}
	t.slots, t.tail, t.lits = make([]gramSlot, 1<<slots), 32-slots, lits
	for i := range lits {
		gram := gramOf(lits[i].lit[lits[i].at:], size)
		h := gram * gramHash
		if t.small != nil {
			t.small[h>>26] |= 1 << (h >> 20 & 63)
		} else {
			t.large[h>>22] |= 1 << (h >> 16 & 63)
		}
		s := t.slot(gram)
		s.gram, lits[i].next = gram, s.first
		s.first = int32(i + 1)
	}
}

// maxSmall is the number of literals up to which the small bit set tells grams
// apart well enough.
const maxSmall = 256

// bit is 1 in the lowest bit when a literal may be filed under the gram.
func (t *gramTable) bit(gram uint32) uint64 {
	h := gram * gramHash
	if t.small != nil {
		return t.small[h>>26] >> (h >> 20 & 63)
	}
	return t.large[h>>22] >> (h >> 16 & 63)
}

// slot returns the slot of the gram, an empty one when it has none.
func (t *gramTable) slot(gram uint32) *gramSlot {
	mask := uint32(len(t.slots) - 1)
	for at := gram * gramHash >> t.tail; ; at++ {
		if s := &t.slots[at&mask]; s.first == 0 || s.gram == gram {
			return s
		}
	}
}

// scan calls hit with the number of each literal that occurs in the folded text,
// perhaps several times, until hit returns true; then it returns true.
func (g *grams) scan(text []byte, hit func(id int32) bool) bool {
	if g.four.lits != nil && g.four.scan4(text, hit) {
		return true
	}
	if g.three.lits != nil && g.three.scan3(text, hit) {
		return true
	}
	for i := range g.short {
		if g.short[i].in(text) && hit(g.short[i].id) {
			return true
		}
	}
	return false
}

// scan4 looks at four positions of the text at a time.
func (t *gramTable) scan4(text []byte, hit func(id int32) bool) bool {
	last, i := int32(-1), 0
	if small := t.small; small != nil {
		for ; i+8 <= len(text); i += 4 {
			w := binary.LittleEndian.Uint64(text[i:])
			a, b, c, d := uint32(w)*gramHash, uint32(w>>8)*gramHash, uint32(w>>16)*gramHash, uint32(w>>24)*gramHash
			some := small[a>>26]>>(a>>20&63) | small[b>>26]>>(b>>20&63) | small[c>>26]>>(c>>20&63) | small[d>>26]>>(d>>20&63)
			if some&1 != 0 && t.four(text, i, w, &last, hit) {
				return true
			}
		}
	} else {
		large := t.large
		for ; i+8 <= len(text); i += 4 {
			w := binary.LittleEndian.Uint64(text[i:])
			a, b, c, d := uint32(w)*gramHash, uint32(w>>8)*gramHash, uint32(w>>16)*gramHash, uint32(w>>24)*gramHash
			some := large[a>>22]>>(a>>16&63) | large[b>>22]>>(b>>16&63) | large[c>>22]>>(c>>16&63) | large[d>>22]>>(d>>16&63)
			if some&1 != 0 && t.four(text, i, w, &last, hit) {
				return true
			}
		}
	}
	for ; i+4 <= len(text); i++ {
		w := binary.LittleEndian.Uint32(text[i:])
		if t.bit(w)&1 != 0 && t.verify(text, i, w, &last, hit) {
			return true
		}
	}
	return false
}

// four looks closer at the grams of four positions.
func (t *gramTable) four(text []byte, i int, w uint64, last *int32, hit func(id int32) bool) bool {
	for k := range 4 {
		gram := uint32(w >> (8 * k))
		if t.bit(gram)&1 != 0 && t.verify(text, i+k, gram, last, hit) {
			return true
		}
	}
	return false
}

func (t *gramTable) scan3(text []byte, hit func(id int32) bool) bool {
	if len(text) < 3 {
		return false
	}
	last := int32(-1)
	w := uint32(text[0])<<8 | uint32(text[1])<<16
	for i, c := range text[2:] {
		w = w>>8 | uint32(c)<<16
		if t.bit(w)&1 != 0 && t.verify(text, i, w, &last, hit) {
			return true
		}
	}
	return false
}

// verify compares the literals of the gram that stands at i in the text.
func (t *gramTable) verify(text []byte, i int, gram uint32, last *int32, hit func(id int32) bool) bool {
	for n := t.slot(gram).first; n != 0; {
		l := &t.lits[n-1]
		n = l.next
		from := i - int(l.at)
		if from < 0 || from+len(l.lit) > len(text) || l.id == *last || !l.anchored(from, len(text)) ||
			!bytes.Equal(text[from:from+len(l.lit)], l.lit) {
			continue
		}
		*last = l.id
		if hit(l.id) {
			return true
		}
	}
	return false
}
