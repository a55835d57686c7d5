package detect

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// maxMentions is how many entities of a kind a group remembers for its signal. Events
// that named further ones are counted.
const maxMentions = 10

// mentions are the entities that the events of a group named since its signal was
// last told of them: those of the events that decide, when it opens or goes on. The
// latest of each kind stay; what they take is used again, so that an attacker who
// changes addresses costs no allocation.
type mentions struct {
	list []mention
	// Most events name one or two others: these take no memory of their own.
	texts  [2 * shortText]byte
	first  [2]mention
	others [kinds]int64 // events whose entities had to make way
}

// shortText is the length of a value that needs no memory of its own.
const shortText = 16

// mention is one entity and the events that named it.
type mention struct {
	kind        uint8 // place in kindNames
	first, last int64
	events      int64
	value       []byte
}

// kinds is the number of kinds of entity that events name by themselves.
const kinds = 3

func kindNames() [kinds]string {
	return [kinds]string{signal.KindIP, signal.KindUser, signal.KindHost}
}

// kindIndex returns the place of the kind in kindNames.
func kindIndex(kind string) uint8 {
	switch kind {
	case signal.KindIP:
		return 0
	case signal.KindUser:
		return 1
	default:
		return 2
	}
}

// add notes n events, from first to last, that named the entity. What was last seen
// before horizon begins anew: it is too old to decide anything.
func (m *mentions) add(kind uint8, value []byte, first, last, n, horizon int64) {
	if !m.again(kind, value, first, last, n, horizon) {
		m.insert(kind, value, first, last, n, horizon)
	}
}

// again is add for an entity that is remembered; it reports false for another.
func (m *mentions) again(kind uint8, value []byte, first, last, n, horizon int64) bool {
	if m == nil {
		return false
	}
	for i := range m.list {
		have := &m.list[i]
		if have.kind != kind || string(have.value) != string(value) {
			continue
		}
		if have.last <= horizon {
			have.events, have.first = 0, first
		}
		have.events += n
		have.first, have.last = min(have.first, first), max(have.last, last)
		return true
	}
	return false
}

// insert is add for an entity that is not remembered. It takes the place of the one
// of its kind that was not seen for the longest time, when there is no room.
func (m *mentions) insert(kind uint8, value []byte, first, last, n, horizon int64) {
	count, at := 0, -1
	for i := range m.list {
		if m.list[i].kind != kind {
			continue
		}
		count++
		if at < 0 || m.list[i].last < m.list[at].last {
			at = i
		}
	}
	switch {
	case count < maxMentions:
		if at = len(m.list); at < cap(m.list) {
			m.list = m.list[:at+1] // its value's memory is used again
		} else {
			m.grow()
		}
	case m.list[at].last > horizon:
		m.others[kind] += m.list[at].events
	}
	m.list[at] = mention{kind: kind, first: first, last: last, events: n, value: append(m.list[at].value[:0], value...)}
}

// grow adds a place at the end of the list.
func (m *mentions) grow() {
	if m.list != nil {
		m.list = append(m.list, mention{})
		return
	}
	m.list = m.first[:1]
	for i := range m.first {
		m.first[i].value = m.texts[i*shortText : i*shortText : (i+1)*shortText]
	}
}

// empty reports whether nobody was named, and no memory is kept for those who will.
func (m *mentions) empty() bool { return cap(m.list) == 0 && m.others == [kinds]int64{} }

func (m *mentions) clear() {
	m.list = m.list[:0]
	m.others = [kinds]int64{}
}

func (m *mentions) size() int64 {
	if m == nil {
		return 0
	}
	all := m.list[:cap(m.list)]
	n := int64(len(all)) * 56
	for i := range all {
		n += int64(cap(all[i].value))
	}
	return n
}

