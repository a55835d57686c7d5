package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/report"
	found "github.com/sasumata/sasumata/internal/signal"
)

// serve is the serve command: logs in, for as long as it runs, signals out.
type serve struct {
	streams

	config    string
	data      string
	lang      string
	logFormat string
	check     bool
	newQueue  bool
	profile   string
}

func newServe(s streams) *cobra.Command {
	v := &serve{streams: s}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take logs and find attacks in them, for as long as it runs",
		Long: `Serve follows files, receives syslog and takes logs over HTTP, and writes the
signals that the rules open to signals.jsonl in the data folder and to the
terminal. What it acknowledged to a sender, and what it read of a file, survives
the program. Without a configuration it follows the syslog in /var/log and
/var/log/nginx/*.log, as far as they are there, or the journal, and Docker's
containers where it may ask the engine, and listens on this machine only. The
first start writes a link to its log that adds the first user, and shows how the
first signal comes. SIGTERM and Ctrl-C stop it; SIGHUP reads the configuration, rules, lists and suppressions
anew, without losing an event; what is wrong changes nothing.
docs/serve.md is the reference.`,
		Example: `  sasumata serve --data ./data
  sasumata serve --config /etc/sasumata/sasumata.yaml --check
  sasumata serve --config /etc/sasumata/sasumata.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for name, value := range map[string]string{"config": v.config, "data": v.data, "cpu-profile": v.profile} {
				if value == "" && cmd.Flags().Changed(name) {
					return fmt.Errorf("--%s wants a name", name) // such as of a variable that is not set
				}
			}
			collectSeldom(os.Getenv("GOGC"))
			return profiled(v.profile, func() error { return v.run(cmd.Context()) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&v.config, "config", "", "the configuration, a YAML file")
	flags.StringVar(&v.profile, "cpu-profile", "", "write to this file, at the end, where the processor time went, as pprof reads it")
	flags.StringVar(&v.data, "data", "", "folder for queue, state and signals; the default is that of the configuration, or "+config.DefaultData)
	flags.StringVar(&v.lang, "lang", "", "en or ja; the default is the environment's")
	flags.BoolVar(&v.newQueue, "new-queue", false, "begin with another queue than that of the last run: what waited there is given up")
	flags.BoolVar(&v.check, "check", false, "read the configuration and the content, say what is wrong with them, and end")
	flags.StringVar(&v.logFormat, "log-format", "text", "of the operating log on the standard error: text or json")
	return cmd
}

// collectSeldom has garbage collected half as often as Go does by itself, unless the
// environment's GOGC says how often: a twentieth of a busy server's processor time for a
// tenth more memory. GOMEMLIMIT holds as ever.
func collectSeldom(configured string) {
	if configured == "" {
		debug.SetGCPercent(200)
	}
}

func (v *serve) run(ctx context.Context) error {
	language, err := lang(v.lang)
	if err != nil {
		return err
	}
	log, err := v.log()
	if err != nil {
		return err
	}
	cfg, err := v.configure()
	if err != nil {
		return usageError(err)
	}
	if v.check {
		return v.verdict(cfg, log)
	}
	checkEntry(ctx, cfg, log)
	host, err := os.Hostname()
	if err != nil {
		host = "" // files then have no host
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	console := report.NewConsole(v.out, report.ConsoleOptions{Lang: language, Zone: cfg.Zone, Color: useColor(v.out)})
	server, err := app.NewServer(ctx, app.ServeOptions{
		Config: cfg, AnotherQueue: v.newQueue, Configure: v.configure, Reload: reload, Now: time.Now, Log: log, Hostname: host, Version: version(), Stdin: v.in,
		Terminal: v.out, Color: useColor(v.out),
		Content: func(c *config.Config) (*app.Content, error) { return loadServed(c, log) },
		Console: func(f found.Finding) error {
			if cfg.Alert != nil {
				return nil // its receiver console is this terminal
			}
			if f.Change == found.Opened || f.Change == found.Escalated {
				return console.Finding(f)
			}
			return nil
		},
	})
	if errors.Is(err, database.ErrUnavailable) {
		return &exitError{exitFailure, err} // it is worth trying again
	}
	if err != nil {
		return usageError(err)
	}
	manager, err := newManager(ctx, os.Getenv)
	if err != nil {
		log.WarnContext(ctx, "the service manager is told nothing", "error", err)
	}
	defer manager.close()
	go manager.watch(ctx, server.Up)
	return runError(server.Run(ctx))
}

// configure reads the configuration.
func (v *serve) configure() (*config.Config, error) {
	c := config.Default()
	if v.config != "" {
		var err error
		if c, err = config.Load(v.config); err != nil {
			return nil, err
		}
	}
	if v.data != "" {
		c.Data = v.data
	}
	return c, nil
}

// verdict says whether the configuration and the content that it names are right.
func (v *serve) verdict(cfg *config.Config, log *slog.Logger) error {
	content, err := loadServed(cfg, log)
	if err == nil {
		err = content.Check()
	}
	var notes []string
	if err == nil && cfg.Alert != nil {
		notes, err = cfg.Alert.CheckRouting()
	}
	if err != nil {
		return usageError(err)
	}
	for _, note := range notes {
		fmt.Fprintf(v.err, "sasumata: note: %s\n", note)
	}
	_, err = fmt.Fprintf(v.out, "the configuration is right: %d rules, data in %s\n", len(content.Rules), cfg.Data)
	return err
}

// log returns the operating log.
func (v *serve) log() (*slog.Logger, error) {
	switch v.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(v.err, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(v.err, nil)), nil
	default:
		return nil, fmt.Errorf("--log-format %q, want text or json", v.logFormat)
	}
}

// loadServed loads the content of the configuration.
func loadServed(cfg *config.Config, log *slog.Logger) (*app.Content, error) {
	c := cfg.Content
	content, err := app.LoadContent(app.Sources{
		Rules: c.Rules, Pipelines: c.Pipelines, Patterns: c.Patterns, Blocklists: c.Blocklists, Suppressions: c.Suppressions,
		Enable: c.Enable, NoDefaults: c.NoDefaults, GeoIP: c.GeoIP, Shelf: filepath.Join(cfg.Data, app.RulesDir),
		Threats: app.ThreatSources{Dir: c.Threats, Own: c.Own, Allowlists: c.Allowlists, Now: time.Now()},
	})
	if err != nil {
		return nil, err
	}
	for _, text := range content.Warnings {
		log.Warn("content", "note", text)
	}
	return content, nil
}
