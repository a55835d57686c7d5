package quiet

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Ready reports whether Due may return something.
func (d *Desk) Ready(now time.Time) bool { return !d.next.IsZero() && !now.Before(d.next) }

// Due returns the notices that are due at the time, the oldest first.
func (d *Desk) Due(now time.Time) []Group {
	if !d.Ready(now) {
		return nil
	}
	var due []Group
	names := slices.Sorted(maps.Keys(d.waiting))
	slices.SortStableFunc(names, func(a, b string) int { return d.Entities[a].Due.Compare(d.Entities[b].Due) })
	d.next = time.Time{}
	for _, name := range names {
		seat := d.Entities[name]
		if seat.Due.After(now) {
			d.expect(seat.Due)
			continue
		}
		d.refill(seat.Due)
		if g, ok := d.decide(name, seat); ok {
			due = append(due, g)
		}
		seat.Pending = nil
		delete(d.waiting, name)
	}
	if !d.DigestAt.After(now) {
		due = append(due, d.digest()...)
	}
	d.expect(d.DigestAt)
	return due
}

// decide says whether what was gathered is worth its price.
func (d *Desk) decide(name string, seat *deskSeat) (Group, bool) {
	p, at := seat.Pending, seat.Due
	unrest := min(seat.unrest(at), unrestMost)
	spent := 1 - d.Budget/(saved*float64(d.PerDay))
	if d.Budget < 1 || p.Surprise+unrest < price*(1+dear*spent*spent) {
		for rule, r := range p.Rules {
			d.Untold[rule] += r.Alerts
		}
		return Group{}, false
	}
	d.Budget--
	if at.Sub(seat.Told) < campaign {
		seat.Wait = min(Longest, max(followUp, 2*seat.Wait))
	} else {
		seat.Wait = followUp
	}
	seat.Told = at
	g := Group{At: at, Entity: name, Alerts: p.Alerts, Surprise: p.Surprise, Unrest: unrest, Severity: p.Severity}
	for _, r := range p.Rules {
		g.Rules = append(g.Rules, *r)
	}
	slices.SortFunc(g.Rules, func(a, b GroupRule) int {
		return cmp.Or(cmp.Compare(b.Surprise, a.Surprise), strings.Compare(a.Rule, b.Rule))
	})
	return g, true
}

// digest returns a notice of what was not told, if there was anything.
func (d *Desk) digest() []Group {
	at := d.DigestAt
	for d.DigestAt = at.Add(digestEvery); !d.DigestAt.After(d.Now); d.DigestAt = d.DigestAt.Add(digestEvery) {
		at = d.DigestAt
	}
	if len(d.Untold) == 0 {
		return nil
	}
	g := Group{At: at, Digest: true}
	for rule, n := range d.Untold {
		g.Rules = append(g.Rules, GroupRule{Rule: rule, Alerts: n})
		g.Alerts += n
	}
	slices.SortFunc(g.Rules, func(a, b GroupRule) int {
		return cmp.Or(cmp.Compare(b.Alerts, a.Alerts), strings.Compare(a.Rule, b.Rule))
	})
	g.Rules = g.Rules[:min(len(g.Rules), maxGroupRules)]
	d.Untold = map[string]int64{}
	return []Group{g}
}
