package store

import "github.com/sasumata/sasumata/internal/query"

// skips reports whether the part surely has no event that is wanted.
func (x *scan) skips(p *Part) bool {
	timed := x.want.Since != 0 || x.want.Until != 0
	switch {
	case timed && p.Untimed == p.Rows,
		x.want.Since != 0 && p.Last < x.want.Since,
		x.want.Until != 0 && p.First >= x.want.Until:
		return true
	case x.want.Query == nil:
		return false
	default:
		return newMatcher().ofPart(x.want.Query.Root(), p) == no
	}
}

// ofPart returns the verdict of a node on all events of a part.
func (m *matcher) ofPart(n query.Node, p *Part) verdict {
	switch n := n.(type) {
	case *query.All:
		return yes
	case *query.Group:
		return m.ofPart(n.Node, p)
	case *query.Not:
		return m.ofPart(n.Node, p).not()
	case *query.And:
		out := yes
		for _, c := range n.Nodes {
			out = min(out, m.ofPart(c, p))
		}
		return out
	case *query.Or:
		out := no
		for _, c := range n.Nodes {
			out = max(out, m.ofPart(c, p))
		}
		return out
	}
	if f, ok := fieldOf(n); ok && f.Kind == query.Source && !p.Mixed {
		return m.ofSource(n, p.Source)
	}
	return maybe
}

// ofGroup returns the verdict of a node on all events of a row group, as far as it can
// be told without reading any.
func (m *matcher) ofGroup(g *group, n query.Node) (verdict, error) {
	switch n := n.(type) {
	case *query.Group:
		return m.ofGroup(g, n.Node)
	case *query.Not:
		v, err := m.ofGroup(g, n.Node)
		return v.not(), err
	case *query.And:
		return m.ofNodes(g, n.Nodes, no)
	case *query.Or:
		return m.ofNodes(g, n.Nodes, yes)
	}
	f, ok := fieldOf(n)
	switch {
	case !ok:
		return m.ofPart(n, g.part), nil
	case f.Kind == query.Attribute, f.Kind == query.Calculated:
		p, ok, err := g.same(f)
		switch {
		case err != nil || !ok:
			return maybe, err
		case p.what == nowhere:
			return no, nil
		}
		out, err := g.excludes(p.column, n)
		if out {
			return no, err
		}
		return maybe, err
	default:
		return m.ofPart(n, g.part), nil
	}
}

// ofNodes joins nodes by And (where no decides) or Or (where yes does).
func (m *matcher) ofNodes(g *group, nodes []query.Node, decides verdict) (verdict, error) {
	out := decides.not()
	for _, n := range nodes {
		v, err := m.ofGroup(g, n)
		if err != nil {
			return maybe, err
		}
		if decides == no {
			out = min(out, v)
		} else {
			out = max(out, v)
		}
		if out == decides {
			break
		}
	}
	return out, nil
}
