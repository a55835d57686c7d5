// Command summary runs a `go test -json` command and prints what a person needs
// to know: the output of every test that failed, every test that was skipped
// with its reason, and one closing line "N passed, N failed, N skipped".
//
//	go run ./test/summary go test -json ./...
//
// It exits with 1 when a test or package failed, when the command itself
// failed, or when no test ran at all.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: summary COMMAND [ARGUMENT]...   (a command that prints `go test -json` events)")
		return 2
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // running the caller's command is the purpose
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintf(stderr, "run %s: %v\n", args[0], err)
		return 1
	}
	totals, readErr := summarize(events, stdout)
	if err := errors.Join(readErr, cmd.Wait()); err != nil && totals.failed == 0 {
		fmt.Fprintf(stderr, "run %s: %v\n", args[0], err)
		return 1
	}
	if totals.failed > 0 {
		return 1
	}
	if totals.passed == 0 {
		fmt.Fprintln(stderr, "no test ran")
		return 1
	}
	return 0
}
