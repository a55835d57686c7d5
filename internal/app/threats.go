package app

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/feed"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/report"
)

// ThreatSources says which addresses are known to be bad, and which never are.
type ThreatSources struct {
	// Dir is the folder of downloaded lists; "" uses none.
	Dir string
	// Feeds is a document of feeds; "" means threats.yaml in Dir, or the embedded one.
	Feeds string
	// Own are addresses and networks of one's own, Allowlists files of addresses to
	// trust. Neither is ever on a list, whatever the lists say.
	Own, Allowlists []string
	// Watch keeps what was read, for Content.WatchThreats to go on with.
	Watch bool
	// Now is the time by which lists are too old.
	Now time.Time
}

// feedsFile is the document of feeds beside downloaded lists.
const feedsFile = "threats.yaml"

// maxFeedsFile is how large a document of feeds may be, in bytes.
const maxFeedsFile = 1 << 20

// LoadFeeds reads the document of feeds that src names, and says which it was. The
// error of a wrong document is document.Faults.
func LoadFeeds(src ThreatSources) (feeds []*threat.Feed, name string, err error) {
	name = src.Feeds
	if name == "" && src.Dir != "" {
		beside := filepath.Join(src.Dir, feedsFile)
		if _, err := os.Lstat(beside); err == nil {
			name = beside
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, beside, fmt.Errorf("read threat feeds: %w", err)
		}
	}
	if name == "" {
		data, err := fs.ReadFile(content.FS(), "threats/"+feedsFile)
		if err != nil {
			return nil, "", fmt.Errorf("open the threat feeds: %w", err)
		}
		feeds, err = threat.ParseFeeds(feedsFile, data)
		return feeds, "the built-in feeds", err
	}
	data, err := readFeeds(name)
	if err != nil {
		return nil, name, fmt.Errorf("read threat feeds: %w", err)
	}
	feeds, err = threat.ParseFeeds(name, data)
	return feeds, name, err
}

// readFeeds reads a document of feeds, and no more of it than one may have: what has
// no size, such as a pipe, may go on without an end.
func readFeeds(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFeedsFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxFeedsFile {
		return nil, fmt.Errorf("%s: more than %d bytes", name, maxFeedsFile)
	}
	return data, nil
}

// Threats are the lists as they were read.
type Threats struct {
	Set   *threat.Set
	Lists []feed.Status
	// Warnings are sentences about lists that are old, missing or not right.
	Warnings []string
}

// LoadThreats reads the lists of src.
func LoadThreats(src ThreatSources) (*Threats, error) {
	t := &Threats{}
	exempt, err := t.exempt(src)
	if err != nil {
		return nil, err
	}
	if src.Dir != "" || src.Feeds != "" {
		feeds, _, err := LoadFeeds(src)
		if err != nil {
			return nil, err
		}
		t.Lists = feed.Folder(src.Dir).Read(feeds)
		t.warn(src.Now)
	}
	t.Set, err = feed.Set(t.Lists, exempt)
	return t, err
}

// warn says what is wrong with the lists.
func (t *Threats) warn(now time.Time) {
	say := func(format string, args ...any) { t.Warnings = append(t.Warnings, fmt.Sprintf(format, args...)) }
	var missing []string
	enabled := 0
	for i := range t.Lists {
		l := &t.Lists[i]
		if !l.Feed.Enabled {
			continue
		}
		enabled++
		switch {
		case l.Err == nil && l.Contents == nil:
			missing = append(missing, l.Feed.ID)
			continue
		case l.Err != nil:
			say("%v", l.Err)
		}
		if l.Contents == nil {
			continue
		}
		if l.Old(now) {
			say("the threat list %s is %s old, older than %s: it is used all the same; sasumata threat update fetches a new one", l.Feed.ID, Days(l.Age(now)), Days(l.Feed.MaxAge))
		}
		t.warnContents(l)
	}
	if len(missing) > 0 {
		say("no list was fetched for %s; sasumata threat update does it", strings.Join(missing, ", "))
	}
	if enabled == 0 {
		say("no threat feed is enabled")
	}
}

// used returns the lists that were read, for reports.
func (t *Threats) used() []report.ThreatFeed {
	var all []report.ThreatFeed
	for i := range t.Lists {
		if l := &t.Lists[i]; l.Contents != nil {
			all = append(all, report.ThreatFeed{
				Feed: l.Feed.ID, Name: l.Feed.Name, Entries: l.Contents.Report.Entries, From: l.Time.UTC().Format(time.RFC3339),
			})
		}
	}
	return all
}

