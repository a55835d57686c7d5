package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/signal"
)

// The drawing's measures, in the units of its view box.
const (
	drawWidth  = 1120.0
	drawLeft   = 56.0
	drawRight  = 8.0
	drawTop    = 20.0
	drawGap    = 30.0
	drawBottom = 22.0
)

// drawing is the timeline as an SVG picture, with the same figures as a table.
type drawing struct {
	Width, Height string
	Left, Right   string
	Panels        []panel
	Ticks         []tick
	Hovers        []hover
	Note          string
	Outside       string
	Rows          []chartRow
	RowsNote      string
	Severities    []badge
}

// panel is one strip of bars with a scale of its own.
type panel struct {
	Name             string
	Base, Top, Label string // y of the zero line, of the maximum, of the name
	Max              string
	Bars             []svgBar
	Legend           []legend
}

type svgBar struct{ X, Y, W, H, Class string }

type legend struct{ Class, Name, X, Y, TextX string }

type tick struct {
	X, Y1, Y2, TextY, Text, Anchor string
}

// hover is the strip over one bar that shows its figures.
type hover struct{ X, Y, W, H, Title string }

type chartRow struct {
	From                    string
	Events, Failed, Attacks string
	Severities              []string
}

// maxTicks ends the row of ticks where the arithmetic of times far from now wraps.
const maxTicks = 16

// chartRows is how many rows the table below the chart has at the most.
const chartRows = 60

// newDrawing draws the chart and the signals in it; nil when there is nothing to
// draw.
func newDrawing(c chart, list []*signal.Signal, at clock, t *texts) *drawing {
	if len(c.bars) == 0 {
		return nil
	}
	for _, s := range list {
		if i := floorDiv(s.Time-c.start, c.width); s.Time != 0 && i >= 0 && i < int64(len(c.bars)) {
			c.bars[i].severity[level(s.Severity)]++
		}
	}
	d := &drawing{
		Width: coordinate(drawWidth), Left: coordinate(drawLeft), Right: coordinate(drawWidth - drawRight),
		Note: fmt.Sprintf(t.TimelineBar, t.duration(c.width)),
	}
	if c.outside > 0 {
		d.Outside = fmt.Sprintf(t.TimelineOutside, number(c.outside))
	}
	y := drawTop
	add := func(name string, height float64, of func(chartBar) []int64, classes, names []string) {
		p, used := c.panel(name, y, height, of, classes, names)
		if used {
			d.Panels = append(d.Panels, p)
			y += height + drawGap
		}
	}
	add(t.TileEvents, 96, func(b chartBar) []int64 { return []int64{b.events} }, []string{"events"}, nil)
	add(t.TileLogins+" · "+t.SeriesAttack, 52, func(b chartBar) []int64 { return []int64{b.attacks, b.failed} },
		[]string{"attack", "failed"}, []string{t.SeriesAttack, t.SeriesFailed})
	var classes, names []string
	for _, s := range severities() {
		classes, names = append(classes, severityName(level(s))), append(names, shape(s)+" "+t.Severity[level(s)])
		d.Severities = append(d.Severities, t.badge(s))
	}
	add(t.TileSignals, 64, func(b chartBar) []int64 {
		v := b.severity
		slices.Reverse(v[:])
		return v[:]
	}, classes, names)
	bottom := y - drawGap
	d.Height = coordinate(bottom + drawBottom)
	d.Ticks = c.ticks(at, bottom)
	d.rows(c, at, t, bottom)
	return d
}

// x returns where the bar begins.
func (c chart) x(i float64) float64 {
	return drawLeft + (drawWidth-drawLeft-drawRight)*i/float64(len(c.bars))
}

