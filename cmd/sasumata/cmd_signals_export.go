package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/signal/triage"
)

// signalsExport is the signals export command.
type signalsExport struct{ signalsCommand }

func newSignalsExport(s streams) *cobra.Command {
	c := &signalsExport{signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "export --token-file FILE [SEARCH]",
		Short: "Write signals as JSON lines",
		Long: `Export writes the signals that match the search, all of them without one, with what people
decided: a JSON object on each line, the oldest first. Their history is not in it; the
audit trail of the server has what people did.`,
		Example: "  sasumata signals export --token-file me.token > signals.jsonl",
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), strings.Join(args, " ")) },
	}
	c.add(cmd)
	return cmd
}

func (c *signalsExport) run(ctx context.Context, text string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	w := json.NewEncoder(c.out)
	w.SetEscapeHTML(false)
	for cursor := ""; ; {
		page, err := client.Signals(ctx, text, "opened", "asc", cursor, triage.MaxPage)
		if err != nil {
			return answered(err)
		}
		for i := range page.Signals {
			if err := w.Encode(&page.Signals[i]); err != nil {
				return &exitError{exitFailure, fmt.Errorf("write signals: %w", err)}
			}
		}
		if cursor = page.Next; cursor == "" {
			if page.NotSearched > 0 {
				return &exitError{exitFailure, fmt.Errorf("%d signals are too old to be searched, and missing here", page.NotSearched)}
			}
			return nil
		}
	}
}
