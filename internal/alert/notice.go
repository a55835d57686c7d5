// Package alert tells people what was found: who hears of it, how, and how often.
//
// A Notice is one thing to tell: a signal, several that belong together, trouble of the
// program, or a drill. A Manager routes, groups, delays, silences and repeats notices with
// the engine of Prometheus's Alertmanager, and keeps each until every receiver of its route
// has it, or somebody can see why not.
package alert

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/signal"
)

// Names of labels and annotations, as matchers and templates write them.
const (
	labelName     = "alertname" // the rule's name
	labelRule     = "rule_id"
	labelSeverity = "severity"
	labelKind     = "kind" // see Kind
	labelReceiver = "failing_receiver"
	labelRound    = "reopened" // see Notice.Round

	noteID        = "id"
	noteTitle     = "title"
	noteTitleJA   = "title_ja"
	noteMessage   = "message"
	noteMessageJA = "message_ja"
	noteReason    = "reason"
	noteRunbook   = "runbook"
	noteLines     = "lines"
	noteEvents    = "events"
	noteRepeats   = "repeats"
	noteState     = "state"
	noteAssignee  = "assignee"
	noteLink      = "link"
	noteAck       = "ack"
	noteBy        = "by" // is us where the notice is of the outbox, and not of the API
)

// The limits of what a notice holds, in bytes and in number: a log line may be as long as
// an attacker likes, and a receiver has limits, too.
const (
	maxLabel  = 256
	maxText   = 4 << 10
	maxLine   = 512
	maxLines  = 10
	maxLabels = 16
)

// Kind says what a notice is about.
type Kind string

// The kinds of notice. The zero Kind is a signal.
const (
	KindSignal Kind = "signal"
	// KindHealth is trouble of the program itself.
	KindHealth Kind = "health"
	// KindGroup is several alerts of one entity that belong together.
	KindGroup Kind = "group"
	// KindDigest sums up what was not worth a notice each.
	KindDigest Kind = "digest"
	// KindDrill is an exercise: every text says so.
	KindDrill Kind = "drill"
)

// Label is one part of a notice's identity, such as ip and an address.
type Label struct{ Name, Value string }

// Notice is one thing to tell people. Rule, severity, kind and labels are its identity:
// two notices in which they are equal are the same one, told again. Whatever changes while
// it goes on, such as counters, is text.
type Notice struct {
	// Kind is what it is about.
	Kind Kind `json:"kind,omitempty"`
	// Rule is the name by which it is filed, RuleID the stable one.
	Rule   string `json:"rule"`
	RuleID string `json:"rule_id,omitempty"`
	// Severity is info, low, medium, high or critical.
	Severity signal.Severity `json:"severity"`
	// Labels are the entities. A label whose name is no identifier is left out.
	Labels []Label `json:"labels,omitempty"`
	// ID is that of the signal.
	ID string `json:"id,omitempty"`
	// Title and Message say what happened, TitleJA and MessageJA in Japanese ("" is as
	// in English).
	Title     string `json:"title,omitempty"`
	TitleJA   string `json:"title_ja,omitempty"`
	Message   string `json:"message,omitempty"`
	MessageJA string `json:"message_ja,omitempty"`
	// Reason says why it is told: which condition held.
	Reason string `json:"reason,omitempty"`
	// Runbook says where it is written what to do, Link where to look.
	Runbook string `json:"runbook,omitempty"`
	Link    string `json:"link,omitempty"`
	// Lines are some of the log's, as they came: an attacker may have written them.
	Lines []string `json:"lines,omitempty"`
	// Events is how many events it stands for.
	Events int64 `json:"events,omitempty"`
	// Repeats is how often it was told again since it began.
	Repeats int64 `json:"repeats,omitempty"`
	// Began is when it began; the zero time is when it is put.
	Began time.Time `json:"began,omitzero"`
	// State says what people did about the signal: "" is nothing yet, under_review that
	// somebody looks at it, archived that it is done. Assignee is who looks after it.
	State    string `json:"state,omitempty"`
	Assignee string `json:"assignee,omitempty"`
	// Round is which time people opened the signal again, by the number of that change; 0 is
	// that they did not. It is part of the identity.
	Round int64 `json:"round,omitempty"`
	// Ended says that it is over: nobody has to be told any more who was told.
	Ended bool `json:"ended,omitempty"`
}

// labels returns the identity, as the engine's labels.
func (n *Notice) labels() map[string]string {
	set := map[string]string{}
	for _, l := range n.Labels {
		if len(set) < maxLabels && identifier(l.Name) && l.Value != "" {
			set[l.Name] = clip(Visible(l.Value), maxLabel)
		}
	}
	set[labelName] = clip(Visible(cmp.Or(n.Rule, n.RuleID, n.Title, "sasumata")), maxLabel)
	set[labelSeverity] = n.Severity.String()
	set[labelKind] = string(cmp.Or(n.Kind, KindSignal))
	if n.Round > 0 {
		set[labelRound] = number(n.Round)
	}
	if n.RuleID != "" {
		set[labelRule] = clip(Visible(n.RuleID), maxLabel)
	}
	return set
}

// key returns the identity as one text, the same in every run.
func (n *Notice) key() string {
	return keyOf(n.labels())
}

// keyOf returns the key of a notice with these labels.
func keyOf(set map[string]string) string {
	delete(set, labelSeverity) // it changes while the signal goes on
	key, err := json.Marshal(set)
	if err != nil {
		panic("BUG: a map of texts is no JSON: " + err.Error())
	}
	return string(key)
}

// texts returns what the engine calls annotations.
func (n *Notice) texts() map[string]string {
	set := map[string]string{}
	add := func(name, value string, most int) {
		if value != "" {
			set[name] = clip(paragraphs(value), most)
		}
	}
	add(noteID, n.ID, maxLabel)
	add(noteTitle, Visible(cmp.Or(n.Title, n.Rule)), maxText)
	add(noteTitleJA, Visible(n.TitleJA), maxText)
	add(noteMessage, n.Message, maxText)
	add(noteMessageJA, n.MessageJA, maxText)
	add(noteReason, Visible(n.Reason), maxText)
	add(noteRunbook, n.Runbook, maxText)
	add(noteLink, n.Link, maxText)
	add(noteState, n.State, maxLabel)
	add(noteAssignee, Visible(n.Assignee), maxLabel)
	lines := make([]string, 0, min(len(n.Lines), maxLines))
	for _, line := range n.Lines[:min(len(n.Lines), maxLines)] {
		lines = append(lines, clip(Visible(line), maxLine))
	}
	add(noteLines, strings.Join(lines, "\n"), maxLines*(maxLine+1))
	if n.Events > 0 {
		set[noteEvents] = number(n.Events)
	}
	if n.Repeats > 0 {
		set[noteRepeats] = number(n.Repeats)
	}
	return set
}

// identifier reports whether the text can name a label in every matcher.
func identifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	reserved := []string{labelName, labelSeverity, labelKind, labelRule, labelRound, ""}
	return !slices.Contains(reserved, s)
}

// clip returns the text as valid UTF-8, cut to so many bytes between two characters.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= most {
		return s
	}
	const mark = "…"
	at := most - len(mark)
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return s[:at] + mark
}
