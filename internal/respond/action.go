package respond

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/document"
)

// An action is a kind of response: what it does, and how that is undone.
type action interface {
	// apply does it for each of the tasks, and returns what came of each. One that was done
	// already is done again, or given more time.
	apply(ctx context.Context, tasks []task) []outcome
	// undo ends it for each of the tasks; one that is over already is no error. It may be
	// called twice for the same one, when the program was killed in between.
	undo(ctx context.Context, tasks []task) []outcome
	// repeatable reports whether apply may be called again for what it may have done: when
	// the program was killed in between, nobody knows.
	repeatable() bool
	// extends reports whether apply is to be called when it is to last longer.
	extends() bool
}

// task is what an action gets.
type task struct {
	record Record
	signal json.RawMessage // as signals.jsonl has it; nil without one
}

// outcome is what came of one task.
type outcome struct {
	output string
	err    error
	// final says that trying again makes no sense.
	final bool
	// refusal is the rule by which it must not be done; err says why.
	refusal string
	// partly says what of it failed, when the rest is in effect.
	partly string
	// stopped says that the server ends: the next start goes on.
	stopped bool
}

// maxCalls is how many programs and webhooks are called at a time.
const maxCalls = 4

// body returns the task as programs and servers get it.
func (t *task) body(undo bool) ([]byte, error) {
	what := "apply"
	if undo {
		what = "undo"
	}
	return json.Marshal(struct {
		What     string          `json:"what"` // apply or undo
		Response Record          `json:"response"`
		Signal   json.RawMessage `json:"signal,omitempty"`
	}{what, t.record, t.signal})
}

// build returns the action of a configuration.
func (a *ActionConfig) build() action {
	if a.Exec != nil {
		return &execAction{a.Exec}
	}
	return newWebhook(a.Webhook)
}

// action checks an action.
func (k *checker) action(a *ActionConfig) {
	k.Fault((a.Exec == nil) == (a.Webhook == nil), map[string]document.Pos{"": a.Pos}, "", "action %q wants exec or webhook, one of them", a.Name)
	if a.Exec != nil {
		k.exec(a.Exec)
	}
	if a.Webhook != nil {
		k.webhook(a.Webhook)
	}
}

// short returns the beginning of a text that somebody else wrote.
func short(s string) string {
	if len(s) > maxOutput {
		s = s[:maxOutput]
		for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) && utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	return strings.TrimSpace(strings.ToValidUTF8(s, "\ufffd"))
}

// gone is an action that the configuration has no more.
type gone struct{ name string }

func (g gone) apply(_ context.Context, tasks []task) []outcome { return g.fails(tasks) }
func (g gone) undo(_ context.Context, tasks []task) []outcome  { return g.fails(tasks) }
func (gone) repeatable() bool                                  { return false }
func (gone) extends() bool                                     { return false }

func (g gone) fails(tasks []task) []outcome {
	all := make([]outcome, len(tasks))
	for i := range all {
		all[i] = outcome{err: errors.New("the configuration has no action " + g.name + " any more"), final: true}
	}
	return all
}

// oneByOne calls f for each task, some at a time.
func oneByOne(tasks []task, f func(*task) outcome) []outcome {
	all := make([]outcome, len(tasks))
	places := make(chan struct{}, maxCalls)
	done := make(chan struct{}, len(tasks))
	for i := range tasks {
		places <- struct{}{}
		go func() {
			defer func() { <-places; done <- struct{}{} }()
			all[i] = f(&tasks[i])
		}()
	}
	for range tasks {
		<-done
	}
	return all
}
