package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/store"
)

// storePrune is the store prune command: it removes what is old.
type storePrune struct {
	storeCommand

	maxAge, maxBytes string
	dryRun           bool
}

func newStorePrune(s streams) *cobra.Command {
	c := &storePrune{storeCommand: storeCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "prune --store DIR",
		Short: "Remove the oldest parts of the log store",
		Long: `Prune removes whole parts: those whose newest event is older than --max-age, and then
the oldest until the others are no larger than --max-bytes. It says which. Age is the
time in the events; parts without any are removed for size alone, first.`,
		Example: `  sasumata store prune --store logs --max-age 90d --max-bytes 10GB
  sasumata store prune --store logs --max-age 30d --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.run(time.Now()) },
	}
	c.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.maxAge, "max-age", "", "remove what is older, such as 90d or 12h")
	flags.StringVar(&c.maxBytes, "max-bytes", "", "remove the oldest beyond this size, such as 10GB")
	flags.BoolVar(&c.dryRun, "dry-run", false, "say what would be removed, and remove nothing")
	return cmd
}

func (c *storePrune) run(now time.Time) error {
	var keep store.Retention
	if c.maxAge == "" && c.maxBytes == "" {
		return errors.New("want --max-age or --max-bytes: without them everything stays")
	}
	if c.maxAge != "" {
		age, err := search.Age(c.maxAge)
		if err != nil {
			return fmt.Errorf("--max-age: %w", err)
		}
		keep.Before = now.Add(-age).UnixNano()
	}
	if c.maxBytes != "" {
		size, err := parseSize(c.maxBytes)
		if err != nil {
			return fmt.Errorf("--max-bytes: %w", err)
		}
		keep.MaxBytes = size
	}
	open := store.Edit
	if c.dryRun {
		open = store.Open
	}
	s, err := c.open(open)
	if err != nil {
		return err
	}
	gone := s.Plan(keep)
	if !c.dryRun {
		err = errors.Join(s.Remove(gone), s.Sweep(now, 0))
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return storeError(err)
	}
	c.print(gone)
	return nil
}

func (c *storePrune) print(gone []store.Part) {
	verb := "removed"
	if c.dryRun {
		verb = "would remove"
	}
	var rows, bytes int64
	for _, p := range gone {
		span := "no times"
		if first, last, ok := p.Times(); ok {
			span = first.Format(time.RFC3339) + " to " + last.Format(time.RFC3339)
		}
		fmt.Fprintf(c.out, "%s %s (%d events, %s)\n", verb, p.Name, p.Rows, span)
		rows, bytes = rows+p.Rows, bytes+p.Bytes
	}
	fmt.Fprintf(c.out, "%s %d parts with %d events, %s\n", verb, len(gone), rows, megabytes(bytes))
}
