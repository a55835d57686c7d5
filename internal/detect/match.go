package detect

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	index "github.com/sasumata/sasumata/internal/rule/match"
)

// checkEvery is every how many events the index is compared with all searches.
const checkEvery = 10_000

// matcher finds the searches that match an event, of all rules at once. An index
// finds those that may: it knows for each search what every match must have (see
// necessary). They are decided by their clauses: a search is taken apart into the
// clauses that all must match, and equal clauses of different searches are
// evaluated once for an event.
type matcher struct {
	clauses  []clause
	searches []search
	byText   map[string]int // clause text -> index
	stamp    uint32

	set      *index.Set
	profile  *index.Profile // of the events that are sampled; nil else
	known    *index.Matcher
	official official
	always   []int // searches that the index does not hold
	events   int64
	checked  int64        // events of which the index was checked
	missed   int64        // and those for which it was wrong
	costs    []searchCost // by search
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
	query   *query.Query
	clauses []int
	uses    []use
}

// searchCost counts the events for which a search was decided, and those that it
// matched.
type searchCost struct{ decided, matched int64 }

// Cost is what the queries of a rule have taken.
type Cost struct {
	RuleID string
	// Decided is how often the index could not rule a query of the rule out, so that
	// its clauses decided; Matched is how often they matched.
	Decided, Matched int64
}

// use is a query of a rule, or one of the rule's filters.
type use struct {
	rule int
	bit  uint64
}

func newMatcher() *matcher { return &matcher{byText: make(map[string]int)} }

// add adds a search for a use. Searches with the same text share everything.
func (m *matcher) add(q *query.Query, u use, known map[string]int) {
	text := q.String()
	i, ok := known[text]
	if !ok {
		i = len(m.searches)
		known[text] = i
		m.searches = append(m.searches, search{query: q, clauses: m.split(q)})
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

// build makes the index, once all searches are added.
func (m *matcher) build() {
	rules := make([]index.Rule, len(m.searches))
	for i := range m.searches {
		s := &m.searches[i]
		slices.SortStableFunc(s.clauses, func(a, b int) int { return cmp.Compare(m.clauses[b].users, m.clauses[a].users) })
		rules[i] = index.Rule{ID: strconv.Itoa(i), Expr: necessary(s.query.Root())}
	}
	// What is too large for the index is always decided by its clauses.
	set, _ := index.Compile(rules, index.Options{Merge: true})
	at := 0
	for i := range rules {
		if at < set.Len() && set.Origin(int32(at)) == i {
			at++
		} else {
			m.always = append(m.always, i)
		}
	}
	m.set, m.known, m.official = set, set.NewMatcher(), newOfficial(set)
	m.costs = make([]searchCost, len(m.searches))
}

// match calls found for each search that matches.
func (m *matcher) match(e *event.Event, found func([]use)) {
	if m.stamp++; m.stamp == 0 { // the counter went round: old stamps mean nothing
		for i := range m.clauses {
			m.clauses[i].stamp = 0
		}
		m.stamp = 1
	}
	m.events++
	m.known.LoadWith(e, m.official.of(e))
	candidates := m.known.Candidates()
	if m.known.Truncated() {
		m.all(e, found)
		return
	}
	for _, i := range candidates {
		m.try(e, m.known.Origin(i), found)
	}
	for _, i := range m.always {
		m.try(e, i, found)
	}
	if m.events%checkEvery == 0 {
		m.check(e, candidates, found)
	}
	m.tune()
}

// When the index learns what events are like: from some between the first and the last
// that are sampled, and anew after each tuneEvery, as they change. Who looks at few
// events does without.
const (
	sampleFrom  = 512
	sampleTo    = 1536
	sampleEvery = 4
	tuneEvery   = 1 << 20
)

// tune adds the event to the sample that the index is made anew by: what is rare makes
// the best witness.
func (m *matcher) tune() {
	switch at := m.events % tuneEvery; {
	case at < sampleFrom || at > sampleTo || at%sampleEvery != 0 || m.set.Len() == 0:
	case at == sampleFrom:
		m.profile = index.NewProfile()
	case m.profile != nil:
		if m.known.Observe(m.profile); at == sampleTo {
			m.set = m.set.Tuned(m.profile)
			m.known, m.profile = m.set.NewMatcher(), nil
		}
	}
}

// all decides every search.
func (m *matcher) all(e *event.Event, found func([]use)) {
	for i := range m.searches {
		m.try(e, i, found)
	}
}

// check decides the searches that are no candidates: none of them should match. One
// that does is believed, and counted.
func (m *matcher) check(e *event.Event, candidates []int32, found func([]use)) {
	m.checked++
	wrong := false
	for i := range m.searches {
		isCandidate := func(c int32) bool { return m.known.Origin(c) == i }
		if slices.ContainsFunc(candidates, isCandidate) || slices.Contains(m.always, i) {
			continue
		}
		wrong = m.try(e, i, found) || wrong
	}
	if wrong {
		m.missed++
	}
}

// addCosts adds what the searches took to the rules that they are of.
func (m *matcher) addCosts(rules []Cost) {
	for i := range m.searches {
		for _, u := range m.searches[i].uses {
			rules[u.rule].Decided += m.costs[i].decided
			rules[u.rule].Matched += m.costs[i].matched
		}
	}
}

// try decides a search.
func (m *matcher) try(e *event.Event, i int, found func([]use)) bool {
	s := &m.searches[i]
	m.costs[i].decided++
	for _, c := range s.clauses {
		if !m.holds(e, c) {
			return false
		}
	}
	m.costs[i].matched++
	found(s.uses)
	return true
}

func (m *matcher) holds(e *event.Event, i int) bool {
	c := &m.clauses[i]
	if c.stamp != m.stamp {
		c.stamp, c.holds = m.stamp, c.query.Match(e)
	}
	return c.holds
}
