package document

import "go.yaml.in/yaml/v4"

// mergeKey is the key whose value's keys are taken over.
const mergeKey = "<<"

// pair is one key of a mapping.
type pair struct {
	key    string
	at     *yaml.Node // the key
	value  *yaml.Node
	merged bool // it stands in another mapping
}

// pairs returns the keys of a mapping in the order of the document, merge keys
// applied: a key of the mapping itself counts more than a merged one, and among
// merged ones the first. Equal keys are a fault.
func (d *decoder) pairs(n *yaml.Node) []pair {
	pairs := make([]pair, 0, len(n.Content)/2)
	seen := make(map[string]int, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		at, value := n.Content[i], n.Content[i+1]
		key := at
		if key.Kind == yaml.AliasNode && key.Alias != nil {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			d.faultAt(at, "want text as a key, found %s", describe(key))
			continue
		case key.Value == mergeKey && !isText(key):
			merges = append(merges, value)
			continue
		}
		if line, ok := seen[key.Value]; ok {
			d.faultAt(at, "the key %q stands in line %d already", shorten(key.Value), line)
			continue
		}
		seen[key.Value] = at.Line
		pairs = append(pairs, pair{key: key.Value, at: at, value: value})
	}
	for _, m := range merges {
		pairs = d.merge(m, pairs, seen)
	}
	return pairs
}

// merge adds the keys of a mapping, or of a list of mappings.
func (d *decoder) merge(n *yaml.Node, pairs []pair, seen map[string]int) []pair {
	d.inAlias++
	d.enter(n, func(n *yaml.Node) {
		switch n.Kind {
		case yaml.MappingNode:
			for _, p := range d.pairs(n) {
				if !d.charge(p.at) {
					return
				}
				if _, ok := seen[p.key]; !ok {
					seen[p.key] = p.at.Line
					p.merged = true
					pairs = append(pairs, p)
				}
			}
		case yaml.SequenceNode:
			for _, item := range n.Content {
				pairs = d.merge(item, pairs, seen)
			}
		default:
			d.faultAt(n, "want a mapping to merge, found %s", describe(n))
		}
	})
	d.inAlias--
	return pairs
}

// pair calls do, which decodes the pair's value.
func (d *decoder) pair(p pair, do func()) {
	if p.merged {
		d.inAlias++
		defer func() { d.inAlias-- }()
	}
	do()
}
