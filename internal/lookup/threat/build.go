package threat

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// List is what was read of one feed.
type List struct {
	Feed     *Feed
	Contents *Contents
}

// maxGroups is how many combinations of feeds and levels a Set tells apart. A real
// set of twenty feeds has some hundreds; only lists that are made for it have more.
const maxGroups = 1 << 16

// ErrTooMany says that there are more feeds than a Set can have.
var ErrTooMany = errors.New("more than 64 threat feeds")

// New lays the lists over each other. Two lists may be of one feed.
//
// Where lists overlap in more than 65,536 different ways, the further ones keep
// only the gravest feed of each range.
func New(lists []List, exempt Exempt) (*Set, error) {
	s := &Set{exempt: exempt, groups: [][]Match{nil}}
	var (
		feeds    []*Feed
		layers4  []layer[uint32]
		layers6  []layer[addr6]
		levelled [MaxFeeds]bool
		entries  [MaxFeeds][]entry
	)
	for _, list := range lists {
		feed := slices.Index(feeds, list.Feed)
		if feed < 0 {
			feed = len(feeds)
			if feed == MaxFeeds {
				return nil, ErrTooMany
			}
			feeds = append(feeds, list.Feed)
		}
		levelled[feed] = levelled[feed] || list.Contents.Format == Levels
		entries[feed] = append(entries[feed], list.Contents.entries...)
	}
	order4, order6 := ordered4(), ordered6()
	for feed := range feeds {
		four, six := divide(entries[feed])
		for level := range four {
			if len(four[level]) > 0 {
				layers4 = append(layers4, newLayer(feed, level, four[level], order4))
			}
			if len(six[level]) > 0 {
				layers6 = append(layers6, newLayer(feed, level, six[level], order6))
			}
		}
	}
	names := grouper{set: s, feeds: feeds, levelled: levelled, known: map[key]uint32{{}: 0}}
	overlay(layers4, order4, func(from, to uint32, k *key) {
		id := names.id(k)
		if n := len(s.v4); n > 0 && s.v4[n-1].id == id && s.v4[n-1].to == from-1 {
			s.v4[n-1].to = to
			return
		}
		s.v4 = append(s.v4, range4{from, to, id})
	})
	var v6 []range6
	overlay(layers6, order6, func(from, to addr6, k *key) {
		id := names.id(k)
		if n := len(v6); n > 0 && v6[n-1].id == id && v6[n-1].to == from.prev() {
			v6[n-1].to = to
			return
		}
		v6 = append(v6, range6{from, to, id})
	})
	s.v4 = slices.Clone(s.v4) // without spare room
	s.high6, s.low6 = make([]high6, len(v6)), make([]low6, len(v6))
	for i, r := range v6 {
		s.high6[i], s.low6[i] = high6{r.from.hi, r.to.hi}, low6{r.from.lo, r.to.lo, r.id}
	}
	s.index4, s.index6 = newIndex4(s.v4), newIndex6(v6)
	return s, nil
}

// divide returns the ranges of each level.
func divide(entries []entry) (four [MaxLevel + 1][]bounds[uint32], six [MaxLevel + 1][]bounds[addr6]) {
	for i := range entries {
		e := &entries[i]
		if e.From.Is4() {
			from, to := e.From.As4(), e.To.As4()
			four[e.level] = append(four[e.level], bounds[uint32]{binary.BigEndian.Uint32(from[:]), binary.BigEndian.Uint32(to[:])})
			continue
		}
		six[e.level] = append(six[e.level], bounds[addr6]{split(e.From), split(e.To)})
	}
	return four, six
}

// key is the level of each feed, plus one; 0 is not on it.
type key [MaxFeeds]uint8

// grouper gives each combination of feeds and levels an id.
type grouper struct {
	set      *Set
	feeds    []*Feed
	levelled [MaxFeeds]bool
	known    map[key]uint32
}

