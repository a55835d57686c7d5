package match

import (
	"net/netip"
	"strings"
)

// Op is what an Expr does with its arguments.
type Op uint8

// The kinds of an Expr. Leaf is a Test.
const (
	Leaf Op = iota
	And
	Or
	Not
)

// Expr is a tree of tests. An And without arguments is true, an Or without is
// false; a Not has one argument.
type Expr struct {
	Op   Op
	Args []*Expr
	Test *Test
}

// All returns the conjunction of the arguments; one argument stands for itself.
func All(args ...*Expr) *Expr { return join(And, args) }

// Any returns the disjunction of the arguments; one argument stands for itself.
func Any(args ...*Expr) *Expr { return join(Or, args) }

// None returns the negation of the argument.
func None(arg *Expr) *Expr { return &Expr{Op: Not, Args: []*Expr{arg}} }

// Is returns the tree of one test.
func Is(t Test) *Expr { return &Expr{Op: Leaf, Test: &t} }

func join(op Op, args []*Expr) *Expr {
	if len(args) == 1 {
		return args[0]
	}
	return &Expr{Op: op, Args: args}
}

// Kind is what a Test asks of a value.
type Kind uint8

// The kinds of tests. A test of a field holds when any of the field's values
// satisfies it: arrays are searched at every depth, and objects satisfy nothing.
const (
	// Text compares the text of a scalar with Test.Pattern, whole.
	Text Kind = iota
	// Number wants an equal number, or a string that is exactly its text.
	Number
	// Bool wants the truth value, or the text true or false in any letter case.
	Bool
	// Null wants the field missing or null.
	Null
	// Exists wants the field present, null included.
	Exists
	// Regexp searches the text for an expression of RE2, not anchored.
	Regexp
	// CIDR wants an address inside a network.
	CIDR
	// Compare wants a number on one side of a threshold; numeric strings count,
	// and true is 1.
	Compare
	// TimePart wants an ISO 8601 time whose part (in its own offset) is a number.
	TimePart
	// FieldRef compares the text of two fields, letter case apart.
	FieldRef
	// Func asks code; see Test.Func.
	Func
)

// Test is one question about one field. Field is the dotted path; empty means
// every scalar of the event, where patterns and numbers are searched as
// substrings.
type Test struct {
	Field string
	Kind  Kind

	// Pattern is what Text compares with; Cased makes letter case count.
	Pattern Pattern
	Cased   bool

	// Num is the number of Number, Compare and TimePart, and NumText how the
	// rule wrote it.
	Num     float64
	NumText string
	// Bool is the value that Bool and Exists want.
	Bool bool
	// Regexp is the expression of Regexp, and Flags any of i, m and s for it.
	Regexp, Flags string
	// Prefix is the network of CIDR.
	Prefix netip.Prefix
	// Relation is the side that Compare wants: "<", "<=", ">" or ">=".
	Relation string
	// Part is what TimePart reads: minute, hour, day, week, month or year.
	Part string
	// Ref is the other field of FieldRef. Starts and Ends say that the field's
	// value may go on behind, and in front of, the other's.
	Ref          string
	Starts, Ends bool
	// Func reports whether the view satisfies the test. It must not keep the
	// view. It has no witness, so a rule that depends on it alone is evaluated
	// for every event.
	Func func(v *View) bool
}

// Pattern is text with wildcards.
type Pattern []Part

// Part is a piece of a Pattern: a wildcard, '*' for any run of characters or '?'
// for one, or literal text when Wild is 0.
type Part struct {
	Lit  string
	Wild byte
}

// Literal returns the pattern that is only text.
func Literal(s string) Pattern { return Pattern{{Lit: s}} }

// Contains returns the pattern of a text anywhere.
func Contains(s string) Pattern { return Pattern{{Wild: '*'}, {Lit: s}, {Wild: '*'}} }

// String writes the pattern with its wildcards; wildcards in the literal text
// are escaped by a backslash.
func (p Pattern) String() string {
	var b strings.Builder
	for _, part := range p {
		if part.Wild != 0 {
			b.WriteByte(part.Wild)
			continue
		}
		for i := range len(part.Lit) {
			switch c := part.Lit[i]; c {
			case '*', '?', '\\':
				b.WriteByte('\\')
				b.WriteByte(c)
			default:
				b.WriteByte(c)
			}
		}
	}
	return b.String()
}
