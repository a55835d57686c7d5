package detect

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// directory finds groups by their keys. Rules that group by the same fields share one:
// their groups have the same keys, so that an event is looked up once for all of them.
//
// It is an open-addressing table of our own because a look into it waits for memory each
// time: one step leads to the seat, which has what decides in itself.
type directory struct {
	seed   maphash.Seed
	places []seatPlace // half of them are free at the least; their number is a power of two
	taken  int
	near   *seat // the one that was found last
	rules  int
}

// seatPlace is a place of the table; without a seat it is free.
type seatPlace struct {
	hash uint64 // of the key
	seat *seat
}

// seat has the groups of one key.
type seat struct {
	start  [shortKey]byte // of the key
	key    string
	groups []seated
	few    [4]seated // memory for as many groups as most keys have
}

// shortKey is the length in bytes of what a seat has of the key in itself: an address, or
// the name of a user.
const shortKey = 24

// seated is the group of one rule.
type seated struct {
	group *group
	rule  int // its number in the directory
}

func newDirectory() *directory {
	return &directory{seed: maphash.MakeSeed(), places: make([]seatPlace, 8)}
}

// join makes the rule one of the directory.
func (c *compiled) join(d *directory) {
	c.directory, c.seat = d, d.rules
	d.rules++
}

// settleIn gives the rule the directory of the fields that it groups by, or one of its
// own when its queries group by several lists of fields.
func (c *compiled) settleIn() {
	if len(c.keys) != 1 {
		c.join(newDirectory())
		return
	}
	of := c.keys[0].of
	if of.groups == nil {
		of.groups = newDirectory()
	}
	c.join(of.groups)
}

// has reports whether the seat is that of the key.
func (s *seat) has(key []byte) bool {
	if len(s.key) != len(key) {
		return false
	}
	if len(key) <= shortKey {
		return bytes.Equal(s.start[:len(key)], key)
	}
	return s.key == string(key)
}

// find returns the seat of the key, nil when there is none.
func (d *directory) find(key []byte) *seat {
	if d.near != nil && d.near.has(key) {
		return d.near
	}
	hash := maphash.Bytes(d.seed, key)
	for at := d.home(hash); ; at = d.behind(at) {
		p := &d.places[at]
		if p.seat == nil {
			return nil
		}
		if p.hash == hash && p.seat.has(key) {
			d.near = p.seat
			return p.seat
		}
	}
}

// approach reads the place at which the search for a key begins, so that it is fetched.
func (d *directory) approach(key []byte) int64 {
	return int64(d.places[d.home(maphash.Bytes(d.seed, key))].hash)
}

// home returns the place at which the search for a hash begins.
func (d *directory) home(hash uint64) int { return int(hash & uint64(len(d.places)-1)) } // below the length

func (d *directory) behind(at int) int { return (at + 1) & (len(d.places) - 1) }

// add makes a seat for the key, which has none.
func (d *directory) add(key []byte) *seat {
	if d.taken++; 2*d.taken > len(d.places) {
		old := d.places
		d.places = make([]seatPlace, 2*len(old))
		for _, p := range old {
			if p.seat != nil {
				d.put(p)
			}
		}
	}
	s := &seat{key: string(key)}
	copy(s.start[:], key)
	s.groups = s.few[:0]
	d.put(seatPlace{maphash.Bytes(d.seed, key), s})
	d.near = s
	return s
}

func (d *directory) put(p seatPlace) {
	at := d.home(p.hash)
	for d.places[at].seat != nil {
		at = d.behind(at)
	}
	d.places[at] = p
}

// remove takes the seat out.
func (d *directory) remove(s *seat) {
	hole := d.home(maphash.String(d.seed, s.key))
	for d.places[hole].seat != s {
		hole = d.behind(hole)
	}
	for at := d.behind(hole); d.places[at].seat != nil; at = d.behind(at) {
		// What belongs between the hole and here stays; else it would not be found.
		mask := len(d.places) - 1
		if (at-d.home(d.places[at].hash))&mask >= (at-hole)&mask {
			d.places[hole] = d.places[at]
			hole = at
		}
	}
	d.places[hole] = seatPlace{}
	d.taken--
	d.near = nil
}

// find returns the group of the rule with the key, nil when there is none.
func (c *compiled) find(key []byte) *group {
	s := c.directory.find(key)
	if s == nil {
		return nil
	}
	return s.group(c.seat)
}

// group returns the group of the rule with the number, nil when there is none.
func (s *seat) group(rule int) *group {
	for i := range s.groups {
		if s.groups[i].rule == rule {
			return s.groups[i].group
		}
	}
	return nil
}

// take makes the group the one of its rule and key, which had none, and gives it the key.
func (c *compiled) take(g *group, key []byte) {
	s := c.directory.find(key)
	if s == nil {
		s = c.directory.add(key)
	}
	g.key = s.key
	s.groups = append(s.groups, seated{group: g, rule: c.seat})
}

// leave forgets the group.
func (c *compiled) leave(g *group) {
	s := c.directory.find([]byte(g.key))
	s.groups = slices.DeleteFunc(s.groups, func(one seated) bool { return one.group == g })
	if len(s.groups) == 0 {
		c.directory.remove(s)
	}
}
