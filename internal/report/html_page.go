package report

import (
	"cmp"
	"fmt"
	"html/template"
	"path/filepath"

	"github.com/sasumata/sasumata/internal/signal"
)

// page is the report as the template reads it: all counting and formatting is done,
// and every text that came from a log is cut into pieces.
type page struct {
	T              *texts
	Lang           string
	Style          template.CSS
	Script         template.JS
	Policy         string
	Title, Heading []piece
	Files          [][]piece
	Period         string
	Zone           string
	Generated      string
	Verdict        string
	Worst          badge
	Tiles          []tile
	Severities     []severityTile
	Chart          *drawing
	Signals        []signalView
	SignalsCut     string
	Rules          []ruleRow
	Held           []heldRow
	Cards          []card
	Suspects       []suspectView
	Comparison     *comparisonView
	Approximate    bool
	Runbooks       []*runbookView
	Unparsed       []lineView
	UnparsedNote   string
	Facts          []fact
	EscapedExample []piece
}

// badge is a severity as word, shape and class name.
type badge struct{ Class, Shape, Word string }

func (t *texts) badge(s signal.Severity) badge {
	i := level(s)
	return badge{Class: severityName(i), Shape: shape(s), Word: t.Severity[i]}
}

// tile is one figure at the top of the page.
type tile struct {
	Name, Value, Note string
	Alarm             bool
}

// severityTile is a severity in the list of counts and in the filter.
type severityTile struct {
	badge
	Count, Respond string
	Any            bool
}

// fact is one line of "what was done".
type fact struct {
	Name   string
	Values [][]piece
}

type lineView struct {
	Line string
	Text []piece
}

func newPage(d Document) *page {
	t := d.Lang.texts()
	s := d.Summary
	at := newClock(d.Zone, t)
	list := ordered(d.Signals)
	var counts signal.Counts
	if d.Signals != nil {
		counts = d.Signals.Counts()
	}
	p := &page{
		T: t, Lang: d.Lang.String(),
		Style: template.CSS(reportStyle), Script: template.JS(reportScript), Policy: Policy(reportStyle, reportScript), //nolint:gosec // our own files
		Heading:        pieces(heading(d.Files, t), 160),
		Period:         at.span(s.first, s.last, t.DateSpan),
		Zone:           fmt.Sprintf(t.ZoneNote, at.zoneName(cmp.Or(s.last, d.Generated))),
		Verdict:        t.verdict(list, counts.BySeverity),
		Worst:          t.badge(worst(counts)),
		Severities:     t.severityTiles(counts),
		Chart:          newDrawing(s.series.chart(), list, at, t),
		Rules:          ruleRows(list, d.Lang),
		Held:           heldRows(s.Suppressions, at, t),
		EscapedExample: pieces("\x1b \u202e \xff", 40),
	}
	p.Title = append(pieces(t.ReportTitle+" · ", 80), p.Heading...)
	for _, f := range d.Files {
		p.Files = append(p.Files, pieces(f, maxLine))
	}
	if d.Generated != 0 {
		p.Generated = at.full(d.Generated)
	}
	p.Tiles = tiles(d, list, len(p.Rules), t)
	p.Cards, p.Approximate = cards(s, t)
	p.signals(list, d, at)
	p.suspects(d, list, at)
	p.Comparison = t.comparison(d.Comparison, at)
	if all := counts.Opened; int64(len(p.Signals)) < all {
		p.SignalsCut = fmt.Sprintf(t.SignalsCut, number(int64(len(p.Signals))), number(all))
	}
	for _, u := range s.unparsed {
		p.Unparsed = append(p.Unparsed, lineView{Line: number(u.line), Text: pieces(u.text, maxLine)})
	}
	p.UnparsedNote = t.UnparsedNone
	if s.Unparsed > 0 {
		p.UnparsedNote = t.UnparsedNote
	}
	p.Facts = facts(d, t)
	return p
}

