// Package program runs the programs that an operator named in a configuration: no shell, no
// environment, and nothing of a log in the arguments.
package program

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
)

// MaxOutput is how many bytes of what a program says are kept.
const MaxOutput = 4 << 10

// Wrong returns what is wrong with a command, the program and its arguments; nothing when it
// may be run, or when it is empty.
func Wrong(command []string) string {
	switch {
	case len(command) > 0 && !filepath.IsAbs(command[0]):
		return "wants a program with its path, beginning with /"
	case slices.ContainsFunc(command, func(s string) bool { return strings.ContainsRune(s, 0) }):
		return "holds a NUL"
	}
	return ""
}

// Run runs a command with the input and returns the beginning of what it says, on both of its
// outputs, as it is. It is killed after the timeout. An error does not hold what it said.
func Run(ctx context.Context, command []string, timeout time.Duration, input []byte) (output string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the operator names the program
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	cmd.Dir = "/"
	cmd.Stdin = bytes.NewReader(input)
	said := &limited{}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.WaitDelay = time.Second // a child may hold the pipe
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("it took longer than %s", timeout)
		}
		return said.kept.String(), fmt.Errorf("run %s: %w", command[0], err)
	}
	return said.kept.String(), nil
}

// limited keeps the beginning of what is written. The buffer is no part of it: it would
// read a pipe to its end.
type limited struct{ kept bytes.Buffer }

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	l.kept.Write(p[:min(len(p), MaxOutput-l.kept.Len())])
	return len(p), nil
}
