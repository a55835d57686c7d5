// Package ignore reads the comments by which people hold findings of policies back, in
// the files that the findings are about.
package ignore

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of one file.
const (
	// maxComments is how many such comments are looked at.
	maxComments = 1_000
	// maxIDs is how many ids one of them may name.
	maxIDs = 100
	// maxText is the length of a reason in bytes.
	maxText = 500
)

// Comment is one of them. It is also what the checks of comments see.
type Comment struct {
	// Line is where it stands.
	Line int `json:"line"`
	// From and To are the lines that it means.
	From int `json:"from"`
	To   int `json:"to"`
	// IDs are those of checks, or aliases.
	IDs []string `json:"ids"`
	// Until is the last day on which it holds, as 2026-12-31; "" is without an end.
	Until string `json:"until"`
	// Reason is why.
	Reason string `json:"reason"`
	// Fault says what is wrong with it; it holds nothing back then.
	Fault string `json:"fault"`
	// Over says that its last day is over.
	Over bool `json:"over"`
	// Held is how many findings it holds back, or would if it were not over.
	Held int `json:"held"`
}

// Statement returns the first and the last line of what follows a line.
type Statement func(line int) (from, to int)

// Parse returns the comments of a file whose comments begin with #.
func Parse(text string, statement Statement, now time.Time) []Comment {
	if !strings.Contains(text, "sasumata:ignore") {
		return nil
	}
	form := regexp.MustCompile(`^(.*?)#\s*sasumata:ignore(-file)?(?:\s+(.*))?$`)
	today := now.Format(time.DateOnly)
	var out []Comment
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		m := form.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || len(out) == maxComments {
			continue
		}
		c := Comment{Line: i + 1}
		switch before := strings.TrimSpace(m[1]); {
		case m[2] != "":
			c.From, c.To = 1, len(lines)
		case before != "": // behind what it means
			c.From, c.To = i+1, i+1
		default:
			c.From, c.To = statement(i + 1)
		}
		c.read(m[3])
		c.Over = c.Until != "" && c.Until < today
		out = append(out, c)
	}
	return out
}

// read reads what stands behind the word: ids, a day, a reason.
func (c *Comment) read(text string) {
	c.IDs = []string{}
	words := strings.Fields(text)
	if len(words) > 0 {
		for id := range strings.SplitSeq(words[0], ",") {
			if id != "" {
				c.IDs = append(c.IDs, id)
			}
		}
		words = words[1:]
	}
	if len(words) > 0 {
		if day, ok := strings.CutPrefix(words[0], "until="); ok {
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				c.Fault = fmt.Sprintf("%.40q is no day, want the form until=2026-12-31", day)
			}
			c.Until, words = day, words[1:]
		}
	}
	c.Reason = strings.Join(words, " ")
	if len(c.Reason) > maxText {
		c.Reason = strings.ToValidUTF8(c.Reason[:maxText], "") + "…"
	}
	switch {
	case len(c.IDs) == 0 || len(c.IDs) > maxIDs:
		c.Fault = "want the ids of checks, such as DF003,DF005"
	case c.Reason == "" && c.Fault == "":
		c.Fault = "want a reason, for those who come after"
	}
}

// Means reports whether a finding on the line with one of the ids is meant.
func (c *Comment) Means(line int, ids []string) bool {
	line = max(line, 1)
	return line >= c.From && line <= c.To && slices.ContainsFunc(c.IDs, func(id string) bool {
		return slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(id, other) })
	})
}

// Holds reports whether the comment holds back what it means.
func (c *Comment) Holds() bool { return c.Fault == "" && !c.Over }

// Indented returns statements by indentation, as YAML has them: the line that follows,
// and those below it that are indented further.
func Indented(text string) Statement {
	lines := strings.Split(text, "\n")
	return func(line int) (from, to int) {
		for from = line + 1; from <= len(lines) && quiet(lines[from-1]); from++ {
		}
		if from > len(lines) {
			return 0, -1
		}
		depth := indent(lines[from-1])
		for to = from; to < len(lines) && (quiet(lines[to]) || indent(lines[to]) > depth); to++ {
		}
		return from, to
	}
}

// quiet reports whether the line is empty or a comment.
func quiet(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
