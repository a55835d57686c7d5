package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/config/sample"
)

func newConfig(s streams) *cobra.Command {
	cmd := newGroup("config", "Print a configuration of the server with every key explained, or its schema", prints(s, "sample", "Print a configuration with every key, its default or an example, and what it means", sample.YAML),
		prints(s, "schema", "Print a JSON schema of the configuration, for editors", sample.Schema))
	cmd.Example = "  sasumata config sample > sasumata.yaml\n  sasumata config schema > schema.json"
	return cmd
}

// prints returns a command that prints a text.
func prints(s streams, use, short string, text func() string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(s.out, text())
			return err
		},
	}
}
