package derive

import (
	"regexp"
	"slices"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/query"
)

// The limits of what is counted.
const (
	// DefaultSeries is how many series a metric has that does not say it, and MaxSeries the
	// most that it may ask for.
	DefaultSeries = 500
	MaxSeries     = 20_000
	// maxMetrics is how many metrics there may be: each event is asked for each.
	maxMetrics = 100
	// maxLabels is how many labels a metric may have, maxValue the length in bytes at which
	// a value is cut, maxBuckets how many bounds a histogram may have.
	maxLabels  = 10
	maxValue   = 128
	maxBuckets = 50
)

// Metric is a counter or histogram of the events that match a search.
type Metric struct {
	document.Pos

	// Name is the metric's; that of a counter ends in _total.
	Name string `doc:"name,required"`
	// Type is counter, which is the default, or histogram.
	Type string `doc:"type"`
	// Help says what it is.
	Help string `doc:"help"`
	// Query says which events count; none means all.
	Query string `doc:"query"`
	// GroupBy are the labels.
	GroupBy []Label `doc:"group_by"`
	// Value is the field of the number that is added to a counter, which is 1 without it, or
	// observed by a histogram; Scale is what it is multiplied with, 1 by default.
	Value string  `doc:"value"`
	Scale float64 `doc:"scale"`
	// Buckets are the upper bounds of a histogram, ascending.
	Buckets []float64 `doc:"buckets"`
	// MaxSeries is how many sets of labels there may be: events of further ones count in one
	// whose labels are all "other". 0 means 500.
	MaxSeries int `doc:"max_series"`

	At map[string]document.Pos `doc:",positions"`

	query *query.Query
}

// Label is a label and where its value is.
type Label struct {
	document.Pos

	// Label is its name.
	Label string `doc:"label,required"`
	// Field is @path, service, source, host, status or a tag; the first that an event has.
	Field []string `doc:"field,required,single"`
	// Values are the only ones that count by themselves, others are "other"; none means all.
	Values []string `doc:"values,single"`

	At map[string]document.Pos `doc:",positions"`
}

// Defaults returns what is counted when the configuration says nothing else.
func Defaults() []Metric {
	job := Label{Label: "job", Field: []string{"service", "source"}}
	return []Metric{
		{
			Name: "http_requests_total", Help: "Requests of access logs.", Query: "@http.status_code:*",
			GroupBy: []Label{job, {Label: "status", Field: []string{"@http.status_code"}}},
		},
		{
			Name: "auth_failures_total", Help: "Sign-ins that failed.", Query: "@evt.category:authentication @evt.outcome:failure", GroupBy: []Label{job},
		},
		{
			Name: "auth_successes_total", Help: "Sign-ins that succeeded.", Query: "@evt.category:authentication @evt.outcome:success", GroupBy: []Label{job},
		},
		{
			Name: "web_attacks_total", Help: "Requests that look like an attack by themselves.", Query: "@security.attack:true",
			GroupBy: []Label{job, {Label: "category", Field: []string{"@security.categories"}}},
		},
		{Name: "log_events_total", Help: "Events of logs.", GroupBy: []Label{{Label: "source", Field: []string{"source"}}, {Label: "status", Field: []string{"status"}}}},
	}
}

// Check reads the searches of the metrics, and returns what is wrong.
func Check(all []Metric) document.Faults {
	var k document.Checker
	names := map[string]bool{}
	for i := range all {
		m := &all[i]
		k.Here = m.Pos
		k.Fault(i == maxMetrics, nil, "", "log_metrics wants at most %d", maxMetrics)
		k.Fault(names[m.Name] && m.Name != "", m.At, "name", "two metrics have the name %q", m.Name)
		names[m.Name] = true
		m.check(&k)
	}
	return k.Faults
}

func (m *Metric) check(k *document.Checker) {
	k.Fault(m.Name != "" && !regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$`).MatchString(m.Name), m.At, "name", "name %q wants letters, digits, _ and :", m.Name)
	switch m.Type {
	case "", "counter":
		k.Fault(len(m.Buckets) > 0, m.At, "buckets", "buckets are for histograms")
	case "histogram":
		k.Fault(m.Value == "", m.At, "type", "a histogram wants a value")
		k.Fault(len(m.Buckets) > maxBuckets, m.At, "buckets", "buckets wants at most %d", maxBuckets)
		k.Fault(!slices.IsSorted(m.Buckets) || len(slices.Compact(slices.Clone(m.Buckets))) != len(m.Buckets), m.At, "buckets", "buckets wants ascending numbers")
	default:
		fault := m.At["type"].Fault("type %q, want counter or histogram", m.Type)
		fault.Suggestion = document.Suggest(m.Type, []string{"counter", "histogram"})
		k.Faults = append(k.Faults, fault)
	}
	var err error
	m.query, err = query.Parse(m.Query)
	k.Fault(err != nil, m.At, "query", "query: %v", err)
	k.Fault(m.MaxSeries < 0 || m.MaxSeries > MaxSeries, m.At, "max_series", "max_series wants a number up to %d", MaxSeries)
	k.Fault(m.Scale < 0, m.At, "scale", "scale cannot be negative: a counter only grows")
	k.Fault(len(m.GroupBy) > maxLabels, m.At, "group_by", "group_by wants at most %d labels", maxLabels)
	seen := map[string]bool{}
	for i := range m.GroupBy {
		l := &m.GroupBy[i]
		k.Fault(seen[l.Label], l.At, "label", "the label %q stands here twice", l.Label)
		seen[l.Label] = true
		wrong := !regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,99}$`).MatchString(l.Label) || len(l.Label) > 1 && l.Label[:2] == "__" || l.Label == "le"
		k.Fault(l.Label != "" && wrong, l.At, "label", "label %q wants letters, digits and _, and is not le", l.Label)
	}
}
