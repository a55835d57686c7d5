package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
)

// healthCommand is the health command: it asks a server whether it is well.
type healthCommand struct {
	streams

	server  string
	timeout time.Duration
	wait    time.Duration
}

func newHealth(s streams) *cobra.Command {
	c := &healthCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask a server whether it takes logs and detects in them",
		Long: `Health asks a running server whether it is ready, as health checks of containers and
scripts want it: exit code 0 says that it is, 1 that it is not, or not to be reached.
With --wait it asks until the server is well, as scripts do that start one.`,
		Example: `  sasumata health
  sasumata health --server http://127.0.0.1:8480 --timeout 2s
  sasumata health --wait 30s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&c.server, "server", "http://"+config.DefaultListen, "address of the server")
	cmd.Flags().DurationVar(&c.timeout, "timeout", 5*time.Second, "how long the answer may take")
	cmd.Flags().DurationVar(&c.wait, "wait", 0, "ask again until it is well, for so long at the most")
	return cmd
}

func (c *healthCommand) run(ctx context.Context) error {
	if err := checkServer(c.server, false); err != nil {
		return err
	}
	if c.timeout <= 0 {
		return fmt.Errorf("--timeout %v, want more than 0", c.timeout)
	}
	if c.wait < 0 {
		return fmt.Errorf("--wait %v, want 0 or more", c.wait)
	}
	answer, err := c.until(ctx)
	if err != nil {
		return &exitError{exitFindings, fmt.Errorf("%s: %w", c.server, err)}
	}
	_, err = fmt.Fprintln(c.out, cmp.Or(answer, "ready"))
	return err
}

// pause is how long it waits before it asks again.
const pause = 200 * time.Millisecond

// until asks until the server is well, or the time to wait is over: then it returns what
// was wrong last.
func (c *healthCommand) until(ctx context.Context) (string, error) {
	if c.wait == 0 {
		return c.ask(ctx)
	}
	waiting, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	var last error
	for {
		answer, err := c.ask(waiting)
		if err == nil {
			return answer, nil
		}
		if last == nil || waiting.Err() == nil { // that the time was over is no news
			last = err
		}
		select {
		case <-time.After(pause):
		case <-waiting.Done():
			if ctx.Err() != nil {
				return "", context.Cause(ctx)
			}
			return "", fmt.Errorf("after %v: %w", c.wait, last)
		}
	}
}

func (c *healthCommand) ask(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("no answer within %v", c.timeout))
	defer cancel()
	client := api.Client{Server: c.server, HTTP: noRedirects()}
	answer, err := client.Ready(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = errors.Join(cause)
	}
	return answer, err
}
