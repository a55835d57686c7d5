package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/search"
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
	if w.Since, err = search.Bound("--since", f.since); err != nil {
		return w, err
	}
	if w.Until, err = search.Bound("--until", f.until); err != nil {
		return w, err
	}
	if err := search.Ordered(boundFlags(), w.Since, w.Until); err != nil {
		return w, err
	}
	if f.filter != "" {
		if w.Filter, err = query.Parse(f.filter); err != nil {
			return w, fmt.Errorf("--filter: %w", err)
		}
	}
	return w, nil
}
