package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/store"
)

// storeDelete is the store delete command: it removes events that must not be kept.
type storeDelete struct {
	storeCommand
	searchFlags

	yes bool
}

func newStoreDelete(s streams) *cobra.Command {
	c := &storeDelete{storeCommand: storeCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "delete --store DIR SEARCH",
		Short: "Remove the events that a search matches, for good",
		Long: `Delete removes every event that the search matches, as privacy requests ask for: the
parts that hold any are written anew without them. Without --yes it only says how many
there are. Each deletion is written to audit.jsonl in the store: when, by whom, which
search, how many events. Signals, which quote events, are not in the store and stay.`,
		Example: `  sasumata store delete --store logs '@usr.email:jane@example.com'
  sasumata store delete --store logs '@usr.email:jane@example.com' --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.Context(), strings.Join(args, " "))
		},
	}
	c.storeCommand.add(cmd)
	flags := cmd.Flags()
	c.searchFlags.add(flags)
	flags.BoolVar(&c.yes, "yes", false, "remove them; without it they are counted")
	return cmd
}

func (c *storeDelete) run(ctx context.Context, text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("want a search that says which events: '*' is all of them")
	}
	want, err := c.search(text)
	if err != nil {
		return err
	}
	if !c.yes {
		return c.count(ctx, want)
	}
	s, err := c.open(store.Edit)
	if err != nil {
		return err
	}
	done, err := s.Delete(ctx, want, deletion(text, want), time.Now)
	c.tell(done.Problems)
	err = errors.Join(err, s.Sweep(time.Now(), 0), s.Close())
	fmt.Fprintf(c.out, "removed %d events of %d parts\n", done.Events, done.Parts)
	if err != nil {
		return storeError(err)
	}
	return incomplete(s, store.Result{Problems: done.Problems})
}

func (c *storeDelete) count(ctx context.Context, want store.Search) error {
	s, err := c.open(store.Open)
	if err != nil {
		return err
	}
	result, err := s.Count(ctx, want)
	c.tell(result.Problems)
	if err = errors.Join(err, s.Close()); err != nil {
		return storeError(err)
	}
	fmt.Fprintf(c.out, "would remove %d events; --yes removes them\n", result.Matched)
	return incomplete(s, result)
}

// deletion returns what the audit trail says of it.
func deletion(text string, want store.Search) store.AuditEntry {
	entry := store.AuditEntry{Actor: "unknown", Search: text}
	if u, err := user.Current(); err == nil {
		entry.Actor = u.Username
	}
	at := func(n int64) *time.Time {
		if n == 0 {
			return nil
		}
		t := time.Unix(0, n).UTC()
		return &t
	}
	entry.Since, entry.Until = at(want.Since), at(want.Until)
	return entry
}
