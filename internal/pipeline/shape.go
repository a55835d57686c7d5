package pipeline

// shape is the set of pairs of bytes that stand side by side in a text, as a
// bloom filter. It is made once for a line and rules out nearly all patterns that
// the line cannot match, for the price of a few bits each.
type shape [shapeWords]uint64

const (
	shapeWords = 64
	shapeBits  = shapeWords * 64
	// maxShape is how much of a line is looked at. A longer line has every pair.
	maxShape = 4096
)

func pairBit(a, b byte) uint { return (uint(a)*131 + uint(b)) % shapeBits }

// set makes the shape that of the text.
func (s *shape) set(text string) {
	if len(text) > maxShape {
		for i := range s {
			s[i] = ^uint64(0)
		}
		return
	}
	*s = shape{}
	for i := 1; i < len(text); i++ {
		bit := pairBit(text[i-1], text[i])
		s[bit/64] |= 1 << (bit % 64)
	}
}

// has reports whether all bits are in the shape.
func (s *shape) has(bits []uint) bool {
	for _, bit := range bits {
		if s[bit/64]&(1<<(bit%64)) == 0 {
			return false
		}
	}
	return true
}

// pairs returns the bits that every text which matches the pattern has: those of
// its literal parts, at most maxNeed of them, the rarest-looking first.
func (g *glob) pairs() []uint {
	var rare, common []uint
	for _, part := range append([]string{g.prefix, g.suffix}, g.middle...) {
		for i := 1; i < len(part); i++ {
			if bit := pairBit(part[i-1], part[i]); isCommon(part[i-1]) && isCommon(part[i]) {
				common = append(common, bit)
			} else {
				rare = append(rare, bit)
			}
		}
	}
	rare = append(rare, common...)
	return rare[:min(len(rare), maxNeed)]
}

// maxNeed is how many pairs of a pattern are looked for before it is tried.
const maxNeed = 6

// isCommon reports bytes that most log lines have.
func isCommon(c byte) bool {
	return c == ' ' || c == ':' || c == '/' || c == '-' || c == '.' || c >= '0' && c <= '9'
}
