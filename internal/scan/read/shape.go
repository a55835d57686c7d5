package read

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/scan/pull"
)

// Limits of what is looked at to tell formats apart.
const (
	shapeDepth     = 4    // levels of objects and lists
	shapeItems     = 20   // items of a list
	shapeMembers   = 60   // members of an object: some have one for each file
	shapeDocuments = 50   // documents of a file
	shapePaths     = 3000 // different places
	shapeText      = 200  // bytes of a text
)

// shape is what stands where in a report: ".Results[].Target". All documents of a file
// have one shape.
type shape struct {
	paths map[string]bool
	text  map[string]string // texts, the first at each place
	list  bool              // the file is a list of documents
	full  bool              // something else than empty lists and objects stands in it
	top   []string          // members at the top, for people
}

// survey looks through the whole file, and finds faults in how it is written.
func survey(d *pull.Decoder) (*shape, error) {
	s := &shape{paths: map[string]bool{}, text: map[string]string{}}
	documents := 0
	document := func() error {
		if documents++; documents > shapeDocuments {
			return d.Skip()
		}
		return s.value(d, "", 0)
	}
	for {
		more, err := d.Next()
		if err != nil {
			return nil, err
		}
		if !more {
			return s, nil
		}
		kind, err := d.Kind()
		if err == nil && kind == '[' {
			s.list = true
			err = d.Array(document)
		} else if err == nil {
			err = document()
		}
		if err != nil {
			return nil, err
		}
	}
}

func (s *shape) value(d *pull.Decoder, path string, depth int) error {
	kind, err := d.Kind()
	if err != nil {
		return err
	}
	if depth < shapeDepth && kind == '{' {
		members := 0
		return d.Object(func(key string) error {
			if depth == 0 && len(s.top) < 8 && !slices.Contains(s.top, key) {
				s.top = append(s.top, key)
			}
			at := path + "." + key
			if members++; members > shapeMembers || len(key) > shapeText || len(s.paths) > shapePaths {
				return d.Skip()
			}
			s.paths[at] = true
			return s.value(d, at, depth+1)
		})
	}
	if depth < shapeDepth && kind == '[' {
		n := 0
		return d.Array(func() error {
			if n++; n > shapeItems || len(s.paths) > shapePaths {
				return d.Skip()
			}
			s.paths[path+"[]"] = true
			return s.value(d, path+"[]", depth+1)
		})
	}
	if kind != '{' && kind != '[' && kind != 'n' {
		s.full = true
	}
	if _, known := s.text[path]; kind == '"' && !known && len(s.text) < shapePaths {
		text, err := d.Head(shapeText)
		if err != nil {
			return err
		}
		s.text[path] = text[:min(len(text), shapeText)]
		return nil
	}
	return d.Skip()
}

// has reports whether all of the places are there.
func (s *shape) has(paths ...string) bool {
	for _, p := range paths {
		if !s.paths[p] {
			return false
		}
	}
	return true
}

// any reports whether one of the places is there.
func (s *shape) any(paths ...string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return s.paths[p] })
}

// under reports whether anything stands below the place.
func (s *shape) under(path string) bool {
	for p := range s.paths {
		if strings.HasPrefix(p, path+".") {
			return true
		}
	}
	return false
}

// starts reports whether the text at the place begins so.
func (s *shape) starts(path, prefix string) bool { return strings.HasPrefix(s.text[path], prefix) }

// hint names what stands at the top, for who has to find out what the file is.
func (s *shape) hint() string {
	if len(s.top) == 0 {
		return ""
	}
	short := make([]string, 0, len(s.top))
	for _, key := range s.top {
		short = append(short, key[:min(len(key), 40)])
	}
	return " has " + strings.Join(short, ", ") + " at its top"
}
