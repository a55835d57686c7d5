package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/posture/harden"
	"github.com/sasumata/sasumata/internal/posture/trial"
	"github.com/sasumata/sasumata/internal/posture/workload"
	"github.com/sasumata/sasumata/internal/report"
)

// HardenOptions say which project is hardened.
type HardenOptions struct {
	// Files are the compose files of one project, later ones over earlier ones.
	Files []string
	// Profiles leave out services of others.
	Profiles []string
	// Observe is how long containers of the project are watched before; 0 is not at all.
	Observe time.Duration
	// Project is the name that its containers have as a label; the default is that of
	// the folder of the first file.
	Project string
	// Verify is how long a service has to stay up when it is started for trial; 0 starts
	// none.
	Verify time.Duration
	// Engine is where the engine of containers listens.
	Engine string
	// Lang is the language of what is proposed, and told.
	Lang report.Lang
	// Now is the clock, which Observe needs.
	Now func() time.Time
	// Told is told what is going on.
	Told func(text string)
}

// observeEvery is how long two looks at the containers lie apart at most. A peak between
// two is missed, which is why limits get headroom.
const observeEvery = 15 * time.Second

// Harden proposes how the services of a compose project are run with less. An error of the
// trial comes without a plan.
func Harden(ctx context.Context, o HardenOptions) (*harden.Plan, error) {
	var files []workload.File
	variables := map[string]string{}
	for _, name := range o.Files {
		data, err := workload.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if len(o.Files) == 1 {
			if files, variables, err = workload.Beside(name, data); err != nil {
				return nil, err
			}
			break
		}
		files = append(files, workload.File{Name: name, Data: data})
	}
	c, err := workload.ReadCompose(ctx, files, workload.ComposeOptions{Variables: variables, Profiles: o.Profiles})
	if err != nil {
		return nil, err
	}
	for _, note := range c.Notes {
		o.Told(note)
	}
	var seen map[string]*harden.Observed
	if o.Observe > 0 {
		if seen, err = o.observe(ctx, c); err != nil {
			return nil, err
		}
	}
	plan := harden.Compose(c, seen, hardenLang(o.Lang))
	if o.Verify > 0 {
		if err := o.verify(ctx, files, variables, c, plan); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// verify starts the services for trial, with the variables that Docker would see here.
func (o *HardenOptions) verify(ctx context.Context, files []workload.File, variables map[string]string, c *workload.Compose, plan *harden.Plan) error {
	engine, err := openEngine(o.Engine)
	if err != nil {
		return err
	}
	defer engine.Close()
	project, err := o.project()
	if err != nil {
		return err
	}
	all := maps.Clone(variables)
	if all == nil {
		all = map[string]string{}
	}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	t := &trial.Options{Engine: engine, Files: files, Variables: all, Project: project, For: o.Verify, Told: o.Told}
	return trial.Run(ctx, t, plan, slices.Collect(maps.Keys(c.Services)))
}

// project returns the name of the project as Docker makes it of the folder.
func (o *HardenOptions) project() (string, error) {
	if o.Project != "" {
		return o.Project, nil
	}
	folder, err := filepath.Abs(filepath.Dir(o.Files[0]))
	if err != nil {
		return "", err
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, strings.ToLower(filepath.Base(folder))), nil
}

// errNothingRuns is that there is nothing to observe.
var errNothingRuns = errors.New("no container of the project runs")

// observe watches the containers of the project.
func (o *HardenOptions) observe(ctx context.Context, c *workload.Compose) (map[string]*harden.Observed, error) {
	engine, err := openEngine(o.Engine)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	project, err := o.project()
	if err != nil {
		return nil, err
	}
	watch := o.capabilities(ctx, engine)
	defer func() { _, _ = watch.close() }() // what it saw is wanted in the end only
	seen := map[string]*harden.Observed{}
	ran := map[string][]*container.Container{}
	ctx, cancel := context.WithTimeout(ctx, o.Observe+time.Minute)
	defer cancel()
	ticker := time.NewTicker(min(observeEvery, max(o.Observe/10, time.Second)))
	defer ticker.Stop()
	end := time.NewTimer(o.Observe)
	defer end.Stop()
	for {
		running, err := projectContainers(ctx, engine, project)
		if err != nil {
			return nil, err
		}
		for service, one := range running {
			if _, ok := c.Services[service]; !ok {
				continue
			}
			if seen[service] == nil {
				seen[service] = &harden.Observed{}
			}
			if !slices.ContainsFunc(ran[service], func(c *container.Container) bool { return c.ID == one.ID }) {
				ran[service] = append(ran[service], one)
			}
			seen[service].Started = seen[service].Started || watch != nil && one.Started.After(watch.begun)
			if err := lookAt(ctx, engine, one.ID, seen[service]); err != nil && !errors.Is(err, container.ErrNotFound) && !errors.Is(err, container.ErrConflict) {
				return nil, err
			}
		}
		if len(seen) == 0 {
			return nil, fmt.Errorf("project %s: %w on %s: start it, or name it with --project", project, errNothingRuns, engine.Address())
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-end.C:
			o.Told(hardenLang(o.Lang).Say("observed %d services of the project %s for %v", len(seen), project, o.Observe))
			o.granted(watch, seen, ran)
			return seen, nil
		case <-ticker.C:
		}
	}
}

// projectContainers returns the containers of a project that run, by service.
func projectContainers(ctx context.Context, engine *container.Engine, project string) (map[string]*container.Container, error) {
	all, err := engine.List(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]*container.Container{}
	for _, s := range all {
		if s.Status != "running" {
			continue
		}
		c, err := engine.Inspect(ctx, s.ID)
		if errors.Is(err, container.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if c.Project == project && c.Service != "" {
			out[c.Service] = c
		}
	}
	return out, nil
}

// maxWritten is how many written paths of one service are kept.
const maxWritten = 10_000

// lookAt adds what a container does now.
func lookAt(ctx context.Context, engine *container.Engine, id string, seen *harden.Observed) error {
	ps, err := engine.Top(ctx, id, "-eo", "pid,uid,rss,args")
	if err != nil {
		return err
	}
	memory := int64(0)
	for _, row := range ps.Rows {
		if len(row) < 3 {
			continue
		}
		if !slices.Contains(seen.UIDs, row[1]) {
			seen.UIDs = append(seen.UIDs, row[1])
		}
		if kb, err := strconv.ParseInt(row[2], 10, 64); err == nil {
			memory += kb << 10
		}
	}
	seen.Memory, seen.PIDs = max(seen.Memory, memory), max(seen.PIDs, int64(len(ps.Rows)))
	changes, err := engine.Diff(ctx, id)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Kind != 'D' && len(seen.Written) < maxWritten && !slices.Contains(seen.Written, c.Path) {
			seen.Written = append(seen.Written, c.Path)
		}
	}
	return nil
}

// HardenDockerfile proposes changes of a Dockerfile, as a diff and as notes.
func HardenDockerfile(name string, lang report.Lang) (diff []byte, notes []string, err error) {
	data, err := workload.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	edits, notes, err := harden.Dockerfile(name, data, hardenLang(lang))
	if err != nil || len(edits) == 0 {
		return nil, notes, err
	}
	return harden.DockerfileDiff(name, data, edits), notes, nil
}

// hardenLang is the language as the package that proposes calls it.
func hardenLang(l report.Lang) harden.Lang {
	if l == report.Japanese {
		return harden.Japanese
	}
	return harden.English
}

// HardenTold returns a text about what became of a proposal, in a language.
func HardenTold(l report.Lang, format string, args ...any) string {
	return hardenLang(l).Say(format, args...)
}

// HardenedName returns the name of the override file of a compose file.
func HardenedName(file string) string {
	ending := filepath.Ext(file)
	return strings.TrimSuffix(file, ending) + ".hardened" + ending
}

// Exists reports whether there is a file of the name.
func Exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
