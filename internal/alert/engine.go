package alert

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/api"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/route"

	"github.com/sasumata/sasumata/internal/alert/journal"
)

const (
	// retention is for how long it is known what was told, and what was silenced.
	retention = 5 * 24 * time.Hour
	// collectEvery is how often alerts that are over are forgotten.
	collectEvery = time.Minute
	// maintainEvery is how often groups that are empty are given up.
	maintainEvery = 30 * time.Second
	// apiTimeout is how long a request to the API may take.
	apiTimeout = 30 * time.Second
)

// engine is Alertmanager, put together. What lives as long as the process is made once;
// apply replaces the rest.
type engine struct {
	log      *slog.Logger
	registry *prometheus.Registry
	marker   marker.GroupMarker
	told     *nflog.Log
	silences *silence.Silences
	silencer *silence.Silencer
	alerts   *mem.Alerts
	api      *api.API
	builder  *notify.PipelineBuilder
	metrics  *dispatch.DispatcherMetrics
	recorder eventrecorder.Recorder // records nothing
	journals []*journal.Journal
	wrong    func(error) // takes what a callback cannot return
	passing  func(string)

	mu         sync.Mutex // of apply and stop
	dispatcher atomic.Pointer[dispatch.Dispatcher]
	inhibitor  atomic.Pointer[inhibit.Inhibitor]
}

// newEngine opens the engine; what it knows is in the folder.
func newEngine(dir string, log *slog.Logger, wrong func(error), passing func(string)) (e *engine, err error) {
	log = slog.New(quieter{log.Handler()})
	e = &engine{log: log, registry: prometheus.NewRegistry(), marker: marker.NewGroupMarker(), wrong: wrong, passing: passing}
	defer func() {
		if err != nil {
			e.stop()
		}
	}()
	if e.told, err = nflog.New(nflog.Options{Retention: retention, Logger: log, Metrics: e.registry}); err != nil {
		return e, fmt.Errorf("open the log of notifications: %w", err)
	}
	unlimited := func() int { return maxSilences }
	e.silences, err = silence.New(silence.Options{
		Retention: retention, Logger: log, Metrics: e.registry,
		Limits: silence.Limits{MaxSilences: unlimited, MaxSilenceSizeBytes: func() int { return maxSilenceBytes }},
	})
	if err != nil {
		return e, fmt.Errorf("open the silences: %w", err)
	}
	if err = e.durable(dir, "told", e.told.Merge, e.told.SetBroadcast); err != nil {
		return e, err
	}
	if err = e.durable(dir, "silences", e.silences.Merge, e.silences.SetBroadcast); err != nil {
		return e, err
	}
	flags := featurecontrol.NoopFlags{}
	e.silencer = silence.NewSilencer(e.silences, log, e.recorder)
	e.alerts, err = mem.NewAlerts(context.Background(), collectEvery, 0, e.silencer, log, e.recorder, e.registry, flags)
	if err != nil {
		return e, fmt.Errorf("open the alerts: %w", err)
	}
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "alertmanager_http_request_duration_seconds", Help: "Duration of requests.", Buckets: prometheus.DefBuckets,
	}, []string{"handler", "method", "code"})
	e.registry.MustRegister(duration)
	e.api, err = api.New(api.Options{
		Alerts: e.alerts, Silences: e.silences, GroupMutedFunc: e.marker.Muted, Timeout: apiTimeout, Logger: log,
		Registry: e.registry, RequestDuration: duration, GroupFunc: e.groups,
	})
	if err != nil {
		return e, fmt.Errorf("open the API: %w", err)
	}
	e.metrics = dispatch.NewDispatcherMetrics(false, e.registry, flags)
	e.builder = notify.NewPipelineBuilder(e.registry, flags, e.recorder)
	return e, nil
}

// quieter leaves out what the engine says of each notification that failed: the outbox
// knows, and what a receiver's limit holds back is no failure.
type quieter struct{ slog.Handler }

