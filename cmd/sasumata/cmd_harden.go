package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/report"
)

// maxVerify is how long a service may have to stay up; each is started several times.
const maxVerify = 10 * time.Minute

// hardenCommand is the harden command: compose files in, an override file out.
type hardenCommand struct {
	streams
	app.HardenOptions

	observe   string
	verify    bool
	verifyFor string
	file      string
	lang      string
	dry       bool
	force     bool
}

func newHarden(s streams) *cobra.Command {
	h := &hardenCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "harden FILE...",
		Short: "Propose how a compose project, or a Dockerfile, does with less",
		Long: `Harden reads the compose files of one project and writes a file to be laid over them:
a root file system that is read-only, no capabilities but those that are needed, no new
privileges, a user, limits, ports on the machine itself only, networks without a way out,
health checks, and passwords as secrets instead of in the environment. The files
themselves are not touched. What changes and why is printed; what only people can decide
is printed with an exclamation mark.

With --observe the containers of the project, which have to run, are watched for that
long: their users, the files they write, the capabilities they use and the most memory
and processes they take decide instead of guesses. Capabilities want eBPF, on the machine
of the engine; restart the services meanwhile, because most are used at the start only.

With --verify every service is started for trial on the Docker engine, as it is and then as
proposed, on a network of its own without a way out, with fresh volumes and without ports.
Proposals with which it does not start are taken back. Images have to be there. All is
removed afterwards. It runs what the files say: use it with projects that you trust.

The exit code is 0 when there is a proposal, or nothing to propose.`,
		Example: `  sasumata harden compose.yaml
  sasumata harden --dry-run compose.yaml compose.prod.yaml
  sasumata harden --observe 24h compose.yaml
  sasumata harden --verify --lang ja compose.yaml
  docker compose -f compose.yaml -f compose.hardened.yaml up -d
  sasumata harden dockerfile Dockerfile | patch -p0`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return h.run(cmd.Context(), args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&h.observe, "observe", "", "watch the running project for so long (10m, 24h) before proposing")
	flags.BoolVar(&h.verify, "verify", false, "start the services for trial and take back what they do not start with")
	flags.StringVar(&h.verifyFor, "verify-for", "10s", "with --verify, how long a service without a health check has to stay up (10s, 1m)")
	flags.StringVar(&h.Project, "project", "", "with --observe and --verify, the name of the project; the default is that of its folder")
	flags.StringVar(&h.Engine, "engine", "", "where the engine of containers listens; the default is DOCKER_HOST, or unix:///var/run/docker.sock")
	flags.StringSliceVar(&h.Profiles, "profile", nil, "leave out services of other profiles; may be repeated")
	flags.StringVar(&h.file, "write", "", "the file to write; the default is that of the first file with .hardened before its ending")
	flags.StringVar(&h.lang, "lang", "", "en or ja; the default is the environment's")
	flags.BoolVar(&h.dry, "dry-run", false, "print what would change and write nothing")
	flags.BoolVar(&h.force, "force", false, "write over a file that is there")
	refuseEmpty(flags)
	cmd.AddCommand(newHardenDockerfile(s))
	return cmd
}

func (h *hardenCommand) run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("harden wants the compose files of a project, or dockerfile FILE")
	}
	if h.observe != "" {
		d, ok := document.ParseDuration(h.observe)
		if !ok || d <= 0 {
			return fmt.Errorf("--observe %q is no duration, want the form 10m or 24h", h.observe)
		}
		h.Observe = d
	}
	if h.verify {
		d, ok := document.ParseDuration(h.verifyFor)
		if !ok || d <= 0 || d > maxVerify {
			return fmt.Errorf("--verify-for %q is no duration up to %v, want the form 10s or 1m", h.verifyFor, maxVerify)
		}
		h.Verify = d
	}
	language, err := lang(h.lang)
	if err != nil {
		return err
	}
	h.Files, h.Lang, h.Now = args, language, time.Now
	if h.file == "" {
		h.file = app.HardenedName(args[0])
	}
	if !h.dry && !h.force && app.Exists(h.file) {
		return fmt.Errorf("%s is there already: --force writes over it, --write names another", h.file)
	}
	h.Told = func(text string) { fmt.Fprintf(h.err, "sasumata: note: %s\n", report.Safe(text)) }
	plan, err := app.Harden(ctx, h.HardenOptions)
	if err != nil {
		return &exitError{exitFailure, err}
	}
	if _, err := h.out.Write(plan.Diff()); err != nil {
		return &exitError{exitFailure, err}
	}
	if h.dry || len(plan.Changes) == 0 {
		return nil
	}
	if err := atomicfile.Write(h.file, 0o644, plan.Override(args[0])); err != nil {
		return &exitError{exitFailure, fmt.Errorf("write %s: %w", h.file, err)}
	}
	fmt.Fprintf(h.err, "sasumata: %s\n", app.HardenTold(language, "wrote %s: try it with docker compose -f %s -f %s up -d", h.file, args[0], h.file))
	return nil
}

func newHardenDockerfile(s streams) *cobra.Command {
	var language string
	cmd := &cobra.Command{
		Use:   "dockerfile FILE",
		Short: "Propose a Dockerfile with a build stage, a user and fewer packages, as a diff",
		Long: `Dockerfile prints a unified diff that patch understands, with the reason behind each
place, and on standard error what only its author can do: pinning by digests that a
registry knows, and what the second stage needs.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := lang(language)
			if err != nil {
				return err
			}
			diff, notes, err := app.HardenDockerfile(args[0], l)
			if err != nil {
				if errors.Is(err, os.ErrNotExist) {
					return err
				}
				return &exitError{exitFailure, err}
			}
			if _, err := s.out.Write(diff); err != nil {
				return &exitError{exitFailure, err}
			}
			for _, note := range notes {
				fmt.Fprintf(s.err, "sasumata: note: %s\n", report.Safe(note))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&language, "lang", "", "en or ja; the default is the environment's")
	return cmd
}
