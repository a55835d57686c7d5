package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/feed"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/report"
)

// ThreatWatch keeps the threat lists of a run that goes on fresh. Its methods may be
// called by any number of goroutines, and only Stop waits for anything.
type ThreatWatch struct {
	refresher feed.Refresher
	warn      func(string)

	mu   sync.Mutex
	told []string // warnings, so that none comes twice; the last ones
}

// WatchOptions says how threat lists are kept fresh.
type WatchOptions struct {
	// Updater downloads feeds that are due into the folder of the lists; nil downloads
	// nothing.
	Updater *feed.Updater
	// Now returns the time.
	Now func() time.Time
	// Every is how often files are looked at; 0 means every two seconds.
	Every time.Duration
	// Warn gets sentences about lists that could not be read or downloaded, from any
	// goroutine.
	Warn func(string)
}

// maxTold is how many warnings are remembered.
const maxTold = 1000

// WatchThreats begins to read the content's threat lists anew when they change, until
// Stop is called or the context is done. Which feeds there are, and the addresses that
// are never bad, stay what they were. It returns nil without feeds, and unless the
// content was loaded with ThreatSources.Watch from src; it may be called once.
func (c *Content) WatchThreats(ctx context.Context, src ThreatSources, opts WatchOptions) *ThreatWatch {
	from := c.threats
	if from == nil || len(from.Lists) == 0 {
		return nil
	}
	c.threats = nil // or the lists of the beginning would stay in memory
	w := &ThreatWatch{warn: opts.Warn, told: slices.Clone(from.Warnings)}
	w.refresher = feed.Refresher{
		Folder: feed.Folder(src.Dir), Exempt: *c.Threats.Exempt(), Updater: opts.Updater, Now: opts.Now, Every: opts.Every,
		Failed: func(err error) { w.tell(err.Error()) },
	}
	w.refresher.Start(ctx, feed.Snapshot{Lists: from.Lists, Set: from.Set})
	return w
}

// Stop ends it; the lists stay as they are then.
func (w *ThreatWatch) Stop() { w.refresher.Stop() }

// Set returns the lists as they are now.
func (w *ThreatWatch) Set() *threat.Set { return w.refresher.Current().Set }

// Feeds returns the lists in the Set, for reports.
func (w *ThreatWatch) Feeds() []report.ThreatFeed { return w.now().used() }

func (w *ThreatWatch) now() *Threats {
	s := w.refresher.Current()
	return &Threats{Set: s.Set, Lists: s.Lists}
}

// tell warns, unless it did so already.
func (w *ThreatWatch) tell(text string) {
	w.mu.Lock()
	known := slices.Contains(w.told, text)
	if !known {
		w.told = append(w.told[max(0, len(w.told)+1-maxTold):], text)
	}
	w.mu.Unlock()
	if !known && w.warn != nil {
		w.warn(text)
	}
}

// Tell warns of what is wrong with the lists by now, and was not told before.
func (w *ThreatWatch) Tell(now time.Time) {
	t := w.now()
	t.warn(now)
	for _, text := range t.Warnings {
		w.tell(text)
	}
}

// State returns what a screen shows of the lists.
func (w *ThreatWatch) State(now time.Time) report.ThreatLists {
	var s report.ThreatLists
	lists := w.refresher.Current().Lists
	for i := range lists {
		l := &lists[i]
		if !l.Feed.Enabled {
			continue
		}
		broken := l.Err != nil || l.Failed != nil || l.Feed.File == "" && l.State.Error != ""
		if broken {
			s.Failed = append(s.Failed, l.Feed.ID)
		}
		switch {
		case l.Contents != nil:
			s.Lists++
			s.Entries += int64(l.Contents.Report.Entries)
			s.Oldest = max(s.Oldest, l.Age(now))
			if l.Old(now) {
				s.Old = append(s.Old, l.Feed.ID)
			}
		case !broken:
			s.Missing = append(s.Missing, l.Feed.ID)
		}
	}
	return s
}
