package rule

import (
	"strconv"
	"strings"
	"time"
)

// timestampLayout is how a template writes a time.
const timestampLayout = "2006-01-02T15:04:05.000Z07:00"

// perQuery begins the variables that hold what a query added up to.
const perQuery = "events_matched_per_query."

// triggeringEvent may stand before the path of an attribute: titles of third party
// rules name the event so.
const triggeringEvent = "triggering_event."

// variable is what a template may name: an attribute (@path), a value of the
// signal, or a tag.
type variable struct {
	name      string
	attribute bool
}

// newVariable reads the forms @path, name, tag, tag.name and [dotted.tag].name.
func newVariable(text string) (variable, bool) {
	if path, ok := strings.CutPrefix(text, "@"); ok {
		return variable{name: path, attribute: true}, path != ""
	}
	if rest, ok := strings.CutPrefix(text, "["); ok {
		tag, rest, ok := strings.Cut(rest, "]")
		return variable{name: tag}, ok && tag != "" && (rest == "" || rest == ".name")
	}
	if tag, ok := strings.CutSuffix(text, ".name"); ok && tag != "" {
		text = tag
	}
	return variable{name: text}, text != ""
}

// text returns the value as text, "" when there is none.
func (v variable) text(s *Scope) string {
	if v.attribute {
		return attributeText(s, v.name)
	}
	if ns, ok := v.moment(s); ok {
		if strings.HasSuffix(v.name, "_epoch") {
			return strconv.FormatInt(ns/int64(time.Millisecond), 10)
		}
		return time.Unix(0, ns).UTC().Format(timestampLayout)
	}
	switch v.name {
	case "severity":
		return strconv.Itoa(s.Severity)
	case "rule_name":
		return s.Rule
	case "case_name":
		return s.Case
	case "unusual":
		return s.Unusual
	case "events_matched":
		return strconv.FormatInt(s.Events, 10)
	}
	if query, ok := strings.CutPrefix(v.name, perQuery); ok {
		return s.count(query)
	}
	return s.tag(v.name)
}

// moment returns the time that the name stands for.
func (v variable) moment(s *Scope) (int64, bool) {
	switch strings.TrimSuffix(v.name, "_epoch") {
	case "timestamp":
		return s.Timestamp, true
	case "first_seen":
		return s.FirstSeen, true
	case "last_seen":
		return s.LastSeen, true
	default:
		return 0, false
	}
}

// time returns the value as a time in nanoseconds: one of the signal's own, or an
// attribute that holds milliseconds or RFC 3339.
func (v variable) time(s *Scope) (int64, bool) {
	if !v.attribute {
		if ns, ok := v.moment(s); ok {
			return ns, true
		}
	}
	text := v.text(s)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ms * int64(time.Millisecond), ms > -1<<43 && ms < 1<<43
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UnixNano(), err == nil && t.Year() > 1700 && t.Year() < 2200
}

// number returns the value as a number.
func (v variable) number(s *Scope) (float64, bool) {
	f, err := strconv.ParseFloat(v.text(s), 64)
	return f, err == nil
}

func (s *Scope) count(query string) string {
	for i, name := range s.Queries {
		if name == query && i < len(s.Counts) {
			return strconv.FormatFloat(s.Counts[i], 'f', -1, 64)
		}
	}
	return ""
}

// tag returns the value of the tag: an attribute that the event keeps in a field
// of its own, a tag of the signal, or one of the event.
func (s *Scope) tag(key string) string {
	if e := s.Event; e != nil {
		switch {
		case key == "host" && e.Host != "":
			return e.Host
		case key == "service" && e.Service != "":
			return e.Service
		case key == "source" && e.Source != "":
			return e.Source
		case key == "status" && e.Status != "":
			return e.Status
		case key == "message":
			return e.Message
		}
		if value, ok := findTag(e.Tags, key); ok {
			return value
		}
	}
	value, _ := findTag(s.Tags, key)
	return value
}

func findTag(tags []string, key string) (string, bool) {
	for _, tag := range tags {
		if len(tag) > len(key) && tag[len(key)] == ':' && tag[:len(key)] == key {
			return tag[len(key)+1:], true
		}
	}
	return "", false
}

// attributeText returns the attribute; several values are joined by commas.
func attributeText(s *Scope, path string) string {
	if s.Event == nil {
		return ""
	}
	v, ok := s.Event.Get(path)
	if !ok {
		v, ok = s.Event.Get(strings.TrimPrefix(path, "@"))
	}
	if rest, is := strings.CutPrefix(path, triggeringEvent); !ok && is {
		v, ok = s.Event.Get(rest)
	}
	if !ok || v.IsScalar() {
		return v.Text()
	}
	return string(s.Event.AppendJSON(nil, v))
}
