package search

import (
	"context"
	"encoding/json"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/search/pattern"
	"github.com/sasumata/sasumata/internal/store"
)

// Patterns is an answer of patterns of messages.
type Patterns struct {
	Patterns []Pattern `json:"patterns"`
	// Messages is how many were read, Left how many of them are in no pattern, Cut the
	// number of patterns that are not shown.
	Messages int64 `json:"messages"`
	Left     int64 `json:"messages_in_no_pattern,omitempty"`
	Cut      int   `json:"patterns_not_shown,omitempty"`
	// More says that older messages were not read: the limit was reached.
	More    bool    `json:"older_not_read,omitempty"`
	Scanned Scanned `json:"scanned"`
}

// Pattern is a row of patterns. Texts are escaped as everywhere: a terminal may show them.
type Pattern struct {
	Text     json.RawMessage  `json:"pattern"`
	Pieces   []Piece          `json:"pieces"`
	Count    int64            `json:"count"`
	Share    float64          `json:"share"`
	First    string           `json:"first,omitempty"`
	Last     string           `json:"last,omitempty"`
	Statuses map[string]int64 `json:"statuses"`
	Example  json.RawMessage  `json:"example"`
	Query    json.RawMessage  `json:"query"`
}

// Piece is a text that all messages of a pattern have, or a wildcard with some of its
// values.
type Piece struct {
	Text   json.RawMessage   `json:"text,omitempty"`
	Values []json.RawMessage `json:"values,omitempty"`
}

// PatternsOf returns the answer of what was found. More says that the search ended at its
// limit.
func PatternsOf(found pattern.Found, more bool, r store.Result) Patterns {
	out := Patterns{Patterns: make([]Pattern, len(found.Patterns)), Messages: found.Messages, Left: found.Left, Cut: found.Cut, More: more, Scanned: ScannedOf(r)}
	text := func(s string) json.RawMessage { return event.AppendJSONString(nil, s) }
	for i := range found.Patterns {
		p := &found.Patterns[i]
		row := Pattern{
			Text: text(p.Text), Pieces: make([]Piece, len(p.Pieces)), Count: p.Count, Share: p.Share, First: Stamp(p.First), Last: Stamp(p.Last),
			Statuses: p.Statuses, Example: text(p.Example), Query: text(p.Query),
		}
		for k, piece := range p.Pieces {
			if piece.Values == nil {
				row.Pieces[k].Text = text(piece.Text)
			}
			for _, value := range piece.Values {
				row.Pieces[k].Values = append(row.Pieces[k].Values, text(value))
			}
		}
		out.Patterns[i] = row
	}
	return out
}

// MaxMined is how many messages are read for patterns, the newest: some seconds.
const MaxMined = 500_000

// Mine returns at most so many patterns of the newest messages that the search wants.
func Mine(ctx context.Context, s *store.Store, want store.Search, limit int) (pattern.Found, bool, store.Result, error) {
	m := pattern.New()
	more, result, err := s.Lines(ctx, want, MaxMined, func(l store.Line) error {
		m.Add(l.Message, l.Status, l.Time, l.Timed)
		return nil
	})
	return m.Found(limit), more, result, err
}
