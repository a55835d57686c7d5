package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxFaults is the number of faults that one document is worth keeping.
const maxFaults = 1000

// maxPrinted is the number of faults that a person is shown.
const maxPrinted = 50

// Fault is one thing that is wrong with a document.
type Fault struct {
	// File is the name that Decode was given.
	File string
	// Line and Col count from 1, Col in characters; 0 is unknown.
	Line, Col int
	// Message says what is wrong, lower case, without a full stop.
	Message string
	// Suggestion is the word that was probably meant; empty when none is near.
	Suggestion string
}

// Pos returns the place of the fault.
func (f Fault) Pos() Pos { return Pos{File: f.File, Line: f.Line, Col: f.Col} }

// Error returns "file:line:col: message", with the suggestion as a question.
func (f Fault) Error() string {
	where := f.Pos().String()
	if where != "" {
		where += ": "
	}
	return where + f.text()
}

func (f Fault) text() string {
	if f.Suggestion == "" {
		return f.Message
	}
	return fmt.Sprintf("%s (did you mean %q?)", f.Message, f.Suggestion)
}

// Faults is everything that is wrong with a document, in the order of position.
type Faults []Fault

// Error returns one line for each of the first 50 faults, and how many more
// there are.
func (fs Faults) Error() string {
	return fs.print(Fault.Error)
}

// Excerpt returns what Error does, with the line of the document and a mark
// under the column behind each fault. Data must be the bytes that were decoded.
func (fs Faults) Excerpt(data []byte) string {
	lines := strings.Split(string(data), "\n")
	return fs.print(func(f Fault) string {
		if f.Line < 1 || f.Line > len(lines) {
			return f.Error()
		}
		return f.Error() + "\n" + excerpt(strings.TrimSuffix(lines[f.Line-1], "\r"), f.Line, f.Col)
	})
}

func (fs Faults) print(one func(Fault) string) string {
	var b strings.Builder
	for i, f := range fs {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxPrinted {
			fmt.Fprintf(&b, "and %d more", len(fs)-i)
			break
		}
		b.WriteString(one(f))
	}
	return b.String()
}

// sorted returns the faults by position as an error, nil when there is none.
func (fs Faults) sorted() error {
	if len(fs) == 0 {
		return nil
	}
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return slices.Compact(fs)
}
