package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Comparison is what changed since an earlier report.
type Comparison struct {
	// First and Last are the period of the earlier report, RFC 3339.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	// Figures are the totals that changed.
	Figures []Change `json:"figures"`
	// Rules are the rules of which the number of signals changed, Kinds the kinds of
	// attack.
	Rules []Change `json:"rules"`
	Kinds []Change `json:"kinds"`
	// New are the addresses that now fail to log in or attack and did not before,
	// Gone those that no longer do, Back those that still do; the worst first, as far
	// as both reports list them.
	New  []string `json:"new_addresses"`
	Gone []string `json:"gone_addresses"`
	Back []string `json:"returning_addresses"`
}

// Change is a number then and now.
type Change struct {
	Name   string `json:"name"`
	Before int64  `json:"before"`
	Now    int64  `json:"now"`
}

// maxEarlier is the size of an earlier report that is read, in bytes.
const maxEarlier = 256 << 20

// ReadExport reads what WriteJSON wrote.
func ReadExport(r io.Reader) (*Export, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxEarlier+1))
	if err != nil {
		return nil, fmt.Errorf("read the earlier report: %w", err)
	}
	if len(data) > maxEarlier {
		return nil, fmt.Errorf("the earlier report is larger than %d MB", maxEarlier>>20)
	}
	out := &Export{}
	if err := json.Unmarshal(data, out); err != nil {
		return nil, fmt.Errorf("the earlier report is no JSON report of sasumata: %w", err)
	}
	if out.Sasumata.Top == nil {
		return nil, errors.New("the earlier report is no JSON report of sasumata: it has no member sasumata.top")
	}
	return out, nil
}

// Compare returns what changed from the earlier report to the document.
func Compare(earlier *Export, d Document) *Comparison {
	now := NewExport(d)
	a, b := &earlier.Sasumata, &now.Sasumata
	c := &Comparison{First: a.First, Last: a.Last}
	c.Figures = changes([]Change{
		{"events", a.Events, b.Events},
		{"visitors", a.Visitors, b.Visitors},
		{"failed_logins", a.Logins.Failure, b.Logins.Failure},
		{"logins", a.Logins.Success, b.Logins.Success},
		{"attacks", a.Attacks.Events, b.Attacks.Events},
		{"attacks_answered_2xx", a.Attacks.Answered2xx, b.Attacks.Answered2xx},
		{"attacking_addresses", earlier.Summary.UniqueAttackingIPs, now.Summary.UniqueAttackingIPs},
	})
	before, after := map[string]int64{}, map[string]int64{}
	for _, r := range a.Rules {
		before[r.ID] = r.Signals
	}
	for _, r := range b.Rules {
		after[r.ID] = r.Signals
	}
	c.Rules = differences(before, after)
	c.Kinds = differences(numbers(earlier.Statistics.AttackTypes), numbers(now.Statistics.AttackTypes))
	c.addresses(a.Addresses, b.Addresses)
	return c
}

func (c *Comparison) addresses(before, after []Suspect) {
	c.New, c.Gone, c.Back = []string{}, []string{}, []string{}
	known := map[string]bool{}
	for _, s := range before {
		known[s.Address] = true
	}
	still := map[string]bool{}
	for _, s := range after {
		still[s.Address] = true
		if known[s.Address] {
			c.Back = append(c.Back, s.Address)
		} else {
			c.New = append(c.New, s.Address)
		}
	}
	for _, s := range before {
		if !still[s.Address] {
			c.Gone = append(c.Gone, s.Address)
		}
	}
}

func numbers(list []Pair) map[string]int64 {
	out := map[string]int64{}
	for _, p := range list {
		out[p.Value] = p.Number
	}
	return out
}

// differences returns what is not the same in both, the largest change first.
func differences(before, after map[string]int64) []Change {
	names := slices.Collect(maps.Keys(before))
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var list []Change
	for _, name := range names {
		list = append(list, Change{name, before[name], after[name]})
	}
	list = changes(list)
	slices.SortStableFunc(list, func(a, b Change) int { return cmp.Compare(b.size(), a.size()) })
	return list
}

func (c Change) size() int64 { return max(c.Now-c.Before, c.Before-c.Now) }

// changes leaves out what did not change.
func changes(list []Change) []Change {
	return slices.DeleteFunc(append([]Change{}, list...), func(c Change) bool { return c.Before == c.Now })
}
