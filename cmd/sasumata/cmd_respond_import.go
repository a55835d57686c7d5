package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/respond/blocklist"
)

// respondImport is the respond import command.
type respondImport struct {
	signalsCommand

	in   io.Reader
	list respond.List
}

func newRespondImport(s streams) *cobra.Command {
	c := &respondImport{signalsCommand: signalsCommand{streams: s}, in: s.in}
	cmd := &cobra.Command{
		Use:   "import --token-file FILE LIST|- --reason TEXT [--for TIME]",
		Short: "Block a list of addresses and networks at once",
		Long: `Import blocks the addresses and networks of a file, or of the standard input: one a line,
behind which may stand for how long (4h) or until when (2026-01-16T12:00:00Z), and why;
what is behind # is a comment. It also takes what 'cscli decisions list -o json' of
CrowdSec writes, and 'fail2ban-client banned', 'fail2ban-client status JAIL' and
'fail2ban-client get JAIL banip --with-time'.

All of the list is taken or none; a line that is no address is an error. What must never be
blocked is left out and told. What is blocked already lasts longer if the list says so, so
a list can be imported again and again. 'respond undo-all --reason TEXT' ends all of it.`,
		Example: `  sasumata respond import --token-file me.token bad.txt --reason 'bad.txt of May' --preview
  cscli decisions list -o json | sasumata respond import --token-file me.token - --reason crowdsec
  fail2ban-client banned | sasumata respond import --token-file me.token - --reason fail2ban --for 1d`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	c.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.list.Reason, "reason", "", "why, of those that do not say it themselves; the name of the list by which it is found again")
	flags.StringVar(&c.list.For, "for", "", "how long, such as 30m, 4h or 7d, of those that do not say it themselves; the default is responses.block.duration")
	flags.BoolVar(&c.list.DryRun, "dry-run", false, "only write down what would have been done")
	flags.BoolVar(&c.list.Preview, "preview", false, "only say what would become of it, and write nothing")
	return cmd
}

func (c *respondImport) run(ctx context.Context, name string) error {
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, blocklist.MaxSize+1))
	if err != nil {
		return err
	}
	var left int
	if c.list.Entries, left, err = blocklist.Parse(data, time.Now(), time.Local); err != nil { //nolint:gosmopolitan // a person's clock: what fail2ban says is local time
		return usageError(fmt.Errorf("%s: %w", report.Safe(name), err))
	}
	if len(c.list.Entries) == 0 {
		fmt.Fprintln(c.err, "sasumata: the list is empty: nothing is done")
		return nil
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	out, err := client.Import(ctx, &c.list)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(out)
	}
	c.tell(&out, left)
	return nil
}

// tell says what became of a list.
func (c *respondImport) tell(out *respond.Imported, left int) {
	would := ""
	switch {
	case out.Preview:
		would = "would be "
	case out.DryRun:
		would = "would have been "
	}
	fmt.Fprintf(c.out, "%s%s addresses and networks: %s %sblocked, %s are blocked already, %s must not be\n",
		whole(int64(out.Networks)), map[bool]string{true: " (dry run)"}[out.DryRun && !out.Preview], whole(int64(out.New)), would, whole(int64(out.Extended)), whole(int64(out.Networks-out.New-out.Extended)))
	for _, rule := range slices.Sorted(maps.Keys(out.Refused)) {
		fmt.Fprintf(c.out, "  %s: %s\n", rule, whole(int64(out.Refused[rule])))
	}
	const most = 20
	for i := range out.Told[:min(len(out.Told), most)] {
		fmt.Fprintf(c.out, "  %s\n", report.Safe(out.Told[i].Reason))
	}
	if out.Over+left > 0 {
		fmt.Fprintf(c.out, "left out: %s that had ended, %s that are about other things than addresses\n", whole(int64(out.Over)), whole(int64(left)))
	}
}

func newRespondUndoAll(s streams) *cobra.Command {
	c, q := &signalsCommand{streams: s}, respond.Choice{}
	cmd := &cobra.Command{
		Use:   "undo-all --token-file FILE --why TEXT [--reason TEXT] [--policy NAME] ...",
		Short: "End all open responses of a list, a policy, a network or a person",
		Long: `Undo-all ends the open responses for which all holds that is named: what is done is undone,
what waits or was only tried is taken back. All of them are taken, or none.`,
		Example: `  sasumata respond undo-all --token-file me.token --reason 'bad.txt of May' --why 'it has our customers' --preview
  sasumata respond undo-all --token-file me.token --within 203.0.113.0/24 --why 'ours'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			out, err := client.UndoAll(cmd.Context(), q)
			if err != nil {
				return answered(err)
			}
			if c.output == "json" {
				return c.json(out)
			}
			fmt.Fprintf(c.out, "%s responses %s\n", whole(int64(out.Responses)), map[bool]string{true: "would be undone", false: "are being undone"}[out.Preview])
			return nil
		},
	}
	c.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&q.Reason, "reason", "", "those that are there for this reason, such as that of a list")
	flags.StringVar(&q.Policy, "policy", "", "those of a policy")
	flags.StringVar(&q.Action, "action", "", "those of an action: block, or its name")
	flags.StringVar(&q.By, "by", "", "those that somebody asked for")
	flags.StringVar(&q.Within, "within", "", "those within a network")
	flags.StringVar(&q.Signal, "signal", "", "those about a signal")
	flags.StringVar(&q.Why, "why", "", "why they are undone")
	flags.BoolVar(&q.Preview, "preview", false, "only count them")
	return cmd
}
