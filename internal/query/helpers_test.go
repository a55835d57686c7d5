package query

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

func mustParse(tb testing.TB, text string) *Query {
	tb.Helper()
	q, err := Parse(text)
	if err != nil {
		tb.Fatalf("Parse(%q): %v", text, err)
	}
	return q
}

func fromJSON(tb testing.TB, attributes string) *event.Event {
	tb.Helper()
	e := event.New()
	if !e.MergeJSON(attributes, event.JSONOptions{}) {
		tb.Fatalf("not a JSON object: %s", attributes)
	}
	return e
}

// accessLog is an event as a web server's pipeline makes it: 20 attributes.
func accessLog(tb testing.TB) *event.Event {
	tb.Helper()
	e := fromJSON(tb, `{
		"network": {"client": {"ip": "203.0.113.9", "port": 51234}, "bytes_written": 3650},
		"http": {
			"method": "GET", "status_code": 404, "version": "1.1", "url": "/wp-login.php?a=1&b=2",
			"useragent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", "referer": "https://example.org/",
			"url_details": {"path": "/wp-login.php", "queryString": {"a": "1", "b": "2"}},
			"useragent_details": {"browser": {"family": "Firefox"}, "os": {"family": "Linux"}}
		},
		"duration": 0.25, "size": "1024", "ident": "-", "auth": "", "pid": 4711,
		"security": {"attack": true, "rules": ["scanner", "wordpress"]}
	}`)
	e.Message = `203.0.113.9 - - [10/Oct/2025:13:55:36 +0900] "GET /wp-login.php?a=1&b=2 HTTP/1.1" 404 3650 "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"`
	e.Source, e.Service, e.Host, e.Status = "nginx", "shop-front", "web-1.example.org", "warn"
	e.Tags = append(e.Tags, "env:prod", "team:Web", "canary")
	e.TraceID, e.SpanID = "4bf92f3577b34da6", "00f067aa0ba902b7"
	e.Time = 1_760_072_136_000_000_000 // 2025-10-10T04:55:36Z
	return e
}
