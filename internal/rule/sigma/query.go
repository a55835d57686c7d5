package sigma

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/rule/match"
)

// Query returns the condition in the log search language, where that can say it:
// it has no regular expressions, times or comparisons of two fields.
func Query(e *match.Expr) (string, error) {
	var b strings.Builder
	if err := writeQuery(&b, e, false); err != nil {
		return "", err
	}
	return b.String(), nil
}

func writeQuery(b *strings.Builder, e *match.Expr, inside bool) error {
	switch e.Op {
	case match.Leaf:
		return writeTerm(b, e.Test)
	case match.Not:
		b.WriteString("-")
		return writeQuery(b, e.Args[0], true)
	default:
	}
	word := " AND "
	if e.Op == match.Or {
		word = " OR "
	}
	if inside {
		b.WriteByte('(')
	}
	for i, arg := range e.Args {
		if i > 0 {
			b.WriteString(word)
		}
		if err := writeQuery(b, arg, true); err != nil {
			return err
		}
	}
	if inside {
		b.WriteByte(')')
	}
	return nil
}

func writeTerm(b *strings.Builder, t *match.Test) error {
	name := "@" + escapeQuery(t.Field) + ":"
	if t.Field == "" {
		name = "*:"
	}
	switch t.Kind {
	case match.Text:
		if t.Cased {
			return errors.New("the search language cannot say what \"cased\" asks")
		}
		b.WriteString(name)
		if t.Field == "" {
			b.WriteByte('*')
		}
		for _, p := range t.Pattern {
			if p.Wild != 0 {
				b.WriteByte(p.Wild)
			} else {
				b.WriteString(escapeQuery(p.Lit))
			}
		}
		if t.Field == "" {
			b.WriteByte('*')
		}
		if len(t.Pattern) == 0 {
			b.WriteString(`""`)
		}
	case match.Number:
		b.WriteString(name + escapeQuery(t.NumText))
	case match.Bool:
		fmt.Fprintf(b, "%s%v", name, t.Bool)
	case match.Null:
		b.WriteString("-" + name + "*")
	case match.Exists:
		if !t.Bool {
			b.WriteByte('-')
		}
		b.WriteString(name + "*")
	case match.CIDR:
		fmt.Fprintf(b, "CIDR(%s, %s)", strings.TrimSuffix(name, ":"), t.Prefix)
	case match.Compare:
		b.WriteString(name + t.Relation + t.NumText)
	case match.Regexp:
		return errors.New("the search language has no regular expressions")
	default:
		return errors.New("the search language cannot say what the rule asks")
	}
	return nil
}

// escapeQuery puts a backslash before what the search language reads as syntax.
func escapeQuery(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '"' || strings.ContainsRune(` \:()[]{}<>=!&|*?~^/,+-@#`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
