package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/respond"
)

// newRespondContainer is the command of an action on containers.
func newRespondContainer(s streams, action, short, long string) *cobra.Command {
	c, q := &signalsCommand{streams: s}, respond.Request{Action: action}
	cmd := &cobra.Command{
		Use:   action + " --token-file FILE CONTAINER --reason TEXT [--for TIME]",
		Short: short,
		Long: long + `

CONTAINER is its name or its id. Nothing is done to the container that Sasumata runs in, and
to those of responses.containers.never. While the configuration says mode: dry-run, or with
--dry-run, nothing is done and it is only written down.`,
		Example: "  sasumata respond " + action + " --token-file me.token web-1 --reason 'runs a miner'",
	}
	c.asks(cmd, &q)
	if action == respond.Kill {
		cmd.Flags().IntVar(&q.Process, "process", 0, "kill only this process of the container, by its number on the host")
	}
	return cmd
}

// respondContainers are the commands about containers.
func respondContainers(s streams) []*cobra.Command {
	evidences := newRespondContainer(s, respond.Evidence, "Capture what is known of a container, or look at what was captured",
		`Evidence captures what is known of a container, from outside: its processes with hashes of
what runs, open files, memory maps, sockets, what it wrote to its file system, its output,
what its engine knows. Secrets in environments and command lines are made unreadable.`)
	evidences.AddCommand(newEvidenceList(s), newEvidenceVerify(s), newEvidenceExport(s))
	return []*cobra.Command{
		newRespondContainer(s, respond.Quarantine, "Cut a container off all networks for a time",
			`Quarantine drops all that goes into and out of the container, connections that are
established too, in its own network namespace. Where that cannot be done, or could be undone
from inside, it is taken off its networks by its engine, or frozen.`),
		newRespondContainer(s, respond.Freeze, "Stop the processes of a container where they are, for a time", `Freeze stops the processes of a container; they go on when it is undone or expires.`),
		evidences,
		newRespondContainer(s, respond.Snapshot, "Write the files of a container into an image", `Snapshot writes the files of a container into an image below sasumata/forensic.`),
		newRespondContainer(s, respond.Contain, "Quarantine and freeze a container, and capture evidence", `Contain cuts a container off, freezes it and captures evidence, in this order.`),
		newRespondContainer(s, respond.Kill, "Kill a container, or one of its processes: nothing undoes that", `Kill ends a container such that its engine does not start it again, or one of its processes.`),
		newRespondRelease(s), newRespondIncident(s),
	}
}

func newRespondRelease(s streams) *cobra.Command {
	c, v := &signalsCommand{streams: s}, respond.Verdict{}
	cmd := &cobra.Command{
		Use:     "release --token-file FILE CONTAINER",
		Short:   "End all that holds a container: quarantine, freeze, contain",
		Example: `  sasumata respond release --token-file me.token web-1 --reason 'it was a test'`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.release(cmd.Context(), args[0], v) },
	}
	c.add(cmd)
	cmd.Flags().StringVar(&v.Reason, "reason", "", "why")
	return cmd
}

func (c *signalsCommand) release(ctx context.Context, name string, v respond.Verdict) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	found := 0
	for _, action := range []string{respond.Contain, respond.Freeze, respond.Quarantine} {
		for before, more := int64(0), true; more; {
			page, err := client.Responses(ctx, respond.Filter{State: respond.OpenState, Action: action, Limit: respond.MaxPage, Before: before})
			if err != nil {
				return answered(err)
			}
			for i := range page.Responses {
				r := &page.Responses[i]
				before = r.ID
				if r.Ending != "" || r.State == respond.Undone || r.State == respond.Refused || !names(r, name) {
					continue
				}
				found++
				done, err := client.Decide(ctx, r.ID, "undo", v)
				if err := c.did(&done, err); err != nil {
					return err
				}
			}
			more = page.Next != ""
		}
	}
	if found == 0 {
		return usageError(fmt.Errorf("nothing holds the container %s: 'respond list' shows what does", report.Safe(name)))
	}
	return nil
}

// names reports whether the name, or the id or its beginning, is that of the container of a
// response.
func names(r *respond.Record, name string) bool {
	return r.Target == name || len(name) >= 12 && strings.HasPrefix(r.Target, name) || r.Container != nil && r.Container.Name == name
}

func newEvidenceList(s streams) *cobra.Command {
	c := &signalsCommand{streams: s}
	cmd := &cobra.Command{
		Use:     "list --token-file FILE",
		Short:   "List evidence, the newest first",
		Example: `  sasumata respond evidence list --token-file me.token`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			list, err := client.Evidence(cmd.Context())
			if err != nil {
				return answered(err)
			}
			if c.output == "json" {
				return c.json(list)
			}
			t := report.Table{Header: []string{"evidence", "captured", "container", "image", "bytes", "processes", "notes"}, Right: make([]bool, 7)}
			t.Right[4], t.Right[5], t.Right[6] = true, true, true
			for i := range list.Evidence {
				m := &list.Evidence[i]
				notes := int64(len(m.Limits) + len(m.Problems) + m.MoreNotes)
				t.Rows = append(t.Rows, []string{m.ID, m.Began.Format(time.RFC3339), m.Container.Name, m.Container.Image, whole(m.Bytes), whole(int64(m.Processes)), whole(notes)})
			}
			if list.Unreadable > 0 {
				fmt.Fprintf(c.err, "sasumata: %d captures cannot be read\n", list.Unreadable)
			}
			return t.WriteText(c.out)
		},
	}
	c.add(cmd)
	return cmd
}

