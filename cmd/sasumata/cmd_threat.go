package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/feed"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// threatCommand is what the threat commands share.
type threatCommand struct {
	streams
	threatFlags

	output string
}

func newThreat(s streams) *cobra.Command {
	return newGroup("threat", "Fetch lists of bad addresses, and look addresses up in them",
		newThreatUpdate(&threatCommand{streams: s}), newThreatList(&threatCommand{streams: s}), newThreatCheck(&threatCommand{streams: s}))
}

// add adds the flags of all threat commands.
func (c *threatCommand) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.dir, "dir", "", "folder of the lists; the default is sasumata/threats in your folder for caches")
	c.addFeeds(cmd.Flags())
}

// addOutput adds the flag of commands that show something.
func (c *threatCommand) addOutput(cmd *cobra.Command, unit string) {
	cmd.Flags().StringVarP(&c.output, "output", "o", "text", "text or jsonl (one object "+unit+")")
}

// sources returns where lists and feeds are.
func (c *threatCommand) sources() (app.ThreatSources, error) {
	if c.dir == "" {
		var err error
		if c.dir, err = threatDir(); err != nil {
			return app.ThreatSources{}, err
		}
	}
	return c.threats(), nil
}

// load returns the feeds, and which document they are from.
func (c *threatCommand) load() (feeds []*threat.Feed, from string, err error) {
	src, err := c.sources()
	if err != nil {
		return nil, "", err
	}
	feeds, from, err = app.LoadFeeds(src)
	return feeds, from, usageError(err)
}

func newThreatUpdate(c *threatCommand) *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use:   "update [FEED...]",
		Short: "Download the feeds that are enabled and due",
		Long: `Update downloads the lists of the feeds: those named, or all that are enabled. A
list that was fetched less than the feed's refresh ago is left alone. A download
that fails, that is no list, or that has less than a tenth of the former entries,
leaves the list that was there, and ends with exit code 3.

Only this command fetches lists, and analyze --top with --threats-update. They tell
the servers the name and version of the program and nothing else.`,
		Example: `  sasumata threat update
  sasumata threat update --dir /var/lib/sasumata/threats tor_exits`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.update(cmd.Context(), args, force) },
	}
	c.add(cmd)
	cmd.Flags().BoolVar(&force, "force", false, "fetch lists that are not due, and take those that shrank")
	return cmd
}

func (c *threatCommand) update(ctx context.Context, names []string, force bool) error {
	feeds, from, err := c.load()
	if err != nil {
		return err
	}
	if feeds, err = chosen(feeds, names, from); err != nil {
		return usageError(err)
	}
	u := c.updater()
	u.Force = force
	var errs []error
	asked, there := 0, false
	for _, f := range feeds {
		r := u.Update(ctx, f)
		if r.Outcome == feed.Disabled {
			continue
		}
		asked++
		there = there || r.After > 0
		fmt.Fprintf(c.out, "%-24s %s\n", f.ID, outcome(&r))
		errs = append(errs, r.Err)
	}
	if asked == 0 {
		return usageError(fmt.Errorf("%s: no feed with a URL is enabled", from))
	}
	if there {
		fmt.Fprintf(c.err, "to use them: sasumata analyze --threats %s LOG\n", printable(c.dir))
	}
	return runError(errors.Join(errs...))
}

// chosen returns the named feeds, all without names. The error names those that do
// not exist or are not enabled.
func chosen(feeds []*threat.Feed, names []string, from string) ([]*threat.Feed, error) {
	if len(names) == 0 {
		return feeds, nil
	}
	var (
		out  []*threat.Feed
		errs []error
	)
	for _, name := range names {
		i := slices.IndexFunc(feeds, func(f *threat.Feed) bool { return f.ID == name })
		if i < 0 {
			errs = append(errs, fmt.Errorf("there is no feed %q in %s; sasumata threat list shows all", name, from))
			continue
		}
		if !feeds[i].Enabled {
			errs = append(errs, fmt.Errorf("the feed %s is not enabled in %s", name, from))
			continue
		}
		out = append(out, feeds[i])
	}
	return out, errors.Join(errs...)
}

// outcome says in words what became of a feed.
func outcome(r *feed.Result) string {
	switch r.Outcome {
	case feed.Changed:
		return fmt.Sprintf("new: %d entries (%+d)", r.After, r.After-r.Before)
	case feed.Same:
		return fmt.Sprintf("not changed: %d entries", r.After)
	case feed.NotYet:
		return fmt.Sprintf("not due yet: %d entries", r.After)
	default:
		if r.Before > 0 {
			return fmt.Sprintf("failed; the old list with %d entries stays", r.Before)
		}
		return "failed"
	}
}

