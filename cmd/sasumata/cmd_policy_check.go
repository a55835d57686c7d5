package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/report/finding"
	"github.com/sasumata/sasumata/internal/scan"
)

// policyCheck is the policy check command: files in, findings out.
type policyCheck struct {
	streams
	app.PolicyOptions
	findingSender

	kind     string
	output   string
	reports  []string
	lang     string
	failOn   string
	now      string
	rego     string
	settings string
	max      int
	never    bool
}

func newPolicyCheck(s streams) *cobra.Command {
	p := &policyCheck{streams: s}
	cmd := &cobra.Command{
		Use:   "check PATH|-...",
		Short: "Look at Dockerfiles, compose files, containers, images and manifests for what makes them unsafe",
		Long: `Check looks at files that say how things are built and run, and says what is wrong
with them: where, why, and what to do. What a file is is found out by its name; of a
folder every file is looked at that has such a name. Checks and what other tools
call them: sasumata policy list.

Files are Dockerfiles, compose files (with the override file and .env beside them, as
Docker reads them), manifests of Kubernetes (--kind kubernetes for a folder of them),
what docker inspect writes, scripts with docker run, and daemon.json. Containers that
run are looked at with --container and --all-containers, images of the engine with
--image, the daemon of this machine with its files and audit rules with --machine.
Archives of images, as docker save and OCI tools write them, are named one by one, or
all of a folder with --kind image; they are read, not unpacked, and nothing in them runs.

A comment in a file holds a finding back, with a reason and, if you like, an end:

  # sasumata:ignore DF003 until=2027-01-31 the base image is built here every night

It stands above the instruction that it means; sasumata:ignore-file means the whole
file. One whose day is over holds nothing back and is a finding itself.

Rules of your own (--policy) are evaluated as conftest does: deny, violation and warn
in the package main or those that --namespace names, with exceptions and data. When
none of them is evaluated, that is an error, never a success.

The exit code is 1 when a finding is at or above --fail-on, 2 when the command line
is wrong or no rule was evaluated, and 3 when a file could not be read.`,
		Example: `  sasumata policy check .
  sasumata policy check --fail-on high --lang ja Dockerfile
  sasumata policy check --report policies.sarif --report policies.html .
  sasumata policy check --baseline findings.json --new-only --report findings.json .
  sasumata policy check --asset shop/api --send http://127.0.0.1:8480 --token-file ci.token .
  sasumata policy check --all-containers --machine
  sasumata policy check --image shop/api:1.4 image.tar
  docker save shop/api | sasumata policy check --kind image -
  docker inspect web | sasumata policy check -
  sasumata policy check --kind kubernetes deploy/
  sasumata policy check --kind kubernetes --kubernetes-checks trivy deploy/
  sasumata policy check --policy rules/ --all-namespaces deploy/
  git show main:Dockerfile | sasumata policy check --kind dockerfile -`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd.Context(), args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&p.kind, "kind", "auto", "what the files are: auto, "+kindNames())
	flags.StringSliceVar(&p.Containers, "container", nil, "look at this container, by name or id; may be repeated")
	flags.BoolVar(&p.AllContainers, "all-containers", false, "look at every container of the engine that runs")
	flags.StringSliceVar(&p.Images, "image", nil, "look at this image of the engine, by name or id: its files, configuration and history; may be repeated")
	flags.StringVar(&p.Engine, "engine", "", "where the engine of containers listens; the default is DOCKER_HOST, or unix:///var/run/docker.sock")
	flags.BoolVar(&p.Machine, "machine", false, "look at the Docker daemon of this machine: settings, owners and modes of its files, audit rules")
	flags.StringVarP(&p.output, "output", "o", "text", "text, jsonl (one object a finding), json, sarif, markdown, junit or github (annotations of a workflow)")
	flags.StringSliceVar(&p.reports, "report", nil, "write this file, too: .html, .json (for --baseline), .sarif, .md, .xml (JUnit) or .jsonl; may be repeated")
	flags.StringSliceVar(&p.User.Policies, "policy", nil, "file or folder with rules of your own in Rego, as for conftest, or @guide for those of the container production guide; may be repeated")
	flags.StringSliceVarP(&p.User.Namespaces, "namespace", "n", nil, "with --policy, packages whose rules are evaluated, such as main or k8s.*; the default is main; may be repeated")
	flags.BoolVar(&p.User.All, "all-namespaces", false, "with --policy, evaluate the rules of all packages")
	flags.StringSliceVar(&p.User.Data, "data", nil, "with --policy, file or folder (.json, .yaml) with what rules see as data; may be repeated")
	flags.BoolVar(&p.User.Combine, "combine", false, "with --policy, give rules all files at once: [{path, contents}]")
	flags.StringVar(&p.rego, "rego-version", "v1", "with --policy, the syntax of the rules: v1 or v0")
	flags.StringVar(&p.User.Parser, "parser", "", "with --policy, the form of the files: "+strings.Join(app.PolicyParsers(), ", ")+"; the default is to find out by their names")
	flags.BoolVar(&p.User.Only, "only-policy", false, "with --policy, leave the checks of Sasumata out")
	flags.StringSliceVar(&p.KubernetesChecks, "kubernetes-checks", []string{"all"}, "checks of manifests: all (ours, and those of Trivy that ours do not replace), native (ours), trivy (Trivy's alone), or all and ids of Trivy that all leaves out (all,KSV034)")
	flags.StringVar(&p.settings, "settings", "", "YAML file with the settings of checks: registries (allowed ones), labels, image_days")
	flags.StringVar(&p.lang, "lang", "", "en or ja; the default is the environment's")
	flags.StringVar(&p.Asset, "asset", "", "what is looked at: a project, an image; findings of different assets are different")
	flags.StringSliceVar(&p.Suppressions, "suppressions", nil, "YAML file with findings to live with, why and until when; may be repeated")
	flags.StringVar(&p.Baseline, "baseline", "", "list of an earlier run (--report FILE.json) to compare with")
	flags.StringVar(&p.failOn, "fail-on", "low", "exit with 1 on findings this severe or more: critical, high, medium, low, info or never")
	flags.BoolVar(&p.Gate.NewOnly, "new-only", false, "with --fail-on, look at new and reopened findings only; needs --baseline")
	flags.BoolVar(&p.never, "exit-zero", false, "exit with 0 also when findings fail the run")
	flags.IntVar(&p.max, "max", 0, "list at most so many findings in text (all) and HTML (1000)")
	flags.StringVar(&p.now, "now", "", "the time (RFC 3339) of the run; the default is the clock")
	p.add(flags)
	refuseEmpty(flags)
	return cmd
}

