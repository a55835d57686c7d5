package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule/falco"
)

// newFalco returns the commands about rules of Falco.
func newFalco(s streams) *cobra.Command {
	return newGroup("falco", "Rules of Falco, over the events of the sensor", newFalcoConvert(s))
}

// maxFalco is the size in bytes of the largest file of rules.
const maxFalco = 16 << 20

func newFalcoConvert(s streams) *cobra.Command {
	folder := ""
	cmd := &cobra.Command{
		Use:   "convert [--dir DIR] FILE...",
		Short: "Say rules of Falco in ours, one file a rule",
		Long: `Convert reads rule files of Falco, in their order, with macros, lists, exceptions, append and
override, and writes each rule whose fields the sensor sees as a rule of ours, into a folder
(--dir) or one behind the other. The others are named with the field that is missing: a
rule is never converted to something that looks for less.

Look at what comes out before it goes to work: 'rule lint DIR', then 'rule put' on a
running server, or rules.dir of the configuration.

The exit code is 1 when a rule could not be converted.`,
		Example: `  sasumata falco convert --dir rules/falco falco_rules.yaml falco_rules.local.yaml
  sasumata falco convert my-rules.yaml | less`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return convertFalco(s, args, folder) },
	}
	cmd.Flags().StringVarP(&folder, "dir", "d", "", "folder to write the rules into, one file each")
	refuseEmpty(cmd.Flags())
	return cmd
}

func convertFalco(s streams, names []string, folder string) error {
	files := make([]falco.File, len(names))
	for i, name := range names {
		data, err := readFalco(name)
		if err != nil {
			return usageError(err)
		}
		files[i] = falco.File{Name: name, Data: data}
	}
	rules, refused, err := falco.Convert(files)
	if err != nil {
		return usageError(err)
	}
	if folder != "" {
		if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // rules are no secret
			return runError(err)
		}
	}
	for i := range rules {
		text := rules[i].YAML()
		if folder == "" {
			_, err = fmt.Fprintf(s.out, "---\n%s", text)
		} else {
			err = atomicfile.Write(filepath.Join(folder, rules[i].ID+".yaml"), 0o644, text)
		}
		if err != nil {
			return runError(err)
		}
	}
	for _, one := range refused {
		fmt.Fprintf(s.err, "sasumata: %s\n", report.Safe(one.Error()))
	}
	fmt.Fprintf(s.err, "sasumata: %d of %d rules converted\n", len(rules), len(rules)+len(refused))
	if len(refused) > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}

func readFalco(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFalco+1))
	if err == nil && len(data) > maxFalco {
		err = errors.New("larger than 16 MB")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
