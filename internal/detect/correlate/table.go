package correlate

// table holds the groups of one correlation, the least recently fed first.
type table struct {
	groups      map[string]*group
	first, last *group
}

// group is what one group remembers.
type group struct {
	key        string
	prev, next *group
	newest     int64
	bytes      int64

	entries []entry // by time; those before win are behind the window of newest
	win     int
	count   int // entries of the window
	total   total
	texts   map[string]int32 // value_count: how often each occurs in the window
	sorted  []float64        // percentiles: the numbers of the window

	last   []int64   // temporal: when the rule of a slot occurred last, or unset
	starts [][]int64 // ordered: see occur
}

// entry is one event.
type entry struct {
	at    int64
	num   float64
	text  string
	slots uint64 // the rules that it matched
	has   bool   // it has the value
}

// The memory in bytes of a group and of an entry, roughly.
const (
	groupBytes = 320
	entryBytes = 48
)

func (e *Engine) find(t *table, in *input) *group { return t.groups[string(e.appendGroup(in))] }

// group returns the input's group, made if need be, as the most recently fed.
func (e *Engine) group(t *table, r *rule, in *input, at int64) *group {
	g := e.find(t, in)
	if g == nil {
		g = &group{key: string(e.key), newest: at}
		r.prepare(g)
		e.open(t, g)
		return g
	}
	t.unlink(g)
	t.append(g)
	return g
}

// open puts a new group into the table, and evicts others if need be.
func (e *Engine) open(t *table, g *group) {
	g.bytes = groupBytes + int64(2*len(g.key)) + int64(8*len(g.last)*(1+len(g.starts)))
	e.bytes += g.bytes
	t.groups[g.key] = g
	t.append(g)
	e.makeRoom(t, g)
}

// makeRoom evicts the least recently fed groups but g.
func (e *Engine) makeRoom(t *table, g *group) {
	for e.bytes > e.opts.MaxBytes && t.first != nil && t.first != g {
		e.stats.Evicted++
		e.remove(t, t.first)
	}
}

// size is the memory of the entry in bytes, roughly.
func (x *entry) size() int64 { return entryBytes + int64(2*len(x.text)) }

func (t *table) append(g *group) {
	g.prev, g.next = t.last, nil
	if t.last == nil {
		t.first = g
	} else {
		t.last.next = g
	}
	t.last = g
}

func (t *table) unlink(g *group) {
	if g.prev == nil {
		t.first = g.next
	} else {
		g.prev.next = g.next
	}
	if g.next == nil {
		t.last = g.prev
	} else {
		g.next.prev = g.prev
	}
}

func (e *Engine) remove(t *table, g *group) {
	t.unlink(g)
	delete(t.groups, g.key)
	e.bytes -= g.bytes
}

// expired is the number of groups that one event may clear away.
const expired = 8

// expire removes groups that no event to come can see.
func (e *Engine) expire(t *table, r *rule) {
	for range expired {
		g := t.first
		if g == nil || g.newest > e.newest-r.window-e.opts.Lateness {
			return
		}
		e.remove(t, g)
	}
}

// trim keeps a group within its limits.
func (e *Engine) trim(t *table, g *group) {
	for len(g.entries) > e.opts.MaxEntries {
		e.stats.Dropped++
		e.forget(g, 1)
	}
	e.makeRoom(t, g)
}

// forget drops the n oldest entries.
func (e *Engine) forget(g *group, n int) {
	for _, x := range g.entries[:n] {
		if g.win > 0 {
			g.win--
		} else {
			g.leave(&x)
		}
		size := x.size()
		g.bytes -= size
		e.bytes -= size
	}
	g.entries = g.entries[n:]
	if cap(g.entries) > 64 && cap(g.entries) > 4*len(g.entries) {
		g.entries = append(make([]entry, 0, 2*len(g.entries)), g.entries...)
	}
}
