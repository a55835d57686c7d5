package report

import (
	"fmt"
	"strings"
	"time"
)

// ThreatLists is how the threat lists of a run are at the moment.
type ThreatLists struct {
	// Lists is how many lists are used, Entries how many entries they have.
	Lists   int
	Entries int64
	// Oldest is how old the oldest of them is.
	Oldest time.Duration
	// Old are the feeds of lists that are too old, Failed those that could not be read
	// or downloaded, Missing those that have no list yet.
	Old, Failed, Missing []string
}

// shownFeeds is how many feeds a screen names for each reason.
const shownFeeds = 3

// screenLists writes how the threat lists are, in one line.
func (c *Console) screenLists(l *ThreatLists) {
	if l == nil {
		return
	}
	t := c.t
	c.put(dim, t.ListedTitle+" ")
	c.put(bold, number(int64(l.Lists)))
	c.put(dim, "  "+t.ListsEntries+" ")
	c.put(bold, number(l.Entries))
	if l.Lists > 0 {
		c.put("", "  "+fmt.Sprintf(t.ListsOldest, t.duration(l.Oldest.Nanoseconds())))
	}
	for _, wrong := range []struct {
		text  string
		feeds []string
	}{{t.ListsOld, l.Old}, {t.ListsFailed, l.Failed}, {t.ListsMissing, l.Missing}} {
		if len(wrong.feeds) == 0 {
			continue
		}
		names := strings.Join(wrong.feeds[:min(shownFeeds, len(wrong.feeds))], ", ")
		if more := len(wrong.feeds) - shownFeeds; more > 0 {
			names += " " + t.more(more)
		}
		c.put(bold, "  "+fmt.Sprintf(wrong.text, safe(names, maxValue)))
	}
	c.put("", "\n")
}
