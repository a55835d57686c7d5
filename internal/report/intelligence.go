package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/reputation"
)

// Listing is a threat list that an address is on.
type Listing struct {
	// Feed is the list's id, Name its name for people.
	Feed string `json:"feed"`
	Name string `json:"name"`
	// Category and Intention are what it says.
	Category  string `json:"category"`
	Intention string `json:"intention"`
	// Confidence is how far it is to be believed, 1 to 100.
	Confidence int `json:"confidence"`
	// Level is the number that the list has behind the address, 0 without one.
	Level int `json:"level,omitempty"`
}

// ThreatFeed is a threat list that a run used: evidence of what it could know.
type ThreatFeed struct {
	Feed    string `json:"feed"`
	Name    string `json:"name"`
	Entries int    `json:"entries"`
	// From is of when the list is, RFC 3339.
	From string `json:"from"`
}

// suspects returns the n worst addresses with what others say about them.
func (d *Document) suspects(n int) []Suspect {
	all := d.Summary.Suspects(n)
	for i := range all {
		if d.Threats != nil {
			all[i].Lists = d.Threats(all[i].Address)
		}
		all[i].Reputation = d.Reputation[all[i].Address]
	}
	return all
}

// listing writes a threat list in one line.
func (t *texts) listing(l *Listing) string {
	kind, intention := l.Category, l.Intention
	if i := slices.Index(threat.Categories(), threat.Category(kind)); i >= 0 {
		kind = t.ThreatKinds[i]
	}
	if i := slices.Index(threat.Intentions(), threat.Intention(intention)); i >= 0 {
		intention = t.Intentions[i]
	}
	text := fmt.Sprintf("%s: %s, %s, %d %%", l.Name, kind, intention, l.Confidence)
	if l.Level > 0 {
		text += fmt.Sprintf(", ×%d", l.Level)
	}
	return text
}

// opinion writes in one line what a service says.
func (t *texts) opinion(v *reputation.Verdict) string {
	var text string
	switch {
	case v.Unknown:
		text = t.VerdictUnknown
	case v.Engines > 0:
		text = fmt.Sprintf(t.VerdictEngines, number(int64(v.Malicious)), number(int64(v.Engines)), number(int64(v.Suspicious)))
	default:
		text = fmt.Sprintf(t.VerdictReports, number(int64(v.Score)), number(int64(v.Reports)), number(int64(v.Reporters)))
	}
	if v.Network != "" {
		text += " · " + v.Network
	}
	if v.Stale {
		text += " · " + fmt.Sprintf(t.VerdictStale, v.Checked.UTC().Format("2006-01-02"))
	}
	return v.Service + ": " + text
}

// shownListed is how many addresses the console describes.
const shownListed = 10

// Intelligence writes which of the worst addresses others know. It writes nothing
// when nobody was asked, or nobody knows any.
func (c *Console) Intelligence(d Document) error {
	c.buf = c.buf[:0]
	shown := 0
	for _, s := range d.suspects(shownSuspects) {
		lines := make([]string, 0, len(s.Lists)+len(s.Reputation))
		for i := range s.Lists {
			lines = append(lines, c.t.listing(&s.Lists[i]))
		}
		for i := range s.Reputation {
			lines = append(lines, c.t.opinion(&s.Reputation[i]))
		}
		if len(lines) == 0 || shown == shownListed {
			continue
		}
		if shown++; shown == 1 {
			c.put(bold, "\n── "+c.t.KnownTitle+" ")
			c.put(dim, strings.Repeat("─", max(0, min(c.opts.Width, 80)-textWidth(c.t.KnownTitle)-4))+"\n")
		}
		c.put("", "  "+safe(s.Address, maxValue))
		c.put(dim, "  "+c.t.suspectCounts(&s)+"\n")
		for _, line := range lines {
			c.put("", "    "+safe(line, 200)+"\n")
		}
	}
	return c.flush()
}