// heading names the logs in one line.
func heading(files []string, t *texts) string {
	switch len(files) {
	case 0:
		return t.ReportTitle
	case 1:
		return filepath.Base(files[0])
	case 2:
		return filepath.Base(files[0]) + ", " + filepath.Base(files[1])
	default:
		return fmt.Sprintf(t.FilesMore, filepath.Base(files[0]), number(int64(len(files)-1)))
	}
}

func worst(counts signal.Counts) signal.Severity {
	for _, s := range severities() {
		if counts.BySeverity[s] > 0 {
			return s
		}
	}
	return signal.Info
}

func (t *texts) severityTiles(counts signal.Counts) []severityTile {
	all := severities()
	out := make([]severityTile, 0, len(all))
	for _, s := range all {
		n := counts.BySeverity[s]
		out = append(out, severityTile{
			badge: t.badge(s), Count: number(n), Any: n > 0,
			Respond: t.Respond[level(s)],
		})
	}
	return out
}

func tiles(d Document, list []*signal.Signal, fired int, t *texts) []tile {
	s := d.Summary
	var sources string
	for i, c := range s.Top(Sources, 4) {
		switch i {
		case 0:
			sources = safe(c.Value, 24)
		case 3:
			sources += ", …"
		default:
			sources += ", " + safe(c.Value, 24)
		}
	}
	events := tile{Name: t.TileEvents, Value: number(s.events)}
	if sources != "" {
		events.Note = fmt.Sprintf(t.TileEventsNote, sources)
	}
	attacks := tile{Name: t.TileAttacks, Value: number(s.attackEvents), Note: t.TileAttacksNote, Alarm: s.attackEvents > 0}
	if n := s.answers[2]; n > 0 {
		attacks.Note = count(n, t.SuspectAnsweredOne, t.SuspectAnswered)
	}
	logins := s.loginOK + s.loginFail
	from := addresses(list, signal.Low)
	return []tile{
		{Name: t.TileAddresses, Value: number(from), Note: t.TileAddressesNote, Alarm: from > 0},
		{
			Name: t.TileLogins, Value: number(s.loginFail), Alarm: s.loginFail > 0,
			Note: fmt.Sprintf(t.TileLoginsNote, percent(s.loginFail, logins), number(logins)),
		},
		attacks,
		events,
		{Name: t.RulesFired, Value: number(int64(fired)), Note: fmt.Sprintf(t.TileRulesNote, number(int64(d.Rules)))},
		{
			Name: t.TileParsed, Value: percent(s.Parsed, s.Parsed+s.Unparsed),
			Note: fmt.Sprintf(t.TileParsedNote, number(s.Unparsed)),
		},
	}
}

func facts(d Document, t *texts) []fact {
	s := d.Summary
	var out []fact
	add := func(name, value string) {
		if n := len(out); n == 0 || out[n-1].Name != name {
			out = append(out, fact{Name: name})
		}
		last := &out[len(out)-1]
		last.Values = append(last.Values, pieces(value, maxLine))
	}
	if d.Version != "" {
		add(t.Version, "Sasumata "+d.Version)
	}
	add(t.Rules, number(int64(d.Rules)))
	for _, o := range d.Options {
		add(t.Options, o)
	}
	for _, f := range d.Files {
		add(t.Files, f)
	}
	add(t.LogBytes, size(s.Bytes)+" ("+number(s.Lines)+" "+t.Lines+")")
	if s.Truncated > 0 {
		add(t.Truncated, number(s.Truncated))
	}
	if s.Listed > 0 {
		add(t.EventsListed, number(s.Listed))
	}
	if s.undated > 0 {
		add(t.Undated, number(s.undated))
	}
	if visitors, _ := s.visitors.count(); visitors > 0 {
		add(t.Visitors, number(visitors))
	}
	if s.bytesSent > 0 {
		add(t.ResponseBytes, size(s.bytesSent))
	}
	if s.Seconds > 0 {
		add(t.Elapsed, fmt.Sprintf("%.1f s, %s %s", s.Seconds, number(int64(float64(s.Lines)/s.Seconds)), t.LinesPerSecond))
	}
	return out
}
