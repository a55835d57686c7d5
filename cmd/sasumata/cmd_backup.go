package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/backup"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/report"
)

// backupCommand is the backup command: of a server that runs, or of its folder.
type backupCommand struct {
	accountsCommand

	secrets bool
	verify  bool
}

func newBackup(s streams) *cobra.Command {
	c := &backupCommand{accountsCommand: accountsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "backup FILE|-",
		Short: "Make a backup of a server, while it runs or of its data folder",
		Long: `Backup writes one archive (tar, zstd) of a server's data folder: state, signals,
triage, users, rules, notices, dead letters, the log store, and what waits in the
queue. It asks a running server, which knows an admin by the token of --token-file
(scope manage); all that the server had acknowledged by then is in it. Or it reads
the folder of a server that does not run: --data or --config.

Passwords, second factors, sessions and tokens are left out unless --secrets is
given. A state database of PostgreSQL is in the backup like one of the data folder. The
configuration and the files that it names are not, nor is a queue of NATS servers: copy
that with its own tools when the backup is done. docs/backup.md has more.`,
		Example: `  sasumata backup sasumata.backup --token-file admin.token --verify
  sasumata backup - --data /var/lib/sasumata --secrets | age -r KEY > sasumata.age`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	c.add(cmd)
	cmd.Flags().BoolVar(&c.secrets, "secrets", false, "take passwords, second factors, sessions and tokens, as they are stored")
	cmd.Flags().BoolVar(&c.verify, "verify", false, "read the file back when it is written, and compare all checksums")
	return cmd
}

func (c *backupCommand) run(ctx context.Context, name string) error {
	if name == "-" && c.verify {
		return errors.New("--verify wants a FILE: what went to the standard output cannot be read back")
	}
	read := c.folder
	if c.data == "" && c.config == "" {
		read = c.ask
	}
	if name == "-" {
		return read(ctx, c.out)
	}
	err := atomicfile.Fill(name, 0o600, func(w io.Writer) error { return read(ctx, w) })
	if err != nil {
		return err
	}
	if !c.verify {
		_, err = fmt.Fprintln(c.out, "backed up to "+name)
		return err
	}
	m, err := verifyBackup(ctx, name)
	if err != nil {
		return &exitError{exitFailure, err}
	}
	return sayBackup(c.out, "backed up to "+name, m)
}

// folder backs up the folder of a server that does not run.
func (c *backupCommand) folder(ctx context.Context, w io.Writer) error {
	cfg, err := c.configure()
	if err != nil {
		return usageError(err)
	}
	host, _ := os.Hostname() // "" is none
	_, err = app.BackupFolder(ctx, cfg, app.BackupOptions{Secrets: c.secrets, Program: version(), Host: host, Now: time.Now}, w)
	return runError(err)
}

// ask takes the backup that a server makes.
func (c *backupCommand) ask(ctx context.Context, w io.Writer) error {
	if err := checkServer(c.server, true); err != nil {
		return usageError(err)
	}
	if c.tokenFile == "" {
		return usageError(errors.New("want --token-file FILE to ask a server, or --data DIR or --config FILE of one that does not run"))
	}
	token, err := config.Secret(c.tokenFile)
	if err != nil {
		return usageError(fmt.Errorf("--token-file: %w", err))
	}
	client := api.Client{Server: c.server, Token: token, HTTP: noRedirects()}
	body, err := client.Backup(ctx, c.secrets)
	if err != nil {
		return asked(err)
	}
	if _, err = io.Copy(w, body); err != nil {
		err = fmt.Errorf("the server broke the backup off (its log says why): %w", err)
	}
	return runError(errors.Join(err, body.Close()))
}

// verifyBackup reads a backup to its end.
func verifyBackup(ctx context.Context, name string) (*backup.Manifest, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	m, err := backup.Verify(interruptible{ctx, f})
	return m, errors.Join(err, f.Close())
}

// interruptible ends reading when the context is done.
type interruptible struct {
	ctx  context.Context //nolint:containedctx // it is that of one read
	from io.Reader
}

// Read implements io.Reader.
func (r interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.from.Read(p)
}

// sayBackup says what is in a backup, and what is not.
func sayBackup(w io.Writer, what string, m *backup.Manifest) error {
	_, err := fmt.Fprintf(w, "%s: %d files, %d bytes, begun at %s by sasumata %s; all checksums are right\n", what, len(m.Files), m.Bytes(), m.Began.UTC().Format(time.RFC3339), report.Safe(m.Program))
	for _, text := range m.Lacks {
		fmt.Fprintf(w, "not in it: %s\n", report.Safe(text))
	}
	return err
}

// restoreCommand is the restore command.
type restoreCommand struct {
	accountsCommand

	verify bool
}

func newRestore(s streams) *cobra.Command {
	c := &restoreCommand{accountsCommand: accountsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "restore FILE|-",
		Short: "Make the data folder of a server of a backup",
		Long: `Restore unpacks a backup into a data folder that is empty or not there, as the user
who runs the server. It compares all checksums and looks whether this program can use
what is in it; a backup that is damaged, or of a newer program, leaves nothing behind.
With --verify it only looks.

The state database becomes one of the data folder, or of the PostgreSQL that the
configuration names (--config), wherever it was before. That must be empty, too.`,
		Example: `  sudo -u sasumata sasumata restore sasumata.backup --data /var/lib/sasumata
  sasumata restore sasumata.backup --verify`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	cmd.Flags().StringVar(&c.data, "data", "", "the data folder")
	cmd.Flags().StringVar(&c.config, "config", "", "the configuration that names the data folder, and the PostgreSQL of the state database if there is one")
	cmd.Flags().BoolVar(&c.verify, "verify", false, "compare all checksums, and restore nothing")
	return cmd
}

func (c *restoreCommand) run(ctx context.Context, name string) error {
	if c.data == "" && c.config == "" && !c.verify {
		return errors.New("want --data DIR, or --config FILE, or --verify")
	}
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usageError(err)
		}
		defer f.Close()
		in = f
	}
	in = interruptible{ctx, in}
	if c.verify {
		m, err := backup.Verify(in)
		if err != nil {
			return &exitError{exitFindings, err}
		}
		return sayBackup(c.out, name, m)
	}
	cfg, err := c.configure()
	if err != nil {
		return usageError(err)
	}
	m, err := app.RestoreBackup(ctx, in, cfg.Data, cfg.Database().DSN)
	if err != nil {
		return &exitError{exitFailure, err}
	}
	to := cfg.Data
	if cfg.Database().DSN != "" {
		to += " and the PostgreSQL of the configuration"
	}
	if err := sayBackup(c.out, "restored into "+to, m); err != nil {
		return err
	}
	if who, err := user.Current(); err == nil {
		fmt.Fprintf(c.out, "its files belong to %s, whom the server has to run as\n", report.Safe(who.Username))
	}
	return nil
}
