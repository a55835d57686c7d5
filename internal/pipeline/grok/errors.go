package grok

import (
	"fmt"
	"strings"
)

// Error is one fault of a rule text.
type Error struct {
	// Rule is the name of the rule; empty when the line has none.
	Rule string
	// Line is the line inside the support or match rules, from 1.
	Line int
	// Col is the column in that line, in bytes from 1.
	Col int
	// Message says what is wrong.
	Message string
	// Suggestion is the nearest name that exists, "" when none is near.
	Suggestion string
	// InSupport tells the support rules from the match rules.
	InSupport bool
}

// Error returns the place and the message.
func (e *Error) Error() string {
	var b strings.Builder
	where := "match rules"
	if e.InSupport {
		where = "support rules"
	}
	fmt.Fprintf(&b, "%s:%d:%d: ", where, e.Line, e.Col)
	if e.Rule != "" {
		fmt.Fprintf(&b, "rule %s: ", e.Rule)
	}
	b.WriteString(e.Message)
	if e.Suggestion != "" {
		fmt.Fprintf(&b, " (did you mean %q?)", e.Suggestion)
	}
	return b.String()
}

// Errors are all faults of a rule text, in the order of the text.
type Errors []*Error

// Error returns one fault a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}
