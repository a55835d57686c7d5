package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/search"
)

// tokenCommand are the commands about tokens of programs.
type tokenCommand struct {
	accountsCommand

	scopes  []string
	expires string
}

func newToken(s streams) *cobra.Command {
	c := &tokenCommand{accountsCommand: accountsCommand{streams: s}}
	cmd := newGroup("token", "Make, list and revoke tokens for programs that ask a server", c.create(), c.list(), c.revoke())
	cmd.Long = "A token is for one program and may do what its scopes say: logs:read, signals:read,\nsignals:write, audit:read, operate, manage and rules:write, or the name of a role for all that it\nmay. Its secret is shown once; the server keeps a hash of it.\n" + accountsHelp
	c.add(cmd)
	return cmd
}

func (c *tokenCommand) create() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make a token, and show its secret this once", Args: cobra.ExactArgs(1),
		Example: "  sasumata token create grafana --scopes logs:read --expires 90d --token-file admin.token\n  sasumata token create ops --scopes admin --data /var/lib/sasumata > admin.token",
		RunE: func(cmd *cobra.Command, args []string) error {
			life := time.Duration(0)
			if c.expires != "never" {
				var err error
				if life, err = search.Age(c.expires); err != nil || life <= 0 {
					return usageError(fmt.Errorf("--expires %q, want a duration such as 90d, or never", c.expires))
				}
			}
			return c.with(cmd.Context(), func(a accounts) error {
				secret, t, err := a.AddToken(cmd.Context(), args[0], c.scopes, life)
				if err != nil {
					return err
				}
				fmt.Fprintf(c.err, "token %s (%s), %s, until: %s; the secret is shown this once:\n", report.Safe(t.Name), report.Safe(t.ID), report.Safe(strings.Join(t.Scopes, ",")), day(t.Expires))
				_, err = fmt.Fprintln(c.out, report.Safe(secret))
				return err
			})
		},
	}
	cmd.Flags().StringSliceVar(&c.scopes, "scopes", nil, "what it may do, with commas between")
	cmd.Flags().StringVar(&c.expires, "expires", "90d", "how long it lasts; never for ever")
	return cmd
}

func (c *tokenCommand) list() *cobra.Command {
	return c.listing(&cobra.Command{
		Use: "list", Short: "List the tokens", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a accounts) error {
				tokens, err := a.Tokens(cmd.Context())
				if err != nil {
					return err
				}
				rows, values := make([]string, len(tokens)), make([]any, len(tokens))
				for i, t := range tokens {
					rows[i] = strings.Join([]string{report.Safe(t.ID), report.Safe(t.Name), report.Safe(t.User), report.Safe(strings.Join(t.Scopes, ",")), day(t.Expires), day(t.Used)}, "\t")
					values[i] = t
				}
				return c.print("ID\tNAME\tUSER\tSCOPES\tEXPIRES\tUSED", rows, values)
			})
		},
	})
}

func (c *tokenCommand) revoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Make a token mean nothing, for good", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a accounts) error {
				if err := a.RemoveToken(cmd.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.out, "revoked %s\n", args[0])
				return err
			})
		},
	}
}
