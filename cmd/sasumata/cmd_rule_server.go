package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule/shelf"
)

// newRuleServer returns the commands about the rules of a running server.
func newRuleServer(s streams) []*cobra.Command {
	return []*cobra.Command{newRuleList(s), newRuleShow(s), newRulePreview(s), newRulePut(s), newRuleRemove(s), newRuleMode(s)}
}

func newRuleList(s streams) *cobra.Command {
	c, find := &signalsCommand{streams: s}, ""
	cmd := &cobra.Command{
		Use:     "list --token-file FILE",
		Short:   "List the rules of a running server: how they run, what they found, what they cost",
		Example: `  sasumata rule list --token-file me.token --find ssh`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			list, err := client.Rules(cmd.Context())
			if err != nil {
				return answered(err)
			}
			some := []api.Rule{}
			for _, r := range list {
				if strings.Contains(strings.ToLower(r.ID+" "+r.Name+" "+r.NameJA+" "+strings.Join(r.Tags, " ")), strings.ToLower(find)) {
					some = append(some, r)
				}
			}
			if c.output == "json" {
				return c.json(some)
			}
			t := report.Table{Header: []string{"id", "mode", "origin", "worst", "7 days", "precision", "cost", "name"}, Right: []bool{false, false, false, false, true, true, true, false}}
			for _, r := range some {
				t.Rows = append(t.Rows, []string{r.ID, modeOf(&r), r.Origin, worst(r.Severities), whole(sum(r.Days)), percent(r.Precision), cost(r.Cost), r.Name})
			}
			return t.WriteText(c.out)
		},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&find, "find", "", "only those with this in their id, name or tags")
	return cmd
}

// modeOf says how a rule runs, also when it cannot.
func modeOf(r *api.Rule) string {
	if r.NotRun != "" && r.Mode != shelf.Disabled {
		return r.Mode + ", not run"
	}
	return r.Mode
}

func worst(severities []string) string {
	if len(severities) == 0 {
		return dash("")
	}
	return severities[0]
}

func sum(days []int64) (n int64) {
	for _, day := range days {
		n += day
	}
	return n
}

func percent(share *float64) string {
	if share == nil {
		return dash("")
	}
	return strconv.FormatFloat(*share*100, 'f', 0, 64) + " %"
}

func cost(c *float64) string {
	if c == nil {
		return dash("")
	}
	return strconv.FormatFloat(*c, 'f', 1, 64) + " ‰"
}

func newRuleShow(s streams) *cobra.Command {
	c := &signalsCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "show --token-file FILE ID",
		Short: "Show a rule of a running server as it was written, and how it runs",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			d, err := client.Rule(cmd.Context(), args[0])
			if err != nil {
				return answered(err)
			}
			return c.rule(&d, true)
		},
	}
	c.add(cmd)
	return cmd
}

// rule writes a rule, with its text if that is wanted.
func (c *signalsCommand) rule(d *api.RuleDetail, whole bool) error {
	if c.output == "json" {
		return c.json(d)
	}
	line := func(format string, args ...any) {
		fmt.Fprintln(c.err, report.Safe(fmt.Sprintf(format, args...)))
	}
	line("%s: %s, %s:%d (%s), edition %d", d.ID, modeOf(&d.Rule), d.File, d.Line, d.Origin, d.Edition)
	if d.Switched != nil && d.Switched.Mode == d.Mode {
		line("switched by %s at %s: %s", d.Switched.By, d.Switched.At.Format(time.RFC3339), d.Switched.Reason)
	}
	if d.NotRun != "" {
		line("it cannot run: %s", d.NotRun)
	}
	if d.Overrides {
		line("it overrides another one, which is at work again when this one is removed")
	}
	if !whole {
		return nil
	}
	for text := range strings.Lines(d.Text) { // it may hold anything
		if _, err := fmt.Fprintln(c.out, report.Safe(strings.TrimRight(text, "\r\n"))); err != nil {
			return err
		}
	}
	return nil
}

func newRulePreview(s streams) *cobra.Command {
	c, hours := &signalsCommand{streams: s}, 0
	cmd := &cobra.Command{
		Use:   "preview --token-file FILE RULE",
		Short: "Run a file of rules over the logs that a server stored: what it would have opened",
		Long: `Preview runs the rule alone over the stored logs, as detection would, and changes nothing.
It looks back 24 hours unless --hours says otherwise, for at most 20 seconds. 'rule backtest'
does the same with files of logs, without a server.`,
		Example: `  sasumata rule preview --token-file me.token --hours 168 my-rule.yaml`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, text, err := c.clientAndText(args[0])
			if err != nil {
				return err
			}
			p, err := client.PreviewRule(cmd.Context(), api.PreviewWish{Text: text, Hours: hours})
			if err != nil {
				return answered(err)
			}
			return c.preview(&p)
		},
	}
	c.add(cmd)
	cmd.Flags().IntVar(&hours, "hours", 24, "how far back it looks, up to 744")
	return cmd
}