func newEvidenceVerify(s streams) *cobra.Command {
	c := &signalsCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "verify EVIDENCE|FOLDER|FILE",
		Short: "Compare evidence with its manifest: on the server, or what was exported",
		Example: `  sasumata respond evidence verify --token-file me.token EV-20260116T090000Z-12-0123456789ab
  sasumata respond evidence verify EV-20260116T090000Z-12-0123456789ab.tar.gz`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.verify(cmd.Context(), args[0]) },
	}
	c.add(cmd)
	return cmd
}

func (c *signalsCommand) verify(ctx context.Context, what string) error {
	v, err := evidence.VerifyPath(ctx, what)
	if errors.Is(err, fs.ErrNotExist) && evidence.IsID(what) {
		var client *api.Client
		if client, err = c.client(); err != nil {
			return err
		}
		v = &evidence.Verdict{}
		if *v, err = client.VerifyEvidence(ctx, what); err != nil {
			err = answered(err)
		}
	}
	if err != nil {
		return err
	}
	if c.output == "json" {
		if err := c.json(v); err != nil {
			return err
		}
	} else {
		for _, text := range v.Wrong {
			fmt.Fprintln(c.out, report.Safe(text))
		}
	}
	if len(v.Wrong) > 0 {
		return fmt.Errorf("the evidence is not as it was captured (faults: %d)", len(v.Wrong))
	}
	if c.output != "json" {
		fmt.Fprintf(c.out, "%s is as it was captured: %d files, %d bytes, manifest %s\n", report.Safe(v.ID), v.Files, v.Bytes, v.Manifest)
	}
	return nil
}

func newEvidenceExport(s streams) *cobra.Command {
	c, out := &signalsCommand{streams: s}, ""
	cmd := &cobra.Command{
		Use:     "export --token-file FILE EVIDENCE [--out FILE]",
		Short:   "Get evidence as one file",
		Example: `  sasumata respond evidence export --token-file me.token EV-20260116T090000Z-12-0123456789ab`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.fetch(args[0], out, func(client *api.Client) (io.ReadCloser, error) { return client.ExportEvidence(cmd.Context(), args[0]) })
		},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&out, "out", "", "where it is written; the default is its name and .tar.gz, in the current folder")
	return cmd
}

func newRespondIncident(s streams) *cobra.Command {
	c, out, export := &signalsCommand{streams: s}, "", false
	cmd := &cobra.Command{
		Use:   "incident --token-file FILE INCIDENT [--export] [--out FILE]",
		Short: "Show an incident, or get it with its evidence as one file",
		Long: `An incident is a signal with what was done about it and what was captured. Its name is INC-
and the id of the signal, or INC-R and the number of a response that has no signal.`,
		Example: `  sasumata respond incident --token-file me.token INC-R12
  sasumata respond incident --token-file me.token INC-R12 --export`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if export || out != "" {
				return c.fetch(args[0], out, func(client *api.Client) (io.ReadCloser, error) { return client.ExportIncident(cmd.Context(), args[0]) })
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			i, err := client.Incident(cmd.Context(), args[0])
			if err != nil {
				return answered(err)
			}
			if c.output == "json" {
				return c.json(i)
			}
			t := report.Table{Header: []string{"time", "by", "what"}, Right: make([]bool, 3)}
			for _, m := range i.Timeline {
				t.Rows = append(t.Rows, []string{m.Time.Format(time.RFC3339Nano), m.Who, m.What})
			}
			fmt.Fprintf(c.out, "%s: %d responses, %d captures\n\n", report.Safe(i.ID), len(i.Responses), len(i.Evidence))
			return t.WriteText(c.out)
		},
	}
	c.add(cmd)
	cmd.Flags().BoolVar(&export, "export", false, "write it with its evidence into a file")
	cmd.Flags().StringVar(&out, "out", "", "where it is written; the default is its name and .tar.gz, in the current folder")
	return cmd
}

// fetch writes an archive of the server into a file, which must not be there yet.
func (c *signalsCommand) fetch(name, out string, open func(*api.Client) (io.ReadCloser, error)) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	if out == "" {
		if out = name + ".tar.gz"; filepath.Base(out) != out {
			return usageError(fmt.Errorf("%s is no name: --out says where to write", strconv.Quote(name)))
		}
	}
	body, err := open(client)
	if err != nil {
		return answered(err)
	}
	defer body.Close()
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, body)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", out, err), os.Remove(out))
	}
	fmt.Fprintf(c.out, "%s: %d bytes\n", report.Safe(out), n)
	return nil
}
