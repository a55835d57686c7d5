package detect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// matcher finds the searches that match an event, of all rules at once. A search
// is taken apart into the clauses that all must match; equal clauses of different
// searches are evaluated once for an event. Searches that ask for the exact text
// of an attribute are found by that text, the others by the clause that most of
// them share.
type matcher struct {
	clauses  []clause
	searches []search
	byText   map[string]int // clause text -> index
	paths    []dispatch
	shared   []bucket
	stamp    uint32
}

// clause is one clause with what it said about the event of its stamp.
type clause struct {
	query *query.Query
	stamp uint32
	holds bool
	users int
}

// search is one distinct search.
type search struct {
	clauses []int
	uses    []use
	access  int // the clause by which it is found: it is not evaluated again
}

// use is a query of a rule, or one of the rule's filters.
type use struct {
	rule int
	bit  uint64
}

// dispatch finds searches by the text of an attribute.
type dispatch struct {
	path   string
	byText map[string][]int
	all    []int
}

// bucket is searches that share a clause.
type bucket struct {
	clause   int
	searches []int
}

func newMatcher() *matcher { return &matcher{byText: make(map[string]int)} }

// add adds a search for a use. Searches with the same text share everything.
func (m *matcher) add(q *query.Query, u use, known map[string]int) {
	text := q.String()
	i, ok := known[text]
	if !ok {
		i = len(m.searches)
		known[text] = i
		m.searches = append(m.searches, search{clauses: m.split(q), access: -1})
	}
	m.searches[i].uses = append(m.searches[i].uses, u)
}

// split returns the clauses of a search that all must match. A clause that does
// not parse by itself leaves the search whole.
func (m *matcher) split(q *query.Query) []int {
	var out []int
	whole := false
	var walk func(query.Node)
	walk = func(n query.Node) {
		switch n := n.(type) {
		case *query.Group:
			walk(n.Node)
		case *query.And:
			for _, c := range n.Nodes {
				walk(c)
			}
		default:
			part, err := query.Parse(n.String())
			if err != nil {
				whole = true
				return
			}
			if i := m.clause(part); !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	if walk(q.Root()); whole {
		return []int{m.clause(q)}
	}
	return out
}

// clause returns the index of the clause.
func (m *matcher) clause(q *query.Query) int {
	text := q.String()
	if i, ok := m.byText[text]; ok {
		m.clauses[i].users++
		return i
	}
	m.byText[text] = len(m.clauses)
	m.clauses = append(m.clauses, clause{query: q, users: 1})
	return len(m.clauses) - 1
}

// build decides how each search is found, once all are added.
func (m *matcher) build() {
	paths := map[string]int{}
	buckets := map[int]int{}
	for i := range m.searches {
		s := &m.searches[i]
		if best := m.rarestTerm(s); best >= 0 {
			m.dispatch(paths, best, i)
			continue
		}
		best := s.clauses[0]
		for _, c := range s.clauses {
			if m.clauses[c].users > m.clauses[best].users {
				best = c
			}
		}
		b, ok := buckets[best]
		if !ok {
			b = len(m.shared)
			buckets[best] = b
			m.shared = append(m.shared, bucket{clause: best})
		}
		m.shared[b].searches = append(m.shared[b].searches, i)
	}
	for i := range m.searches {
		s := &m.searches[i]
		slices.SortStableFunc(s.clauses, func(a, b int) int { return cmp.Compare(m.clauses[b].users, m.clauses[a].users) })
	}
}

// rarestTerm returns the clause that asks for the exact text of an attribute and
// is used by the fewest searches, -1 when there is none.
func (m *matcher) rarestTerm(s *search) int {
	best := -1
	for _, c := range s.clauses {
		if exactTerm(m.clauses[c].query) != nil && (best < 0 || m.clauses[c].users < m.clauses[best].users) {
			best = c
		}
	}
	return best
}

// exactTerm returns the term of a clause that asks for the text of an attribute,
// nil for any other clause. Only one text fits it; of other values several may.
func exactTerm(q *query.Query) *query.Term {
	t, ok := q.Root().(*query.Term)
	if !ok || t.Field.Kind != query.Attribute || t.Value == "" {
		return nil
	}
	return t
}

func (m *matcher) dispatch(paths map[string]int, clause, search int) {
	t := exactTerm(m.clauses[clause].query)
	d, ok := paths[t.Field.Name]
	if !ok {
		d = len(m.paths)
		paths[t.Field.Name] = d
		m.paths = append(m.paths, dispatch{path: t.Field.Name, byText: map[string][]int{}})
	}
	m.searches[search].access = clause
	p := &m.paths[d]
	p.byText[t.Value] = append(p.byText[t.Value], search)
	p.all = append(p.all, search)
}

// match calls found for each search that matches.
func (m *matcher) match(e *event.Event, found func([]use)) {
	if m.stamp++; m.stamp == 0 { // the counter went round: old stamps mean nothing
		for i := range m.clauses {
			m.clauses[i].stamp = 0
		}
		m.stamp = 1
	}
	for i := range m.paths {
		d := &m.paths[i]
		switch text, what := peek(e, d.path); what {
		case peekText:
			m.try(e, d.byText[text], true, found)
		case peekOther:
			m.try(e, d.all, false, found)
		case peekNothing:
		}
	}
	for i := range m.shared {
		if b := &m.shared[i]; m.holds(e, b.clause) {
			m.try(e, b.searches, false, found)
		}
	}
}

// try evaluates the clauses of the searches; but for the one by which they were
// found, if that is settled.
func (m *matcher) try(e *event.Event, searches []int, settled bool, found func([]use)) {
	for _, i := range searches {
		s := &m.searches[i]
		all := true
		for _, c := range s.clauses {
			if (!settled || c != s.access) && !m.holds(e, c) {
				all = false
				break
			}
		}
		if all {
			found(s.uses)
		}
	}
}

func (m *matcher) holds(e *event.Event, i int) bool {
	c := &m.clauses[i]
	if c.stamp != m.stamp {
		c.stamp, c.holds = m.stamp, c.query.Match(e)
	}
	return c.holds
}

type peeked uint8

const (
	peekNothing peeked = iota
	peekText
	peekOther // a value that is no text, or an array on the way
)

// customPrefix may stand before any path; see event.Get.
const customPrefix = "custom."

// peek returns the text that event.Get finds at the path, but writes nothing into
// the event.
func peek(e *event.Event, path string) (string, peeked) {
	text, what := peekIn(e, e.Root(), path)
	if what == peekNothing {
		if rest, ok := strings.CutPrefix(path, customPrefix); ok {
			return peekIn(e, e.Root(), rest)
		}
	}
	return text, what
}

func peekIn(e *event.Event, object event.Value, path string) (string, peeked) {
	for key, v := range e.Items(object) {
		if len(key) > len(path) || path[:len(key)] != key {
			continue
		}
		if len(key) == len(path) {
			if v.Kind() == event.String {
				return v.Str(), peekText
			}
			return "", peekOther
		}
		if path[len(key)] != '.' {
			continue
		}
		switch v.Kind() {
		case event.Array:
			return "", peekOther
		case event.Object:
			if text, what := peekIn(e, v, path[len(key)+1:]); what != peekNothing {
				return text, what
			}
		default: // no scalar has the rest of the path
		}
	}
	return "", peekNothing
}
