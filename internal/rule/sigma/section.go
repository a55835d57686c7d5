package sigma

import (
	"maps"
	"slices"

	"github.com/sasumata/sasumata/internal/document"
)

// section is a mapping of a document, perhaps laid over that of a global
// document.
type section struct {
	pos    document.Pos
	keys   []string
	values map[string]document.Node
}

func newSection(n document.Node) section {
	s := section{pos: n.Pos(), values: map[string]document.Node{}}
	for key, v := range n.Pairs() {
		s.keys = append(s.keys, key)
		s.values[key] = v
	}
	return s
}

// over lays the section over another: its keys count more.
func (s section) over(below section) section {
	if len(below.keys) == 0 {
		return s
	}
	out := section{pos: s.pos, keys: slices.Clone(below.keys), values: maps.Clone(below.values)}
	for _, key := range s.keys {
		if _, ok := out.values[key]; !ok {
			out.keys = append(out.keys, key)
		}
		out.values[key] = s.values[key]
	}
	if out.pos.Line == 0 {
		out.pos = below.pos
	}
	return out
}

func (s section) has(key string) bool {
	_, ok := s.values[key]
	return ok
}

// source is one document: its keys, and the parts that global documents add to.
type source struct {
	section
	parts map[string]section
}

// merged are the parts whose keys are merged one by one.
func merged() []string { return []string{"logsource", "detection", "correlation", "filter"} }

func newSource(n document.Node) source {
	s := source{section: newSection(n), parts: map[string]section{}}
	for _, key := range merged() {
		if part, ok := s.values[key]; ok && part.Kind() == document.Map {
			s.parts[key] = newSection(part)
		}
	}
	return s
}

func (s source) over(below source) source {
	out := source{section: s.section.over(below.section), parts: map[string]section{}}
	for _, key := range merged() {
		if part := s.parts[key].over(below.parts[key]); len(part.keys) > 0 || part.pos.Line > 0 {
			out.parts[key] = part
		}
	}
	return out
}

// text returns the text of a scalar, with a fault for anything else.
func (r *reader) text(s section, key string) string {
	n, ok := s.values[key]
	if !ok || n.Kind() == document.Null {
		return ""
	}
	if n.Kind() != document.Scalar {
		r.fault(n.Pos(), "%s: want text, found %s", key, kindName(n))
	}
	return n.Text()
}

// list returns the texts of a list, or of one scalar.
func (r *reader) list(s section, key string) []string {
	n := s.values[key]
	switch n.Kind() {
	case document.Scalar:
		return []string{n.Text()}
	case document.List:
		var all []string
		for one := range n.Items() {
			if one.Kind() != document.Scalar {
				r.fault(one.Pos(), "%s: want text, found %s", key, kindName(one))
				continue
			}
			all = append(all, one.Text())
		}
		return all
	case document.Map:
		r.fault(n.Pos(), "%s: want a list, found a mapping", key)
	default:
	}
	return nil
}

// choice returns the text of a scalar that must be one of the words.
func (r *reader) choice(s section, key string, words ...string) string {
	text := r.text(s, key)
	if text == "" || slices.Contains(words, text) {
		return text
	}
	f := s.values[key].Pos().Fault("unknown %s %q", key, text)
	f.Suggestion = document.Suggest(text, words)
	r.faults = append(r.faults, f)
	return text
}
