package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
)

func newRule(s streams) *cobra.Command {
	return newGroup("rule", "Work with detection rules, in files and on a running server",
		append([]*cobra.Command{newRuleTest(s), newRuleLint(s), newRuleExplain(s), newRuleBacktest(s)}, newRuleServer(s)...)...)
}

func newRuleTest(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "test [DIR|FILE]",
		Short: "Run the tests beside rules (NAME_test.yaml)",
		Long: `Test plays the timelines of every _test.yaml file below the directory, or of one
file, against the rule beside it and compares the signals. Without a name it tests
the rules that are built in.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			result, err := app.TestRules(dir)
			if err != nil {
				return usageError(err)
			}
			for _, text := range result.Failures {
				fmt.Fprintln(s.out, text)
			}
			for _, id := range result.Untested {
				fmt.Fprintf(s.out, "%s has no test\n", id)
			}
			fmt.Fprintf(s.out, "%d rules, %d tests, %d failures, %d rules without a test\n", result.Rules, result.Tests, len(result.Failures), len(result.Untested))
			if len(result.Failures) > 0 {
				return &exitError{code: exitFindings}
			}
			return nil
		},
	}
}
