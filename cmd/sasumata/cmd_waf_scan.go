package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/report"
)

// wafScan is the waf scan command: access logs in, attacks out.
type wafScan struct {
	streams

	intakeFlags
	windowFlags
	output   string
	lang     string
	patterns []string
	thorough bool
	never    bool
}

func newWAFScan(s streams) *cobra.Command {
	w := &wafScan{streams: s}
	cmd := &cobra.Command{
		Use:   "scan FILE...|-",
		Short: "Find the attacks in access logs, and nothing else, fast",
		Long: `Scan reads access logs, plain or packed, and prints the requests that are attacks.
Each request gets the verdict that analyze gives it, by the same patterns and the
Core Rule Set; what scan leaves out is everything that takes longer: time windows,
signals, logins, statistics of what is harmless. It is for the first question to a
year of old logs: was there anything? Ask analyze about the days on which there was.

With -o jsonl, each attack is one JSON object as parse --detect prints it. The exit
code is 1 when there was any attack.`,
		Example: `  sasumata waf scan /var/log/nginx/access.log*
  sasumata waf scan --lang ja --since 2026-01-01T00:00:00Z access.log
  zcat old.log.gz | sasumata waf scan -o jsonl - | jq -r .network.client.ip`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("waf scan wants the name of a log, or - for the standard input")
			}
			return w.run(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	w.intakeFlags.add(flags)
	w.windowFlags.add(flags)
	flags.StringVarP(&w.output, "output", "o", "text", "text or jsonl (one attack a line)")
	flags.StringVar(&w.lang, "lang", "", "en or ja; the default is the environment's")
	flags.StringSliceVar(&w.patterns, "patterns", nil, "directory or file with request patterns (.yaml) or rules in SecLang (.conf) of your own; may be repeated")
	flags.BoolVar(&w.thorough, "thorough", false, "take every line apart, also those that can be proven harmless without: slower, and the same result")
	flags.BoolVar(&w.never, "exit-zero", false, "exit with 0 also when there were attacks")
	refuseEmpty(flags)
	return cmd
}

func (w *wafScan) run(ctx context.Context, args []string) error {
	if err := checkOutput(w.output); err != nil {
		return err
	}
	language, err := lang(w.lang)
	if err != nil {
		return err
	}
	w.multiline = "off"
	intake, err := w.intake(w.streams)
	if err != nil {
		return err
	}
	window, err := w.window()
	if err != nil {
		return err
	}
	content, err := w.content(app.Sources{Patterns: w.patterns, Only: app.PipelinePart | app.PatternPart}, w.err)
	if err != nil {
		return err
	}
	bar := newProgress(w.err)
	intake.Progress = bar.update
	out := bufio.NewWriterSize(w.out, 64<<10)
	console := report.NewConsole(out, report.ConsoleOptions{Lang: language, Zone: intake.Clock.Location, Color: useColor(w.out)})
	var line []byte
	began := time.Now()
	found, runErr := app.Scan(ctx, app.ScanOptions{
		Intake: intake, Content: content, Inputs: args, Window: window, Thorough: w.thorough,
		Attack: func(e *event.Event) error {
			if w.output == "text" {
				bar.clear()
				return console.Attack(e)
			}
			line = append(e.AppendRecord(line[:0]), '\n')
			_, err := out.Write(line)
			return err
		},
		Warn: func(text string) {
			bar.clear()
			fmt.Fprintf(w.err, "sasumata: %s\n", text)
		},
	})
	bar.clear()
	found.Seconds = time.Since(began).Seconds()
	var outErr error
	if w.output == "text" {
		outErr = console.Attacks(found)
	}
	if err := errors.Join(runErr, outErr, out.Flush()); err != nil {
		return runError(err)
	}
	if found.Events() > 0 && !w.never {
		return &exitError{code: exitFindings}
	}
	return nil
}
