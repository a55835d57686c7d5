package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/sensor"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
)

// sensorAgain is how long it takes until a sensor that ended is started again.
const sensorAgain = 10 * time.Second

// sensing is the sensor, as metrics and troubles see it. The zero sensing is none.
type sensing struct {
	mu       sync.Mutex
	wanted   bool
	at       *sensor.Sensor // nil while none runs
	report   sensor.Report
	err      error // why none runs
	counters *source.Counters
	// Of the sensors that ended.
	lost, repeated map[sensor.Kind]int64
	evicted        int64
}

// began notes that a sensor runs, or why none does.
func (s *sensing) began(at *sensor.Sensor, report sensor.Report, counters *source.Counters, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted, s.at, s.report, s.err = true, at, report, err
	if counters != nil {
		s.counters = counters
	}
}

// ended notes that it does not run any more, and what it had lost.
func (s *sensing) ended(at *sensor.Sensor, wanted bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at != at {
		return // another one runs already
	}
	s.at, s.wanted, s.err = nil, wanted, err
	s.report.Active = ""
	s.lost, s.repeated = sums(s.lost, at.Losses()), sums(s.repeated, at.Repeats())
	s.evicted += at.Evicted.Load()
}

// gone notes that nobody wants a sensor any more, unless another one runs already.
func (s *sensing) gone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.wanted, s.err = false, nil
	}
}

func sums(a, b map[sensor.Kind]int64) map[sensor.Kind]int64 {
	all := map[sensor.Kind]int64{}
	for _, kind := range sensor.Kinds() {
		all[kind] = a[kind] + b[kind]
	}
	return all
}

// totals returns what was lost and left out since the start of the server.
func (s *sensing) totals() (lost, repeated map[sensor.Kind]int64) {
	lost, repeated = sums(s.lost, nil), sums(s.repeated, nil)
	if s.at != nil {
		lost, repeated = sums(lost, s.at.Losses()), sums(repeated, s.at.Repeats())
	}
	return lost, repeated
}

// sensorInput watches what processes do, if the configuration says so.
func (s *Server) sensorInput(c *config.Config) []input {
	if c.Sensor == nil || c.Sensor.Mode == string(sensor.Off) {
		return nil
	}
	return []input{{name: "sensor", config: c.Sensor, open: func(_ context.Context, r *running) (func(context.Context, func()) error, error) {
		return func(ctx context.Context, _ func()) error {
			counters := r.watch("sensor", "sensor")
			r.ends("sensor") // where nothing happens, nothing is wrong
			for ctx.Err() == nil {
				err := s.sense(ctx, c, counters)
				if err == nil {
					continue
				}
				counters.Errors.Add(1)
				s.log.ErrorContext(ctx, "nothing watches what processes do: it is tried again", "in", sensorAgain.String(), "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(sensorAgain):
				}
			}
			s.sensing.gone()
			return nil
		}, nil
	}}}
}

