package compliance

import (
	"bytes"
	_ "embed" // the template and what its style has more
	"fmt"
	"html/template"
	"io"
	"strconv"

	"github.com/sasumata/sasumata/internal/report"
)

//go:embed assets/compliance.html.tmpl
var pageTemplate string

//go:embed assets/compliance.css
var pageStyle string

type (
	pieces = []report.Piece
	tile   struct {
		Name, Value string
		Alarm       bool
	}
	badge       struct{ Class, Shape, Word string }
	controlView struct {
		badge

		ID, Title, Part, Does, Yours string
		Evidence, Gaps               []pieces
	}
	frameworkView struct {
		Key, Name string
		Controls  []controlView
	}
)

type page struct {
	T          *words
	Lang       string
	Style      template.CSS
	Script     template.JS
	Policy     string
	About      pieces
	Verdict    string
	Worst      badge
	Tiles      []tile
	Gaps       []pieces
	Frameworks []frameworkView
}

// WriteHTML writes one HTML file that loads nothing, with the style of the other reports. It
// is complete without its script.
func WriteHTML(w io.Writer, r *Report) error {
	tmpl, err := template.New("compliance").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, newPage(r)); err != nil {
		return fmt.Errorf("render the page: %w", err)
	}
	return write(w, out.String())
}

func newPage(r *Report) *page {
	t := wordsOf(r.lang)
	style := report.Style() + pageStyle
	p := &page{
		T: t, Lang: r.Lang, Style: template.CSS(style), Script: template.JS(report.Script()), Policy: report.Policy(style, report.Script()), //nolint:gosec // our own files
		About: report.Pieces(t.about(r.Facts), shown), Verdict: t.verdict(r), Worst: t.badge(Shown), Gaps: listed(r.Gaps),
	}
	if len(r.Gaps) > 0 {
		p.Worst = t.badge(Gaps)
	}
	gaps, evidence, yours := r.counts()
	p.Tiles = []tile{
		{t.TileGaps, strconv.Itoa(len(r.Gaps)), len(r.Gaps) > 0},
		{t.TileOpen, strconv.Itoa(gaps), gaps > 0},
		{t.TileShown, strconv.Itoa(evidence), false},
		{t.TileYours, strconv.Itoa(yours), false},
	}
	for i := range r.Frameworks {
		f := &r.Frameworks[i]
		one := frameworkView{Key: f.Key, Name: f.Name}
		for j := range f.Controls {
			c := &f.Controls[j]
			v := controlView{badge: t.badge(c.State), ID: c.ID, Title: c.Title, Part: t.Part[c.Part], Does: c.Does, Yours: c.Yours, Gaps: listed(c.Gaps)}
			for _, line := range c.Evidence {
				v.Evidence = append(v.Evidence, report.Pieces(line, shown))
			}
			one.Controls = append(one.Controls, v)
		}
		p.Frameworks = append(p.Frameworks, one)
	}
	return p
}

func listed(gaps []Gap) []pieces {
	out := make([]pieces, 0, len(gaps))
	for _, g := range gaps {
		out = append(out, report.Pieces(g.Text, shown))
	}
	return out
}

// badge shows a state in the colours that reports have for severities.
func (w *words) badge(s State) badge {
	switch s {
	case Gaps:
		return badge{"high", "▲", w.State[s]}
	case Shown:
		return badge{"low", "●", w.State[s]}
	default:
		return badge{"info", "○", w.State[s]}
	}
}
