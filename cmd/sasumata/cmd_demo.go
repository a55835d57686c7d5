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
	"github.com/sasumata/sasumata/internal/demo/lab"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
)

// demoCommand is the demo command: a simulated day with attacks, or real incidents in
// containers.
type demoCommand struct {
	streams

	lang       string
	real       bool // in containers
	engine     string
	reportPath string
	seed       uint64
	visitors   int

	lab      bool
	labDir   string
	labLevel string
	labStep  int
}

func newDemo(s streams) *cobra.Command {
	d := &demoCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch a simulated day of traffic with attacks in it",
		Long: `Demo makes a day of web, ssh and application logs, with a dozen attacks in them,
and analyses it with the built-in rules: the signals are printed as they open.
Nothing is sent anywhere, and nothing tells the rules which lines are attacks.

With --lab it is a lesson in four steps instead, over the logs of a small shop: logging,
detection, alerting, all together. Each step says what to look at and which threshold to
change, and shows what that changes. On a terminal it waits for Enter between them.

With --containers it provokes incidents in containers on the Docker engine of this
machine instead, for about half a minute: a busy loop, a memory hog, a crash loop, a
dropped file and, where the sensor may run, a miner. Each signal is printed with how long
it took; one container is cut off, frozen, captured as evidence and let go. The image
is made of this program, without a registry. All containers and images of the demo have
the label ` + demo.ContainerLabel + ` and are removed at the end, and those that a killed
demo left at the start of the next: run one at a time. Exit code 0 says that all was
found, 1 that something was not, 3 that there is no engine or that it failed.`,
		Example: `  sasumata demo
  sasumata demo --lab --dir sasumata-lab
  sasumata demo --lab --dir sasumata-lab --step 4
  sudo sasumata demo --containers`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := d.check(cmd.Flags().Changed); err != nil {
				return err
			}
			switch {
			case d.lab:
				return d.learn(cmd.Context())
			case d.real:
				return d.containers(cmd.Context())
			case d.engine != "":
				return errors.New("--engine is for --containers")
			}
			return d.run(cmd.Context())
		},
	}
	cmd.AddCommand(newDemoProvoke())
	flags := cmd.Flags()
	flags.StringVar(&d.lang, "lang", "", "en or ja; the default is the environment's")
	flags.StringVar(&d.reportPath, "report", "sasumata-demo.html", "where the HTML report goes")
	flags.Uint64Var(&d.seed, "seed", 1, "another day for another number")
	flags.IntVar(&d.visitors, "visitors", 0, "how many visitors the site has; 0 is the usual number")
	flags.BoolVar(&d.lab, "lab", false, "learn in four steps: logging, detection, alerting, all together")
	flags.StringVar(&d.labDir, "dir", "", "with --lab: a new folder in which the files stay; without it they are removed at the end")
	flags.StringVar(&d.labLevel, "level", "info", "with --lab: the least level that the shop logs: debug, info, warn or error")
	flags.IntVar(&d.labStep, "step", 0, "with --lab: only this step, from 2 to 4, over the files in --dir as they are now")
	flags.BoolVar(&d.real, "containers", false, "provoke incidents in containers on this machine's engine instead")
	flags.StringVar(&d.engine, "engine", "", "where that engine listens; the default is SASUMATA_DOCKER, DOCKER_HOST or "+source.DefaultEngine)
	for _, name := range []string{"report", "seed", "visitors", "lab"} {
		cmd.MarkFlagsMutuallyExclusive("containers", name)
	}
	return cmd
}

// check refuses flags that do not go together.
func (d *demoCommand) check(given func(flag string) bool) error {
	wrong, with := []string{"dir", "level", "step"}, "only with --lab"
	if d.lab {
		wrong, with = []string{"report", "seed", "visitors"}, "not with --lab"
		if d.labStep != 0 {
			wrong, with = append(wrong, "level"), "not with --lab and --step"
		}
	}
	for _, flag := range wrong {
		if given(flag) {
			return fmt.Errorf("--%s is %s", flag, with)
		}
	}
	return nil
}

// learn is demo --lab.
func (d *demoCommand) learn(ctx context.Context) error {
	language, err := lang(d.lang)
	if err != nil {
		return err
	}
	l := &learningLab{streams: d.streams, labBench: labBench{lang: language.String(), content: map[string]*app.Content{}}, t: lab.Text(language.String()), level: d.labLevel, step: d.labStep}
	return l.run(ctx, d.labDir)
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