// Handle implements slog.Handler.
func (q quieter) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "Notify") {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (q quieter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quieter{q.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (q quieter) WithGroup(name string) slog.Handler { return quieter{q.Handler.WithGroup(name)} }

// groups answers the API from the dispatcher of the moment.
func (e *engine) groups(ctx context.Context, routes func(*dispatch.Route) bool, alerts func(*alert.Alert, time.Time) bool) (dispatch.AlertGroups, map[model.Fingerprint][]string, error) {
	return e.dispatcher.Load().Groups(ctx, routes, alerts)
}

// durable replays a journal into a part of the engine, and writes there what changes. The
// callback runs under the lock of the part, so it does not wait for the disk.
func (e *engine) durable(dir, name string, merge func([]byte) error, broadcast func(func([]byte))) error {
	j, err := journal.Open(dir, name, func(frame []byte) error {
		if err := merge(frame); err != nil {
			e.wrong(fmt.Errorf("read the journal of %s: %w", name, err))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, note := range j.Notes {
		e.log.Warn("a journal was cut", "note", note)
	}
	e.journals = append(e.journals, j)
	j.Passing = e.passing
	broadcast(func(change []byte) {
		if err := j.Append(change); err != nil {
			e.wrong(err)
		}
	})
	return nil
}

// compactAt is the size in bytes of a log that a snapshot replaces.
const compactAt = 4 << 20

// maintain puts the journals on the disk, and replaces the long ones.
func (e *engine) maintain() error {
	for i, j := range e.journals {
		if err := j.Sync(); err != nil {
			return err
		}
		if j.Length() < compactAt {
			continue
		}
		collect, snapshot := e.told.GC, e.told.MarshalBinary
		if i > 0 {
			collect, snapshot = e.silences.GC, e.silences.MarshalBinary
		}
		err := j.Compact(func() ([][]byte, error) {
			if _, err := collect(); err != nil {
				return nil, err
			}
			all, err := snapshot()
			return [][]byte{all}, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// apply puts the plan to work. Wrap makes of an integration and of a receiver's stage what
// stands in their places.
func (e *engine) apply(p *plan, integration func(string, notify.Integration) notify.Integration, stages func(notify.RoutingStage)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.halt()
	inhibitor := inhibit.NewInhibitor(e.alerts, p.conf.InhibitRules, e.log, e.recorder)
	receivers := map[string][]notify.Integration{}
	for name, list := range p.receivers {
		for i := range list {
			receivers[name] = append(receivers[name], integration(name, list[i]))
		}
	}
	pipeline := e.builder.New(receivers, func() time.Duration { return 0 }, inhibitor, e.silencer,
		timeinterval.NewIntervener(p.intervals), e.marker, e.told, nil)
	stages(pipeline)
	e.api.Update(p.conf, func(ctx context.Context, labels model.LabelSet) {
		e.inhibitor.Load().Mutes(ctx, labels)
		e.silencer.Mutes(ctx, labels)
	})
	timeout := func(d time.Duration) time.Duration { return max(d, notify.MinTimeout) }
	dispatcher := dispatch.NewDispatcher(e.alerts, p.routes, pipeline, e.marker, timeout, maintainEvery, nil, e.log, e.recorder, e.metrics, p.tmpl)
	go inhibitor.Run()
	inhibitor.WaitForLoading()
	e.inhibitor.Store(inhibitor)
	go dispatcher.Run(time.Now()) //nolint:forbidigo // the engine's own clock
	dispatcher.WaitForLoading()
	e.dispatcher.Store(dispatcher)
}

// halt stops what apply began.
func (e *engine) halt() {
	if d := e.dispatcher.Load(); d != nil {
		d.Stop()
	}
	if i := e.inhibitor.Load(); i != nil {
		i.Stop()
	}
}

// stop ends the engine. What it knows is on the disk.
func (e *engine) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.halt()
	if e.alerts != nil {
		e.alerts.Close()
	}
	for _, j := range e.journals {
		if err := j.Close(); err != nil {
			e.wrong(err)
		}
	}
	e.journals = nil
}

// handler serves /api/v2.
func (e *engine) handler() http.Handler {
	return http.StripPrefix("", e.api.Register(route.New(), "/"))
}

// muted reports whether a silence or a worse alert holds the labels back, and which.
func (e *engine) muted(ctx context.Context, labels model.LabelSet) string {
	switch {
	case e.silencer.Mutes(ctx, labels):
		return "silenced"
	case e.inhibitor.Load() != nil && e.inhibitor.Load().Mutes(ctx, labels):
		return "inhibited by a worse one"
	default:
		return ""
	}
}
