package alert

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
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

const (
	defaultExecTimeout = 10 * time.Second
	// maxOutput is how many bytes of what a program or server says are kept for people.
	maxOutput = 2 << 10
)

func (k *checker) exec(e *Exec) {
	if e.Timeout == 0 {
		e.Timeout = defaultExecTimeout
	}
	k.between(e.Timeout, 100*time.Millisecond, 5*time.Minute, e.At, "timeout")
	wrong := len(e.Command) > 0 && !filepath.IsAbs(e.Command[0])
	k.fault(wrong, e.At, "command", "command wants a program with its path, beginning with /")
	k.fault(slices.ContainsFunc(e.Command, func(s string) bool { return strings.ContainsRune(s, 0) }), e.At, "command", "command holds a NUL")
}

type execSender struct{ Exec }

func (e *execSender) send(ctx context.Context, d *delivery) (bool, error) {
	body, err := d.body()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.Command[0], e.Command[1:]...) //nolint:gosec // the operator names the program
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	cmd.Dir = "/"
	cmd.Stdin = bytes.NewReader(body)
	output := &limited{most: maxOutput}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = time.Second // a child may hold the pipe
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("it took longer than %s", e.Timeout)
		}
		return true, fmt.Errorf("run %s: %w: %s", e.Command[0], err, Visible(output.kept.String()))
	}
	return false, nil
}

// limited keeps the beginning of what is written. The buffer is no part of it: it would
// read a pipe to its end.
type limited struct {
	kept bytes.Buffer
	most int
}

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	l.kept.Write(p[:min(len(p), l.most-l.kept.Len())])
	return len(p), nil
}
