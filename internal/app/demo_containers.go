package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/demo"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/sensor"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
)

// The times of a demo of containers.
const (
	// demoBegins is how long watching may take to begin.
	demoBegins = 15 * time.Second
	// demoFinds is how long one incident is waited for before the next one is provoked,
	// demoFindsAll how long all of them are.
	demoFinds, demoFindsAll = 15 * time.Second, 45 * time.Second
	// demoContains is how long containing may take, and letting go.
	demoContains = 30 * time.Second
	// demoRemoves is how long it is tried to remove what was made.
	demoRemoves = 30 * time.Second
	// demoLooks is how often it is looked whether something happened that tells nobody.
	demoLooks = 20 * time.Millisecond
)

// demoActor is who contains, in the audit trail.
const demoActor = "demo"

// ErrNoEngine says that there is no engine on which incidents could be provoked.
var ErrNoEngine = errors.New("there is no engine of containers")

// ContainersDemoOptions is a demo on a real engine. Its functions are called one after
// another.
type ContainersDemoOptions struct {
	// Engine is the address of the engine, of this machine.
	Engine string
	// Program is the path of this program, which runs in the containers.
	Program string
	// Content decides what events mean.
	Content *Content
	// Incidents are what is provoked, in this order.
	Incidents []demo.Incident
	// Now is the clock, Version that of this program.
	Now     func() time.Time
	Version string

	// Ready is told of the engine, of how many things of an earlier run were removed, and why
	// there is no sensor, if there is none.
	Ready func(about container.About, left int, unsensed string) error
	// Begin is told of each incident before its container starts.
	Begin func(*demo.Incident) error
	// Found is told of what is found about an incident, and how long after the start of its
	// container; also of what other rules find.
	Found func(i *demo.Incident, f signal.Finding, after time.Duration) error
	// Contained is told of what was done to a container, Verified of its evidence, Released
	// when it runs again.
	Contained func(*demo.Incident, *respond.Record) error
	Verified  func(*evidence.Manifest, *evidence.Verdict) error
	Released  func(after time.Duration) error
}

// ContainersDemo is what came of it.
type ContainersDemo struct {
	// Expected is how many incidents were to be found, Missed which of them were not, Wrong
	// which of those were that were to stay quiet.
	Expected      int
	Missed, Wrong []*demo.Incident
	// Uncontained says why a container was not contained, verified and let go; "" when it was.
	Uncontained string
}

// Right reports whether all went as it should.
func (r *ContainersDemo) Right() bool {
	return len(r.Missed)+len(r.Wrong) == 0 && r.Uncontained == ""
}

// DemoContainers provokes incidents in containers of a real engine, watches them with a
// server of its own and contains one. Whatever happens, it removes what it made, and before
// that what an earlier run left: there can be one at a time on an engine. ErrNoEngine says
// that there is no engine here.
func DemoContainers(ctx context.Context, o ContainersDemoOptions) (result *ContainersDemo, err error) {
	if err := source.KnockEngine(ctx, o.Engine); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	engine, err := container.Open(o.Engine, nil)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	if engine.Remote() {
		return nil, fmt.Errorf("%w: %s may be on another machine, and what containers use is read from the kernel of this one", ErrNoEngine, o.Engine)
	}
	about, err := engine.About(ctx)
	if err != nil {
		return nil, err
	}
	left, err := sweepDemo(ctx, engine)
	if err != nil {
		return nil, fmt.Errorf("remove what an earlier demo left: %w", err)
	}
	defer func() { // the last thing, when the server has stopped
		if _, sweep := sweepDemo(context.WithoutCancel(ctx), engine); sweep != nil {
			err = errors.Join(err, fmt.Errorf("not all is removed that has the label %s, the next demo tries again: %w", demo.ContainerLabel, sweep))
		}
	}()
	if err := makeDemoImage(ctx, engine, o.Program); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sasumata-demo-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := &containersDemo{ContainersDemoOptions: o, engine: engine, news: make(chan demoNews, 64), ids: map[string]*provoked{}}
	unsensed := unsensed(ctx)
	d.server, err = NewServer(ctx, ServeOptions{
		Config: demoConfig(filepath.Join(dir, "data"), o.Engine, unsensed == ""), Content: func(*config.Config) (*Content, error) { return o.Content, nil },
		Console: d.take, Now: o.Now, Log: slog.New(slog.DiscardHandler), Hostname: hostname(), Version: o.Version,
	})
	if err != nil {
		return nil, err
	}
	serving, stop := context.WithCancel(ctx)
	d.stopped = make(chan struct{})
	var broke error
	go func() {
		broke = d.server.Run(serving)
		close(d.stopped)
	}()
	defer func() { // nobody reads news any more
		stop()
		<-d.stopped
		err = errors.Join(err, broke)
	}()
	if unsensed, err = d.begin(serving, unsensed); err != nil {
		return nil, err
	}
	if err := o.Ready(about, left, unsensed); err != nil {
		return nil, err
	}
	return d.run(ctx, unsensed == "")
}

