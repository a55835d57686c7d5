// Package search reads what people ask a log store, on the command line or over HTTP,
// and writes the answers as JSON.
package search

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/store"
)

// Question is a search as it was written. Since and Until are called by the names that
// Names has, which are those of flags or of parameters.
type Question struct {
	Query, Since, Until string
}

// Names are what the parts of a question are called in errors.
type Names struct{ Query, Since, Until string }

// Parse returns what the store wants. Times are RFC 3339, or how long ago.
func Parse(q Question, names Names, now time.Time) (want store.Search, err error) {
	if want.Query, err = query.Parse(q.Query); err != nil {
		return want, fmt.Errorf("%s: %w", names.Query, err)
	}
	if want.Since, err = Moment(names.Since, q.Since, now); err != nil {
		return want, err
	}
	if want.Until, err = Moment(names.Until, q.Until, now); err != nil {
		return want, err
	}
	return want, Ordered(names, want.Since, want.Until)
}

// Moment reads a time in nanoseconds since 1970 UTC, or how long ago it was.
func Moment(name, text string, now time.Time) (int64, error) {
	if age, err := Age(text); err == nil {
		return now.Add(-age).UnixNano(), nil
	}
	at, err := Bound(name, text)
	if err != nil {
		return 0, fmt.Errorf("%w, or how long ago, such as 24h", err)
	}
	return at, nil
}

// Bound reads a time in nanoseconds since 1970 UTC; "" is none, which is 0.
func Bound(name, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fmt.Errorf("%s %q is no time, want the form 2026-01-31T12:00:00Z", name, text)
	}
	switch first, last := time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64); {
	case t.Before(first):
		return math.MinInt64, nil
	case t.After(last):
		return math.MaxInt64, nil
	case t.UnixNano() == 0:
		return 1, nil // no event has the time 0, which would be no bound
	default:
		return t.UnixNano(), nil
	}
}

// Ordered refuses bounds between which nothing can be.
func Ordered(names Names, since, until int64) error {
	if since != 0 && until != 0 && since >= until {
		return errors.New(names.Since + " is not before " + names.Until + ": no event is between them")
	}
	return nil
}

// Age reads a length of time: a number with s, m, h, d or w behind it.
func Age(text string) (time.Duration, error) {
	unit := time.Duration(0)
	if text != "" {
		switch text[len(text)-1] {
		case 's':
			unit = time.Second
		case 'm':
			unit = time.Minute
		case 'h':
			unit = time.Hour
		case 'd':
			unit = 24 * time.Hour
		case 'w':
			unit = 7 * 24 * time.Hour
		}
	}
	if unit > 0 {
		n, err := strconv.ParseFloat(text[:len(text)-1], 64)
		if age := n * float64(unit); err == nil && age >= 1 && age < 1<<62 {
			return time.Duration(age), nil
		}
	}
	return 0, fmt.Errorf("%q is no length of time, want a form such as 90d, 12h or 30m", text)
}

// Cut leaves so many of the largest groups of each bucket, and of a table without
// buckets; it returns how many it took away.
func Cut(table *store.Table, what *store.Stats, limit int) (cut int) {
	if len(what.By) == 0 {
		return 0 // one row for each bucket
	}
	kept := table.Rows[:0]
	for i, n := 0, 0; i < len(table.Rows); i++ {
		if n++; i > 0 && (table.Rows[i].Bucket != table.Rows[i-1].Bucket || table.Rows[i].Untimed != table.Rows[i-1].Untimed) {
			n = 1
		}
		if n > limit {
			cut++
			continue
		}
		kept = append(kept, table.Rows[i])
	}
	table.Rows = kept
	return cut
}
