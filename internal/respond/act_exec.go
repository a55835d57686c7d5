package respond

import (
	"context"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/program"
)

// Exec is a program that gets the response and the signal as JSON on its standard input. No
// shell is involved, and nothing of a signal stands in its arguments or its environment.
type Exec struct {
	// Command is the program and its arguments.
	Command []string `doc:"command,required,single"`
	// Undo is the program that ends it, when it expires or somebody undoes it; without one
	// nothing is called then.
	Undo []string `doc:"undo,single"`
	// Timeout is after which time it is killed.
	Timeout time.Duration `doc:"timeout"`

	At map[string]document.Pos `doc:",positions"`
}

const defaultTimeout = 10 * time.Second

func (k *checker) exec(e *Exec) {
	if e.Timeout == 0 {
		e.Timeout = defaultTimeout
	}
	k.between(e.Timeout, 100*time.Millisecond, time.Minute, e.At, "timeout")
	for key, command := range map[string][]string{"command": e.Command, "undo": e.Undo} {
		wrong := program.Wrong(command)
		k.Fault(wrong != "", e.At, key, "%s %s", key, wrong)
	}
}

type execAction struct{ *Exec }

var _ action = (*execAction)(nil)

func (*execAction) repeatable() bool { return false }
func (*execAction) extends() bool    { return false }

func (e *execAction) apply(ctx context.Context, tasks []task) []outcome {
	return oneByOne(tasks, func(t *task) outcome { return e.run(ctx, e.Command, t, false) })
}

func (e *execAction) undo(ctx context.Context, tasks []task) []outcome {
	if len(e.Undo) == 0 {
		return make([]outcome, len(tasks))
	}
	return oneByOne(tasks, func(t *task) outcome { return e.run(ctx, e.Undo, t, true) })
}

func (e *execAction) run(ctx context.Context, command []string, t *task, undo bool) outcome {
	body, err := t.body(undo)
	if err != nil {
		return outcome{err: err, final: true}
	}
	// The server waits for it when it stops: who began something is to know what came of it.
	output, err := program.Run(context.WithoutCancel(ctx), command, e.Timeout, body)
	if err != nil {
		// It may have done half of it: somebody has to look before it is tried again.
		return outcome{output: short(output), err: err, final: !undo}
	}
	return outcome{output: short(output)}
}
