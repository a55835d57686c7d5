// Package query reads, prints and evaluates the log search language: the one
// language of pipeline filters, detection rules, suppressions and the explorer.
// It is the language of Datadog's log search.
//
//	source:nginx @http.status_code:[500 TO 599] -@http.url:/health*
//	"failed password" (@usr.id:root OR @usr.id:admin)
//	env:(prod OR staging) CIDR(@network.client.ip, 10.0.0.0/8)
//
// Operators, from the one that binds tightest: NOT, "-" or "!" before a clause;
// AND, "&&" or nothing between clauses; OR or "||". The words are upper case.
//
// What a clause asks:
//
//   - word, "some words": the message holds the word, or the words side by side.
//     Letter case does not count, and a word is a run of letters, digits and "_":
//     what stands between words (blanks, "-", ":") is not compared. Scripts that
//     write without blanks (Japanese, Chinese, Thai) are found inside a run.
//   - *:word, *:"some words": the same in the message and in every attribute.
//   - @path:value: the attribute has exactly this text, letter case included. A
//     number equals its text; an array matches when any element does.
//   - host, source, status, service, trace_id, span_id, timestamp and message
//     without "@" are the official fields, tags:x is a whole tag, key:x is the
//     value of the tag or, when the event has no such tag, of the attribute at
//     that path. All of them compare without letter case; message:x is the free
//     text search; timestamp takes milliseconds or RFC 3339.
//   - #name:value: the calculated field, stored as an attribute with the literal
//     key "#name".
//   - field:*, or @path alone: there is a value. field:"": it is empty text.
//   - field:a*b?c: * stands for any text, ? for one character, outside quotes.
//     In free text both stay inside one word.
//   - field:[low TO high], field:{low TO high}, field:>=n, >, <=, <: between
//     bounds, "[" with the bound and "{" without it, "*" for no bound. Bounds
//     that are all numbers compare as numbers, also with text that holds a
//     number; other bounds compare as text, which puts ISO dates in order.
//   - field:(a OR b), field:(>=400 <500): each value asks the same field. A "-"
//     before a value negates it; write \-5 for the number.
//   - CIDR(field, 10.0.0.0/8, ..): the field holds an address in a network. IPv4
//     addresses written as IPv6 count as IPv4.
//
// A backslash takes the meaning from the next character, inside quotes too.
package query

import "github.com/sasumata/sasumata/internal/event"

// Limits of one query. Parse refuses what is beyond them.
const (
	// MaxLength is the length of a query in bytes.
	MaxLength = 16 << 10
	// MaxDepth is how deep parentheses and negations may nest.
	MaxDepth = 100
	// MaxClauses is the number of clauses and values, each CIDR prefix included.
	MaxClauses = 4096
)

// Query is a parsed query. It never changes: any number of goroutines may use it
// at once.
type Query struct {
	root  Node
	text  string
	hints []Hint
}

// Parse reads a query. The empty query and "*" match every event. A query that
// makes no sense or is beyond a limit is a *SyntaxError.
func Parse(text string) (*Query, error) {
	p := parser{text: text}
	root, err := p.query()
	if err != nil {
		return nil, err
	}
	return &Query{root: root, text: root.String(), hints: p.hints}, nil
}

// String returns the query as it was written: operators, quotes and escapes are
// kept, only runs of blanks outside quotes become one blank, and clauses that
// touch are put apart. Parse reads it back to the same query.
func (q *Query) String() string { return q.text }

// Root returns the tree. It must not be changed.
func (q *Query) Root() Node { return q.root }

// Match reports whether the event is what the query asks for. It allocates
// nothing and does not change the event.
func (q *Query) Match(e *event.Event) bool { return q.root.match(e) }
