package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/document"
)

// check is the check command: it says what is wrong with content.
type check struct {
	streams

	output string
}

func newCheck(s streams) *cobra.Command {
	c := &check{streams: s}
	cmd := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "Check rules, suppressions, pipelines, patterns and threat feeds, and say what is wrong where",
		Long: `Check reads rules (Datadog's, ours and Sigma's), suppressions, pipelines, the tests
beside them, request patterns, rules in SecLang, and threat feeds, and reports
every fault with file, line and column. It runs no tests. Without files it checks
the content that is built in. The exit code is 1 when something is wrong with a
file, and 2 when one cannot be read.`,
		Example: `  sasumata check rules/*.yaml
  sasumata check -o jsonl my-rule.json sigma/rules/web/*.yml`,
		RunE: func(_ *cobra.Command, args []string) error { return c.run(args) },
	}
	cmd.Flags().StringVarP(&c.output, "output", "o", "text", "text or jsonl (one object a file)")
	return cmd
}

// verdict is what check says of a file.
type verdict struct {
	File   string   `json:"file"`
	Kind   string   `json:"kind,omitempty"`
	OK     bool     `json:"ok"`
	Errors []string `json:"errors,omitempty"`
}

func (c *check) run(files []string) error {
	if err := checkOutput(c.output); err != nil {
		return err
	}
	if len(files) == 0 {
		content, err := app.LoadContent(app.Sources{})
		if err != nil {
			return usageError(err)
		}
		if err := content.Check(); err != nil {
			return usageError(err)
		}
		web, _ := content.SecLang.Len()
		_, err = fmt.Fprintf(c.out, "built-in content is right: %d rules, %d request patterns, %d rules for requests in SecLang\n", len(content.Rules), content.Patterns.Len(), web)
		return err
	}
	faulty := false
	var unread []error
	for _, file := range files {
		kind, err := app.CheckFile(file)
		if _, ok := errors.AsType[*fs.PathError](err); ok {
			unread = append(unread, err)
			if c.output == "text" {
				continue // it stands at the end
			}
		}
		v := verdict{File: file, Kind: kind, OK: err == nil}
		if wrong, ok := errors.AsType[document.Faults](err); ok {
			for _, f := range wrong {
				v.Errors = append(v.Errors, f.Error())
			}
		} else if err != nil {
			v.Errors = []string{err.Error()}
		}
		faulty = faulty || !v.OK
		if err := c.print(v); err != nil {
			return err
		}
	}
	if len(unread) > 0 {
		return usageError(errors.Join(unread...))
	}
	if faulty {
		return &exitError{code: exitFindings}
	}
	return nil
}

func (c *check) print(v verdict) error {
	if c.output == "jsonl" {
		return json.NewEncoder(c.out).Encode(v)
	}
	if v.OK {
		_, err := fmt.Fprintf(c.out, "%s: right (%s)\n", v.File, v.Kind)
		return err
	}
	for _, text := range v.Errors {
		if _, err := fmt.Fprintln(c.out, text); err != nil {
			return err
		}
	}
	return nil
}
