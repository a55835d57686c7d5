// Package metrics keeps series of numbers and asks rules about them: Prometheus' database,
// its language, its scraping and its rules, inside the program. An alert of a rule becomes
// a signal like any other.
//
// It is the one door to Prometheus: no type of that stands in an exported signature.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/metrics/derive"
	"github.com/sasumata/sasumata/internal/metrics/exposition"
	"github.com/sasumata/sasumata/internal/metrics/host"
	"github.com/sasumata/sasumata/internal/signal"
)

// Sample is the value of one series.
type Sample = exposition.Sample

// Label is a name and a value of a series.
type Label = exposition.Label

// Options is what an Engine needs.
type Options struct {
	// Config was checked; its Dir is the folder.
	Config *Config
	// Rules are the built-in rule files, below ".": those that end in _test.yaml are left out.
	Rules fs.FS
	// Own writes the metrics of the server in the text format of Prometheus; may be nil.
	Own func(io.Writer) error
	// Containers returns the series of containers, under the names of cAdvisor; may be nil.
	Containers func(context.Context) ([]Sample, error)
	// Tell takes what became of signals. It does not wait.
	Tell func([]signal.Finding)
	// URL is where this server is reached, for templates of alerts; may be "".
	URL string
	// Now is the clock of queries and signals. Scraping and rules have Prometheus' own.
	Now func() time.Time
	// Log is told what goes wrong.
	Log *slog.Logger
}

// Engine keeps series and asks rules. It is made by Open; any number of goroutines may use
// it.
type Engine struct {
	opts   Options
	log    *slog.Logger
	config atomic.Pointer[Config]

	db      *tsdb.DB
	parser  parser.Parser
	engine  *promql.Engine
	other   *external // that is asked instead; nil for the samples kept here
	manager *rules.Manager
	loader  *loader
	keeper  *keeper
	scraper *scraper
	senders []*remote
	derived atomic.Pointer[derive.Set]
	host    host.Sampler
	places  chan struct{} // of queries
	stop    context.CancelFunc

	mu      sync.Mutex
	running bool

	queries, queryErrors, queriesRefused atomic.Int64
	pushed, pushErrors, pushTooOld       atomic.Int64
	ruleErrors, alertsDropped            atomic.Int64
}

// Open opens the samples in the folder. Nothing is asked before Run.
func Open(opts Options) (_ *Engine, err error) {
	c := opts.Config
	ctx, cancel := context.WithCancel(context.Background())
	e := &Engine{opts: opts, log: opts.Log, parser: parser.NewParser(parser.Options{}), places: make(chan struct{}, c.Queries), stop: cancel}
	e.host = host.Sampler{Proc: "/proc", Now: opts.Now}
	e.config.Store(c)
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of metrics: %w", err)
	}
	registry := prometheus.NewRegistry()
	if err := e.openStorage(c, registry); err != nil {
		return nil, err
	}
	e.engine = promql.NewEngine(promql.EngineOpts{
		Logger: e.log, Reg: registry, MaxSamples: c.MaxSamples, Timeout: c.QueryTimeout, EnableAtModifier: true, EnableNegativeOffset: true, Parser: e.parser,
		NoStepSubqueryIntervalFn: func(int64) int64 { return e.cfg().Evaluation.Milliseconds() },
	})
	if e.other, err = newExternal(c); err != nil {
		return nil, err
	}
	if e.keeper, err = openKeeper(filepath.Join(c.Dir, "alerts.json"), opts.Tell, opts.Now, e.log); err != nil {
		return nil, err
	}
	if err := e.count(c); err != nil {
		return nil, err
	}
	e.loader = &loader{builtin: opts.Rules, parser: e.parser, log: e.log}
	e.senders = newRemotes(c, opts.Now, e.log)
	external, err := url.Parse(opts.URL)
	if err != nil {
		return nil, fmt.Errorf("the address of this server: %w", err)
	}
	appendTo := e.appendable()
	e.manager = rules.NewManager(&rules.ManagerOptions{
		ExternalURL: external, QueryFunc: e.ask, NotifyFunc: e.notify, Context: ctx, Appendable: appendTo, Queryable: e.db,
		Logger: e.log, Registerer: registry, OutageTolerance: outage, ForGracePeriod: 0, ResendDelay: 0, GroupLoader: e.loader, Parser: e.parser,
		MaxConcurrentEvals: 1, DefaultRuleQueryOffset: func() time.Duration { return 0 },
	})
	if e.scraper, err = newScraper(e, appendTo, registry); err != nil {
		return nil, err
	}
	return e, nil
}

