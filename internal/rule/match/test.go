package match

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"

	"github.com/sasumata/sasumata/internal/event"
)

// testKind is a Kind, with the shapes of patterns apart.
type testKind uint8

const (
	exactText testKind = iota
	prefixText
	suffixText
	containsText
	globText
	anyText // '*': any scalar
	oneOf
	containsAny
	endsWithAny
	isNumber
	isBool
	isNull
	isPresent
	matchesRegexp
	inNetwork
	compares
	hasTimePart
	sameField
	asksCode
	never
)

// test is a compiled Test.
type test struct {
	kind    testKind
	field   int32 // 0 is every scalar
	cased   bool
	want    bool // of isBool and isPresent
	lit     []byte
	glob    *glob
	set     map[string]struct{}
	ends    map[string][]string // suffixes by their base name
	any     []literal
	grams   *grams // of any
	num     float64
	numText string
	re      *regex
	prefix  netip.Prefix
	rel     string
	part    string
	ref     int32
	starts  bool
	stops   bool // of sameField: the value ends with the other
	code    func(*View) bool
	witness string // the longest literal of a glob
}

// maxPairs is the number of pairs of values that one comparison of two fields
// looks at.
const maxPairs = 1 << 14

// shape returns what a tidy pattern comes down to.
func shape(p Pattern) (kind testKind, lit string, rest Pattern) {
	star := func(i int) bool { return p[i].Wild == '*' }
	text := func(i int) bool { return p[i].Wild == 0 }
	switch {
	case len(p) == 0:
		return exactText, "", nil
	case len(p) == 1 && text(0):
		return exactText, p[0].Lit, nil
	case len(p) == 1 && star(0):
		return anyText, "", nil
	case len(p) == 2 && text(0) && star(1):
		return prefixText, p[0].Lit, nil
	case len(p) == 2 && star(0) && text(1):
		return suffixText, p[1].Lit, nil
	case len(p) == 3 && star(0) && text(1) && star(2):
		return containsText, p[1].Lit, nil
	default:
		return globText, "", p
	}
}

func (c *compiler) test(in *Test) (*test, error) {
	t := &test{
		field: c.fields.number(in.Field), cased: in.Cased, want: in.Bool, num: in.Num, numText: in.NumText,
		prefix: in.Prefix, rel: in.Relation, part: in.Part, starts: in.Starts, stops: in.Ends, code: in.Func,
	}
	if in.Field == "" {
		t.field = 0
	}
	switch in.Kind {
	case Text:
		t.text(in)
	case Number:
		t.kind = isNumber
		if in.Field == "" {
			t.kind, t.lit = containsText, []byte(fold(in.NumText))
		}
	case Bool:
		t.kind = isBool
		if in.Field == "" {
			t.kind, t.lit = containsText, fmt.Append(nil, in.Bool)
		}
	case Null:
		t.kind = isNull
	case Exists:
		t.kind = isPresent
	case Regexp:
		re, err := newRegex(in.Regexp, in.Flags)
		if err != nil {
			return nil, err
		}
		t.kind, t.re = matchesRegexp, re
	case CIDR:
		t.kind = inNetwork
	case Compare:
		t.kind = compares
	case TimePart:
		t.kind = hasTimePart
	case FieldRef:
		t.kind, t.ref = sameField, c.fields.number(in.Ref)
	case Func:
		t.kind = asksCode
		if in.Func == nil {
			t.kind = never
		}
	default:
		return nil, fmt.Errorf("unknown kind of test %d", in.Kind)
	}
	if t.field == 0 && (t.kind == isNull || t.kind == isPresent || t.kind == sameField) {
		return nil, errors.New("a test that needs a field has none")
	}
	return t, nil
}

func (t *test) text(in *Test) {
	p := in.Pattern.tidy()
	if in.Field == "" {
		p = p.search()
	}
	if !in.Cased {
		p = p.folded()
	}
	kind, lit, rest := shape(p)
	t.kind, t.lit = kind, []byte(lit)
	if kind == globText {
		t.glob, t.witness = newGlob(rest), fold(rest.longest())
	}
}

// cost is what the test takes, compared with others.
func (t *test) cost() float64 {
	cost := 5.0
	switch t.kind {
	case oneOf, endsWithAny:
		cost = 8
	case containsText:
		cost = 20
	case globText, inNetwork, hasTimePart:
		cost = 40
	case containsAny:
		cost = 100
	case sameField:
		cost = 60
	case matchesRegexp:
		cost = 2000
	case asksCode:
		cost = 500
	default:
	}
	if t.field == 0 {
		cost += 300
	}
	return cost
}

// holds reports whether the view satisfies the test.
func (t *test) holds(v *View) bool {
	switch t.kind {
	case never:
		return false
	case asksCode:
		return t.code(v)
	default: // the others read a field
	}
	if t.field == 0 {
		for i := range v.vals {
			if t.scalar(v, &v.vals[i]) {
				return true
			}
		}
		return false
	}
	s := v.at(t.field)
	switch t.kind {
	case isNull:
		return s == nil || s.null
	case isPresent:
		return (s != nil) == t.want
	case sameField:
		return s != nil && t.same(v, s)
	default: // the others ask for one value that holds
	}
	if s == nil {
		return false
	}
	for i := s.first; i >= 0; i = v.vals[i].next {
		if t.scalar(v, &v.vals[i]) {
			return true
		}
	}
	return false
}

