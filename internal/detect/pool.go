package detect

import (
	"cmp"
	"slices"

	"github.com/sasumata/sasumata/internal/signal"
)

// pool is groups that give way to each other. There are two: groups that only hold
// windows, and groups that learn for days. A flood of the former must not make the
// engine forget what is usual, so the latter are dropped only when they hold more than
// half of the bounds.
type pool struct {
	// used has the groups by when they were used, as far as somebody has looked: an
	// event that counts notes it in the group alone, and does not touch others.
	used   timers
	groups int64
	bytes  int64
}

// oldest returns the group that was idle longest, nil when there is none.
func (p *pool) oldest() *group {
	for len(p.used.waiting) > 0 {
		first := &p.used.waiting[0]
		if first.due == first.group.used.due {
			return first.group
		}
		p.used.fix(0)
	}
	return nil
}

// inOrder returns the groups from the one that was idle longest.
func (p *pool) inOrder() []*group {
	groups := make([]*group, len(p.used.waiting))
	for i := range p.used.waiting {
		groups[i] = p.used.waiting[i].group
	}
	slices.SortFunc(groups, func(a, b *group) int { return cmp.Compare(a.used.due, b.used.due) })
	return groups
}

const (
	poolWindows = iota
	poolBaselines
	pools
)

// group returns the group with the key, which is made if there is none.
func (en *Engine) group(c *compiled, key []byte, t int64) *group {
	if g := c.find(key); g != nil {
		en.touch(g)
		return g
	}
	en.made++
	g := c.start(t)
	g.number, g.due = en.made, t+c.window
	c.take(g, key)
	en.admit(g)
	return g
}

// start makes a group of the rule, for an event at t.
func (c *compiled) start(t int64) *group {
	if c.method == nil {
		return &group{rule: c}
	}
	return c.method.start(c, t)
}

// admit takes the group in, as the one of its pool that was used last.
func (en *Engine) admit(g *group) {
	p := &en.pools[g.rule.pool]
	en.timers.push(g)
	en.touch(g)
	p.used.push(g)
	p.groups++
	en.stats.Groups++
}

// touch makes the group the one of its pool that was used last.
func (en *Engine) touch(g *group) {
	en.uses++
	g.used.due = en.uses
}

// drop forgets the group.
func (en *Engine) drop(g *group) {
	g.rule.leave(g)
	en.timers.remove(g.place)
	if g.waits {
		en.buckets.remove(g.bucket.place)
	}
	p := &en.pools[g.rule.pool]
	p.used.remove(g.used.place)
	p.groups--
	en.stats.Groups--
	en.samples.forget(&g.early)
	en.account(g, 0)
}

// account notes what the group holds now.
func (en *Engine) account(g *group, size int64) {
	en.stats.Bytes += size - g.bytes
	en.pools[g.rule.pool].bytes += size - g.bytes
	g.bytes = size
}

// settle accounts for the memory of the group that was just used, and drops the
// groups that were idle longest while the bounds are passed.
func (en *Engine) settle(g *group, emit func(signal.Finding)) {
	en.account(g, g.size())
	for en.stats.Groups > int64(en.opts.MaxGroups) || en.stats.Bytes+en.samples.bytes > en.opts.MemoryBudget {
		victim := en.victim()
		if victim == nil || victim == g {
			return
		}
		if victim.open != nil || victim.wake() > en.clock.low() {
			en.stats.Evicted++
		}
		if b, ok := victim.state.(*traffic); ok && victim.rule.roof == nil {
			b.judge(en, victim, false, emit)
		}
		if victim.open != nil {
			en.closeSignal(victim, victim.closes(), emit)
		}
		en.drop(victim)
	}
}

// victim returns the group to drop next.
func (en *Engine) victim() *group {
	b := &en.pools[poolBaselines]
	if b.groups <= int64(en.opts.MaxGroups)/2 && b.bytes <= en.opts.MemoryBudget/2 {
		if w := en.pools[poolWindows].oldest(); w != nil {
			return w
		}
	}
	if g := b.oldest(); g != nil {
		return g
	}
	return en.pools[poolWindows].oldest()
}

// expire closes the signals that end by now, judges the buckets that are due by
// late, and forgets the groups whose windows are empty, in the order of time.
func (en *Engine) expire(now, late int64, emit func(signal.Finding)) {
	for {
		due, bucket := en.timers.first(), en.buckets.first()
		switch {
		case due <= now && (due < bucket || bucket > late):
			en.wake(en.timers.waiting[0].group, emit)
		case bucket <= late:
			g := en.buckets.waiting[0].group
			if b, ok := g.state.(*traffic); ok {
				b.judge(en, g, true, emit)
				en.settle(g, emit)
			}
		default:
			return
		}
	}
}

// wake looks at a group that is due.
func (en *Engine) wake(g *group, emit func(signal.Finding)) {
	if at := g.wake(); at > g.due { // the group was used since
		g.due = at
		en.timers.fix(g.place)
		return
	}
	if g.open == nil {
		en.drop(g)
		return
	}
	en.closeSignal(g, g.closes(), emit)
	if at := g.wake(); at > g.due {
		g.due = at
		en.timers.fix(g.place)
	}
}
