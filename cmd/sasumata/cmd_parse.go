package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
)

// parse is the parse command: raw lines in, normalised events out.
type parse struct {
	streams

	intakeFlags
	threatFlags
	detect   bool
	patterns []string
}

func newParse(s streams) *cobra.Command {
	p := &parse{streams: s}
	cmd := &cobra.Command{
		Use:   "parse [FILE...|-]",
		Short: "Normalise log lines to JSON, one object a line",
		Long: `Parse prints one JSON object for each line that it reads, in order: official
fields (timestamp, status, service, source, host, message) and standard
attributes. A line that nothing understands gives its message alone. With
--multiline, lines that belong together give one object.`,
		Example: `  sasumata parse < /var/log/auth.log
  sasumata parse --source nginx --detect access.log`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd.Context(), args) },
	}
	flags := cmd.Flags()
	p.add(flags)
	p.addMultiline(flags, "off")
	p.addThreats(flags)
	flags.BoolVar(&p.detect, "detect", false, "mark requests that look like an attack (security.attack)")
	flags.StringSliceVar(&p.patterns, "patterns", nil, "directory or file with request patterns (.yaml) or rules in SecLang (.conf) of your own; may be repeated")
	return cmd
}

func (p *parse) run(ctx context.Context, args []string) error {
	intake, err := p.intake(p.streams)
	if err != nil {
		return err
	}
	only := app.PipelinePart
	if p.detect {
		only |= app.PatternPart
	}
	content, err := p.content(app.Sources{Patterns: p.patterns, Only: only, Threats: p.threats()}, p.err)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	out := bufio.NewWriterSize(p.out, 64<<10)
	err = app.Parse(ctx, out, app.ParseOptions{
		Intake: intake, Content: content, Inputs: args, Detect: p.detect,
		Warn: func(text string) { fmt.Fprintf(p.err, "sasumata: %s\n", text) },
	})
	return runError(errors.Join(err, out.Flush()))
}
