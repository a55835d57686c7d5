// Package quiet picks what is worth a notice among many alerts of no great severity, and
// sums up the rest.
package quiet

import (
	"math"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// The policy of a Desk. The unit of surprise is one doubling: a thing that happens once in
// two hours is one more surprising than one that happens every hour.
const (
	// episode is the time within which the same thing counts once.
	episode = 10 * time.Minute
	// gather is for how long the rest of what belongs to a surprise is waited for.
	gather = time.Minute
	// followUp is the least time between two notices of one entity; it doubles with each,
	// up to Longest, as long as they come within campaign.
	followUp = 5 * time.Minute
	campaign = 6 * time.Hour
	// dull is how surprising a thing may be without counting at all, fresh what a rule is
	// more that was never seen anywhere.
	dull, fresh = 1.5, 1.0
	// price is how much surprise a notice costs while the budget is whole, dear how many
	// times as much more when it is spent.
	price, dear = 5.0, 3.0
	// halfLife is after which time half the unrest of an entity is gone, and unrestMost how
	// much of it counts.
	halfLife   = 2 * time.Hour
	unrestMost = 10.0
	// saved is the share of a day's budget that can be saved up.
	saved = 0.75
	// digestEvery is how often it is told what was not told.
	digestEvery = 24 * time.Hour
)

// Longest is the longest time between two notices of one entity.
const Longest = 4 * time.Hour

// The limits of what a desk remembers.
const (
	maxDeskRules    = 10_000
	maxDeskPairs    = 100_000
	maxDeskEntities = 20_000
	maxGroupRules   = 50
	maxRuleIDs      = 250 // the first, and as many of the latest
)

// Alert is one thing that a Desk looks at.
type Alert struct {
	ID       string          `json:"id,omitempty"`
	At       time.Time       `json:"at"`
	Rule     string          `json:"rule"`
	Entity   string          `json:"entity"`
	Severity signal.Severity `json:"severity,omitempty"`
}

// Desk picks what is worth a notice among many alerts of no great severity, as a person at
// a desk does who may disturb others only so often:
//
//   - What happens all the time is no news; what is new at an entity, rare there, or new
//     everywhere, is a surprise.
//   - Surprises at one entity within a short time belong together and are one notice.
//   - An entity with much unrest deserves attention: what follows is told sooner, but in
//     ever longer intervals.
//   - Notices have a price, which rises as the budget of the day is spent.
//   - What is not told is counted, and the counts are told once a day.
//
// It runs on the time of the alerts, and the same alerts give the same notices. It is for
// one goroutine.
type Desk struct {
	PerDay int `json:"per_day"`

	Began    time.Time            `json:"began"`
	Now      time.Time            `json:"now"`
	Budget   float64              `json:"budget"`
	Rules    map[string]bool      `json:"rules"`
	Entities map[string]*deskSeat `json:"entities"`
	Pairs    int                  `json:"pairs"`
	Untold   map[string]int64     `json:"untold,omitempty"` // by rule, since the last digest
	DigestAt time.Time            `json:"digest_at"`

	next    time.Time           // when something may be due; the zero time is nothing
	waiting map[string]struct{} // entities with something pending
}

// deskSeat is what a desk knows of one entity.
type deskSeat struct {
	Habits  map[string]*habit `json:"habits"` // by rule
	Unrest  float64           `json:"unrest,omitempty"`
	Calmed  time.Time         `json:"calmed,omitzero"` // when unrest was that
	Told    time.Time         `json:"told,omitzero"`
	Wait    time.Duration     `json:"wait,omitempty"`
	Due     time.Time         `json:"due,omitzero"`
	Pending *pending          `json:"pending,omitempty"`
	Seen    time.Time         `json:"seen"`
}

// habit is how often a rule was seen with an entity.
type habit struct {
	Episodes int       `json:"n"`
	Last     time.Time `json:"last"`
}

// pending is a group that is being gathered.
type pending struct {
	Rules    map[string]*GroupRule `json:"rules"`
	Alerts   int64                 `json:"alerts"`
	Surprise float64               `json:"surprise"`
	Severity signal.Severity       `json:"severity"`
}

// NewDesk returns a desk that aims at so many notices a day.
func NewDesk(perDay int) *Desk {
	return &Desk{
		PerDay: perDay, Rules: map[string]bool{}, Entities: map[string]*deskSeat{}, Untold: map[string]int64{}, waiting: map[string]struct{}{},
	}
}

// Observe takes an alert in. Its time must not be before that of the last one; if it is,
// that counts.
func (d *Desk) Observe(a Alert) {
	if d.Began.IsZero() {
		d.Began, d.Now, d.DigestAt = a.At, a.At, a.At.Add(digestEvery)
		d.expect(d.DigestAt)
	}
	if a.At.Before(d.Now) {
		a.At = d.Now
	}
	d.refill(a.At)
	seat := d.seat(a.Entity, a.At)
	surprise, news := d.surprise(seat, &a)
	if surprise > 0 {
		d.unsettle(seat, a.At, surprise)
		if seat.Pending == nil {
			seat.Pending = &pending{Rules: map[string]*GroupRule{}}
			seat.Due = latest(a.At.Add(gather), seat.Told.Add(seat.Wait))
			d.expect(seat.Due)
			d.waiting[a.Entity] = struct{}{}
		}
	}
	d.collect(seat, &a, surprise, news)
}

// collect adds an alert to the group that it belongs to, or to what is not told.
func (d *Desk) collect(seat *deskSeat, a *Alert, surprise float64, news bool) {
	p := seat.Pending
	var r *GroupRule
	if p != nil {
		if r = p.Rules[a.Rule]; r == nil && surprise > 0 && len(p.Rules) < maxGroupRules {
			r = &GroupRule{Rule: a.Rule, News: news}
			p.Rules[a.Rule] = r
		}
	}
	if r == nil {
		if _, known := d.Untold[a.Rule]; known || len(d.Untold) < maxDeskRules {
			d.Untold[a.Rule]++
		}
		return
	}
	r.Alerts++
	r.Surprise = max(r.Surprise, surprise)
	p.Surprise += surprise
	p.Alerts++
	p.Severity = max(p.Severity, a.Severity)
	r.note(a.ID)
}

// surprise returns how little an alert was to be expected. The first of an episode counts.
func (d *Desk) surprise(seat *deskSeat, a *Alert) (surprise float64, news bool) {
	hours := a.At.Sub(d.Began).Hours()
	h := seat.Habits[a.Rule]
	if h == nil {
		surprise, news = math.Log2(1+hours), true
		if !d.Rules[a.Rule] {
			surprise += fresh
		}
		if len(d.Rules) < maxDeskRules {
			d.Rules[a.Rule] = true
		}
		h = &habit{}
		d.remember(seat, a.Rule, h)
	} else if since := a.At.Sub(h.Last); since > episode {
		// What comes as often as ever is expected, and so is what was here just now.
		surprise = min(math.Log2(1+hours/float64(h.Episodes+1)), math.Log2(1+float64(since)/float64(episode)))
	}
	if news || a.At.Sub(h.Last) > episode {
		h.Episodes++
	}
	h.Last = a.At
	return max(0, surprise-dull), news
}

// unsettle adds to the unrest of an entity.
func (*Desk) unsettle(seat *deskSeat, at time.Time, surprise float64) {
	seat.Unrest = seat.unrest(at) + surprise
	seat.Calmed = at
}

func (s *deskSeat) unrest(at time.Time) float64 {
	return s.Unrest * math.Exp2(-at.Sub(s.Calmed).Hours()/halfLife.Hours())
}

// refill lets the time pass.
func (d *Desk) refill(now time.Time) {
	if now.After(d.Now) {
		d.Budget = min(saved*float64(d.PerDay), d.Budget+now.Sub(d.Now).Hours()/24*float64(d.PerDay))
		d.Now = now
	}
}

// Wake finds out when something may be due, after the desk was read from a file.
func (d *Desk) Wake() {
	d.expect(d.DigestAt)
	d.waiting = map[string]struct{}{}
	for name, seat := range d.Entities {
		if seat.Pending != nil {
			d.expect(seat.Due)
			d.waiting[name] = struct{}{}
		}
	}
}

// expect notes when something may be due.
func (d *Desk) expect(at time.Time) {
	if d.next.IsZero() || at.Before(d.next) {
		d.next = at
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
