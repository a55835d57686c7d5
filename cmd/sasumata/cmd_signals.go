package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// signalsCommand is what the signals commands share.
type signalsCommand struct {
	streams

	server    string
	tokenFile string
	output    string
}

func newSignals(s streams) *cobra.Command {
	return newGroup("signals", "Look at the signals of a running server, and say what they turned out to be",
		newSignalsList(s), newSignalsWatch(s), newSignalsExport(s), newSignalsShow(s), newSignalsStats(s), newSignalsAck(s), newSignalsArchive(s), newSignalsReopen(s), newSignalsAssign(s), newSignalsComment(s), newSignalsMute(s))
}

// add adds the flags of all signals commands.
func (c *signalsCommand) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	c.addServer(flags)
	flags.StringVarP(&c.output, "output", "o", "text", "text or json")
}

// addServer adds those that say which server is asked.
func (c *signalsCommand) addServer(flags *pflag.FlagSet) {
	flags.StringVar(&c.server, "server", "http://"+config.DefaultListen, "address of the server")
	flags.StringVar(&c.tokenFile, "token-file", "", "file with the token of a reader (http.readers), or of an analyst (http.analysts) to change anything")
}

// client returns what asks the server.
func (c *signalsCommand) client() (*api.Client, error) {
	if c.output != "text" && c.output != "json" {
		return nil, fmt.Errorf("--output %q, want text or json", c.output)
	}
	return c.ask()
}

// ask is client for commands that have other outputs.
func (c *signalsCommand) ask() (*api.Client, error) {
	if err := checkServer(c.server, true); err != nil {
		return nil, err
	}
	if c.tokenFile == "" {
		return nil, errors.New("want a token of the server: --token-file FILE")
	}
	token, err := config.Secret(c.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	client := noRedirects()
	client.Timeout = time.Minute
	return &api.Client{Server: c.server, Token: token, HTTP: client}, nil
}

// answered gives the error of a request its exit code: what the server refuses is the
// command line's fault.
func answered(err error) error {
	if err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*api.RefusedError](err); ok {
		return usageError(refused)
	}
	return &exitError{exitFailure, err}
}

// json writes an answer for programs.
func (c *signalsCommand) json(v any) error {
	w := json.NewEncoder(c.out)
	w.SetEscapeHTML(false)
	w.SetIndent("", "  ")
	return w.Encode(v)
}

// said is what the text output shows of a signal.
type said struct {
	Title, Severity, Category, Entity, Message string
	RuleID                                     string `json:"rule_id"`
	Opened                                     string
	FirstSeen                                  string `json:"first_seen"`
	LastSeen                                   string `json:"last_seen"`
	Closed                                     string
	Events                                     int64
	Tags                                       []string
	Entities                                   []struct{ Kind, Value string }
	Samples                                    []struct{ Text string }
}

func saidOf(s *triage.Signal) (one said, err error) {
	if err := json.Unmarshal(s.Document, &one); err != nil {
		return one, fmt.Errorf("read the signal %s: %w", s.ID, err)
	}
	return one, nil
}

// signalsList is the signals list command.
type signalsList struct {
	signalsCommand

	sort  string
	limit int
}

func newSignalsList(s streams) *cobra.Command {
	c := &signalsList{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "list --token-file FILE [SEARCH]",
		Short: "List signals, those that are not archived unless a search says otherwise",
		Long: `List shows signals, the newest first. The search is in the language of rules: status is
the severity, state is open, under_review or archived, and reason, assignee, tag,
category, rule.id, breached and the attributes that a signal is about are fields, too.`,
		Example: `  sasumata signals list --token-file me.token
  sasumata signals list --token-file me.token 'status:high tag:"category:authentication" @network.client.ip:203.0.113.7'
  sasumata signals list --token-file me.token --sort severity breached:true`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), strings.Join(args, " ")) },
	}
	c.add(cmd)
	cmd.Flags().StringVar(&c.sort, "sort", "opened", "what is first: the largest opened, last_seen, severity, events, due, rule, state or assignee")
	cmd.Flags().IntVar(&c.limit, "limit", 50, "how many at the most")
	return cmd
}

func (c *signalsList) run(ctx context.Context, text string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	if c.limit < 1 || c.limit > 100_000 {
		return fmt.Errorf("--limit %d, want 1 to 100000", c.limit)
	}
	if text == "" {
		text = "-state:archived"
	}
	list, cursor := []triage.Signal{}, ""
	for {
		page, err := client.Signals(ctx, text, c.sort, "", cursor, min(c.limit-len(list), triage.MaxPage))
		if err != nil {
			return answered(err)
		}
		list = append(list, page.Signals...)
		if cursor = page.Next; cursor == "" || len(list) >= c.limit {
			break
		}
	}
	if c.output == "json" {
		return c.json(list)
	}
	t := report.Table{Header: []string{"id", "opened", "severity", "state", "assignee", "events", "title"}, Right: make([]bool, 7)}
	t.Right[5] = true
	for i := range list {
		one, err := saidOf(&list[i])
		if err != nil {
			return err
		}
		state := list[i].State.String()
		if list[i].Reason != "" {
			state += ": " + list[i].Reason
		}
		if list[i].Breached {
			state += ", overdue"
		}
		if list[i].Simulated {
			state += ", simulated"
		}
		t.Rows = append(t.Rows, []string{list[i].ID, one.Opened, one.Severity, state, dash(list[i].Assignee), whole(one.Events), one.Title})
	}
	if err := t.WriteText(c.out); err != nil {
		return err
	}
	if cursor != "" {
		fmt.Fprintf(c.err, "sasumata: there are more: --limit shows them\n")
	}
	return nil
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func newSignalsShow(s streams) *cobra.Command {
	c := &signalsCommand{streams: s}
	cmd := &cobra.Command{
		Use:     "show --token-file FILE ID",
		Short:   "Show one signal, with its history and a search for its logs",
		Example: `  sasumata signals show --token-file me.token 1c61e9acfb418f706b83`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.show(cmd.Context(), args[0]) },
	}
	c.add(cmd)
	return cmd
}

