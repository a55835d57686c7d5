package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/query"
)

const (
	// MaxGroups is the number of groups that are told apart. Events of further ones are
	// counted in Table.Left.
	MaxGroups = 100_000
	// maxGroupBytes is the size of their texts, of all measures that are counted together.
	maxGroupBytes = 256 << 20
	// maxBy is the number of fields of a group.
	maxBy = 4
)

// Stats says what is counted. The zero Stats counts all events.
type Stats struct {
	// Measure is count, sum, avg, min or max; "" is count.
	Measure string
	// Of is the field that is measured, of all but count.
	Of query.Field
	// By are the fields whose values tell groups apart.
	By []query.Field
	// Every is the length of a bucket of time; 0 is no buckets.
	Every time.Duration
}

// ParseStats reads a measure, as in "count by @http.status_code, host" or
// "avg(@duration) by service".
func ParseStats(text string) (Stats, error) {
	head, by, grouped := strings.Cut(strings.TrimSpace(text), " by ")
	name, of, measured := strings.Cut(strings.TrimSpace(head), "(")
	s := Stats{Measure: strings.TrimSpace(name)}
	var err error
	switch s.Measure {
	case "count":
		if measured && strings.TrimSpace(of) != "*)" && strings.TrimSpace(of) != ")" {
			return s, fmt.Errorf("%q: count has no field: write count by FIELD", text)
		}
	case "sum", "avg", "min", "max":
		inner, closed := strings.CutSuffix(strings.TrimSpace(of), ")")
		if !closed {
			return s, fmt.Errorf("%q: write %s(@field)", text, s.Measure)
		}
		if s.Of, err = ParseField(inner); err != nil {
			return s, err
		}
	default:
		return s, fmt.Errorf("%q: want count, sum(@field), avg(@field), min(@field) or max(@field), and by FIELD, FIELD behind it", text)
	}
	if !grouped {
		return s, nil
	}
	for name := range strings.SplitSeq(by, ",") {
		f, err := ParseField(name)
		if err != nil {
			return s, err
		}
		s.By = append(s.By, f)
	}
	if len(s.By) > maxBy {
		return s, fmt.Errorf("%q: groups of %d fields, at most %d are possible", text, len(s.By), maxBy)
	}
	return s, nil
}

// ParseField reads the name of a field as a search has it: @http.method, host, env.
func ParseField(name string) (query.Field, error) {
	name = strings.TrimSpace(name)
	if q, err := query.Parse(name + ":*"); err == nil {
		if n, ok := q.Root().(*query.Exists); ok && n.Field.Kind != query.Everything {
			return n.Field, nil
		}
	}
	return query.Field{}, fmt.Errorf("%q is no field: write @http.status_code for an attribute, or host, source, service, status", name)
}

// Table is what was counted: with buckets by time, and then the largest first.
type Table struct {
	Rows []Row
	// Left is the number of events in groups beyond MaxGroups, or beyond 256 MiB of
	// texts.
	Left int64
}

// Row is a group.
type Row struct {
	// Bucket is where its bucket of time begins, in nanoseconds since 1970 UTC; 0
	// without buckets. Untimed says that there are buckets and its events have no time.
	Bucket  int64
	Untimed bool
	// Keys are the values of the fields; nil is no value.
	Keys []*string
	// Count is the number of events, Value what was measured. Without any number to
	// measure, Value is NaN.
	Count int64
	Value float64
}

// Stats counts the events that the search wants. An event of which a field has several
// values, as arrays and tags have, counts for each of them.
func (s *Store) Stats(ctx context.Context, want Search, what Stats) (Table, Result, error) {
	tables, result, err := s.Counts(ctx, want, what)
	return tables[0], result, err
}

// Counts is Stats for several measures over the same events, which are looked for once.
func (s *Store) Counts(ctx context.Context, want Search, what ...Stats) ([]Table, Result, error) {
	x := s.scan(want)
	counters := make([]*counter, len(what))
	for i := range what {
		counters[i] = newCounter(what[i], maxGroupBytes/int64(len(what)))
	}
	err := x.parts(ctx, x.all, func(l *look, g *group, v verdicts) (func() error, error) {
		v, err := l.settle(g, v)
		if err != nil || v.none() {
			return nil, err
		}
		l.result.Matched += v.count(g.rows)
		adds := make([]func() error, len(counters))
		for i, c := range counters {
			if adds[i], err = c.look(l, g, v); err != nil {
				return nil, err
			}
		}
		return func() error {
			for _, add := range adds {
				if err := add(); err != nil {
					return err
				}
			}
			return nil
		}, nil
	})
	tables := make([]Table, len(what))
	for i, c := range counters {
		tables[i] = c.table()
	}
	return tables, x.result, err
}
