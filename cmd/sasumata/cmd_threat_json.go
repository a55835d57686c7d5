package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/feed"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/report"
)

// feedLine is what threat list says of one feed.
type feedLine struct {
	Feed       string           `json:"feed"`
	Name       string           `json:"name"`
	URL        string           `json:"url,omitempty"`
	File       string           `json:"file,omitempty"`
	Enabled    bool             `json:"enabled"`
	Category   threat.Category  `json:"category"`
	Intention  threat.Intention `json:"intention"`
	Confidence int              `json:"confidence"`
	Entries    int              `json:"entries"`
	Faults     int              `json:"faults"`
	// Age is how old the list is, in seconds; null without one.
	Age      *int64 `json:"age_seconds"`
	Old      bool   `json:"old"`
	Failures int    `json:"failures"`
	Error    string `json:"error,omitempty"`
	Licence  string `json:"licence,omitempty"`
}

func (c *threatCommand) listJSON(all []feed.Status, now time.Time) error {
	out := json.NewEncoder(c.out)
	for i := range all {
		s := &all[i]
		f := s.Feed
		line := feedLine{
			Feed: f.ID, Name: f.Name, URL: f.URL, File: f.File, Enabled: f.Enabled, Category: f.Category, Intention: f.Intention,
			Confidence: f.Confidence, Failures: s.State.Failures, Error: s.State.Error, Licence: f.Licence,
		}
		if s.Err != nil {
			line.Error = s.Err.Error()
		}
		if s.Contents != nil {
			age := int64(s.Age(now) / time.Second)
			line.Entries, line.Faults, line.Age, line.Old = s.Contents.Report.Entries, s.Contents.Report.Faults, &age, s.Old(now)
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// checkAddressJSON writes on which lists one address is, as one line of JSON.
func checkAddressJSON(w io.Writer, set *threat.Set, text string) (listed bool, err error) {
	a, ok := lookup.ParseAddr(text)
	if !ok {
		return false, fmt.Errorf("%q is no address", text)
	}
	line := struct {
		Address string           `json:"address"`
		Exempt  threat.Reason    `json:"exempt,omitempty"`
		Lists   []report.Listing `json:"lists"`
	}{a.String(), set.Exempt().Reason(a), []report.Listing{}}
	if find := app.Listings(set); find != nil {
		line.Lists = append(line.Lists, find(a.String())...)
	}
	return len(line.Lists) > 0, json.NewEncoder(w).Encode(line)
}
