package pipeline

import (
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// lookupProcessor is the lookup-processor with an inline table: the row whose
// key is the source's text gives the target's value.
type lookupProcessor struct {
	source, target string
	table          map[string]string
	fallback       string
	hasFallback    bool
}

var _ Processor = (*lookupProcessor)(nil)

// maxLookupRows is the size of an inline table. Larger tables belong in a
// reference table.
const maxLookupRows = 100_000

// Process writes the value, or the default for unknown keys. Without a default
// an unknown key changes nothing. Keys are compared as written.
func (p *lookupProcessor) Process(e *event.Event, m *Machine) {
	v, ok := e.Get(p.source)
	if !ok || !v.IsScalar() {
		return
	}
	m.buf = v.AppendText(m.buf[:0])
	value, found := p.table[string(m.buf)]
	if f, ok := v.Number(); !found && ok && v.Kind() == event.Float && f == float64(v.Int()) {
		// People write the key of 200.0 as 200.
		m.buf = event.IntValue(v.Int()).AppendText(m.buf[:0])
		value, found = p.table[string(m.buf)]
	}
	if found {
		e.Set(p.target, event.StringValue(value))
	} else if p.hasFallback {
		e.Set(p.target, event.StringValue(p.fallback))
	}
}

// tableLookup is the lookup-processor with a reference table: the row whose first
// column is the source's text becomes an object at the target.
type tableLookup struct{ source, target, table string }

var _ Processor = (*tableLookup)(nil)

// Process writes the columns of the row that are not empty. A key or table that is
// unknown changes nothing.
func (p *tableLookup) Process(e *event.Event, m *Machine) {
	v, ok := e.Get(p.source)
	if !ok || !v.IsScalar() {
		return
	}
	m.buf = v.AppendText(m.buf[:0])
	columns, values, ok := m.Tables.Row(p.table, string(m.buf))
	if !ok {
		return
	}
	row := e.NewObject()
	for i, value := range values {
		if value != "" {
			e.SetKey(row, columns[i], event.StringValue(value))
		}
	}
	e.Set(p.target, row)
}

// parseTable reads "key,value" rows with CSV quoting (RFC 4180). An unquoted
// value may hold commas.
func parseTable(rows []string) (map[string]string, error) {
	table := make(map[string]string, len(rows))
	for i, row := range rows {
		if strings.TrimSpace(row) == "" {
			continue
		}
		key, rest, err := csvField(row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		value := strings.TrimSpace(rest)
		if strings.HasPrefix(value, `"`) {
			if value, _, err = csvField(value); err != nil {
				return nil, fmt.Errorf("row %d: %w", i+1, err)
			}
		}
		if _, twice := table[key]; !twice {
			table[key] = value
		}
	}
	if len(table) > maxLookupRows {
		return nil, fmt.Errorf("%d rows, at most %d fit: use a reference table", len(table), maxLookupRows)
	}
	return table, nil
}

// csvField cuts the first field off a row.
func csvField(row string) (field, rest string, err error) {
	row = strings.TrimSpace(row)
	if !strings.HasPrefix(row, `"`) {
		field, rest, _ = strings.Cut(row, ",")
		return strings.TrimSpace(field), rest, nil
	}
	var b strings.Builder
	for s := row[1:]; ; {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", fmt.Errorf("the quote of %.40q is not closed", row)
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		if strings.HasPrefix(s, `"`) {
			b.WriteByte('"')
			s = s[1:]
			continue
		}
		_, rest, _ = strings.Cut(s, ",")
		return b.String(), rest, nil
	}
}
