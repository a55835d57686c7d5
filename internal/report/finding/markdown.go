package finding

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/scan"
)

// maxComment is the length in bytes of what is written: a comment on GitHub may have
// 65,536 characters.
const maxComment = 60_000

// maxRows is how many findings a comment lists.
const maxRows = 50

// WriteMarkdown writes a comment for a pull request: the verdict, new findings before
// those that were there, what to upgrade. Nothing of a report can become markup.
func WriteMarkdown(w io.Writer, d Document) error {
	t := catalogue(d.Lang)
	now, _ := time.Parse(time.RFC3339, d.List.Generated)
	active, held, fixed := split(d.List)
	var out strings.Builder
	title := t.Title
	if d.List.Asset != "" {
		title += ": " + escape(d.List.Asset, 100)
	}
	fmt.Fprintf(&out, "## %s\n\n**%s**\n\n", title, escape(t.verdict(d), 400))
	out.WriteString("|")
	for _, s := range scan.Severities() {
		out.WriteString(" " + shape(s) + " " + t.Severity[s] + " |")
	}
	fmt.Fprintf(&out, " %s | %s | %s |\n|", t.TileNew, t.TileFixed, t.TileHeld)
	out.WriteString(strings.Repeat(" ---: |", len(scan.Severities())+3) + "\n|")
	for _, s := range scan.Severities() {
		fmt.Fprintf(&out, " %s |", number(d.List.Counts.Severity[s.String()]))
	}
	fmt.Fprintf(&out, " %s | %s | %s |\n\n", number(d.List.Counts.New+d.List.Counts.Reopened), number(len(fixed)), number(len(held)))
	var fresh, known []*scan.Finding
	for _, f := range active {
		if f.State == scan.Open {
			known = append(known, f)
		} else {
			fresh = append(fresh, f)
		}
	}
	left := maxRows
	section := func(name string, list []*scan.Finding, open bool) {
		if len(list) == 0 || left <= 0 || out.Len() > maxComment {
			return
		}
		if open {
			fmt.Fprintf(&out, "### %s (%s)\n\n", name, number(len(list)))
		} else {
			fmt.Fprintf(&out, "<details><summary>%s (%s)</summary>\n\n", name, number(len(list)))
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n| --- | --- | --- | --- | --- | --- |\n", t.ColSeverity, t.ColFinding, t.ColWhere, t.ColFix, t.ColTools, t.ColAge)
		for i, f := range list {
			if left == 0 || out.Len() > maxComment {
				fmt.Fprintf(&out, "\n"+t.More+"\n", number(len(list)-i))
				break
			}
			left--
			fmt.Fprintf(&out, "| %s %s | %s | %s | %s | %s | %s |\n", shape(f.Severity), t.Severity[f.Severity], escape(label(f), 120), escape(where(f), 80), escape(fix(f), 80),
				escape(strings.Join(f.Tools(), ", "), 60), t.age(f, now))
		}
		if !open {
			out.WriteString("\n</details>\n")
		}
		out.WriteByte('\n')
	}
	fresher := t.TileNew
	if d.List.Baseline == "" {
		fresher = t.Findings
	}
	section(fresher, fresh, true)
	section(t.State[scan.Open], known, false)
	if groups := byFix(active); len(groups) > 0 && out.Len() < maxComment {
		fmt.Fprintf(&out, "### %s\n\n", t.ByFix)
		for _, g := range groups[:min(10, len(groups))] {
			fmt.Fprintf(&out, "- %s %s — %s\n", fmt.Sprintf(t.Upgrade, escape(g.name, 80)), fmt.Sprintf(t.To, escape(g.to, 60)), t.sum(g))
		}
		out.WriteByte('\n')
	}
	var notices []string
	for _, u := range d.List.Unread {
		notices = append(notices, t.Unread+": "+u.Error)
	}
	for _, r := range d.List.Reports {
		if r.Incomplete {
			notices = append(notices, t.Incomplete+": "+r.Name)
		}
	}
	for _, n := range d.List.Notices {
		notices = append(notices, t.notice(n))
	}
	for _, n := range notices {
		if out.Len() > maxComment {
			break
		}
		fmt.Fprintf(&out, "> %s\n\n", escape(n, 300))
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the findings as Markdown: %w", err)
	}
	return nil
}

// verdict says how the run ended.
func (t *texts) verdict(d Document) string {
	l := d.List
	switch {
	case len(l.Gate.Failed) > 0:
		return fmt.Sprintf(t.Failed, t.why(&l.Gate))
	case l.Counts.Active == 0 && len(l.Unread) == 0:
		return t.Nothing
	case l.Gate.FailOn != "" || l.Gate.KEV || len(l.Gate.MaxAge) > 0:
		return t.Passed
	default:
		return fmt.Sprintf(t.NoGate, number(l.Counts.Active))
	}
}

// sum says how many findings of which severities a group has.
func (t *texts) sum(g *group) string {
	var parts []string
	for _, s := range scan.Severities() {
		if n := g.counts[s]; n > 0 {
			parts = append(parts, t.Severity[s]+" "+number(n))
		}
	}
	return strings.Join(parts, ", ")
}

// escape returns the text as Markdown that shows it and nothing else.
func escape(text string, columns int) string { return report.EscapeMarkdown(text, columns) }
