package detect

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// A snapshot is the version, the position, the clock, the counters, the rules with the
// hashes of what they mean and what they have learnt, and the groups from the one that
// was idle longest. Whoever keeps it protects it against damage.
const (
	snapshotVersion = 6
	// oldestSnapshot is the oldest version that is read: before 5, signals did not say
	// which suppression holds them back, before 6 whether they are simulated.
	oldestSnapshot = 4
	// MaxSnapshot is the size in bytes of the largest snapshot that is written or
	// read.
	MaxSnapshot = 2 << 30
	// maxPosition is the size in bytes of the largest position.
	maxPosition = 1 << 20
)

// Restored says what Restore found.
type Restored struct {
	// Position is what Snapshot was given: where in the input to go on.
	Position []byte
	// Groups is the number of groups that live on, Dropped of those whose rule is
	// gone or means something else now.
	Groups, Dropped int64
	// Rules are the ids of the rules of dropped groups, in order.
	Rules []string
	// Closed are the signals of dropped groups that were open.
	Closed []signal.Finding
}

// Snapshot writes what the engine knows, with the position of the input that it
// has come to: an engine with the same rules that restores it and goes on there
// finds what this one would have. It is called between two events.
func (en *Engine) Snapshot(w io.Writer, position []byte) error {
	if len(position) > maxPosition {
		return fmt.Errorf("write snapshot: the position has more than %d bytes", maxPosition)
	}
	to := limited{to: w, left: MaxSnapshot}
	c := &codec{to: &to, out: make([]byte, 0, 2*chunk)}
	en.snapshot(c, position)
	if c.flush(0); c.err != nil {
		return fmt.Errorf("write snapshot: %w", c.err)
	}
	return nil
}

// limited writes up to a limit.
type limited struct {
	to   io.Writer
	left int64
}

// Write hands on what is within the limit.
func (l *limited) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, fmt.Errorf("it has more than %d bytes", MaxSnapshot)
	}
	return l.to.Write(p)
}

// Restore reads a snapshot, which is the whole of the data, into an engine that New just
// returned. What is damaged, of another version or too large is an error, and the engine
// must then not be used; damage that makes sense is not found. The rules may have
// changed: groups live on whose rule has the same id and still means the same; its name,
// message, tags, runbook and category do not matter.
func (en *Engine) Restore(data []byte) (Restored, error) {
	if len(data) > MaxSnapshot {
		return Restored{}, fmt.Errorf("read snapshot: it has more than %d bytes", MaxSnapshot)
	}
	slack := en.opts.MemoryBudget
	c := &codec{in: data, reading: true, slack: &slack}
	out := en.restore(c)
	if c.err == nil && len(c.in) > 0 {
		c.fail("it goes on behind its end")
	}
	if c.err != nil {
		return Restored{}, fmt.Errorf("read snapshot: %w", c.err)
	}
	return out, nil
}

func (en *Engine) snapshot(c *codec, position []byte) {
	en.general(c, &position)
	n := len(en.parts)
	c.count(&n, n)
	places := map[*compiled]int{}
	ids := partIDs(en.parts)
	for i, part := range en.parts {
		places[part] = i
		c.text(&ids[i].id)
		c.bytes(ids[i].meaning[:])
		part.codeMethod(c)
	}
	for i := range en.pools {
		groups := int(en.pools[i].groups)
		c.count(&groups, groups)
		for _, g := range en.pools[i].inOrder() {
			place := places[g.rule]
			c.count(&place, n)
			g.code(c)
			c.flush(chunk)
		}
	}
}

