package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
)

// ruleExplain is the rule explain command.
type ruleExplain struct {
	streams

	intakeFlags
	threatFlags
	rules []string
	id    string
	all   bool

	suppressions []string
}

func newRuleExplain(s streams) *cobra.Command {
	x := &ruleExplain{streams: s}
	cmd := &cobra.Command{
		Use:   "explain LINE",
		Short: "Say for which rules a log line counts, and why not for the others",
		Long: `Explain takes a log line through pipelines and inspection, and shows condition by
condition which queries of the rules it matches. One event seldom opens a signal:
whether the conditions of the cases hold depends on the events around it. With
--threats the event is marked as analyze would mark it.`,
		Example: `  sasumata rule explain --id brute_force_by_ip 'Jan  2 03:04:05 web1 sshd[1]: Failed password for root from 203.0.113.9 port 4 ssh2'`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return x.run(args[0]) },
	}
	x.addParsing(cmd.Flags())
	cmd.Flags().StringSliceVar(&x.rules, "rules", nil, "directory or file with rules of your own; may be repeated")
	addSuppressions(cmd.Flags(), &x.suppressions)
	x.addThreats(cmd.Flags())
	cmd.Flags().StringVar(&x.id, "id", "", "only the rule with this id, in full")
	cmd.Flags().BoolVar(&x.all, "all", false, "rules for which the line does not count, too")
	return cmd
}

func (x *ruleExplain) run(line string) error {
	intake, err := x.intake(x.streams)
	if err != nil {
		return usageError(err)
	}
	content, err := x.content(app.Sources{Rules: x.rules, Suppressions: x.suppressions, Threats: x.threats()}, x.err)
	if err != nil {
		return err
	}
	e := app.ParseLine(content, intake, line)
	fmt.Fprintf(x.out, "%s\n", e.AppendRecord(nil))
	shown := 0
	for _, r := range content.Rules {
		if x.id != "" && r.ID != x.id {
			continue
		}
		explained := app.ExplainRule(r, e, content.Tables)
		if !explained.Counts() && !x.all && x.id == "" {
			continue
		}
		shown++
		x.print(&explained)
		if explained.Counts() {
			x.printHeld(app.ExplainSuppressions(content, r, e))
		}
	}
	if shown == 0 && x.id != "" {
		return fmt.Errorf("there is no rule with the id %q", x.id)
	}
	if shown == 0 {
		fmt.Fprintf(x.out, "\nthe line counts for none of %d rules (--all shows why)\n", len(content.Rules))
	}
	return nil
}

func (x *ruleExplain) print(explained *app.RuleExplanation) {
	r := explained.Rule
	fmt.Fprintf(x.out, "\n%s %s (%s)\n", mark(explained.Counts()), r.Name, r.ID)
	for i := range explained.Queries {
		q := &explained.Queries[i]
		fmt.Fprintf(x.out, "  %s %s: %s\n", mark(q.Counts()), q.Name, q.Text)
		if q.Counts() {
			continue
		}
		for _, clause := range q.Clauses {
			if !clause.Hold {
				fmt.Fprintf(x.out, "      ✗ %s\n", clause.Text)
			}
		}
		if len(q.Missing) > 0 {
			fmt.Fprintf(x.out, "      ✗ groups by %s, which the event does not have\n", strings.Join(q.Missing, ", "))
		}
		if q.Table != "" {
			fmt.Fprintf(x.out, "      ✗ the table %s keeps it out\n", q.Table)
		}
	}
	for _, c := range r.Cases {
		fmt.Fprintf(x.out, "    case %q (%s): %s\n", c.Name, c.Status, c.Condition)
	}
}

// printHeld says which suppressions hold the rule back for the event.
func (x *ruleExplain) printHeld(all []app.SuppressionExplanation) {
	for i := range all {
		s := &all[i]
		what := "holds the signal back"
		switch {
		case s.Events:
			what = "keeps the event out"
		case len(s.Severities) > 0:
			what += " while it is " + strings.Join(s.Severities, " or ")
		}
		sign, note := "✗", ""
		if s.Inactive {
			sign, note = "·", ", but not at the time of the event"
		}
		if s.Until != "" {
			note += " (until " + s.Until + ")"
		}
		if s.Reason != "" {
			note += ": " + printable(s.Reason)
		}
		fmt.Fprintf(x.out, "    %s the suppression \"%s\" %s%s\n", sign, printable(s.Name), what, note)
	}
}

func mark(ok bool) string {
	if ok {
		return "✓"
	}
	return "✗"
}
