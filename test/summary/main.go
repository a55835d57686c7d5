// Command summary runs a `go test -json` command and prints what a person needs
// to know: the output of every test that failed, every test that was skipped
// with its reason, and one closing line "N passed, N failed, N skipped".
//
//	go run ./test/summary go test -json ./...
//
// With -again TESTS, at most three tests that failed, and neither panicked nor raced, are
// run once more, each alone, by the command TESTS with "-run" and the package behind it. One
// that passes then counts as passed and is named as "unsteady": a test of durations on a
// busy machine should not hide behind the word failed what really broke, nor go unseen.
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
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// mostAgain is how many failed tests are tried once more: more than a few are no accident.
const mostAgain = 3

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var again []string
	if len(args) > 1 && args[0] == "-again" {
		again, args = strings.Fields(args[1]), args[2:]
	}
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: summary [-again TESTS] COMMAND [ARGUMENT]...   (a command that prints `go test -json` events)")
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
	err = errors.Join(readErr, cmd.Wait())
	if n := len(totals.again); len(again) > 0 && n > 0 && n <= mostAgain {
		return once(ctx, again, totals, stdout, stderr)
	}
	if err != nil && totals.failed == 0 {
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

// once runs the failed tests once more and prints the closing line anew.
func once(ctx context.Context, command []string, was totals, stdout, stderr io.Writer) int {
	code := 0
	for _, one := range was.again {
		cmd := exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], "-count=1", "-run", "^"+one.test+"$", one.pkg)...) //nolint:gosec // the caller's command
		cmd.Stderr = stderr
		if output, err := cmd.Output(); err != nil {
			fmt.Fprintf(stdout, "failed again: %s %s\n%s", one.pkg, one.test, output)
			code = 1
			continue
		}
		fmt.Fprintf(stdout, "unsteady: %s %s failed, and passed when it ran alone\n", one.pkg, one.test)
		was.failed -= one.failed
		was.passed += one.failed
	}
	fmt.Fprintf(stdout, "%d passed, %d failed, %d skipped\n", was.passed, was.failed, was.skipped)
	return code
}
