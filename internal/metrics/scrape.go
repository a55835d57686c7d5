package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	commonconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/dns"  // targets by names
	_ "github.com/prometheus/prometheus/discovery/file" // targets in files
	_ "github.com/prometheus/prometheus/discovery/http" // targets that a server lists
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
)

// The jobs of what is inside this process.
const (
	ownJob       = "sasumata"
	hostJob      = "node"
	containerJob = "containers"
	logJob       = "logs"
)

const (
	// discoverEvery is how often targets that came or went are heeded.
	discoverEvery = time.Second
	// maxBody is the size in bytes of the largest answer of a target, maxTargetSamples how
	// many samples it may have, unless its configuration says otherwise.
	maxBody          = "64MB"
	maxTargetSamples = 200_000
	// maxScrapeTimeout is how long a target may take.
	maxScrapeTimeout = 10 * time.Second
)

// targets returns the configuration of all targets: the jobs inside this process, and those
// of the user.
func (c *Config) targets(jobs []string) (*config.Config, error) {
	all := make([]any, 0, len(jobs)+len(c.ScrapeConfigs))
	for _, job := range jobs {
		all = append(all, object{
			"job_name": job, "metrics_path": "/" + job, "honor_labels": true, "honor_timestamps": false,
			"static_configs": []any{object{"targets": []any{inside}, "labels": object{"instance": c.instance()}}},
		})
	}
	for _, own := range c.ScrapeConfigs {
		all = append(all, own.Any())
	}
	text, err := json.Marshal(object{ // which is YAML, too
		"global": object{
			"scrape_interval": model.Duration(c.Scrape).String(), "scrape_timeout": model.Duration(min(c.Scrape, maxScrapeTimeout)).String(),
			"evaluation_interval": model.Duration(c.Evaluation).String(), "body_size_limit": maxBody, "sample_limit": maxTargetSamples,
		},
		"scrape_configs": all, "scrape_config_files": c.ScrapeFiles,
	})
	if err != nil {
		return nil, err
	}
	parsed, err := config.Load(string(text), slog.New(slog.DiscardHandler))
	if err == nil {
		_, err = parsed.GetScrapeConfigs()
	}
	if err != nil && strings.Contains(err.Error(), "job name") {
		err = fmt.Errorf("%w (jobs of this process are %s)", err, strings.Join(jobs, ", "))
	}
	if err != nil {
		return nil, err
	}
	for _, pattern := range c.ScrapeFiles {
		if names, err := filepath.Glob(pattern); err != nil || len(names) == 0 {
			return nil, fmt.Errorf("there is no file %s", pattern)
		}
	}
	return parsed, nil
}

// jobs are those inside this process, if there is something for them.
func (c *Config) jobs(own, containers bool) (names []string) {
	if own && !c.NoOwn {
		names = append(names, ownJob)
	}
	if !c.NoHost {
		names = append(names, hostJob)
	}
	if containers {
		names = append(names, containerJob)
	}
	return append(names, logJob)
}

func (e *Engine) targets(c *Config) (*config.Config, error) {
	return c.targets(c.jobs(e.opts.Own != nil, e.opts.Containers != nil))
}

// scraper asks targets.
type scraper struct {
	engine    *Engine
	found     *discovery.Manager
	manager   *scrape.Manager
	local     *localServer
	discovers context.CancelFunc
	ctx       context.Context //nolint:containedctx // discovery takes it when it is made
}

func newScraper(e *Engine, appendTo storage.Appendable, registry prometheus.Registerer) (*scraper, error) {
	about, err := discovery.CreateAndRegisterSDMetrics(registry)
	if err != nil {
		return nil, err
	}
	s := &scraper{engine: e, local: newLocalServer(e)}
	s.ctx, s.discovers = context.WithCancel(context.Background())
	s.found = discovery.NewManager(s.ctx, e.log, registry, about, discovery.Updatert(discoverEvery))
	if s.found == nil {
		return nil, errors.New("make the discovery of targets: the log says why")
	}
	s.manager, err = scrape.NewManager(&scrape.Options{
		DiscoveryReloadInterval: model.Duration(discoverEvery), DiscoveryReloadOnStartup: true,
		HTTPClientOptions: []commonconfig.HTTPClientOption{commonconfig.WithDialContextFunc(s.local.dial)},
	}, e.log, nil, appendTo, nil, registry)
	return s, err
}

// use asks the targets of the configuration from now on.
func (s *scraper) use(c *Config) error {
	parsed, err := s.engine.targets(c)
	if err != nil {
		return err
	}
	if err := s.manager.ApplyConfig(parsed); err != nil {
		return err
	}
	all, err := parsed.GetScrapeConfigs()
	if err != nil {
		return err
	}
	sets := map[string]discovery.Configs{}
	for _, one := range all {
		sets[one.JobName] = one.ServiceDiscoveryConfigs
	}
	return s.found.ApplyConfig(sets)
}

// run asks until stop is called and the context is done.
func (s *scraper) run(ctx context.Context) {
	done := make(chan struct{}, 3)
	go func() { s.local.run(); done <- struct{}{} }()
	go func() {
		if err := s.found.Run(); err != nil && !errors.Is(err, context.Canceled) {
			s.engine.log.ErrorContext(ctx, "the discovery of targets ended", "error", err)
		}
		done <- struct{}{}
	}()
	go func() {
		if err := s.manager.Run(s.found.SyncCh()); err != nil {
			s.engine.log.ErrorContext(ctx, "asking targets ended", "error", err)
		}
		done <- struct{}{}
	}()
	<-ctx.Done()
	for range cap(done) {
		<-done
	}
}

// stop ends all asking, and waits for what is under way.
func (s *scraper) stop() {
	s.discovers()
	s.manager.Stop()
	s.local.stop()
}
