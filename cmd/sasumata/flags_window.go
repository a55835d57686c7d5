package main

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/query"
)

// windowFlags are the flags of commands that look at a part of their logs.
type windowFlags struct {
	since, until, filter string
}

func (f *windowFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.since, "since", "", "leave out events before this time (RFC 3339)")
	flags.StringVar(&f.until, "until", "", "leave out events from this time on (RFC 3339)")
	flags.StringVar(&f.filter, "filter", "", "leave out events that this search does not match")
}

// window turns the flags into what the app wants.
func (f *windowFlags) window() (w app.Window, err error) {
	if w.Since, err = bound("since", f.since); err != nil {
		return w, err
	}
	if w.Until, err = bound("until", f.until); err != nil {
		return w, err
	}
	if err := ordered(w.Since, w.Until); err != nil {
		return w, err
	}
	if f.filter != "" {
		if w.Filter, err = query.Parse(f.filter); err != nil {
			return w, fmt.Errorf("--filter: %w", err)
		}
	}
	return w, nil
}

// bound reads a time of the command line; "" is none.
func bound(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fmt.Errorf("--%s %q is no time, want the form 2026-01-31T12:00:00Z", flag, text)
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

// ordered refuses bounds between which nothing can be.
func ordered(since, until int64) error {
	if since != 0 && until != 0 && since >= until {
		return errors.New("--since is not before --until: no event is between them")
	}
	return nil
}
