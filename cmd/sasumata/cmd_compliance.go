package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/report/compliance"
	"github.com/sasumata/sasumata/internal/search"
)

// complianceReport is the compliance report command.
type complianceReport struct {
	signalsCommand

	framework, lang string
	from, to        string
	reports         []string
	failOnGaps      bool
}

func newCompliance(s streams) *cobra.Command {
	return newGroup("compliance", "Say what a server can show for PCI DSS, SOC 2, GDPR and APPI", newComplianceReport(s), newComplianceMap(s))
}

func newComplianceMap(s streams) *cobra.Command {
	var language string
	cmd := &cobra.Command{
		Use:   "map",
		Short: "Write the page that says which control is met by what",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			l, err := lang(language)
			if err != nil {
				return err
			}
			return compliance.WriteMap(s.out, l)
		},
	}
	cmd.Flags().StringVar(&language, "lang", "", "en or ja; the default is the environment's")
	return cmd
}

func newComplianceReport(s streams) *cobra.Command {
	c := &complianceReport{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "report --token-file FILE",
		Short: "Report the evidence of a running server for each control, and what is open",
		Long: `Report asks a running server what it can show for controls of PCI DSS 4.0, SOC 2, GDPR and
Japan's APPI: for how long logs are kept, who signs in with a second factor, what the audit
trail has, how fast people looked at signals, what is held back and why, and more. What is
open is a gap; what the data does not say is left to your organisation. It is no
certificate.

The token needs the scopes manage, audit:read and signals:read; what it may not read is a
gap. The audit trail and signals are those of the time from --from to --to, all else is as it
is now.

The exit code is 1 with --fail-on-gaps when there are gaps, 2 when the command line or the
token is wrong, and 3 when the server cannot be reached or fails.`,
		Example: `  sasumata compliance report --token-file evidence.token
  sasumata compliance report --token-file evidence.token --framework pci --report evidence.html
  sasumata compliance report --token-file evidence.token --from 30d --fail-on-gaps -o json
  sasumata compliance report --token-file evidence.token --lang ja -o markdown`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.server, "server", "http://"+config.DefaultListen, "address of the server")
	flags.StringVar(&c.tokenFile, "token-file", "", "file with a token of the server that has the scopes manage, audit:read and signals:read")
	flags.StringVarP(&c.output, "output", "o", "text", "text, markdown, html or json")
	flags.StringVar(&c.framework, "framework", "all", strings.Join(compliance.Keys(), ", "))
	flags.StringVar(&c.lang, "lang", "", "en or ja; the default is the environment's")
	flags.StringVar(&c.from, "from", "90d", "the time from which on (RFC 3339), or how long ago")
	flags.StringVar(&c.to, "to", "", "the time until which (RFC 3339), or how long ago; the default is now")
	flags.StringSliceVar(&c.reports, "report", nil, "write this file, too: .html, .md, .json or .txt; may be repeated")
	flags.BoolVar(&c.failOnGaps, "fail-on-gaps", false, "exit with 1 when there are gaps")
	refuseEmpty(flags)
	return cmd
}

func (c *complianceReport) run(ctx context.Context) error {
	language, err := lang(c.lang)
	frameworks, wrong := compliance.Choose(c.framework)
	write, bad := compliance.Writer(c.output)
	now := time.Now()
	from, to, when := c.times(now)
	if err = errors.Join(err, wrong, bad, when, checkComplianceReports(c.reports)); err != nil {
		return usageError(err)
	}
	client, err := c.ask()
	if err != nil {
		return err
	}
	facts := &compliance.Facts{Server: c.server, From: from, To: to, Taken: now}
	if err := gatherFacts(ctx, client, facts); err != nil {
		return answered(err)
	}
	r := compliance.New(frameworks, facts, language)
	errs := []error{write(c.out, r)}
	for _, path := range c.reports {
		errs = append(errs, writeCompliance(path, r))
	}
	if err := errors.Join(errs...); err != nil {
		return &exitError{exitFailure, err}
	}
	if c.failOnGaps && len(r.Gaps) > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}

// times reads --from and --to.
func (c *complianceReport) times(now time.Time) (from, to time.Time, err error) {
	first, err := search.Moment("--from", c.from, now)
	last := now.UnixNano()
	if c.to != "" {
		var wrong error
		last, wrong = search.Moment("--to", c.to, now)
		err = errors.Join(err, wrong)
	}
	if err == nil && first >= last {
		err = errors.New("--from is not before --to")
	}
	if err == nil && first > now.UnixNano() {
		err = errors.New("--from is in the future")
	}
	return time.Unix(0, first), time.Unix(0, last), err
}

func complianceKind(path string) (func(io.Writer, *compliance.Report) error, error) {
	kinds := map[string]string{".html": "html", ".htm": "html", ".md": "markdown", ".json": "json", ".txt": "text"}
	write, err := compliance.Writer(kinds[strings.ToLower(filepath.Ext(path))])
	if err != nil {
		return nil, fmt.Errorf("--report %s: want a name that ends in .html, .md, .json or .txt", path)
	}
	return write, nil
}

func checkComplianceReports(paths []string) error {
	errs := make([]error, 0, len(paths))
	for _, path := range paths {
		_, err := complianceKind(path)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// writeCompliance writes one file, for its owner only: it names users and tokens.
func writeCompliance(path string, r *compliance.Report) error {
	write, err := complianceKind(path)
	if err != nil {
		return err
	}
	if err := atomicfile.Fill(path, 0o600, func(w io.Writer) error { return write(w, r) }); err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	return nil
}
