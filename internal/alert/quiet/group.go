package quiet

import (
	"fmt"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// Group is what a Desk has told: alerts of one entity that belong together.
type Group struct {
	At     time.Time
	Entity string
	// Rules are those whose alerts are in it, the most surprising first.
	Rules []GroupRule
	// Alerts is how many there are.
	Alerts int64
	// Surprise is that of its rules, Unrest that of the entity before.
	Surprise, Unrest float64
	// Digest is set when the group sums up what was not told; its rules have no ids.
	Digest bool
	// Severity is the worst of the alerts.
	Severity signal.Severity
}

// GroupRule is one rule of a Group.
type GroupRule struct {
	Rule     string  `json:"rule"`
	Alerts   int64   `json:"alerts"`
	Surprise float64 `json:"surprise"`
	// News is true when the rule was never seen with the entity before.
	News bool `json:"news,omitempty"`
	// First and Last are ids of its first and its latest alerts, each up to a limit.
	First []string `json:"first,omitempty"`
	Last  []string `json:"last,omitempty"`
}

// note keeps the id of an alert.
func (r *GroupRule) note(id string) {
	switch {
	case id == "":
	case len(r.First) < maxRuleIDs:
		r.First = append(r.First, id)
	case len(r.Last) < maxRuleIDs:
		r.Last = append(r.Last, id)
	default:
		copy(r.Last, r.Last[1:])
		r.Last[maxRuleIDs-1] = id
	}
}

// Reason says why the group is told.
func (g *Group) Reason() string {
	if g.Digest {
		return fmt.Sprintf("%d alerts that were not told one by one", g.Alerts)
	}
	var news, rare []string
	for _, r := range g.Rules {
		if r.News {
			news = append(news, r.Rule)
		} else if r.Surprise > 0 {
			rare = append(rare, r.Rule)
		}
	}
	var parts []string
	if len(news) > 0 {
		parts = append(parts, "new here: "+strings.Join(news[:min(len(news), 3)], ", "))
	}
	if len(rare) > 0 {
		parts = append(parts, "rare here: "+strings.Join(rare[:min(len(rare), 3)], ", "))
	}
	if g.Unrest >= price {
		parts = append(parts, "much unrest here lately")
	}
	return strings.Join(parts, "; ")
}
