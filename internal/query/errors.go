package query

import (
	"fmt"
	"unicode/utf8"
)

// SyntaxError says what is wrong in a query, and where.
type SyntaxError struct {
	// Text is the whole query.
	Text string
	// Col is where it stopped making sense: the character (not byte) in Text,
	// from 1.
	Col int
	// Message says what is wrong.
	Message string
	// Suggestion says what to write instead; empty when that is not known.
	Suggestion string
}

// Error returns the column, the message and the suggestion.
func (e *SyntaxError) Error() string {
	if e.Suggestion == "" {
		return fmt.Sprintf("column %d: %s", e.Col, e.Message)
	}
	return fmt.Sprintf("column %d: %s (%s)", e.Col, e.Message, e.Suggestion)
}

// Hint is advice about a query that is right but perhaps not what was meant.
type Hint struct {
	// Col is the character in the text given to Parse, from 1.
	Col int
	// Message says what the query does there and what to write instead.
	Message string
}

// Hints returns advice for the person who wrote the query: a lower-case "or"
// between clauses, which is a word to look for. It must not be changed.
func (q *Query) Hints() []Hint { return q.hints }

// column returns the character at a byte offset, from 1.
func column(text string, at int) int {
	return utf8.RuneCountInString(text[:min(at, len(text))]) + 1
}