// demoConfig is what the server of a demo is told: the containers of an engine, and nothing
// else of this machine.
func demoConfig(data, engine string, sense bool) *config.Config {
	c := config.Default()
	c.Data, c.HTTP.Listen, c.Files, c.Journal = data, "127.0.0.1:0", []config.File{}, &config.Journal{Disabled: true}
	c.Docker, c.Containers = &config.Docker{Address: engine, Disabled: true}, &config.Containers{Interval: time.Second, Every: time.Minute}
	// Without nftables the table of this machine's firewall is left alone, which another
	// server may keep. That of a container is the container's own.
	c.Responses.Mode, c.Responses.Block.By = "active", []string{"bouncers"}
	if sense {
		c.Sensor = &sensor.Config{Mode: string(sensor.EBPF), ContainersOnly: true}
		if faults := c.Sensor.Check(document.Pos{}); len(faults) > 0 { // it also completes it
			panic("BUG: " + faults.Error())
		}
	}
	return c
}

// unsensed returns why there can be no sensor. Another way than programs in the kernel would
// take a setting of the whole machine, which somebody else may need.
func unsensed(ctx context.Context) string {
	for _, way := range sensor.Probe(ctx, string(sensor.EBPF), nil).Ways {
		if way.Way == sensor.EBPF && way.Usable {
			return ""
		} else if way.Way == sensor.EBPF {
			return way.Why
		}
	}
	return "this system has none"
}

// hostname returns the name of this machine, "" when it has none.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// makeDemoImage makes the image of the program.
func makeDemoImage(ctx context.Context, engine *container.Engine, program string) error {
	archive, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := demo.WriteImage(w, program)
		w.CloseWithError(err) // nil is the end
		written <- err
	}()
	err := engine.Import(ctx, demo.ContainerImage, map[string]string{demo.ContainerLabel: "image"}, archive)
	_ = archive.CloseWithError(errors.New("the engine takes no more")) // it never fails
	if cause := <-written; cause != nil && err != nil {
		return cause
	}
	return err
}

// sweepDemo removes all that is labelled as a demo's, and returns how many things that were.
func sweepDemo(ctx context.Context, engine *container.Engine) (removed int, err error) {
	ctx, cancel := context.WithTimeout(ctx, demoRemoves)
	defer cancel()
	gone := map[string]bool{}
	for {
		containers, images, err := engine.Labelled(ctx, demo.ContainerLabel)
		if err != nil {
			return len(gone), err
		}
		if len(containers)+len(images) == 0 {
			return len(gone), nil
		}
		var errs []error
		note := func(id string, err error) {
			if err == nil || errors.Is(err, container.ErrNotFound) {
				gone[id] = true
			} else {
				errs = append(errs, err)
			}
		}
		for _, id := range containers {
			note(id, engine.Remove(ctx, id))
		}
		for _, id := range images {
			note(id, engine.RemoveImage(ctx, id))
		}
		select {
		case <-ctx.Done():
			return len(gone), errors.Join(append(errs, ctx.Err())...)
		case <-time.After(demoLooks): // what is being removed is there for a moment
		}
	}
}
