package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/store"
)

func newStoreVerify(s streams) *cobra.Command {
	c := &storeCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "verify --store DIR",
		Short: "Read every part of the log store, and say which are damaged",
		Long: `Verify compares every part with its checksums and makes every event in it. It changes
nothing. The exit code is 1 when something is damaged or missing.`,
		Example: `  sasumata store verify --store logs`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.verify(cmd.Context()) },
	}
	c.add(cmd)
	return cmd
}

func (c *storeCommand) verify(ctx context.Context) error {
	s, err := c.open(store.Open)
	if err != nil {
		return err
	}
	var rows, bytes int64
	bad := len(s.Problems())
	err = s.Verify(ctx, func(p store.Part, err error) error {
		if err != nil {
			bad++
			_, err = fmt.Fprintf(c.out, "%v\n", err)
			return err
		}
		rows += p.Rows
		bytes += p.Bytes
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		return storeError(err)
	}
	fmt.Fprintf(c.out, "%d parts, %d events and %s can be read; %d problems\n", len(s.Parts())-bad+len(s.Problems()), rows, megabytes(bytes), bad)
	if bad > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}
