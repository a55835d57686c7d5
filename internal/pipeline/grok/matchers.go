package grok

import (
	"errors"
	"fmt"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// convert says what the text of a capture becomes.
type convert uint8

const (
	toText convert = iota
	toInteger
	toNumber
	toIntegerExt
	toDate
	toConstant
)

// field is what becomes of one capture.
type field struct {
	path     string
	named    bool // a plain group (?<name>...)
	convert  convert
	layout   *dates.Layout // of toDate
	constant event.Value   // of toConstant
	filters  []filter
}

// matcherNames are the matchers that Datadog documents, for suggestions.
func matcherNames() []string {
	return []string{
		"word", "notSpace", "data", "greedyData", "integer", "integerStr", "integerExt", "integerExtStr",
		"number", "numberStr", "numberExt", "numberExtStr", "boolean", "port", "ip", "ipv4", "ipv6", "ipOrHost",
		"hostname", "mac", "uuid", "regex", "date", "quotedString", "doubleQuotedString", "singleQuotedString",
	}
}

// pattern returns the regular expression of a matcher that is one.
func pattern(name string) (regex string, how convert, ok bool) {
	const (
		integer = `[+-]?\d+`
		number  = `[+-]?(?:\d+(?:\.\d*)?|\.\d+)`
		exp     = `(?:[eE][+-]?\d+)?`
		double  = `"(?:[^"\\]|\\.)*+"`
		single  = `'(?:[^'\\]|\\.)*+'`
	)
	switch name {
	case "word":
		return `\b\w+\b`, toText, true
	case "notSpace":
		return `\S+`, toText, true
	case "data":
		return `.*?`, toText, true
	case "greedyData":
		return `.*`, toText, true
	case "integer":
		return integer, toInteger, true
	case "integerStr":
		return integer, toText, true
	case "integerExt":
		return integer + exp, toIntegerExt, true
	case "integerExtStr":
		return integer + exp, toText, true
	case "number":
		return number, toNumber, true
	case "numberStr":
		return number, toText, true
	case "numberExt":
		return number + exp, toNumber, true
	case "numberExtStr":
		return number + exp, toText, true
	case "port":
		return `[1-9]\d{0,4}`, toText, true
	case "mac":
		return `(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2}|(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2}|(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4}`, toText, true
	case "uuid":
		return `[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}`, toText, true
	case "doubleQuotedString":
		return double, toText, true
	case "singleQuotedString":
		return single, toText, true
	case "quotedString":
		return double + `|` + single, toText, true
	default:
		return "", toText, false
	}
}

// function returns the matcher that is written in Go.
func function(name string) *expr {
	fn := func(f ender) *expr { return &expr{kind: xFunc, fn: f} }
	switch name {
	case "ipv4":
		return fn(ipv4Matcher{})
	case "ipv6":
		return fn(ipv6Matcher{})
	case "ip":
		return alternate([]*expr{fn(ipv6Matcher{}), fn(ipv4Matcher{})})
	case "hostname":
		return fn(hostMatcher{})
	case "ipOrHost":
		return alternate([]*expr{fn(ipv6Matcher{}), fn(ipv4Matcher{}), fn(hostMatcher{})})
	default:
		return nil
	}
}

// matcher builds what a built-in matcher matches, and how it is read.
func (b *builder) matcher(t *term) (*expr, field, error) {
	if x := function(t.name); x != nil {
		return x, field{}, nil
	}
	if regex, how, ok := pattern(t.name); ok {
		x, err := (&regexParser{b: b, s: regex}).pattern()
		return x, field{convert: how}, err
	}
	switch t.name {
	case "regex":
		text, err := texts(t.args, 1, 1)
		if err != nil {
			return nil, field{}, fmt.Errorf(`want regex("pattern"): %w`, err)
		}
		x, err := (&regexParser{b: b, s: text[0]}).pattern()
		if err != nil {
			err = fmt.Errorf("regex(%q): %s", text[0], err.Error())
		}
		return x, field{}, err
	case "date":
		text, err := texts(t.args, 1, 3)
		if err != nil {
			return nil, field{}, fmt.Errorf(`want date("pattern", "zone", "locale"): %w`, err)
		}
		text = append(text, "", "")
		layout, err := dates.Compile(text[0], text[1], text[2])
		if err != nil {
			return nil, field{}, err
		}
		return &expr{kind: xFunc, fn: dateMatcher{layout}}, field{convert: toDate, layout: layout}, nil
	default:
		return nil, field{}, &parseError{
			message:    fmt.Sprintf("unknown matcher %q", t.name),
			suggestion: document.Suggest(t.name, append(matcherNames(), b.c.names()...)),
		}
	}
}

// boolean builds boolean("true pattern", "false pattern"): one capture for each
// of the two.
func (b *builder) boolean(t *term, f field) (*expr, error) {
	text, err := texts(t.args, 0, 2)
	if err != nil {
		return nil, fmt.Errorf(`want boolean("true pattern", "false pattern"): %w`, err)
	}
	defaults := []string{"true", "false"}
	var ways []*expr
	for i, pattern := range append(text, defaults[len(text):]...) {
		x, err := (&regexParser{b: b, s: pattern, flags: regexFlags{fold: true}}).pattern()
		if err != nil {
			return nil, fmt.Errorf("boolean(%q): %s", pattern, err.Error())
		}
		if t.path != "" || len(t.filters) > 0 {
			one := f
			one.convert, one.constant = toConstant, event.BoolValue(i == 0)
			x = &expr{kind: xCapture, subs: []*expr{x}, capture: b.capture(one)}
		}
		ways = append(ways, x)
	}
	return alternate(ways), nil
}

// texts returns the arguments as texts, at least lo and at most hi.
func texts(args []arg, lo, hi int) ([]string, error) {
	if len(args) < lo || len(args) > hi {
		return nil, fmt.Errorf("%d arguments", len(args))
	}
	out := make([]string, len(args), len(args)+2)
	for i, a := range args {
		if a.kind == callArg {
			return nil, errors.New("want texts in quotes")
		}
		out[i] = a.text
	}
	return out, nil
}
