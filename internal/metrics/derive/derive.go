// Package derive counts events: each metric has a search, labels from fields, and a bound
// on how many series it may have.
package derive

import (
	"bufio"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/metrics/exposition"
)

// other is the value of all labels of the events that have a series of their own no more.
const other = "other"

// Set counts. One goroutine may call Observe, any number Write.
type Set struct {
	counters []*counter
	buf      []byte
	// NotNumbers counts events whose value was no number, or below zero.
	notNumbers atomic.Int64
}

// New returns what counts the metrics, which are added to the defaults unless those are not
// wanted. One with the name of a default replaces it. Those of before keep what they
// counted, if they are the same.
func New(own []Metric, noDefaults bool, before *Set) (*Set, error) {
	all := slices.Clone(own)
	if !noDefaults {
		for _, d := range Defaults() {
			if !slices.ContainsFunc(own, func(m Metric) bool { return m.Name == d.Name }) {
				all = append(all, d)
			}
		}
	}
	if faults := Check(all); len(faults) > 0 {
		return nil, faults
	}
	s := &Set{}
	if before != nil {
		s.notNumbers.Store(before.notNumbers.Load())
	}
	for i := range all {
		c := newCounter(&all[i])
		if before != nil {
			if at := slices.IndexFunc(before.counters, func(b *counter) bool { return b.key == c.key }); at >= 0 {
				c = before.counters[at]
			}
		}
		s.counters = append(s.counters, c)
	}
	return s, nil
}

// counter is one metric.
type counter struct {
	metric Metric
	key    string // all that it is
	labels []label
	value  field
	most   int

	mu       sync.Mutex
	series   map[string]*series
	order    []*series
	rest     *series // of those that have none of their own
	overflow int64   // events that counted in rest
}

type label struct {
	fields []field
	values []string
}

// series is what one set of labels added up to.
type series struct {
	labels  []exposition.Label
	sum     float64
	count   uint64
	buckets []uint64
	shown   bool
}

func newCounter(m *Metric) *counter {
	c := &counter{metric: *m, series: map[string]*series{}, most: m.MaxSeries}
	if c.most == 0 {
		c.most = DefaultSeries
	}
	if m.Value != "" {
		c.value = newField(m.Value)
	}
	var key strings.Builder
	for _, part := range []string{m.Name, m.Type, m.Help, m.Query, m.Value} {
		key.WriteString(strconv.Quote(part))
	}
	for i := range m.GroupBy {
		l := &m.GroupBy[i]
		one := label{values: l.Values}
		key.WriteString(" " + l.Label)
		for _, text := range l.Field {
			one.fields = append(one.fields, newField(text))
		}
		for _, text := range append(slices.Clone(l.Field), l.Values...) {
			key.WriteString(strconv.Quote(text))
		}
		c.labels = append(c.labels, one)
	}
	for _, n := range append([]float64{m.Scale, float64(c.most)}, m.Buckets...) {
		key.WriteString(" " + strconv.FormatFloat(n, 'g', -1, 64))
	}
	c.key = key.String()
	return c
}

// Observe counts an event. It allocates nothing unless a series is new.
func (s *Set) Observe(e *event.Event) {
	for _, c := range s.counters {
		if !c.metric.query.Match(e) {
			continue
		}
		n := 1.0
		if c.metric.Value != "" {
			var ok bool
			if n, ok = c.value.number(e); !ok || n < 0 || math.IsInf(n, 0) || math.IsNaN(n) {
				s.notNumbers.Add(1)
				continue
			}
			if c.metric.Scale != 0 {
				n *= c.metric.Scale
			}
		}
		s.buf = c.keyOf(s.buf[:0], e)
		c.add(s.buf, n, uint64(max(1, e.Repeat)))
	}
}

// keyOf appends the values of the labels, each with its end.
func (c *counter) keyOf(dst []byte, e *event.Event) []byte {
	for i := range c.labels {
		l := &c.labels[i]
		from := len(dst)
		for f := range l.fields {
			if dst = l.fields[f].append(dst, e); len(dst) > from {
				break
			}
		}
		if len(dst)-from > maxValue {
			dst = dst[:from+maxValue]
		}
		if len(l.values) > 0 && len(dst) > from && !slices.ContainsFunc(l.values, func(v string) bool { return v == string(dst[from:]) }) {
			dst = append(dst[:from], other...)
		}
		for j := from; j < len(dst); j++ {
			if dst[j] == 0 {
				dst[j] = ' ' // the end of a value
			}
		}
		dst = append(dst, 0)
	}
	return dst
}

