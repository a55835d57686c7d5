package search

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/store"
)

// Scanned says what a search looked at.
type Scanned struct {
	Matched int64    `json:"matched"`
	Events  int64    `json:"events_in_parts_read"`
	Parts   int      `json:"parts"`
	Skipped int      `json:"parts_skipped"`
	Bytes   int64    `json:"bytes_read"`
	Lacking []string `json:"parts_not_readable,omitempty"`
}

// ScannedOf returns what the store says of a search.
func ScannedOf(r store.Result) Scanned {
	s := Scanned{Matched: r.Matched, Events: r.Rows, Parts: r.Parts, Skipped: r.Skipped, Bytes: r.Bytes}
	for _, p := range r.Problems {
		s.Lacking = append(s.Lacking, p.File)
	}
	return s
}

// Events is an answer of events, as parse prints them.
type Events struct {
	Events  []json.RawMessage `json:"events"`
	Scanned Scanned           `json:"scanned"`
}

// EventsOf returns the answer of the events.
func EventsOf(found []*event.Event, r store.Result) Events {
	out := Events{Events: make([]json.RawMessage, len(found)), Scanned: ScannedOf(r)}
	for i, e := range found {
		out.Events[i] = e.AppendRecord(nil)
	}
	return out
}

// Groups is an answer of counts.
type Groups struct {
	Measure string  `json:"measure"`
	Rows    []Group `json:"rows"`
	// Left is the number of events of groups beyond the limits, Cut that of groups that
	// are not shown.
	Left int64 `json:"events_in_no_group,omitempty"`
	Cut  int   `json:"groups_not_shown,omitempty"`
}

// Group is a row of counts. A Value of null had no number to measure.
type Group struct {
	Time  string                     `json:"time,omitempty"`
	By    map[string]json.RawMessage `json:"by,omitempty"`
	Count int64                      `json:"count"`
	Value *float64                   `json:"value"`
}

// GroupsOf returns the answer of a table.
func GroupsOf(table store.Table, what *store.Stats) Groups {
	out := Groups{Measure: Measure(what), Rows: make([]Group, len(table.Rows)), Left: table.Left}
	for i, r := range table.Rows {
		row := Group{Count: r.Count}
		if what.Every > 0 {
			row.Time = Bucket(r)
		}
		if !math.IsNaN(r.Value) && !math.IsInf(r.Value, 0) {
			row.Value = &r.Value
		}
		if len(what.By) > 0 {
			row.By = map[string]json.RawMessage{}
		}
		for k, key := range r.Keys {
			text := []byte("null")
			if key != nil { // escaped as everywhere: a terminal may show it
				text = event.AppendJSONString(nil, *key)
			}
			row.By[what.By[k].String()] = text
		}
		out.Rows[i] = row
	}
	return out
}

// Measure returns what is measured, as it was asked.
func Measure(what *store.Stats) string {
	name := what.Measure
	if what.Of.Name != "" {
		name += "(" + what.Of.String() + ")"
	}
	return name
}

// Stamp writes a time; events without one have none.
func Stamp(at int64) string {
	if at == 0 {
		return ""
	}
	return time.Unix(0, at).UTC().Format(stampForm)
}

const stampForm = "2006-01-02T15:04:05.999999999Z"

// Bucket writes where a bucket of time begins; that of events without a time is none.
func Bucket(r store.Row) string {
	if r.Untimed {
		return ""
	}
	return time.Unix(0, r.Bucket).UTC().Format(stampForm)
}

// Write writes an answer.
func Write(w io.Writer, answer any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(answer); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
