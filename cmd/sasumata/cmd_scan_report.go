package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/report/finding"
	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/scan/runner"
)

// scanReport is the scan report command: reports of scanners in, one list out.
type scanReport struct {
	streams
	app.FindingOptions
	findingSender

	output  string
	reports []string
	lang    string
	failOn  string
	maxAge  []string
	now     string
	max     int
	keep    string
	timeout time.Duration
	strict  bool
	never   bool
}

func newScanReport(s streams) *cobra.Command {
	r := &scanReport{streams: s}
	cmd := &cobra.Command{
		Use:   "report [FILE|DIR|-...]",
		Short: "Read the reports of scanners, make one list of them, fail on what is grave",
		Long: `Report reads what Trivy, Grype, Bandit, Semgrep, gosec, gitleaks, pip-audit, npm audit,
Checkov, KICS and many other scanners wrote, SARIF and CycloneDX of any tool among it,
and makes one list: what several tools say about one thing is one finding, with
everybody's severity. What a file is is found out from what stands in it; of a
folder every file is read that is a report.

VEX documents and suppressions hold findings back, with a reason and an end. Compared
with the list of an earlier run (--baseline), each finding is new, open, reopened or
fixed. The run fails on findings of a severity (--fail-on), on what is known to be
exploited (--fail-on kev), and on what is open for too long (--max-age).

With --send, a running server keeps the findings with those of earlier runs, shows them on
its page Posture, and opens a signal for what is grave and new.

With --run, the scanners that are installed are started first, in parallel: those of
sources on a folder, with --image those of images.

The exit code is 1 when a finding fails the run, 2 when the command line or a file
besides the reports is wrong, and 3 when a report could not be read.`,
		Example: `  sasumata scan report trivy.json grype.json bandit.json
  sasumata scan report --report security-summary.html --report findings.json reports/
  sasumata scan report --baseline findings.json --new-only --fail-on medium,kev reports/
  sasumata scan report --max-age critical=7d,high=30d --vex vex.json --suppressions accepted.yaml reports/
  sasumata scan report --run . --image shop/api:1.2 --report security-summary.html
  sasumata scan report --asset shop/api --send http://127.0.0.1:8480 --token-file ci.token reports/
  sasumata scan report -o markdown --lang ja reports/ > comment.md`,
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&r.output, "output", "o", "text", "text, jsonl (one object a report and finding), json, sarif, markdown, junit or github (annotations of a workflow)")
	flags.StringSliceVar(&r.reports, "report", nil, "write this file, too: .html, .json (for --baseline), .sarif, .md, .xml (JUnit) or .jsonl; may be repeated")
	flags.StringVar(&r.lang, "lang", "", "en or ja; the default is the environment's")
	flags.StringVar(&r.Asset, "asset", "", "what was scanned: a project, an image; findings of different assets are different")
	flags.StringVar(&r.Root, "root", "", "folder that is cut off paths in reports")
	flags.StringSliceVar(&r.VEX, "vex", nil, "OpenVEX, CSAF or CycloneDX document that says what nobody is affected by; may be repeated")
	flags.StringSliceVar(&r.Suppressions, "suppressions", nil, "YAML file with findings to live with, why and until when; may be repeated")
	flags.StringVar(&r.EPSS, "epss", "", "scores of EPSS as FIRST publishes them (.csv or .csv.gz)")
	flags.StringVar(&r.KEV, "kev", "", "catalogue of known exploited vulnerabilities as CISA publishes it (.json)")
	flags.StringVar(&r.Baseline, "baseline", "", "list of an earlier run (--report FILE.json) to compare with")
	flags.StringVar(&r.History, "history", "", "file to add this run to, one line a run, for the chart of the page")
	flags.StringVar(&r.failOn, "fail-on", "high", "exit with 1 on findings this severe or more: critical, high, medium, low, info, unknown, never; kev besides, with a comma")
	flags.StringSliceVar(&r.maxAge, "max-age", nil, "exit with 1 on findings that are open for longer, such as critical=7d,high=30d; needs --baseline")
	flags.BoolVar(&r.Gate.NewOnly, "new-only", false, "with --fail-on, look at new and reopened findings only; needs --baseline")
	flags.StringVar(&r.Run.Folder, "run", "", "start the scanners that are installed on this folder, and read what they write, too")
	flags.StringVar(&r.Run.Image, "image", "", "start the scanners of images that are installed on this image")
	flags.StringSliceVar(&r.Run.Only, "scanners", nil, "with --run or --image, these only: "+strings.Join(runner.Names(), ", "))
	flags.DurationVar(&r.timeout, "timeout", 10*time.Minute, "how long each scanner may take")
	flags.StringVar(&r.keep, "keep-reports", "", "folder to leave the scanners' reports in")
	flags.BoolVar(&r.strict, "strict", false, "exit with 3 also when a report says that its scanner failed")
	flags.BoolVar(&r.never, "exit-zero", false, "exit with 0 also when findings fail the run")
	flags.IntVar(&r.max, "max", 0, "list at most so many findings in text (all) and HTML (1000)")
	flags.StringVar(&r.now, "now", "", "the time (RFC 3339) of the run; the default is the clock")
	r.add(flags)
	refuseEmpty(flags)
	return cmd
}

