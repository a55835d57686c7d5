package finding

import (
	"bytes"
	_ "embed" // the template and what its style has more
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/scan"
)

//go:embed assets/finding.html.tmpl
var pageTemplate string

//go:embed assets/finding.css
var pageStyle string

// Limits of a page.
const (
	defaultMax = 1000 // findings
	maxGroups  = 100  // components, fixes
	maxOthers  = 200  // findings that are held back or fixed, reports
)

type (
	pieces = []report.Piece
	badge  struct{ Class, Shape, Word string }
	tile   struct {
		Name, Value, Note string
		Alarm             bool
	}
	severityTile struct {
		badge

		Count string
		Any   bool
	}
	named struct {
		Name   string
		Values []pieces
	}
	view struct {
		badge

		Title, Where, Why pieces
		State, Kind, Age  string
		Tools             pieces
		About, Link       pieces
		URL               string
		Left, Right       []named
		Ratings           []rating
		Exploited         bool
	}
	rating struct {
		badge

		Who, Score, Vector pieces
		Chosen             bool
	}
	groupView struct {
		Name, To pieces
		Counts   []cell
		Total    string
		Bars     []bar
	}
	cell struct {
		badge

		Count string
	}
	bar      struct{ Class, X, Width string }
	heldView struct {
		badge

		Title, Where, By, Reason pieces
		Until                    string
	}
	reportView struct {
		Name, Tools, Notes pieces
		Format, Count      string
		Bad                bool
	}
)

type page struct {
	T                         *texts
	Lang                      string
	Style                     template.CSS
	Script                    template.JS
	Policy                    string
	Title, Asset              pieces
	Generated, Baseline       string
	Tools                     pieces
	Verdict                   string
	Worst                     badge
	Tiles                     []tile
	Severities                []severityTile
	Alarms, Notices           []pieces
	Findings                  []view
	FindingsCut               string
	Components, Fixes         []groupView
	ComponentsMore, FixesMore string
	Chart                     *chart
	Held, Fixed               []heldView
	HeldMore, FixedMore       string
	Reports                   []reportView
	ReportsMore               string
	EscapedExample            pieces
}

