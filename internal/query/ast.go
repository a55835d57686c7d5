package query

import (
	"net/netip"

	"github.com/sasumata/sasumata/internal/event"
)

// Node is a part of a query: *All, *And, *Or, *Not, *Group, *List, and the
// clauses *Term, *Wildcard, *Exists, *Range, *Comparison, *FreeText and *CIDR.
// There are no others. A node prints itself with String as it was written, and
// must not be changed.
type Node interface {
	String() string
	appendTo(dst []byte) []byte
	match(e *event.Event) bool
}

// All matches every event: the empty query, "*" and "*:*".
type All struct{ spelling }

// And matches when every node does. It has two nodes or more.
type And struct {
	Nodes []Node
	ops   []string // between the nodes: " ", " AND ", " && "
}

// Or matches when one of the nodes does. It has two nodes or more.
type Or struct {
	Nodes []Node
	ops   []string // between the nodes: " OR ", " || "
}

// Not matches when the node does not.
type Not struct {
	Node Node
	op   string // "-", "!", "NOT "
}

// Group is a node in parentheses. It means what the node means.
type Group struct{ Node Node }

// List is "field:( .. )". It means what the node means: each clause in it names
// the field of the list.
type List struct {
	Field Field
	Node  Node
	head  string // the field and its colon as written
	alts  *oneOf // nil when it is not a plain list of alternatives
}

// Term asks for a value that equals Value; Field.Folds says whether letter case
// counts. A number equals the
// decimal text of it, so 200 finds 200, 200.0 and "200".
type Term struct {
	spelling
	Field  Field
	Value  string // without quotes and escapes
	Quoted bool

	number literal
}

// Wildcard asks for a value whose whole text fits the pattern.
type Wildcard struct {
	spelling
	Field   Field
	Pattern []Piece

	glob glob
}

// Piece is a part of a pattern: a literal text, a "*" (Star) or a "?" (One).
type Piece struct {
	Literal string
	Star    bool
	One     bool
}

// Exists asks for any value. Null, an empty object, an array without values and
// an empty official field are no value; empty text in an attribute is one.
type Exists struct {
	spelling
	Field Field
}

// Range asks for a value between two bounds.
type Range struct {
	spelling
	Field Field
	Low   Bound
	High  Bound
	// LowOpen and HighOpen say that the bound itself does not match: "{" and "}".
	LowOpen, HighOpen bool
	// Numeric says that values compare as numbers, else as text (byte order).
	Numeric bool

	within interval
}

// Comparison asks for a value on one side of a bound.
type Comparison struct {
	spelling
	Field Field
	Op    Op
	Bound Bound
	// Numeric says that values compare as numbers, else as text (byte order).
	Numeric bool

	within interval
}

// Op is the operator of a Comparison.
type Op uint8

// The four operators.
const (
	Less Op = iota
	LessEqual
	Greater
	GreaterEqual
)

// Bound is one end of a range.
type Bound struct {
	Any  bool   // "*": no bound on this side
	Text string // without quotes and escapes
	// Number is the bound as a number where the bound is one (Numeric). Bounds
	// of timestamp are always numbers: milliseconds since 1970 UTC.
	Number  float64
	Numeric bool
}

// FreeText asks for words in the message (Field.Kind Message), or in the message
// or any attribute (Field.Kind Everything). The words stand side by side.
type FreeText struct {
	spelling
	Field Field
	Words []Word
	// Literal is what to look for when the text has no word in it ("->"): it may
	// stand anywhere. When it is empty too, an empty text is wanted.
	Literal string

	first byte // in lower case, that the first word starts with; 0 beyond ASCII
	need  need // of the first word, if it is a pattern
}

// Word is one word of a free text search, in lower case.
type Word struct {
	// Text is the word; it is empty when the word has wildcards.
	Text string
	// Pattern is the word with wildcards.
	Pattern []Piece

	glob *glob
}

// CIDR asks for an address in one of the networks.
type CIDR struct {
	spelling
	Field    Field
	Prefixes []netip.Prefix
}

// spelling is a clause as it was written, with single blanks.
type spelling struct{ raw string }
