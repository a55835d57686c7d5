package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/report"
)

// signalsWatch is the signals watch command.
type signalsWatch struct{ signalsCommand }

func newSignalsWatch(s streams) *cobra.Command {
	c := &signalsWatch{signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "watch --token-file FILE [SEARCH]",
		Short: "Show signals as they open and change",
		Long: `Watch shows the signals that match the search as they open, and again when they change:
more events, a worse severity, somebody who took it. It goes on until Ctrl-C. When the
connection is lost it is made again, and what changed meanwhile is shown then.`,
		Example: `  sasumata signals watch --token-file me.token 'status:(high OR critical)'
  sasumata signals watch --token-file me.token -o json state:open | jq -r .signal.title`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), strings.Join(args, " ")) },
	}
	c.add(cmd)
	return cmd
}

func (c *signalsWatch) run(ctx context.Context, text string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	client.HTTP.Timeout = 0 // it takes as long as it takes
	last := ""
	return c.connected(ctx, func(printed func(error) error) error {
		return client.Watch(ctx, text, &last, func(f api.Following) error { return printed(c.show(f)) })
	})
}

// show prints a signal.
func (c *signalsWatch) show(f api.Following) error {
	if f.Lost != "" {
		fmt.Fprintf(c.err, "sasumata: %s\n", report.Safe(f.Lost))
		return nil
	}
	if c.output == "json" {
		w := json.NewEncoder(c.out)
		w.SetEscapeHTML(false)
		return w.Encode(f.Signal)
	}
	one, err := saidOf(f.Signal)
	if err != nil {
		return err
	}
	what := "changed"
	if f.Opened {
		what = "opened"
	}
	fields := []string{one.Opened, what, one.Severity, f.Signal.State.String(), dash(f.Signal.Assignee), whole(one.Events) + " events", f.Signal.ID, one.Title}
	for i, text := range fields {
		fields[i] = report.Safe(text)
	}
	_, err = fmt.Fprintln(c.out, strings.Join(fields, "  "))
	return err
}
