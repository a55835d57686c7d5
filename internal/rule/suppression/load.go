package suppression

import (
	"bytes"
	"cmp"
	"errors"
	"path/filepath"
	"slices"

	"github.com/sasumata/sasumata/internal/document"
)

// envelope is what the API puts around the attributes.
type envelope struct {
	ID         string        `doc:"id"`
	Type       string        `doc:"type"`
	Attributes document.Node `doc:"attributes,required"`
}

// Decode reads the suppressions of one file. The error is document.Faults with
// everything that is wrong; the suppressions that are right come with it.
func Decode(file string, data []byte) ([]*Suppression, error) {
	opts := document.Options{MaxBytes: MaxBytes}
	var faults document.Faults
	docs, err := document.DecodeAll(file, data, func() any { return new(document.Node) }, opts)
	if err != nil && !collect(&faults, err) {
		return nil, err
	}
	d := decoder{faults: faults}
	for _, doc := range docs {
		if n, ok := doc.(*document.Node); ok {
			d.document(*n)
		}
	}
	if len(docs) == 0 && len(d.faults) == 0 {
		d.faults = document.Faults{document.Pos{File: file, Line: 1, Col: 1}.Fault("there is no suppression in it")}
	}
	if len(d.faults) == 0 {
		return d.all, nil
	}
	slices.SortStableFunc(d.faults, func(a, b document.Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return d.all, d.faults
}

// Is reports whether the file looks like one of suppressions.
func Is(file string, data []byte) bool {
	if !slices.ContainsFunc(ownKeys(), func(key string) bool { return bytes.Contains(data, []byte(key)) }) {
		return false
	}
	docs, _ := document.DecodeAll(file, data, func() any { return new(document.Node) }, document.Options{MaxBytes: MaxBytes, AllowUnknown: true})
	for _, doc := range docs {
		if n, ok := doc.(*document.Node); ok {
			return looks(*n, 0)
		}
	}
	return false
}

// ownKeys returns the keys that only files of suppressions have.
func ownKeys() []string {
	return []string{"rule_query", "suppression_query", "data_exclusion_query", "suppressions"}
}

// looks reports whether the value, or the first one inside it, has a key that only
// suppressions have.
func looks(n document.Node, depth int) bool {
	const deepest = 4 // document, data, list, attributes
	if depth > deepest {
		return false
	}
	for _, key := range ownKeys() {
		if _, ok := n.Get(key); ok {
			return true
		}
	}
	for _, key := range []string{"data", "attributes"} {
		if inner, ok := n.Get(key); ok && looks(inner, depth+1) {
			return true
		}
	}
	for item := range n.Items() {
		return looks(item, depth+1)
	}
	return false
}

// collect adds the faults of an error; it reports false for another error.
func collect(faults *document.Faults, err error) bool {
	wrong, ok := errors.AsType[document.Faults](err)
	*faults = append(*faults, wrong...)
	return ok
}

// decoder collects the suppressions of a file and what is wrong with them.
type decoder struct {
	all    []*Suppression
	faults document.Faults
}

func (d *decoder) fault(err error) {
	if err != nil && !collect(&d.faults, err) {
		d.faults = append(d.faults, document.Fault{Message: err.Error()})
	}
}

// document takes a whole document, or what stands below the key data or
// suppressions.
func (d *decoder) document(n document.Node) {
	switch n.Kind() {
	case document.List:
		for item := range n.Items() {
			d.one(item)
		}
	case document.Map:
		for _, key := range []string{"data", "suppressions"} {
			if inner, ok := n.Get(key); ok {
				d.beside(n, key)
				if inner.Kind() == document.Map {
					d.one(inner)
				} else {
					d.list(inner)
				}
				return
			}
		}
		d.one(n)
	default:
		d.faults = append(d.faults, n.Pos().Fault("want a suppression or a list of them"))
	}
}

func (d *decoder) list(n document.Node) {
	if n.Kind() != document.List {
		d.faults = append(d.faults, n.Pos().Fault("want a suppression or a list of them"))
	}
	for item := range n.Items() {
		d.one(item)
	}
}

// beside reports keys beside the list that nobody would read; meta is the API's.
func (d *decoder) beside(n document.Node, list string) {
	for key, value := range n.Pairs() {
		if key != list && key != "meta" {
			d.faults = append(d.faults, value.Pos().Fault("unknown key %q beside %q", key, list))
		}
	}
}

// one takes one suppression, with the API's envelope or without.
func (d *decoder) one(n document.Node) {
	s := &Suppression{Enabled: true}
	before := len(d.faults)
	if _, ok := n.Get("attributes"); ok {
		var e envelope
		d.fault(n.Decode(&e))
		if e.Type != "" && e.Type != "suppressions" {
			d.faults = append(d.faults, n.Pos().Fault("the type is %q, want suppressions", e.Type))
		}
		n, s.ID = e.Attributes, e.ID
	}
	if n.Kind() != document.Map {
		d.faults = append(d.faults, n.Pos().Fault("want a suppression (a mapping), such as {name: .., rule_query: .., suppression_query: ..}"))
		return
	}
	d.fault(n.Decode(s))
	d.faults = append(d.faults, s.check()...)
	if len(d.faults) == before {
		d.all = append(d.all, s)
	}
}

// Together returns what is wrong with suppressions that are used together: two of
// the same id, or more than Max.
func Together(all []*Suppression) document.Faults {
	var faults document.Faults
	seen := map[string]*Suppression{}
	for i, s := range all {
		if i == Max {
			faults = append(faults, s.Fault("there are more than %d suppressions", Max))
		}
		if first := seen[s.ID]; first != nil && s.ID != "" {
			faults = append(faults, s.Fault("the id %q is taken by the suppression %q at %v", s.ID, first.Name, first.Pos))
		}
		seen[s.ID] = s
	}
	return faults
}

// IsFile reports whether a file of that name in a directory may hold suppressions.
func IsFile(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}
