package rule

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/query"
)

// Decode reads one rule (JSON or YAML) and checks it as a whole. The name file is
// for positions, and gives the id of a rule that has none. The error is
// document.Faults with everything that is wrong, by position.
func Decode(file string, data []byte) (*Rule, error) {
	r := &Rule{Enabled: true, Type: TypeLogs, Options: Options{DetectionMethod: MethodThreshold}}
	c := checker{rule: r, text: string(data)}
	if err := document.Decode(file, data, r, document.Options{MaxBytes: MaxBytes}); err != nil {
		faults, ok := errors.AsType[document.Faults](err)
		if !ok {
			return nil, err
		}
		if len(r.Keys) == 0 {
			return nil, faults // no document at all
		}
		c.faults = faults
	}
	r.derivedID = slug(file)
	if r.ID == "" {
		r.ID = r.derivedID
	}
	c.check()
	if len(c.faults) == 0 {
		return r, nil
	}
	slices.SortStableFunc(c.faults, func(a, b document.Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return nil, slices.Compact(c.faults)
}

// slug returns the name of the file without its folder and ending.
func slug(file string) string {
	name := path.Base(strings.ReplaceAll(file, "\\", "/"))
	for _, ending := range []string{".json", ".yaml", ".yml"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

// checker collects the faults of one rule.
type checker struct {
	rule   *Rule
	text   string
	lines  []string
	faults document.Faults
}

func (c *checker) fault(pos document.Pos, format string, args ...any) {
	c.faults = append(c.faults, pos.Fault(format, args...))
}

// suggest is fault with the known word that is nearest to the wrong one.
func (c *checker) suggest(pos document.Pos, word string, known []string, format string, args ...any) {
	f := pos.Fault(format, args...)
	f.Suggestion = document.Suggest(word, known)
	c.faults = append(c.faults, f)
}

// oneOf checks a word; empty is right when it may be left out.
func (c *checker) oneOf(s *Source, key, word string, optional bool, known ...string) {
	if word == "" && optional || slices.Contains(known, word) {
		return
	}
	if word == "" {
		c.fault(s.at(key), "%s is missing: want %s", key, strings.Join(known, ", "))
		return
	}
	c.suggest(s.at(key), word, known, "%s %q is none of %s", key, clip(word), strings.Join(known, ", "))
}

// search parses a query and reports where it is wrong.
func (c *checker) search(s *Source, key, text string) *query.Query {
	q, err := query.Parse(text)
	if err == nil {
		return q
	}
	if syntax, ok := errors.AsType[*query.SyntaxError](err); ok {
		message := syntax.Message
		if syntax.Suggestion != "" {
			message += " (" + syntax.Suggestion + ")" // it is a sentence, not a word
		}
		c.fault(c.inside(s.at(key), text, syntax.Col-1), "%s: %s", key, message)
		return nil
	}
	c.fault(s.at(key), "%s: %v", key, err)
	return nil
}

// parsed reports the ParseErrors that err joins.
func (c *checker) parsed(s *Source, key, text string, err error) {
	if err == nil {
		return
	}
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, one := range all {
		if p, ok := errors.AsType[*ParseError](one); ok {
			f := c.inside(s.at(key), text, utf8.RuneCountInString(text[:min(p.Offset, len(text))])).Fault("%s: %s", key, p.Message)
			f.Suggestion = p.Suggestion
			c.faults = append(c.faults, f)
		}
	}
}

// inside returns the position of the character at offset (from 0) in the text
// whose value stands at pos. Where the document does not have the text as it is
// (escapes, folded lines), it is the position of the value.
func (c *checker) inside(pos document.Pos, text string, offset int) document.Pos {
	if c.lines == nil {
		c.lines = strings.Split(c.text, "\n")
	}
	if pos.Line < 1 || pos.Line > len(c.lines) {
		return pos
	}
	line := []rune(c.lines[pos.Line-1])
	if pos.Col < 1 || pos.Col > len(line) {
		return pos
	}
	here := line[pos.Col-1:]
	col := pos.Col
	if here[0] == '"' || here[0] == '\'' {
		here, col = here[1:], col+1
	}
	before := []rune(text)
	before = before[:min(offset, len(before))]
	if len(before) > len(here) || string(here[:len(before)]) != string(before) {
		return pos
	}
	pos.Col = col + offset
	return pos
}
