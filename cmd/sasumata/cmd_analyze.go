package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
)

// analyze is the analyze command: whole logs in, signals out.
type analyze struct {
	streams

	intakeFlags
	threatFlags
	reputationFlags
	windowFlags
	output     string
	reports    []string
	compare    string
	live       bool
	lang       string
	failOn     string
	rules      []string
	patterns   []string
	blocklists []string
	suppressed []string
	noDefaults bool
	state      string
	baseline   []string
}

func newAnalyze(s streams) *cobra.Command {
	a := &analyze{streams: s}
	cmd := &cobra.Command{
		Use:   "analyze FILE...|-",
		Short: "Find attacks in whole logs",
		Long: `Analyze reads logs from their beginning to their end, plain or packed by gzip,
zstd, bzip2 or zlib, and prints the signals that the rules open. The format is
found out line by line. Time is what the lines say, so the same log gives the
same signals whenever it is read.

With --state FILE, run again and again over logs that grow, each run goes on behind
the last whole line that the one before read, also when a log was rotated and both
files are named. Signals stay open from run to run. The text output tells of changes as
they come; with -o jsonl a signal that is open when the run ends is written without
"closed", and again, with the same id, when it has changed: the last line of an id
counts. Exit code 1 then means that this run opened or went on with a signal.`,
		Example: `  sasumata analyze /var/log/auth.log
  sasumata analyze --lang ja --report report.html access.log access.log.1.gz
  sasumata analyze --report today.json --report today.html --compare yesterday.json access.log
  sasumata analyze --since 2026-01-16T00:00:00Z --filter '@http.status_code:[500 TO 599]' access.log
  sasumata analyze --top /var/log/nginx/access.log
  sasumata analyze --state /var/lib/sasumata/auth.state /var/log/auth.log.1 /var/log/auth.log
  zcat old.log.gz | sasumata analyze -o jsonl -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("analyze wants the name of a log, or - for the standard input")
			}
			return a.run(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	a.intakeFlags.add(flags)
	a.windowFlags.add(flags)
	a.addMultiline(flags, "auto")
	flags.StringVarP(&a.output, "output", "o", "text", "text or jsonl (one signal a line)")
	flags.StringSliceVar(&a.reports, "report", nil, "write a report to this file: .html, .json or .csv (the signals); may be repeated")
	flags.StringVar(&a.compare, "compare", "", "an earlier JSON report: say what changed since then")
	flags.BoolVar(&a.live, "top", false, "draw what is found, once a second, and go on with the last file while it grows; Ctrl-C ends it")
	flags.StringVar(&a.lang, "lang", "", "en or ja; the default is the environment's")
	flags.StringVar(&a.failOn, "fail-on", "low", "exit with 1 when a signal is this severe or more: info, low, medium, high, critical, never")
	flags.StringSliceVar(&a.rules, "rules", nil, "directory or file with rules of your own; may be repeated")
	flags.StringSliceVar(&a.patterns, "patterns", nil, "directory or file with request patterns (.yaml) or rules in SecLang (.conf) of your own; may be repeated")
	flags.StringSliceVar(&a.blocklists, "blocklist", nil, "file of addresses and networks to report; may be repeated")
	a.addThreats(flags)
	a.addWatch(flags)
	a.addReputation(flags)
	addSuppressions(flags, &a.suppressed)
	addBaseline(flags, &a.baseline)
	flags.StringVar(&a.state, "state", "", "go on where the last run with this file stopped, and keep in it where this one does")
	flags.BoolVar(&a.noDefaults, "no-default-rules", false, "use only the rules of --rules")
	refuseEmpty(flags) // all of them are there
	return cmd
}

func (a *analyze) run(ctx context.Context, args []string) error {
	failOn, never, err := parseFailOn(a.failOn)
	if err != nil {
		return err
	}
	if err := errors.Join(checkOutput(a.output), a.checkTop(), a.checkWatch(a.live)); err != nil {
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
	threats := a.threats()
	threats.Watch = a.live
	content, err := a.content(app.Sources{Rules: a.rules, Patterns: a.patterns, Blocklists: a.blocklists, Suppressions: a.suppressed, NoDefaults: a.noDefaults, Threats: threats}, a.err)
	if err != nil {
		return err
	}
	if err := a.checkFeeds(); err != nil {
		return usageError(err)
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
	state, err := openState(a.state)
	if err != nil {
		return err
	}
	if state != nil {
		defer state.Close()
	}
	bar := newProgress(a.err)
	warnings := &warner{w: a.err, bar: bar}
	warn := warnings.say
	intake.Progress = bar.update
	out := bufio.NewWriter(a.out)
	console := report.NewConsole(out, report.ConsoleOptions{Lang: language, Zone: intake.Clock.Location, Color: useColor(a.out)})
	lines := report.NewJSONLines(out)
	options := app.AnalyzeOptions{
		Intake: intake, Content: content, Inputs: args, Warn: warn, Window: window, State: state, Baseline: a.baseline,
		Open: func(s *signal.Signal) error {
			if a.output == "jsonl" {
				return lines.Signal(s)
			}
			return nil
		},
		Found: func(f signal.Finding) error {
			switch {
			case a.live:
				return nil
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
	}
	stop := func() error { return nil }
	if a.live {
		options.Progress, options.Follow, options.Live = nil, true, &app.Live{}
		warnings.hold = isTerminal(a.out) && isTerminal(a.err)
		options.Threats = a.watch(ctx, content, warn)
		stop = a.screen(out, language, intake.Clock.Location, args, options.Threats).watch(ctx, options.Live)
	}
	result, runErr := app.Analyze(ctx, options)
	if a.live {
		ctx = context.WithoutCancel(ctx) // Ctrl-C is the way to the summary
	}
	runErr = errors.Join(runErr, stop())
	lists, feeds := content.Threats, content.ThreatFeeds
	if watch := options.Threats; watch != nil {
		watch.Stop()
		watch.Tell(time.Now())
		lists, feeds = watch.Set(), watch.Feeds()
	}
	warnings.release()
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
		Generated: intake.Clock.Now.UnixNano(), Threats: app.Listings(lists), ThreatFeeds: feeds,
	}
	var notes []string
	document.Reputation, notes = app.AskReputation(ctx, services, result.Summary, content.Threats.Exempt(), a.top)
	for _, text := range notes {
		warn(text)
	}
	if earlier != nil {
		document.Comparison = report.Compare(earlier, document)
	}
	outErr := writeReports(a.reports, document)
	if a.output == "text" {
		if document.Comparison != nil {
			outErr = errors.Join(outErr, console.Comparison(document.Comparison))
		}
		outErr = errors.Join(outErr, console.Intelligence(document))
		outErr = errors.Join(outErr, console.Summary(result.Summary, result.Signals, strings.Join(a.reports, ", ")))
	} else {
		outErr = errors.Join(outErr, writeSuppressions(lines, result.Summary.Suppressions))
	}
	outErr = errors.Join(outErr, out.Flush())
	if state != nil && outErr == nil { // what was not written out is found again
		outErr = state.Save()
	}
	if runErr = errors.Join(runErr, outErr); runErr != nil {
		return runError(runErr)
	}
	if !never && atOrAbove(result.Signals.Counts(), failOn) {
		return &exitError{code: exitFindings}
	}
	return nil
}

// screen returns what draws for --top.
func (a *analyze) screen(out *bufio.Writer, l report.Lang, zone *time.Location, files []string, lists *app.ThreatWatch) *top {
	return &top{
		out: out, lang: l, zone: zone, files: files, lists: lists, tty: isTerminal(a.out), color: useColor(a.out),
		size: func() (int, int) {
			if columns, rows, ok := windowSize(a.out); ok {
				return columns, rows
			}
			return 100, 40
		},
	}
}

// openState opens the state of --state; nil without one.
func openState(path string) (*app.State, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // no state is no fault
	}
	state, err := app.OpenState(path)
	return state, usageError(err)
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
		{"baseline", strings.Join(a.baseline, ",")},
		{"state", a.state},
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
