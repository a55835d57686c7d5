package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
)

func newRuleLint(s streams) *cobra.Command {
	strict := false
	cmd := &cobra.Command{
		Use:   "lint FILE|DIR...",
		Short: "Check rules, and say what is missing or can never happen",
		Long: `Lint shows every fault of a rule, be it Datadog's, ours, Sigma's or in a rule file of
Prometheus, where it stands.
It gives advice about those of the first two that are right: cases that can never
win, queries that never count together, keys that look misspelt, a missing runbook,
test or ATT&CK tag; of PromQL rules rates of gauges, divisions by 0 or of series by
themselves, thresholds per series, targets that vanish, labels that are not there. Files of suppressions may lie beside them: see suppression lint.
Faults end with exit code 1; with --strict advice does, too.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			lints, err := app.LintRules(args, time.Now().UnixNano())
			if err != nil {
				return usageError(err)
			}
			return printLints(s.out, "rules", lints, strict)
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "advice ends with exit code 1, too")
	return cmd
}

// printLints writes what lint found in files, and says by the exit code whether it
// was grave.
func printLints(w io.Writer, what string, lints []app.RuleLint, strict bool) error {
	faulty, advised := 0, 0
	for _, lint := range lints {
		for _, text := range lint.Faults {
			fmt.Fprintln(w, text)
		}
		for _, text := range lint.Advice {
			fmt.Fprintln(w, "advice:", text)
		}
		if len(lint.Faults) > 0 {
			faulty++
		}
		advised += len(lint.Advice)
	}
	fmt.Fprintf(w, "%d %s, %d with faults, %d pieces of advice\n", len(lints), what, faulty, advised)
	if faulty > 0 || strict && advised > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}
