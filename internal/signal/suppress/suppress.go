// Package suppress keeps the suppressions that people make while the server runs in the state
// database: what they hold back, why, until when, who made them, and how often they did.
package suppress

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule/suppression"
)

// The limits of what people make.
const (
	// Max is how many suppressions may be at work: those that nobody ended and that did
	// not expire, and those that expired less than Late ago.
	Max = suppression.Max
	// Late is for how long an expired suppression still holds events back that are of its
	// time and come late.
	Late = 7 * 24 * time.Hour
	// MaxTogether is how many characters the searches of those at work may have together:
	// each change makes one index of all of them, which takes as long as they are.
	MaxTogether = 256 << 10
	// MaxQuery, MaxName and MaxReason are the lengths in bytes of the longest ones.
	MaxQuery  = 4 << 10
	MaxName   = 200
	MaxReason = 2 << 10
	// MaxPage is how many a page has at the most.
	MaxPage = 500
)

// The states of a suppression, by the clock.
const (
	// Scheduled is one that has not started.
	Scheduled = "scheduled"
	// Active is one that holds signals back, at least in its windows.
	Active = "active"
	// Expired is one whose time is over; it may be given more.
	Expired = "expired"
	// Ended is one that somebody ended, for good.
	Ended = "ended"
)

// States returns all of them.
func States() []string { return []string{Scheduled, Active, Expired, Ended} }

// Suppression is one as it is in the database.
type Suppression struct {
	ID int64 `json:"id"`
	// State is one of the words above.
	State string `json:"state"`
	// Name is what people call it, Reason why it is there.
	Name   string `json:"name"`
	Reason string `json:"reason"`
	// Rules chooses rules, Query the signals of these that are held back.
	Rules string `json:"rules"`
	Query string `json:"query"`
	// Starts and Expires bound it in event time; nil is no bound.
	Starts  *time.Time `json:"starts,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`
	// Schedule is when it holds between the two; Window is the window that it is in, or
	// the next one.
	Schedule suppression.Schedule `json:"schedule,omitzero"`
	Window   *Window              `json:"window,omitempty"`
	// Signal is the id of the signal that it was made from.
	Signal string `json:"signal,omitempty"`
	// Made and MadeBy say who made it, Changed and ChangedBy who changed it last, Ended
	// when that one ended it.
	Made      time.Time  `json:"made"`
	MadeBy    string     `json:"made_by"`
	Changed   time.Time  `json:"changed"`
	ChangedBy string     `json:"changed_by"`
	Ended     *time.Time `json:"ended,omitempty"`
	Version   int64      `json:"version"`
	Held

	// Broken says why it does nothing: a newer or older program made it.
	Broken string `json:"broken,omitempty"`
}

// Window is a time in which a schedule holds.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Held is what a suppression held back.
type Held struct {
	// Signals is how many signals it began to hold back, Findings how many changes of
	// signals: openings, escalations and updates.
	Signals  int64 `json:"signals"`
	Findings int64 `json:"findings"`
	// Last is the time of the last event of these, by the log; nil when there is none.
	Last *time.Time `json:"last,omitempty"`
}

// RuleHeld is what it held back of a rule.
type RuleHeld struct {
	RuleID string `json:"rule_id"`
	Held
}

// Detail is a suppression with all that is known of it.
type Detail struct {
	Suppression

	// ByRule is what it held back of each rule, the most first.
	ByRule []RuleHeld `json:"by_rule"`
	// Sample is the last signal that it began to hold back, as it was then, as
	// signals.jsonl has signals; without one, there is none.
	Sample json.RawMessage `json:"sample,omitempty"`
}

// Work is what detection wants to know of a suppression.
type Work struct {
	// ID is its id, Version grows with each change.
	ID, Version  int64
	Rules, Query *query.Query
	// Starts and Expires are nanoseconds since 1970 UTC, in event time; 0 is no bound.
	Starts, Expires int64
	Schedule        suppression.Schedule
}

// What can be wrong.
var (
	// ErrMissing is a suppression that is not there.
	ErrMissing = errors.New("there is no such suppression")
	// ErrChanged is one that somebody else changed meanwhile.
	ErrChanged = errors.New("somebody else changed the suppression meanwhile: look at it again")
)

// WrongError is a change that makes no sense.
type WrongError struct{ text string }

// Error says what is wrong.
func (e *WrongError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &WrongError{fmt.Sprintf(format, args...)} }

// ConfirmError is a change that would hide what matters, and that nobody confirmed.
type ConfirmError struct{ text string }

// Error says what it would hide.
func (e *ConfirmError) Error() string { return e.text }
