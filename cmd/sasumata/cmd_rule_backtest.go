package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/signal"
)

// ruleBacktest is the rule backtest command.
type ruleBacktest struct {
	streams

	intakeFlags
	threatFlags
	rules    []string
	from, to string
	builtin  bool
	suppress []string
	baseline []string
}

func newRuleBacktest(s streams) *cobra.Command {
	b := &ruleBacktest{streams: s}
	cmd := &cobra.Command{
		Use:   "backtest --rules PATH LOG...",
		Short: "Run rules over past logs: what they would have opened, how noisy they are, what they cost",
		Example: `  sasumata rule backtest --rules my-rule.yaml /var/log/auth.log*
  sasumata rule backtest --built-in --from 2026-01-01T00:00:00Z access.log
  sasumata rule backtest --rules my-rule.yaml --threats ~/.cache/sasumata/threats access.log`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return b.run(cmd.Context(), args) },
	}
	flags := cmd.Flags()
	b.add(flags)
	flags.StringSliceVar(&b.rules, "rules", nil, "directory or file with the rules; may be repeated")
	flags.StringVar(&b.from, "from", "", "leave out events before this time (RFC 3339)")
	flags.StringVar(&b.to, "to", "", "leave out events from this time on (RFC 3339)")
	addSuppressions(flags, &b.suppress)
	addBaseline(flags, &b.baseline)
	b.addThreats(flags)
	flags.BoolVar(&b.builtin, "built-in", false, "run the built-in rules, too")
	return cmd
}

func (b *ruleBacktest) run(ctx context.Context, logs []string) error {
	if len(b.rules) == 0 && !b.builtin {
		return errors.New("--rules PATH is missing, or --built-in")
	}
	intake, err := b.intake(b.streams)
	if err != nil {
		return usageError(err)
	}
	since, err := search.Bound("--from", b.from)
	if err != nil {
		return err
	}
	until, err := search.Bound("--to", b.to)
	if err != nil {
		return err
	}
	content, err := b.content(app.Sources{Rules: b.rules, NoDefaults: !b.builtin, Suppressions: b.suppress, Threats: b.threats()}, b.err)
	if err != nil {
		return err
	}
	began := time.Now()
	result, err := app.RunBacktest(ctx, app.AnalyzeOptions{
		Intake: intake, Content: content, Inputs: logs, Baseline: b.baseline, Window: app.Window{Since: since, Until: until},
		Timer: func() time.Duration { return time.Since(began) },
		Warn:  func(text string) { fmt.Fprintf(b.err, "sasumata: %s\n", text) },
	})
	if result != nil {
		b.print(result)
	}
	return runError(err)
}

func (b *ruleBacktest) print(result *app.Backtest) {
	fmt.Fprintf(b.out, "%d events over %.1f days", result.Events, result.Days())
	if result.Events > 0 {
		fmt.Fprintf(b.out, ", detection took %.2f µs an event for %d rules", float64(result.Detection.Nanoseconds())/1e3/float64(result.Events), len(result.Rules))
	}
	fmt.Fprint(b.out, "\n\n")
	table := tabwriter.NewWriter(b.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tSIGNALS\tA DAY\tBY SEVERITY\tEVENTS\tDECIDED\tEXAMPLE")
	quiet := 0
	for i := range result.Rules {
		r := &result.Rules[i]
		if r.Total() == 0 {
			quiet++
			continue
		}
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%s\t%d\t%d\t%s\n", r.Rule.ID, r.Total(), float64(r.Total())/result.Days(), severities(r), r.Events, r.Cost.Decided, printable(r.Examples[0].Title))
	}
	if err := table.Flush(); err != nil {
		return
	}
	if quiet > 0 {
		fmt.Fprintf(b.out, "\n%d rules would have opened no signal\n", quiet)
	}
	printSuppressions(b.out, result.Suppressions)
}

func severities(r *app.RuleBacktest) string {
	var parts []string
	for s := signal.Severities - 1; s >= 0; s-- {
		if n := r.Signals[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", signal.Severity(s), n))
		}
	}
	return strings.Join(parts, ", ")
}

// printable escapes what could steer a terminal: titles hold text from logs.
func printable(text string) string {
	quoted := fmt.Sprintf("%.80q", text)
	return quoted[1 : len(quoted)-1]
}
