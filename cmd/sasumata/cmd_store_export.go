package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/store"
)

// storeExport is the store export command: events out of the store, as JSON lines.
type storeExport struct {
	storeCommand
	searchFlags

	output string
}

func newStoreExport(s streams) *cobra.Command {
	c := &storeExport{storeCommand: storeCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "export --store DIR [SEARCH]",
		Short: "Write events of the log store as JSON, one object a line",
		Long: `Export writes every event that the search matches, as parse printed it, in the order
of the parts: the oldest part first, and in a part as the events came. Without a search
it writes all of them.`,
		Example: `  sasumata store export --store logs > all.jsonl
  sasumata store export --store logs --since 7d '@security.attack:true' | jq -r .network.client.ip`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	c.storeCommand.add(cmd)
	c.searchFlags.add(cmd.Flags())
	cmd.Flags().StringVarP(&c.output, "output", "o", "jsonl", "jsonl")
	return cmd
}

func (c *storeExport) run(ctx context.Context, args []string) error {
	if c.output != "jsonl" {
		return fmt.Errorf("--output %q, want jsonl", c.output)
	}
	want, err := c.search(strings.Join(args, " "))
	if err != nil {
		return err
	}
	s, err := c.open(store.Open)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(c.out, 64<<10)
	var line []byte
	result, err := s.Each(ctx, want, func(e *event.Event) error {
		line = append(e.AppendRecord(line[:0]), '\n')
		_, err := out.Write(line)
		return err
	})
	c.tell(result.Problems)
	if err = errors.Join(err, out.Flush(), s.Close()); err != nil {
		return storeError(err)
	}
	return incomplete(s, result)
}
