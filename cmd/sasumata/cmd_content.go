package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
)

func newContent(s streams) *cobra.Command {
	return newGroup("content", "Look at the built-in pipelines, rules, patterns and runbooks", newContentExport(s))
}

func newContentExport(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "export DIR",
		Short: "Write the built-in content to a directory, to read and to change",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			n, err := app.ExportContent(args[0])
			if err != nil {
				return runError(err)
			}
			_, err = fmt.Fprintf(s.out, "%d files written to %s\n", n, args[0])
			return err
		},
	}
}
