package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Table is rows of texts below a header. Texts may come from logs.
type Table struct {
	Header []string
	Rows   [][]string
	// Right says which columns hold numbers.
	Right []bool
}

// unlimited is wider than any text.
const unlimited = 1 << 40

// WriteText writes the table with aligned columns. Control characters are escaped, and
// texts are cut: the last column at 400 characters, others at 120.
func (t Table) WriteText(w io.Writer) error {
	var out strings.Builder
	shown := make([][]string, 0, 1+len(t.Rows))
	widths := make([]int, len(t.Header))
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		cells := make([]string, len(row))
		for i, text := range row {
			limit := maxValue
			if i == len(row)-1 {
				limit = maxLine
			}
			cells[i] = safe(text, limit)
			widths[i] = max(widths[i], textWidth(cells[i]))
		}
		shown = append(shown, cells)
	}
	for _, cells := range shown {
		for i, text := range cells {
			blanks := strings.Repeat(" ", widths[i]-textWidth(text))
			switch {
			case i < len(t.Right) && t.Right[i]:
				out.WriteString(blanks + text)
			case i == len(cells)-1:
				out.WriteString(text)
			default:
				out.WriteString(text + blanks)
			}
			if i < len(cells)-1 {
				out.WriteString("  ")
			}
		}
		out.WriteByte('\n')
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// WriteCSV writes the table as RFC 4180 has it. A text that a spreadsheet would take
// for a formula gets an apostrophe before it, and control characters are escaped;
// nothing is cut. The header is written as it is.
func (t Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	for n, row := range append([][]string{t.Header}, t.Rows...) {
		cells := make([]string, len(row))
		for i, text := range row {
			if cells[i] = safe(text, unlimited); n > 0 { // the header is no text of a log
				cells[i] = harmless(cells[i])
			}
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("write the table as CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the table as CSV: %w", err)
	}
	return nil
}

// harmless disarms formulas; negative numbers are none.
func harmless(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	if text[0] == '-' && strings.Trim(text, "-0123456789.") == "" {
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return text
		}
	}
	return "'" + text
}