// maxListWarnings is how many lines of one list are described.
const maxListWarnings = 5

func (t *Threats) warnContents(l *feed.Status) {
	c := l.Contents
	name := cmp.Or(l.Feed.File, l.Feed.ID+".list")
	for _, fault := range c.Report.First[:min(len(c.Report.First), maxListWarnings)] {
		t.Warnings = append(t.Warnings, fmt.Sprintf("%s:%d: %q: %s", name, fault.Line, fault.Text, fault.Reason))
	}
	if more := c.Report.Faults - min(len(c.Report.First), maxListWarnings); more > 0 {
		t.Warnings = append(t.Warnings, fmt.Sprintf("%s: %d more lines that are no address", name, more))
	}
	if c.Wide > 0 {
		t.Warnings = append(t.Warnings, fmt.Sprintf("%s: networks wider than /8 (IPv6: /16), left out: %d", name, c.Wide))
	}
	if c.Incomplete() {
		t.Warnings = append(t.Warnings, fmt.Sprintf("%s: says that it has %d entries, and has %d: it may be cut off", name, c.Header.Entries, c.Report.Entries))
	}
}

// exempt reads the addresses that are never bad.
func (t *Threats) exempt(src ThreatSources) (x threat.Exempt, err error) {
	own := make([]netip.Prefix, 0, len(src.Own))
	errs := make([]error, 0, len(src.Own))
	for _, text := range src.Own {
		network, err := parseNetwork(text)
		errs = append(errs, err)
		own = append(own, network)
	}
	if err := errors.Join(errs...); err != nil {
		return x, err
	}
	x.Own = lookup.NewList(own...)
	var all []lookup.Range
	for _, name := range src.Allowlists {
		list, warnings, err := readAddresses(name)
		if err != nil {
			return x, fmt.Errorf("allow list %w", err)
		}
		t.Warnings = append(t.Warnings, warnings...)
		all = slices.Concat(all, list.Ranges())
	}
	x.Allowed = lookup.NewRanges(all)
	return x, nil
}

// parseNetwork reads an address or network of one's own.
func parseNetwork(text string) (netip.Prefix, error) {
	if a, ok := lookup.ParseAddr(text); ok {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("--own-networks %q is no network, want the form 192.0.2.0/24 or 2001:db8::/32", text)
	}
	return p.Masked(), nil
}

// readAddresses reads a file of addresses. The error begins with the file's name.
func readAddresses(name string) (list *lookup.List, warnings []string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	list, report, err := lookup.ReadList(f, lookup.Limits{})
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, fault := range report.First {
		warnings = append(warnings, fmt.Sprintf("%s:%d: %q: %s", name, fault.Line, fault.Text, fault.Reason))
	}
	if more := report.Faults - len(report.First); more > 0 {
		warnings = append(warnings, fmt.Sprintf("%s: %d more lines that are no address", name, more))
	}
	return list, warnings, nil
}

// Days writes how long something took for people: in days, hours or minutes.
func Days(d time.Duration) string {
	unit := func(n time.Duration, name string) string {
		if n == 1 {
			return "1 " + name
		}
		return fmt.Sprintf("%d %ss", n, name)
	}
	switch {
	case d >= 48*time.Hour:
		return unit(d/(24*time.Hour), "day")
	case d >= 2*time.Hour:
		return unit(d/time.Hour, "hour")
	default:
		return unit(d/time.Minute, "minute")
	}
}

// Listings returns what tells a report on which lists an address is; nil without
// lists.
func Listings(set *threat.Set) func(address string) []report.Listing {
	if set.Len() == 0 {
		return nil
	}
	return func(address string) []report.Listing {
		a, ok := lookup.ParseAddr(address)
		if !ok {
			return nil
		}
		var all []report.Listing
		for _, m := range set.Lookup(a) {
			all = append(all, report.Listing{
				Feed: m.Feed.ID, Name: m.Feed.Name, Category: string(m.Feed.Category), Intention: string(m.Feed.Intention),
				Confidence: m.Feed.Confidence, Level: m.Level,
			})
		}
		return all
	}
}
