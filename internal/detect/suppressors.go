package detect

import (
	"math/bits"
	"strconv"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// suppressors finds the suppression that holds a signal back: the first one, in their order,
// that is for the rule, holds at the time and matches. However many there are, only those
// are looked at that the index of their queries cannot rule out.
type suppressors struct {
	own    int           // how many are of Options, which come first
	all    []*suppressor // those of Options, and then those of Suppress
	some   bitset        // the rules that any of them is for
	chosen map[string]bitset
	index  *matcher
	found  func([]use)

	// The signal that is looked at.
	rule int
	at   int64
	best *suppressor

	pairs   map[pair]*Held
	waiting []*Held
}

// Held is what a suppression held back of the signals of one rule, since TakeHeld was
// called before.
type Held struct {
	// Key is that of the suppression, RuleID that of the rule.
	Key, RuleID string
	// Signals is the number of signals that it began to hold back, Findings that of
	// changes of signals which nobody heard of: openings, escalations and updates.
	Signals, Findings int64
	// Last is the time of the event of the last of them, in nanoseconds since 1970 UTC.
	Last int64
	// Sample is the last signal that it began to hold back, as it was then; nil when it
	// began with none.
	Sample *signal.Signal
}

// pair is a suppression and a rule, by their places.
type pair struct{ suppression, rule int }

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

func (b bitset) add(i int) { b[i>>6] |= 1 << (i & 63) }

func (b bitset) count() (n int64) {
	for _, word := range b {
		n += int64(bits.OnesCount64(word))
	}
	return n
}

func newSuppressors(own []Suppression) suppressors {
	h := suppressors{own: len(own)}
	for i := range own {
		h.all = append(h.all, newSuppressor(own[i], i))
	}
	return h
}

func newSuppressor(s Suppression, place int) *suppressor {
	if s.Key == "" {
		s.Key = "#" + strconv.Itoa(place)
	}
	return &suppressor{Suppression: &s, index: place}
}

// Suppress puts suppressions to work beside those of Options and behind them in order,
// in the place of those that it was called with before. It is called between two events.
// A signal that was held back by one that is gone is opened at its next match, as when it
// ends. Their DataExclusionQuery is not used.
func (en *Engine) Suppress(list []Suppression) {
	h := &en.suppressing
	h.all = h.all[:h.own:h.own]
	for i := range list {
		h.all = append(h.all, newSuppressor(list[i], h.own+i))
	}
	h.choose(en)
	h.some, h.index, h.pairs = newBitset(len(en.rules)), newMatcher(), map[pair]*Held{}
	known := map[string]int{}
	for _, s := range h.all {
		if s.SuppressionQuery == nil {
			continue
		}
		h.index.add(s.SuppressionQuery, use{rule: s.index}, known)
		for i, word := range s.rules {
			h.some[i] |= word
		}
	}
	h.index.build()
	h.found = func(uses []use) {
		for _, u := range uses {
			s := h.all[u.rule]
			if (h.best == nil || s.index < h.best.index) && s.rules.has(h.rule) && s.Active(h.at) {
				h.best = s
			}
		}
	}
}

// choose finds which rules the suppressions are for. What a query chooses is known from
// one time to the next: rules do not change.
func (h *suppressors) choose(en *Engine) {
	chosen, fresh := map[string]bitset{}, []*suppressor{}
	for _, s := range h.all {
		text := "*"
		if s.RuleQuery != nil {
			text = s.RuleQuery.String()
		}
		if s.rules = chosen[text]; s.rules == nil {
			if s.rules = h.chosen[text]; s.rules == nil {
				s.rules = newBitset(len(en.rules))
				fresh = append(fresh, s)
			}
			chosen[text] = s.rules
		}
	}
	h.chosen = chosen
	for i, c := range en.rules {
		if len(fresh) == 0 {
			break
		}
		as := ruleAsEvent(c.rule)
		for _, s := range fresh {
			if s.RuleQuery == nil || s.RuleQuery.Match(as) {
				s.rules.add(i)
			}
		}
	}
	for _, c := range en.rules {
		c.exclude = nil
	}
	for _, s := range h.all {
		s.stats.Rules = s.rules.count()
		if s.DataExclusionQuery == nil || s.index >= h.own {
			continue
		}
		for i, c := range en.rules {
			if s.rules.has(i) {
				c.exclude = append(c.exclude, s)
			}
		}
	}
}

// find returns what holds the signal back, nil when nothing does.
func (h *suppressors) find(as *event.Event, rule int, at int64) *suppressor {
	h.rule, h.at, h.best = rule, at, nil
	h.index.match(as, h.found)
	return h.best
}

// counts returns where what the suppression holds back of the rule is counted.
func (h *suppressors) counts(s *suppressor, c *compiled) *Held {
	p := pair{s.index, c.seatOfRule}
	one := h.pairs[p]
	if one == nil {
		one = &Held{Key: s.Key, RuleID: c.rule.ID}
		h.pairs[p] = one
	}
	if one.Findings == 0 {
		h.waiting = append(h.waiting, one)
	}
	return one
}

// TakeHeld calls use for what suppressions held back since it was called before, in the
// order in which they did first.
func (en *Engine) TakeHeld(use func(Held)) {
	for i, one := range en.suppressing.waiting {
		use(*one)
		one.Signals, one.Findings, one.Last, one.Sample = 0, 0, 0, nil
		en.suppressing.waiting[i] = nil
	}
	en.suppressing.waiting = en.suppressing.waiting[:0]
}