func newThreatList(c *threatCommand) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the feeds: what they say, how old their lists are, how many entries they have",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return c.list() },
	}
	c.add(cmd)
	c.addOutput(cmd, "a feed")
	return cmd
}

func (c *threatCommand) list() error {
	if err := checkOutput(c.output); err != nil {
		return err
	}
	feeds, from, err := c.load()
	if err != nil {
		return err
	}
	all, now := feed.Folder(c.dir).Read(feeds), time.Now()
	if c.output == "jsonl" {
		return runError(c.listJSON(all, now))
	}
	fmt.Fprintf(c.out, "feeds: %s\nlists: %s\n\n", from, printable(c.dir))
	table := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "FEED\tENABLED\tCATEGORY\tINTENTION\tCONFIDENCE\tENTRIES\tAGE\tNOTE")
	for _, s := range all {
		entries, age := "-", "-"
		if s.Contents != nil {
			entries = strconv.Itoa(s.Contents.Report.Entries)
		}
		if !s.Time.IsZero() {
			age = app.Days(s.Age(now))
		}
		enabled := "no"
		if s.Feed.Enabled {
			enabled = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", s.Feed.ID, enabled, s.Feed.Category, s.Feed.Intention, s.Feed.Confidence, entries, age, printable(listNote(&s, now)))
	}
	return runError(table.Flush())
}

// listNote says what is remarkable about a list, or else its terms.
func listNote(s *feed.Status, now time.Time) string {
	switch {
	case s.Err != nil:
		return s.Err.Error()
	case s.State.Error != "":
		return fmt.Sprintf("updates failed in a row: %d, the last: %s", s.State.Failures, s.State.Error)
	case s.Contents != nil && s.Old(now):
		return "older than " + app.Days(s.Feed.MaxAge)
	case s.Contents != nil && s.Contents.Report.Faults > 0:
		return fmt.Sprintf("%d lines are no address", s.Contents.Report.Faults)
	case s.Feed.Enabled && s.Contents == nil:
		return "not fetched yet"
	default:
		return s.Feed.Licence
	}
}

func newThreatCheck(c *threatCommand) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "check ADDRESS...",
		Short:   "Say on which lists addresses are; exit code 1 when one is on any",
		Example: `  sasumata threat check 192.0.2.1 2001:db8::1`,
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return c.check(args) },
	}
	c.add(cmd)
	c.addOutput(cmd, "an address")
	c.addExempt(cmd.Flags())
	return cmd
}

func (c *threatCommand) check(args []string) error {
	if err := checkOutput(c.output); err != nil {
		return err
	}
	src, err := c.sources()
	if err != nil {
		return err
	}
	threats, err := app.LoadThreats(src)
	if err != nil {
		return usageError(err)
	}
	for _, text := range threats.Warnings {
		fmt.Fprintf(c.err, "sasumata: %s\n", text)
	}
	listed := false
	var errs []error
	for _, text := range args {
		write := checkAddress
		if c.output == "jsonl" {
			write = checkAddressJSON
		}
		found, err := write(c.out, threats.Set, text)
		listed = listed || found
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return usageError(err)
	}
	if listed {
		return &exitError{code: exitFindings}
	}
	return nil
}

// checkAddress writes on which lists one address is.
func checkAddress(w io.Writer, set *threat.Set, text string) (listed bool, err error) {
	a, ok := lookup.ParseAddr(text)
	if !ok {
		return false, fmt.Errorf("%q is no address", text)
	}
	matches := set.Lookup(a)
	switch reason := set.Exempt().Reason(a); {
	case reason == threat.NotPublic:
		fmt.Fprintf(w, "%s: not a public address, so it is on no list\n", a)
	case reason == threat.IsOwn:
		fmt.Fprintf(w, "%s: one of your own, so it is on no list\n", a)
	case reason == threat.IsAllowed:
		fmt.Fprintf(w, "%s: on your allow list, so it is on no other\n", a)
	case len(matches) == 0:
		fmt.Fprintf(w, "%s: on no list\n", a)
	default:
		for _, m := range matches {
			level := ""
			if m.Level > 0 {
				level = fmt.Sprintf(", level %d", m.Level)
			}
			fmt.Fprintf(w, "%s: %s (%s): %s, %s, confidence %d%s\n", a, m.Feed.ID, printable(m.Feed.Name), m.Feed.Category, m.Feed.Intention, m.Feed.Confidence, level)
		}
	}
	return len(matches) > 0, nil
}
