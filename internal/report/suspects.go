package report

import (
	"cmp"
	"slices"

	"github.com/sasumata/sasumata/internal/reputation"
)

// Suspect is what one address of the failed logins and attacks did.
type Suspect struct {
	Address string `json:"address"`
	// Country and Network are where it is, if GeoIP databases say it.
	Country string `json:"country,omitempty"`
	Network string `json:"network,omitempty"`
	// Failed is its failed logins, Logins those that succeeded after one of its
	// failures or attacks, Attacks the events that look like an attack, and
	// Answered2xx those among them that may have worked.
	Failed      int64 `json:"failed_logins"`
	Logins      int64 `json:"logins"`
	Attacks     int64 `json:"attacks"`
	Answered2xx int64 `json:"attacks_answered_2xx"`
	// Approximate says that the counts may be too low.
	Approximate bool `json:"approximate,omitempty"`
	// First and Last are when, RFC 3339.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	// Kinds are up to eight kinds of attack, failed_login among them.
	Kinds []Pair `json:"kinds"`
	// Users and UserAgents are the first four of each.
	Users      []string `json:"users,omitempty"`
	UserAgents []string `json:"user_agents,omitempty"`
	// Lists are the threat lists that it is on, the gravest first.
	Lists []Listing `json:"threat_lists,omitempty"`
	// Reputation is what services say that were asked.
	Reputation []reputation.Verdict `json:"reputation,omitempty"`
	// Lines are up to six lines: the first ones, and the first of each kind.
	Lines []SuspectLine `json:"lines"`

	first, last int64
}

// SuspectLine is a line of a log.
type SuspectLine struct {
	Number int64  `json:"line"`
	Text   string `json:"text"`
}

// Suspects returns the n addresses with the most failed logins and attacks, the
// worst first: equally many by address.
func (s *Summary) Suspects(n int) []Suspect {
	h := &s.dims[Suspects]
	slots := make([]int, len(h.slots))
	for i := range slots {
		slots[i] = i
	}
	slices.SortFunc(slots, func(a, b int) int {
		x, y := &h.slots[a], &h.slots[b]
		return cmp.Or(cmp.Compare(y.count-y.base, x.count-x.base), cmp.Compare(string(x.key), string(y.key)))
	})
	out := make([]Suspect, 0, min(n, len(slots)))
	for _, i := range slots[:min(n, len(slots))] {
		out = append(out, newSuspect(&h.slots[i], &s.profiles[i]))
	}
	return out
}

func newSuspect(h *slot, p *profile) Suspect {
	out := Suspect{
		Address: string(h.key), Country: string(p.country), Network: string(p.network), Failed: h.failed, Attacks: h.attacks,
		Logins: p.logins, Answered2xx: p.answers[2], Approximate: h.base > 0, First: stamp(p.first), Last: stamp(p.last),
		Kinds: []Pair{}, Lines: []SuspectLine{}, first: p.first, last: p.last,
	}
	for _, k := range p.kinds {
		out.Kinds = append(out.Kinds, Pair{string(k.name), k.count})
	}
	slices.SortStableFunc(out.Kinds, func(a, b Pair) int { return cmp.Compare(b.Number, a.Number) })
	for _, name := range p.users {
		out.Users = append(out.Users, string(name))
	}
	for _, name := range p.agents {
		out.UserAgents = append(out.UserAgents, string(name))
	}
	for _, l := range p.lines {
		out.Lines = append(out.Lines, SuspectLine{l.number, string(l.text)})
	}
	return out
}
