package compliance

import (
	"fmt"
	"io"
	"strings"

	"github.com/sasumata/sasumata/internal/report"
)

// shown is the width in columns of the longest line of a report.
const shown = 2000

// WriteText writes the report for a terminal.
func WriteText(w io.Writer, r *Report) error {
	t := wordsOf(r.lang)
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%s\n%s\n\n%s\n", t.Title, t.about(r.Facts), t.Note, t.verdict(r))
	for i := range r.Frameworks {
		f := &r.Frameworks[i]
		fmt.Fprintf(&out, "\n== %s ==\n", f.Name)
		for j := range f.Controls {
			c := &f.Controls[j]
			fmt.Fprintf(&out, "\n%s  %s  [%s]\n", c.ID, c.Title, t.State[c.State])
			for _, g := range c.Gaps {
				fmt.Fprintf(&out, "  ! %s\n", report.Cut(g.Text, shown))
			}
			for _, line := range c.Evidence {
				fmt.Fprintf(&out, "  - %s\n", report.Cut(line, shown))
			}
			if c.Does != "" {
				fmt.Fprintf(&out, "  %s: %s\n", t.Does, c.Does)
			}
			fmt.Fprintf(&out, "  %s: %s\n", t.Yours, c.Yours)
		}
	}
	return write(w, out.String())
}

// WriteMarkdown writes the report as a page. Nothing that people or logs wrote becomes markup.
func WriteMarkdown(w io.Writer, r *Report) error {
	t := wordsOf(r.lang)
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n%s\n\n%s\n\n**%s**\n", t.Title, report.EscapeMarkdown(t.about(r.Facts), shown), t.Note, t.verdict(r))
	if len(r.Gaps) > 0 {
		fmt.Fprintf(&out, "\n## %s\n\n", t.GapsTitle)
		for _, g := range r.Gaps {
			fmt.Fprintf(&out, "- `%s` %s\n", g.ID, report.EscapeMarkdown(g.Text, shown))
		}
	}
	for i := range r.Frameworks {
		f := &r.Frameworks[i]
		fmt.Fprintf(&out, "\n## %s\n", f.Name)
		for j := range f.Controls {
			c := &f.Controls[j]
			fmt.Fprintf(&out, "\n### %s %s\n\n**%s** · %s\n\n", c.ID, c.Title, t.State[c.State], t.Part[c.Part])
			for _, g := range c.Gaps {
				fmt.Fprintf(&out, "- **%s**: %s\n", t.Open, report.EscapeMarkdown(g.Text, shown))
			}
			for _, line := range c.Evidence {
				fmt.Fprintf(&out, "- %s: %s\n", t.Evidence, report.EscapeMarkdown(line, shown))
			}
			if c.Does != "" {
				fmt.Fprintf(&out, "- %s: %s\n", t.Does, c.Does)
			}
			fmt.Fprintf(&out, "- %s: %s\n", t.Yours, c.Yours)
		}
	}
	return write(w, out.String())
}

func write(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
