package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/pipeline"
)

// pipelineExplain is the pipeline explain command.
type pipelineExplain struct {
	streams

	intakeFlags
	all bool
}

func newPipelineExplain(s streams) *cobra.Command {
	x := &pipelineExplain{streams: s}
	cmd := &cobra.Command{
		Use:   "explain [LINE]",
		Short: "Show which processor changed what of a line",
		Long: `Explain takes one line, from the command line or the standard input, through the
pipelines and shows the event behind every processor that changed it.`,
		Example: `  sasumata pipeline explain 'Jan  2 03:04:05 web1 sshd[1]: Invalid user x from 203.0.113.9'`,
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return x.run(args) },
	}
	x.addParsing(cmd.Flags())
	cmd.Flags().BoolVar(&x.all, "all", false, "show processors that changed nothing, too")
	return cmd
}

func (x *pipelineExplain) run(args []string) error {
	intake, err := x.intake(x.streams)
	if err != nil {
		return err
	}
	content, err := x.content(app.Sources{Only: app.PipelinePart}, x.err)
	if err != nil {
		return err
	}
	line := strings.Join(args, "")
	if len(args) == 0 {
		if line, err = bufio.NewReader(x.in).ReadString('\n'); err != nil && !errors.Is(err, io.EOF) {
			return runError(err)
		}
	}
	var last string
	e := app.ExplainLine(content, intake, strings.TrimRight(line, "\r\n"), func(step pipeline.Step) {
		name := strings.Join(append(slices.Clip(step.Pipeline), step.Processor), " › ")
		switch {
		case step.Skipped && x.all:
			fmt.Fprintf(x.out, "· %s: filter does not match\n", name)
		case step.Skipped:
		case step.Before == step.After && x.all:
			fmt.Fprintf(x.out, "· %s: nothing\n", name)
		case step.Before != step.After:
			if last != step.Before {
				fmt.Fprintf(x.out, "  %s\n", step.Before)
			}
			fmt.Fprintf(x.out, "✓ %s\n  %s\n", name, step.After)
			last = step.After
		}
	})
	if !e.Parsed {
		fmt.Fprintln(x.out, "nothing of the line was understood")
	}
	if record := string(e.AppendRecord(nil)); record != last {
		fmt.Fprintf(x.out, "= %s\n", record)
	}
	return nil
}
