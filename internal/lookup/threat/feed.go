package threat

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
)

// MaxFeeds is how many feeds one Set may have, so that the lists of an address are
// one short key while a Set is built.
const MaxFeeds = 64

// The values of a feed that names no other.
const (
	DefaultConfidence = 50
	DefaultRefresh    = 24 * time.Hour
	defaultMaxAge     = 7 // times the refresh interval
)

// Feed is one list of addresses: where it comes from and what it means.
type Feed struct {
	document.Pos

	// ID names the feed in files, options and events: a-z, 0-9, _ and -.
	ID string `doc:"id,required"`
	// Name is for people; the default is the ID.
	Name string `doc:"name"`
	// URL is where the list is downloaded from, File where it lies; one of the two.
	// A relative File lies below the folder of the document.
	URL  string `doc:"url"`
	File string `doc:"file"`
	// Format is how the list is written; the default is to find out.
	Format Format `doc:"format"`
	// Column names the column of the addresses in CSV; the default is to find out.
	Column string `doc:"column"`
	// MinLevel leaves out addresses with a smaller number behind them, in lists that
	// have one.
	MinLevel int `doc:"minLevel"`
	// Category and Intention say what being on the list means.
	Category  Category  `doc:"category,required"`
	Intention Intention `doc:"intention"`
	// Confidence is how far the list is to be believed, 1 to 100.
	Confidence int `doc:"confidence"`
	// Refresh is how often the list is downloaded; MaxAge is from when on it is so
	// old that people are warned, seven times Refresh by default.
	Refresh time.Duration `doc:"refresh"`
	MaxAge  time.Duration `doc:"maxAge"`
	// Licence is a note on the terms, Homepage where they stand.
	Licence  string `doc:"licence"`
	Homepage string `doc:"homepage"`
	// Insecure allows a URL without TLS: anybody on the way can change the list.
	Insecure bool `doc:"allowHTTP"`
	// Enabled says that the feed is downloaded and used.
	Enabled bool `doc:"enabled"`
}

// ParseFeeds reads a document with the key feeds, a list of feeds. The name file
// stands in errors, and relative files of feeds lie below its folder. The error is
// document.Faults, with all that is wrong.
func ParseFeeds(file string, data []byte) ([]*Feed, error) {
	var doc struct {
		Feeds []*Feed `doc:"feeds,required"`
	}
	err := document.Decode(file, data, &doc, document.Options{})
	faults, ok := err.(document.Faults) //nolint:errorlint // Decode returns it bare
	if err != nil && !ok {
		return nil, fmt.Errorf("read threat feeds: %w", err)
	}
	known := map[string]*Feed{}
	for i, f := range doc.Feeds {
		if f == nil {
			faults = append(faults, document.Pos{File: file}.Fault("feed number %d is empty", i+1))
			continue
		}
		if f.ID != "" && known[f.ID] != nil {
			faults = append(faults, f.Fault("the feed %s stands on line %d already", f.ID, known[f.ID].Line))
		}
		if i == MaxFeeds {
			faults = append(faults, f.Fault("more than %d feeds", MaxFeeds))
		}
		known[f.ID] = f
		faults = append(faults, f.complete(filepath.Dir(file))...)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return doc.Feeds, nil
}

// complete sets what was left out and checks the rest.
func (f *Feed) complete(dir string) (faults document.Faults) {
	wrong := func(format string, args ...any) { faults = append(faults, f.Fault(format, args...)) }
	if f.ID != "" && !isID(f.ID) {
		wrong("the id %q is not made of a-z, 0-9, _ and -, at most 64", f.ID)
	}
	f.Name, f.Intention = cmp.Or(f.Name, f.ID), cmp.Or(f.Intention, f.Category.intention())
	f.Confidence, f.Refresh = cmp.Or(f.Confidence, DefaultConfidence), cmp.Or(f.Refresh, DefaultRefresh)
	f.MaxAge = cmp.Or(f.MaxAge, defaultMaxAge*f.Refresh)
	if f.Confidence < 1 || f.Confidence > 100 {
		wrong("confidence %d, want 1 to 100", f.Confidence)
	}
	if f.Refresh < time.Minute {
		wrong("refresh %v, want a minute or more: feeds ask for hours", f.Refresh)
	}
	if f.MaxAge < f.Refresh {
		wrong("maxAge %v is less than refresh %v", f.MaxAge, f.Refresh)
	}
	if f.MinLevel < 0 || f.MinLevel > MaxLevel {
		wrong("minLevel %d, want 0 to %d", f.MinLevel, MaxLevel)
	}
	switch {
	case (f.URL == "") == (f.File == ""):
		wrong("the feed %s wants a url or a file, one of the two", f.ID)
	case f.File != "" && !filepath.IsAbs(f.File):
		f.File = filepath.Join(dir, f.File)
	case f.URL != "":
		if reason := checkURL(f.URL, f.Insecure); reason != "" {
			wrong("url %s: %s", f.URL, reason)
		}
	}
	return faults
}

func checkURL(text string, insecure bool) (reason string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return "want https://HOST/PATH"
	case u.User != nil:
		return "a password does not belong into a URL"
	case u.Scheme == "https" || u.Scheme == "http" && insecure:
		return ""
	case u.Scheme == "http":
		return "anybody on the way can change the list; want https, or allowHTTP: true"
	default:
		return "want https"
	}
}

func isID(s string) bool {
	return len(s) <= 64 && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-'
	})
}
