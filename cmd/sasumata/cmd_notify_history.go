package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/report"
)

// notifyAsk is a command that asks a running server what was told and what was not.
type notifyAsk struct {
	signalsCommand

	asked api.Asked
	limit int
	texts bool
}

func newNotifyHistory(s streams) *cobra.Command {
	c := &notifyAsk{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "history --token-file FILE [SIGNAL-ID]",
		Short: "Show who was told of what, when, and what came of it",
		Long: `History asks a running server for its attempts at telling people, the latest first:
of one signal or of all, with the receiver, the outcome (told, failed with its error,
held for a summary, muted by a silence) and how often the notice had come again.`,
		Example: `  sasumata notify history --token-file me.token --from 24h --receiver mail
  sasumata notify history --token-file me.token --text 1c61e9acfb418f706b83`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				c.asked.Signal = args[0]
			}
			return c.history(cmd.Context())
		},
	}
	c.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.asked.Receiver, "receiver", "", "only of this receiver")
	flags.StringVar(&c.asked.From, "from", "", "only since then: a time, or how long ago, such as 24h")
	flags.IntVar(&c.limit, "limit", 100, "how many, up to 1000")
	flags.BoolVar(&c.texts, "text", false, "show the text of each, too")
	return cmd
}

func (c *notifyAsk) history(ctx context.Context) error {
	if c.limit < 1 || c.limit > 1000 {
		return usageError(fmt.Errorf("--limit %d, want 1 to 1000", c.limit))
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	d, err := client.Deliveries(ctx, c.asked, c.limit)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(d.History)
	}
	t := report.Table{Header: []string{"time", "receiver", "outcome", "attempt", "repeats", "signal", "notice"}, Right: []bool{false, false, false, true, true, false, false}}
	for i := range d.History {
		one := &d.History[i]
		t.Rows = append(t.Rows, []string{
			one.At.UTC().Format(time.RFC3339), one.Target, outcomeOf(one), whole(int64(one.Attempts)), whole(one.Repeats), dash(one.Signal), one.Title,
		})
	}
	if err := t.WriteText(c.out); err != nil {
		return err
	}
	for i := range d.History {
		if one := &d.History[i]; c.texts && one.Text != "" {
			fmt.Fprintf(c.out, "\n%s %s\n%s\n", one.At.UTC().Format(time.RFC3339), report.Safe(one.Target), safeLines(one.Text))
		}
	}
	if d.Next != "" {
		fmt.Fprintf(c.err, "sasumata: there are %d: --limit shows more\n", d.Count)
	}
	return nil
}

// safeLines makes a text of several lines harmless for a terminal.
func safeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = report.Safe(lines[i])
	}
	return strings.Join(lines, "\n")
}

// outcomeOf says what came of a delivery, and why.
func outcomeOf(d *api.Delivery) string {
	switch {
	case d.Error != "":
		return "failed: " + d.Error
	case d.Muted != "":
		return "muted: " + d.Muted
	default:
		return d.Outcome
	}
}

func newNotifyUndelivered(s streams) *cobra.Command {
	c := &notifyAsk{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "undelivered --token-file FILE [SIGNAL-ID]",
		Short: "Show who has still to be told of what, and why",
		Long: `Undelivered asks a running server for the notices that a receiver has not got yet, the
oldest first, with the number of attempts and the last error. They are tried again.`,
		Example: `  sasumata notify undelivered --token-file me.token --receiver mail`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				c.asked.Signal = args[0]
			}
			return c.undelivered(cmd.Context())
		},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&c.asked.Receiver, "receiver", "", "only of this receiver")
	return cmd
}

func (c *notifyAsk) undelivered(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	list, err := client.Undelivered(ctx, c.asked)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(list)
	}
	t := report.Table{Header: []string{"since", "receiver", "attempts", "next", "severity", "signal", "notice", "last error"}, Right: make([]bool, 8)}
	for i := range list {
		one := &list[i]
		next := "soon"
		if one.Next != nil {
			next = one.Next.UTC().Format(time.RFC3339)
		}
		t.Rows = append(t.Rows, []string{
			one.Began.UTC().Format(time.RFC3339), one.Target, whole(int64(one.Attempts)), next, one.Severity, dash(one.ID), one.Title, dash(one.Error),
		})
	}
	return t.WriteText(c.out)
}

// toldOf returns what was told of a signal, the latest first; nothing when the server tells
// nobody.
func toldOf(ctx context.Context, client *api.Client, id string) ([]api.Delivery, error) {
	d, err := client.Deliveries(ctx, api.Asked{Signal: id}, 100)
	if refused, ok := errors.AsType[*api.RefusedError](err); ok && refused.Code == http.StatusNotFound {
		return nil, nil
	}
	return d.History, err
}
