package main

import (
	"fmt"
	"os"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/pipeline/pipelinetest"
	"github.com/spf13/cobra"
)

func newPipeline(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pipeline",
		Short: "Work with log pipelines",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPipelineTest(s), newPipelineRun(s))
	return cmd
}

func newPipelineTest(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "test DIR",
		Short: "Run the tests beside pipelines (NAME_test.yaml)",
		Long: `Test loads the pipelines below the directory on top of the built-in ones and runs
every _test.yaml file there: raw lines, and the events that must come of them.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			content, err := app.LoadContent(app.Sources{Pipelines: args, Only: app.PipelinePart})
			if err != nil {
				return usageError(err)
			}
			tests, failures, err := pipelinetest.RunDir(content.Pipelines, os.DirFS(args[0]), ".")
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
				return fmt.Errorf("no _test.yaml file below %s", args[0])
			}
			return nil
		},
	}
}
