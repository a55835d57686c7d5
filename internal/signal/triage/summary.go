package triage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// Limits of a summary.
const (
	// MaxFacet is how many values of a facet a summary has at the most, MaxBuckets how
	// many buckets of time.
	MaxFacet   = 100
	MaxBuckets = 500
)

// Summary is what a page over a search shows beside its signals.
type Summary struct {
	// Signals is how many match.
	Signals int64 `json:"signals"`
	// Facets has, by what they are, the values that the signals have.
	Facets    map[string]Facet `json:"facets"`
	Histogram Histogram        `json:"histogram"`
	// NotSearched is how many signals are too old to be searched.
	NotSearched int64 `json:"not_searched,omitempty"`
}

// Facet is the values of one kind that signals have, the most frequent first.
type Facet struct {
	Values []FacetValue `json:"values"`
	// NotShown is how many further values there are.
	NotShown int `json:"values_not_shown,omitempty"`
}

// FacetValue is how many signals have a value.
type FacetValue struct {
	Value string `json:"value"`
	// Kind is that of an entity, Name what people call a rule.
	Kind  string `json:"kind,omitempty"`
	Name  string `json:"name,omitempty"`
	Count int64  `json:"count"`
	// Query finds those signals.
	Query string `json:"query"`

	at uint32
}

// Histogram is how many signals opened over time.
type Histogram struct {
	// Seconds is the length of a bucket; buckets begin at multiples of it since 1970.
	Seconds int64 `json:"seconds"`
	// Buckets are those in which a signal opened, in order of time.
	Buckets []Bucket `json:"buckets"`
}

// Bucket is how many signals opened within one length of time, by severity.
type Bucket struct {
	Time  time.Time        `json:"time"`
	Count map[string]int64 `json:"count"`
}

// Facets are the kinds of values that a summary counts. Facets of signals that have no
// such value are empty.
func Facets() []string {
	return []string{"severity", "state", "reason", "assignee", "simulated", "category", "rule", "source", "entity", "tactic", "technique", "country", "tag"}
}

// facet returns the name of the facet that the value belongs to, "" for none, and what of
// it is shown there.
func (v *attribute) facet() (name, shown string) {
	switch v.path {
	case "severity", "state", "reason", "assignee", "category", "simulated":
		return v.path, v.value
	case "rule.id":
		return "rule", v.value
	case tagPath:
		switch key, rest, _ := strings.Cut(v.value, ":"); key {
		case "source", "tactic", "technique", "country":
			if rest != "" {
				return key, rest
			}
		}
		return tagPath, v.value
	}
	if strings.HasPrefix(v.path, "entity.") {
		return "entity", v.value
	}
	if strings.HasSuffix(v.path, "geoip.country.iso_code") {
		return "country", v.value
	}
	return "", ""
}

// facetValue returns the value as a facet has it.
func (v *attribute) facetValue(n int32, at uint32) FacetValue {
	_, shown := v.facet()
	f := FacetValue{Value: shown, Count: int64(n), Query: clause(v.path, v.value), at: at}
	switch {
	case v.path == "severity":
		f.Query = "status:" + v.value
	case strings.HasPrefix(v.path, "entity."):
		f.Kind = v.path[len("entity."):]
	}
	return f
}

// Summarize counts the signals that the search wants by what they are, and over time: at
// most as many values of a facet and as many buckets. Its sort, limit and cursor do not
// matter.
func (b *Book) Summarize(ctx context.Context, want Search, values, buckets int) (out Summary, err error) {
	values, buckets = min(max(values, 1), MaxFacet), min(max(buckets, 1), MaxBuckets)
	g, done, err := b.ledger(ctx)
	if err != nil {
		return Summary{}, fmt.Errorf("count signals: %w", err)
	}
	defer done()
	matches := g.matches(&want, b.now().UnixNano())
	counts := make([]int32, len(g.values))
	found := make([]*line, 0, 1024)
	for i, l := range g.lines {
		if i%stride == 0 && ctx.Err() != nil {
			return Summary{}, fmt.Errorf("count signals: %w", ctx.Err())
		}
		if !matches(l) {
			continue
		}
		found = append(found, l)
		for _, at := range l.has {
			counts[at]++
		}
	}
	return Summary{Signals: int64(len(found)), Facets: g.facets(counts, found, values), Histogram: histogram(found, &want, buckets), NotSearched: g.left()}, nil
}

