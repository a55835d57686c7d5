package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

func newSigma(s streams) *cobra.Command {
	cmd := newGroup("sigma", "Work with Sigma rules",
		newSigmaEval(s), newSigmaLint(s), newSigmaConvert(s), newSigmaBench(s), newSigmaAST(s))
	cmd.Long = `Sigma rules are read from files and folders, such as a checkout of the public
repository:

  git clone --depth 1 https://github.com/SigmaHQ/sigma
  sasumata sigma lint sigma/rules
  sasumata sigma eval --rules sigma/rules < events.jsonl`
	return cmd
}

// sigmaFlags say which rules are read and how.
type sigmaFlags struct {
	rules        []string
	mappings     []string
	pipeline     string
	placeholders string
}

func (f *sigmaFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.rules, "rules", nil, "`DIR` or file of rules (may be repeated)")
	f.registerReading(cmd)
}

func (f *sigmaFlags) registerReading(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.mappings, "mapping", nil, "`FILE` that renames the fields of rules (may be repeated)")
	cmd.Flags().StringVar(&f.placeholders, "placeholders", "", "YAML `FILE` with the values of %name% placeholders")
}

// options reads the files that say how rules are read.
func (f *sigmaFlags) options() (sigma.Options, error) {
	var opts sigma.Options
	for _, name := range f.mappings {
		data, err := os.ReadFile(name)
		if err != nil {
			return opts, err
		}
		m, err := sigma.ParseMapping(name, data)
		if err != nil {
			return opts, err
		}
		opts.Mappings = append(opts.Mappings, m)
	}
	if f.pipeline != "" {
		data, err := os.ReadFile(f.pipeline)
		if err != nil {
			return opts, err
		}
		more, err := sigma.ParsePipeline(f.pipeline, data)
		if err != nil {
			return opts, err
		}
		opts.Mappings = append(opts.Mappings, more...)
	}
	if f.placeholders == "" {
		return opts, nil
	}
	data, err := os.ReadFile(f.placeholders)
	if err != nil {
		return opts, err
	}
	err = document.Decode(f.placeholders, data, &opts.Placeholders, document.Options{})
	return opts, err
}

// load reads the rules; refused ones are named on the error stream.
func (f *sigmaFlags) load(s streams) (*sigma.Collection, error) {
	if len(f.rules) == 0 {
		return nil, usageError(errors.New("--rules is missing: name a folder of rules"))
	}
	opts, err := f.options()
	if err != nil {
		return nil, usageError(err)
	}
	c, err := sigma.Load(f.rules, opts)
	if faults, ok := errors.AsType[document.Faults](err); ok {
		for _, fault := range faults {
			fmt.Fprintln(s.err, fault.Error())
		}
		err = nil
	}
	return c, usageError(err)
}

// eachLine calls do with every line that is not empty; the line is valid until do
// returns.
func eachLine(r io.Reader, do func(line []byte) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	var long []byte
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if long = append(long, line...); len(long) > maxLine {
				return fmt.Errorf("a line is longer than %d bytes", maxLine)
			}
			continue
		}
		if len(long) > 0 {
			line = append(long, line...)
		}
		if n := len(line); n > 0 && line[n-1] == '\n' {
			line = line[:n-1]
		}
		if len(line) > 0 {
			if doErr := do(line); doErr != nil {
				return doErr
			}
		}
		long = long[:0]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// maxLine is the length in bytes of the longest line of rows that is read.
const maxLine = 64 << 20

// writeRow writes v as one line of JSON.
func writeRow(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func newSigmaAST(s streams) *cobra.Command {
	flags := &sigmaFlags{}
	cmd := &cobra.Command{
		Use:   "ast",
		Short: "Print the conditions of rules as trees, one line of JSON a rule",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := flags.load(s)
			if err != nil {
				return err
			}
			out := bufio.NewWriter(s.out)
			for _, r := range c.Rules {
				if err := writeRow(out, map[string]any{"id": r.ID, "ast": sigma.NewTree(r.Expr)}); err != nil {
					return runError(err)
				}
			}
			return runError(out.Flush())
		},
	}
	flags.register(cmd)
	return cmd
}
