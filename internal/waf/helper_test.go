package waf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// content returns the patterns that the product ships.
func content(tb testing.TB) *waf.Patterns {
	tb.Helper()
	const name = "../../content/patterns/web.yaml"
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return load(tb, string(data))
}

// inspector returns the patterns and the rules in SecLang that the product ships, with
// more rules behind them.
func inspector(tb testing.TB, more ...crs.File) *waf.Inspector {
	tb.Helper()
	names, err := filepath.Glob("../../content/waf/*.conf")
	if err != nil || len(names) == 0 {
		tb.Fatalf("rules: %v %v", names, err)
	}
	var files []crs.File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, crs.File{Name: name, Data: data})
	}
	rules, err := waf.NewRules(append(files, more...))
	if err == nil {
		err = rules.Compile()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return &waf.Inspector{Patterns: content(tb), Rules: rules}
}

// load compiles a document of patterns.
func load(tb testing.TB, doc string) *waf.Patterns {
	tb.Helper()
	list, err := waf.Parse("patterns.yaml", []byte(doc))
	if err != nil {
		tb.Fatal(err)
	}
	p, err := waf.Compile(list)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// request fills the event with a request.
func request(e *event.Event, url, agent, referer string) {
	e.Reset()
	e.Set(event.HTTPMethod, event.StringValue("GET"))
	e.Set(event.HTTPURL, event.StringValue(url))
	if agent != "" {
		e.Set(event.HTTPUserAgent, event.StringValue(agent))
	}
	if referer != "" {
		e.Set(event.HTTPReferer, event.StringValue(referer))
	}
}

// fill reads a combined access-log line; false when it is none.
func fill(e *event.Event, line string) bool {
	parts := quoted(line)
	if len(parts) < 3 {
		return false
	}
	_, target, ok := strings.Cut(parts[0], " ")
	if i := strings.LastIndex(target, " HTTP/"); i >= 0 {
		target = target[:i]
	}
	request(e, target, parts[2], parts[1])
	return ok
}

// quoted returns what stands between quotation marks.
func quoted(line string) []string {
	var parts []string
	for {
		_, rest, ok := strings.Cut(line, `"`)
		if !ok {
			return parts
		}
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(rest) {
			return parts
		}
		parts, line = append(parts, rest[:end]), rest[end+1:]
	}
}