func (c *counter) add(key []byte, n float64, times uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.series[string(key)]
	if one == nil {
		one = c.begin(key)
	}
	one.sum += n * float64(times)
	one.count += times
	if i := sort.SearchFloat64s(c.metric.Buckets, n); i < len(one.buckets) {
		one.buckets[i] += times
	}
	if one == c.rest {
		c.overflow += int64(times)
	}
}

// begin makes a series, or returns the one of those for which there is no room.
func (c *counter) begin(key []byte) *series {
	if len(c.order) < c.most {
		one := c.newSeries(strings.Split(string(key), "\x00"))
		c.series[string(key)] = one
		c.order = append(c.order, one)
		return one
	}
	if c.rest == nil {
		values := make([]string, len(c.labels))
		for i := range values {
			values[i] = other
		}
		c.rest = c.newSeries(values)
	}
	return c.rest
}

func (c *counter) newSeries(values []string) *series {
	one := &series{buckets: make([]uint64, len(c.metric.Buckets))}
	for i := range c.labels {
		if values[i] != "" { // a label without a value is none
			one.labels = append(one.labels, exposition.Label{Name: c.metric.GroupBy[i].Label, Value: values[i]})
		}
	}
	return one
}

// Write writes all in the text format of Prometheus. A series that is new is 0 the first
// time: what it begins with would be invisible to rate and increase.
func (s *Set) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, c := range s.counters {
		c.write(out)
	}
	exposition.Family(out, "sasumata_log_metric_series", "gauge", "Series of metrics that are counted from events.")
	for _, c := range s.counters {
		exposition.Line(out, "sasumata_log_metric_series", c.named(), float64(c.size()))
	}
	exposition.Family(out, "sasumata_log_metric_overflow_total", "counter", "Events that counted in the series other, because the metric has max_series already.")
	for _, c := range s.counters {
		exposition.Line(out, "sasumata_log_metric_overflow_total", c.named(), float64(c.beyond()))
	}
	exposition.Family(out, "sasumata_log_metric_not_numbers_total", "counter", "Events that did not count because their value is no number, or below zero.")
	exposition.Line(out, "sasumata_log_metric_not_numbers_total", nil, float64(s.notNumbers.Load()))
	return out.Flush()
}

func (c *counter) named() []exposition.Label {
	return []exposition.Label{{Name: "metric", Value: c.metric.Name}}
}

func (c *counter) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.order)
}

func (c *counter) beyond() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.overflow
}

func (c *counter) write(out *bufio.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := c.metric.Type
	if kind == "" {
		kind = "counter"
	}
	exposition.Family(out, c.metric.Name, kind, c.metric.Help)
	all := c.order
	if c.rest != nil {
		all = append(slices.Clip(all), c.rest)
	}
	for _, one := range all {
		now := *one
		if !one.shown {
			now.sum, now.count, now.buckets = 0, 0, make([]uint64, len(one.buckets))
			one.shown = true
		}
		if kind == "counter" {
			exposition.Line(out, c.metric.Name, now.labels, now.sum)
			continue
		}
		below := uint64(0)
		for i, bound := range c.metric.Buckets {
			below += now.buckets[i]
			le := exposition.Label{Name: "le", Value: strconv.FormatFloat(bound, 'g', -1, 64)}
			exposition.Line(out, c.metric.Name+"_bucket", append(slices.Clip(now.labels), le), float64(below))
		}
		exposition.Line(out, c.metric.Name+"_bucket", append(slices.Clip(now.labels), exposition.Label{Name: "le", Value: "+Inf"}), float64(now.count))
		exposition.Line(out, c.metric.Name+"_sum", now.labels, now.sum)
		exposition.Line(out, c.metric.Name+"_count", now.labels, float64(now.count))
	}
}
