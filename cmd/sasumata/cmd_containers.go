package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/report"
)

func newContainers(s streams) *cobra.Command {
	cmd := newGroup("containers", "Look at the containers that a running server watches", newContainersList(s), newContainersShow(s))
	cmd.Long = `The server watches the containers of the engine whose logs it reads: what they use,
what happens to them, what they may and what they wrote. The token needs the scope
signals:read.`
	return cmd
}

// containersCommand is the containers list command.
type containersCommand struct{ signalsCommand }

func newContainersList(s streams) *cobra.Command {
	c := &containersCommand{signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:     "list --token-file FILE",
		Short:   "List containers with what they use, and say how watching is",
		Example: `  sasumata containers list --token-file me.token`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.list(cmd.Context()) },
	}
	c.add(cmd)
	return cmd
}

func (c *containersCommand) list(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	l, err := client.Containers(ctx)
	if err != nil {
		return answered(err)
	}
	if c.output == "json" {
		return c.json(l)
	}
	switch {
	case !l.Watching:
		fmt.Fprintf(c.err, "sasumata: no containers are watched: %s\n", report.Safe(l.Why))
		return nil
	case !l.Connected:
		fmt.Fprintf(c.err, "sasumata: the engine at %s cannot be followed: %s\n", report.Safe(l.Address), report.Safe(l.Error))
	}
	t := report.Table{Header: []string{"name", "state", "cpu %", "of limit %", "memory", "of limit %", "connections", "restarts", "crashes", "image", "remarks"}, Right: make([]bool, 11)}
	for i := 2; i <= 8; i++ {
		t.Right[i] = true
	}
	for i := range l.Containers {
		one := &l.Containers[i]
		row := []string{one.Name, one.State, "", "", "", "", "", strconv.Itoa(one.Restarts), whole(one.Crashes), one.Image, remarks(one)}
		if u := one.Usage; u != nil {
			row[2], row[3], row[4], row[5] = tenth(u.CPU), tenth(u.CPUOfLimit), mebibytes(u.Memory), tenth(u.MemoryOfLimit)
			if u.Connections != nil {
				row[6] = whole(*u.Connections)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if err := t.WriteText(c.out); err != nil {
		return err
	}
	if l.LeftOut > 0 {
		fmt.Fprintf(c.err, "sasumata: %d containers more are not watched: there are too many\n", l.LeftOut)
	}
	return nil
}

// tenth writes a number that may not be known.
func tenth(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', 1, 64)
}

// mebibytes writes a size.
func mebibytes(n int64) string { return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB" }

// remarks says what is special about a container.
func remarks(one *api.ContainerInfo) string {
	all := append([]string{}, one.Powers...)
	if one.WrittenCount > 0 {
		all = append(all, fmt.Sprintf("wrote %d files", one.WrittenCount))
	}
	if one.Health == "unhealthy" {
		all = append(all, one.Health)
	}
	if one.Problem != "" {
		all = append(all, one.Problem)
	}
	return strings.Join(all, ", ")
}

func newContainersShow(s streams) *cobra.Command {
	c := &containersCommand{signalsCommand{streams: s}}
	cmd := &cobra.Command{
		Use:     "show --token-file FILE NAME",
		Short:   "Show a container: what it uses, what it was given, what it wrote",
		Long:    "NAME is the name of the container, or its id, of which 12 digits are enough.",
		Example: `  sasumata containers show --token-file me.token shop-web-1`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			d, err := client.Container(cmd.Context(), args[0])
			if err != nil {
				return answered(err)
			}
			if c.output == "json" {
				return c.json(d)
			}
			c.show(&d)
			return nil
		},
	}
	c.add(cmd)
	return cmd
}

// show writes a container for people.
func (c *containersCommand) show(d *api.ContainerDetail) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(c.out, "%-12s %s\n", name, report.Safe(value))
		}
	}
	one := &d.Container
	line("name", one.Name)
	line("id", one.ID)
	line("image", one.Image)
	line("compose", strings.Trim(one.Project+"/"+one.Service, "/"))
	line("state", one.State)
	if one.Started != nil {
		line("started", one.Started.Format(time.RFC3339))
	}
	line("restarts", strconv.Itoa(one.Restarts))
	line("crashes", whole(one.Crashes))
	if u := one.Usage; u != nil {
		line("cpu %", tenth(u.CPU)+" of a core, "+tenth(u.CPUOfLimit)+" of what it may use")
		memory := mebibytes(u.Memory)
		if u.MemoryLimit > 0 {
			memory += " of " + mebibytes(u.MemoryLimit)
		}
		line("memory", memory)
		line("processes", whole(u.Pids))
		if u.Connections != nil {
			line("connections", whole(*u.Connections))
		}
		line("disk %", tenth(u.Disk))
	}
	line("problem", one.Problem)
	line("command", strings.Join(d.Command, " "))
	line("user", d.User)
	line("powers", strings.Join(one.Powers, ", "))
	line("cap_add", strings.Join(d.CapAdd, ", "))
	line("cap_drop", strings.Join(d.CapDrop, ", "))
	for _, n := range d.Networks {
		line("network", n.Name+" "+strings.Join(n.Addresses, ", "))
	}
	for _, m := range d.Mounts {
		line("mount", fmt.Sprintf("%s %s:%s, writable: %t", m.Type, m.Source, m.Destination, m.Writable))
	}
	for _, file := range one.Written {
		line("wrote", file)
	}
}
