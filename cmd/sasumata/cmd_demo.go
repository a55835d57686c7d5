package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/demo"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
)

// demoCommand is the demo command: a simulated day with attacks.
type demoCommand struct {
	streams

	lang       string
	reportPath string
	seed       uint64
	visitors   int
}

func newDemo(s streams) *cobra.Command {
	d := &demoCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch a simulated day of traffic with attacks in it",
		Long: `Demo makes a day of web, ssh and application logs, with a dozen attacks in them,
and analyses it with the built-in rules: the signals are printed as they open.
Nothing is sent anywhere, and nothing tells the rules which lines are attacks.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&d.lang, "lang", "", "en or ja; the default is the environment's")
	flags.StringVar(&d.reportPath, "report", "sasumata-demo.html", "where the HTML report goes")
	flags.Uint64Var(&d.seed, "seed", 1, "another day for another number")
	flags.IntVar(&d.visitors, "visitors", 0, "how many visitors the site has; 0 is the usual number")
	return cmd
}

func (d *demoCommand) run(ctx context.Context) error {
	language, err := lang(d.lang)
	if err != nil {
		return err
	}
	content, err := app.LoadContent(app.Sources{})
	if err != nil {
		return usageError(err)
	}
	day := time.Date(2026, time.January, 16, 0, 0, 0, 0, time.UTC)
	scenario := demo.Scenario{Start: day, Seed: d.seed, Visitors: d.visitors}
	steps := map[string]demo.Step{}
	for _, s := range demo.Steps(language.String()) {
		steps[s.ID] = s
	}
	out := bufio.NewWriter(d.out)
	color := useColor(d.out)
	console := report.NewConsole(out, report.ConsoleOptions{Lang: language, Color: color})
	result, err := app.Demo(ctx, app.DemoOptions{
		Intake:  app.Intake{Clock: dates.Clock{Now: day.AddDate(0, 0, 1), Location: time.UTC}},
		Content: content, Scenario: scenario,
		Step: func(name string) error {
			heading := "━━ " + steps[name].Title
			if color {
				heading = "\x1b[1m" + heading + "\x1b[0m"
			}
			_, err := fmt.Fprintf(out, "\n%s\n   %s\n", heading, steps[name].Text)
			return err
		},
		Found: func(f signal.Finding) error {
			if f.Change == signal.Updated || f.Change == signal.Closed {
				return nil
			}
			return errors.Join(console.Finding(f), out.Flush())
		},
	})
	if err != nil {
		return runError(err)
	}
	path, err := filepath.Abs(d.reportPath)
	if err != nil {
		path = d.reportPath
	}
	err = writeReport(path, report.Document{
		Lang: language, Files: []string{"demo"}, Summary: result.Summary, Signals: result.Signals,
		Runbook: app.Runbook, Version: version(), Rules: len(content.Rules),
	})
	return runError(errors.Join(err, console.Summary(result.Summary, result.Signals, path), out.Flush()))
}
