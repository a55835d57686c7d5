package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/document"
	queued "github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/sensor"
)

// sensorCommand is what the commands about the sensor share.
type sensorCommand struct {
	streams

	output, engine string
	config         sensor.Config
}

func newSensor(s streams) *cobra.Command {
	return newGroup("sensor", "Watch what processes of this machine do", newSensorStatus(s), newSensorEvents(s))
}

func (c *sensorCommand) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.config.Mode, "mode", string(sensor.Auto), "auto for the best way there is, or ebpf, audit, proc or top")
	cmd.Flags().StringVar(&c.engine, "engine", "", "where the engine of containers listens; the default is DOCKER_HOST, or unix:///var/run/docker.sock")
	cmd.Flags().StringVarP(&c.output, "output", "o", "text", "text or json")
}

func (c *sensorCommand) check() error {
	if c.output != "text" && c.output != "json" {
		return fmt.Errorf("--output %q, want text or json", c.output)
	}
	if faults := c.config.Check(document.Pos{}); len(faults) > 0 {
		return fmt.Errorf("--%s", faults[0].Message)
	}
	if c.config.Mode == string(sensor.Off) {
		return errors.New("--mode off watches nothing: want auto, ebpf, audit, proc or top")
	}
	return nil
}

func newSensorStatus(s streams) *cobra.Command {
	c := &sensorCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say how processes can be watched on this machine, and what that misses",
		Long: `Status tries each way to watch processes on this machine as this user: programs in the
kernel (ebpf), the messages of the audit system (audit), the process connector (proc), and
the lists of processes that an engine of containers makes (top, as docker top). It says which one a server of this user would take, what that does not see, why a better one
cannot be taken and what to do about it. Nothing is changed. Exit code 1 says that there is
no way. The page Health of a running server shows which way it has taken.`,
		Example: `  sudo sasumata sensor status
  sasumata sensor status -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.status(cmd.Context()) },
	}
	c.flags(cmd)
	return cmd
}

func (c *sensorCommand) status(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	engine, err := app.OpenEngine(c.engine)
	if err != nil {
		return err
	}
	defer engine.Close()
	found := sensor.Probe(ctx, c.config.Mode, engine)
	for _, one := range found.Ways {
		if one.Usable {
			found.Active = one.Way
			break
		}
	}
	none := error(nil)
	if found.Active == "" {
		none = &exitError{exitFindings, sensor.ErrNone}
	}
	if c.output == "json" {
		e := json.NewEncoder(c.out)
		e.SetEscapeHTML(false)
		return errors.Join(e.Encode(found), none)
	}
	var b bytes.Buffer
	for _, one := range found.Ways {
		state := "can be used"
		switch {
		case one.Way == found.Active:
			state = "would be taken"
		case !one.Usable:
			state = "cannot be used: " + one.Why
		}
		fmt.Fprintf(&b, "%-6s %s\n", one.Way, state)
		if one.Fix != "" {
			fmt.Fprintf(&b, "       needs: %s\n", one.Fix)
		}
		for _, what := range one.Misses {
			fmt.Fprintf(&b, "       does not see %s\n", what)
		}
	}
	_, err = c.out.Write(b.Bytes())
	return errors.Join(err, none)
}

func newSensorEvents(s streams) *cobra.Command {
	c := &sensorCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Show what processes of this machine do, as it happens",
		Long: `Events watches processes as the sensor of a server does, and shows what it would take,
until Ctrl-C: a line for each event, or with -o json the record as detection gets it. No
server is asked, and nothing is stored. Command lines may hold secrets.`,
		Example: `  sudo sasumata sensor events
  sudo sasumata sensor events --events exec --containers-only
  sudo sasumata sensor events -o json | jq -r .process.executable`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.events(cmd.Context()) },
	}
	c.flags(cmd)
	cmd.Flags().StringSliceVar(&c.config.Events, "events", nil, "kinds of events (default "+fmt.Sprint(sensor.DefaultEvents())+")")
	cmd.Flags().BoolVar(&c.config.ContainersOnly, "containers-only", false, "leave out what happens outside of containers")
	return cmd
}

func (c *sensorCommand) events(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	engine, err := app.OpenEngine(c.engine)
	if err != nil {
		return err
	}
	defer engine.Close()
	one, err := sensor.New(ctx, sensor.Options{
		Config: c.config, Processes: engine, Now: time.Now, Log: slog.New(slog.NewTextHandler(c.err, nil)),
		Put: func(_ context.Context, records []queued.Record) error { return c.show(c.out, records) },
	})
	if err != nil {
		return &exitError{exitFailure, err}
	}
	found := one.Report()
	fmt.Fprintf(c.err, "sasumata: watching by %s\n", found.Active)
	for _, what := range found.Misses() {
		fmt.Fprintf(c.err, "sasumata: it does not see %s\n", what)
	}
	if better := found.Why(); better != "" {
		fmt.Fprintf(c.err, "sasumata: there are better ways (sasumata sensor status): %s\n", better)
	}
	if err = one.Run(ctx); err != nil {
		err = &exitError{exitFailure, err}
	}
	for _, kind := range sensor.Kinds() {
		if n := one.Losses()[kind]; n > 0 {
			fmt.Fprintf(c.err, "sasumata: %d events (%s) were lost: there was no room\n", n, kind)
		}
	}
	return err
}

// sensed is what of an event the text shows.
type sensed struct {
	Time    int64
	Message string
	Sensor  struct{ Event string }
	Process struct {
		PID        uint32
		Executable string
		Parent     struct{ Name string }
	}
	Usr       struct{ ID, Name string }
	Container struct{ ID string }
}

func (c *sensorCommand) show(w io.Writer, records []queued.Record) error {
	var b bytes.Buffer
	for i := range records {
		var e sensed
		if c.output == "json" || json.Unmarshal([]byte(records[i].Text), &e) != nil {
			b.WriteString(records[i].Text + "\n") // the audit system has lines of its own
			continue
		}
		where := e.Container.ID
		if where == "" {
			where = "-"
		}
		user := e.Usr.Name
		if user == "" {
			user = e.Usr.ID
		}
		fmt.Fprintf(&b, "%s %-10s %-12.12s %-8s %7d %s <- %s  %s\n", time.UnixMilli(e.Time).UTC().Format("15:04:05.000"), e.Sensor.Event, where,
			report.Safe(user), e.Process.PID, report.Safe(e.Process.Executable), report.Safe(e.Process.Parent.Name), report.Safe(e.Message))
	}
	_, err := w.Write(b.Bytes())
	return err
}