func (c *signalsCommand) show(ctx context.Context, id string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	d, err := client.Signal(ctx, id)
	if err != nil {
		return answered(err)
	}
	told, err := toldOf(ctx, client, id)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(struct {
			triage.Detail

			Told []api.Delivery `json:"told,omitempty"`
		}{d, told})
	}
	one, err := saidOf(&d.Signal)
	if err != nil {
		return err
	}
	return describe(c.out, &d, &one, told)
}

// describe writes a signal for people. Logs wrote much of it.
func describe(w io.Writer, d *triage.Detail, one *said, told []api.Delivery) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, report.Safe(value))
		}
	}
	line("id", d.ID)
	line("title", one.Title)
	line("severity", one.Severity)
	line("state", d.State.String())
	line("reason", d.Reason)
	if d.Simulated {
		line("simulated", "nobody was told, and nothing responded")
	}
	line("assignee", d.Assignee)
	if d.Due != nil && d.Acknowledged == nil {
		line("look by", d.Due.Format(time.RFC3339))
	}
	if d.Breached {
		line("overdue", "yes")
	}
	line("rule", one.RuleID)
	line("events", fmt.Sprintf("%d from %s to %s", one.Events, one.FirstSeen, one.LastSeen))
	line("closed", one.Closed)
	for _, e := range one.Entities {
		line(e.Kind, e.Value)
	}
	line("tags", strings.Join(slices.Concat(one.Tags, d.Tags), " "))
	line("ATT&CK", strings.Join(d.Mitre, " "))
	line("says", one.Message)
	for _, s := range one.Samples {
		line("log", s.Text)
	}
	line("more logs", fmt.Sprintf("%s from %s to %s", d.Related.Query, d.Related.From.Format(time.RFC3339), d.Related.To.Format(time.RFC3339)))
	for _, e := range d.History {
		line("history", fmt.Sprintf("%s %s %s: %s", e.Time.Format(time.RFC3339), e.Actor, e.Action, e.Text))
	}
	for i := range slices.Backward(told) {
		line("told", fmt.Sprintf("%s %s: %s", told[i].At.UTC().Format(time.RFC3339), told[i].Target, outcomeOf(&told[i])))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// signalsStats is the signals stats command.
type signalsStats struct {
	signalsCommand

	from string
}

func newSignalsStats(s streams) *cobra.Command {
	c := &signalsStats{signalsCommand: signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:     "stats --token-file FILE",
		Short:   "Count signals by severity and rule, and how fast people look at them",
		Example: `  sasumata signals stats --token-file me.token --from 30d`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.add(cmd)
	cmd.Flags().StringVar(&c.from, "from", "", "count signals that were recorded since then, such as 30d; the default is all")
	return cmd
}

func (c *signalsStats) run(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	s, err := client.Statistics(ctx, c.from)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(s)
	}
	t := report.Table{Header: []string{"severity", "open", "under review", "archived", "overdue"}, Right: []bool{false, true, true, true, true}}
	for _, name := range []string{"critical", "high", "medium", "low", "info"} {
		n := s.Severities[name]
		t.Rows = append(t.Rows, []string{name, whole(n.Open), whole(n.UnderReview), whole(n.Archived), whole(n.Breached)})
	}
	if err := t.WriteText(c.out); err != nil {
		return err
	}
	if s.Acknowledged > 0 {
		fmt.Fprintf(c.out, "\n%d were looked at, half of them within %s\n", s.Acknowledged, time.Duration(s.Median*float64(time.Second)).Round(time.Second))
	}
	fmt.Fprintln(c.out)
	t = report.Table{Header: []string{"rule", "signals", "true", "false", "benign", "testing", "precision"}, Right: []bool{false, true, true, true, true, true, true}}
	for _, r := range s.Rules {
		precision := "-"
		if r.Precision != nil {
			precision = fmt.Sprintf("%.0f %%", *r.Precision*100)
		}
		t.Rows = append(t.Rows, []string{r.ID, whole(r.Signals), whole(r.TruePositive), whole(r.FalsePositive), whole(r.Benign), whole(r.Testing), precision})
	}
	return t.WriteText(c.out)
}
