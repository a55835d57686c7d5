// Package pattern finds what messages have in common: those that differ only in names and
// numbers are one pattern.
//
// It is an online miner after Drain: Pinjia He, Jieming Zhu, Zibin Zheng, Michael R. Lyu,
// "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017,
// doi:10.1109/ICWS.2017.13. A message is cut into words. A tree of fixed depth, by the
// number of words, what is between them, and the first words, leads to a few patterns;
// the message joins the one with which it shares the most words, if those are half of all
// or more, and where they differ the pattern has a wildcard from then on. Beside the
// paper, words with digits are alike, and at the end patterns are joined that differ in
// one of the first words only, which the tree keeps apart.
package pattern

import (
	"cmp"
	"slices"
	"strings"
)

// Limits, so that nobody who writes logs decides how much memory and time is taken.
const (
	// MaxPatterns is how many patterns a miner tells apart. Messages that would be a
	// further one are counted in Found.Left.
	MaxPatterns = 1000
	// maxBytes and maxWords are how much of a message is looked at: what comes behind is
	// as one word that differs.
	maxBytes = 4 << 10
	maxWords = 64
	// maxWord is the length in bytes from which a word is nobody's name for a thing.
	maxWord = 64
	// maxNodes is how many places the tree has; a place is some hundred bytes.
	maxNodes = 50_000
	// depth is how many words of a message lead through the tree, maxBranches how many
	// different ones a place of it tells apart, maxLeaf how many patterns are compared.
	depth       = 2
	maxBranches = 100
	maxLeaf     = 100
	// fewest is how many patterns that differ in one word are one: in the first words,
	// and in any of messages of up to fewWords.
	fewest   = 4
	fewWords = 4
	// maxValues is how many examples a wildcard has, maxValue and maxExample the length
	// in bytes of one, and of a message that is kept.
	maxValues, maxValue, maxExample = 3, 80, 2000
	// maxStatuses is how many statuses of a pattern are told apart.
	maxStatuses = 12
)

// Pattern is messages that are alike.
type Pattern struct {
	// Pieces are what the messages have in common, and wildcards between.
	Pieces []Piece
	// Text is the pieces as one text, with * for wildcards.
	Text string
	// Count is the number of messages, Share that of all messages that were mined, 0 to 1.
	Count int64
	Share float64
	// First and Last are the times of the oldest and the newest message, in nanoseconds
	// since 1970 UTC; 0 when none had a time.
	First, Last int64
	// Statuses is how many messages had which status; "" is none. There are at most
	// twelve, and "other".
	Statuses map[string]int64
	// Example is one of the messages, cut at 2,000 bytes.
	Example string
	// Query finds the messages in the search language, and perhaps others; "" when they
	// have no words in common.
	Query string
}

// Piece is a text that all messages of a pattern have, or a wildcard with up to three
// values that it had, cut at 80 bytes.
type Piece struct {
	Text   string
	Values []string // nil of a text
}

// Found is what a miner found.
type Found struct {
	// Patterns has those with the most messages first.
	Patterns []Pattern
	// Messages is how many were mined, Left how many of them are in no pattern, because
	// there were too many.
	Messages, Left int64
	// Cut is the number of patterns beyond those that were asked for.
	Cut int
}

// Miner finds patterns in messages as they come. The same messages in the same order give
// the same patterns. One goroutine at a time may use it.
type Miner struct {
	root     node
	clusters []*cluster
	nodes    int
	messages int64
	left     int64
	split    splitter
	key      []byte
}

// node is a place in the tree.
type node struct {
	below    map[string]*node
	clusters []*cluster
}

// cluster is a pattern in the making.
type cluster struct {
	words    []word
	gaps     []string // before each word, and behind the last
	count    int64
	first    int64
	last     int64
	timed    bool
	statuses map[string]int64
	example  string
}

// word is a place of a pattern: a text, or a wildcard once texts differed.
type word struct {
	text   string
	wild   bool
	varies bool // all that stood here look like values
	values []string
}

// New returns a miner that saw nothing yet.
func New() *Miner { return &Miner{} }

// Add takes a message. At counts if it is timed. The texts are not kept.
func (m *Miner) Add(message, status string, at int64, timed bool) {
	m.messages++
	words, gaps := m.split.cut(message)
	leaf := m.leaf(words, gaps)
	if leaf == nil {
		m.left++
		return
	}
	best, most := (*cluster)(nil), 0
	for _, c := range leaf.clusters {
		if alike := c.alike(words); best == nil || alike > most {
			best, most = c, alike
		}
	}
	full := len(m.clusters) >= MaxPatterns || len(leaf.clusters) >= maxLeaf
	if best == nil || !enough(most, len(words), full) {
		if full {
			m.left++
			return
		}
		best = newCluster(words, gaps, message)
		m.clusters = append(m.clusters, best)
		leaf.clusters = append(leaf.clusters, best)
	} else {
		best.join(words)
	}
	best.tally(status, at, timed)
}

