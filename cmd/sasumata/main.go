// Command sasumata reads logs, finds attacks and says what to do about them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones must work on images that have no zone data

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitClean    = 0
	exitFindings = 1 // signals at or above --fail-on, tests that failed
	exitUsage    = 2 // the command line, the configuration or content is wrong
	exitFailure  = 3 // something broke while running
)

// exitError ends a command with a code. Without a cause, everything has been said
// already.
type exitError struct {
	code  int
	cause error
}

// Error returns the cause's text.
func (e *exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.cause }

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(streams{in: stdin, out: stdout, err: stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitClean
	}
	code := exitUsage // what cobra itself refuses
	if e, ok := errors.AsType[*exitError](err); ok {
		code, err = e.code, e.cause
	}
	if err != nil {
		printError(stderr, err)
	}
	return code
}

// newRoot returns the command tree.
func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "sasumata",
		Short: "Read logs, find attacks, say what to do",
		Long: `Sasumata reads the logs of services and containers, finds attacks in them,
and says what they mean and what to do.

  sasumata demo                               see it work on a simulated day
  sasumata analyze /var/log/auth.log          find attacks in a log
  sasumata analyze access.log --report r.html ... and write a report
  sasumata serve                              follow this machine's logs, take those of others
  sasumata waf scan access.log*               was there any web attack in a year of logs?
  sasumata scan report reports/               one list of what scanners found
  sasumata policy check Dockerfile            what is wrong with how it is built
  sasumata parse < app.log                    normalise lines to JSON
  sasumata store import --store logs app.log  keep events, to find them again:
  sasumata query --store logs 'status:error'`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.AddCommand(
		newAnalyze(s),
		newServe(s),
		newParse(s),
		newDemo(s),
		newPipeline(s),
		newRule(s),
		newSuppression(s),
		newRespond(s),
		newContainers(s),
		newSigma(s), newFalco(s),
		newWAF(s),
		newScan(s),
		newPolicy(s),
		newHarden(s),
		newSensor(s),
		newThreat(s),
		newStore(s),
		newQuery(s),
		newMetrics(s),
		newCompliance(s),
		newTail(s),
		newSignals(s),
		newHealth(s),
		newDead(s),
		newUser(s),
		newToken(s),
		newBackup(s),
		newRestore(s),
		newConfig(s),
		newCheck(s),
		newContent(s),
		newGeoIP(s),
		newAnomaly(s),
		newNotify(s),
		newVersion(s),
	)
	return root
}