// panel draws one strip: parts of each bar are stacked from the zero line upwards.
func (c chart) panel(name string, top, height float64, of func(chartBar) []int64, classes, names []string) (p panel, filled bool) {
	var most int64
	used := make([]bool, len(classes))
	for _, b := range c.bars {
		var sum int64
		for k, n := range of(b) {
			sum += n
			used[k] = used[k] || n > 0
		}
		most = max(most, sum)
	}
	p = panel{
		Name: name, Base: coordinate(top + height), Top: coordinate(top), Label: coordinate(top - 6), Max: number(most),
	}
	w := c.x(1) - c.x(0)
	gap := 0.0
	if w > 3 {
		gap = 1
	}
	for i, b := range c.bars {
		base := top + height
		for k, n := range of(b) {
			if n == 0 {
				continue
			}
			h := max(1, height*float64(n)/float64(most))
			p.Bars = append(p.Bars, svgBar{
				X: coordinate(c.x(float64(i))), Y: coordinate(base - h), W: coordinate(max(0.5, w-gap)), H: coordinate(h), Class: classes[k],
			})
			base -= h
		}
	}
	x := drawWidth - drawRight
	for k, name := range slices.Backward(names) {
		if !used[k] {
			continue
		}
		x -= float64(textWidth(name))*6.4 + 6
		p.Legend = append(p.Legend, legend{
			Class: classes[k], Name: name, X: coordinate(x - 13), Y: coordinate(top - 15), TextX: coordinate(x),
		})
		x -= 24
	}
	return p, most > 0
}

// ticks marks round times of the zone.
func (c chart) ticks(at clock, bottom float64) []tick {
	span := c.width * int64(len(c.bars))
	var step int64
	for _, w := range []int64{
		1, 5, 15, 30, 60, 300, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400,
		14 * 86400, 28 * 86400, 91 * 86400, 182 * 86400, 364 * 86400, 1820 * 86400, 3640 * 86400, 18200 * 86400, 36400 * 86400,
	} {
		if step = w * second; step >= span/8 {
			break
		}
	}
	offset := at.offset(c.start)
	var out []tick
	day := ""
	for ns := (floorDiv(c.start+offset-1, step)+1)*step - offset; ns <= c.start+span && len(out) < maxTicks; ns += step {
		layout := "15:04"
		switch date := at.write(ns, "01-02"); {
		case step >= 86400*second:
			layout = "2006-01-02"
		case date != day:
			layout = "01-02 15:04"
			day = date
		case step < 60*second:
			layout = "15:04:05"
		}
		x := c.x(float64(ns-c.start) / float64(c.width))
		anchor := "middle"
		if x > drawWidth-40 {
			anchor = "end"
		} else if x < drawLeft+20 {
			anchor = "start"
		}
		out = append(out, tick{
			X: coordinate(x), Y1: coordinate(drawTop), Y2: coordinate(bottom), TextY: coordinate(bottom + 15),
			Text: at.write(ns, layout), Anchor: anchor,
		})
	}
	return out
}

// rows fills the table: bars that hold something, the busiest when there are many.
func (d *drawing) rows(c chart, at clock, t *texts, bottom float64) {
	var full []int
	for i, b := range c.bars {
		if b != (chartBar{}) {
			full = append(full, i)
		}
	}
	shown := slices.Clone(full)
	if len(shown) > chartRows {
		slices.SortFunc(shown, func(a, b int) int {
			return cmp.Or(cmp.Compare(c.bars[b].events, c.bars[a].events), cmp.Compare(a, b))
		})
		shown = shown[:chartRows]
		slices.Sort(shown)
		d.RowsNote = fmt.Sprintf(t.TimelineTop, number(chartRows), number(int64(len(full))))
	}
	for _, i := range shown {
		b := c.bars[i]
		row := chartRow{
			From: at.short(c.start + int64(i)*c.width), Events: number(b.events), Failed: number(b.failed), Attacks: number(b.attacks),
		}
		for _, s := range severities() {
			row.Severities = append(row.Severities, number(b.severity[level(s)]))
		}
		d.Rows = append(d.Rows, row)
	}
	for _, i := range full {
		d.Hovers = append(d.Hovers, hover{
			X: coordinate(c.x(float64(i))), Y: coordinate(drawTop), W: coordinate(c.x(1) - c.x(0)), H: coordinate(bottom - drawTop),
			Title: c.describe(i, at, t),
		})
	}
}

// describe returns a bar's figures in one line.
func (c chart) describe(i int, at clock, t *texts) string {
	b := c.bars[i]
	parts := []string{at.short(c.start + int64(i)*c.width), t.Events + " " + number(b.events)}
	if b.failed > 0 {
		parts = append(parts, t.SeriesFailed+" "+number(b.failed))
	}
	if b.attacks > 0 {
		parts = append(parts, t.SeriesAttack+" "+number(b.attacks))
	}
	for _, s := range severities() {
		if n := b.severity[level(s)]; n > 0 {
			parts = append(parts, t.Severity[level(s)]+" "+number(n))
		}
	}
	return strings.Join(parts, " · ")
}

func coordinate(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
