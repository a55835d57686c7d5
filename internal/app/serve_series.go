package app

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/container"
	seriesof "github.com/sasumata/sasumata/internal/metrics"
	"github.com/sasumata/sasumata/internal/signal"
)

// seriesDir is the folder of series in the data folder.
const seriesDir = "metrics"

// openSeries opens what keeps series of numbers, if the configuration wants any.
func (s *Server) openSeries() error {
	c := s.opts.Config
	if c.Metrics == nil {
		return nil
	}
	rules, err := fs.Sub(content.FS(), "metrics")
	if err != nil {
		return fmt.Errorf("BUG: %w", err)
	}
	url := c.Access.URL
	s.series, err = seriesof.Open(seriesof.Options{
		Config: s.seriesConfig(c), Rules: rules, Own: s.writeMetrics, URL: url, Now: s.opts.Now, Log: s.log.With("component", "metrics"),
		Containers: func(context.Context) ([]seriesof.Sample, error) {
			return containerSamples(s.containerSeries(), runtime.NumCPU()), nil
		},
		Tell: func(news []signal.Finding) { s.consumer.tell(news) },
	})
	if err != nil {
		return err
	}
	s.cleanup(s.series.Close)
	s.serves.Series = &api.Series{Ask: s.series.API(), Push: s.series.Push}
	return nil
}

// seriesConfig returns what a configuration says of series.
func (s *Server) seriesConfig(c *config.Config) *seriesof.Config {
	own := *c.Metrics
	own.Dir, own.Hostname = filepath.Join(s.opts.Config.Data, seriesDir), s.opts.Hostname
	return &own
}

// runSeries asks targets and rules until the context is done.
func (s *Server) runSeries(ctx context.Context) {
	if err := s.series.Run(ctx); err != nil {
		s.fail(fmt.Errorf("metrics: %w", err))
	}
}

// prepareSeries looks whether the new configuration of series is right, and returns what
// puts it to work. Whether there are any is up to the start.
func (s *Server) prepareSeries(c *config.Config) (use func(context.Context), err error) {
	if s.series == nil || c.Metrics == nil {
		return func(context.Context) {}, nil
	}
	return s.series.Prepare(s.seriesConfig(c))
}

// seriesMetrics shows how series and their rules do.
func (s *Server) seriesMetrics(x *exposition) {
	if s.series == nil {
		return
	}
	last := ""
	for _, m := range s.series.Metrics() {
		kind := "gauge"
		if m.Counter {
			kind = "counter"
		}
		if m.Name != last {
			x.family(m.Name, kind, m.Help)
		}
		last = m.Name
		pairs := make([]string, 0, 2*len(m.Labels))
		for _, l := range m.Labels {
			pairs = append(pairs, l.Name, l.Value)
		}
		text := ""
		if len(pairs) > 0 {
			text = labels(pairs...)
		}
		x.value(m.Name, text, m.Value)
	}
}

// watchedSeries returns the numbers of the containers that are watched.
func (s *Server) watchedSeries() []container.Series {
	if w := s.watcher.Load(); w != nil {
		return w.Samples()
	}
	return nil
}

// cpuPeriod is that of the kernel in microseconds, of which a quota is a part.
const cpuPeriod = 100_000

// containerSamples returns numbers of containers as cAdvisor has them, on a machine with so
// many processors.
func containerSamples(all []container.Series, cores int) []seriesof.Sample {
	if len(all) == 0 {
		return nil
	}
	list := []seriesof.Sample{{Name: "machine_cpu_cores", Value: float64(cores)}}
	for i := range all {
		one := &all[i]
		labels := []seriesof.Label{{Name: "id", Value: "/docker/" + one.ID}, {Name: "name", Value: one.Name}, {Name: "image", Value: one.Image}}
		for name, value := range map[string]string{"container_label_com_docker_compose_project": one.Project, "container_label_com_docker_compose_service": one.Service} {
			if value != "" {
				labels = append(labels, seriesof.Label{Name: name, Value: value})
			}
		}
		add := func(name string, value float64) {
			list = append(list, seriesof.Sample{Name: name, Labels: labels, Value: value})
		}
		for name, value := range one.Values {
			add(name, value)
		}
		add("container_last_seen", float64(one.At.Unix()))
		if limit, ok := one.Values["container_spec_cpu_cores"]; ok {
			add("container_spec_cpu_quota", limit*cpuPeriod)
			add("container_spec_cpu_period", cpuPeriod)
		}
	}
	return list
}
