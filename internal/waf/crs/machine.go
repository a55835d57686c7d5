package crs

import (
	"bytes"
	"strconv"

	"github.com/sasumata/sasumata/internal/waf/dfa"
	"github.com/sasumata/sasumata/internal/waf/seclang"
	"github.com/sasumata/sasumata/internal/waf/transform"
)

// maxCost is how much work operators may do for one group of one request: bytes,
// times the size of the expression in units of 64 instructions. The worst that a
// full MaxPart of attacks of all kinds was seen to take at paranoia level 1 is
// seven millions.
const maxCost = 8 << 20

// Machine is the memory in which one goroutine runs a set over requests. It is
// used again for each request and has a bounded size.
type Machine struct {
	set       *Set
	urlDecode transform.Func
	caches    []dfa.Cache // by operator

	arena   []byte
	scratch []byte
	key     []byte // of a memo
	lineKey []byte // of the memo of the group
	values  []value
	uri     piece // as the client sent it, in the arena

	// Of the value at hand:
	raw      transform.ByteSet // its bytes
	texts    []text
	nodeText []int32 // by node
	bits     []uint64
	sources  []uint16
	seen     []uint32 // by test: the round in which it ran
	round    uint32
	last     []outcome // by operator

	// Of the group at hand:
	found  []uint16 // rules that match
	chains []uint16 // rules whose first link does
	asked  []uint16 // rules of which other groups decide too
	text   []byte   // in which the first of them matched
	// textName is the name that this text goes by.
	textName []byte
	// exhaustive runs every test on every text: for tests.
	exhaustive bool

	// Of the request:
	controls uint64  // that matched
	taken    slotSet // what they take away from some rule
	hits     []uint64
	triggers []uint64 // rules that need the whole request
	budget   int
	sample   string
	name     string // of the sample
	kind     bodyKind
	flat     flattened // of a body in JSON
	memo     [groupCount]memo
	known    groupSet // of the memos that hold only groups in which something matched
	silent   groupSet // parts in which nothing matched
	clean    cleanMemo

	// Of the chain at hand:
	captures    [10][]byte
	local       []local
	matched     []match
	fingerprint string
}

// outcome is what an operator said about a text of the value in a round.
type outcome struct {
	round   uint32
	text    int32
	matched bool
}

// local is a variable that the chain has set.
type local struct {
	key   string
	value []byte
}

// match is a variable that a link matched.
type match struct {
	variable string
	key      piece
	text     []byte
}

// Memo says how many texts a machine remembers, rounded down to powers of two; 0
// is none.
type Memo struct {
	// Lines is the number of request lines, Headers that of each header and of
	// bodies, Values that of parameters and names.
	Lines, Headers, Values int
	// Loud says that request lines, user agents and referers are remembered only when
	// something matched in them: for callers that know the others themselves, as
	// Result.Silent tells them.
	Loud bool
}

// DefaultMemo takes some megabytes with ordinary texts, and 45 when all are as long
// as possible. The states of regular expressions come on top (dfa.Cache).
func DefaultMemo() Memo { return Memo{Lines: 1 << 14, Headers: 1 << 13, Values: 1 << 12} }

// maxTypes is how many kinds of bodies are remembered: there are few.
const maxTypes = 1 << 8

// NewMachine returns a machine for the set.
func (s *Set) NewMachine(size Memo) *Machine {
	m := &Machine{
		set: s, urlDecode: urlDecoder(), caches: make([]dfa.Cache, len(s.operators)),
		nodeText: make([]int32, len(s.nodes)), seen: make([]uint32, len(s.tests)), last: make([]outcome, len(s.operators)),
		bits: make([]uint64, max(s.full.filter.Words(), s.plain.filter.Words())),
		hits: make([]uint64, (len(s.rules)+63)/64), triggers: make([]uint64, (len(s.rules)+63)/64),
	}
	if size.Loud {
		m.known = groupSet(Line | UserAgent | Referer)
	}
	m.clean = newCleanMemo(size.Values)
	m.memo[0] = newMemo(size.Lines)
	for i := 1; i < len(m.memo); i++ {
		size := size.Headers
		if groupSet(1)<<i == groupType {
			size = min(size, maxTypes)
		}
		m.memo[i] = newMemo(size)
	}
	return m
}

func setBit(bits []uint64, i uint16) { bits[i>>6] |= 1 << (i & 63) }

func hasBit(bits []uint64, i uint16) bool { return bits[i>>6]>>(i&63)&1 == 1 }

// spend takes the cost of running the operator off the budget; false when nothing
// is left.
func (m *Machine) spend(o *operator, size int) bool {
	if m.budget < 0 {
		return false
	}
	cost := o.cost
	if o.expr != nil {
		cost = o.expr.Cost()
	}
	m.budget -= (size + 16) * cost
	return true
}

// expand puts the values of variables into a text. A variable that is not there
// stays as it was written, which is what Coraza does.
func (m *Machine) expand(macro seclang.Macro) string {
	var b []byte
	for i := range macro {
		part := &macro[i]
		if part.Variable == "" {
			b = append(b, part.Text...)
			continue
		}
		if text, ok := m.variable(part); ok {
			b = append(b, text...)
			continue
		}
		b = append(b, part.Text...)
	}
	return string(b)
}

func (m *Machine) variable(p *seclang.Part) ([]byte, bool) {
	switch p.Variable {
	case "TX":
		return m.txValue(p.Key)
	case "MATCHED_VAR":
		if n := len(m.matched); n > 0 {
			return m.matched[n-1].text, true
		}
		return nil, true
	case "MATCHED_VAR_NAME":
		if n := len(m.matched); n > 0 {
			return []byte(m.nameOf(&m.matched[n-1])), true
		}
		return nil, true
	}
	in := slotsOf(p.Variable)
	for i := range m.values {
		v := &m.values[i]
		if in&v.slot.set() != 0 && (p.Key == "" || m.keyIs(v, p.Key)) {
			return m.arena[v.from:v.to], true
		}
	}
	return nil, false
}

// nameOf is what MATCHED_VAR_NAME says.
func (m *Machine) nameOf(one *match) string {
	if key := m.textOf(one.key); key != "" {
		return one.variable + ":" + key
	}
	return one.variable
}

func (m *Machine) txValue(key string) ([]byte, bool) {
	if n, err := strconv.Atoi(key); err == nil && n >= 0 && n < len(m.captures) {
		return m.captures[n], m.captures[n] != nil
	}
	for i := range m.local {
		if m.local[i].key == key {
			return m.local[i].value, true
		}
	}
	return nil, false
}

func (m *Machine) setLocal(key string, text []byte) {
	for i := range m.local {
		if m.local[i].key == key {
			m.local[i].value = text
			return
		}
	}
	m.local = append(m.local, local{key, text})
}

// capture stores what the operator found in TX:0 to TX:9. As in Coraza, a ninth
// group is not stored.
func (m *Machine) capture(o *operator, text []byte) {
	switch {
	case o.negated:
	case o.expr != nil:
		at := o.expr.Find(text)
		for i := 0; 2*i+1 < len(at) && i < 9; i++ {
			m.captures[i] = []byte{}
			if at[2*i] >= 0 {
				m.captures[i] = bytes.Clone(text[at[2*i]:at[2*i+1]])
			}
		}
	case o.words != nil:
		m.captures[0] = bytes.Clone(o.words.find(text))
	case o.name == "detectsqli":
		m.captures[0] = []byte(m.fingerprint)
	}
}
