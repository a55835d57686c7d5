// Package document reads the documents that people write (YAML 1.2 and JSON)
// into Go structs, and says exactly where a document is wrong.
//
// It differs from a plain YAML decoder in four ways: it reports all faults at
// once, each with file, line and column; a key that no field knows is a fault
// with a suggestion; scalars follow the YAML 1.2 core schema (yes, no, on and
// off are strings, 2.02E8 is a number, dates stay text, 012 is the decimal
// number 12); and every size is limited, so that a hostile document costs a
// fault and not the machine.
//
// A struct names its keys with the tag doc:
//
//	type rule struct {
//		document.Pos                       // where the mapping starts
//		Name    string        `doc:"name,required"`
//		Window  time.Duration `doc:"window,alias=timeframe"`
//		Tags    []string      `doc:"tags,single"`
//		At      map[string]document.Pos `doc:",positions"`
//		Rest    map[string]any          `doc:",extra"`
//	}
//
// The options are: alias=KEY (another name for the key, may be repeated),
// required (a missing or null value is a fault), and single (a slice field also
// takes one value without a list around it). A field named by ",positions" gets
// the position of the value of each key, as written in the document; a field
// named by ",extra" keeps the keys that no other field knows. An embedded struct
// is flattened. A field without the tag is left alone, unless its type is Pos.
//
// Fields may be bool, string, whole or fractional numbers, time.Duration ("5m",
// also with the units d and w), any, Node, structs, pointers, slices, maps with
// string keys, and any type with the method
//
//	DecodeDocument(text string) error
//
// on its pointer, which gets the text of a scalar. A string takes a number or a
// truth value as it was written. A null leaves the field as it was, so that
// defaults can be set before decoding. A value of type any becomes nil, bool,
// int64, float64, string, []any or map[string]any; numbers beyond 64 bits become
// float64.
//
// Merge keys (<<) are applied. A tag that is not of YAML's core schema is a
// fault, unless Options.AllowUnknown is set: then it is ignored.
package document

import (
	"fmt"
	"reflect"
)

// DefaultMaxBytes is the size of the largest document that is read when Options
// names no other.
const DefaultMaxBytes = 8 << 20

// MaxDepth is how deep lists and mappings may nest.
const MaxDepth = 100

// The number of values in a document is bounded before it is parsed, by the
// number of bytes that can stand between two values. The lists and mappings of
// YAML's flow style cost the YAML engine far more than lines or JSON do.
const (
	maxSeparators     = 1 << 20
	maxFlowSeparators = 1 << 18
)

// maxAliased is the number of values that aliases may add to a document.
const maxAliased = 1 << 16

// Options says what is read and how much of it. The zero value is strict.
type Options struct {
	// AllowUnknown ignores keys that no field knows and tags that YAML's core
	// schema does not have.
	AllowUnknown bool
	// MaxBytes is the size of the largest document; 0 means DefaultMaxBytes.
	MaxBytes int
}

// Pos is a place in a document. Line and Col count from 1, Col in characters;
// 0 is unknown.
type Pos struct {
	File      string
	Line, Col int
}

// String returns "file:line:col", without the parts that are unknown.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
	}
}

// Fault returns a fault at the position, for checks after decoding.
func (p Pos) Fault(format string, args ...any) Fault {
	return Fault{File: p.File, Line: p.Line, Col: p.Col, Message: fmt.Sprintf(format, args...)}
}

// Decode reads data, which must hold one document, into the value that into
// points to. The name file only appears in positions. The error is Faults with
// all faults, sorted; what could be read is in the value nevertheless. An empty
// document leaves the value as it was, but misses its required keys.
func Decode(file string, data []byte, into any, opts Options) error {
	d := newDecoder(file, opts)
	docs := d.parse(data)
	if len(docs) > 1 {
		d.faultAt(docs[1], "want one document, found another")
	}
	if len(docs) == 0 {
		docs = emptyDocument()
	}
	if len(d.faults) == 0 || len(docs[0].Content) > 0 {
		d.into(docs[0], into)
	}
	return d.faults.sorted()
}

// DecodeAll reads data, which holds any number of documents divided by --- (JSON:
// by white space, or one a line). For each that is not empty it calls newInto, which returns the pointer to decode
// into, and returns these pointers in the order of the documents. The error is
// Faults with the faults of all documents; after a syntax error the documents
// before it are still decoded.
func DecodeAll(file string, data []byte, newInto func() any, opts Options) ([]any, error) {
	d := newDecoder(file, opts)
	var all []any
	for _, doc := range d.parse(data) {
		if isNull(content(doc)) {
			continue
		}
		into := newInto()
		d.into(doc, into)
		all = append(all, into)
	}
	return all, d.faults.sorted()
}

// target returns the settable value that into points to.
func target(into any) reflect.Value {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("BUG: decode into %T, want a pointer", into))
	}
	return v.Elem()
}
