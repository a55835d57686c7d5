package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/search"
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
func (f *searchFlags) search(text string) (store.Search, error) {
	return search.Parse(search.Question{Query: text, Since: f.since, Until: f.until}, boundFlags(), time.Now())
}

// boundFlags returns what errors call the parts of a search.
func boundFlags() search.Names {
	return search.Names{Query: "search", Since: "--since", Until: "--until"}
}