func (g *grouper) id(k *key) uint32 {
	if id, ok := g.known[*k]; ok {
		return id
	}
	var group []Match
	for feed, level := range k {
		if level == 0 {
			continue
		}
		m := Match{Feed: g.feeds[feed]}
		if g.levelled[feed] {
			m.Level = int(level) - 1
		}
		group = append(group, m)
	}
	slices.SortStableFunc(group, func(a, b Match) int { return gravity(a.Feed, b.Feed) })
	if len(g.set.groups) >= maxGroups && len(group) > 1 {
		only := key{}
		at := slices.Index(g.feeds, group[0].Feed)
		only[at] = k[at]
		return g.id(&only) // at most MaxFeeds x MaxLevel of these
	}
	id := uint32(len(g.set.groups)) // below maxGroups and what single feeds add
	g.set.groups = append(g.set.groups, group)
	g.known[*k] = id
	return id
}

// gravity orders feeds, the gravest first.
func gravity(a, b *Feed) int {
	all := Intentions()
	return cmp.Or(
		cmp.Compare(slices.Index(all, a.Intention), slices.Index(all, b.Intention)),
		cmp.Compare(b.Confidence, a.Confidence),
		cmp.Compare(a.ID, b.ID),
	)
}

// order is what addresses of one family can do.
type order[P any] struct {
	less       func(a, b P) bool
	next, prev func(P) P
	last       P
}

func ordered4() order[uint32] {
	return order[uint32]{
		less: func(a, b uint32) bool { return a < b },
		next: func(a uint32) uint32 { return a + 1 },
		prev: func(a uint32) uint32 { return a - 1 },
		last: ^uint32(0),
	}
}

func ordered6() order[addr6] {
	return order[addr6]{less: addr6.less, next: addr6.next, prev: addr6.prev, last: addr6{^uint64(0), ^uint64(0)}}
}

type bounds[P any] struct{ from, to P }

// layer is the ranges of one feed and level: sorted, none touches another.
type layer[P comparable] struct {
	feed   int
	level  int
	ranges []bounds[P]

	at       int  // the range that is next, or that is under way
	inside   bool // it is under way
	boundary P    // where it begins, or the address behind its end
	done     bool
}

// newLayer sorts the ranges, in place, and joins those that overlap or touch.
func newLayer[P comparable](feed, level int, ranges []bounds[P], o order[P]) layer[P] {
	slices.SortFunc(ranges, func(a, b bounds[P]) int {
		switch {
		case o.less(a.from, b.from):
			return -1
		case o.less(b.from, a.from):
			return 1
		default:
			return 0
		}
	})
	joined := ranges[:0]
	for _, r := range ranges {
		if n := len(joined); n > 0 && (joined[n-1].to == o.last || !o.less(o.next(joined[n-1].to), r.from)) {
			if o.less(joined[n-1].to, r.to) {
				joined[n-1].to = r.to
			}
			continue
		}
		joined = append(joined, r)
	}
	return layer[P]{feed: feed, level: level, ranges: joined, boundary: joined[0].from}
}

// step goes over the boundary.
func (l *layer[P]) step(o order[P]) {
	if l.inside = !l.inside; l.inside {
		if l.ranges[l.at].to == o.last {
			l.done = true // and stays inside
			return
		}
		l.boundary = o.next(l.ranges[l.at].to)
		return
	}
	if l.at++; l.at == len(l.ranges) {
		l.done = true
		return
	}
	l.boundary = l.ranges[l.at].from
}

// overlay calls use for each range of addresses that stand on the same lists, in
// order, with what these are.
func overlay[P comparable](layers []layer[P], o order[P], use func(from, to P, k *key)) {
	var (
		levels [MaxFeeds]uint32 // a bit for each level of a feed
		now    key
		on     int // how many feeds are in now
		since  P
	)
	for {
		first := -1
		for i := range layers {
			if !layers[i].done && (first < 0 || o.less(layers[i].boundary, layers[first].boundary)) {
				first = i
			}
		}
		if first < 0 {
			if on > 0 {
				use(since, o.last, &now)
			}
			return
		}
		at := layers[first].boundary
		if on > 0 {
			use(since, o.prev(at), &now)
		}
		since = at
		for i := range layers {
			l := &layers[i]
			if l.done || l.boundary != at {
				continue
			}
			l.step(o)
			if levels[l.feed] == 0 {
				on++
			}
			if levels[l.feed] ^= 1 << l.level; levels[l.feed] == 0 {
				on--
			}
			now[l.feed] = uint8(bits.Len32(levels[l.feed]))
		}
	}
}
