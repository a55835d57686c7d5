// Package trial starts the services of a compose project on an engine, first as they are
// and then as proposed, and takes back the proposals with which they do not start.
package trial

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/posture/harden"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

const (
	// Prefix begins the names of all that is made on the engine.
	Prefix = "sasumata-verify-"
	// Label is on all that is made, with the name of the trial, to find what a killed
	// program left behind.
	Label = "sasumata.verify"
)

const (
	// maxServices is how many services of a project are started: they run at the same time.
	maxServices = 50
	// clearTime is how long removing all may take.
	clearTime = 2 * time.Minute
)

// Options say what is tried, and where.
type Options struct {
	// Engine starts the containers. Its images are used; none is pulled.
	Engine *container.Engine
	// Files are those of the project, and Variables what is filled in for ${NAME}.
	Files     []workload.File
	Variables map[string]string
	// Project names the images that Compose builds.
	Project string
	// For is how long a service has to stay up that has no health check.
	For time.Duration
	// Told is told what is going on.
	Told func(text string)
}

// Run starts the services that the plan has and takes out of it with what they do not
// start; what came of it is in Plan.Trials. All that was made is removed, when the context
// ends as well.
func Run(ctx context.Context, o *Options, plan *harden.Plan, services []string) (err error) {
	r := &run{Options: o, lang: plan.Lang, name: Prefix + strings.ToLower(rand.Text()[:10]), took: map[string]time.Duration{}}
	base, err := r.read(ctx, nil)
	if err != nil {
		return err
	}
	services = slices.DeleteFunc(ordered(base), func(name string) bool { return !slices.Contains(services, name) })
	if len(services) > maxServices {
		return fmt.Errorf("start the project for trial: it has %d services, at most %d are started: leave some out with --profile", len(services), maxServices)
	}
	r.labels = map[string]string{Label: r.name}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTime)
		defer cancel()
		err = errors.Join(err, r.clear(ctx))
	}()
	o.Told(r.lang.Say("starting %d services for trial, with names that begin with %s", len(services), r.name))
	// What is asked for once is waited for: else it could be made after it was removed.
	if err := o.Engine.CreateNetwork(context.WithoutCancel(ctx), r.name, r.labels); err != nil {
		return fmt.Errorf("start the project for trial: %w", err)
	}
	refused, err := r.first(ctx, services, base)
	if err != nil {
		return err
	}
	for _, name := range services {
		t := harden.Trial{Service: name, LeftOut: base[name].LeftOut, Unverified: refused[name]}
		if t.Unverified == "" {
			if err := r.verify(ctx, plan, &t); err != nil {
				return err
			}
		}
		plan.Trials = append(plan.Trials, t)
	}
	return nil
}

// first starts the services as they are, and returns why those do not run that do not.
func (r *run) first(ctx context.Context, services []string, base map[string]*workload.Trial) (refused map[string]string, err error) {
	refused = map[string]string{}
	again := []string{}
	for _, name := range services {
		t := base[name]
		there := true
		if refused[name] = r.lang.Say(t.Refused); t.Refused == "" {
			if there, err = r.Engine.HasImage(ctx, t.Spec.Image); err != nil {
				return nil, err
			}
		}
		switch {
		case t.Refused != "":
		case !there:
			refused[name] = r.lang.Say("its image %s is not on this machine, and nothing is pulled", t.Spec.Image)
		default:
			again = append(again, name)
		}
	}
	// Who wants another that depends_on does not name starts the second time.
	for range 2 {
		var failed []string
		for _, name := range again {
			got, err := r.start(ctx, name, base[name], min(max(base[name].Patience, r.For), mostPatience))
			if err != nil {
				return nil, err
			}
			if refused[name] = ""; !got.fine() {
				refused[name] = strings.Join(append([]string{r.lang.Say("it does not start as it is: %s", got.why)}, got.log...), " | ")
				failed = append(failed, name)
			}
			r.took[name] = got.took
		}
		if len(failed) == len(again) {
			break
		}
		again = failed
	}
	return refused, nil
}

// ordered returns the services, those that others depend on first.
func ordered(all map[string]*workload.Trial) []string {
	var out []string
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] || all[name] == nil {
			return
		}
		seen[name] = true
		for _, before := range all[name].After {
			visit(before)
		}
		out = append(out, name)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		visit(name)
	}
	return out
}

// run is one scratch project.
type run struct {
	*Options

	lang   harden.Lang
	name   string
	labels map[string]string
	took   map[string]time.Duration // until a service was up as it is
	made   []string                 // containers by name
}

// read reads the project with changes laid over it.
func (r *run) read(ctx context.Context, changes []harden.Change) (map[string]*workload.Trial, error) {
	files := r.Files
	if len(changes) > 0 {
		over := harden.Plan{Changes: changes}
		files = append(slices.Clone(files), workload.File{Name: r.Files[0].Name + ".trial.yaml", Data: over.Override(r.Files[0].Name)})
	}
	all, err := workload.ReadTrials(ctx, files, r.Variables, r.Project, !r.Engine.Remote())
	if err != nil {
		return nil, fmt.Errorf("start the project for trial: %w", err)
	}
	return all, nil
}

// clear removes all that was made.
func (r *run) clear(ctx context.Context) error {
	var failed []error
	for _, name := range r.made {
		if err := r.Engine.Remove(ctx, name); err != nil && !errors.Is(err, container.ErrNotFound) {
			failed = append(failed, err)
		}
	}
	if err := r.Engine.RemoveNetwork(ctx, r.name); err != nil && !errors.Is(err, container.ErrNotFound) {
		failed = append(failed, err)
	}
	if len(failed) > 0 {
		failed = append(failed, fmt.Errorf("something of the trial is left behind: docker ps -a --filter label=%s shows it", Label))
	}
	return errors.Join(failed...)
}
