package signal

import "iter"

// DefaultBookLimit is the number of signals that a Book keeps when its maker
// names none.
const DefaultBookLimit = 10_000

// Counts is what a Book counted; every signal counts, also those that the book
// no longer holds.
type Counts struct {
	// Opened is the number of signals ever opened, Closed those closed since.
	Opened, Closed int64
	// Escalated and Updated are the numbers of those changes.
	Escalated, Updated int64
	// BySeverity is the number of signals by the severity they have now.
	BySeverity [Severities]int64
	// Evicted is the number of signals that were dropped from the book to stay
	// below its limit. They are counted, not listed.
	Evicted int64
	// Strays is the number of changes to signals that the book does not hold.
	Strays int64
}

// Book keeps the latest signals in memory, up to a limit: it is the store of a
// batch run and the cache of a live one. When it is full, the signal that was
// opened first is dropped. It is for one goroutine.
type Book struct {
	limit  int
	byID   map[string]*Signal
	ring   []string // ids in the order of opening; head is the oldest
	head   int
	counts Counts
	rules  map[string]int64
}

// NewBook returns an empty book that holds up to limit signals;
// DefaultBookLimit when limit is not positive.
func NewBook(limit int) *Book {
	if limit <= 0 {
		limit = DefaultBookLimit
	}
	return &Book{limit: limit, byID: make(map[string]*Signal), rules: make(map[string]int64)}
}

// Apply takes in one finding. A second opening of an id that the book holds
// replaces the signal, as a replay does, and is not counted again.
func (b *Book) Apply(f Finding) {
	held := b.byID[f.Signal.ID]
	switch f.Change {
	case Opened:
		if held != nil {
			b.counts.BySeverity[clamp(held.Severity)]--
			b.counts.BySeverity[clamp(f.Signal.Severity)]++
			break
		}
		b.counts.Opened++
		b.counts.BySeverity[clamp(f.Signal.Severity)]++
		b.rules[f.Signal.RuleID]++
		b.add(f.Signal)
		return
	case Updated:
		b.counts.Updated++
	case Escalated:
		b.counts.Escalated++
		b.counts.BySeverity[clamp(f.From)]--
		b.counts.BySeverity[clamp(f.Signal.Severity)]++
	case Closed:
		b.counts.Closed++
	}
	if held == nil {
		b.counts.Strays++
		return
	}
	b.byID[f.Signal.ID] = f.Signal
}

func (b *Book) add(s *Signal) {
	b.byID[s.ID] = s
	if len(b.ring) < b.limit {
		b.ring = append(b.ring, s.ID)
		return
	}
	delete(b.byID, b.ring[b.head])
	b.counts.Evicted++
	b.ring[b.head] = s.ID
	b.head = (b.head + 1) % b.limit
}

// clamp keeps a severity that no constant names from indexing past the counters.
func clamp(s Severity) Severity { return min(s, Critical) }

// Len returns the number of signals that the book holds.
func (b *Book) Len() int { return len(b.byID) }

// Get returns the signal with the id, or nil.
func (b *Book) Get(id string) *Signal { return b.byID[id] }

// All yields the signals in the order in which they were opened.
func (b *Book) All() iter.Seq[*Signal] {
	return func(yield func(*Signal) bool) {
		for i := range b.ring {
			if !yield(b.byID[b.ring[(b.head+i)%len(b.ring)]]) {
				return
			}
		}
	}
}

// Counts returns the counters.
func (b *Book) Counts() Counts { return b.counts }

// Rule returns the number of signals that the rule opened.
func (b *Book) Rule(id string) int64 { return b.rules[id] }
