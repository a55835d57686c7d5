package match

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// maxIndexes is the number of combinations of labels that a set keeps an index
// for. Events of further ones share the index of all rules.
const maxIndexes = 256

// Set is compiled rules. It is immutable but for the indexes, which it builds on
// first use, and safe for concurrent use.
type Set struct {
	rules   []compiled
	fields  *fields
	labels  map[string]string // every label that some rule asks for
	profile *Profile
	merge   bool
	// anywhere says that some test reads values wherever they are.
	anywhere bool

	mu      sync.Mutex // serialises building
	indexes atomic.Pointer[map[string]*index]
	all     *index // of every rule
}

type compiled struct {
	id     string
	origin int
	labels Labels
	root   node
}

// Options say how rules are compiled. The zero value is good.
type Options struct {
	// Profile is what earlier events were like; nil guesses. The set keeps it, so
	// it must not change afterwards.
	Profile *Profile
	// Fields are paths that views must have beside those that the rules read.
	Fields []string
	// Merge gives a path that an event writes in several ways ({"a.b":1} and
	// {"a":{"b":2}}) the values of all. Without it only the longest keys count.
	Merge bool
}

// RuleError says which rule cannot be compiled.
type RuleError struct {
	ID  string
	Err error
}

// Error returns the rule's id and the reason.
func (e *RuleError) Error() string { return fmt.Sprintf("rule %s: %v", e.ID, e.Err) }

// Unwrap returns the reason.
func (e *RuleError) Unwrap() error { return e.Err }

// Compile returns the set of the rules, numbered in their order. Rules that
// cannot be compiled are left out and reported as joined RuleErrors.
func Compile(rules []Rule, opts Options) (*Set, error) {
	s := &Set{labels: map[string]string{}, profile: opts.Profile, merge: opts.Merge}
	paths := append([]string{"product", "category", "service"}, opts.Fields...)
	var errs []error
	kept := make([]int, 0, len(rules))
	for i, r := range rules {
		tests := 0
		more, err := fieldPaths(r.Expr, paths, maxNest, &tests)
		if err != nil {
			errs = append(errs, &RuleError{r.ID, err})
			continue
		}
		paths = more
		kept = append(kept, i)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	s.fields = newFields(paths)
	s.anywhere = slices.Contains(paths, "")
	for _, i := range kept {
		r := rules[i]
		c := compiler{fields: s.fields}
		root, err := c.node(r.Expr)
		if err != nil {
			errs = append(errs, &RuleError{r.ID, err})
			continue
		}
		root, _ = finder{names: s.fields.names, profile: s.profile}.ordered(&root)
		s.rules = append(s.rules, compiled{r.ID, i, r.Labels, root})
		for _, label := range []string{r.Labels.Product, r.Labels.Category, r.Labels.Service} {
			s.labels[label] = label
		}
	}
	every := make([]int32, len(s.rules))
	for i := range every {
		every[i] = int32(i)
	}
	s.all = newIndex(s, every)
	s.indexes.Store(&map[string]*index{})
	return s, errors.Join(errs...)
}

// Len returns the number of rules.
func (s *Set) Len() int { return len(s.rules) }

// ID returns the id of a rule by its number.
func (s *Set) ID(rule int32) string { return s.rules[rule].id }

// Origin returns where the rule stood in the list that was compiled.
func (s *Set) Origin(rule int32) int { return s.rules[rule].origin }

// Field returns the number of a path that views have, -1 of any other.
func (s *Set) Field(path string) int32 { return s.fields.number(path) }

// Fields returns the paths that the rules read.
func (s *Set) Fields() []string { return s.fields.names[1:] }

// Tuned returns a set of the same rules, in the same order, that follows another
// profile.
func (s *Set) Tuned(profile *Profile) *Set {
	t := &Set{rules: slices.Clone(s.rules), fields: s.fields, labels: s.labels, profile: profile, merge: s.merge, anywhere: s.anywhere}
	for i := range t.rules {
		t.rules[i].root, _ = finder{names: t.fields.names, profile: profile}.ordered(&s.rules[i].root)
	}
	t.all = newIndex(t, s.all.rules)
	t.indexes.Store(&map[string]*index{})
	return t
}

// Warm builds the index for events from src.
func (s *Set) Warm(src Source, routing Routing) {
	s.index(appendKey(nil, s, src, routing), src, routing)
}

// index returns the index for the events of a source; exact is false when it
// holds rules that are not for them.
func (s *Set) index(key []byte, src Source, routing Routing) (x *index, exact bool) {
	if routing == NoRouting {
		return s.all, true
	}
	if x := (*s.indexes.Load())[string(key)]; x != nil {
		return x, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := *s.indexes.Load()
	if x := known[string(key)]; x != nil {
		return x, true
	}
	if len(known) >= maxIndexes {
		return s.all, false
	}
	var rules []int32
	for _, r := range s.all.rules {
		if s.rules[r].labels.Applies(src, routing) {
			rules = append(rules, r)
		}
	}
	x = newIndex(s, rules)
	grown := maps.Clone(known)
	grown[string(key)] = x
	s.indexes.Store(&grown)
	return x, true
}

// appendKey appends what tells the rules for one source from those for another.
// Labels that no rule asks for are all alike, so that hostile labels do not make
// indexes.
func appendKey(dst []byte, s *Set, src Source, routing Routing) []byte {
	dst = append(dst, byte(routing))
	dst = s.appendLabel(dst, src.Product)
	dst = append(dst, 1)
	for _, c := range src.Categories {
		dst = s.appendLabel(dst, c)
	}
	dst = append(dst, 1)
	for _, c := range src.Services {
		dst = s.appendLabel(dst, c)
	}
	return dst
}

func (s *Set) appendLabel(dst []byte, label string) []byte {
	if label == "" {
		return dst
	}
	if _, known := s.labels[label]; !known {
		return append(dst, 2)
	}
	return append(append(dst, label...), 3)
}
