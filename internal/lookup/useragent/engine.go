package useragent

// engine is compiled definitions: the rules for browsers, from systems on those
// for operating systems, from devices on those for devices. It is immutable but
// for the expressions that are compiled when first needed.
type engine struct {
	rules            []*rule
	systems, devices int
	index            *index
}

// evaluate returns what the first matching rule of each kind says.
func (g *engine) evaluate(text string) *Agent {
	s := g.index.scratch()
	g.index.mark(s, text)
	a := g.answer(text, s.candidates, (*rule).find)
	g.index.release(s)
	return a
}

// evaluateAll is evaluate without the index and with the expressions as they are
// written, for comparison.
func (g *engine) evaluateAll(text string) *Agent {
	all := make(bitset, len(g.rules)/64+1)
	for i := range g.rules {
		all.set(i)
	}
	return g.answer(text, all, (*rule).findStrict)
}

// finder is a way to try a rule.
type finder func(r *rule, text string) []int

func (g *engine) answer(text string, candidates bitset, find finder) *Agent {
	a := &Agent{
		Browser: Software{Family: "Other"},
		OS:      Software{Family: "Other"},
		Device:  Device{Family: "Other"},
	}
	g.software(&a.Browser, text, candidates, find, 0, g.systems)
	g.software(&a.OS, text, candidates, find, g.systems, g.devices)
	if r, at := g.first(text, candidates, find, g.devices, len(g.rules)); r != nil {
		a.Device.Family = r.out[0].expand(text, at)
		a.Device.Brand = r.out[1].expand(text, at)
		a.Device.Model = r.out[2].expand(text, at)
	}
	a.Device.Category = category(a, text)
	return a
}

func (g *engine) software(into *Software, text string, candidates bitset, find finder, from, to int) {
	r, at := g.first(text, candidates, find, from, to)
	if r == nil {
		return
	}
	*into = Software{
		Family: r.out[0].expand(text, at),
		Major:  r.out[1].expand(text, at), Minor: r.out[2].expand(text, at),
		Patch: r.out[3].expand(text, at), PatchMinor: r.out[4].expand(text, at),
	}
}

// first returns the first rule of a range that matches and names a family.
func (g *engine) first(text string, candidates bitset, find finder, from, to int) (*rule, []int) {
	for i := candidates.next(from); i < to; i = candidates.next(i + 1) {
		if at := find(g.rules[i], text); at != nil && g.rules[i].out[0].expand(text, at) != "" {
			return g.rules[i], at
		}
	}
	return nil, nil
}
