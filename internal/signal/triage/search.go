package triage

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

const (
	// maxTerm is the length in bytes of the longest term; longer values are searched for
	// in the signals themselves.
	maxTerm = 300
	// maxTerms is how many terms a signal has.
	maxTerms = 200
)

// attribute is a value of a signal that searches look at.
type attribute struct{ path, value string }

// attributes returns the values of the signal: those that it was grouped by at their
// paths, entities at their kind and at the standard attribute of that kind, tags at tag.
func attributes(s *signal.Signal) []attribute {
	list := []attribute{{"id", s.ID}, {"rule.id", s.RuleID}, {"rule.name", s.Rule}, {"category", s.Category}, {"case", s.Case}}
	for _, g := range s.Group {
		list = append(list, attribute{g.Path, g.Value})
	}
	for _, e := range s.Entities {
		list = append(list, attribute{"entity." + e.Kind, e.Value})
		for _, path := range standard(e.Kind) {
			list = append(list, attribute{path, e.Value})
		}
	}
	for _, tag := range s.Tags {
		list = append(list, attribute{"tag", tag})
	}
	seen := map[attribute]bool{}
	return slices.DeleteFunc(list, func(a attribute) bool {
		again := seen[a] || a.value == ""
		seen[a] = true
		return again
	})
}

// standard returns the attributes that events have such entities in.
func standard(kind string) []string {
	switch kind {
	case signal.KindIP:
		return []string{event.ClientIP}
	case signal.KindUser:
		return []string{event.UserID, event.UserName}
	case signal.KindHost:
		return []string{"host"}
	case signal.KindContainer:
		return []string{"container.name"}
	case signal.KindService:
		return []string{"service"}
	default:
		return nil
	}
}

// stored is what searches look at, as it is in the database.
type stored struct {
	Title      string              `json:"title"`
	Message    string              `json:"message"`
	Attributes map[string][]string `json:"attributes"`
}

// searchable returns what searches look at, and the terms.
func searchable(s *signal.Signal) (doc []byte, terms []string) {
	text := stored{Title: s.Title, Message: s.Message, Attributes: map[string][]string{}}
	for _, a := range attributes(s) {
		text.Attributes[a.path] = append(text.Attributes[a.path], a.value)
		if t := term(a.path, a.value); t != "" && len(terms) < maxTerms && a.path != "id" {
			terms = append(terms, t)
		}
	}
	doc, err := json.Marshal(text)
	if err != nil {
		panic("BUG: " + err.Error()) // texts can be written
	}
	slices.Sort(terms)
	return doc, slices.Compact(terms)
}

// term returns the term of a value; "" when it has none.
func term(path, value string) string {
	t := database.Text(strings.ToLower(path + "=" + value))
	if len(t) > maxTerm {
		return ""
	}
	return t
}

// asEvent makes an event of the signal, for a query to match: status is the severity,
// state, reason, assignee and breached are attributes, and so is all that the signal
// itself says.
func (r *row) asEvent(e *event.Event, now int64) error {
	var text stored
	if err := json.Unmarshal(r.search, &text); err != nil {
		return err
	}
	e.Reset()
	e.Message, e.Status, e.Time = text.Title+"\n"+text.Message, r.severity.String(), r.opened
	set := func(path, value string) {
		if value != "" {
			e.Set(path, event.StringValue(value))
		}
	}
	many := func(path string, values []string) {
		array := e.NewArray()
		for _, v := range values {
			e.Append(array, event.StringValue(v))
		}
		e.Set(path, array)
	}
	text.Attributes["tag"] = append(text.Attributes["tag"], r.labels...)
	for path, values := range text.Attributes {
		switch path {
		case "tag":
			for _, tag := range values {
				if !reserved(tag) {
					e.AddTag(tag)
				}
				if source, ok := strings.CutPrefix(tag, "source:"); ok && e.Source == "" {
					e.Source = source
				}
			}
			many(path, values)
		case "host":
			e.Host = values[0]
			many(path, values)
		case "service":
			e.Service = values[0]
			many(path, values)
		default:
			many(path, values)
		}
	}
	set("severity", r.severity.String())
	set("state", r.state.String())
	set("reason", r.reason)
	set("assignee", r.assignee)
	e.Set("breached", event.BoolValue(r.breached(now)))
	e.Set("events", event.IntValue(r.events))
	return nil
}

// reserved reports whether the tag would hide an attribute of ours from a search: tags
// win over attributes, and whoever writes logs may choose them.
func reserved(tag string) bool {
	key, _, _ := strings.Cut(tag, ":")
	return slices.Contains([]string{"severity", "state", "reason", "assignee", "breached", "events", "id", "tag"}, strings.ToLower(key))
}
