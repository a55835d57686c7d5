package store

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// A shape is what an event looks like without its values: its keys, how they nest and
// in which order, and the kind of each value. Most events of a source share a few, so
// a column of shapes costs next to nothing, and an event comes back as it was.
//
// It is a text: for each member of an object the length of its key, ":", the key, and
// the kind: "s", "i", "d" and "b" for values that stand in the column of their path,
// or in the overflow when the part has none; "n" for null; "x" for values that always
// stand in the overflow (arrays, and what has the path of another value); "{", the
// members and "}" for an object.

const (
	// maxShapes is how many shapes are kept when they were read.
	maxShapes = 1024
	// manyShapes is how many a row group may have for all of them to be kept, while it
	// is read.
	manyShapes = 4096
	// keptShape is the size in bytes of the largest text of a shape that is kept beyond
	// a row group, keptOps the number of steps of all that a row group keeps: who writes
	// logs chooses how large they are.
	keptShape = 2048
	keptOps   = 1 << 18
)

// leaf is a value of a shape.
type leaf struct {
	path string // without one for x: no column has it
	kind byte   // s, i, d, b or x
}

// op is a step of rebuilding an event.
type op struct {
	key  string
	what byte // the kind, '{' or '}'
	leaf int32
}

// shape is a shape that was read.
type shape struct {
	ops      []op
	leaves   []leaf
	skeleton *event.Event // with the number of the leaf for values, and arrays for x
	kept     bool         // and found again by whoever asks for it
}

// shapes are those that were read, by their texts: parts of a source have the same.
// Any number of goroutines may use it, and what it returns, which does not change.
type shapes struct {
	mu  sync.Mutex
	all map[string]*shape
}

// shape reads a shape, or returns the one that was read before.
func (k *shapes) shape(text string) (*shape, error) {
	k.mu.Lock()
	s := k.all[text]
	k.mu.Unlock()
	if s != nil {
		return s, nil
	}
	text = strings.Clone(text) // the caller's belongs to a column
	s, err := parseShape(text)
	if err != nil || len(text) > keptShape {
		return s, err
	}
	s.kept = true
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.all) >= maxShapes || k.all == nil { // those that are in use come back
		k.all = map[string]*shape{}
	}
	k.all[text] = s
	return s, nil
}

var errShape = errors.New("the layout of an event makes no sense")

// parseShape reads a shape.
func parseShape(text string) (*shape, error) {
	s := &shape{skeleton: event.New()}
	objects := []event.Value{s.skeleton.Root()}
	var path []byte
	var ends []int // of the paths of the objects
	for text != "" {
		object := objects[len(objects)-1]
		if text[0] == '}' {
			if len(objects) == 1 {
				return nil, errShape
			}
			path, objects, ends = path[:ends[len(ends)-1]], objects[:len(objects)-1], ends[:len(ends)-1]
			s.ops = append(s.ops, op{what: '}'})
			text = text[1:]
			continue
		}
		digits, rest, ok := strings.Cut(text, ":")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil || n < 0 || n >= len(rest) {
			return nil, errShape
		}
		key, kind := rest[:n], rest[n]
		text = rest[n+1:]
		step := op{key: key, what: kind}
		switch kind {
		case '{':
			inner := s.skeleton.NewObject()
			s.skeleton.AddMember(object, key, inner)
			objects, ends = append(objects, inner), append(ends, len(path))
			path = append(append(path, key...), '.')
		case 'n':
			s.skeleton.AddMember(object, key, event.Value{})
		case 'x':
			step.leaf = s.add("", kind)
			s.skeleton.AddMember(object, key, s.skeleton.NewArray())
		case 's', 'i', 'd', 'b':
			if len(path)+len(key) > maxPath {
				return nil, errShape
			}
			step.leaf = s.add(string(path)+key, kind)
			s.skeleton.AddMember(object, key, event.IntValue(int64(step.leaf)))
		default:
			return nil, errShape
		}
		s.ops = append(s.ops, step)
	}
	if len(objects) != 1 || s.skeleton.Truncated() {
		return nil, errShape
	}
	return s, nil
}

func (s *shape) add(path string, kind byte) int32 {
	s.leaves = append(s.leaves, leaf{path, kind})
	return int32(len(s.leaves) - 1)
}

// letter returns the kind of a value as a shape writes it.
func letter(v event.Value) byte {
	switch v.Kind() {
	case event.Bool:
		return 'b'
	case event.Int:
		return 'i'
	case event.Float:
		if f, _ := v.Number(); f-f != 0 { // infinite or no number: JSON has none
			return 'n'
		}
		return 'd'
	case event.String:
		return 's'
	case event.Object:
		return '{'
	case event.Null:
		return 'n'
	default:
		return 'x'
	}
}

// valid returns the text with U+FFFD for each byte that is not UTF-8, as JSON output
// has it: other programs refuse a column with such bytes.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		b.WriteRune(r)
		i += n
	}
	return b.String()
}
