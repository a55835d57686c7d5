package waf

import (
	"fmt"
	"slices"

	"github.com/sasumata/sasumata/internal/document"
)

// written is one pattern as a mapping in a document.
type written struct {
	document.Pos
	ID       string   `doc:"id,required"`
	Regex    string   `doc:"regex,required"`
	Severity string   `doc:"severity"`
	Where    []string `doc:"where,single"`
}

// Parse reads a document of patterns: categories, each with a list of patterns.
// A pattern is a mapping
//
//	sql_injection:
//	  - id: sql-union-select
//	    regex: '\bunion\s+select\b'
//	    severity: high           # info, low, medium, high or critical; medium if left out
//	    where: [path, args]      # path, query, args, useragent, referer; path and args if left out
//
// or just a regular expression, which is looked for in path and query and gets
// the category and its number in the list as its id (command_injection-1):
//
//	command_injection:
//	  - "(;\\s*rm\\s+-rf)"
//	  - "(&&\\s*cat\\s+)"
//
// The name file only appears in positions. The error is a document.Faults with
// all faults, also those of the regular expressions.
func Parse(file string, data []byte) ([]Pattern, error) {
	root, err := document.DecodeNode(file, data, document.Options{})
	if err != nil {
		return nil, err
	}
	var (
		list   []Pattern
		faults document.Faults
	)
	if root.Kind() != document.Map && root.Kind() != document.Null {
		return nil, document.Faults{root.Pos().Fault("want categories, each with a list of patterns")}
	}
	for category, items := range root.Pairs() {
		if !isName(category) {
			faults = append(faults, items.Pos().Fault("the category %q is not made of a-z, 0-9, _ and -", category))
		}
		if items.Kind() != document.List {
			faults = append(faults, items.Pos().Fault("want a list of patterns for the category %s", category))
			continue
		}
		number := 0
		for item := range items.Items() {
			number++
			pattern, bad := parsePattern(category, number, item)
			faults = append(faults, bad...)
			if bad == nil {
				list = append(list, pattern)
			}
		}
	}
	_, bad := new(Patterns).compileAll(list)
	if faults = append(faults, bad...); len(faults) > 0 {
		return nil, faults
	}
	return list, nil
}

func parsePattern(category string, number int, item document.Node) (Pattern, document.Faults) {
	if item.Kind() == document.Scalar {
		return Pattern{
			ID: fmt.Sprintf("%s-%d", category, number), Category: category, Regex: item.Text(),
			Where: InPath | InQuery, Pos: item.Pos(),
		}, nil
	}
	if item.Kind() != document.Map {
		return Pattern{}, document.Faults{item.Pos().Fault("want a regular expression, or a mapping with id and regex")}
	}
	var w written
	if err := item.Decode(&w); err != nil {
		if faults, ok := err.(document.Faults); ok { //nolint:errorlint // Decode returns it bare
			return Pattern{}, faults
		}
		return Pattern{}, document.Faults{item.Pos().Fault("%v", err)}
	}
	p := Pattern{ID: w.ID, Category: category, Regex: w.Regex, Severity: w.Severity, Pos: w.Pos}
	var faults document.Faults
	for _, word := range w.Where {
		part, ok := ParseWhere(word)
		if !ok {
			fault := w.Fault("pattern %s: unknown part of a request: %s", w.ID, word)
			fault.Suggestion = document.Suggest(word, whereWords())
			faults = append(faults, fault)
		}
		p.Where |= part
	}
	return p, faults
}

func isName(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-'
	})
}
