package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
)

func newContent(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "content",
		Short: "Look at the built-in pipelines, rules, patterns and runbooks",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "export DIR",
		Short: "Write the built-in content to a directory, to read and to change",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			n, err := app.ExportContent(args[0])
			if err != nil {
				return &exitError{exitFailure, err}
			}
			_, err = fmt.Fprintf(s.out, "%d files written to %s\n", n, args[0])
			return err
		},
	})
	return cmd
}
