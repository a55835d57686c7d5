package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/store"
)

// queryCommand is the query command: a search over the log store.
type queryCommand struct {
	storeCommand
	searchFlags

	output   string
	limit    int
	stats    string
	top      string
	every    string
	patterns bool
	fields   []string
	timeout  time.Duration
}

func newQuery(s streams) *cobra.Command {
	c := &queryCommand{storeCommand: storeCommand{streams: s}}
	cmd := &cobra.Command{
		Use:   "query --store DIR [SEARCH]",
		Short: "Search the log store, or count in it",
		Long: `Query prints the newest events of the log store that the search matches, or counts
all of them: --top by the values of one field, --every by time, --stats by what it says:

  count [by FIELD, FIELD]
  sum(FIELD), avg(FIELD), min(FIELD) or max(FIELD) [by FIELD, FIELD]

--patterns prints what the messages have in common: those that differ only in names and
numbers are one pattern.

The search is in the language of rules and pipelines, which is that of Datadog's log
search; without one, every event is meant. Fields are @http.status_code for an
attribute, or host, source, service and status.`,
		Example: `  sasumata query --store logs '@http.status_code:>=500 -@http.url:/health*' --since 24h
  sasumata query --store logs --top @network.client.ip '@security.attack:true'
  sasumata query --store logs --every 1h --stats 'count by @http.status_code' -o csv
  sasumata query --store logs --patterns source:sshd --since 7d
  sasumata query --store logs --stats 'avg(@network.bytes_written) by @http.method'`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), strings.Join(args, " ")) },
	}
	c.add(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&c.output, "output", "o", "table", "table, json or csv")
	flags.IntVar(&c.limit, "limit", 100, fmt.Sprintf("most events or groups that are printed, up to %d", store.MaxNewest))
	flags.StringVar(&c.stats, "stats", "", "count instead of printing events, such as 'count by @http.status_code'")
	flags.StringVar(&c.top, "top", "", "short for --stats 'count by FIELD'")
	flags.StringVar(&c.every, "every", "", "count in buckets of this length, such as 1h")
	flags.BoolVar(&c.patterns, "patterns", false, fmt.Sprintf("print the patterns of the messages, of the newest %d that match", search.MaxMined))
	flags.StringSliceVar(&c.fields, "fields", []string{"source", "status", "@network.client.ip", "message"}, "columns beside the time that tables and CSV have of events")
	flags.DurationVar(&c.timeout, "timeout", time.Minute, "give up after this time; 0 is never")
	refuseEmpty(flags)
	return cmd
}

// add adds the flags that other commands have as well.
func (c *queryCommand) add(cmd *cobra.Command) {
	c.storeCommand.add(cmd)
	c.searchFlags.add(cmd.Flags())
}

func (c *queryCommand) run(ctx context.Context, text string) error {
	if c.output != "table" && c.output != "json" && c.output != "csv" {
		return fmt.Errorf("--output %q, want table, json or csv", c.output)
	}
	if c.limit < 1 || c.limit > store.MaxNewest {
		return fmt.Errorf("--limit %d, want 1 to %d; sasumata store export has no limit", c.limit, store.MaxNewest)
	}
	if c.timeout < 0 {
		return fmt.Errorf("--timeout %v, want a length of time such as 30s, or 0 for none", c.timeout)
	}
	want, err := c.search(text)
	if err != nil {
		return err
	}
	what, err := c.measure()
	if err != nil {
		return err
	}
	fields, err := parseFields(c.fields)
	if err != nil {
		return fmt.Errorf("--fields: %w", err)
	}
	s, err := c.open(store.Open)
	if err != nil {
		return err
	}
	for _, hint := range want.Query.Hints() {
		fmt.Fprintf(c.err, "sasumata: search: column %d: %s\n", hint.Col, hint.Message)
	}
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("the search took longer than %v: narrow it with --since and --until, or raise --timeout", c.timeout))
		defer cancel()
	}
	began := time.Now()
	result, err := c.answer(ctx, s, want, what, fields)
	c.tell(result.Problems)
	if err = errors.Join(err, s.Close()); err != nil {
		return storeError(err)
	}
	fmt.Fprintf(c.err, "%s; %.2f s\n", looked(result), time.Since(began).Seconds())
	return incomplete(s, result)
}

// looked says what a search looked at.
func looked(r store.Result) string {
	return fmt.Sprintf("%d events matched of %d in %d parts (%d more parts were skipped), %s read", r.Matched, r.Rows, r.Parts-r.Skipped, r.Skipped, megabytes(r.Bytes))
}

// measure turns --stats, --top and --every into what is counted; nil where events are
// wanted.
func (c *queryCommand) measure() (*store.Stats, error) {
	if c.patterns && (c.stats != "" || c.top != "" || c.every != "") {
		return nil, errors.New("--patterns and --stats, --top and --every exclude each other")
	}
	if c.stats == "" && c.top == "" && c.every == "" {
		return nil, nil //nolint:nilnil // events are wanted
	}
	if c.stats != "" && c.top != "" {
		return nil, errors.New("--stats and --top exclude each other")
	}
	text := "count"
	switch {
	case c.stats != "":
		text = c.stats
	case c.top != "":
		text = "count by " + c.top
	}
	what, err := store.ParseStats(text)
	if err != nil {
		return nil, fmt.Errorf("--stats: %w", err)
	}
	if c.every != "" {
		if what.Every, err = search.Age(c.every); err != nil {
			return nil, fmt.Errorf("--every: %w", err)
		}
	}
	return &what, nil
}

func parseFields(names []string) ([]query.Field, error) {
	fields := make([]query.Field, 0, len(names))
	for _, name := range names {
		f, err := store.ParseField(name)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func (c *queryCommand) answer(ctx context.Context, s *store.Store, want store.Search, what *store.Stats, fields []query.Field) (store.Result, error) {
	out := bufio.NewWriterSize(c.out, 64<<10)
	lacking := func(r store.Result) store.Result {
		r.Problems = slices.Concat(s.Problems(), r.Problems)
		return r
	}
	if what != nil {
		table, result, err := s.Stats(ctx, want, *what)
		if err != nil {
			return result, err
		}
		if table.Left > 0 {
			fmt.Fprintf(c.err, "sasumata: %d events are in none of the groups: there are more than %d, or their texts are too large: narrow the search\n", table.Left, store.MaxGroups)
		}
		if cut := search.Cut(&table, what, c.limit); cut > 0 {
			fmt.Fprintf(c.err, "sasumata: %d more groups are not shown: raise --limit\n", cut)
		}
		return result, errors.Join(c.printStats(out, table, *what, lacking(result)), out.Flush())
	}
	if c.patterns {
		found, more, result, err := search.Mine(ctx, s, want, c.limit)
		if err != nil {
			return result, err
		}
		if more {
			fmt.Fprintf(c.err, "sasumata: these are the patterns of the newest %d messages: narrow the search for older ones\n", search.MaxMined)
		}
		if found.Left > 0 {
			fmt.Fprintf(c.err, "sasumata: %d messages are in no pattern: there are too many: narrow the search\n", found.Left)
		}
		if found.Cut > 0 {
			fmt.Fprintf(c.err, "sasumata: %d more patterns are not shown: raise --limit\n", found.Cut)
		}
		return result, errors.Join(c.printPatterns(out, found, more, lacking(result)), out.Flush())
	}
	var found []*event.Event
	found, result, err := s.Newest(ctx, want, c.limit)
	if err != nil {
		return result, err
	}
	return result, errors.Join(c.printEvents(out, found, fields, lacking(result)), out.Flush())
}
