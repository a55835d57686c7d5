package anomaly

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// MaxCells is the number of values that [ReadTable] accepts: 1 GiB of them.
const MaxCells = 1 << 27

// Table is feature vectors, one a row.
type Table struct {
	Columns []string  // the names of the features
	Cells   []float64 // row by row; NaN is a value that is missing
}

// Rows returns the number of rows.
func (t *Table) Rows() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return len(t.Cells) / len(t.Columns)
}

// Row returns a row, which shares the table's memory.
func (t *Table) Row(i int) []float64 {
	n := len(t.Columns)
	return t.Cells[i*n : (i+1)*n : (i+1)*n]
}

// ReadTable reads a table of numbers in CSV with a header. An empty field is a
// missing value. Errors name the line: one that is longer than 1 MiB, has other
// than the header's number of fields, or text where a number belongs; so does more
// than [MaxCells] values.
func ReadTable(r io.Reader) (*Table, error) {
	lines := newCSVLines(r)
	header, err := lines.next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("line 1: the header is missing")
	}
	if err != nil {
		return nil, err
	}
	t := &Table{Columns: slices.Clone(header)}
	for {
		fields, err := lines.next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		if len(fields) != len(t.Columns) {
			return nil, fmt.Errorf("line %d: %d fields, the header has %d", lines.line, len(fields), len(t.Columns))
		}
		if len(t.Cells)+len(fields) > MaxCells {
			return nil, fmt.Errorf("line %d: more than %d values in the table", lines.line, MaxCells)
		}
		for i, field := range fields {
			x, err := parseNumber(field)
			if err != nil {
				return nil, fmt.Errorf("line %d: column %s: %w", lines.line, quote(t.Columns[i]), err)
			}
			t.Cells = append(t.Cells, x)
		}
	}
}
