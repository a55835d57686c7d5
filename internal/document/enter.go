package document

import "go.yaml.in/yaml/v4"

// enter follows an alias, checks the limits and the tag, and calls do with the
// node that holds the value.
func (d *decoder) enter(n *yaml.Node, do func(*yaml.Node)) {
	if d.stopped {
		return
	}
	if n.Kind == yaml.AliasNode {
		anchor := n.Alias
		if anchor == nil || d.followed[anchor] {
			d.faultAt(n, "the alias *%s holds itself", n.Value)
			return
		}
		d.followed[anchor] = true
		d.inAlias++
		d.enter(anchor, do)
		d.inAlias--
		delete(d.followed, anchor)
		return
	}
	if !d.charge(n) {
		return
	}
	if d.depth >= MaxDepth {
		d.faultAt(n, "nested deeper than %d", MaxDepth)
		return
	}
	if n.Style&yaml.TaggedStyle != 0 && !d.opts.AllowUnknown && !coreTag(n.Tag) {
		d.faultAt(n, "unknown tag %q", shorten(n.Tag))
	}
	d.depth++
	do(n)
	d.depth--
}

// charge counts a value that an alias repeats.
func (d *decoder) charge(n *yaml.Node) bool {
	if d.inAlias > 0 {
		if d.aliased++; d.aliased > maxAliased {
			d.faultAt(n, "aliases repeat more than %d values", maxAliased)
			d.stopped = true
			return false
		}
	}
	return true
}

func coreTag(tag string) bool {
	switch tag {
	case "", "!", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp", "!!merge":
		return true
	default:
		return false
	}
}
