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
	// maxTerm is the length in bytes of the longest term; longer entities have no risk.
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
		for _, path := range Standard(e.Kind) {
			list = append(list, attribute{path, e.Value})
		}
	}
	if s.Simulated {
		list = append(list, attribute{"simulated", "true"})
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

// Standard returns the attributes that events have entities of the kind in.
func Standard(kind string) []string {
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

// The names of the rule that suppressions know, too.
const (
	signalRule     = "workflow.rule.id"
	signalRuleName = "workflow.rule.name"
)

// stored is what searches look at, as it is in the database.
type stored struct {
	Title      string              `json:"title"`
	Message    string              `json:"message"`
	Attributes map[string][]string `json:"attributes"`
}

// searchable returns what searches look at.
func searchable(s *signal.Signal) *stored {
	text := &stored{Title: s.Title, Message: s.Message, Attributes: map[string][]string{}}
	for _, a := range attributes(s) {
		text.Attributes[a.path] = append(text.Attributes[a.path], valid(a.value))
	}
	text.Title, text.Message = valid(text.Title), valid(text.Message)
	return text
}

// valid returns the text as JSON keeps it: memory and database must have the same.
func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// JSON returns it as it is in the database.
func (s *stored) JSON() []byte {
	doc, err := json.Marshal(s)
	if err != nil {
		panic("BUG: " + err.Error()) // texts can be written
	}
	return doc
}

// terms returns by which of its entities a signal is found again.
func (s *stored) terms() (terms []string) {
	for path, values := range s.Attributes {
		if !strings.HasPrefix(path, "entity.") {
			continue
		}
		for _, v := range values {
			if t := term(path, v); t != "" && len(terms) < maxTerms {
				terms = append(terms, t)
			}
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// term returns the term of a value; "" when it has none.
func term(path, value string) string {
	t := database.Text(strings.ToLower(path + "=" + value))
	if len(t) > maxTerm {
		return ""
	}
	return t
}

// reserved reports whether the tag would hide an attribute of ours from a search: tags
// win over attributes, and whoever writes logs may choose them.
func reserved(tag string) bool {
	key, _, _ := strings.Cut(tag, ":")
	return slices.Contains([]string{"severity", "state", "reason", "assignee", "breached", "events", "id", "tag", "simulated"}, strings.ToLower(key))
}
