package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/report"
)

func newNotifySilencing(s streams) *cobra.Command {
	c := &notifyAsk{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "silencing --token-file FILE MATCHERS",
		Short: "Show what a silence would hold back, before it is made",
		Long: `Silencing asks a running server which notices a silence with these matchers would hold
back now, and which of the latest it would have held back. It makes no silence: amtool
does ("sasumata serve" has Alertmanager's API). Matchers that would hold back everything,
or nearly, are refused there, and here with exit code 2.`,
		Example: `  sasumata notify silencing --token-file me.token 'ip="198.51.100.7", alertname=~"Brute.*"'`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.silencing(cmd.Context(), args[0]) },
	}
	c.add(cmd)
	return cmd
}

func (c *notifyAsk) silencing(ctx context.Context, matchers string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	would, err := client.Silencing(ctx, matchers)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(would)
	}
	fmt.Fprintf(c.out, "now held back: %d\n", would.OpenCount)
	open := report.Table{Header: []string{"since", "severity", "signal", "notice"}, Right: make([]bool, 4)}
	for _, one := range would.Open {
		open.Rows = append(open.Rows, []string{one.Began.UTC().Format(time.RFC3339), one.Severity, dash(one.ID), one.Title})
	}
	told := report.Table{Header: []string{"time", "receiver", "outcome", "signal", "notice"}, Right: make([]bool, 5)}
	for i := range would.Told {
		one := &would.Told[i]
		told.Rows = append(told.Rows, []string{one.At.UTC().Format(time.RFC3339), one.Target, outcomeOf(one), dash(one.Signal), one.Title})
	}
	if len(open.Rows) > 0 {
		if err := open.WriteText(c.out); err != nil {
			return err
		}
	}
	fmt.Fprintf(c.out, "would have been held back, of the latest attempts: %d\n", would.ToldCount)
	if len(told.Rows) > 0 {
		if err := told.WriteText(c.out); err != nil {
			return err
		}
	}
	if would.Refused != "" {
		return fmt.Errorf("nobody can make it: %s", would.Refused)
	}
	return nil
}
