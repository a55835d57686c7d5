package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/signal"
)

func newNotify(s streams) *cobra.Command {
	return newGroup("notify", "Try out who is told, how, and how often", newNotifySimulate(s))
}

func newNotifySimulate(s streams) *cobra.Command {
	c := alert.Default()
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Say which of many alerts would be told",
		Long: `Simulate reads alerts from standard input, one JSON object a line in the order of
their time ({"id", "timestamp", "rule", "host", "network.client.ip", "source",
"severity"}), and prints the notices that people would have got, as JSON lines: what
is new or rare at a host, gathered, within a budget; and once a day the counts of
what was not told. It is what serve does with signals of low severity.`,
		Example: `  sasumata notify simulate < alerts.jsonl
  sasumata notify simulate --per-day 20 < alerts.jsonl | wc -l`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if c.Triage.PerDay < 1 {
				return usageError(errors.New("--per-day wants a positive number"))
			}
			return runError(alert.Simulate(s.in, s.out, c))
		},
	}
	c.Triage.Severity = signal.Medium
	cmd.Flags().IntVar(&c.Triage.PerDay, "per-day", alert.DefaultPerDay, "how many notices a day to aim at")
	cmd.Flags().DurationVar(&c.Suppress, "suppress", alert.DefaultSuppress, "for how long the same notice is not told again")
	return cmd
}
