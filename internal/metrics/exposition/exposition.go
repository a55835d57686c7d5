// Package exposition writes samples in the text format of Prometheus.
package exposition

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Label is a name and a value of a series.
type Label struct{ Name, Value string }

// Sample is the value of one series at the moment at which it is asked for.
type Sample struct {
	// Name is the metric's: letters, digits, _ and :. Those that end in _total are counters,
	// all others gauges.
	Name string
	// Labels tell series of one metric apart. Values may hold anything.
	Labels []Label
	// Value is the number.
	Value float64
}

// Write writes the samples, those of a metric together; the order of samples of one metric
// stays.
func Write(w io.Writer, samples []Sample) error {
	sorted := slices.Clone(samples)
	slices.SortStableFunc(sorted, func(a, b Sample) int { return cmp.Compare(a.Name, b.Name) })
	out := bufio.NewWriter(w)
	for i := range sorted {
		s := &sorted[i]
		if i == 0 || sorted[i-1].Name != s.Name {
			Family(out, s.Name, kindOf(s.Name), "")
		}
		Line(out, s.Name, s.Labels, s.Value)
	}
	return out.Flush()
}

func kindOf(name string) string {
	if strings.HasSuffix(name, "_total") {
		return "counter"
	}
	return "gauge"
}

// Family writes what a metric is; help may be empty. Errors come with the flush.
func Family(out *bufio.Writer, name, kind, help string) {
	if help != "" {
		_, _ = out.WriteString("# HELP " + name + " " + strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(help) + "\n")
	}
	_, _ = out.WriteString("# TYPE " + name + " " + kind + "\n")
}

// Line writes one sample. Errors come with the flush.
func Line(out *bufio.Writer, name string, labels []Label, value float64) {
	_, _ = out.WriteString(name)
	for i, l := range labels {
		_ = out.WriteByte("{,"[min(i, 1)])
		_, _ = out.WriteString(l.Name + `="`)
		_, _ = out.WriteString(escape(l.Value))
		_ = out.WriteByte('"')
	}
	if len(labels) > 0 {
		_ = out.WriteByte('}')
	}
	_ = out.WriteByte(' ')
	_, _ = out.WriteString(strconv.FormatFloat(value, 'g', -1, 64))
	_ = out.WriteByte('\n')
}

// escape makes a text the value of a label: the format is UTF-8.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(strings.ToValidUTF8(text, "\ufffd"))
}
