package waf

// start makes the machine ready for the next request, for that many patterns and
// words of clauses.
func (m *Machine) start(patterns, clauses int) {
	words := (patterns + 63) / 64
	if cap(m.bits) < words+clauses {
		m.bits = make([]uint64, words+clauses)
	}
	m.hits, m.clauses = m.bits[:words], m.bits[words:words+clauses]
	clear(m.hits)
	m.budget, m.best = maxCost, hit{}
	m.rules, m.kinds = m.rules[:0], m.kinds[:0]
}

func (m *Machine) matched(pattern uint16) bool { return m.hits[pattern>>6]>>(pattern&63)&1 == 1 }

func (m *Machine) setMatched(pattern uint16) { m.hits[pattern>>6] |= 1 << (pattern & 63) }
