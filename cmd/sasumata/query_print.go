package main

import (
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/search/pattern"
	"github.com/sasumata/sasumata/internal/store"
)

func (c *queryCommand) printEvents(w io.Writer, found []*event.Event, fields []query.Field, result store.Result) error {
	if c.output == "json" {
		return search.Write(w, search.EventsOf(found, result))
	}
	t := report.Table{Header: []string{"timestamp"}, Right: make([]bool, 1+len(fields))}
	for _, f := range fields {
		t.Header = append(t.Header, f.String())
	}
	for _, e := range found {
		row := []string{search.Stamp(e.Time)}
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
		return search.Stamp(e.Time)
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
	if c.output == "json" {
		return search.Write(w, struct {
			search.Groups
			Scanned search.Scanned `json:"scanned"`
		}{search.GroupsOf(table, &what), search.ScannedOf(result)})
	}
	t := report.Table{}
	if what.Every > 0 {
		t.Header, t.Right = append(t.Header, "time"), append(t.Right, false)
	}
	for _, f := range what.By {
		t.Header, t.Right = append(t.Header, f.String()), append(t.Right, false)
	}
	t.Header, t.Right = append(t.Header, search.Measure(&what)), append(t.Right, true)
	for _, r := range table.Rows {
		var row []string
		if what.Every > 0 {
			row = append(row, search.Bucket(r))
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

func (c *queryCommand) printPatterns(w io.Writer, found pattern.Found, more bool, result store.Result) error {
	if c.output == "json" {
		return search.Write(w, search.PatternsOf(found, more, result))
	}
	t := report.Table{Header: []string{"count", "share", "last", "pattern"}, Right: []bool{true, true, false, false}}
	for i := range found.Patterns {
		p := &found.Patterns[i]
		t.Rows = append(t.Rows, []string{strconv.FormatInt(p.Count, 10), strconv.FormatFloat(p.Share*100, 'f', 1, 64) + "%", search.Stamp(p.Last), p.Text})
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