// remember keeps the event, and whom it names, in case a signal opens or goes on.
func (en *Engine) remember(g *group, e *event.Event, t int64) {
	g.early.any = true
	if g.open == nil {
		en.samples.remember(&g.early, e, t, en.serial)
	}
	en.facts.read(e, en.serial)
	horizon := t - max(g.rule.window, 1)
	key := en.work.keyOf(g)
	for i, kind := range en.facts.kinds {
		if kind == "" {
			continue
		}
		value, place := en.facts.vals.text(i), kindIndex(kind)
		if g.early.named.again(place, value, t, t, 1, horizon) || string(value) == noValue || g.isAbout(kind, en.facts.ips[i], value, key) {
			continue
		}
		if g.early.named == nil {
			g.early.named = &mentions{}
		}
		g.early.named.insert(place, value, t, t, 1, horizon)
	}
}

// isAbout reports whether the entity is one that the group is about: its signal names
// it in any case, an address of version 4 also where the rule groups by networks and it
// is alone in its own. Groups that share a signal do not know what that is about.
func (g *group) isAbout(kind string, ip bool, value, key []byte) bool {
	if g.rule.roof != nil {
		return false
	}
	for i := range g.rule.groupBy {
		if len(key) == 0 {
			break
		}
		from, to := partOf(key)
		has := g.rule.groupBy[i].kind
		if (has == kind || ip && has == signal.KindNetwork) && string(key[from:to]) == string(value) {
			return true
		}
		key = key[to:]
	}
	return false
}

// keyOf returns the key of the group: that of the event under way, if that is the one by
// which it was found, as its own is far away. It is valid until the next call.
func (w *scratch) keyOf(g *group) []byte {
	if w.group == g {
		return w.key
	}
	w.copied = append(w.copied[:0], g.key...)
	return w.copied
}

// tellOf gives the signal the entities that were remembered and seen behind start,
// and forgets them all.
func (m *mentions) tellOf(s *signal.Signal, start int64) {
	if m == nil {
		return
	}
	names := kindNames()
	for i := range m.list {
		if have := &m.list[i]; have.last > start {
			addEntity(s, names[have.kind], have.value, min(have.events, s.Events))
		}
	}
	for kind, n := range m.others {
		if n > 0 {
			unlisted(s, names[kind], min(n, s.Events))
		}
	}
	m.clear()
}

// absorb takes over whom the events of another group named.
func (e *earlySamples) absorb(other *earlySamples) {
	switch {
	case other.named == nil:
	case e.named == nil:
		e.named, other.named = other.named, nil
	default:
		e.named.absorb(other.named)
	}
}

func (m *mentions) absorb(from *mentions) {
	for i := range from.list {
		f := &from.list[i]
		m.add(f.kind, f.value, f.first, f.last, f.events, minTime)
	}
	for kind, n := range from.others {
		m.others[kind] += n
	}
	from.clear()
}

func (m *mentions) code(c *codec) {
	coded(c, &m.list, kinds*maxMentions, func(one *mention) {
		kind := int(one.kind)
		c.count(&kind, kinds-1)
		one.kind = uint8(kind)
		c.time(&one.first)
		c.time(&one.last)
		c.amount(&one.events)
		n := c.length(len(one.value))
		if c.reading {
			one.value = append([]byte(nil), c.take(n)...)
		} else {
			c.bytes(one.value[:n])
		}
	})
	for i := range m.others {
		c.amount(&m.others[i])
	}
	m.codeRoom(c)
}

// codeRoom writes or reads how much memory the values have, also those that are not
// in use now: it is part of the estimate, which decides what is evicted.
func (m *mentions) codeRoom(c *codec) {
	const mostSlots, mostRoom = 4 * kinds * maxMentions, 4 * maxText
	all := m.list[:cap(m.list)]
	slots := len(all)
	c.count(&slots, mostSlots)
	for i := range slots {
		room := 0
		if i < len(all) {
			room = cap(all[i].value)
		}
		if c.count(&room, mostRoom); c.err != nil {
			return
		}
		if !c.reading || i >= len(all) || room <= len(all[i].value) {
			continue
		}
		if *c.slack -= int64(room - len(all[i].value)); *c.slack < 0 {
			*c.slack = 0
			continue
		}
		all[i].value = append(make([]byte, 0, room), all[i].value...)
	}
}