func (c *signalsCommand) preview(p *api.RulePreview) error {
	if c.output == "json" {
		return c.json(p)
	}
	fmt.Fprintf(c.out, "%s signals, %.1f a day, of %s events from %s to %s, %s of which counted (%d ms)\n",
		whole(p.Signals), p.PerDay, whole(p.Events), p.From.Format(time.RFC3339), p.To.Format(time.RFC3339), whole(p.Matched), p.MilliSeconds)
	if p.LearntFrom != nil {
		fmt.Fprintf(c.out, "it learnt from logs since %s\n", p.LearntFrom.Format(time.RFC3339))
	}
	if p.Suppressed > 0 {
		fmt.Fprintf(c.out, "suppressions would have held something back %s times\n", whole(p.Suppressed))
	}
	if p.Cut != "" {
		fmt.Fprintf(c.err, "sasumata: WARNING: it was cut off %s\n", p.Cut)
	}
	if p.Evicted > 0 {
		fmt.Fprintf(c.err, "sasumata: WARNING: %s groups were forgotten early to stay within memory\n", whole(p.Evicted))
	}
	t := report.Table{Header: []string{"first", "last", "severity", "events", "title"}, Right: []bool{false, false, false, true, false}}
	for _, s := range p.Samples {
		t.Rows = append(t.Rows, []string{s.First.Format(time.RFC3339), s.Last.Format(time.RFC3339), s.Severity, whole(s.Events), s.Title})
	}
	return separated(c.out, &t)
}

// clientAndText returns what asks the server, and the text of a file.
func (c *signalsCommand) clientAndText(name string) (*api.Client, string, error) {
	client, err := c.client()
	if err != nil {
		return nil, "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, "", usageError(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, shelf.MaxText+1))
	if err == nil && len(text) > shelf.MaxText {
		err = fmt.Errorf("%s has more than %d bytes", name, shelf.MaxText)
	}
	if err != nil {
		return nil, "", usageError(err)
	}
	return client, string(text), nil
}

func newRulePut(s streams) *cobra.Command {
	c, id, note := &signalsCommand{streams: s}, "", ""
	cmd := &cobra.Command{
		Use:   "put --token-file FILE RULE",
		Short: "Put a rule to work on a running server, at once",
		Long: `Put writes the rule of the file on the server, where it is kept and goes to work at once. It
takes the place of the rule of the same id, also of a shipped one; 'rule remove' takes it away
again. What is wrong with it is said, and changes nothing.`,
		Example: `  sasumata rule put --token-file me.token -m 'less noise' my-rule.yaml`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, text, err := c.clientAndText(args[0])
			if err != nil {
				return err
			}
			if id == "" {
				check, err := client.CheckRule(cmd.Context(), text)
				switch {
				case err != nil:
					return answered(err)
				case len(check.IDs) == 1:
					id = check.IDs[0]
				case len(check.IDs) > 1:
					return usageError(fmt.Errorf("%s holds %s: want --id with one of them", args[0], strings.Join(check.IDs, ", ")))
				default:
					return usageError(faulty(args[0], check.Faults))
				}
			}
			d, err := client.WriteRule(cmd.Context(), id, api.RuleWish{Text: text, Note: note})
			if err != nil {
				return answered(err)
			}
			return c.rule(&d, false)
		},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&id, "id", "", "id of the rule, if the file holds several")
	cmd.Flags().StringVarP(&note, "message", "m", "", "what to remember about the change")
	return cmd
}

// faulty says what a server found wrong with a file.
func faulty(name string, faults []api.RuleFault) error {
	errs := make([]error, 0, len(faults))
	for _, f := range faults {
		text := fmt.Sprintf("%s:%d:%d: %s", name, f.Line, f.Col, f.Message)
		if f.Suggestion != "" {
			text += fmt.Sprintf(" (did you mean %q?)", f.Suggestion)
		}
		errs = append(errs, errors.New(report.Safe(text)))
	}
	return errors.Join(errs...)
}

func newRuleRemove(s streams) *cobra.Command {
	c, note := &signalsCommand{streams: s}, ""
	cmd := &cobra.Command{
		Use:   "remove --token-file FILE ID",
		Short: "Take away a rule that was written on a running server; a shipped one beneath it is at work again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			d, err := client.RemoveRule(cmd.Context(), args[0], note)
			if err != nil {
				return answered(err)
			}
			if d.Text == "" && c.output != "json" {
				fmt.Fprintf(c.err, "%s: removed\n", report.Safe(d.ID))
				return nil
			}
			return c.rule(&d, false)
		},
	}
	c.add(cmd)
	cmd.Flags().StringVarP(&note, "message", "m", "", "what to remember about the change")
	return cmd
}

func newRuleMode(s streams) *cobra.Command {
	c, reason := &signalsCommand{streams: s}, ""
	cmd := &cobra.Command{
		Use:   "mode --token-file FILE ID enabled|simulate|disabled",
		Short: "Switch a rule of a running server on or off, or only try it",
		Long: `Mode says how a rule runs, whatever its text says. A rule that is simulated opens signals
that say so: nobody is told of them, and nothing responds.`,
		Example: `  sasumata rule mode --token-file me.token crawling simulate -m 'is it worth it?'`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			d, err := client.SwitchRule(cmd.Context(), args[0], api.ModeWish{Mode: args[1], Reason: reason})
			if err != nil {
				return answered(err)
			}
			return c.rule(&d, false)
		},
	}
	c.add(cmd)
	cmd.Flags().StringVarP(&reason, "message", "m", "", "why; needed for simulate and disabled")
	return cmd
}
