package dfa

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// program is an expression with its characters sorted into classes: those that no
// instruction tells apart.
type program struct {
	insts    []inst
	start    uint32
	anchored bool // a match begins at the beginning of the text only

	low    [256]uint8 // classes of ASCII, or of all bytes
	from   []rune     // beginnings of ranges, ascending
	class  []uint8    // their classes
	kinds  []kind     // what each class is to an assertion; the last is the end
	accept []uint64   // bits by set and class
	width  int        // classes, the end included
	end    int        // the class of the end of the text
	asks   syntax.EmptyOp
}

type inst struct {
	op  syntax.InstOp
	out uint32
	arg uint32 // of a rune: its set; of an alternative: the other way; of an assertion: which
}

// kind is what an assertion wants to know of the character on one side.
type kind uint8

const (
	kindOther kind = iota
	kindWord
	kindNewline
	kindEnd // begin or end of the text
)

// maxClasses is what fits into a uint8, with a class for the end.
const maxClasses = 255

// newProgram returns nil for an expression with more classes than that.
func newProgram(source string, bytes bool) *program {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil
	}
	code, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil
	}
	p := &program{start: uint32(code.Start)} // programs are short
	p.anchored = code.StartCond()&syntax.EmptyBeginText != 0
	sets := newRuneSets()
	for i := range code.Inst {
		in := &code.Inst[i]
		one := inst{op: in.Op, out: in.Out, arg: in.Arg}
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			one.op, one.arg = syntax.InstRune, sets.add(in)
		case syntax.InstCapture:
			one.op = syntax.InstNop
		case syntax.InstEmptyWidth:
			p.asks |= syntax.EmptyOp(in.Arg)
		default:
		}
		p.insts = append(p.insts, one)
	}
	if !p.classify(sets, bytes) {
		return nil
	}
	return p
}

// runeSets numbers the different sets of characters that instructions accept.
type runeSets struct {
	number map[string]uint32
	ranges [][]rune // pairs, ascending
}

func newRuneSets() *runeSets { return &runeSets{number: map[string]uint32{}} }

func (s *runeSets) add(in *syntax.Inst) uint32 {
	ranges := rangesOf(in)
	key := make([]byte, 0, 4*len(ranges))
	for _, r := range ranges {
		key = binary.LittleEndian.AppendUint32(key, uint32(r)) // not negative
	}
	id, ok := s.number[string(key)]
	if !ok {
		id = uint32(len(s.ranges)) // as many as instructions at the most
		s.number[string(key)] = id
		s.ranges = append(s.ranges, ranges)
	}
	return id
}

// rangesOf returns what the instruction accepts, as pairs.
func rangesOf(in *syntax.Inst) []rune {
	switch {
	case in.Op == syntax.InstRuneAny:
		return []rune{0, unicode.MaxRune}
	case in.Op == syntax.InstRuneAnyNotNL:
		return []rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	case len(in.Rune) != 1:
		return in.Rune
	}
	r := in.Rune[0]
	list := []rune{r, r}
	if syntax.Flags(in.Arg)&syntax.FoldCase != 0 && in.Op == syntax.InstRune {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			list = append(list, f, f)
		}
	}
	return list
}

// classify divides the characters into classes.
func (p *program) classify(sets *runeSets, bytes bool) bool {
	cuts := []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1}
	for _, ranges := range sets.ranges {
		for i := 0; i < len(ranges); i += 2 {
			cuts = append(cuts, ranges[i], ranges[i+1]+1)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	words := (len(sets.ranges) + 63) / 64
	classes := map[string]uint8{}
	var members [][]uint64 // by class: the sets that it is in
	signature := make([]byte, 0, 8*words+1)
	for _, from := range cuts {
		in := make([]uint64, words)
		for i, ranges := range sets.ranges {
			if inRanges(ranges, from) {
				in[i>>6] |= 1 << (i & 63)
			}
		}
		k := p.kindOf(from)
		signature = append(signature[:0], byte(k))
		for _, w := range in {
			signature = binary.LittleEndian.AppendUint64(signature, w)
		}
		id, ok := classes[string(signature)]
		if !ok {
			if len(members) == maxClasses {
				return false
			}
			id = uint8(len(members)) // below maxClasses
			classes[string(signature)] = id
			members, p.kinds = append(members, in), append(p.kinds, k)
		}
		p.from, p.class = append(p.from, from), append(p.class, id)
	}
	p.end = len(members)
	p.width = p.end + 1
	p.kinds = append(p.kinds, kindEnd)
	p.accept = make([]uint64, (len(sets.ranges)*p.width+63)/64)
	for class, in := range members {
		for set := range sets.ranges {
			if in[set>>6]>>(set&63)&1 == 1 {
				at := set*p.width + class
				p.accept[at>>6] |= 1 << (at & 63)
			}
		}
	}
	for c := range p.low {
		if c < utf8.RuneSelf || bytes {
			p.low[c] = uint8(p.classOf(rune(c))) // below maxClasses
		}
	}
	return true
}

func inRanges(ranges []rune, r rune) bool {
	for i := 0; i < len(ranges); i += 2 {
		if r >= ranges[i] && r <= ranges[i+1] {
			return true
		}
	}
	return false
}

// kindOf tells the kinds apart that the program asks for.
func (p *program) kindOf(r rune) kind {
	switch {
	case p.asks&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 && syntax.IsWordChar(r):
		return kindWord
	case p.asks&(syntax.EmptyBeginLine|syntax.EmptyEndLine) != 0 && r == '\n':
		return kindNewline
	default:
		return kindOther
	}
}

// classOf returns the class of any character.
func (p *program) classOf(r rune) int {
	i, found := slices.BinarySearch(p.from, r)
	if !found {
		i--
	}
	return int(p.class[i])
}

func (p *program) accepts(set uint32, class int) bool {
	at := int(set)*p.width + class
	return p.accept[at>>6]>>(at&63)&1 == 1
}

// holds returns the assertions that hold between two characters.
func holds(before, after kind) syntax.EmptyOp {
	var op syntax.EmptyOp
	switch before {
	case kindEnd:
		op |= syntax.EmptyBeginText | syntax.EmptyBeginLine
	case kindNewline:
		op |= syntax.EmptyBeginLine
	default:
	}
	switch after {
	case kindEnd:
		op |= syntax.EmptyEndText | syntax.EmptyEndLine
	case kindNewline:
		op |= syntax.EmptyEndLine
	default:
	}
	if (before == kindWord) != (after == kindWord) {
		return op | syntax.EmptyWordBoundary
	}
	return op | syntax.EmptyNoWordBoundary
}
