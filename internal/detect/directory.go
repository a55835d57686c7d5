package detect

import "strings"

// directory finds groups by their keys. Rules that group by the same fields share one:
// their groups have the same keys, so that an event is looked up once for all of them.
type directory struct {
	seats map[string]*seat
	near  *seat // the one that was found last
	rules int
}

// seat has the groups of one key.
type seat struct {
	key    string
	groups []*group // by the number of their rule in the directory
	taken  int
}

func newDirectory() *directory { return &directory{seats: make(map[string]*seat)} }

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

func (d *directory) find(key []byte) *seat {
	if d.near == nil || d.near.key != string(key) {
		found := d.seats[string(key)]
		if found == nil {
			return nil
		}
		d.near = found
	}
	return d.near
}

// find returns the group of the rule with the key, nil when there is none.
func (c *compiled) find(key []byte) *group {
	if at := c.directory.find(key); at != nil {
		return at.groups[c.seat]
	}
	return nil
}

// take makes the group the one of its rule and key, which had none, and gives it the key.
func (c *compiled) take(g *group, key []byte) {
	d := c.directory
	at := d.find(key)
	if at == nil {
		at = &seat{key: strings.Clone(string(key)), groups: make([]*group, d.rules)}
		d.seats[at.key], d.near = at, at
	}
	g.key, at.groups[c.seat] = at.key, g
	at.taken++
}

// leave forgets the group.
func (c *compiled) leave(g *group) {
	d := c.directory
	at := d.seats[g.key]
	at.groups[c.seat] = nil
	at.taken--
	if at.taken > 0 {
		return
	}
	delete(d.seats, g.key)
	if d.near == at {
		d.near = nil
	}
}
