package scan

import (
	"time"

	"github.com/sasumata/sasumata/internal/scan/purl"
)

// keepFixed is how long a finding is remembered after it was fixed: when it comes
// back meanwhile, it is reopened.
const keepFixed = 365 * 24 * time.Hour

// Compare says what became of the findings of an earlier run. A finding that is not
// there any more is fixed only when all tools that saw it ran again on the same
// asset; otherwise it is still open. Without an earlier run every finding is new.
func (l *List) Compare(earlier *List, now time.Time) {
	at := now.UTC().Format(time.RFC3339)
	for _, f := range l.Findings {
		f.State, f.FirstSeen, f.LastSeen = New, at, at
	}
	if earlier == nil {
		return
	}
	l.Baseline = earlier.Generated
	known := newIndex(earlier.Findings)
	for _, f := range l.Findings {
		known.exact(f, at)
	}
	for _, f := range l.Findings { // ids and lines may have changed meanwhile
		known.similar(f, at)
	}
	ran := l.ran()
	for _, old := range earlier.Findings {
		if known.taken[old] {
			continue
		}
		switch {
		case old.State == Fixed:
			if when, err := time.Parse(time.RFC3339, old.FixedAt); err == nil && now.Sub(when) > keepFixed {
				continue
			}
		case old.gone(ran):
			old.State, old.FixedAt, old.Suppressed = Fixed, at, nil
		default:
			old.State = Open
			if s := old.Suppressed; s != nil && s.By != "tool" { // it is decided anew
				old.Suppressed = nil
			}
		}
		l.Findings = append(l.Findings, old)
	}
	Sort(l.Findings)
}

type run struct{ asset, tool string }

// ran returns which tools looked at which assets.
func (l *List) ran() map[run]bool {
	out := map[run]bool{}
	for _, r := range l.Reports {
		for _, tool := range r.Tools {
			out[run{l.Asset, tool}] = true
		}
	}
	for _, f := range l.Findings {
		for _, s := range f.Sources {
			out[run{f.Asset, s.Tool}] = true
		}
	}
	for _, r := range l.Reports { // one that failed ran not, whatever else it found
		if r.Incomplete {
			for _, tool := range r.Tools {
				delete(out, run{l.Asset, tool})
			}
		}
	}
	return out
}

// gone reports whether everybody who saw the finding looked again.
func (f *Finding) gone(ran map[run]bool) bool {
	for _, s := range f.Sources {
		if !ran[run{f.Asset, s.Tool}] {
			return false
		}
	}
	return len(f.Sources) > 0
}

// index finds earlier findings.
type index struct {
	byKey  map[string]*Finding
	byName map[string][]*Finding
	taken  map[*Finding]bool
	done   map[*Finding]bool // findings of this run whose past is known
}

func newIndex(list []*Finding) *index {
	x := &index{byKey: map[string]*Finding{}, byName: map[string][]*Finding{}, taken: map[*Finding]bool{}, done: map[*Finding]bool{}}
	for _, f := range list {
		x.byKey[f.Key] = f
		for _, n := range f.names() {
			if len(x.byName[n]) < maxNear {
				x.byName[n] = append(x.byName[n], f)
			}
		}
	}
	return x
}

// names returns what a finding is called under each of its ids.
func (f *Finding) names() []string {
	where := purl.Loose(f.Package.Name)
	if f.Kind != Vulnerability || where == "" {
		where = key(f.Place.Path, f.Place.Resource)
	}
	out := make([]string, 0, 1+len(f.Aliases))
	for _, id := range append([]string{f.ID}, f.Aliases...) {
		out = append(out, key(f.Kind.String(), f.Asset, id, where))
	}
	return out
}

func (x *index) exact(f *Finding, at string) {
	if old := x.byKey[f.Key]; old != nil && !x.taken[old] {
		x.link(f, old, at)
	}
}

// similar looks for a finding that is the same under another key: it got an id of
// CVE, another tool named it first, or the line was rewritten.
func (x *index) similar(f *Finding, at string) {
	if x.done[f] {
		return
	}
	for _, n := range f.names() {
		for _, old := range x.byName[n] {
			if x.taken[old] || f.Kind == Vulnerability && f.Package.Type != "" && old.Package.Type != "" && f.Package.Type != old.Package.Type {
				continue
			}
			x.link(f, old, at)
			return
		}
	}
}

// link carries the past of a finding over.
func (x *index) link(f, old *Finding, at string) {
	x.taken[old], x.done[f] = true, true
	f.State = Open
	if old.State == Fixed {
		f.State = Reopened
	}
	if old.FirstSeen != "" {
		f.FirstSeen = old.FirstSeen
	}
	f.LastSeen = at
	if x.byKey[f.Key] == nil { // the key stays what it was when nobody else has it
		f.Key = old.Key
	}
}
