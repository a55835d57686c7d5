package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/store"
)

// storeCompact is the store compact command: it joins small parts.
type storeCompact struct{ storeCommand }

func newStoreCompact(s streams) *cobra.Command {
	c := &storeCompact{storeCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "compact --store DIR",
		Short: "Join small parts of the log store",
		Long: `Compact joins small parts of one day and source, so that searches open fewer files. The
events stay as they are. The server does so by itself; after many small imports it is
worth the while by hand.`,
		Example: `  sasumata store compact --store logs`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context(), time.Now()) },
	}
	c.add(cmd)
	return cmd
}

func (c *storeCompact) run(ctx context.Context, now time.Time) error {
	s, err := c.open(store.Edit)
	if err != nil {
		return err
	}
	before, faults := len(s.Parts()), []error(nil)
	for {
		done, err := s.Compact(ctx, now)
		if err != nil && ctx.Err() == nil && len(faults) < maxTold {
			faults = append(faults, err) // the others can be joined all the same
			continue
		}
		if err != nil || done == (store.Compaction{}) {
			faults = append(faults, err)
			break
		}
	}
	fmt.Fprintf(c.out, "%d parts became %d\n", before, len(s.Parts()))
	return storeError(errors.Join(append(faults, s.Sweep(now, 0), s.Close())...))
}
