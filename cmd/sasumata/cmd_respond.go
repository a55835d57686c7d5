package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/respond"
)

func newRespond(s streams) *cobra.Command {
	cmd := newGroup("respond", "Look at what a running server does about signals, block addresses, contain containers, undo it",
		newRespondList(s), newRespondShow(s), newRespondBlock(s), newRespondImport(s), newRespondUnblock(s), newRespondUndoAll(s),
		newRespondDecide(s, "undo", "End a response, or take back one that was not done yet", "no policy does it again for as long as it would have lasted"),
		newRespondDecide(s, "approve", "Let a response be done that waits for it, that was a dry run or that failed", "what must never be blocked is refused all the same"),
		newRespondDecide(s, "refuse", "Answer no to a response that waits for approval", "nobody is asked again for as long as it would have lasted"))
	cmd.AddCommand(respondContainers(s)...)
	cmd.Long = `Responses are what the server does about signals by the policies of its configuration
(responses), and what people ask for: addresses that are blocked, containers that are cut
off, frozen and looked at, programs and webhooks that are called. By default they are dry runs, which only say what would have been done.
The token needs the scope signals:read to look, responses:write for the rest.`
	return cmd
}

// respondList is the respond list command.
type respondList struct {
	signalsCommand

	filter respond.Filter
	all    bool
	limit  int
}

func newRespondList(s streams) *cobra.Command {
	c := &respondList{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "list --token-file FILE",
		Short: "List responses that are open, and with --all also those that are over",
		Example: `  sasumata respond list --token-file me.token
  sasumata respond list --token-file me.token --state waiting_approval
  sasumata respond list --token-file me.token --all --target 203.0.113.7`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.filter.State, "state", "", "open, "+strings.Join(respond.States(), ", ")+"; the default is open")
	flags.BoolVar(&c.all, "all", false, "also those that are over")
	flags.StringVar(&c.filter.Target, "target", "", "those of an address, a network or another target")
	flags.StringVar(&c.filter.Action, "action", "", "block, or the name of an action")
	flags.StringVar(&c.filter.Signal, "signal", "", "those about a signal")
	flags.IntVar(&c.limit, "limit", 100, "how many at the most, the newest")
	return cmd
}

func (c *respondList) run(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	if c.limit < 1 || c.limit > 100_000 {
		return fmt.Errorf("--limit %d, want 1 to 100000", c.limit)
	}
	if c.filter.State == "" && !c.all {
		c.filter.State = respond.OpenState
	}
	list := []respond.Record{}
	more := true
	for more && len(list) < c.limit {
		c.filter.Limit = min(c.limit-len(list), respond.MaxPage)
		page, err := client.Responses(ctx, c.filter)
		if err != nil {
			return answered(err)
		}
		list = append(list, page.Responses...)
		if more = page.Next != ""; more {
			c.filter.Before = list[len(list)-1].ID
		}
	}
	if c.output == "json" {
		return c.json(list)
	}
	t := report.Table{Header: []string{"id", "state", "action", "target", "until", "repeats", "by", "why"}, Right: make([]bool, 8)}
	t.Right[0], t.Right[5] = true, true
	for i := range list {
		r := &list[i]
		t.Rows = append(t.Rows, []string{whole(r.ID), r.State, r.Action, targetOf(r), until(r), whole(r.Repeats), r.MadeBy, because(r)})
	}
	if err := t.WriteText(c.out); err != nil {
		return err
	}
	if more {
		fmt.Fprintf(c.err, "sasumata: there are more: --limit shows them\n")
	}
	return nil
}

// targetOf returns what people know the target of a response by.
func targetOf(r *respond.Record) string {
	if k := r.Container; k != nil && k.Name != "" && r.Kind == respond.KindContainer {
		return k.Name
	}
	return r.Target
}

// until says when a response ends, or ended.
func until(r *respond.Record) string {
	if r.Ended != nil {
		return "ended " + r.Ended.Format(time.RFC3339)
	}
	return r.Expires.Format(time.RFC3339)
}

// because says why a response is there, and what is wrong with it.
func because(r *respond.Record) string {
	if r.Error != "" {
		return r.Error
	}
	return r.Reason
}

func newRespondShow(s streams) *cobra.Command {
	c := &signalsCommand{streams: s}
	cmd := &cobra.Command{
		Use:     "show --token-file FILE ID",
		Short:   "Show a response: why, until when, what was done and by whom",
		Example: `  sasumata respond show --token-file me.token 12`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := responseID(args[0])
			if err != nil {
				return err
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			d, err := client.Response(cmd.Context(), id)
			if err != nil {
				return answered(err)
			}
			if c.output == "json" {
				return c.json(d)
			}
			return c.showResponse(&d)
		},
	}
	c.add(cmd)
	return cmd
}