// WriteHTML writes one HTML file that loads nothing, with the style of the other
// reports. It is complete without its script.
func WriteHTML(w io.Writer, d Document) error {
	tmpl, err := template.New("finding").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, newPage(d)); err != nil {
		return fmt.Errorf("render the page: %w", err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

func (t *texts) badge(s scan.Severity) badge {
	return badge{Class: s.String(), Shape: shape(s), Word: t.Severity[s]}
}

func newPage(d Document) *page {
	t := catalogue(d.Lang)
	l := d.List
	now, _ := time.Parse(time.RFC3339, l.Generated)
	style := report.Style() + pageStyle
	active, held, fixed := split(l)
	asset := l.Asset
	if asset == "" {
		asset = t.Title
	}
	p := &page{
		T: t, Lang: d.Lang.String(), Style: template.CSS(style), Script: template.JS(report.Script()), Policy: report.Policy(style, report.Script()), //nolint:gosec // our own files
		Title: report.Pieces(t.Title+" · "+asset, 160), Asset: report.Pieces(asset, 160), Generated: fmt.Sprintf(t.Generated, day(l.Generated)),
		Verdict: t.verdict(d), Worst: t.badge(scan.Info), EscapedExample: report.Pieces("\x1b \u202e \xff", 40),
	}
	if l.Baseline != "" {
		p.Baseline = fmt.Sprintf(t.Baseline, day(l.Baseline))
	}
	if len(active) > 0 {
		p.Worst = t.badge(active[0].Severity)
	}
	for _, s := range scan.Severities() {
		n := l.Counts.Severity[s.String()]
		p.Severities = append(p.Severities, severityTile{badge: t.badge(s), Count: number(n), Any: n > 0})
	}
	p.tiles(d, t, len(held), len(fixed))
	for _, u := range l.Unread {
		p.Alarms = append(p.Alarms, report.Pieces(t.Unread+": "+u.Error, 400))
	}
	for _, r := range l.Reports {
		if r.Incomplete {
			p.Alarms = append(p.Alarms, report.Pieces(t.Incomplete+": "+r.Name, 400))
		}
	}
	for _, n := range l.Notices[:min(len(l.Notices), maxOthers)] {
		p.Notices = append(p.Notices, report.Pieces(t.notice(n), 400))
	}
	limit := d.Max
	if limit <= 0 {
		limit = defaultMax
	}
	for _, f := range active[:min(limit, len(active))] {
		p.Findings = append(p.Findings, t.view(f, now))
	}
	if len(active) > limit {
		p.FindingsCut = fmt.Sprintf(t.FindingsCut, number(limit), number(len(active)))
	}
	p.Components, p.ComponentsMore = t.groups(byComponent(active))
	p.Fixes, p.FixesMore = t.groups(byFix(active))
	p.Chart = newChart(d.History, t)
	p.Held, p.HeldMore = t.others(held)
	p.Fixed, p.FixedMore = t.others(fixed)
	p.reports(d, t)
	return p
}

// day writes a time of RFC 3339 for people.
func day(text string) string {
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return report.Cut(text, 40)
	}
	return when.UTC().Format("2006-01-02 15:04 UTC")
}

func (p *page) tiles(d Document, t *texts, held, fixed int) {
	c := d.List.Counts
	since := t.SinceBaseline
	if d.List.Baseline == "" {
		since = t.NoBaseline
	}
	p.Tiles = []tile{
		{t.TileNew, number(c.New + c.Reopened), since, c.New+c.Reopened > 0 && d.List.Baseline != ""},
		{t.TileFixed, number(fixed), since, false},
		{t.TileKEV, number(c.KEV), t.TileKEVNote, c.KEV > 0},
		{t.TileFix, number(c.Fixable), t.TileFixNote, false},
		{t.TileHeld, number(held), t.TileHeldNote, false},
		{t.TileRead, number(c.Active + held), fmt.Sprintf(t.TileReadNote, number(c.Read), number(len(d.List.Reports))), false},
	}
}

func (p *page) reports(d Document, t *texts) {
	var tools []string
	seen := map[string]bool{}
	for _, r := range d.List.Reports {
		for _, tool := range r.Tools {
			if !seen[tool] {
				seen[tool] = true
				tools = append(tools, tool)
			}
		}
		if len(p.Reports) < maxOthers {
			p.Reports = append(p.Reports, reportView{
				Name: report.Pieces(r.Name, 200), Format: r.Format, Tools: report.Pieces(strings.Join(r.Tools, ", "), 120), Count: number(r.Read),
				Notes: report.Pieces(strings.Join(r.Notes, " · "), 600), Bad: r.Incomplete,
			})
		}
	}
	if n := len(d.List.Reports) - len(p.Reports); n > 0 {
		p.ReportsMore = fmt.Sprintf(t.More, number(n))
	}
	if len(tools) > 0 {
		p.Tools = report.Pieces(fmt.Sprintf(t.Tools, strings.Join(tools, ", ")), 200)
	}
}

func (t *texts) view(f *scan.Finding, now time.Time) view {
	v := view{
		badge: t.badge(f.Severity), Title: report.Pieces(label(f), 160), Where: report.Pieces(where(f), 120), Why: report.Pieces(t.summary(f), 200),
		State: t.State[f.State], Kind: t.Kind[f.Kind], Age: t.age(f, now), Tools: report.Pieces(strings.Join(f.Tools(), ", "), 80), Exploited: f.KEV != nil,
	}
	if f.Description != f.Title {
		v.About = report.Pieces(f.Description, 2000)
	}
	if strings.HasPrefix(f.URL, "https://") || strings.HasPrefix(f.URL, "http://") {
		v.URL, v.Link = f.URL, report.Pieces(f.URL, 120)
	}
	left := func(name string, values ...string) { v.Left = addNamed(v.Left, name, values) }
	right := func(name string, values ...string) { v.Right = addNamed(v.Right, name, values) }
	left(t.Fix, t.steps(f)...)
	if f.Package.Name != "" {
		text := f.Package.Name
		if len(f.Package.Versions) > 0 {
			text += " " + strings.Join(f.Package.Versions, ", ") + " (" + t.Installed + ")"
		}
		left(t.Package, text, f.Package.PURL)
	}
	if f.Place.Path != "" {
		text := f.Place.Path
		if f.Place.Line > 0 {
			text += ":" + strconv.Itoa(f.Place.Line)
		}
		left(t.Place, text)
	}
	left(t.Resource, f.Place.Resource)
	if f.KEV != nil {
		text := fmt.Sprintf(t.KEVDue, f.KEV.Added, f.KEV.Due)
		if f.KEV.Ransomware {
			text += " · " + t.Ransomware
		}
		left(t.KEV, text)
	}
	if f.EPSS != nil {
		left(t.EPSS, fmt.Sprintf(t.EPSSIs, percent(f.EPSS.Score), percent(f.EPSS.Percentile)))
	}
	right(t.IDs, strings.Join(f.Aliases, ", "))
	right(t.Related, strings.Join(f.Related, ", "))
	weak := make([]string, 0, len(f.CWE))
	for _, n := range f.CWE {
		weak = append(weak, "CWE-"+strconv.Itoa(n))
	}
	right(t.Weakness, strings.Join(weak, ", "))
	right(t.FirstSeen, dayOrNone(f.FirstSeen))
	right(t.Published, dayOrNone(f.Published))
	sources := make([]string, 0, len(f.Sources))
	for _, s := range f.Sources {
		sources = append(sources, s.Tool+" · "+s.Report)
	}
	right(t.Sources, sources...)
	for _, r := range f.Ratings {
		one := rating{badge: t.badge(r.Severity), Who: report.Pieces(r.String(), 80), Vector: report.Pieces(r.Vector, 100), Chosen: f.SeverityFrom == r.String() && r.Severity == f.Severity}
		if r.Score > 0 {
			one.Score = report.Pieces(strconv.FormatFloat(r.Score, 'f', 1, 64), 8)
		}
		v.Ratings = append(v.Ratings, one)
	}
	return v
}

func addNamed(list []named, name string, values []string) []named {
	var out []pieces
	for _, text := range values {
		if text != "" {
			out = append(out, report.Pieces(text, 300))
		}
	}
	if len(out) == 0 {
		return list
	}
	return append(list, named{name, out})
}

func dayOrNone(text string) string {
	if text == "" {
		return ""
	}
	if when, err := time.Parse(time.RFC3339, text); err == nil {
		return when.UTC().Format(time.DateOnly)
	}
	return report.Cut(text, 40)
}

func percent(f float64) string { return strconv.FormatFloat(100*f, 'f', 1, 64) + "%" }

// steps says what repairs a finding.
func (t *texts) steps(f *scan.Finding) []string {
	var out []string
	if len(f.Fixed) > 0 {
		out = append(out, fmt.Sprintf(t.FixedIn, strings.Join(f.Fixed, ", ")))
	}
	if f.Fix != "" {
		out = append(out, f.Fix)
	}
	if len(out) == 0 && f.Kind == scan.Vulnerability {
		out = append(out, t.NoFix)
	}
	return out
}

// summary is the line below a finding.
func (t *texts) summary(f *scan.Finding) string {
	parts := []string{t.Kind[f.Kind]}
	if x := fix(f); x != "" {
		parts = append(parts, x)
	}
	if f.KEV != nil {
		parts = append(parts, t.TileKEV)
	}
	if f.EPSS != nil {
		parts = append(parts, "EPSS "+percent(f.EPSS.Score))
	}
	if f.CVSS > 0 {
		parts = append(parts, "CVSS "+strconv.FormatFloat(f.CVSS, 'f', 1, 64))
	}
	return strings.Join(parts, " · ")
}

func (t *texts) groups(list []*group) (out []groupView, more string) {
	most := 0
	for _, g := range list {
		most = max(most, g.total)
	}
	for _, g := range list[:min(len(list), maxGroups)] {
		v := groupView{Name: report.Pieces(g.name, 120), To: report.Pieces(g.to, 60), Total: number(g.total)}
		x := 0.0
		for _, s := range scan.Severities() {
			n := g.counts[s]
			if n == 0 {
				continue
			}
			width := 100 * float64(n) / float64(most)
			v.Counts = append(v.Counts, cell{t.badge(s), number(n)})
			v.Bars = append(v.Bars, bar{s.String(), strconv.FormatFloat(x, 'f', 2, 64), strconv.FormatFloat(width, 'f', 2, 64)})
			x += width
		}
		out = append(out, v)
	}
	if n := len(list) - len(out); n > 0 {
		more = fmt.Sprintf(t.More, number(n))
	}
	return out, more
}

func (t *texts) others(list []*scan.Finding) (out []heldView, more string) {
	for _, f := range list[:min(len(list), maxOthers)] {
		v := heldView{badge: t.badge(f.Severity), Title: report.Pieces(label(f), 120), Where: report.Pieces(where(f), 100), Until: t.Forever}
		if s := f.Suppressed; s != nil {
			v.By, v.Reason = report.Pieces(fmt.Sprintf(t.By, s.By, s.Name), 120), report.Pieces(s.Reason, 300)
			if s.Until != "" {
				v.Until = report.Cut(s.Until, 20)
			}
		}
		out = append(out, v)
	}
	if n := len(list) - len(out); n > 0 {
		more = fmt.Sprintf(t.More, number(n))
	}
	return out, more
}