// outage is how long the program may have been away for the times of alerts to go on from
// where they were.
const outage = time.Hour

func (e *Engine) openStorage(c *Config, registry *prometheus.Registry) (err error) {
	o := tsdb.DefaultOptions()
	o.RetentionDuration, o.MaxBytes = c.Retention.Milliseconds(), c.MaxBytes
	// A block becomes as long as a tenth of what is kept at the most, as Prometheus does.
	o.MaxBlockDuration = min(max(c.Retention.Milliseconds()/10, o.MinBlockDuration), (31 * 24 * time.Hour).Milliseconds())
	o.OutOfOrderTimeWindow = outOfOrder.Milliseconds()
	o.MaxExemplars, o.WALSegmentSize = 0, walSegment
	dir := filepath.Join(c.Dir, "tsdb")
	if e.db, err = tsdb.Open(dir, e.log, registry, o, nil); err != nil {
		return fmt.Errorf("open the samples %s: %w", dir, err)
	}
	return nil
}

const (
	// outOfOrder is how late a sample may come that another program pushes.
	outOfOrder = 10 * time.Minute
	// walSegment is the size in bytes of a file of the log of samples: small machines keep
	// few series.
	walSegment = 32 << 20
)

// cfg returns the configuration that is at work.
func (e *Engine) cfg() *Config { return e.config.Load() }

// count makes what counts events.
func (e *Engine) count(c *Config) error {
	set, err := derive.New(c.Logs, c.NoDefaultLogs, e.derived.Load())
	if err == nil {
		e.derived.Store(set)
	}
	return err
}

// Observe counts an event in the metrics that are derived from logs. One goroutine may call
// it at a time; it allocates nothing unless a series is new.
func (e *Engine) Observe(one *event.Event) {
	if e != nil {
		e.derived.Load().Observe(one)
	}
}

// Run asks targets and rules until the context is done.
func (e *Engine) Run(ctx context.Context) error {
	e.mu.Lock()
	err := e.begin()
	e.running = err == nil
	e.mu.Unlock()
	if err != nil {
		return err
	}
	e.db.EnableCompactions()
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	all.Go(e.manager.Run)
	all.Go(func() { e.scraper.run(inner) })
	all.Go(func() { e.keeper.run(inner) })
	for _, r := range e.senders {
		all.Go(func() { r.run(inner) })
	}
	<-ctx.Done()
	e.scraper.stop()
	e.mu.Lock()
	e.running = false
	e.mu.Unlock()
	e.stop() // an evaluation under way
	e.manager.Stop()
	cancel()
	all.Wait()
	return e.keeper.save()
}

// begin loads rules and targets.
func (e *Engine) begin() error {
	c := e.cfg()
	files, err := c.ruleFiles(e.opts.Rules)
	if err != nil {
		return err
	}
	e.keeper.settle(e.opts.Now().Add(4 * c.Evaluation))
	if err := e.useRules(c, files); err != nil {
		return err
	}
	return e.scraper.use(c)
}

// Prepare looks whether a new configuration is right, and returns what puts it to work.
func (e *Engine) Prepare(c *Config) (use func(context.Context), err error) {
	files, err := c.ruleFiles(e.opts.Rules)
	if err != nil {
		return nil, err
	}
	if err := e.loader.check(files); err != nil {
		return nil, err
	}
	if _, err := e.targets(c); err != nil {
		return nil, err
	}
	return func(ctx context.Context) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.config.Store(c)
		err := e.count(c)
		if e.running {
			err = errors.Join(err, e.useRules(c, files), e.scraper.use(c))
		}
		if err != nil {
			e.log.ErrorContext(ctx, "metrics go on as before", "error", err)
		}
	}, nil
}

// Close closes what Open opened. Run must be over.
func (e *Engine) Close() error {
	e.stop()
	var errs []error
	if e.engine != nil {
		errs = append(errs, e.engine.Close())
	}
	if e.db != nil {
		errs = append(errs, e.db.Close())
	}
	return errors.Join(errs...)
}

// appendable is where samples go: the database, and who takes them besides.
func (e *Engine) appendable() storage.Appendable {
	if len(e.senders) == 0 {
		return e.db
	}
	return &tee{db: e.db, senders: e.senders}
}