// showResponse writes a response for people.
func (c *signalsCommand) showResponse(d *respond.Detail) error {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(c.out, "%-10s %s\n", name, report.Safe(value))
		}
	}
	line("response", whole(d.ID)+" "+d.State)
	line("action", d.Action)
	line("target", d.Target+" ("+d.Kind+")")
	line("until", until(&d.Record))
	line("why", d.Reason)
	line("refused by", d.Refusal)
	line("policy", d.Policy)
	line("rule", d.Rule)
	line("signals", strings.Join(d.Signals, " "))
	line("repeats", whole(d.Repeats))
	line("error", d.Error)
	line("output", d.Output)
	line("incident", respond.IncidentOf(&d.Record))
	if k := d.Container; k != nil {
		line("container", k.Name+" ("+k.Image+")")
		line("quarantine", k.Quarantine)
		line("evidence", k.Evidence)
		line("snapshot", k.Snapshot)
	}
	t := report.Table{Header: []string{"time", "by", "what", "outcome"}, Right: make([]bool, 4)}
	for _, h := range d.History {
		t.Rows = append(t.Rows, []string{h.Time.Format(time.RFC3339), h.Actor, strings.TrimPrefix(h.Action, "response."), h.Outcome})
	}
	return separated(c.out, &t)
}

func newRespondBlock(s streams) *cobra.Command {
	c, q := &signalsCommand{streams: s}, respond.Request{}
	cmd := &cobra.Command{
		Use:   "block --token-file FILE ADDRESS --reason TEXT [--for TIME]",
		Short: "Block an address or a network for a time",
		Long: `Block blocks an address or a network on the machine of the server and at its bouncers.
An address of IPv6 stands for its 64 bits. What must never be blocked (private networks,
the addresses of the machine, its gateway, where people are signed in from, the list
responses.never.allow) is refused, with the rule that says so. While the configuration
says mode: dry-run, or with --dry-run, nothing is blocked and it is only written down.`,
		Example: `  sasumata respond block --token-file me.token 203.0.113.7 --for 2d --reason 'scans us'
  sasumata respond block --token-file me.token 203.0.113.0/24 --reason 'botnet' --dry-run`,
	}
	c.asks(cmd, &q)
	return cmd
}

// asks makes a command ask for a response about what its argument names.
func (c *signalsCommand) asks(cmd *cobra.Command, q *respond.Request) {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		q.Target = args[0]
		client, err := c.client()
		if err != nil {
			return err
		}
		r, err := client.Ask(cmd.Context(), *q)
		return c.did(&r, err)
	}
	c.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&q.Reason, "reason", "", "why")
	flags.StringVar(&q.For, "for", "", "how long, such as 30m, 4h or 7d; the default is responses.block.duration")
	flags.StringVar(&q.Signal, "signal", "", "the id of the signal that it is about")
	flags.BoolVar(&q.DryRun, "dry-run", false, "only write down what would have been done")
}

func newRespondUnblock(s streams) *cobra.Command {
	c, v := &signalsCommand{streams: s}, respond.Verdict{}
	cmd := &cobra.Command{
		Use:     "unblock --token-file FILE ADDRESS",
		Short:   "End the block of an address or a network",
		Example: `  sasumata respond unblock --token-file me.token 203.0.113.7 --reason 'our scanner'`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			page, err := client.Responses(cmd.Context(), respond.Filter{State: respond.OpenState, Action: respond.Block, Target: args[0], Limit: 1})
			if err != nil {
				return answered(err)
			}
			if len(page.Responses) == 0 {
				return usageError(fmt.Errorf("%s is not blocked by itself: 'respond list' shows what is", report.Safe(args[0])))
			}
			r, err := client.Decide(cmd.Context(), page.Responses[0].ID, "undo", v)
			return c.did(&r, err)
		},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&v.Reason, "reason", "", "why")
	return cmd
}

func newRespondDecide(s streams, what, short, long string) *cobra.Command {
	c, v := &signalsCommand{streams: s}, respond.Verdict{}
	cmd := &cobra.Command{
		Use:     what + " --token-file FILE ID...",
		Short:   short,
		Long:    short + ": " + long + ".",
		Example: "  sasumata respond " + what + " --token-file me.token 12 --reason 'our scanner'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids := make([]int64, len(args))
			for i, text := range args {
				id, err := responseID(text)
				if err != nil {
					return err
				}
				ids[i] = id
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			for _, id := range ids {
				r, err := client.Decide(cmd.Context(), id, what, v)
				if err := c.did(&r, err); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&v.Reason, "reason", "", "why")
	return cmd
}

// did says what became of a response.
func (c *signalsCommand) did(r *respond.Record, err error) error {
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(r)
	}
	what := strings.ReplaceAll(r.State, "_", " ") + ", until " + r.Expires.Format(time.RFC3339)
	if r.Ending != "" {
		what = "being " + r.Ending
	}
	fmt.Fprintf(c.out, "response %d: %s %s is %s\n", r.ID, report.Safe(r.Action), report.Safe(r.Target), what)
	if r.State == respond.DryRun {
		fmt.Fprintln(c.err, "sasumata: it is a dry run: nothing is done (responses.mode of the configuration, or --dry-run)")
	}
	return nil
}

// responseID reads the id of a response.
func responseID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, usageError(fmt.Errorf("%q is no id of a response, want a number as 'respond list' shows it", text))
	}
	return id, nil
}
