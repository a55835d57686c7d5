package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/pipeline"
)

func newPipelineLint(s streams) *cobra.Command {
	lenient := false
	cmd := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Check pipelines, and show each fault where it stands",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			faulty := 0
			for _, file := range args {
				data, err := os.ReadFile(file)
				if err != nil {
					return usageError(err)
				}
				_, err = pipeline.Parse(file, data, pipeline.ParseOptions{Lenient: lenient})
				if faults, ok := errors.AsType[document.Faults](err); ok {
					faulty++
					fmt.Fprintln(s.out, faults.Excerpt(data))
				} else if err != nil {
					return usageError(err)
				}
			}
			fmt.Fprintf(s.out, "%d files, %d with faults\n", len(args), faulty)
			if faulty > 0 {
				return &exitError{code: exitFindings}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&lenient, "datadog", false, "ignore the keys of Datadog's own files that mean nothing here")
	return cmd
}
