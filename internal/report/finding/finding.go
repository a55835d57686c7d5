// Package finding renders what scanners found: a table for the terminal, a page that
// stands alone, Markdown for pull requests, JSON, and SARIF. In reports, too, an
// attacker may have written: a package's name, a path, a line of code.
package finding

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/scan"
)

// Document is what an output is made of.
type Document struct {
	// List is what was found.
	List *scan.List
	// Lang is the language of texts.
	Lang report.Lang
	// History are earlier runs and this one, from the oldest.
	History []scan.Point
	// Max is how many findings a page or table lists, the gravest first; 0 is 1,000 in
	// pages and all in tables.
	Max int
	// Rules are the ids of the checks that were asked, for WritePolicyLines.
	Rules []string
}

// WriteJSON writes the list as one object, which a later run can be compared with.
// Findings are written one by one: the text of all of them is never in memory.
func WriteJSON(w io.Writer, d Document) error {
	head := *d.List
	head.Findings = []*scan.Finding{}
	text, err := json.MarshalIndent(&head, "", "  ")
	before, after, ok := bytes.Cut(text, []byte("\"findings\": []\n}"))
	if err == nil && (!ok || len(after) > 0) {
		panic("BUG: the findings are not the last member of a list")
	}
	out := bufio.NewWriter(w)
	put := func(text string) { _, _ = out.WriteString(text) } // Flush returns its error
	put(string(before) + `"findings": [`)
	for i, f := range d.List.Findings {
		if err != nil {
			break
		}
		if i > 0 {
			put(",")
		}
		put("\n    ")
		if text, err = json.MarshalIndent(f, "    ", "  "); err == nil {
			put(string(text))
		}
	}
	put("\n  ]\n}\n")
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("write the findings as JSON: %w", err)
	}
	return nil
}

// WriteJSONLines writes one object a line: each report, each finding that is not
// fixed, and a summary.
func WriteJSONLines(w io.Writer, d Document) error {
	e := json.NewEncoder(w)
	write := func(v any) error {
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("write the findings as JSON lines: %w", err)
		}
		return nil
	}
	for _, r := range d.List.Reports {
		if err := write(r); err != nil {
			return err
		}
	}
	for _, r := range d.List.Unread {
		if err := write(r); err != nil {
			return err
		}
	}
	for _, f := range d.List.Findings {
		if f.State == scan.Fixed {
			continue
		}
		if err := write(f); err != nil {
			return err
		}
	}
	return write(map[string]any{"summary": d.List.Counts, "gate": d.List.Gate, "notices": d.List.Notices})
}

// shape returns the sign that stands beside the word of a severity, so that colour is
// never the only difference.
func shape(s scan.Severity) string {
	switch s {
	case scan.Critical:
		return "◆"
	case scan.High:
		return "▲"
	case scan.Medium:
		return "■"
	case scan.Low:
		return "●"
	case scan.Info:
		return "○"
	default:
		return "?"
	}
}

// number writes a number with a comma between thousands.
func number(n int) string { return report.Number(int64(n)) }

// sorted returns the findings of each part of an output.
func split(l *scan.List) (active, held, fixed []*scan.Finding) {
	for _, f := range l.Findings {
		switch {
		case f.State == scan.Fixed:
			if f.FixedAt == l.Generated {
				fixed = append(fixed, f)
			}
		case f.Suppressed != nil:
			held = append(held, f)
		default:
			active = append(active, f)
		}
	}
	return active, held, fixed
}