func (r *scanReport) run(ctx context.Context, args []string) error {
	if err := r.check(args); err != nil {
		return err
	}
	language, err := lang(r.lang)
	if err != nil {
		return err
	}
	r.Inputs, r.Stdin, r.Version = args, r.in, version()
	r.Run.Timeout, r.Run.Parallel, r.Run.Reports = r.timeout, min(runtime.NumCPU(), maxScanners), r.keep
	r.Run.Look, r.Run.Clock, r.Run.Progress = exec.LookPath, time.Now, r.progress
	list, history, err := app.Findings(ctx, r.FindingOptions)
	if err != nil {
		return findingError(ctx, err)
	}
	d := finding.Document{List: list, Lang: language, History: history, Max: r.max}
	errs := []error{r.write(d)}
	for _, path := range r.reports {
		errs = append(errs, writeFindings(path, d))
	}
	for _, u := range list.Unread {
		fmt.Fprintf(r.err, "sasumata: %s\n", report.Safe(u.Error))
	}
	if err := errors.Join(errs...); err != nil {
		return &exitError{exitFailure, err}
	}
	if err := r.send(ctx, r.streams, list); err != nil {
		return err
	}
	return r.verdict(list)
}

// maxScanners is how many scanners run at the same time: each uses several
// processors, and much memory.
const maxScanners = 4

// progress says how far the scanners are, for who waits.
func (r *scanReport) progress(e runner.Event) {
	switch {
	case !e.Done:
		fmt.Fprintf(r.err, "sasumata: %s started\n", e.Scanner)
	case e.Err != nil:
		fmt.Fprintf(r.err, "sasumata: %s failed after %v\n", e.Scanner, e.Took.Round(time.Second/10))
	default:
		fmt.Fprintf(r.err, "sasumata: %s done after %v\n", e.Scanner, e.Took.Round(time.Second/10))
	}
}

// findingError gives an error of a run its exit code: what the user named is wrong,
// or the run was ended.
func findingError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exitError{exitFailure, err}
	}
	return usageError(err)
}

// check looks at the flags, and says everything that is wrong with them.
func (r *scanReport) check(args []string) error {
	errs := []error{r.findingSender.check(r.Asset)}
	running := r.Run.Folder != "" || r.Run.Image != ""
	if !running && (len(r.Run.Only) > 0 || r.keep != "") {
		errs = append(errs, errors.New("--scanners and --keep-reports want --run or --image"))
	}
	if r.timeout <= 0 {
		errs = append(errs, errors.New("--timeout wants more than nothing"))
	}
	if len(args) == 0 && !running {
		errs = append(errs, errors.New("scan report wants names of reports, folders with them, or - for the standard input"))
	}
	if _, err := findingKind("." + r.output); err != nil {
		errs = append(errs, fmt.Errorf("--output %q, want text, jsonl, json, sarif, markdown, junit or github", r.output))
	}
	for _, path := range r.reports {
		if _, err := findingKind(filepath.Ext(path)); err != nil {
			errs = append(errs, fmt.Errorf("--report %s: %w", path, err))
		}
	}
	if err := r.Gate.ParseFailOn(r.failOn); err != nil {
		errs = append(errs, fmt.Errorf("--fail-on: %w", err))
	}
	if err := r.Gate.ParseMaxAge(r.maxAge); err != nil {
		errs = append(errs, fmt.Errorf("--max-age: %w", err))
	}
	if r.Baseline == "" && (r.Gate.NewOnly || len(r.maxAge) > 0) {
		errs = append(errs, errors.New("--new-only and --max-age want --baseline: without an earlier run everything is new"))
	}
	r.Now = time.Now()
	if r.now != "" {
		when, err := time.Parse(time.RFC3339, r.now)
		if err != nil {
			errs = append(errs, fmt.Errorf("--now %q is no time, want the form 2026-01-31T12:00:00Z", r.now))
		}
		r.Now = when
	}
	return errors.Join(errs...)
}

// findingKind returns how findings are written, by the ending of a file's name.
func findingKind(ending string) (func(io.Writer, finding.Document) error, error) {
	switch strings.ToLower(ending) {
	case ".html", ".htm":
		return finding.WriteHTML, nil
	case ".json":
		return finding.WriteJSON, nil
	case ".jsonl":
		return finding.WriteJSONLines, nil
	case ".sarif":
		return finding.WriteSARIF, nil
	case ".md", ".markdown":
		return finding.WriteMarkdown, nil
	case ".txt", ".text":
		return finding.WriteText, nil
	case ".junit", ".xml":
		return finding.WriteJUnit, nil
	case ".github":
		return finding.WriteGitHub, nil
	default:
		return nil, errors.New("want a name that ends in .html, .json, .jsonl, .sarif, .md, .xml (JUnit) or .txt")
	}
}

func (r *scanReport) write(d finding.Document) error {
	write, err := findingKind("." + r.output)
	if err != nil {
		return err
	}
	return write(r.out, d)
}

// writeFindings writes one file, for everybody on the machine to read.
func writeFindings(path string, d finding.Document) error {
	write, err := findingKind(filepath.Ext(path))
	if err != nil {
		return err
	}
	if err := atomicfile.Fill(path, 0o644, func(w io.Writer) error { return write(w, d) }); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// verdict is how the command ends.
func (r *scanReport) verdict(l *scan.List) error {
	failed := len(l.Unread) > 0
	for _, one := range l.Reports {
		failed = failed || r.strict && one.Incomplete
	}
	switch {
	case failed: // what it did not see may be worse than what it saw
		return &exitError{code: exitFailure}
	case len(l.Gate.Failed) > 0 && !r.never:
		return &exitError{code: exitFindings}
	default:
		return nil
	}
}
