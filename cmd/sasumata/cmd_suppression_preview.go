package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/report"
)

// suppressionPreview is the suppression preview command.
type suppressionPreview struct {
	streams

	intakeFlags
	suppressions []string
	rules        []string
	output       string
	noDefaults   bool
}

// maxPreviewLines is how many hidden signals the table lists; -o jsonl lists all.
const maxPreviewLines = 50

func newSuppressionPreview(s streams) *cobra.Command {
	p, c, f, days := &suppressionPreview{streams: s}, &signalsCommand{streams: s}, &changeFlags{}, 0
	cmd := &cobra.Command{
		Use:   "preview {--suppressions FILE LOG... | --token-file FILE --query SEARCH}",
		Short: "Say what suppressions would have hidden in past logs, or on a running server",
		Long: `With logs, preview runs the rules over the logs twice, side by side: with the suppressions and
without. It says how many signals each way gives, by rule, and lists those that nobody
would have heard of. With -o jsonl these are the lines, each {"held_by": name of the
suppression, or "" when it kept events out, "signal": {..}}, and at the end one line
for each suppression.

With --query or --rule-query it asks a running server which of its signals of the last
days a suppression would have hidden, as 'suppression add' does: how many, by rule and by
severity, and the worst of them.`,
		Example: `  sasumata suppression preview --suppressions backup.yaml /var/log/auth.log
  sasumata suppression preview --token-file me.token --query '@network.client.ip:203.0.113.7' --days 90`,
		RunE: func(cmd *cobra.Command, args []string) error {
			asks := cmd.Flags().Changed("query") || cmd.Flags().Changed("rule-query") || cmd.Flags().Changed("schedule")
			switch {
			case asks && len(args)+len(p.suppressions) > 0:
				return errors.New("want --suppressions FILE and logs, or --query to ask a server, not both")
			case asks:
				c.output = p.output
				return previewServer(cmd.Context(), c, f, cmd.Flags(), days)
			case len(args) == 0:
				return errors.New("want logs with --suppressions FILE, or --query SEARCH to ask a server")
			}
			return p.run(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	c.addServer(flags)
	f.addSearch(flags)
	flags.IntVar(&days, "days", 0, "over how many days a server looks; 0 means 30")
	p.add(flags)
	p.addMultiline(flags, "auto")
	addSuppressions(flags, &p.suppressions)
	flags.StringVarP(&p.output, "output", "o", "text", "text or jsonl (one hidden signal a line), or json of a server")
	flags.StringSliceVar(&p.rules, "rules", nil, "directory or file with rules of your own; may be repeated")
	flags.BoolVar(&p.noDefaults, "no-default-rules", false, "use only the rules of --rules")
	return cmd
}

func (p *suppressionPreview) run(ctx context.Context, logs []string) error {
	if len(p.suppressions) == 0 {
		return errors.New("--suppressions PATH is missing")
	}
	if err := checkOutput(p.output); err != nil {
		return err
	}
	intake, err := p.intake(p.streams)
	if err != nil {
		return usageError(err)
	}
	content, err := p.content(app.Sources{Rules: p.rules, NoDefaults: p.noDefaults, Suppressions: p.suppressions}, p.err)
	if err != nil {
		return err
	}
	result, err := app.PreviewSuppressions(ctx, app.AnalyzeOptions{
		Intake: intake, Content: content, Inputs: logs,
		Warn: func(text string) { fmt.Fprintf(p.err, "sasumata: %s\n", text) },
	})
	if result != nil {
		out := bufio.NewWriter(p.out)
		if p.output == "jsonl" {
			err = errors.Join(err, previewLines(out, result))
		} else {
			p.print(out, result)
		}
		err = errors.Join(err, out.Flush())
	}
	return runError(err)
}

func previewLines(w io.Writer, result *app.SuppressionPreview) error {
	for i := range result.Hidden {
		h := &result.Hidden[i]
		line := event.AppendJSONString([]byte(`{"held_by":`), h.By)
		line = h.Signal.AppendJSON(append(line, `,"signal":`...))
		if _, err := w.Write(append(line, "}\n"...)); err != nil {
			return err
		}
	}
	return writeSuppressions(report.NewJSONLines(w), result.Suppressions)
}

func (*suppressionPreview) print(w io.Writer, result *app.SuppressionPreview) {
	fmt.Fprintf(w, "%d events: %d signals without the suppressions, %d with them\n", result.Events, result.Without.Opened, result.With.Opened)
	printSuppressions(w, result.Suppressions)
	if len(result.Rules) > 0 {
		fmt.Fprintln(w)
		table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "RULE\tWITHOUT\tWITH")
		for _, r := range result.Rules {
			fmt.Fprintf(table, "%s\t%d\t%d\n", r.ID, r.Without, r.With)
		}
		_ = table.Flush()
	}
	if len(result.Hidden) > 0 {
		fmt.Fprintln(w)
		table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "HIDDEN SIGNAL\tSEVERITY\tFROM\tEVENTS\tWHO\tBY")
		for i := range result.Hidden[:min(len(result.Hidden), maxPreviewLines)] {
			h := &result.Hidden[i]
			by := printable(h.By)
			if by == "" {
				by = "(its events are kept out)"
			}
			at := time.Unix(0, h.Signal.FirstSeen).UTC().Format(time.RFC3339)
			fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", printable(h.Signal.Title), h.Signal.Severity, at, h.Signal.Events, printable(h.Signal.Entity()), by)
		}
		_ = table.Flush()
		if more := len(result.Hidden) - maxPreviewLines; more > 0 {
			fmt.Fprintf(w, "and %d more (-o jsonl lists all)\n", more)
		}
	}
	if result.Changed > 0 {
		fmt.Fprintf(w, "\n%d signals show with the suppressions only: without the events that are kept out they open at other events\n", result.Changed)
	}
	if result.Unlisted > 0 {
		fmt.Fprintf(w, "\n%d signals more than a preview remembers: the list does not know of them\n", result.Unlisted)
	}
}
