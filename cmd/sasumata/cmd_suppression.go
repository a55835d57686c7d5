package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/report"
)

func newSuppression(s streams) *cobra.Command {
	cmd := newGroup("suppression", "Work with suppressions: what nobody wants to hear of",
		newSuppressionList(s), newSuppressionShow(s), newSuppressionAdd(s), newSuppressionEdit(s), newSuppressionEnd(s), newSuppressionPreview(s), newSuppressionLint(s))
	cmd.Long = `Suppressions hold signals back that nobody wants to hear of, for a reason and for a time.
Those of files are part of the configuration: lint checks them, preview runs them over
past logs. Those of a running server are made by people with a token: list, show, add,
edit, end and, with --query, preview ask the server; 'signals mute' makes one from a
signal.`
	return cmd
}

func newSuppressionLint(s streams) *cobra.Command {
	strict := false
	var rules []string
	cmd := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Check suppressions, and say which are expired, for no rule, or hide too much",
		Long: `Lint shows every fault of suppressions where it stands, and gives advice about those
that are right: expired ones, those that no rule is chosen by, those without a reason
or an end. Faults end with exit code 1; with --strict advice does, too.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			content, err := app.LoadContent(app.Sources{Rules: rules, Only: app.RulePart})
			if err != nil {
				return usageError(err)
			}
			var lints []app.RuleLint
			for _, name := range args {
				data, err := os.ReadFile(name)
				if err != nil {
					return usageError(err)
				}
				lints = append(lints, app.LintSuppressions(name, data, content.Rules, time.Now().UnixNano()))
			}
			return printLints(s.out, "files", lints, strict)
		},
	}
	cmd.Flags().StringSliceVar(&rules, "rules", nil, "directory or file with rules of your own; may be repeated")
	cmd.Flags().BoolVar(&strict, "strict", false, "advice ends with exit code 1, too")
	return cmd
}

// printSuppressions writes a table of what suppressions held back; nothing without
// any.
func printSuppressions(w io.Writer, all []report.Suppression) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "SUPPRESSION\tRULES\tSIGNALS HELD BACK\tEVENTS KEPT OUT\tUNTIL\tREASON")
	for i := range all {
		s := &all[i]
		until := "no end"
		if s.Expiration != 0 {
			until = time.Unix(0, s.Expiration).UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%s\t%s\n", printable(s.Name), s.Rules, s.Signals, s.Events, until, printable(s.Reason))
	}
	_ = table.Flush() // to where the rest went, too
}
