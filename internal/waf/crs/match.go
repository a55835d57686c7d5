package crs

import "encoding/binary"

// Result is what Match found. Its slice is valid until the Machine is used again.
type Result struct {
	// Rules are the rules that matched, as indexes into Set.Rules, in their order.
	Rules []uint16
	// Score is the anomaly score: the sum of the rules', each counted once.
	Score int
	// Sample is the text in which the first of them matched, at most MaxSample bytes;
	// empty when only rules over several parts of the request matched.
	Sample string
	// Name is that of the parameter, cookie or header that the sample is of; empty when
	// it has none.
	Name string
	// Cut says that the request was built to be costly, and that not all rules ran.
	Cut bool
	// Crossed says that rules over several parts of the request were asked: what they
	// say of this request, they may not say of another that shares a part with it.
	Crossed bool
	// Silent are the parts in which nothing matched that could count, whatever stands
	// in the others: Match may be told so when they come again.
	Silent Parts
}

// Parts is a set of parts of a request.
type Parts uint8

// The parts that are judged each on its own.
const (
	// Line is method, URI and protocol together.
	Line = Parts(groupLine)
	// UserAgent and Referer are the headers.
	UserAgent = Parts(groupAgent)
	Referer   = Parts(groupReferer)
)

// MaxSample is the length in bytes of the longest sample.
const MaxSample = 256

// Match runs the rules over the request, but for the parts that are known to be
// silent. A request in which nothing matches, and whose texts are plain, costs no
// allocation.
func (m *Machine) Match(r *Request, silent Parts, found []uint16) Result {
	clear(m.hits)
	clear(m.triggers)
	m.sample, m.name = "", ""
	m.controls, m.silent = 0, groupSet(silent)
	m.kind = kindOf(r.ContentType, clip(r.Body))
	cut := false
	for i := range m.memo {
		if m.silent&(1<<i) == 0 {
			cut = m.group(r, i) || cut
		}
	}
	for _, n := range m.set.direct {
		setBit(m.triggers, n)
	}
	crossed, crossCut := m.crossing(r, silent&Line != 0)
	result := Result{Rules: found[:0], Sample: m.sample, Name: m.name, Cut: cut || crossCut, Crossed: crossed, Silent: Parts(m.silent) & (Line | UserAgent | Referer)}
	for i := range m.set.rules {
		if hasBit(m.hits, uint16(i)) && m.set.rules[i].not&m.kind.set() == 0 { // below MaxRules
			result.Rules = append(result.Rules, uint16(i))
			result.Score += m.set.info[i].Score
		}
	}
	if len(result.Rules) == 0 {
		result.Sample, result.Name = "", ""
	}
	return result
}

// group adds what matches in one part of the request, from the memo when it knows
// the part.
func (m *Machine) group(r *Request, i int) (cut bool) {
	g := groupSet(1) << i
	m.setKey(r, g)
	if len(m.key) == 0 {
		m.silent |= g
		return false
	}
	memo := &m.memo[i]
	entry, known := memo.find(m.key)
	if !known {
		m.lineKey = append(m.lineKey[:0], m.key...)
		m.judge(r, g)
		if m.isSilent() {
			if m.silent |= g; m.known&g != 0 {
				return false
			}
		}
		entry = memo.store(entry, m.lineKey, m)
	} else if entry.isSilent() {
		m.silent |= g
	}
	for _, n := range entry.hits {
		setBit(m.hits, n)
	}
	for _, n := range entry.triggers {
		setBit(m.triggers, n)
	}
	if i == 0 {
		m.controls = entry.controls
	}
	if m.sample == "" {
		m.sample, m.name = entry.sample, entry.name
	}
	return entry.cut
}

// isSilent reports whether judge found nothing.
func (m *Machine) isSilent() bool {
	return len(m.found)+len(m.asked) == 0 && m.budget >= 0
}

// setKey sets the text that decides what a group holds; empty when it is missing.
func (m *Machine) setKey(r *Request, g groupSet) {
	m.key = m.key[:0]
	switch g {
	case groupAgent:
		m.key = append(m.key, clip(r.UserAgent)...)
	case groupReferer:
		m.key = append(m.key, clip(r.Referer)...)
	case groupType:
		m.key = append(m.key, clip(r.ContentType)...)
	case groupCookie:
		m.key = append(m.key, clip(r.Cookie)...)
	case groupBody:
		if r.Body == "" || m.kind == otherBody {
			return
		}
		m.key = append(m.key, byte(m.kind))
		if m.kind == multipartBody { // which says what divides the body
			m.key = binary.AppendUvarint(m.key, uint64(len(clip(r.ContentType))))
			m.key = append(m.key, clip(r.ContentType)...)
		}
		m.key = append(m.key, clip(r.Body)...)
	default:
		for _, part := range [...]string{r.Method, r.Protocol, r.URI} {
			// The lengths keep the parts apart, whatever they hold.
			m.key = binary.AppendUvarint(m.key, uint64(len(clip(part))))
			m.key = append(m.key, clip(part)...)
		}
	}
}

// crossing runs the chains that see more than one group, and whose first link
// matched in one; it reports whether there were any. Which controls matched is not
// known when the line was not looked at.
func (m *Machine) crossing(r *Request, lineUnseen bool) (loaded, cut bool) {
	for i := range m.set.rules {
		if !hasBit(m.triggers, uint16(i)) { // below MaxRules
			continue
		}
		if !loaded {
			m.arena, m.values = m.arena[:0], m.values[:0]
			for g := range m.memo {
				m.load(r, groupSet(1)<<g)
			}
			if m.budget = maxCost; lineUnseen {
				m.control()
				m.budget = maxCost
			}
			loaded = true
		}
		if m.holds(&m.set.rules[i]) {
			setBit(m.hits, uint16(i)) // below MaxRules
		}
	}
	return loaded, loaded && m.budget < 0
}
