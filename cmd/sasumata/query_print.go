package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/store"
)

// scanned is what JSON output says of the search itself.
type scanned struct {
	Matched int64    `json:"matched"`
	Events  int64    `json:"events_in_parts_read"`
	Parts   int      `json:"parts"`
	Skipped int      `json:"parts_skipped"`
	Bytes   int64    `json:"bytes_read"`
	Lacking []string `json:"parts_not_readable,omitempty"`
}

func scannedOf(r store.Result) scanned {
	s := scanned{Matched: r.Matched, Events: r.Rows, Parts: r.Parts, Skipped: r.Skipped, Bytes: r.Bytes}
	for _, p := range r.Problems {
		s.Lacking = append(s.Lacking, p.File)
	}
	return s
}

func (c *queryCommand) printEvents(w io.Writer, found []*event.Event, fields []query.Field, result store.Result) error {
	if c.output == "json" {
		records := make([]json.RawMessage, len(found))
		for i, e := range found {
			records[i] = e.AppendRecord(nil)
		}
		return printJSON(w, struct {
			Events  []json.RawMessage `json:"events"`
			Scanned scanned           `json:"scanned"`
		}{records, scannedOf(result)})
	}
	t := report.Table{Header: []string{"timestamp"}, Right: make([]bool, 1+len(fields))}
	for _, f := range fields {
		t.Header = append(t.Header, f.String())
	}
	for _, e := range found {
		row := []string{stamp(e.Time)}
		for _, f := range fields {
			row = append(row, fieldText(e, f))
		}
		t.Rows = append(t.Rows, row)
	}
	return c.printTable(w, t)
}

func (c *queryCommand) printTable(w io.Writer, t report.Table) error {
	if c.output == "csv" {
		return t.WriteCSV(w)
	}
	return t.WriteText(w)
}

// stamp writes a time; events without one have none.
func stamp(at int64) string {
	if at == 0 {
		return ""
	}
	return time.Unix(0, at).UTC().Format("2006-01-02T15:04:05.999999999Z")
}

// fieldText returns the value of a field of an event as text.
func fieldText(e *event.Event, f query.Field) string {
	switch f.Kind {
	case query.Message:
		return e.Message
	case query.Host:
		return e.Host
	case query.Source:
		return e.Source
	case query.Status:
		return e.Status
	case query.Service:
		return e.Service
	case query.TraceID:
		return e.TraceID
	case query.SpanID:
		return e.SpanID
	case query.Timestamp:
		return stamp(e.Time)
	case query.Tags:
		return strings.Join(e.Tags, ", ")
	case query.TagOrAttribute:
		for _, tag := range e.Tags {
			if key, value, ok := strings.Cut(tag, ":"); ok && strings.EqualFold(key, f.Name) {
				return value
			}
		}
	default:
	}
	v, _ := e.Get(f.Name)
	if f.Kind == query.Calculated {
		v, _ = e.Key(e.Root(), f.Name)
	}
	if !v.IsScalar() && v.Kind() != event.Null {
		return string(e.AppendJSON(nil, v))
	}
	return v.Text()
}

func (c *queryCommand) printStats(w io.Writer, table store.Table, what store.Stats, result store.Result) error {
	name := what.Measure
	if what.Of.Name != "" {
		name += "(" + what.Of.String() + ")"
	}
	if c.output == "json" {
		return printStatsJSON(w, table, what, name, result)
	}
	t := report.Table{}
	if what.Every > 0 {
		t.Header, t.Right = append(t.Header, "time"), append(t.Right, false)
	}
	for _, f := range what.By {
		t.Header, t.Right = append(t.Header, f.String()), append(t.Right, false)
	}
	t.Header, t.Right = append(t.Header, name), append(t.Right, true)
	for _, r := range table.Rows {
		var row []string
		if what.Every > 0 {
			row = append(row, stamp(r.Bucket))
		}
		for _, key := range r.Keys {
			text := ""
			if key != nil {
				text = *key
			}
			row = append(row, text)
		}
		t.Rows = append(t.Rows, append(row, number(r.Value)))
	}
	return c.printTable(w, t)
}

// number writes what was measured: nothing where there was no number.
func number(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func printStatsJSON(w io.Writer, table store.Table, what store.Stats, name string, result store.Result) error {
	type row struct {
		Time  string                     `json:"time,omitempty"`
		By    map[string]json.RawMessage `json:"by,omitempty"`
		Count int64                      `json:"count"`
		Value *float64                   `json:"value"`
	}
	rows := make([]row, len(table.Rows))
	for i, r := range table.Rows {
		rows[i] = row{Time: stamp(r.Bucket), Count: r.Count}
		if !math.IsNaN(r.Value) && !math.IsInf(r.Value, 0) {
			rows[i].Value = &r.Value
		}
		if len(what.By) > 0 {
			rows[i].By = map[string]json.RawMessage{}
		}
		for k, key := range r.Keys {
			text := []byte("null")
			if key != nil { // escaped as everywhere: a terminal may show it
				text = event.AppendJSONString(nil, *key)
			}
			rows[i].By[what.By[k].String()] = text
		}
	}
	return printJSON(w, struct {
		Measure string  `json:"measure"`
		Rows    []row   `json:"rows"`
		Left    int64   `json:"events_in_no_group,omitempty"`
		Scanned scanned `json:"scanned"`
	}{name, rows, table.Left, scannedOf(result)})
}

// printJSON writes a document.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
