package finding

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/scan"
)

// WriteText writes a table for the terminal, and what is to be known beside it.
func WriteText(w io.Writer, d Document) error {
	t := catalogue(d.Lang)
	now, _ := time.Parse(time.RFC3339, d.List.Generated)
	active, held, fixed := split(d.List)
	var out strings.Builder
	shown := active
	if d.Max > 0 && len(shown) > d.Max {
		shown = shown[:d.Max]
	}
	if len(shown) > 0 {
		table := report.Table{
			Header: []string{t.ColSeverity, t.ColFinding, t.ColWhere, t.ColFix, t.ColState, t.ColAge, t.ColTools},
			Right:  []bool{false, false, false, false, false, true, false},
		}
		for _, f := range shown {
			table.Rows = append(table.Rows, []string{
				shape(f.Severity) + " " + t.Severity[f.Severity], report.Cut(label(f), 60), report.Cut(where(f), 50), report.Cut(fix(f), 40),
				t.State[f.State], t.age(f, now), strings.Join(f.Tools(), ", "),
			})
		}
		if err := table.WriteText(&out); err != nil {
			return err
		}
		out.WriteByte('\n')
	}
	if len(shown) < len(active) {
		fmt.Fprintf(&out, t.FindingsCut+"\n", number(len(shown)), number(len(active)))
	}
	switch {
	case len(active) == 0 && len(d.List.Unread) == 0: // else nobody knows
		out.WriteString(t.NoFindings + "\n")
	case len(active) > 0:
		fmt.Fprintf(&out, t.Shown+"\n", number(len(active)), t.bySeverity(d.List.Counts))
	}
	for _, n := range []struct {
		name string
		n    int
	}{{t.TileFixed, len(fixed)}, {t.TileHeld, len(held)}, {t.TileKEV, d.List.Counts.KEV}, {t.Unread, len(d.List.Unread)}} {
		if n.n > 0 {
			fmt.Fprintf(&out, "%s: %s\n", n.name, number(n.n))
		}
	}
	for _, r := range d.List.Reports {
		if r.Incomplete {
			fmt.Fprintf(&out, "! %s: %s\n", t.Incomplete, report.Cut(r.Name, 200))
		}
		for _, n := range r.Notes {
			fmt.Fprintf(&out, "! %s: %s\n", report.Cut(r.Name, 120), report.Cut(n, 400))
		}
	}
	for _, n := range d.List.Notices {
		fmt.Fprintf(&out, "! %s\n", report.Cut(t.notice(n), 400))
	}
	if len(d.List.Gate.Failed) > 0 {
		fmt.Fprintf(&out, t.GateFailed+"\n", t.why(&d.List.Gate))
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	return nil
}

// bySeverity says how many there are of each severity.
func (t *texts) bySeverity(c scan.Counts) string {
	var parts []string
	for _, s := range scan.Severities() {
		if n := c.Severity[s.String()]; n > 0 {
			parts = append(parts, t.Severity[s]+" "+number(n))
		}
	}
	return strings.Join(parts, ", ")
}

// age says for how long a finding is known.
func (t *texts) age(f *scan.Finding, now time.Time) string {
	days := f.Age(now)
	if days < 0 {
		return ""
	}
	return fmt.Sprintf(t.Days, number(days))
}

// label names a finding: its id and what it is.
func label(f *scan.Finding) string {
	if f.Title == "" || f.Title == f.ID {
		return f.ID
	}
	if f.Kind == scan.Vulnerability {
		return f.ID + " " + f.Title
	}
	return f.Title + " (" + f.ID + ")"
}

// where says where a finding is: package and version, or file and line.
func where(f *scan.Finding) string {
	switch {
	case f.Package.Name != "" && len(f.Package.Versions) > 0:
		return f.Package.Name + " " + strings.Join(f.Package.Versions, ", ")
	case f.Package.Name != "":
		return f.Package.Name
	case f.Place.Path != "" && f.Place.Line > 0:
		return fmt.Sprintf("%s:%d", f.Place.Path, f.Place.Line)
	default:
		return f.Component()
	}
}

// fix says in short what repairs a finding.
func fix(f *scan.Finding) string {
	if len(f.Fixed) > 0 {
		return "→ " + least(f.Fixed, f.Package.Versions)
	}
	return f.Fix
}
