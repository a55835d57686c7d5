package sigma

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// expand puts the values of placeholders for %name% in a value.
func (it *item) expand(v value) (value, error) {
	if v.kind != textValue && v.kind != regexpValue {
		return value{}, fmt.Errorf("the modifier \"expand\" wants text, found %s", &v)
	}
	variants := []string{""}
	rest := v.raw
	for {
		before, name, after, ok := nextPlaceholder(rest)
		if !ok {
			break
		}
		values, known := it.r.opts.Placeholders[name]
		if !known || len(values) == 0 {
			names := make([]string, 0, len(it.r.opts.Placeholders))
			for n := range it.r.opts.Placeholders {
				names = append(names, n)
			}
			return value{}, document.Fault{
				Message:    fmt.Sprintf("the placeholder %%%s%% has no value", name),
				Suggestion: document.Suggest(name, names),
			}
		}
		if len(variants)*len(values) > maxExpansion {
			return value{}, fmt.Errorf("placeholders make more than %d alternatives of %s", maxExpansion, &v)
		}
		var grown []string
		for _, variant := range variants {
			for _, val := range values {
				if v.kind == regexpValue {
					val = regexp.QuoteMeta(val)
				}
				grown = append(grown, variant+before+val)
			}
		}
		variants, rest = grown, after
	}
	out := value{kind: groupValue}
	for _, variant := range variants {
		one := v
		one.raw = variant + rest
		one.pattern = parsePattern(one.raw)
		out.group = append(out.group, one)
	}
	if len(out.group) == 1 {
		return out.group[0], nil
	}
	return out, nil
}

// nextPlaceholder finds the first %name% that no backslash stands before.
func nextPlaceholder(s string) (before, name, after string, ok bool) {
	for from := 0; ; {
		start := strings.IndexByte(s[from:], '%')
		if start < 0 {
			return "", "", "", false
		}
		start += from
		end := start + 1
		for end < len(s) && isNameByte(s[end]) {
			end++
		}
		if end < len(s) && s[end] == '%' && end > start+1 && (start == 0 || s[start-1] != '\\') {
			return s[:start], s[start+1 : end], s[end+1:], true
		}
		from = start + 1
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
