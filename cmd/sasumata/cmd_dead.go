package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/report"
)

// deadCommand are the commands about dead letters: of a server that runs, or in the data
// folder of one that does not.
type deadCommand struct {
	streams

	server    string
	tokenFile string
	data      string
	output    string
	all       bool
}

// letterBox is where letters are.
type letterBox interface {
	Letters(ctx context.Context) ([]dead.Head, error)
	Letter(ctx context.Context, id string) (*dead.Letter, error)
	Drop(ctx context.Context, id string) error
}

func newDead(s streams) *cobra.Command {
	c := &deadCommand{streams: s}
	cmd := newGroup("dead", "List, show, replay and drop records at which a server failed", c.list(), c.show(), c.replay(), c.drop())
	cmd.Long = `A record at which the server fails is a fault of the program; please report it. The
server goes on without it and keeps it as a dead letter: not looked at (stage parse), in
the log store but not detected in (detect), or detected in but not in the log store
(store; then it is a whole batch). After an update, replay does what was not done.

The commands ask a running server, which knows an operator by the token (http.operators
in its configuration), or look into the data folder that --data names. Letters hold logs
as they came: secrets in them are readable.`
	flags := cmd.PersistentFlags()
	flags.StringVar(&c.server, "server", "http://"+config.DefaultListen, "address of the server")
	flags.StringVar(&c.tokenFile, "token-file", "", "file with the token of an operator")
	return cmd
}

// offline adds what a command needs to work without a server.
func (c *deadCommand) offline(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.data, "data", "", "data folder of a server, instead of asking one")
}

func (c *deadCommand) client() (*api.Client, error) {
	if err := checkServer(c.server, true); err != nil {
		return nil, err
	}
	if c.tokenFile == "" {
		return nil, errors.New("want the token of an operator, --token-file FILE, or a data folder")
	}
	token, err := config.Secret(c.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	return &api.Client{Server: c.server, Token: token, HTTP: noRedirects()}, nil
}

func (c *deadCommand) box() (letterBox, error) {
	if c.data != "" {
		return app.OpenDead(c.data)
	}
	return c.client()
}

// asked makes an exit code of the error of a server.
func asked(err error) error {
	if err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*api.RefusedError](err); ok {
		return usageError(refused)
	}
	return &exitError{exitFailure, err}
}

func (c *deadCommand) list() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the dead letters, the oldest first", Args: cobra.NoArgs,
		Example: `  sasumata dead list --token-file operator.token
  sasumata dead list --data /var/lib/sasumata -o json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.output != "text" && c.output != "json" {
				return fmt.Errorf("--output %q, want text or json", c.output)
			}
			box, err := c.box()
			if err != nil {
				return err
			}
			all, err := box.Letters(cmd.Context())
			if err != nil {
				return asked(err)
			}
			return c.print(all)
		},
	}
	c.offline(cmd)
	cmd.Flags().StringVarP(&c.output, "output", "o", "text", "text or json")
	return cmd
}

func (c *deadCommand) print(all []dead.Head) error {
	if c.output == "json" {
		out := json.NewEncoder(c.out)
		for i := range all {
			if err := out.Encode(&all[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(c.out, "there are no dead letters")
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tTIME\tSTAGE\tLINES\tTRIES\tSOURCE\tERROR")
	for i := range all {
		h := &all[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", report.Safe(h.ID), h.Time.UTC().Format(time.RFC3339), report.Safe(string(h.Stage)),
			h.Lines, h.Tries, report.Safe(h.Source), report.Safe(h.Error))
	}
	return w.Flush()
}

func (c *deadCommand) show() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show a dead letter as JSON, with its records", Args: cobra.ExactArgs(1),
		Example: `  sasumata dead show --token-file operator.token 0123456789abcdef | jq -r '.records[].text'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkLetter(args[0]); err != nil {
				return err
			}
			box, err := c.box()
			if err != nil {
				return err
			}
			l, err := box.Letter(cmd.Context(), args[0])
			if err != nil {
				return asked(err)
			}
			return json.NewEncoder(c.out).Encode(l)
		},
	}
	c.offline(cmd)
	return cmd
}

// checkLetter refuses what cannot be the name of a letter.
func checkLetter(id string) error {
	if id == "" || strings.Trim(id, "0123456789abcdef") != "" {
		return fmt.Errorf("%q is no id of a dead letter: sasumata dead list shows them", id)
	}
	return nil
}

func (c *deadCommand) replay() *cobra.Command {
	cmd := &cobra.Command{
		Use: "replay (ID... | --all)", Short: "Queue dead letters again, once, and drop them",
		Long: `Replay puts the records of dead letters into the queue of a running server, and drops
the letters. What was not done with them is done: the rest of it is not done twice. A
letter at which the program fails again comes back, with one more try.`,
		Example: `  sasumata dead replay --token-file operator.token --all`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			return c.each(cmd.Context(), client, args, "replayed", client.Replay)
		},
	}
	cmd.Flags().BoolVar(&c.all, "all", false, "all letters that are there now")
	return cmd
}

func (c *deadCommand) drop() *cobra.Command {
	cmd := &cobra.Command{
		Use: "drop (ID... | --all)", Short: "Remove dead letters for good",
		Example: `  sasumata dead drop --token-file operator.token 0123456789abcdef
  sasumata dead drop --data /var/lib/sasumata --all`,
		RunE: func(cmd *cobra.Command, args []string) error {
			box, err := c.box()
			if err != nil {
				return err
			}
			return c.each(cmd.Context(), box, args, "dropped", box.Drop)
		},
	}
	c.offline(cmd)
	cmd.Flags().BoolVar(&c.all, "all", false, "all letters that are there now")
	return cmd
}

// each does something to the letters, and says how many there were.
func (c *deadCommand) each(ctx context.Context, box letterBox, ids []string, done string, do func(context.Context, string) error) error {
	if c.all == (len(ids) > 0) {
		return errors.New("want the ids of dead letters, or --all")
	}
	for _, id := range ids {
		if err := checkLetter(id); err != nil {
			return err
		}
	}
	if c.all {
		heads, err := box.Letters(ctx)
		if err != nil {
			return asked(err)
		}
		for i := range heads {
			ids = append(ids, heads[i].ID)
		}
	}
	for i, id := range ids {
		if err := do(ctx, id); err != nil {
			return asked(fmt.Errorf("%s: %w (%d letters were %s before)", id, err, i, done))
		}
	}
	_, err := fmt.Fprintf(c.out, "%d letters were %s\n", len(ids), done)
	return err
}
