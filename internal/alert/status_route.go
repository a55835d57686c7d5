package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/timeinterval"
)

// Route is one of the routes, with those below it, which are asked in their order.
type Route struct {
	Receiver string `json:"receiver"`
	// Matchers are in the form of amtool; none takes all.
	Matchers []string `json:"matchers"`
	// Continue says that the routes behind it are asked, too.
	Continue bool `json:"continue"`
	// GroupBy are the labels that make one group; "..." is each notice alone.
	GroupBy []string `json:"group_by"`
	// Wait, Interval and Repeat are for how long others of the group are waited for, how
	// often it is looked for news, and after which time the same is told again.
	Wait     float64 `json:"group_wait_seconds"`
	Interval float64 `json:"group_interval_seconds"`
	Repeat   float64 `json:"repeat_interval_seconds"`
	// Mute and Active are names of time intervals; Held says that they hold it back now.
	Mute   []string `json:"mute"`
	Active []string `json:"active"`
	Held   bool     `json:"held"`
	// After is the age at which escalation tells it, 0 for what is told at once.
	After  float64 `json:"escalates_after_seconds"`
	Routes []Route `json:"routes"`
}

// route returns a route with all below it.
func (p *plan) route(r *dispatch.Route, now time.Time) Route {
	o := &r.RouteOpts
	why, _, err := p.mutedThen(o.MuteTimeIntervals, o.ActiveTimeIntervals, now)
	one := Route{
		Receiver: o.Receiver, Matchers: texted(r.Matchers), Continue: r.Continue, GroupBy: groupBy(o), After: escalatesAfter(o).Seconds(),
		Wait: o.GroupWait.Seconds(), Interval: o.GroupInterval.Seconds(), Repeat: o.RepeatInterval.Seconds(),
		Mute: append([]string{}, o.MuteTimeIntervals...), Active: append([]string{}, o.ActiveTimeIntervals...), Held: why != "" || err != nil, Routes: []Route{},
	}
	for _, below := range r.Routes {
		one.Routes = append(one.Routes, p.route(below, now))
	}
	return one
}

func texted(all labels.Matchers) []string {
	list := make([]string, 0, len(all))
	for _, m := range all {
		list = append(list, m.String())
	}
	return list
}

// Inhibition says what holds back what.
type Inhibition struct {
	Source []string `json:"source"`
	Target []string `json:"target"`
	Equal  []string `json:"equal"`
}

func (p *plan) inhibitions() []Inhibition {
	list := make([]Inhibition, 0, len(p.conf.InhibitRules))
	for i := range p.conf.InhibitRules {
		rule := inhibit.NewInhibitRule(p.conf.InhibitRules[i])
		one := Inhibition{Source: texted(rule.SourceMatchers), Target: texted(rule.TargetMatchers), Equal: []string{}}
		for _, name := range slices.Sorted(maps.Keys(rule.Equal)) {
			one.Equal = append(one.Equal, string(name))
		}
		list = append(list, one)
	}
	return list
}

// Interval is a time interval by which routes are muted or active.
type Interval struct {
	Name string `json:"name"`
	// Times are its parts, in words such as "monday:friday 09:00-17:00 Asia/Tokyo".
	Times []string `json:"times"`
	// Now says that it is within the interval.
	Now bool `json:"now"`
}

func (p *plan) intervalStates(now time.Time) []Interval {
	list := make([]Interval, 0, len(p.intervals))
	for _, name := range slices.Sorted(maps.Keys(p.intervals)) {
		one := Interval{Name: name, Times: []string{}}
		for i := range p.intervals[name] {
			t := &p.intervals[name][i]
			one.Times = append(one.Times, intervalText(t))
			one.Now = one.Now || t.ContainsTime(now.UTC())
		}
		list = append(list, one)
	}
	return list
}

// intervalText writes a time interval in the words of an alertmanager.yml.
func intervalText(t *timeinterval.TimeInterval) string {
	var parts []string
	add := func(prefix string, values []string) {
		if len(values) > 0 {
			parts = append(parts, prefix+strings.Join(values, ", "))
		}
	}
	add("", words(t.Weekdays))
	add("days ", words(t.DaysOfMonth))
	add("months ", words(t.Months))
	add("years ", words(t.Years))
	times := make([]string, 0, len(t.Times))
	for _, r := range t.Times {
		times = append(times, fmt.Sprintf("%02d:%02d-%02d:%02d", r.StartMinute/60, r.StartMinute%60, r.EndMinute/60, r.EndMinute%60))
	}
	add("", times)
	zone := "UTC"
	if t.Location != nil {
		zone = t.Location.String()
	}
	return strings.Join(append(parts, zone), " ")
}

// words writes ranges; those of a configuration that was read can be written.
func words[R interface{ MarshalText() ([]byte, error) }](ranges []R) []string {
	list := make([]string, 0, len(ranges))
	for _, r := range ranges {
		text, err := r.MarshalText()
		if err != nil {
			panic("BUG: a range that was read: " + err.Error())
		}
		list = append(list, string(text))
	}
	return list
}
