package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/source"
)

const (
	// containersName is the file with what containers were like when they were seen first.
	containersName = "containers.json"
	// maxContainersFile is its size in bytes: 5,000 containers have some 5 MB.
	maxContainersFile = 64 << 20
)

// engineOf returns the engine whose containers are watched; an empty address, and why, when
// none are. It is the one whose logs are read, or would be.
func (h *host) engineOf(ctx context.Context, c *config.Config) (address string, secure *source.DialTLS, why string) {
	switch {
	case c.Containers != nil && c.Containers.Disabled:
		return "", nil, "the configuration says so"
	case c.Docker != nil && c.Docker.Disabled && c.Containers == nil:
		return "", nil, "the configuration leaves containers alone"
	case c.Docker != nil && c.Docker.Address != "":
		return c.Docker.Address, c.Docker.TLS.Dial(), ""
	case c.Docker == nil && c.Files != nil && c.Containers == nil:
		return "", nil, "the configuration names files and no containers"
	}
	if err := source.KnockEngine(ctx, h.engine); err != nil && c.Containers == nil {
		return "", nil, "there is no engine that this user may ask: " + err.Error()
	}
	return h.engine, nil, ""
}

// containersInput watches the containers, if there is an engine. Of its events there may be
// none for a long time: it is never silent.
func (s *Server) containersInput(ctx context.Context, all *config.Config) []input {
	address, secure, why := thisHost().engineOf(ctx, all)
	if address == "" {
		s.log.InfoContext(ctx, "not watching containers", "because", why)
		s.unwatched.Store(&why)
		return nil
	}
	c := cmp.Or(all.Containers, &config.Containers{})
	return []input{{name: "containers", config: []any{*c, address, all.Docker}, open: func(_ context.Context, r *running) (func(context.Context, func()) error, error) {
		engine, err := container.Open(address, secure)
		if err != nil {
			return nil, fmt.Errorf("watch containers: %w", err)
		}
		return func(ctx context.Context, _ func()) error {
			defer engine.Close()
			log, name := s.log.With("component", "containers"), "containers "+address
			path := filepath.Join(s.cfg().Data, containersName)
			baselines, err := readBaselines(path)
			if err != nil {
				log.WarnContext(ctx, "what containers were like is forgotten: a change of one may not be seen", "error", err)
			}
			w := &container.Watcher{
				Engine: engine, Interval: c.Interval, Every: c.Every, Skip: func(id string) bool { return isOwn(s.opts.Hostname, id) }, Host: s.opts.Hostname,
				Baselines: baselines, Remember: func(all map[string]container.Baseline) error { return writeBaselines(path, all) },
				Now: s.opts.Now, Put: s.put, Counters: r.watch("containers", name), Log: log,
			}
			r.ends(name)
			s.watcher.Store(w)
			w.Run(ctx)
			s.watcher.CompareAndSwap(w, nil)
			return nil
		}, nil
	}}}
}

// readBaselines reads what an earlier run remembered.
func readBaselines(path string) (map[string]container.Baseline, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]container.Baseline{}, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxContainersFile {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxContainersFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := map[string]container.Baseline{}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return all, nil
}

func writeBaselines(path string, all map[string]container.Baseline) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, 0o600, text)
}

// containersView is what is asked about containers; the watcher changes with the configuration.
func (s *Server) containersView() *api.Containers {
	return &api.Containers{
		View: func() (*container.View, string) {
			if w := s.watcher.Load(); w != nil {
				v := w.View()
				return &v, ""
			}
			if why := s.unwatched.Load(); why != nil {
				return nil, *why
			}
			return nil, "watching has not begun"
		},
		Find: func(id string) (one container.Watched, history []container.Point, ok bool) {
			if w := s.watcher.Load(); w != nil {
				return w.Find(id)
			}
			return container.Watched{}, nil, false
		},
	}
}

// containerMetrics shows how watching goes.
func (s *Server) containerMetrics(x *exposition) {
	w := s.watcher.Load()
	if w == nil {
		x.gauge("containers_watching", "1 when the engine of containers is followed.", 0)
		return
	}
	v, counts := w.View(), w.Counts()
	x.gauge("containers_watching", "1 when the engine of containers is followed.", truth(v.Connected))
	x.family("containers", "gauge", "Containers that are watched, by state.")
	states := map[string]int{"created": 0, "running": 0, "paused": 0, "restarting": 0, "removing": 0, "exited": 0, "dead": 0}
	unsampled := 0
	for i := range v.Containers {
		one := &v.Containers[i]
		if _, ok := states[one.Container.Status]; ok {
			states[one.Container.Status]++
		}
		if one.Problem != "" {
			unsampled++
		}
	}
	for _, state := range []string{"created", "running", "paused", "restarting", "removing", "exited", "dead"} {
		x.value("containers", labels("state", state), float64(states[state]))
	}
	x.gauge("containers_unsampled", "Containers that run and whose usage cannot be read.", float64(unsampled))
	x.gauge("containers_left_out", "Containers that are not watched: there are too many.", float64(v.LeftOut))
	x.counter("container_samples_total", "Samples of what containers use.", counts.Sampled.Load())
	x.counter("container_sample_errors_total", "Samples that could not be taken.", counts.Unreadable.Load())
	x.family("container_sampling_seconds_total", "counter", "How long sampling took in all.")
	x.value("container_sampling_seconds_total", "", float64(counts.Busy.Load())/1e9)
	x.counter("container_inspections_total", "Questions to the engine about one container.", counts.Inspected.Load())
	x.counter("container_engine_disconnects_total", "How often the engine could not be followed.", counts.Lost.Load())
	x.counter("container_events_held_total", "Events that were held back because one container made too many.", counts.Held.Load())
}
