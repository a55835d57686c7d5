package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/signal/triage"
)

// signalsEdit is a command that changes signals.
type signalsEdit struct {
	signalsCommand

	edit    triage.Edit
	comment string
	state   triage.State
	reason  string
	tags    []string
}

// newEdit returns a command that changes the signals with the ids that args leaves.
func newEdit(s streams, use, short, example string, least int, fill func(*signalsEdit, []string) ([]string, error)) (*cobra.Command, *signalsEdit) {
	c := &signalsEdit{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.MinimumNArgs(least),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := fill(c, args)
			if err != nil {
				return err
			}
			if c.comment != "" {
				c.edit.Comment = c.comment
			}
			c.edit.AddTags = c.tags
			return c.run(cmd.Context(), ids)
		},
	}
	c.add(cmd)
	if !strings.HasPrefix(use, "comment") {
		cmd.Flags().StringVarP(&c.comment, "message", "m", "", "a comment beside it")
	}
	cmd.Flags().StringSliceVar(&c.tags, "tag", nil, "a tag to add")
	return cmd, c
}

func newSignalsAck(s streams) *cobra.Command {
	cmd, _ := newEdit(s, "ack --token-file FILE ID...", "Say that somebody looks at signals: they are under review",
		`  sasumata signals ack --token-file me.token 1c61e9acfb418f706b83 -m 'asking the admin'`, 1,
		func(c *signalsEdit, ids []string) ([]string, error) {
			c.state = triage.UnderReview
			c.edit.State = &c.state
			return ids, nil
		})
	return cmd
}

func newSignalsReopen(s streams) *cobra.Command {
	cmd, _ := newEdit(s, "reopen --token-file FILE ID...", "Open signals again",
		`  sasumata signals reopen --token-file me.token 1c61e9acfb418f706b83`, 1,
		func(c *signalsEdit, ids []string) ([]string, error) {
			c.state = triage.Open
			c.edit.State = &c.state
			return ids, nil
		})
	return cmd
}

func newSignalsArchive(s streams) *cobra.Command {
	cmd, c := newEdit(s, "archive --token-file FILE --reason REASON ID...", "Say what signals turned out to be, and put them away",
		`  sasumata signals archive --token-file me.token --reason false_positive 1c61e9acfb418f706b83 -m 'the backup'`, 1,
		func(c *signalsEdit, ids []string) ([]string, error) {
			if c.reason == "" {
				return nil, errors.New("want a reason: --reason " + strings.Join(triage.Reasons(), ", "))
			}
			c.state = triage.Archived
			c.edit.State, c.edit.Reason = &c.state, &c.reason
			return ids, nil
		})
	cmd.Flags().StringVar(&c.reason, "reason", "", "why: "+strings.Join(triage.Reasons(), ", "))
	return cmd
}

func newSignalsAssign(s streams) *cobra.Command {
	cmd, _ := newEdit(s, "assign --token-file FILE WHO ID...", "Say who looks after signals; - is nobody",
		`  sasumata signals assign --token-file me.token alice 1c61e9acfb418f706b83`, 2,
		func(c *signalsEdit, args []string) ([]string, error) {
			who := args[0]
			if who == "-" {
				who = ""
			}
			c.edit.Assignee = &who
			return args[1:], nil
		})
	return cmd
}

func newSignalsComment(s streams) *cobra.Command {
	cmd, _ := newEdit(s, "comment --token-file FILE ID TEXT", "Say something about a signal",
		`  sasumata signals comment --token-file me.token 1c61e9acfb418f706b83 'asked the admin: it was him'`, 2,
		func(c *signalsEdit, args []string) ([]string, error) {
			c.comment = strings.Join(args[1:], " ")
			return args[:1], nil
		})
	return cmd
}

func (c *signalsEdit) run(ctx context.Context, ids []string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	for _, id := range ids {
		s, err := client.Edit(ctx, id, c.edit)
		if err != nil {
			return answered(fmt.Errorf("signal %s: %w", id, err))
		}
		if c.output == "json" {
			err = c.json(s)
		} else {
			_, err = fmt.Fprintf(c.out, "%s %s\n", s.ID, strings.Join(strings.Fields(s.State.String()+" "+s.Reason+" "+s.Assignee), " "))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