func kindNames() string {
	names := make([]string, 0, len(posture.Kinds()))
	for _, k := range posture.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (p *policyCheck) run(ctx context.Context, args []string) error {
	if err := p.check(args); err != nil {
		return err
	}
	language, err := lang(p.lang)
	if err != nil {
		return err
	}
	p.Inputs, p.Stdin, p.Version, p.Lang = args, p.in, version(), language
	p.Notes = func(text string) { fmt.Fprintf(p.err, "sasumata: note: %s\n", report.Safe(text)) }
	list, history, rules, err := app.PolicyFindings(ctx, p.PolicyOptions)
	if err != nil {
		return findingError(ctx, err)
	}
	d := finding.Document{List: list, Lang: language, History: history, Max: p.max, Rules: rules}
	errs := []error{writePolicies(p.out, "."+p.output, d)}
	for _, path := range p.reports {
		err := atomicfile.Fill(path, 0o644, func(w io.Writer) error { return writePolicies(w, filepath.Ext(path), d) })
		if err != nil {
			errs = append(errs, fmt.Errorf("write %s: %w", path, err))
		}
	}
	for _, u := range list.Unread {
		fmt.Fprintf(p.err, "sasumata: %s\n", report.Safe(u.Error))
	}
	if err := errors.Join(errs...); err != nil {
		return &exitError{exitFailure, err}
	}
	if err := p.send(ctx, p.streams, list); err != nil {
		return err
	}
	return p.verdict(list)
}

// check looks at the flags, and says everything that is wrong with them.
func (p *policyCheck) check(args []string) error {
	errs := []error{p.findingSender.check(p.Asset)}
	if p.kind != "auto" {
		p.Kind = posture.Kind(p.kind)
		if !slices.Contains(posture.Kinds(), p.Kind) {
			errs = append(errs, fmt.Errorf("--kind %q, want auto, %s", p.kind, kindNames()))
		}
	}
	if len(args) == 0 && len(p.Containers) == 0 && len(p.Images) == 0 && !p.AllContainers && !p.Machine {
		errs = append(errs, errors.New("policy check wants names of files, folders with them, - for the standard input, --container, --all-containers, --image or --machine"))
	}
	if _, err := findingKind("." + p.output); err != nil {
		errs = append(errs, fmt.Errorf("--output %q, want text, jsonl, json, sarif, markdown, junit or github", p.output))
	}
	for _, path := range p.reports {
		if _, err := findingKind(filepath.Ext(path)); err != nil {
			errs = append(errs, fmt.Errorf("--report %s: %w", path, err))
		}
	}
	if err := p.Gate.ParseFailOn(p.failOn); err != nil {
		errs = append(errs, fmt.Errorf("--fail-on: %w", err))
	}
	if p.Baseline == "" && p.Gate.NewOnly {
		errs = append(errs, errors.New("--new-only wants --baseline: without an earlier run everything is new"))
	}
	p.User.V0 = p.rego == "v0"
	if p.rego != "v0" && p.rego != "v1" {
		errs = append(errs, fmt.Errorf("--rego-version %q, want v1 or v0", p.rego))
	}
	if p.User.Parser != "" && !slices.Contains(app.PolicyParsers(), p.User.Parser) {
		errs = append(errs, fmt.Errorf("--parser %q, want %s", p.User.Parser, strings.Join(app.PolicyParsers(), ", ")))
	}
	if len(p.User.Policies) == 0 && (p.User.Only || p.User.Combine || p.User.All || p.User.Parser != "" || len(p.User.Namespaces) > 0 || len(p.User.Data) > 0) {
		errs = append(errs, errors.New("--namespace, --all-namespaces, --data, --combine, --parser and --only-policy want --policy"))
	}
	if err := app.CheckKubernetesChecks(p.KubernetesChecks); err != nil {
		errs = append(errs, fmt.Errorf("--kubernetes-checks: %w", err))
	}
	settings, err := app.PolicySettings(p.settings)
	if err != nil {
		errs = append(errs, err)
	}
	p.Settings = settings
	p.Now = time.Now()
	if p.now != "" {
		when, err := time.Parse(time.RFC3339, p.now)
		if err != nil {
			errs = append(errs, fmt.Errorf("--now %q is no time, want the form 2026-01-31T12:00:00Z", p.now))
		}
		p.Now = when
	}
	return errors.Join(errs...)
}

// writePolicies writes the findings in the form that an ending names: as scan report does, but
// JSON lines are flat.
func writePolicies(w io.Writer, ending string, d finding.Document) error {
	if strings.EqualFold(ending, ".jsonl") {
		return finding.WritePolicyLines(w, d)
	}
	write, err := findingKind(ending)
	if err != nil {
		return err
	}
	return write(w, d)
}

// verdict is how the command ends.
func (p *policyCheck) verdict(l *scan.List) error {
	switch {
	case len(l.Unread) > 0: // what was not looked at may be worse than what was
		return &exitError{code: exitFailure}
	case len(l.Gate.Failed) > 0 && !p.never:
		return &exitError{code: exitFindings}
	default:
		return nil
	}
}
