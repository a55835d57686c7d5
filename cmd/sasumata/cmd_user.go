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
	issuer       string
}

func newUser(s streams) *cobra.Command {
	c := &userCommand{accountsCommand: accountsCommand{streams: s}}
	cmd := newGroup("user", "Say who may sign in to a server, and what they may do", c.list(), c.create(), c.passwd(), c.changeRole(), c.disable(), c.enable(), c.logout(), c.dropTOTP(), c.passkeys(), c.remove())
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
					switch {
					case u.Issuer != "":
						factor = "at " + report.Safe(u.Issuer)
					case u.TOTP && u.Passkeys > 0:
						factor = fmt.Sprintf("codes, passkeys: %d", u.Passkeys)
					case u.Passkeys > 0:
						factor = fmt.Sprintf("passkeys: %d", u.Passkeys)
					case u.TOTP:
						factor = "codes"
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
		if c.issuer != "" {
			return "added " + name + ", " + c.role + ", who signs in at " + c.issuer, a.AddExternal(ctx, name, c.issuer, c.role)
		}
		password, made, err := c.password(c.passwordFile)
		if err != nil {
			return "", usageError(err)
		}
		return shown("added "+name+", "+c.role, password, made), a.AddUser(ctx, name, password, c.role)
	}))
	cmd.Example = "  sasumata user add ann --role analyst --token-file admin.token\n  sasumata user add root --role admin --data /var/lib/sasumata"
	cmd.Flags().StringVar(&c.issuer, "issuer", "", "address of the provider of OpenID Connect at which the user signs in, instead of a password")
	cmd.MarkFlagsMutuallyExclusive("issuer", "password-file")
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

func (c *userCommand) passkeys() *cobra.Command {
	list := c.listing(&cobra.Command{
		Use: "list NAME", Short: "List the passkeys of a user", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a accounts) error {
				keys, err := a.PasskeysOf(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				rows, values := make([]string, len(keys)), make([]any, len(keys))
				for i, k := range keys {
					rows[i] = strings.Join([]string{report.Safe(k.ID), report.Safe(k.Name), day(k.Created), day(k.Used)}, "\t")
					values[i] = k
				}
				return c.print("ID\tNAME\tADDED\tUSED", rows, values)
			})
		},
	})
	remove := &cobra.Command{
		Use: "remove NAME ID", Short: "Remove a passkey of a user who lost it; the user's sessions end", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a accounts) error {
				if err := a.RemovePasskeyOf(cmd.Context(), args[0], args[1]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.out, "removed the passkey %s of %s\n", report.Safe(args[1]), report.Safe(args[0]))
				return err
			})
		},
	}
	return newGroup("passkeys", "List and remove the passkeys of a user", list, remove)
}

func (c *userCommand) remove() *cobra.Command {
	return c.one("remove NAME", "Remove a user with all sessions and tokens", func(ctx context.Context, a accounts, name string) (string, error) {
		return "removed " + name, a.RemoveUser(ctx, name)
	})
}