// enough reports whether so many words of all make two messages alike: half of them. Of
// few words, one that differs is often what matters (succeeded, failed), so that they stay
// apart until there are several, or no room.
func enough(alike, of int, full bool) bool {
	if of <= fewWords && !full {
		return alike == of
	}
	return 2*alike >= of
}

// leaf returns the place of the tree to which the words lead; nil when the tree is full.
func (m *Miner) leaf(words []token, gaps []string) *node {
	m.key = m.key[:0]
	for _, gap := range gaps {
		m.key = append(append(m.key, gap...), 0) // none has a zero in it
	}
	n := m.below(&m.root, string(m.key), maxNodes)
	for i := range min(depth, len(words)) {
		if n == nil {
			return nil
		}
		key := wildcard
		if !words[i].varies {
			key = words[i].text
		}
		next := m.below(n, key, maxBranches)
		if next == nil { // so many names are values
			next = m.below(n, wildcard, maxBranches+1)
		}
		n = next
	}
	return n
}

// wildcard is a key of the tree for words that are values.
const wildcard = "\x00*"

// below returns the place below another one, which it makes if there is room.
func (m *Miner) below(n *node, key string, most int) *node {
	if below := n.below[key]; below != nil {
		return below
	}
	if len(n.below) >= most || m.nodes >= maxNodes {
		return nil
	}
	if n.below == nil {
		n.below = map[string]*node{}
	}
	m.nodes++
	below := &node{}
	n.below[strings.Clone(key)] = below
	return below
}

func newCluster(words []token, gaps []string, message string) *cluster {
	c := &cluster{example: cut(message, maxExample), statuses: map[string]int64{}, words: make([]word, len(words)), gaps: make([]string, len(gaps))}
	for i, w := range words {
		c.words[i] = word{text: strings.Clone(w.text), varies: w.varies, wild: w.rest}
		if w.rest {
			c.words[i].values = []string{cut(w.text, maxValue)}
		}
	}
	for i, g := range gaps {
		c.gaps[i] = strings.Clone(g)
	}
	return c
}

// alike returns how many words of a message the pattern has, too.
func (c *cluster) alike(words []token) (n int) {
	for i := range c.words {
		w := &c.words[i]
		if !w.wild && w.text == words[i].text || w.varies && words[i].varies {
			n++
		}
	}
	return n
}

// join makes wildcards of the words that the message has not.
func (c *cluster) join(words []token) {
	for i := range c.words {
		w, other := &c.words[i], &words[i]
		if !w.wild && w.text != other.text {
			w.wild, w.values = true, []string{cut(w.text, maxValue)}
		}
		if w.wild {
			w.note(other.text)
		}
		w.varies = w.varies && other.varies
	}
}

// note keeps a value as an example, if there is room.
func (w *word) note(text string) {
	if len(w.values) >= maxValues {
		return
	}
	if short := cut(text, maxValue); !slices.Contains(w.values, short) {
		w.values = append(w.values, short)
	}
}

func (c *cluster) tally(status string, at int64, timed bool) {
	c.count++
	c.add(status, 1)
	if timed {
		if !c.timed || at < c.first {
			c.first = at
		}
		if !c.timed || at > c.last {
			c.last = at
		}
		c.timed = true
	}
}

// add counts a status.
func (c *cluster) add(status string, n int64) {
	if _, known := c.statuses[status]; !known {
		if status = cut(status, maxValue); len(c.statuses) >= maxStatuses {
			status = other
		}
	}
	c.statuses[status] += n
}

// other is what statuses beyond the limit are called.
const other = "other"

// Found returns at most so many patterns.
func (m *Miner) Found(limit int) Found {
	out := Found{Patterns: []Pattern{}, Messages: m.messages, Left: m.left}
	for _, c := range merge(m.clusters) {
		p := c.pattern()
		p.Share = float64(p.Count) / float64(max(1, m.messages))
		out.Patterns = append(out.Patterns, p)
	}
	slices.SortStableFunc(out.Patterns, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text), strings.Compare(a.Example, b.Example))
	})
	if len(out.Patterns) > limit {
		out.Cut = len(out.Patterns) - limit
		out.Patterns = out.Patterns[:limit]
	}
	return out
}

// cut returns a copy of the text. Of one that is longer than so many bytes it is the
// beginning, without what is no UTF-8.
func cut(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return strings.Clone(text)
}