func (en *Engine) restore(c *codec) (out Restored) {
	en.general(c, &out.Position)
	var n int
	c.count(&n, 1<<20)
	mine := map[partID]*compiled{}
	for i, id := range partIDs(en.parts) {
		mine[id] = en.parts[i]
	}
	var parts []*compiled
	var names []string
	for range n {
		var id partID
		c.text(&id.id)
		c.bytes(id.meaning[:])
		parts = append(parts, mine[id])
		names = append(names, strings.TrimRight(id.id, "+"))
		if part := mine[id]; part != nil {
			part.codeMethod(c)
		} else {
			c.part(nil, nil)
		}
		if c.err != nil {
			return out
		}
	}
	en.stats.Groups, en.stats.Bytes = 0, 0
	for _, part := range en.parts {
		part.bytes = 0
		en.accountMethod(part)
	}
	for range en.pools {
		var groups int
		c.count(&groups, 1<<30)
		for range groups {
			var place int
			if c.count(&place, n); c.err != nil || place >= n {
				c.fail("a group is of no rule")
				return out
			}
			if parts[place] == nil && !slices.Contains(out.Rules, names[place]) {
				out.Rules = append(out.Rules, names[place])
			}
			en.adoptGroup(c, parts[place], &out)
		}
	}
	slices.Sort(out.Rules)
	return out
}

// Open calls emit with a snapshot of each signal that is open and that people know
// of, in the order in which they would close if nothing more came.
func (en *Engine) Open(emit func(*signal.Signal)) {
	var open []*group
	for i := range en.pools {
		for _, at := range en.pools[i].used.waiting {
			if g := at.group; g.open != nil && g.open.told {
				open = append(open, g)
			}
		}
	}
	slices.SortFunc(open, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.closes(), b.closes()), cmp.Compare(a.number, b.number))
	})
	for _, g := range open {
		emit(g.open.snapshot())
	}
}

// adoptGroup reads a group and takes it in, if it is of a rule of the engine.
func (en *Engine) adoptGroup(c *codec, part *compiled, out *Restored) {
	g := &group{}
	if part != nil {
		g = part.start(0)
	}
	g.code(c)
	switch {
	case c.err != nil:
	case part == nil:
		out.Dropped++
		if o := g.open; o != nil && o.told {
			o.sig.Closed = o.lastMatch
			en.stats.Closed++
			out.Closed = append(out.Closed, signal.Finding{Change: signal.Closed, Signal: o.snapshot()})
		}
	case part.find([]byte(g.key)) != nil:
		c.fail("a group is there twice")
	default:
		out.Groups++
		part.take(g, []byte(g.key))
		en.hold(&g.early)
		en.admit(g)
		if b, ok := g.state.(*traffic); ok && b.n > 0 {
			en.await(g, b)
		}
		size := g.bytes
		g.bytes = 0
		en.account(g, size)
	}
}

// hold takes over what a group that was read remembers.
func (en *Engine) hold(r *earlySamples) {
	for _, s := range r.ring {
		if s != nil {
			en.samples.hold(s)
		}
	}
}

// general writes or reads what is not of a group.
func (en *Engine) general(c *codec, position *[]byte) {
	c.version = snapshotVersion
	if c.whole(&c.version); c.version < oldestSnapshot || c.version > snapshotVersion {
		c.fail(fmt.Sprintf("it has the version %d, want %d to %d", c.version, oldestSnapshot, snapshotVersion))
		return
	}
	text := string(*position)
	c.text(&text)
	*position = []byte(text)
	en.clock.code(c)
	c.natural(&en.made)
	for _, n := range en.stats.counters() {
		c.amount(n)
	}
}

// partID names a rule, or a part of one, with a hash of what it means.
type partID struct {
	id      string
	meaning [16]byte
}

// partIDs returns the names of the parts, which are in the order of the rules.
func partIDs(parts []*compiled) []partID {
	ids := make([]partID, len(parts))
	for i, part := range parts {
		ids[i].id = part.rule.ID
		if i > 0 && parts[i-1].rule == part.rule {
			ids[i] = ids[i-1]
			ids[i].id += "+" // the next part of the same rule
			continue
		}
		ids[i].meaning = meaning(part.rule)
	}
	return ids
}

// meaning hashes what of a rule decides about groups.
func meaning(r *rule.Rule) [16]byte {
	m := *r
	m.Name, m.NameJA, m.Message, m.MessageJA, m.Runbook, m.Category, m.Tags, m.Version = "", "", "", "", "", "", nil, 0
	sum := sha256.Sum256(m.AppendJSON(nil))
	return [16]byte(sum[:16])
}
