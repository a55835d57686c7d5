package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule/suppression"
	"github.com/sasumata/sasumata/internal/signal/suppress"
)

// changeFlags are the flags that say what a suppression of a server is to be.
type changeFlags struct {
	name, reason, rules, query string
	starts, until, lasts       string
	schedule                   string
	forever, all, confirm      bool
}

// addSearch adds the flags that say what it hides.
func (f *changeFlags) addSearch(flags *pflag.FlagSet) {
	flags.StringVar(&f.rules, "rule-query", "", "which rules: a search over ruleId, name, category, source, status (the worst severity) and tags; the default is all")
	flags.StringVar(&f.query, "query", "", "which of their signals: a search over the signal and its log, such as @network.client.ip:203.0.113.7; the default is all")
	flags.StringVar(&f.schedule, "schedule", "", "windows in which it holds: days, time, length and time zone, such as 'sat,sun 02:00 2h Asia/Tokyo'")
}

// addEnd adds the flags that say until when it holds, and why.
func (f *changeFlags) addEnd(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "name", "", "what people call it")
	flags.StringVar(&f.starts, "starts", "", "when it begins, RFC 3339, by the time of the logs; the default is that it always held")
	flags.StringVar(&f.until, "until", "", "when it ends, RFC 3339, by the time of the logs")
	flags.StringVar(&f.lasts, "for", "", "how long it lasts, such as 12h or 7d, from now or from --starts")
	flags.BoolVar(&f.forever, "forever", false, "it has no end")
	flags.BoolVar(&f.all, "all", false, "it may hide every signal of every rule")
	flags.BoolVar(&f.confirm, "confirm", false, "it may hide what was critical, or turned out to be true")
}

// change returns what the flags say that somebody gave.
func (f *changeFlags) change(flags *pflag.FlagSet) (c suppress.Change, err error) {
	for _, one := range []struct {
		flag string
		from string
		to   **string
	}{{"name", f.name, &c.Name}, {"reason", f.reason, &c.Reason}, {"message", f.reason, &c.Reason}, {"rule-query", f.rules, &c.Rules}, {"query", f.query, &c.Query}} {
		if flags.Changed(one.flag) {
			*one.to = new(one.from)
		}
	}
	for _, one := range []struct {
		flag string
		from string
		to   **time.Time
	}{{"starts", f.starts, &c.Starts}, {"until", f.until, &c.Expires}} {
		if !flags.Changed(one.flag) {
			continue
		}
		at, err := time.Parse(time.RFC3339, one.from)
		if err != nil {
			return c, fmt.Errorf("--%s %q, want RFC 3339 such as 2026-01-31T12:00:00Z", one.flag, one.from)
		}
		*one.to = &at
	}
	if flags.Changed("schedule") {
		c.Schedule = &suppression.Schedule{}
		if err := c.Schedule.UnmarshalText([]byte(f.schedule)); err != nil {
			return c, fmt.Errorf("--schedule: %w", err)
		}
	}
	c.For, c.Forever, c.All, c.Confirm = f.lasts, f.forever, f.all, f.confirm
	return c, nil
}

