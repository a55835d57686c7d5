package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
)

func newPipeline(s streams) *cobra.Command {
	return newGroup("pipeline", "Work with log pipelines",
		newPipelineTest(s), newPipelineRun(s), newPipelineLint(s), newPipelineExplain(s))
}

func newPipelineTest(s streams) *cobra.Command {
	intake := &intakeFlags{}
	cmd := &cobra.Command{
		Use:   "test DIR",
		Short: "Run the tests beside pipelines (NAME_test.yaml, and Datadog's NAME_tests.yaml)",
		Long: `Test runs every _test.yaml file below the directory: raw lines, and the events that
must come of them, with the pipelines of the directory on top of the built-in
ones. Files that end in _tests.yaml are Datadog's own: each runs against the
pipeline beside it alone.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			places, err := intake.places()
			if err != nil {
				return usageError(err)
			}
			tests, failures, err := app.TestPipelines(args[0], places)
			if err != nil {
				return usageError(err)
			}
			for _, f := range failures {
				fmt.Fprintln(s.out, f)
			}
			fmt.Fprintf(s.out, "%d tests, %d differences\n", tests, len(failures))
			if len(failures) > 0 {
				return &exitError{code: exitFindings}
			}
			if tests == 0 {
				return fmt.Errorf("no _test.yaml or _tests.yaml file below %s", args[0])
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&intake.geoStatic, "geo-static", "", "JSON file that places addresses in Datadog's tests")
	return cmd
}
