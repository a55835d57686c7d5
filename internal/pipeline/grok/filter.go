package grok

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
)

// filter changes a captured value. It reports false when the value has not the
// form that it wants: then the field is dropped, and only that.
type filter interface {
	apply(x *extraction, v event.Value) (event.Value, bool)
}

// filterNames are the filters that Datadog documents, for suggestions.
func filterNames() []string {
	return []string{
		"array", "boolean", "csv", "decodeuricomponent", "integer", "json", "keyvalue", "lowercase", "nullIf",
		"number", "querystring", "rubyhash", "scale", "uppercase", "url", "useragent", "xml",
	}
}

// filter compiles a filter.
func (b *builder) filter(c *call) (filter, error) {
	switch c.name {
	case "array":
		return b.newArray(c)
	case "keyvalue":
		return b.newKeyValue(c)
	case "csv":
		return newCSV(c)
	case "scale":
		return newScale(c)
	case "nullIf":
		text, err := texts(c.args, 1, 1)
		if err != nil {
			return nil, fmt.Errorf(`want nullIf("text"): %w`, err)
		}
		return nullIf{text[0]}, nil
	case "useragent":
		if b.c.userAgent == nil {
			return nil, errors.New("filter useragent: no user agent evaluator is configured")
		}
		return userAgentFilter{b.c.userAgent}, nil
	}
	f := plainFilter(c.name)
	if f == nil {
		return nil, &parseError{
			message:    fmt.Sprintf("unknown filter %q", c.name),
			suggestion: document.Suggest(c.name, filterNames()),
		}
	}
	return f, nil
}

// plainFilter returns the filters that need no arguments.
func plainFilter(name string) filter {
	switch name {
	case "boolean":
		return booleanFilter{}
	case "decodeuricomponent":
		return decodeFilter{}
	case "integer", "integerExt":
		return integerFilter{}
	case "json":
		return jsonFilter{}
	case "lowercase":
		return caseFilter{}
	case "number", "numberExt":
		return numberFilter{}
	case "querystring":
		return queryFilter{}
	case "rubyhash":
		return rubyFilter{}
	case "uppercase":
		return caseFilter{upper: true}
	case "url":
		return urlFilter{}
	case "xml":
		return xmlFilter{}
	default:
		return nil
	}
}

// newScale reads scale(factor).
func newScale(c *call) (filter, error) {
	if len(c.args) != 1 || c.args[0].kind == callArg {
		return nil, errors.New("want scale(factor) with a number")
	}
	factor, err := strconv.ParseFloat(c.args[0].text, 64)
	if err != nil {
		return nil, fmt.Errorf("scale: %q is not a number", c.args[0].text)
	}
	return scaleFilter{factor}, nil
}
