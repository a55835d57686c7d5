package detect

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// addRoof gives the rule groups of their own for signals: those of groupSignalsBy.
// Events still add up for each group of the queries; what several of these find is
// one signal.
func (c *compiled) addRoof(en *Engine) {
	roof := *c
	roof.groupBy, roof.feeds, roof.pool, roof.method = nil, nil, poolWindows, nil
	roof.join(newDirectory())
	for _, text := range c.rule.GroupSignalsBy {
		at := slices.IndexFunc(c.groupBy, func(g groupBy) bool { return g.path == strings.TrimPrefix(text, "@") })
		if at < 0 {
			continue // the rule groups by it in another query, whose values join by their place
		}
		by := c.groupBy[at]
		roof.places = append(roof.places, by.place)
		by.place = len(roof.groupBy)
		roof.groupBy = append(roof.groupBy, by)
	}
	roof.feeds = roof.groupBy
	c.roof = &roof
	en.parts = append(en.parts, &roof)
}

// raise is change for the signal that the group shares with others.
func (en *Engine) raise(g *group, e *event.Event, t int64, m *match, emit func(signal.Finding)) {
	c := g.rule.roof
	key := en.work.tuple[:0]
	for _, place := range c.places {
		key = append(key, keyPart(g.key, place)...)
	}
	en.work.tuple = key
	if m.kase < 0 && c.find(key) == nil {
		en.remember(g, e, t)
		return
	}
	top := en.group(c, key, t)
	if top.early.any {
		top.early.absorb(&g.early)
	} else {
		top.early, g.early = g.early, earlySamples{}
	}
	if top.open != nil && t >= top.closes() {
		en.closeSignal(top, top.closes(), emit)
	}
	en.change(top, e, t, m, emit)
	if top.open == nil {
		en.drop(top)
		return
	}
	en.settle(top, emit)
}
