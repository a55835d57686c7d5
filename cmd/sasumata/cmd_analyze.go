package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
)

// analyze is the analyze command: whole logs in, signals out.
type analyze struct {
	streams

	intakeFlags
	threatFlags
	reputationFlags
	output     string
	reports    []string
	compare    string
	since      string
	until      string
	filter     string
	lang       string
	failOn     string
	rules      []string
	patterns   []string
	blocklists []string
	suppressed []string
	noDefaults bool
}

func newAnalyze(s streams) *cobra.Command {
	a := &analyze{streams: s}
	cmd := &cobra.Command{
		Use:   "analyze FILE...|-",
		Short: "Find attacks in whole logs",
		Long: `Analyze reads logs from their beginning to their end, plain or packed by gzip,
zstd, bzip2 or zlib, and prints the signals that the rules open. The format is
found out line by line. Time is what the lines say, so the same log gives the
same signals whenever it is read.`,
		Example: `  sasumata analyze /var/log/auth.log
  sasumata analyze --lang ja --report report.html access.log access.log.1.gz
  sasumata analyze --report today.json --report today.html --compare yesterday.json access.log
  sasumata analyze --since 2026-01-16T00:00:00Z --filter '@http.status_code:[500 TO 599]' access.log
  zcat old.log.gz | sasumata analyze -o jsonl -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("analyze wants the name of a log, or - for the standard input")
			}
			return a.run(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	a.add(flags)
	a.addMultiline(flags, "auto")
	flags.StringVarP(&a.output, "output", "o", "text", "text or jsonl (one signal a line)")
	flags.StringSliceVar(&a.reports, "report", nil, "write a report to this file: .html, .json or .csv (the signals); may be repeated")
	flags.StringVar(&a.compare, "compare", "", "an earlier JSON report: say what changed since then")
	flags.StringVar(&a.since, "since", "", "leave out events before this time (RFC 3339)")
	flags.StringVar(&a.until, "until", "", "leave out events from this time on (RFC 3339)")
	flags.StringVar(&a.filter, "filter", "", "leave out events that this search does not match")
	flags.StringVar(&a.lang, "lang", "", "en or ja; the default is the environment's")
	flags.StringVar(&a.failOn, "fail-on", "low", "exit with 1 when a signal is this severe or more: info, low, medium, high, critical, never")
	flags.StringSliceVar(&a.rules, "rules", nil, "directory or file with rules of your own; may be repeated")
	flags.StringSliceVar(&a.patterns, "patterns", nil, "directory or file with request patterns of your own; may be repeated")
	flags.StringSliceVar(&a.blocklists, "blocklist", nil, "file of addresses and networks to report; may be repeated")
	a.addThreats(flags)
	a.addReputation(flags)
	addSuppressions(flags, &a.suppressed)
	flags.BoolVar(&a.noDefaults, "no-default-rules", false, "use only the rules of --rules")
	return cmd
}

func (a *analyze) run(ctx context.Context, args []string) error {
	failOn, never, err := parseFailOn(a.failOn)
	if err != nil {
		return err
	}
	if err := checkOutput(a.output); err != nil {
		return err
	}
	language, err := lang(a.lang)
	if err != nil {
		return err
	}
	intake, err := a.intake(a.streams)
	if err != nil {
		return err
	}
	content, err := a.content(app.Sources{Rules: a.rules, Patterns: a.patterns, Blocklists: a.blocklists, Suppressions: a.suppressed, NoDefaults: a.noDefaults, Threats: a.threats()}, a.err)
	if err != nil {
		return err
	}
	window, err := a.window()
	if err != nil {
		return err
	}
	services, err := a.services()
	if err != nil {
		return usageError(err)
	}
	earlier, err := readEarlier(a.compare)
	if err = errors.Join(err, checkReports(a.reports)); err != nil {
		return usageError(err)
	}
	bar := newProgress(a.err)
	warn := func(text string) {
		bar.clear()
		fmt.Fprintf(a.err, "sasumata: %s\n", text)
	}
	intake.Progress = bar.update
	out := bufio.NewWriter(a.out)
	console := report.NewConsole(out, report.ConsoleOptions{Lang: language, Zone: intake.Clock.Location, Color: useColor(a.out)})
	lines := report.NewJSONLines(out)
	result, runErr := app.Analyze(ctx, app.AnalyzeOptions{
		Intake: intake, Content: content, Inputs: args, Warn: warn, Window: window,
		Found: func(f signal.Finding) error {
			switch {
			case a.output == "text" && (f.Change == signal.Opened || f.Change == signal.Escalated):
				bar.clear()
				err := console.Finding(f)
				return errors.Join(err, out.Flush())
			case a.output == "jsonl" && f.Change == signal.Closed:
				return lines.Signal(f.Signal)
			default:
				return nil
			}
		},
	})
	bar.clear()
	if result == nil {
		return runError(runErr)
	}
	for _, text := range result.Notes() {
		warn(text)
	}
	document := report.Document{
		Lang: language, Zone: intake.Clock.Location, Files: args, Summary: result.Summary, Signals: result.Signals,
		Runbook: app.Runbook, Version: version(), Rules: len(content.Rules), Options: a.options(),
		Generated: intake.Clock.Now.UnixNano(), Threats: app.Listings(content.Threats), ThreatFeeds: content.ThreatFeeds,
	}
	var notes []string
	document.Reputation, notes = app.AskReputation(ctx, services, result.Summary, content.Threats.Exempt(), a.top)
	for _, text := range notes {
		warn(text)
	}
	if earlier != nil {
		document.Comparison = report.Compare(earlier, document)
	}
	runErr = errors.Join(runErr, writeReports(a.reports, document))
	if a.output == "text" {
		if document.Comparison != nil {
			runErr = errors.Join(runErr, console.Comparison(document.Comparison))
		}
		runErr = errors.Join(runErr, console.Intelligence(document))
		runErr = errors.Join(runErr, console.Summary(result.Summary, result.Signals, strings.Join(a.reports, ", ")))
	} else {
		runErr = errors.Join(runErr, writeSuppressions(lines, result.Summary.Suppressions))
	}
	runErr = errors.Join(runErr, out.Flush())
	if runErr != nil {
		return runError(runErr)
	}
	if !never && atOrAbove(result.Signals.Counts(), failOn) {
		return &exitError{code: exitFindings}
	}
	return nil
}

// writeSuppressions writes what each suppression held back, behind the signals.
func writeSuppressions(lines *report.JSONLines, all []report.Suppression) error {
	for i := range all {
		if err := lines.Suppression(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// window returns which events --since, --until and --filter leave.
func (a *analyze) window() (w app.Window, err error) {
	if w.Since, err = bound("since", a.since); err != nil {
		return w, err
	}
	if w.Until, err = bound("until", a.until); err != nil {
		return w, err
	}
	if a.filter != "" {
		if w.Filter, err = query.Parse(a.filter); err != nil {
			return w, fmt.Errorf("--filter: %w", err)
		}
	}
	return w, nil
}

// options names the options that change what a report says.
func (a *analyze) options() []string {
	var all []string
	for _, o := range [...]struct{ name, value string }{
		{"source", a.source},
		{"tz", a.tz},
		{"now", a.now},
		{"multiline", unlessAuto(a.multiline)},
		{"rules", strings.Join(a.rules, ",")},
		{"pipelines", strings.Join(a.pipelines, ",")},
		{"patterns", strings.Join(a.patterns, ",")},
		{"blocklist", strings.Join(a.blocklists, ",")},
		{"threats", a.dir},
		{"feeds", a.feeds},
		{"own-networks", strings.Join(a.own, ",")},
		{"allowlist", strings.Join(a.allowlists, ",")},
		{"suppressions", strings.Join(a.suppressed, ",")},
		{"since", a.since},
		{"until", a.until},
		{"filter", a.filter},
	} {
		if o.value != "" {
			all = append(all, "--"+o.name+" "+o.value)
		}
	}
	return all
}

// unlessAuto leaves out what is the default.
func unlessAuto(multiline string) string {
	if multiline == "auto" {
		return ""
	}
	return multiline
}

func parseFailOn(text string) (severity signal.Severity, never bool, err error) {
	if text == "never" {
		return 0, true, nil
	}
	severity, err = signal.ParseSeverity(text)
	if err != nil {
		return 0, false, fmt.Errorf("--fail-on: %w", err)
	}
	return severity, false, nil
}

func atOrAbove(counts signal.Counts, lowest signal.Severity) bool {
	for s := int(lowest); s < signal.Severities; s++ {
		if counts.BySeverity[s] > 0 {
			return true
		}
	}
	return false
}
