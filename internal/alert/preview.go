package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/timeinterval"
)

// Told says who is told of a notice, how, and when.
type Told struct {
	// Receiver is who is told; Person is who that is now, for a rota.
	Receiver, Person string
	// Targets are the receiver's integrations.
	Targets []string
	// After is the age at which escalation tells it, 0 for at once.
	After time.Duration
	// Wait is for how long other notices of the same group are waited for, Again after
	// which time it is told again if it goes on.
	Wait, Again time.Duration
	// GroupBy is what makes one group: "..." is each notice alone.
	GroupBy string
	// Muted says why it is not told now, "" when it is; Why is the same as one of the words
	// below, and By names the time intervals that it is for.
	Muted, Why string
	By         []string
	// Texts are what the receiver gets, in each language; Preview leaves them out.
	Texts []Rendered
}

// Why somebody is not told at the moment.
const (
	// WhyQuiet is that a severity is told when it is unusual, or within the daily digest.
	WhyQuiet = "quiet"
	// WhyInterval is that it is told later: a time interval mutes the route.
	WhyInterval = "interval"
	// WhyInactive is that it is told later: the route is active at other times.
	WhyInactive = "inactive"
	// WhyNoIntegration is that the receiver tells nobody.
	WhyNoIntegration = "no_integration"
	// WhyTaken is that somebody takes care of it: it is not escalated.
	WhyTaken = "taken"
)

// Preview says what would be done with a notice at a time. It does not know the silences
// and the worse notices of a running server.
func Preview(opts Options, n *Notice, now time.Time) ([]Told, error) {
	p, err := prepare(opts.Config, opts.Console, false, opts.Hostname, opts.Log)
	if err != nil {
		return nil, err
	}
	return p.told(opts.Config, n, now)
}

// told says who is told of a notice at a time.
func (p *plan) told(c *Config, n *Notice, now time.Time) ([]Told, error) {
	if (n.Kind == KindSignal || n.Kind == "") && n.Severity < c.Quiet.Severity {
		return []Told{{Receiver: "quiet", Why: WhyQuiet, Muted: fmt.Sprintf("signals below %s are told when they are unusual, or within the daily digest", c.Quiet.Severity)}}, nil
	}
	var list []Told
	for _, r := range p.routes.Match((&entry{Notice: *n}).labelSet()) {
		o := r.RouteOpts
		one := Told{Receiver: o.Receiver, Targets: p.targets[o.Receiver], Wait: o.GroupWait, Again: o.RepeatInterval, GroupBy: strings.Join(groupBy(&o), ", "), After: escalatesAfter(&o)}
		if rota := p.rota[o.Receiver]; rota != nil {
			one.Person = rota.On(now)
			one.Targets = p.targets[one.Person]
		}
		var err error
		if one.Why, one.By, err = p.mutedThen(o.MuteTimeIntervals, o.ActiveTimeIntervals, now); err != nil {
			return nil, err
		}
		switch {
		case one.Why == WhyInterval:
			one.Muted = "told later: " + strings.Join(one.By, ", ")
		case one.Why == WhyInactive:
			one.Muted = "told later: not within " + strings.Join(one.By, ", ")
		case len(one.Targets) == 0:
			one.Why, one.Muted = WhyNoIntegration, "the receiver has no integration"
		case one.After > 0 && n.State != "":
			one.Why, one.Muted = WhyTaken, "somebody takes care of it: it is not escalated"
		}
		list = append(list, one)
	}
	return list, nil
}

// groupBy returns the labels that make one group; "..." is each notice alone.
func groupBy(o *dispatch.RouteOpts) []string {
	if o.GroupByAll {
		return []string{"..."}
	}
	names := make([]string, 0, len(o.GroupBy))
	for name := range o.GroupBy {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return names
}

// escalatesAfter returns the age at which a route is told, 0 for one that is not for
// escalation.
func escalatesAfter(o *dispatch.RouteOpts) time.Duration {
	after, err := time.ParseDuration(string(o.Labels[escalateAfter]))
	if err != nil { // no such route
		return 0
	}
	return after
}

// mutedThen says why the time intervals of a route hold something back at a time, and which
// of them; "" when they do not.
func (p *plan) mutedThen(mute, active []string, now time.Time) (why string, by []string, err error) {
	all := timeinterval.NewIntervener(p.intervals)
	if len(mute) > 0 {
		if held, names, err := all.Mutes(mute, now); err != nil || held {
			return WhyInterval, slices.Compact(names), err
		}
	}
	if len(active) > 0 {
		if within, _, err := all.Mutes(active, now); err != nil || !within {
			return WhyInactive, active, err
		}
	}
	return "", nil, nil
}