func newSuppressionAdd(s streams) *cobra.Command {
	c, f := &signalsCommand{streams: s}, &changeFlags{}
	cmd := &cobra.Command{
		Use:   "add --token-file FILE --query SEARCH --for TIME --reason TEXT",
		Short: "Hold signals back on a running server, at once and for a time",
		Long: `Add makes a suppression on a server that runs. It holds back the signals that --query
matches, of the rules that --rule-query chooses, for as long as --for or --until says, by
the time of the logs. It is counted, listed and in the audit trail, and it says beforehand
what it would have hidden in the last 30 days. What would hide every signal of every rule
wants --all, what would have hidden critical signals or true positives wants --confirm.

With --schedule it is a maintenance window that comes back: --forever --schedule
'sun 02:00 2h Asia/Tokyo' holds on Sundays from 02:00 to 04:00 in Tokyo.`,
		Example: `  sasumata suppression add --token-file me.token --query '@network.client.ip:203.0.113.7' --for 7d --reason 'our scanner'
  sasumata suppression add --token-file me.token --rule-query category:web --query host:web1 --forever --schedule 'sun 02:00 2h Asia/Tokyo' --reason 'updates'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			change, err := f.change(cmd.Flags())
			if err != nil {
				return err
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			made, err := client.MakeSuppression(cmd.Context(), change)
			return c.made(&made, err)
		},
	}
	c.add(cmd)
	f.addSearch(cmd.Flags())
	f.addEnd(cmd.Flags())
	cmd.Flags().StringVar(&f.reason, "reason", "", "why it is there")
	return cmd
}

func newSuppressionEdit(s streams) *cobra.Command {
	c, f := &signalsCommand{streams: s}, &changeFlags{}
	cmd := &cobra.Command{
		Use:     "edit --token-file FILE ID",
		Short:   "Change a suppression of a running server, such as give it more time",
		Example: `  sasumata suppression edit --token-file me.token 12 --for 7d`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := suppressionID(args[0])
			if err != nil {
				return err
			}
			change, err := f.change(cmd.Flags())
			if err != nil {
				return err
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			made, err := client.EditSuppression(cmd.Context(), id, change)
			return c.made(&made, err)
		},
	}
	c.add(cmd)
	f.addSearch(cmd.Flags())
	f.addEnd(cmd.Flags())
	cmd.Flags().StringVar(&f.reason, "reason", "", "why it is there")
	return cmd
}

func newSignalsMute(s streams) *cobra.Command {
	c, f, m := &signalsCommand{streams: s}, &changeFlags{}, suppress.Mute{}
	cmd := &cobra.Command{
		Use:   "mute --token-file FILE ID",
		Short: "Hold back signals of the same rule and values for a time",
		Long: `Mute makes a suppression from a signal: of its rule, and of the values that the rule groups
by. It lasts 7 days unless --for, --until or --forever says otherwise. 'suppression list'
shows it, and how often it held something back; 'suppression end' ends it.`,
		Example: `  sasumata signals mute --token-file me.token 1c61e9acfb418f706b83 -m 'our scanner'
  sasumata signals mute --token-file me.token 1c61e9acfb418f706b83 --field network.client.ip --all-rules --for 12h`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if m.Change, err = f.change(cmd.Flags()); err != nil {
				return err
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			made, err := client.Mute(cmd.Context(), args[0], m)
			return c.made(&made, err)
		},
	}
	c.add(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&m.Fields, "field", nil, "attribute whose value is muted, such as network.client.ip; may be repeated; the default is what the rule groups by")
	flags.BoolVar(&m.AllRules, "all-rules", false, "for all rules, and not only for that of the signal")
	flags.StringVar(&f.schedule, "schedule", "", "windows in which it holds, such as 'sat,sun 02:00 2h Asia/Tokyo'")
	f.addEnd(flags)
	flags.Lookup("all").Usage = "it may hide every signal of the rule"
	flags.StringVarP(&f.reason, "message", "m", "", "why")
	return cmd
}

// made says what was made or changed.
func (c *signalsCommand) made(made *suppress.Made, err error) error {
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(made)
	}
	s := &made.Suppression
	fmt.Fprintf(c.out, "suppression %d holds back %s of the rules %s, %s\n", s.ID, report.Safe(s.Query), report.Safe(s.Rules), lasting(s))
	if made.Preview != nil {
		fmt.Fprintf(c.out, "it would have hidden %d of %d signals of the last %d days\n", made.Preview.Signals, made.Preview.Recorded, made.Preview.Days)
		warnings(c.err, made.Preview)
	}
	return nil
}

// lasting says when a suppression holds.
func lasting(s *suppress.Suppression) string {
	var parts []string
	if s.Starts != nil {
		parts = append(parts, "from "+s.Starts.Format(time.RFC3339))
	}
	if s.Expires != nil {
		parts = append(parts, "until "+s.Expires.Format(time.RFC3339))
	} else {
		parts = append(parts, "without an end")
	}
	if !s.Schedule.IsZero() {
		parts = append(parts, "in windows: "+s.Schedule.String())
	}
	return strings.Join(parts, " ")
}

func warnings(w io.Writer, p *suppress.Preview) {
	for _, text := range p.Warnings {
		fmt.Fprintf(w, "sasumata: WARNING: %s\n", report.Safe(text))
	}
}

// suppressionID reads the id of a suppression.
func suppressionID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, usageError(fmt.Errorf("%q is no id of a suppression, want a number as 'suppression list' shows it", text))
	}
	return id, nil
}

// previewServer says what a suppression would have hidden on a server.
func previewServer(ctx context.Context, c *signalsCommand, f *changeFlags, flags *pflag.FlagSet, days int) error {
	change, err := f.change(flags)
	if err != nil {
		return err
	}
	if change.Rules == nil && change.Query == nil {
		return errors.New("want --suppressions FILE and logs, or --query or --rule-query to ask a server")
	}
	if c.output == "jsonl" {
		c.output = "json"
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	p, err := client.PreviewSuppression(ctx, change, days)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(p)
	}
	fmt.Fprintf(c.out, "it would have hidden %d of %d signals of the last %d days, of %d rules out of %d\n", p.Signals, p.Recorded, p.Days, len(p.Rules), p.Chosen)
	t := report.Table{Header: []string{"rule", "signals"}, Right: []bool{false, true}}
	for _, r := range p.Rules {
		t.Rows = append(t.Rows, []string{r.RuleID, whole(r.Signals)})
	}
	if err := separated(c.out, &t); err != nil {
		return err
	}
	t = report.Table{Header: []string{"severity", "signals"}, Right: []bool{false, true}}
	for _, severity := range []string{"critical", "high", "medium", "low", "info"} {
		if n := p.Severities[severity]; n > 0 {
			t.Rows = append(t.Rows, []string{severity, whole(n)})
		}
	}
	if err := separated(c.out, &t); err != nil {
		return err
	}
	t = report.Table{Header: []string{"signal", "opened", "severity", "state", "title"}, Right: make([]bool, 5)}
	for _, s := range p.Samples {
		t.Rows = append(t.Rows, []string{s.ID, s.Opened.Format(time.RFC3339), s.Severity, strings.TrimSuffix(s.State+": "+s.Reason, ": "), s.Title})
	}
	if err := separated(c.out, &t); err != nil {
		return err
	}
	warnings(c.err, &p)
	return nil
}

// separated writes a table below an empty line, unless it has no rows.
func separated(w io.Writer, t *report.Table) error {
	if len(t.Rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return t.WriteText(w)
}
