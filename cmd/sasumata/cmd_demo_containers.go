package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/demo"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
)

// exitProvoked is the exit code of a container that crashes.
const exitProvoked = 3

// newDemoProvoke returns the command that the containers of the demo run.
func newDemoProvoke() *cobra.Command {
	return &cobra.Command{
		Use: demo.ProvokeCommand + " INCIDENT", Short: "Be an incident, within a container of the demo", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if os.Getpid() != 1 {
				return usageError(errors.New("this is for the containers that demo --containers makes"))
			}
			if err := demo.Provoke(cmd.Context(), args[0]); err != nil {
				return &exitError{exitProvoked, err}
			}
			return nil
		},
	}
}

// containersShow prints a demo of containers as it goes on.
type containersShow struct {
	out     *bufio.Writer
	color   bool
	words   demo.IncidentWords
	console *report.Console
}

// containers provokes incidents on a real engine.
func (d *demoCommand) containers(ctx context.Context) error {
	language, err := lang(d.lang)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return runError(fmt.Errorf("find this program: %w", err))
	}
	content, err := app.LoadContent(app.Sources{})
	if err != nil {
		return usageError(err)
	}
	out := bufio.NewWriter(d.out)
	s := &containersShow{out: out, color: useColor(d.out), words: demo.WordsOfIncidents(language.String())}
	s.console = report.NewConsole(out, report.ConsoleOptions{Lang: language, Color: s.color})
	since := time.Now()
	result, err := app.DemoContainers(ctx, app.ContainersDemoOptions{
		Engine: cmp.Or(d.engine, os.Getenv("SASUMATA_DOCKER"), os.Getenv("DOCKER_HOST"), source.DefaultEngine), Program: program, Content: content,
		Incidents: demo.Incidents(language.String()), Now: time.Now, Version: version(),
		Ready: s.ready, Begin: s.begin, Found: s.found, Contained: s.contained, Verified: s.verified, Released: s.released,
	})
	switch {
	case errors.Is(err, app.ErrNoEngine):
		err = fmt.Errorf("%w (--engine, SASUMATA_DOCKER or DOCKER_HOST names one)", err)
	case err != nil && ctx.Err() != nil:
		err = fmt.Errorf("the demo was stopped: %w", err)
	}
	if err != nil {
		return &exitError{exitFailure, errors.Join(err, out.Flush())}
	}
	if err := s.result(result, time.Since(since)); err != nil {
		return runError(err)
	}
	if !result.Right() {
		return &exitError{code: exitFindings}
	}
	return nil
}

// heading prints what comes next.
func (s *containersShow) heading(title string) error {
	title = "━━ " + title
	if s.color {
		title = "\x1b[1m" + title + "\x1b[0m"
	}
	_, err := fmt.Fprintf(s.out, "\n%s\n", title)
	return err
}

// say prints a line, what is not ours made harmless.
func (s *containersShow) say(format string, values ...any) error {
	_, err := fmt.Fprintf(s.out, "   %s\n", report.Safe(fmt.Sprintf(format, values...)))
	return errors.Join(err, s.out.Flush())
}

func (s *containersShow) ready(about container.About, left int, unsensed string) error {
	err := s.say(s.words.Engine, about.Version, about.API)
	if left > 0 {
		err = errors.Join(err, s.say(s.words.Left, left))
	}
	if unsensed != "" {
		err = errors.Join(err, s.say(s.words.Unsensed, unsensed))
	}
	return err
}

func (s *containersShow) begin(i *demo.Incident) error {
	err := errors.Join(s.heading(i.Title), s.say("%s", i.Text))
	if i.Rule == "" {
		err = errors.Join(err, s.say("%s", s.words.Quiet))
	}
	return err
}

func (s *containersShow) found(i *demo.Incident, f signal.Finding, after time.Duration) error {
	text := s.words.After
	if f.Signal.RuleID != i.Rule {
		text = s.words.Also
	}
	return errors.Join(s.console.Finding(f), s.say("→ "+text, rounded(after)))
}

func (s *containersShow) contained(i *demo.Incident, r *respond.Record) error {
	err := s.heading(fmt.Sprintf(s.words.Contain, i.Container.Name))
	if r.Container == nil {
		return err
	}
	for _, step := range r.Container.Done {
		if step.Error != "" {
			err = errors.Join(err, s.say(s.words.Failed, step.Step, step.Error))
		} else {
			err = errors.Join(err, s.say(s.words.Step, step.Step, rounded(time.Duration(step.Took)*time.Microsecond), step.How))
		}
	}
	return err
}

func (s *containersShow) verified(m *evidence.Manifest, v *evidence.Verdict) error {
	err := errors.Join(s.say(s.words.Evidence, m.ID), s.say(s.words.Captured, m.Processes, len(m.Files), m.Bytes))
	for _, problem := range m.Problems {
		err = errors.Join(err, s.say(s.words.Problem, problem))
	}
	for _, wrong := range v.Wrong {
		err = errors.Join(err, s.say(s.words.Changed, wrong))
	}
	if len(v.Wrong) == 0 {
		err = errors.Join(err, s.say(s.words.Verified, v.Manifest))
	}
	return err
}

func (s *containersShow) released(after time.Duration) error {
	return s.say(s.words.Released, rounded(after))
}

// result says what came of it all.
func (s *containersShow) result(r *app.ContainersDemo, took time.Duration) error {
	_, err := fmt.Fprintln(s.out)
	if len(r.Missed) == 0 {
		err = errors.Join(err, s.say(s.words.All, r.Expected, rounded(took)))
	}
	for _, i := range r.Missed {
		err = errors.Join(err, s.say(s.words.Missed, i.Title, i.Rule))
	}
	for _, i := range r.Wrong {
		err = errors.Join(err, s.say(s.words.Wrong, i.Title))
	}
	if r.Uncontained != "" {
		err = errors.Join(err, s.say(s.words.Uncontained, r.Uncontained))
	}
	return errors.Join(err, s.say("%s", s.words.Removed))
}

// rounded cuts off what nobody reads of a time.
func rounded(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(100 * time.Microsecond)
}
