package main

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/store"
)

// searchFlags are the flags of commands that search a log store.
type searchFlags struct {
	since, until string
}

func (f *searchFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.since, "since", "", "leave out events before this time: RFC 3339, or how long ago (24h, 7d)")
	flags.StringVar(&f.until, "until", "", "leave out events from this time on: RFC 3339, or how long ago")
}

// search turns the flags and a search into what the store wants.
func (f *searchFlags) search(text string) (want store.Search, err error) {
	if want.Query, err = query.Parse(text); err != nil {
		return want, fmt.Errorf("search: %w", err)
	}
	now := time.Now()
	if want.Since, err = moment("since", f.since, now); err != nil {
		return want, err
	}
	if want.Until, err = moment("until", f.until, now); err != nil {
		return want, err
	}
	return want, ordered(want.Since, want.Until)
}

// moment reads a time, or how long ago it was.
func moment(flag, text string, now time.Time) (int64, error) {
	if age, err := parseAge(text); err == nil {
		return now.Add(-age).UnixNano(), nil
	}
	at, err := bound(flag, text)
	if err != nil {
		return 0, fmt.Errorf("%w, or how long ago, such as 24h", err)
	}
	return at, nil
}