// sense runs a sensor until the context is done, or it ends by an error.
func (s *Server) sense(ctx context.Context, all *config.Config, counters *source.Counters) error {
	c := all.Sensor
	list, done := s.lister(ctx, all)
	defer done()
	one, err := sensor.New(ctx, sensor.Options{
		Config: *c, Hostname: s.opts.Hostname, Now: s.opts.Now, Log: s.log.With("source", "sensor"),
		Containers: &containerNames{watcher: &s.watcher, now: s.opts.Now}, Processes: list,
		Put: func(ctx context.Context, records []record.Record) error {
			if err := s.put(ctx, records); err != nil {
				return err
			}
			counters.In.Add(int64(len(records)))
			counters.Last.Store(s.opts.Now().UnixNano())
			return nil
		},
	})
	if err != nil {
		s.sensing.began(nil, sensor.Probe(ctx, c.Mode, list), counters, err)
		return err
	}
	report := one.Report()
	s.sensing.began(one, report, counters, nil)
	if better := report.Why(); better != "" {
		s.log.WarnContext(ctx, "watching what processes do, but not in the best way", "way", report.Active, "because", better)
	} else {
		s.log.InfoContext(ctx, "watching what processes do", "way", report.Active)
	}
	if missing := report.Misses(); len(missing) > 0 {
		s.log.InfoContext(ctx, "the sensor does not see everything", "misses", strings.Join(missing, "; "))
	}
	err = one.Run(ctx)
	s.sensing.ended(one, ctx.Err() == nil, err)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// sensorMetrics shows which way the sensor takes and what is lost.
func (s *Server) sensorMetrics(x *exposition) {
	n := &s.sensing
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.wanted {
		return
	}
	lost, repeated := n.totals()
	x.family("sensor_active", "gauge", "1 for the way that the sensor takes, 0 for the others; why says why not.")
	for _, way := range n.report.Ways {
		x.value("sensor_active", labels("way", string(way.Way), "why", way.Why, "fix", way.Fix), truth(way.Way == n.report.Active))
	}
	x.family("sensor_misses", "gauge", "1 for each thing that the sensor does not see.")
	for _, what := range n.report.Misses() {
		x.value("sensor_misses", labels("what", what), 1)
	}
	total := int64(0)
	x.family("sensor_lost_total", "counter", "Events that were lost because the buffer of the kernel had no room, by kind.")
	for _, kind := range sensor.Kinds() {
		x.value("sensor_lost_total", labels("event", kind.String()), float64(lost[kind]))
		total += lost[kind]
	}
	n.counters.Dropped.Store(total)
	x.family("sensor_repeated_total", "counter", "Events that were left out because the same process had done the same a moment before, by kind.")
	for _, kind := range sensor.Kinds() {
		x.value("sensor_repeated_total", labels("event", kind.String()), float64(repeated[kind]))
	}
	evicted, processes, broken := n.evicted, 0, int64(0)
	if n.at != nil {
		evicted, processes, broken = evicted+n.at.Evicted.Load(), n.at.Processes(), n.at.Errors.Load()
	}
	x.gauge("sensor_processes", "Processes that the sensor knows.", float64(processes))
	x.counter("sensor_processes_evicted_total", "Processes that were forgotten because there are too many.", evicted)
	x.counter("sensor_errors_total", "Events of the kernel that could not be read.", broken)
}

// sensing returns what is wrong with the sensor.
func (w *troubleWatch) sensing() (all []trouble) {
	n := &w.server.sensing
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.wanted {
		return nil
	}
	if n.err != nil {
		all = append(all, trouble{
			rule: "sasumata_sensor_failed", title: [2]string{"Nothing watches what processes do", "プロセスを監視できない"}, severity: signal.Medium,
			message: [2]string{
				fmt.Sprintf("The configuration has a sensor, and it cannot run: %s. `sasumata sensor status` says what each way needs.", n.err),
				fmt.Sprintf("設定されたセンサーを動かせません: %s。各方式に必要なものは `sasumata sensor status` で確認できます。", n.err),
			},
		})
	}
	lost, _ := n.totals()
	total := int64(0)
	for _, one := range lost {
		total += one
	}
	if grew := total - w.lost; grew > 0 {
		all = append(all, trouble{
			rule: "sasumata_sensor_lost", title: [2]string{"The sensor loses events", "センサーのイベントが失われている"}, severity: signal.Medium,
			message: [2]string{
				fmt.Sprintf("%d events of processes were lost since the last check: more happens than can be taken. sensor.buffer_bytes, sensor.events and sensor.containers_only make room.", grew),
				fmt.Sprintf("前回の確認以降、プロセスのイベント %d 件が失われました。処理能力を超えています。sensor.buffer_bytes・sensor.events・sensor.containers_only で調整できます。", grew),
			},
		})
	}
	w.lost = total
	return all
}
