// Package triage keeps signals in the state database, with what people do about them:
// who looks at it, what it turned out to be, what was said; and tells those who follow.
package triage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// State is how far people are with a signal.
type State uint8

// The states. A signal begins open; any may follow any other.
const (
	Open State = iota
	UnderReview
	Archived
)

// String returns open, under_review or archived.
func (s State) String() string {
	return [...]string{"open", "under_review", "archived"}[min(s, Archived)]
}

// ParseState reads what String writes.
func ParseState(text string) (State, error) {
	for s := Open; s <= Archived; s++ {
		if s.String() == text {
			return s, nil
		}
	}
	return Open, fmt.Errorf("state %q, want open, under_review or archived", text)
}

// Reasons are why a signal is archived.
func Reasons() []string { return []string{"true_positive", "false_positive", "benign", "testing"} }

// harmless are the reasons that say that there was nothing to fear: such a signal adds
// nothing to the risk of its entities.
func harmless(reason string) bool { return reason != "" && reason != "true_positive" }

// Limits of what people write.
const (
	// MaxComment is the length in bytes of the longest comment.
	MaxComment = 8 << 10
	// MaxLabels is how many tags people may give a signal, MaxName how long each and the
	// name of an assignee may be, in bytes.
	MaxLabels = 50
	MaxName   = 200
	// maxHistory is how many entries of its history a signal shows, the newest.
	maxHistory = 500
)

// Target returns within which time somebody is to look at a signal of the severity; 0 is
// never. Critical means at once: five minutes are what that takes.
func Target(s signal.Severity) time.Duration {
	switch s {
	case signal.Critical:
		return 5 * time.Minute
	case signal.High:
		return time.Hour
	case signal.Medium:
		return 4 * time.Hour
	case signal.Low:
		return 24 * time.Hour
	default:
		return 0
	}
}

// Edit is what somebody wants to change. What is nil stays.
type Edit struct {
	State    *State  `json:"state,omitempty"`
	Reason   *string `json:"reason,omitempty"`
	Assignee *string `json:"assignee,omitempty"`
	// AddTags and RemoveTags are tags of people; those of the rule stay.
	AddTags    []string `json:"add_tags,omitempty"`
	RemoveTags []string `json:"remove_tags,omitempty"`
	Comment    string   `json:"comment,omitempty"`
	// Version, unless it is 0, is that of the signal which somebody looked at: when
	// another changed it since, the edit is refused.
	Version int64 `json:"version,omitempty"`
}

// MarshalText returns the word of the state.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads it.
func (s *State) UnmarshalText(text []byte) (err error) {
	*s, err = ParseState(string(text))
	return err
}

// What can be wrong with an edit.
var (
	// ErrMissing is a signal that is not there.
	ErrMissing = errors.New("there is no such signal")
	// ErrChanged is a signal that somebody else changed meanwhile.
	ErrChanged = errors.New("somebody else changed the signal meanwhile: look at it again")
)

// WrongError is an edit, or a search, that makes no sense.
type WrongError struct{ text string }

// Error says what is wrong.
func (e *WrongError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &WrongError{fmt.Sprintf(format, args...)} }

// check says what is wrong with the edit by itself.
func (e *Edit) check() error {
	if e.State == nil && e.Reason == nil && e.Assignee == nil && len(e.AddTags)+len(e.RemoveTags) == 0 && e.Comment == "" {
		return wrong("nothing is to be changed: want state, reason, assignee, add_tags, remove_tags or comment")
	}
	if e.Reason != nil && !slices.Contains(Reasons(), *e.Reason) {
		return wrong("reason %q, want one of %s", *e.Reason, strings.Join(Reasons(), ", "))
	}
	if archives := e.State != nil && *e.State == Archived; archives && e.Reason == nil {
		return wrong("a signal is archived for a reason: want one of %s", strings.Join(Reasons(), ", "))
	}
	if e.Reason != nil && (e.State == nil || *e.State != Archived) {
		return wrong("a reason is for archiving: want state archived with it")
	}
	if len(e.Comment) > MaxComment {
		return wrong("a comment has at most %d bytes", MaxComment)
	}
	if e.Assignee != nil && len(*e.Assignee) > MaxName {
		return wrong("the name of an assignee has at most %d bytes", MaxName)
	}
	if len(e.AddTags) > MaxLabels || len(e.RemoveTags) > MaxLabels {
		return wrong("at most %d tags at a time", MaxLabels)
	}
	for _, tag := range e.AddTags {
		if tag == "" || len(tag) > MaxName || strings.ContainsFunc(tag, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return wrong("tag %.50q, want 1 to %d bytes without control characters", tag, MaxName)
		}
	}
	return nil
}
