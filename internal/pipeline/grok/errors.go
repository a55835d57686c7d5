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

// nearest returns the known name with the fewest typing slips, "" when it would
// take more than a third of the word.
func nearest(word string, known []string) string {
	best, bestDistance := "", len(word)/3+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < bestDistance || d == bestDistance && best == "" && d <= 2 {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance; long words count as far apart.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	var row [65]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
