package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// lintRow is what lint says of one document.
type lintRow struct {
	File     string   `json:"file"`
	ID       string   `json:"id"`
	OK       bool     `json:"ok"`
	Error    string   `json:"error,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

func newSigmaLint(s streams) *cobra.Command {
	flags := &sigmaFlags{}
	output, strict := "text", false
	cmd := &cobra.Command{
		Use:   "lint DIR...",
		Short: "Check rules, and show each fault where it stands",
		Long: `Lint reads every .yml and .yaml file below the directories and says which rules
cannot run, and why. Warnings are what is legal and probably not meant; they
count as faults with --strict.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			opts, err := flags.options()
			if err != nil {
				return usageError(err)
			}
			c, err := sigma.Load(args, opts)
			if _, faulty := errors.AsType[document.Faults](err); err != nil && !faulty {
				if errors.Is(err, fs.ErrNotExist) {
					return usageError(err)
				}
				return runError(err)
			}
			return lintSigma(s, c, output == "jsonl", strict)
		},
	}
	cmd.Flags().StringVar(&output, "output", output, "text, or jsonl for one line of JSON a document")
	cmd.Flags().BoolVar(&strict, "strict", false, "warnings are faults")
	flags.registerReading(cmd)
	return cmd
}

func lintSigma(s streams, c *sigma.Collection, jsonl, strict bool) error {
	out := bufio.NewWriter(s.out)
	documents, refused, warnings := 0, 0, 0
	for _, f := range c.Files {
		for _, d := range f.Documents {
			row := lintRow{File: f.Name, ID: d.ID, OK: len(d.Faults) == 0}
			documents++
			if !row.OK {
				refused++
				row.Error = d.Faults.Error()
			}
			for _, w := range d.Warnings {
				warnings++
				row.Warnings = append(row.Warnings, w.Error())
			}
			if jsonl {
				if err := writeRow(out, row); err != nil {
					return runError(err)
				}
				continue
			}
			for _, fault := range d.Faults {
				fmt.Fprintln(out, fault.Error())
			}
			for _, w := range row.Warnings {
				fmt.Fprintln(out, w, "(warning)")
			}
		}
	}
	between := c.Check()
	warnings += len(between)
	if !jsonl {
		for _, fault := range between {
			fmt.Fprintln(out, fault.Error(), "(warning)")
		}
		fmt.Fprintf(out, "%d documents, %d refused, %d warnings\n", documents, refused, warnings)
	}
	if err := out.Flush(); err != nil {
		return runError(err)
	}
	if refused > 0 && !jsonl || strict && warnings > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}
