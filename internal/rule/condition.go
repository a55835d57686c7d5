package rule

import (
	"math"
	"strconv"
	"strings"
)

// Condition is a parsed condition of a case: comparisons of queries with numbers,
// joined by && and ||, in one step or in several that follow each other (THEN).
// It does not change and may be shared by goroutines.
type Condition struct {
	steps []*node
	names []string
}

// operator is what stands between a name and a number.
type operator uint8

const (
	greater operator = iota
	atLeast
)

// node is a comparison (no children), or a conjunction or disjunction.
type node struct {
	query  int // index of the query
	op     operator
	number float64

	or       bool
	children []*node
}

// Steps returns the number of steps: 1, or more with THEN.
func (c *Condition) Steps() int { return len(c.steps) }

// Eval reports whether the step holds for the values, one for each query in the
// order of the names that the condition was parsed with. Nothing is allocated.
func (c *Condition) Eval(step int, values []float64) bool { return c.steps[step].eval(values) }

func (n *node) eval(values []float64) bool {
	if n.children == nil {
		if n.op == greater {
			return values[n.query] > n.number
		}
		return values[n.query] >= n.number
	}
	for _, child := range n.children {
		if child.eval(values) == n.or {
			return n.or
		}
	}
	return !n.or
}

// Uses reports whether the condition compares the query.
func (c *Condition) Uses(query int) bool {
	used := false
	c.comparisons(func(n *node) { used = used || n.query == query })
	return used
}

// StepUses reports whether the step compares the query.
func (c *Condition) StepUses(step, query int) bool { return c.steps[step].uses(query) }

func (n *node) uses(query int) bool {
	if n.children == nil {
		return n.query == query
	}
	for _, child := range n.children {
		if child.uses(query) {
			return true
		}
	}
	return false
}

// Enough returns how many events settle every comparison of the query: when that
// many were counted, counting more changes no answer. It is 0 for a query that
// the condition does not compare, and at most 1<<40.
func (c *Condition) Enough(query int) int64 {
	var most int64
	c.comparisons(func(n *node) {
		if n.query != query {
			return
		}
		need := math.Ceil(n.number)
		if n.op == greater {
			need = math.Floor(n.number) + 1
		}
		most = max(most, int64(min(max(need, 1), 1<<40)))
	})
	return most
}

func (c *Condition) comparisons(yield func(*node)) {
	var walk func(*node)
	walk = func(n *node) {
		if n.children == nil {
			yield(n)
		}
		for _, child := range n.children {
			walk(child)
		}
	}
	for _, step := range c.steps {
		walk(step)
	}
}

// String writes the condition so that parsing it gives the same condition.
func (c *Condition) String() string {
	var b strings.Builder
	for i, step := range c.steps {
		if i > 0 {
			b.WriteString(" THEN ")
		}
		c.print(&b, step, false)
	}
	return b.String()
}

func (c *Condition) print(b *strings.Builder, n *node, inside bool) {
	if n.children == nil {
		b.WriteString(c.names[n.query])
		if n.op == greater {
			b.WriteString(" > ")
		} else {
			b.WriteString(" >= ")
		}
		b.WriteString(strconv.FormatFloat(n.number, 'f', -1, 64))
		return
	}
	if inside {
		b.WriteByte('(')
	}
	for i, child := range n.children {
		if i > 0 && n.or {
			b.WriteString(" || ")
		} else if i > 0 {
			b.WriteString(" && ")
		}
		c.print(b, child, !n.or && child.or)
	}
	if inside {
		b.WriteByte(')')
	}
}
