package query

import "github.com/sasumata/sasumata/internal/event"

// Matches reports whether the event is what a node of a query asks for. Like
// Query.Match, it allocates nothing and does not change the event.
func Matches(n Node, e *event.Event) bool { return n.match(e) }

func (*All) match(*event.Event) bool { return true }

func (n *And) match(e *event.Event) bool {
	for _, c := range n.Nodes {
		if !c.match(e) {
			return false
		}
	}
	return true
}

func (n *Or) match(e *event.Event) bool {
	for _, c := range n.Nodes {
		if c.match(e) {
			return true
		}
	}
	return false
}

func (n *Not) match(e *event.Event) bool { return !n.Node.match(e) }

func (n *Group) match(e *event.Event) bool { return n.Node.match(e) }

func (n *List) match(e *event.Event) bool {
	if n.alts != nil {
		return matchField(e, &n.Field, n.alts)
	}
	return n.Node.match(e)
}

func (n *Term) match(e *event.Event) bool { return matchField(e, &n.Field, n) }

func (n *Wildcard) match(e *event.Event) bool { return matchField(e, &n.Field, n) }

func (n *Exists) match(e *event.Event) bool { return matchField(e, &n.Field, n) }

func (n *Range) match(e *event.Event) bool { return matchField(e, &n.Field, &n.within) }

func (n *Comparison) match(e *event.Event) bool { return matchField(e, &n.Field, &n.within) }

func (n *CIDR) match(e *event.Event) bool { return matchField(e, &n.Field, n) }

func (n *FreeText) match(e *event.Event) bool {
	return n.text(e.Message) || n.Field.Kind == Everything && matchAny(e, e.Root(), n)
}
