package useragent

import (
	"hash/maphash"
	"sync"
)

// Limits of the cache when Options names no others.
const (
	// DefaultCacheEntries is the number of answers that are remembered.
	DefaultCacheEntries = 64 << 10
	// DefaultCacheBytes is the memory in bytes that they may take.
	DefaultCacheBytes = 32 << 20
)

// shards is the number of parts of the cache, each with a lock of its own.
const shards = 16

// entryBytes is what an entry takes beside its text: the answer with its tree, its place
// in the map and in the order of use.
const entryBytes = 1400

// cache remembers the answers that were asked for last. A nil cache remembers
// nothing.
type cache struct {
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu         sync.Mutex
	entries    map[string]*entry
	ring       entry // ring.next was used last, ring.before longest ago
	bytes      int
	maxBytes   int
	maxEntries int
	_          [64]byte // keep the locks of neighbours apart
}

type entry struct {
	text         string
	answer       *answer
	next, before *entry
}

func newCache(entries, bytes int) *cache {
	if entries < 0 {
		return nil
	}
	if entries == 0 {
		entries = DefaultCacheEntries
	}
	if bytes <= 0 {
		bytes = DefaultCacheBytes
	}
	c := &cache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		s := &c.shards[i]
		s.entries = map[string]*entry{}
		s.ring.next, s.ring.before = &s.ring, &s.ring
		s.maxBytes, s.maxEntries = bytes/shards, max(1, entries/shards)
	}
	return c
}

func (c *cache) shard(text string) *shard {
	return &c.shards[maphash.String(c.seed, text)%shards]
}

// get returns the answer for the text, or nil.
func (c *cache) get(text string) *answer {
	if c == nil {
		return nil
	}
	s := c.shard(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[text]
	if e == nil {
		return nil
	}
	if s.ring.next != e {
		e.unlink()
		s.front(e)
	}
	return e.answer
}

// put remembers an answer, and forgets those used longest ago beyond the limits.
func (c *cache) put(text string, a *answer) {
	if c == nil {
		return
	}
	s := c.shard(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries[text] != nil {
		return // another goroutine was faster
	}
	e := &entry{text: text, answer: a}
	s.entries[text] = e
	s.front(e)
	s.bytes += len(text) + entryBytes
	for len(s.entries) > s.maxEntries || s.bytes > s.maxBytes && len(s.entries) > 1 {
		old := s.ring.before
		old.unlink()
		delete(s.entries, old.text)
		s.bytes -= len(old.text) + entryBytes
	}
}

func (s *shard) front(e *entry) {
	e.next, e.before = s.ring.next, &s.ring
	e.next.before, s.ring.next = e, e
}

func (e *entry) unlink() { e.before.next, e.next.before = e.next, e.before }

// size returns the number of answers remembered and their bytes.
func (c *cache) size() (entries, bytes int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		entries += len(s.entries)
		bytes += s.bytes
		s.mu.Unlock()
	}
	return entries, bytes
}
