package grok

// analyse finds out, for each node, with which bytes text can start there, and
// what the stars may skip.
func (p *program) analyse() {
	for changed := true; changed; {
		changed = false
		for i := range p.nodes {
			if p.flow(&p.nodes[i]) {
				changed = true
			}
		}
	}
	for i := range p.nodes {
		n := &p.nodes[i]
		var own byteSet
		switch n.op {
		case opStar:
			n.lit = p.literalAt(n.next)
			n.class.firstBytes(&own)
		case opFunc:
			n.fn.inside(&own)
		default:
			continue
		}
		if !own.meets(&p.nodes[n.next].first) {
			n.once = true
		}
	}
}

// flow updates what can start at a node from the nodes behind it, and reports a
// change.
func (p *program) flow(n *node) bool {
	var set byteSet
	end := false
	behind := func(i int32) {
		if i >= 0 {
			set.union(&p.nodes[i].first)
			end = end || p.nodes[i].end
		}
	}
	switch n.op {
	case opAccept:
		end = true
	case opEnd:
		// Not even an atomic group may choose its way by what follows it.
		set.addRange(0, 0xff)
		end = true
	case opLiteral:
		set.add(n.lit[0])
	case opClass:
		n.class.firstBytes(&set)
	case opStar:
		n.class.firstBytes(&set)
		if n.min == 0 {
			behind(n.next)
		}
	case opFunc:
		n.fn.first(&set)
	case opSplit, opLoopTest:
		behind(n.next)
		behind(n.alt)
	case opAssert:
		switch n.assert {
		case textEnd:
			end = true
		case lineEnd:
			end = true
			set.add('\n')
		default:
			behind(n.next)
		}
	case opAtomic:
		set = n.first
		if n.nullable {
			behind(n.next)
		}
	default:
		behind(n.next)
	}
	changed := n.first.union(&set)
	if end && !n.end {
		n.end, changed = true, true
	}
	return changed
}

// literalAt returns the literal that text must start with at a node.
func (p *program) literalAt(i int32) string {
	for i >= 0 {
		switch n := &p.nodes[i]; n.op {
		case opLiteral:
			return n.lit
		case opSave, opAssert, opLook, opLoopMark:
			i = n.next
		default:
			return ""
		}
	}
	return ""
}
