package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/config"
)

func newNotify(s streams) *cobra.Command {
	return newGroup("notify", "Try out who is told, how and how often, and see who was", newNotifyTest(s), newNotifyPreview(s), newNotifySimulate(s), newNotifyHistory(s), newNotifyUndelivered(s), newNotifySilencing(s))
}

// notifyOptions returns what a manager with the configuration would be made of.
func notifyOptions(s streams, file string) (alert.Options, error) {
	c, err := config.Load(file)
	if err != nil {
		return alert.Options{}, err
	}
	if c.Alert == nil {
		return alert.Options{}, errors.New(file + " has no alert: nobody is told anything")
	}
	return alert.Options{
		Config: c.Alert, Console: s.out, Color: useColor(s.out), Hostname: "localhost", Now: time.Now,
		Log: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelError})),
	}, nil
}

func newNotifyTest(s streams) *cobra.Command {
	var file string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "test RECEIVER",
		Short: "Tell a receiver of a drill, at once",
		Long: `Test sends a drill, which says in its first words that it is one, to each
integration of a receiver, past routes, limits and silences, and says what came of it.`,
		Example: `  sasumata notify test mail --config /etc/sasumata/sasumata.yaml`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts, err := notifyOptions(s, file)
			if err != nil {
				return usageError(err)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			drill := alert.Drill(opts.Now())
			tried, err := alert.Test(ctx, opts, args[0], &drill)
			if err != nil {
				return usageError(err)
			}
			return printTried(s.out, tried)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the configuration of the server, a YAML file")
	cmd.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long it may take")
	_ = cmd.MarkFlagRequired("config") // the flag is there
	return cmd
}

// printTried prints what came of a test; an integration that failed makes it fail.
func printTried(w io.Writer, tried []alert.Tried) error {
	if len(tried) > 0 {
		fmt.Fprintf(w, "%s\n\n%s\n\n", tried[0].Title, tried[0].Text)
	}
	var failed []string
	for _, one := range tried {
		verdict := "told"
		if one.Err != nil {
			verdict = "FAILED: " + alert.Visible(one.Err.Error())
			failed = append(failed, one.Target)
		}
		fmt.Fprintf(w, "%s  %s  %s\n", one.Target, one.Took.Round(time.Millisecond), verdict)
	}
	if len(failed) > 0 {
		return &exitError{exitFailure, fmt.Errorf("not told: %s", strings.Join(failed, ", "))}
	}
	return nil
}

func newNotifyPreview(s streams) *cobra.Command {
	var file, rule, severity, at string
	var labels []string
	cmd := &cobra.Command{
		Use:   "preview",
		Short: "Say who would be told of a signal, when, and why not",
		Example: `  sasumata notify preview --config sasumata.yaml --severity critical --label ip=192.0.2.1
  sasumata notify preview --config sasumata.yaml --severity high --at 2026-01-17T03:00:00+09:00`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			opts, err := notifyOptions(s, file)
			if err != nil {
				return usageError(err)
			}
			n, now, err := previewed(rule, severity, at, labels)
			if err != nil {
				return usageError(err)
			}
			list, err := alert.Preview(opts, n, now)
			if err != nil {
				return usageError(err)
			}
			for i := range list {
				printTold(s.out, &list[i])
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "config", "", "the configuration of the server, a YAML file")
	flags.StringVar(&rule, "rule", "Example", "name of the rule")
	flags.StringVar(&severity, "severity", "high", "info, low, medium, high or critical")
	flags.StringVar(&at, "at", "", "when, as RFC 3339; the default is now")
	flags.StringArrayVar(&labels, "label", nil, "an entity, such as ip=192.0.2.1; may be repeated")
	_ = cmd.MarkFlagRequired("config") // the flag is there
	return cmd
}

// previewed returns the notice that the flags describe.
func previewed(rule, severity, at string, labels []string) (*alert.Notice, time.Time, error) {
	now := time.Now()
	n := &alert.Notice{Kind: alert.KindSignal, Rule: rule}
	var ok bool
	if n.Severity, ok = alert.ParseSeverity(severity); !ok {
		return nil, now, fmt.Errorf("--severity %q, want info, low, medium, high or critical", severity)
	}
	if at != "" {
		var err error
		if now, err = time.Parse(time.RFC3339, at); err != nil {
			return nil, now, fmt.Errorf("--at %q is no time, want the form 2026-01-17T03:00:00+09:00", at)
		}
	}
	for _, text := range labels {
		name, value, found := strings.Cut(text, "=")
		if !found || name == "" {
			return nil, now, fmt.Errorf("--label %q, want NAME=VALUE", text)
		}
		n.Labels = append(n.Labels, alert.Label{Name: name, Value: value})
	}
	return n, now, nil
}

func printTold(w io.Writer, t *alert.Told) {
	name := t.Receiver
	if t.Person != "" {
		name += " (now " + t.Person + ")"
	}
	if t.Muted != "" {
		fmt.Fprintf(w, "%s: not now: %s\n", name, t.Muted)
		return
	}
	when := "at once"
	switch {
	case t.After > 0:
		when = "after " + t.After.String() + " unless somebody acknowledges it"
	case t.Wait > 0:
		when = "after " + t.Wait.String()
	}
	fmt.Fprintf(w, "%s: %s, again after %s if it goes on; one message for each of %s; %s\n", name, when, t.Again, t.GroupBy, strings.Join(t.Targets, ", "))
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
			if c.Quiet.PerDay < 1 {
				return usageError(errors.New("--per-day wants a positive number"))
			}
			return runError(alert.Simulate(s.in, s.out, c))
		},
	}
	cmd.Flags().IntVar(&c.Quiet.PerDay, "per-day", alert.DefaultPerDay, "how many notices a day to aim at")
	cmd.Flags().DurationVar(&c.Suppress, "suppress", alert.DefaultSuppress, "for how long the same notice is not told again")
	return cmd
}
