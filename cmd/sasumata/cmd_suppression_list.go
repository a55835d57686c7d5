package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal/suppress"
)

// suppressionList is the suppression list command.
type suppressionList struct {
	signalsCommand

	state string
	limit int
}

func newSuppressionList(s streams) *cobra.Command {
	c := &suppressionList{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:     "list --token-file FILE",
		Short:   "List the suppressions of a running server, and how often each held something back",
		Example: `  sasumata suppression list --token-file me.token --state active`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.add(cmd)
	cmd.Flags().StringVar(&c.state, "state", "", strings.Join(suppress.States(), ", ")+"; the default is all")
	cmd.Flags().IntVar(&c.limit, "limit", 100, "how many at the most, the newest")
	return cmd
}

func (c *suppressionList) run(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	if c.limit < 1 || c.limit > 100_000 {
		return fmt.Errorf("--limit %d, want 1 to 100000", c.limit)
	}
	list, cursor := []suppress.Suppression{}, ""
	for {
		page, err := client.Suppressions(ctx, c.state, cursor, min(c.limit-len(list), suppress.MaxPage))
		if err != nil {
			return answered(err)
		}
		list = append(list, page.Suppressions...)
		if cursor = page.Next; cursor == "" || len(list) >= c.limit {
			break
		}
	}
	if c.output == "json" {
		return c.json(list)
	}
	t := report.Table{Header: []string{"id", "state", "until", "signals", "changes", "last", "by", "name", "reason"}, Right: make([]bool, 9)}
	t.Right[0], t.Right[3], t.Right[4] = true, true, true
	for i := range list {
		s := &list[i]
		t.Rows = append(t.Rows, []string{whole(s.ID), s.State, when(s.Expires, "no end"), whole(s.Signals), whole(s.Findings), when(s.Last, "never"), s.MadeBy, s.Name, s.Reason})
	}
	if err := t.WriteText(c.out); err != nil {
		return err
	}
	if cursor != "" {
		fmt.Fprintf(c.err, "sasumata: there are more: --limit shows them\n")
	}
	return nil
}

// when writes a time for a table.
func when(t *time.Time, without string) string {
	if t == nil {
		return without
	}
	return t.Format(time.RFC3339)
}

func newSuppressionShow(s streams) *cobra.Command {
	c := &signalsCommand{streams: s}
	cmd := &cobra.Command{
		Use:     "show --token-file FILE ID",
		Short:   "Show a suppression of a running server, with what it held back of each rule",
		Example: `  sasumata suppression show --token-file me.token 12`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := suppressionID(args[0])
			if err != nil {
				return err
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			d, err := client.Suppression(cmd.Context(), id)
			if err != nil {
				return answered(err)
			}
			if c.output == "json" {
				return c.json(d)
			}
			return showSuppression(c.out, &d)
		},
	}
	c.add(cmd)
	return cmd
}

// showSuppression writes one for people.
func showSuppression(w io.Writer, d *suppress.Detail) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, report.Safe(value))
		}
	}
	line("id", whole(d.ID))
	line("state", d.State)
	line("broken", d.Broken)
	line("name", d.Name)
	line("reason", d.Reason)
	line("rules", d.Rules)
	line("query", d.Query)
	line("holds", lasting(&d.Suppression))
	if d.Window != nil {
		line("window", d.Window.From.Format(time.RFC3339)+" to "+d.Window.To.Format(time.RFC3339))
	}
	line("signal", d.Signal)
	line("made", d.Made.Format(time.RFC3339)+" by "+d.MadeBy)
	if d.Version > 1 {
		line("changed", d.Changed.Format(time.RFC3339)+" by "+d.ChangedBy)
	}
	line("ended", when(d.Ended, ""))
	line("held back", fmt.Sprintf("%d signals, %d changes of signals, last %s", d.Signals, d.Findings, when(d.Last, "never")))
	for _, r := range d.ByRule {
		line("", fmt.Sprintf("%s: %d signals, %d changes, last %s", r.RuleID, r.Signals, r.Findings, when(r.Last, "never")))
	}
	if len(d.Sample) > 0 {
		var one said
		if err := json.Unmarshal(d.Sample, &one); err != nil {
			return fmt.Errorf("read the sample: %w", err)
		}
		line("sample", fmt.Sprintf("%s %s %s", one.Opened, one.Severity, one.Title))
		for _, s := range one.Samples {
			line("log", s.Text)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newSuppressionEnd(s streams) *cobra.Command {
	c, reason := &signalsCommand{streams: s}, ""
	cmd := &cobra.Command{
		Use:     "end --token-file FILE ID...",
		Short:   "End suppressions of a running server, at once; they stay in the list",
		Example: `  sasumata suppression end --token-file me.token 12 -m 'the scanner is gone'`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			for _, text := range args {
				id, err := suppressionID(text)
				if err != nil {
					return err
				}
				one, err := client.EndSuppression(cmd.Context(), id, reason)
				if err != nil {
					return answered(fmt.Errorf("suppression %d: %w", id, err))
				}
				if c.output == "json" {
					err = c.json(one)
				} else {
					_, err = fmt.Fprintf(c.out, "suppression %d is ended; it held back %d signals, %d changes of signals\n", one.ID, one.Signals, one.Findings)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.add(cmd)
	cmd.Flags().StringVarP(&reason, "message", "m", "", "why, for the audit trail")
	return cmd
}
