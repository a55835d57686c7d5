package alert

import (
	"context"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/program"
)

// Exec is a program that gets each notification as JSON on its standard input. No shell
// is involved, and nothing of a notification stands in its arguments or its environment.
type Exec struct {
	// Command is the program and its arguments.
	Command []string `doc:"command,required,single"`
	// Timeout is after which time it is killed.
	Timeout time.Duration `doc:"timeout"`

	At map[string]document.Pos `doc:",positions"`
}

const defaultExecTimeout = 10 * time.Second

func (k *checker) exec(e *Exec) {
	if e.Timeout == 0 {
		e.Timeout = defaultExecTimeout
	}
	k.between(e.Timeout, 100*time.Millisecond, 5*time.Minute, e.At, "timeout")
	wrong := program.Wrong(e.Command)
	k.Fault(wrong != "", e.At, "command", "command %s", wrong)
}

type execSender struct{ Exec }

func (e *execSender) send(ctx context.Context, d *delivery) (bool, error) {
	body, err := d.body()
	if err != nil {
		return false, err
	}
	output, err := program.Run(ctx, e.Command, e.Timeout, body)
	if err != nil {
		return true, fmt.Errorf("%w: %s", err, Visible(output))
	}
	return false, nil
}
