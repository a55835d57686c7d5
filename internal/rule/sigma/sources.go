package sigma

import (
	"fmt"
	"slices"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// sourceEntry gives labels to the events that it describes.
type sourceEntry struct {
	document.Pos
	// Sources are the technologies that write the events; none means any.
	Sources []string `doc:"sources,single"`
	// Detection is what the events must satisfy beside, in the form of a rule's
	// detection with its condition; none means nothing.
	Detection document.Node `doc:"detection"`
	Product   string        `doc:"product"`
	Category  []string      `doc:"category,single"`
	Service   []string      `doc:"service,single"`
}

// Sources say which log sources of Sigma an event belongs to: a product, and sets
// of categories and services. It is immutable.
type Sources struct {
	entries []sourceEntry
	set     *match.Set
}

// ParseSources reads the log sources of events: a list of entries, of which every
// one that describes an event adds its labels; the first product counts. The
// error is document.Faults.
func ParseSources(file string, data []byte) (*Sources, error) {
	s := &Sources{}
	var doc struct {
		Entries []sourceEntry `doc:"logsources,required"`
	}
	if err := document.Decode(file, data, &doc, document.Options{}); err != nil {
		return nil, err
	}
	s.entries = doc.Entries
	r := &reader{opts: &Options{}}
	rules := make([]match.Rule, len(s.entries))
	for i := range s.entries {
		rules[i] = match.Rule{ID: s.entries[i].String(), Expr: match.All()}
		n := s.entries[i].Detection
		if n.Kind() == document.Null {
			continue
		}
		if n.Kind() != document.Map {
			r.fault(n.Pos(), "detection: want a mapping, found %s", kindName(n))
			continue
		}
		det := newSection(n)
		d := r.detections(det, "condition")
		rules[i].Expr = r.condition(det, &d, false)
	}
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	set, err := match.Compile(rules, match.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	s.set = set
	return s, nil
}

// Labeler names the log source of one event after the other. It belongs to one
// goroutine.
type Labeler struct {
	sources *Sources
	m       *match.Matcher
	src     match.Source
}

// Labeler returns a labeler.
func (s *Sources) Labeler() *Labeler { return &Labeler{sources: s, m: s.set.NewMatcher()} }

// Source returns the log source of an event. The slices are valid until the next
// call.
func (l *Labeler) Source(e *event.Event) match.Source {
	l.src.Product, l.src.Categories, l.src.Services = "", l.src.Categories[:0], l.src.Services[:0]
	l.m.Load(e)
	for _, r := range l.m.Match(match.Source{}, match.NoRouting) {
		x := &l.sources.entries[l.sources.set.Origin(r)]
		if len(x.Sources) > 0 && !slices.Contains(x.Sources, e.Source) {
			continue
		}
		if l.src.Product == "" {
			l.src.Product = x.Product
		}
		l.src.Categories = addLabels(l.src.Categories, x.Category)
		l.src.Services = addLabels(l.src.Services, x.Service)
	}
	return l.src
}

func addLabels(have, more []string) []string {
	for _, label := range more {
		if !slices.Contains(have, label) {
			have = append(have, label)
		}
	}
	return have
}
