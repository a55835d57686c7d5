package triage

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// predicate says whether a query matches a signal of the ledger, which must not change as
// long as it is used.
type predicate func(*line) bool

// predicate returns that of the node. What a clause says of a value is worked out once,
// by the matcher of queries itself, for all signals that have the value.
func (g *ledger) predicate(n query.Node, now int64) predicate {
	switch n := n.(type) {
	case *query.All:
		return func(*line) bool { return true }
	case *query.And:
		all := g.predicates(n.Nodes, now)
		return func(l *line) bool {
			for _, p := range all {
				if !p(l) {
					return false
				}
			}
			return true
		}
	case *query.Or:
		all := g.predicates(n.Nodes, now)
		return func(l *line) bool {
			for _, p := range all {
				if p(l) {
					return true
				}
			}
			return false
		}
	case *query.Not:
		p := g.predicate(n.Node, now)
		return func(l *line) bool { return !p(l) }
	case *query.Group:
		return g.predicate(n.Node, now)
	case *query.List:
		return g.predicate(n.Node, now)
	default:
		c := &question{g: g, node: n, field: fieldOf(n), now: now, event: event.New()}
		return c.predicate()
	}
}

func (g *ledger) predicates(nodes []query.Node, now int64) []predicate {
	all := make([]predicate, len(nodes))
	for i, n := range nodes {
		all[i] = g.predicate(n, now)
	}
	return all
}

func fieldOf(n query.Node) query.Field {
	switch n := n.(type) {
	case *query.Term:
		return n.Field
	case *query.Wildcard:
		return n.Field
	case *query.Exists:
		return n.Field
	case *query.Range:
		return n.Field
	case *query.Comparison:
		return n.Field
	case *query.FreeText:
		return n.Field
	case *query.CIDR:
		return n.Field
	}
	panic("BUG: query has nodes that are not known here: " + n.String())
}

// verdict is what a clause says of a value.
type verdict uint8

const (
	unasked verdict = iota
	no
	yes
	// yesByTag is a tag that the clause wants, noByTag one that has the key of its field: an
	// attribute of that name does not count beside it.
	yesByTag
	noByTag
)

// question is one condition of a query, with what it said of values so far.
type question struct {
	g       *ledger
	node    query.Node
	field   query.Field
	now     int64
	event   *event.Event
	said    []verdict
	related []verdict // whether values at a path can matter at all, by path
}

func (c *question) predicate() predicate {
	if c.field.Kind == query.Timestamp {
		return func(l *line) bool {
			c.event.Reset()
			c.event.Time = l.opened
			return query.Matches(c.node, c.event)
		}
	}
	c.said, c.related = make([]verdict, len(c.g.values)), make([]verdict, len(c.g.paths))
	own := c.field.Kind == query.Everything || c.asksOwn()
	if c.field.Kind == query.TagOrAttribute {
		return func(l *line) bool { return c.byTags(l, own) }
	}
	return func(l *line) bool {
		for _, at := range l.has {
			if c.ask(at) == yes {
				return true
			}
		}
		return own && c.ofOwn(l)
	}
}

// byTags lets tags go before attributes.
func (c *question) byTags(l *line, own bool) bool {
	attribute, tag := false, false
	for _, at := range l.has {
		switch c.ask(at) {
		case yesByTag:
			return true
		case noByTag:
			tag = true
		case yes:
			attribute = true
		case unasked, no:
		}
	}
	return !tag && (attribute || own && c.ofOwn(l))
}

// ask returns what the clause says of a value.
func (c *question) ask(at uint32) verdict {
	v := c.said[at]
	if v == unasked {
		v = c.judge(&c.g.values[at])
		c.said[at] = v
	}
	return v
}

func (c *question) judge(v *value) verdict {
	if !c.relates(v) {
		return no
	}
	v.show(c.event)
	passed := query.Matches(c.node, c.event)
	if c.field.Kind == query.TagOrAttribute && len(c.event.Tags) > 0 {
		tag, key := v.value, c.field.Name
		switch {
		case len(tag) <= len(key) || tag[len(key)] != ':' || !strings.EqualFold(tag[:len(key)], key):
		case passed:
			return yesByTag
		default:
			return noByTag
		}
	}
	if passed {
		return yes
	}
	return no
}

// relates reports whether values at the path of this one can matter.
func (c *question) relates(v *value) bool {
	if v.attribute.path == tagPath || c.field.Kind == query.Everything {
		return true
	}
	if c.related[v.path] == unasked {
		c.related[v.path] = no
		v.show(c.event)
		if query.Matches(&query.Exists{Field: c.field}, c.event) {
			c.related[v.path] = yes
		}
	}
	return c.related[v.path] == yes
}

// asksOwn reports whether the field is one that each signal has for itself.
func (c *question) asksOwn() bool {
	c.event.Reset()
	(&line{row: row{id: "x"}}).own(c.event, 0)
	return query.Matches(&query.Exists{Field: c.field}, c.event)
}

// ofOwn asks what only this signal has.
func (c *question) ofOwn(l *line) bool {
	c.event.Reset()
	switch c.field.Name {
	case "events": // most of the time goes into making events
		c.event.Set("events", event.IntValue(l.events))
	case "breached":
		c.event.Set("breached", event.BoolValue(l.breached(c.now)))
	default:
		l.own(c.event, c.now)
	}
	return query.Matches(c.node, c.event)
}
