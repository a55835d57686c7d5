package finding

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/scan"
)

// The measures of the chart, in the units of its view box.
const (
	chartWidth  = 1120.0
	chartLeft   = 56.0
	chartRight  = 8.0
	chartTop    = 16.0
	chartHeight = 150.0
	chartBottom = 24.0
	maxBar      = 60.0
)

// chart is the history: a bar a run, its parts the severities.
type chart struct {
	Width, Height, Left, Right, Base, Top, Most string
	Bars                                        []chartBar
	Hovers                                      []hover
	Ticks                                       []tick
	Rows                                        []row
	Severities                                  []badge
}

type (
	chartBar struct{ Class, X, Y, W, H string }
	hover    struct{ X, W, Title string }
	tick     struct{ X, Text string }
	row      struct {
		Time   string
		Counts []string
		Total  string
	}
)

// newChart draws the runs; nil for less than two, which are no history.
func newChart(points []scan.Point, t *texts) *chart {
	if len(points) < 2 {
		return nil
	}
	most := 1
	for _, p := range points {
		most = max(most, p.Counts.Active)
	}
	f := func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
	c := &chart{
		Width: f(chartWidth), Height: f(chartTop + chartHeight + chartBottom), Left: f(chartLeft), Right: f(chartWidth - chartRight),
		Base: f(chartTop + chartHeight), Top: f(chartTop), Most: number(most),
	}
	for _, s := range scan.Severities() {
		c.Severities = append(c.Severities, t.badge(s))
	}
	step := (chartWidth - chartLeft - chartRight) / float64(len(points))
	width := min(step*0.8, maxBar)
	every := max(1, len(points)/8)
	for i, p := range points {
		x := chartLeft + step*(float64(i)+0.5) - width/2
		y := chartTop + chartHeight
		r := row{Time: day(p.Time), Total: number(p.Counts.Active)}
		title := []string{day(p.Time) + ": " + number(p.Counts.Active)}
		severities := scan.Severities()
		for _, s := range slices.Backward(severities) { // the gravest on top
			n := p.Counts.Severity[s.String()]
			if n <= 0 {
				continue
			}
			h := chartHeight * float64(n) / float64(most)
			y -= h
			c.Bars = append(c.Bars, chartBar{s.String(), f(x), f(y), f(width), f(h)})
		}
		for _, s := range severities {
			n := p.Counts.Severity[s.String()]
			r.Counts = append(r.Counts, number(n))
			if n > 0 {
				title = append(title, t.Severity[s]+" "+number(n))
			}
		}
		c.Hovers = append(c.Hovers, hover{f(chartLeft + step*float64(i)), f(step), strings.Join(title, " · ")})
		c.Rows = append(c.Rows, r)
		if i%every == 0 {
			when, err := time.Parse(time.RFC3339, p.Time)
			if err == nil {
				c.Ticks = append(c.Ticks, tick{f(chartLeft + step*(float64(i)+0.5)), when.UTC().Format(time.DateOnly)})
			}
		}
	}
	return c
}
