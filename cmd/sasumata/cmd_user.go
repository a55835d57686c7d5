package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/report"
)

// userCommand are the commands about people.
type userCommand struct {
	accountsCommand

	role         string
	passwordFile string
}

func newUser(s streams) *cobra.Command {
	c := &userCommand{accountsCommand: accountsCommand{streams: s}}
	cmd := newGroup("user", "Say who may sign in to a server, and what they may do", c.list(), c.create(), c.passwd(), c.changeRole(), c.disable(), c.enable(), c.logout(), c.dropTOTP(), c.remove())
	cmd.Long = "A user is a viewer (looks at logs and signals), an analyst (also triages signals and reads\nthe audit trail), a responder (also operates the server) or an admin (also says who may\ndo what).\n" + accountsHelp
	c.add(cmd)
	return cmd
}

func (c *userCommand) list() *cobra.Command {
	return c.listing(&cobra.Command{
		Use: "list", Short: "List the users", Args: cobra.NoArgs,
		Example: "  sasumata user list --token-file admin.token\n  sasumata user list --data /var/lib/sasumata -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a accounts) error {
				users, err := a.Users(cmd.Context())
				if err != nil {
					return err
				}
				rows, values := make([]string, len(users)), make([]any, len(users))
				for i, u := range users {
					state := "active"
					if u.Disabled {
						state = "disabled"
					}
					factor := "no"
					if u.TOTP {
						factor = "yes"
					}
					rows[i] = strings.Join([]string{report.Safe(u.Name), report.Safe(u.Role), state, factor, day(u.Created), day(u.LastLogin)}, "\t")
					values[i] = u
				}
				return c.print("NAME\tROLE\tSTATE\tSECOND FACTOR\tADDED\tLAST LOGIN", rows, values)
			})
		},
	})
}

// one returns a command that does something to a user, and says so.
func (c *userCommand) one(use, short string, do func(ctx context.Context, a accounts, name string) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a accounts) error {
				said, err := do(cmd.Context(), a, args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(c.out, said)
				return err
			})
		},
	}
}

// takesPassword adds the flag.
func (c *userCommand) takesPassword(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&c.passwordFile, "password-file", "", "file with the password (mode 0600), - is the standard input; without it one is made and shown")
	return cmd
}

func shown(said, password string, made bool) string {
	if made {
		return said + "; the password, which is shown this once: " + password
	}
	return said
}

func (c *userCommand) create() *cobra.Command {
	cmd := c.takesPassword(c.one("add NAME", "Add a user", func(ctx context.Context, a accounts, name string) (string, error) {
		password, made, err := c.password(c.passwordFile)
		if err != nil {
			return "", usageError(err)
		}
		return shown("added "+name+", "+c.role, password, made), a.AddUser(ctx, name, password, c.role)
	}))
	cmd.Example = "  sasumata user add ann --role analyst --token-file admin.token\n  sasumata user add root --role admin --data /var/lib/sasumata"
	cmd.Flags().StringVar(&c.role, "role", "viewer", "viewer, analyst, responder or admin")
	return cmd
}

func (c *userCommand) passwd() *cobra.Command {
	return c.takesPassword(c.one("passwd NAME", "Give a user another password; all sessions of the user end", func(ctx context.Context, a accounts, name string) (string, error) {
		password, made, err := c.password(c.passwordFile)
		if err != nil {
			return "", usageError(err)
		}
		return shown("changed the password of "+name, password, made), a.EditUser(ctx, name, access.Edit{Password: &password})
	}))
}

func (c *userCommand) changeRole() *cobra.Command {
	return &cobra.Command{
		Use: "role NAME ROLE", Short: "Make a user a viewer, analyst, responder or admin", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a accounts) error {
				if err := a.EditUser(cmd.Context(), args[0], access.Edit{Role: &args[1]}); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.out, "%s is %s now\n", args[0], args[1])
				return err
			})
		},
	}
}

func (c *userCommand) disable() *cobra.Command {
	return c.one("disable NAME", "Keep a user out; the user's tokens mean nothing meanwhile", func(ctx context.Context, a accounts, name string) (string, error) {
		return "disabled " + name, a.EditUser(ctx, name, access.Edit{Disabled: new(true)})
	})
}

func (c *userCommand) enable() *cobra.Command {
	return c.one("enable NAME", "Let a user in again", func(ctx context.Context, a accounts, name string) (string, error) {
		return "enabled " + name, a.EditUser(ctx, name, access.Edit{Disabled: new(false)})
	})
}

func (c *userCommand) logout() *cobra.Command {
	return c.one("logout NAME", "End all sessions of a user", func(ctx context.Context, a accounts, name string) (string, error) {
		return "ended the sessions of " + name, a.EndSessions(ctx, name)
	})
}

func (c *userCommand) dropTOTP() *cobra.Command {
	return c.one("totp-off NAME", "Switch the second factor of a user off who lost it", func(ctx context.Context, a accounts, name string) (string, error) {
		return "switched the second factor of " + name + " off", a.EditUser(ctx, name, access.Edit{TOTP: new(false)})
	})
}

func (c *userCommand) remove() *cobra.Command {
	return c.one("remove NAME", "Remove a user with all sessions and tokens", func(ctx context.Context, a accounts, name string) (string, error) {
		return "removed " + name, a.RemoveUser(ctx, name)
	})
}
