package match

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// The memory of a profile, in counters.
const (
	profileGrams  = 1 << 18
	profileValues = 1 << 16
)

// The part of an event that a profile looks at.
const (
	profiledValues = 8    // values of one field
	profiledBytes  = 1024 // bytes of one value
)

// Profile is how often values, runs of four bytes, and fields occur in a sample
// of events. Indexes that know it choose witnesses that hold rarely. Its memory
// is fixed; what two texts share by chance only makes an estimate worse. A
// Profile must not be used by two goroutines at once.
type Profile struct {
	seed   maphash.Seed
	events uint32
	grams  []uint32
	values []uint32
}

// NewProfile returns an empty profile. Profiles that are to be merged must come
// from the same parent by Fork.
func NewProfile() *Profile {
	return &Profile{seed: maphash.MakeSeed(), grams: make([]uint32, profileGrams), values: make([]uint32, profileValues)}
}

// Fork returns an empty profile that can be merged into p.
func (p *Profile) Fork() *Profile {
	f := NewProfile()
	f.seed = p.seed
	return f
}

// Events returns the size of the sample.
func (p *Profile) Events() int { return int(p.events) }

// Merge adds the sample of another profile and empties that.
func (p *Profile) Merge(other *Profile) {
	p.events += other.events
	for i, n := range other.grams {
		p.grams[i] += n
	}
	for i, n := range other.values {
		p.values[i] += n
	}
	other.events = 0
	clear(other.grams)
	clear(other.values)
}

// clone returns a copy.
func (p *Profile) clone() *Profile {
	return &Profile{seed: p.seed, events: p.events, grams: slices.Clone(p.grams), values: slices.Clone(p.values)}
}

// Age halves the sample, so that newer events count more.
func (p *Profile) Age() {
	p.events /= 2
	for i := range p.grams {
		p.grams[i] /= 2
	}
	for i := range p.values {
		p.values[i] /= 2
	}
}

// observe adds one event to the sample.
func (p *Profile) observe(v *View) {
	p.events++
	for _, field := range v.seen {
		name := p.fieldHash(v.fields.names[field])
		p.values[p.valueSlot(name, nil, false)]++
		left := profiledValues
		for i := v.slots[field].first; i >= 0 && left > 0; i = v.vals[i].next {
			text := v.foldedOf(&v.vals[i])
			p.values[p.valueSlot(name, text, true)]++
			p.addGrams(name, text)
			left--
		}
	}
	for i := range min(len(v.vals), 4*profiledValues) {
		p.addGrams(0, v.foldedOf(&v.vals[i]))
	}
}

func (p *Profile) addGrams(field uint64, text []byte) {
	text = text[:min(len(text), profiledBytes)]
	for i := 0; i+4 <= len(text); i++ {
		p.grams[gramSlotOf(field, binary.LittleEndian.Uint32(text[i:]))]++
	}
}

func gramSlotOf(field uint64, gram uint32) uint64 {
	return (field ^ uint64(gram)) * 0x9E3779B97F4A7C15 >> 46
}

func (p *Profile) fieldHash(name string) uint64 {
	if name == "" {
		return 0
	}
	return maphash.String(p.seed, name) << 32
}

// valueSlot returns the counter of a value of a field, or of its presence.
func (p *Profile) valueSlot(field uint64, text []byte, value bool) uint64 {
	h := field
	if value {
		h ^= maphash.Bytes(p.seed, text) | 1
	}
	return h * 0x9E3779B97F4A7C15 >> 48
}

// minSample is the number of events from which on a profile is believed.
const minSample = 64

// known reports whether the profile says more than guesses.
func (p *Profile) known() bool { return p != nil && p.events >= minSample }

// chance estimates how often an atom holds: per event, up to 1 and beyond.
func (p *Profile) chance(names []string, a atom) float64 {
	guess := a.guess()
	if !p.known() {
		return guess
	}
	field := p.fieldHash(names[a.field])
	n := float64(p.events)
	var count uint32
	switch a.kind {
	case atomPresent:
		count = p.values[p.valueSlot(field, nil, false)]
	case atomExact:
		count = p.values[p.valueSlot(field, []byte(a.lit), true)]
	default:
		count = ^uint32(0)
		for i := 0; i+4 <= len(a.lit); i++ {
			count = min(count, p.grams[gramSlotOf(field, gramOf([]byte(a.lit[i:i+4]), 4))])
		}
		if len(a.lit) < 4 {
			return guess
		}
	}
	return (float64(count) + guess) / (n + 1)
}

// rarity returns how often the grams of a field occur.
func (p *Profile) rarity(name string) func(gram uint32) float64 {
	if !p.known() {
		return staticRarity
	}
	field := p.fieldHash(name)
	return func(gram uint32) float64 {
		return (float64(p.grams[gramSlotOf(field, gram)]) + staticRarity(gram)) / float64(p.events+1)
	}
}

// staticRarity guesses how often four bytes occur in a text of a few dozen
// bytes, when no sample says it.
func staticRarity(gram uint32) float64 {
	p := 60.0
	for range 4 {
		p *= byteShare(byte(gram))
		gram >>= 8
	}
	return p
}

// byteShare is the share of a byte in folded log text, roughly.
func byteShare(c byte) float64 {
	switch {
	case c == 'e' || c == 's' || c == 'i' || c == 'o':
		return 0.09
	case c == 't' || c == 'r' || c == 'n' || c == 'a' || c == '\\':
		return 0.075
	case c == 'c' || c == 'd' || c == 'm' || c == 'l' || c == 'p' || c == '.' || c == ' ' || c == '/':
		return 0.05
	case c == 'u' || c == 'w' || c == 'x' || c == 'y' || c == 'h' || c == 'f' || c == '-':
		return 0.03
	case c >= '0' && c <= '9', c == 'g', c == 'b', c == 'v', c == 'k', c == '_':
		return 0.02
	case c >= 0x80:
		return 0.001
	default:
		return 0.008
	}
}