// facets returns the values with the largest counts.
func (g *ledger) facets(counts []int32, found []*line, most int) map[string]Facet {
	type tally struct {
		n  int32
		at uint32
	}
	names := make([]string, len(g.paths)) // of facets; a tag has one of its own
	for i, path := range g.paths {
		names[i], _ = (&attribute{path, "x"}).facet()
	}
	all := map[string][]tally{}
	for at, n := range counts {
		v := &g.values[at]
		if n == 0 || names[v.path] == "" {
			continue
		}
		name := names[v.path]
		if name == tagPath {
			name, _ = v.facet()
		}
		all[name] = append(all[name], tally{n, uint32(at)})
	}
	out := map[string]Facet{}
	for _, name := range Facets() {
		list := all[name]
		slices.SortFunc(list, func(a, b tally) int {
			v, w := &g.values[a.at], &g.values[b.at]
			return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(v.attribute.path, w.attribute.path), strings.Compare(v.value, w.value))
		})
		f := Facet{Values: []FacetValue{}, NotShown: max(0, len(list)-most)}
		for _, one := range list[:min(len(list), most)] {
			f.Values = append(f.Values, g.values[one.at].facetValue(one.n, one.at))
		}
		out[name] = f
	}
	g.nameRules(out["rule"].Values, found)
	return out
}

// nameRules says what people call the rules.
func (g *ledger) nameRules(rules []FacetValue, found []*line) {
	missing := map[uint32]*FacetValue{}
	for i := range rules {
		missing[rules[i].at] = &rules[i]
	}
	for _, l := range found {
		if len(missing) == 0 {
			return
		}
		for _, at := range l.has {
			if rule := missing[at]; rule != nil {
				rule.Name = g.of(l, "rule.name")
				delete(missing, at)
			}
		}
	}
}

// histogram counts over time, in buckets of a length that people count in.
func histogram(found []*line, want *Search, most int) Histogram {
	h := Histogram{Seconds: 1, Buckets: []Bucket{}}
	if len(found) == 0 {
		return h
	}
	first, last := found[0].opened, found[0].opened
	for _, l := range found {
		first, last = min(first, l.opened), max(last, l.opened)
	}
	if want.From != 0 {
		first = min(first, want.From)
	}
	if want.To != 0 {
		last = max(last, want.To-1)
	}
	every := length(first, last, most)
	h.Seconds = every / int64(time.Second)
	counts := map[int64]*[signal.Severities]int64{}
	for _, l := range found {
		at := floor(l.opened, every)
		if counts[at] == nil {
			counts[at] = &[signal.Severities]int64{}
		}
		counts[at][min(l.severity, signal.Critical)]++
	}
	for at, n := range counts {
		b := Bucket{Time: time.Unix(0, at*every).UTC(), Count: map[string]int64{}}
		for s, n := range n {
			if n > 0 {
				b.Count[signal.Severity(s).String()] = n
			}
		}
		h.Buckets = append(h.Buckets, b)
	}
	slices.SortFunc(h.Buckets, func(a, b Bucket) int { return a.Time.Compare(b.Time) })
	return h
}

func floor(ns, every int64) int64 {
	at := ns / every
	if ns%every < 0 {
		at--
	}
	return at
}

// length returns the shortest length of buckets, in nanoseconds, with which there are no
// more than so many.
func length(first, last int64, most int) int64 {
	for _, seconds := range [...]int64{1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400} {
		if every := seconds * int64(time.Second); floor(last, every)-floor(first, every) < int64(most) {
			return every
		}
	}
	every := int64(60*86400) * int64(time.Second)
	for floor(last, every)-floor(first, every) >= int64(most) && every < 1<<61 {
		every *= 2
	}
	return every
}