// scalar reports whether one value satisfies the test.
func (t *test) scalar(v *View, x *value) bool {
	switch t.kind {
	case anyText:
		return true
	case exactText, prefixText, suffixText, containsText, globText:
		if t.cased {
			return t.compareText(v.textOf(x))
		}
		return t.compareText(v.foldedOf(x))
	case oneOf:
		_, ok := t.set[string(v.foldedOf(x))]
		return ok
	case containsAny:
		return t.grams.scan(v.foldedOf(x), func(int32) bool { return true })
	case endsWithAny:
		text := v.foldedOf(x)
		for _, lit := range t.ends[string(baseOf(text))] {
			if len(text) >= len(lit) && string(text[len(text)-len(lit):]) == lit {
				return true
			}
		}
		return false
	case isNumber:
		switch x.kind {
		case event.Int, event.Float:
			return equalNumber(x.raw, t.num, t.numText)
		case event.String:
			return string(v.textOf(x)) == t.numText
		default:
			return false
		}
	case isBool:
		want := "false"
		if t.want {
			want = "true"
		}
		return x.kind <= event.String && (x.kind == event.Bool || x.kind == event.String) && string(v.foldedOf(x)) == want
	case matchesRegexp:
		return t.re.match(v.textOf(x), v.foldedOf(x))
	case inNetwork:
		addr, ok := parseAddr(v.textOf(x))
		return ok && t.prefix.Contains(addr)
	case compares:
		return t.compare(v, x)
	case hasTimePart:
		got, ok := timePart(v.textOf(x), t.part)
		return ok && float64(got) == t.num
	default:
		return false
	}
}

func (t *test) compareText(text []byte) bool {
	switch t.kind {
	case exactText:
		return bytes.Equal(text, t.lit)
	case prefixText:
		return bytes.HasPrefix(text, t.lit)
	case suffixText:
		return bytes.HasSuffix(text, t.lit)
	case containsText:
		return bytes.Contains(text, t.lit)
	default:
		return t.glob.matches(text)
	}
}

func (t *test) compare(v *View, x *value) bool {
	var got float64
	if x.kind == event.Bool {
		if x.raw[0] == 't' {
			got = 1
		}
	} else {
		f, ok := parseNumber(v.textOf(x))
		if !ok {
			return false
		}
		got = f
	}
	switch t.rel {
	case "<":
		return got < t.num
	case "<=":
		return got <= t.num
	case ">":
		return got > t.num
	case ">=":
		return got >= t.num
	default:
		return false
	}
}

// same compares the values of the field with those of the other.
func (t *test) same(v *View, s *slot) bool {
	other := v.at(t.ref)
	if other == nil {
		return false
	}
	pairs := 0
	for i := s.first; i >= 0; i = v.vals[i].next {
		a := v.foldedOf(&v.vals[i])
		for k := other.first; k >= 0; k = v.vals[k].next {
			if pairs++; pairs > maxPairs {
				return false
			}
			b := v.foldedOf(&v.vals[k])
			var ok bool
			switch {
			case t.starts && t.stops:
				ok = bytes.Contains(a, b)
			case t.starts:
				ok = bytes.HasPrefix(a, b)
			case t.stops:
				ok = bytes.HasSuffix(a, b)
			default:
				ok = bytes.Equal(a, b)
			}
			if ok {
				return true
			}
		}
	}
	return false
}

// parseAddr reads an IPv4 or IPv6 address. It spares netip's error, which
// allocates, for text that is plainly none.
func parseAddr(text []byte) (netip.Addr, bool) {
	if len(text) < 2 || len(text) > 64 {
		return netip.Addr{}, false
	}
	colon := bytes.IndexByte(text, ':') >= 0
	if !colon {
		return parseIPv4(text)
	}
	for i, c := range text {
		if c == '%' {
			text = text[:i] // the zone is no part of the network
			break
		}
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') && c != ':' && c != '.' {
			return netip.Addr{}, false
		}
	}
	addr, err := netip.ParseAddr(string(text))
	return addr, err == nil
}

func parseIPv4(text []byte) (netip.Addr, bool) {
	var ip [4]byte
	n, digits, part := 0, 0, 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == '.' {
			if digits == 0 || part == 4 {
				return netip.Addr{}, false
			}
			ip[part] = byte(n)
			n, digits, part = 0, 0, part+1
			continue
		}
		c := text[i]
		if c < '0' || c > '9' || digits > 0 && n == 0 {
			return netip.Addr{}, false
		}
		if n = n*10 + int(c-'0'); n > 255 {
			return netip.Addr{}, false
		}
		digits++
	}
	return netip.AddrFrom4(ip), part == 4
}
