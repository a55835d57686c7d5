// Package urls splits URLs the way Datadog's url-parser and the grok filter url
// do: leniently, without decoding, keeping what a browser would refuse.
package urls

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// Options says how Split treats the path.
type Options struct {
	// NormalizeEndingSlashes takes the slashes off the end of the path, unless
	// the path is nothing else.
	NormalizeEndingSlashes bool
}

// Parse splits a URL into a free object of e: scheme, host, port (a number), path
// (always there), queryString (an object of texts, still percent-encoded; a
// repeated key gives an array of its distinct values) and hash. Parts that the URL
// does not have are left out, user and password too. Without a scheme everything
// before "?" or "#" is path.
//
// Texts are substrings of text. When the event is full the result is Null.
func Parse(e *event.Event, text string) event.Value { return Split(e, text, Options{}) }

// Split is Parse with options.
func Split(e *event.Event, text string, opts Options) event.Value {
	out := e.NewObject()
	if out.Kind() != event.Object {
		return out
	}
	rest, hash, hasHash := strings.Cut(text, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	if n := schemeLength(rest); n > 0 {
		e.SetKey(out, "scheme", event.StringValue(rest[:n]))
		rest = authority(e, out, rest[n+len("://"):])
	} else if strings.HasPrefix(rest, "//") {
		rest = authority(e, out, rest[2:])
	}
	if opts.NormalizeEndingSlashes {
		rest = trimSlashes(rest)
	}
	e.SetKey(out, "path", event.StringValue(rest))
	if hasQuery && query != "" {
		if q := queryObject(e, query); e.Len(q) > 0 {
			e.SetKey(out, "queryString", q)
		}
	}
	if hasHash && hash != "" {
		e.SetKey(out, "hash", event.StringValue(hash))
	}
	return out
}

// trimSlashes takes the slashes off the end, but leaves one.
func trimSlashes(path string) string {
	for len(path) > 1 && path[len(path)-1] == '/' {
		path = path[:len(path)-1]
	}
	return path
}

// schemeLength returns the length of the scheme before "://", 0 when there is
// none.
func schemeLength(s string) int {
	i := strings.Index(s, "://")
	if i <= 0 {
		return 0
	}
	for k := range i {
		c := s[k]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (k == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return 0
		}
	}
	return i
}

// authority writes host and port, and returns the path.
func authority(e *event.Event, out event.Value, s string) string {
	host, path := s, ""
	if i := strings.IndexAny(s, `/\`); i >= 0 {
		host, path = s[:i], s[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host[i:], ']') < 0 {
		if port, ok := portNumber(host[i+1:]); ok {
			defer func() { e.SetKey(out, "port", event.IntValue(port)) }()
			host = host[:i]
		} else if i+1 == len(host) {
			host = host[:i]
		}
	}
	if host != "" {
		e.SetKey(out, "host", event.StringValue(host))
	}
	return path
}

func portNumber(s string) (int64, bool) {
	if s == "" || len(s) > 5 {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, n <= 65535
}

// maxQuery bounds the keys of a query: finding a repeated key costs a look at
// each key before it.
const maxQuery = 512

// queryObject splits a query string.
func queryObject(e *event.Event, query string) event.Value {
	out := e.NewObject()
	for range maxQuery {
		var pair string
		var more bool
		pair, query, more = strings.Cut(query, "&")
		if key, value, _ := strings.Cut(pair, "="); key != "" {
			add(e, out, key, event.StringValue(value))
		}
		if !more {
			break
		}
	}
	return out
}

// add writes a value under a key, or beside the other values of the key.
func add(e *event.Event, out event.Value, key string, v event.Value) {
	have, ok := e.Key(out, key)
	switch {
	case !ok:
		e.SetKey(out, key, v)
	case have.Kind() == event.Array:
		for _, one := range e.Items(have) {
			if one.Str() == v.Str() {
				return
			}
		}
		e.Append(have, v)
	case have.Str() != v.Str():
		both := e.NewArray()
		e.Append(both, have)
		e.Append(both, v)
		e.SetKey(out, key, both)
	}
}
