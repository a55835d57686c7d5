package report

import "strings"

// shownNames is how many new addresses the console lists.
const shownNames = 10

// Comparison writes what changed since an earlier report.
func (c *Console) Comparison(cmp *Comparison) error {
	c.buf = c.buf[:0]
	v := c.t.comparison(cmp, c.clock)
	c.put(bold, "\n── "+c.t.CompareTitle+" ")
	c.put(dim, strings.Repeat("─", max(0, min(c.opts.Width, 80)-textWidth(c.t.CompareTitle)-4)))
	c.put("", "\n  "+v.Note+"\n")
	if v.Same {
		c.put("", "  "+c.t.CompareSame+"\n")
	}
	for _, table := range v.Tables {
		c.put(dim, "\n  "+table.Name+"\n")
		widest := 0
		for _, r := range table.Rows {
			widest = max(widest, textWidth(joined(r.Name)))
		}
		for _, r := range table.Rows {
			c.put("", "  "+padRight(joined(r.Name), widest+2)+padLeft(r.Before, 9)+" → "+padLeft(r.Now, 9)+"  ")
			style := ""
			if r.Worse {
				style = bold
			}
			c.put(style, r.Change)
			c.put("", "\n")
		}
	}
	for _, list := range v.Addresses {
		names := make([]string, 0, shownNames)
		for _, name := range list.Values[:min(shownNames, len(list.Values))] {
			names = append(names, joined(name))
		}
		text := strings.Join(names, ", ")
		if len(list.Values) > shownNames || list.More != "" {
			text += ", …"
		}
		c.put(dim, "\n  "+list.Name+" ")
		c.put("", text)
	}
	c.put("", "\n")
	return c.flush()
}

// joined joins the pieces of a text that is safe to show.
func joined(list []piece) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.Text)
	}
	return b.String()
}
