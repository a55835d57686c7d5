// Package respond does something about signals: it blocks addresses, calls programs and
// webhooks, by policies of the configuration or because a person says so. It tries first,
// asks if it is to, ends and undoes what it did, and blocks nothing that stands on the list of
// what is never blocked.
//
// What is to be done stands in the state database before it is done, and so does what came
// of it: whenever the process is killed, the next one completes it or says that it cannot
// know.
package respond

import (
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/program"
)

// The states of a response.
const (
	// DryRun is one that would have been done.
	DryRun = "dry_run"
	// Waiting is one that somebody has to approve.
	Waiting = "waiting_approval"
	// Planned is one that is to be done, or tried again.
	Planned = "planned"
	// Applying is one that is being done.
	Applying = "applying"
	// Active is one that was done, and holds until it expires.
	Active = "active"
	// Failed is one that could not be done, or not be undone.
	Failed = "failed"
	// Undone is one that somebody ended.
	Undone = "undone"
	// Expired is one whose time is over.
	Expired = "expired"
	// Refused is one that must not be done; the record says which rule refused it.
	Refused = "refused"
)

// States returns all of them.
func States() []string {
	return []string{DryRun, Waiting, Planned, Applying, Active, Failed, Undone, Expired, Refused}
}

// Block is the name of the action that blocks addresses.
const Block = "block"

// The kinds of target beside those of entities.
const (
	// KindNetwork is an address or a network in CIDR notation.
	KindNetwork = "network"
	// KindSignal is a signal, by its id.
	KindSignal = "signal"
)

// The rules that refuse, beside those of Never.
const (
	// RefusedByRate is the limit of responses within an hour.
	RefusedByRate = "rate_limit"
	// RefusedByRoom is the limit of blocks at a time.
	RefusedByRoom = "too_many"
	// RefusedByTarget is a target that the action cannot act on.
	RefusedByTarget = "target"
	// RefusedByPerson is somebody who was asked.
	RefusedByPerson = "person"
)

// Limits.
const (
	// MaxPage is how many records a page has at the most.
	MaxPage = 500
	// MaxReason is the length in bytes of the longest reason.
	MaxReason = 2 << 10
	// maxOpen is how many records are open at a time: what is beyond is counted.
	maxOpen = 200_000
	// maxTarget is the length in bytes of the longest target.
	maxTarget = 300
	// maxOutput is how many bytes are kept of what a program or a server says.
	maxOutput = program.MaxOutput
	// maxAttempts is how often something is tried before it failed.
	maxAttempts = 5
)

// Record is a response: one action on one target.
type Record struct {
	ID int64 `json:"id"`
	// State is one of the words above.
	State string `json:"state"`
	// Action is block or the name of an action of the configuration.
	Action string `json:"action"`
	// Kind is what the target is: network, signal, or a kind of entity. An IPv6 address is
	// the network of 64 bits that it is in.
	Kind   string `json:"kind"`
	Target string `json:"target"`
	// Policy is the name of the policy that asked for it, empty for a person.
	Policy string `json:"policy,omitempty"`
	// Reason says why it is there, or why not; Refusal names the rule that refused it.
	Reason  string `json:"reason"`
	Refusal string `json:"refusal,omitempty"`
	// Signal is the id of the first signal that asked for it, Rule the id of its rule.
	Signal string `json:"signal,omitempty"`
	Rule   string `json:"rule,omitempty"`
	// Open says that a further signal about the target belongs to it.
	Open bool `json:"open"`
	// Made and MadeBy say who asked for it, Changed and ChangedBy who changed it last.
	Made      time.Time `json:"made"`
	MadeBy    string    `json:"made_by"`
	Changed   time.Time `json:"changed"`
	ChangedBy string    `json:"changed_by"`
	// Duration is how long it lasts from when it begins, in seconds; Expires when it ends.
	Duration int64      `json:"duration_seconds"`
	Expires  time.Time  `json:"expires"`
	Applied  *time.Time `json:"applied,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	// Ending is what it becomes when it could be undone: undone or expired.
	Ending string `json:"ending,omitempty"`
	// Repeats counts the signals that asked for it again, Attempts how often it was tried.
	Repeats  int64 `json:"repeats"`
	Attempts int64 `json:"attempts"`
	// Error is what went wrong last, Output what a program or a server said.
	Error   string `json:"error,omitempty"`
	Output  string `json:"output,omitempty"`
	Version int64  `json:"version"`
	// Container is what was done to a container.
	Container *Containment `json:"container,omitempty"`
}

// What can be wrong.
var (
	// ErrMissing is a response that is not there.
	ErrMissing = errors.New("there is no such response")
	// ErrChanged is one that changed since somebody looked at it.
	ErrChanged = errors.New("the response changed meanwhile: look at it again")
)

// WrongError is a request that makes no sense.
type WrongError struct{ text string }

// Error says what is wrong.
func (e *WrongError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &WrongError{fmt.Sprintf(format, args...)} }

// RefusedError is a request that must not be done.
type RefusedError struct {
	// Rule is the one that refused it.
	Rule string
	text string
}

// Error says what refused it, and why.
func (e *RefusedError) Error() string { return e.text }
