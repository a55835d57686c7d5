package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/config"
)

// accounts are users and tokens: of a server that runs, or in its state database.
type accounts interface {
	Users(ctx context.Context) ([]access.User, error)
	AddUser(ctx context.Context, name, password, role string) error
	AddExternal(ctx context.Context, name, issuer, role string) error
	PasskeysOf(ctx context.Context, name string) ([]access.Passkey, error)
	RemovePasskeyOf(ctx context.Context, name, id string) error
	EditUser(ctx context.Context, name string, e access.Edit) error
	RemoveUser(ctx context.Context, name string) error
	EndSessions(ctx context.Context, name string) error
	Tokens(ctx context.Context) ([]access.Token, error)
	AddToken(ctx context.Context, name string, scopes []string, life time.Duration) (string, access.Token, error)
	RemoveToken(ctx context.Context, id string) error
}

var (
	_ accounts = (*api.Client)(nil)
	_ accounts = (*app.Accounts)(nil)
)

// accountsCommand is what the commands about users and tokens share.
type accountsCommand struct {
	streams

	server    string
	tokenFile string
	data      string
	config    string
	output    string
}

const accountsHelp = `
The commands ask a running server, which knows an admin by the token of --token-file
(scope manage), or change the state database of one that does not run: --data names its
data folder, --config its configuration. What they do is in the audit trail.`

// add adds the flags of all of them.
func (c *accountsCommand) add(cmd *cobra.Command) {
	flags := cmd.PersistentFlags()
	flags.StringVar(&c.server, "server", "http://"+config.DefaultListen, "address of the server")
	flags.StringVar(&c.tokenFile, "token-file", "", "file with a token that has the scope manage")
	flags.StringVar(&c.data, "data", "", "data folder of a server that does not run, instead of asking one")
	flags.StringVar(&c.config, "config", "", "configuration of a server that does not run, instead of asking one")
}

// listing adds the flag of commands that list something.
func (c *accountsCommand) listing(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVarP(&c.output, "output", "o", "text", "text or json")
	return cmd
}

// open returns where users and tokens are, and what lets go of it.
func (c *accountsCommand) open(ctx context.Context) (accounts, func() error, error) {
	if c.data == "" && c.config == "" {
		if err := checkServer(c.server, true); err != nil {
			return nil, nil, err
		}
		if c.tokenFile == "" {
			return nil, nil, errors.New("want --token-file FILE to ask a server, or --data DIR or --config FILE of one that does not run")
		}
		token, err := config.Secret(c.tokenFile)
		if err != nil {
			return nil, nil, fmt.Errorf("--token-file: %w", err)
		}
		client := noRedirects()
		client.Timeout = time.Minute
		return &api.Client{Server: c.server, Token: token, HTTP: client}, func() error { return nil }, nil
	}
	cfg, err := c.configure()
	if err != nil {
		return nil, nil, err
	}
	actor := "unknown"
	if who, err := user.Current(); err == nil {
		actor = who.Username
	}
	a, err := app.OpenAccounts(ctx, cfg, time.Now, "local "+actor)
	if err != nil {
		return nil, nil, err
	}
	return a, a.Close, nil
}

// configure returns the configuration of a server that does not run.
func (c *accountsCommand) configure() (*config.Config, error) {
	cfg := config.Default()
	if c.config != "" {
		var err error
		if cfg, err = config.Load(c.config); err != nil {
			return nil, err
		}
	}
	if c.data != "" {
		cfg.Data = c.data
	}
	return cfg, nil
}

// with runs f on the users and tokens.
func (c *accountsCommand) with(ctx context.Context, f func(accounts) error) error {
	a, leave, err := c.open(ctx)
	if err != nil {
		return usageError(err)
	}
	err = f(a)
	if bad, ok := errors.AsType[*access.WrongError](err); ok {
		err = usageError(bad)
	}
	for _, known := range []error{access.ErrUnknown, access.ErrTaken, access.ErrLastAdmin, access.ErrProvider} {
		if errors.Is(err, known) {
			err = usageError(err)
		}
	}
	if _, coded := errors.AsType[*exitError](err); !coded {
		err = answered(err)
	}
	return errors.Join(err, leave())
}

// print writes a table, or a JSON object on each line.
func (c *accountsCommand) print(head string, rows []string, values []any) error {
	switch c.output {
	case "json":
		out := json.NewEncoder(c.out)
		for _, v := range values {
			if err := out.Encode(v); err != nil {
				return err
			}
		}
		return nil
	case "text":
		w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, head)
		for _, row := range rows {
			fmt.Fprintln(w, row)
		}
		return w.Flush()
	}
	return usageError(fmt.Errorf("--output %q, want text or json", c.output))
}

// password returns the one in the file, - is the standard input. Without a file it makes
// one, and reports that.
func (c *accountsCommand) password(file string) (password string, made bool, err error) {
	switch file {
	case "":
		return rand.Text(), true, nil
	case "-":
		data, err := io.ReadAll(io.LimitReader(c.in, 4096))
		return strings.TrimRight(string(data), "\r\n"), false, err
	}
	data, err := config.Private(file)
	if err != nil {
		err = fmt.Errorf("--password-file: %w", err)
	}
	return strings.TrimRight(string(data), "\r\n"), false, err
}

// day writes a time for a table.
func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}
