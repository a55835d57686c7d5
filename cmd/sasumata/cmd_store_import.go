package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/store"
)

// storeImport is the store import command: logs in, Parquet parts out.
type storeImport struct {
	storeCommand
	intakeFlags
	threatFlags

	patterns []string
}

func newStoreImport(s streams) *cobra.Command {
	c := &storeImport{storeCommand: storeCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "import --store DIR FILE...|-",
		Short: "Add the events of logs to the log store",
		Long: `Import reads logs, plain or packed, and adds their events to the log store, as
parse --detect prints them: with standard attributes, attacks marked, secrets made
unreadable. The folder is made if need be.

The events are in the store when the command is done, all of them; one that is broken
off leaves nothing behind. A log that is imported twice is in the store twice.`,
		Example: `  sasumata store import --store logs /var/log/nginx/access.log*
  zcat old.gz | sasumata store import --store logs --source sshd -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("store import wants the name of a log, or - for the standard input")
			}
			return c.run(cmd.Context(), args)
		},
	}
	c.storeCommand.add(cmd)
	flags := cmd.Flags()
	c.intakeFlags.add(flags)
	c.addMultiline(flags, "off")
	c.addThreats(flags)
	flags.StringSliceVar(&c.patterns, "patterns", nil, "directory or file with request patterns (.yaml) or rules in SecLang (.conf) of your own; may be repeated")
	refuseEmpty(flags)
	return cmd
}

func (c *storeImport) run(ctx context.Context, args []string) error {
	intake, err := c.intake(c.streams)
	if err != nil {
		return err
	}
	content, err := c.content(app.Sources{Patterns: c.patterns, Only: app.PipelinePart | app.PatternPart, Threats: c.threats()}, c.err)
	if err != nil {
		return err
	}
	s, err := c.open(store.Create)
	if err != nil {
		return err
	}
	bar := newProgress(c.err)
	intake.Progress = bar.update
	before := len(s.Parts())
	size := storeSize(s)
	began := time.Now()
	done, err := app.Import(ctx, app.ImportOptions{
		Intake: intake, Content: content, Inputs: args, Store: s,
		Warn: func(text string) {
			bar.clear()
			fmt.Fprintf(c.err, "sasumata: %s\n", text)
		},
	})
	bar.clear()
	if err = errors.Join(err, s.Close()); done.Events == 0 && err != nil {
		return runError(err)
	}
	seconds := time.Since(began).Seconds()
	size = storeSize(s) - size
	fmt.Fprintf(c.out, "%d events of %d lines (%s) are in the store, in %d new parts of %s: %.1f bytes an event. It took %.1f s, %.0f events a second.\n",
		done.Events, done.Lines, megabytes(done.Bytes), len(s.Parts())-before, megabytes(size), float64(size)/float64(max(done.Events, 1)),
		seconds, float64(done.Events)/max(seconds, 0.001))
	return runError(err)
}

func storeSize(s *store.Store) (n int64) {
	for _, p := range s.Parts() {
		n += p.Bytes
	}
	return n
}
