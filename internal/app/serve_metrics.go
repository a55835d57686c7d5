package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
)

// metrics counts what a server does. Any number of goroutines may use it.
type metrics struct {
	events, unparsed                        atomic.Int64
	signals                                 [signal.Severities]atomic.Int64
	signalErrors, dead                      atomic.Int64
	simulated                               atomic.Int64 // signals
	ruleChanges, rulePreviews               atomic.Int64
	deskErrors                              atomic.Int64 // batches of signals
	suppressions, suppressBroken            atomic.Int64 // at work, of people
	suppressErrors, countErrors             atomic.Int64 // of reading them, and of counting
	deadDropped, deadReplayed, tailFailures atomic.Int64
	logErrors                               atomic.Int64 // lines
	damaged                                 atomic.Int64 // batches
	checkpoints, stateErrors                atomic.Int64
	reloads, reloadErrors                   atomic.Int64
	configured                              atomic.Int64           // when the configuration at work was read
	reloadFailed                            atomic.Bool            // that of the disk is wrong
	detected                                atomic.Int64           // when the last record that was detected in had arrived
	full                                    atomic.Int64           // batches that had to wait for room
	disconnects, forgotten                  atomic.Int64           // of the queue; batches
	stored, joined                          atomic.Int64           // events, parts
	removed                                 [removals]atomic.Int64 // events
	storeErrors                             atomic.Int64
	backups, backupErrors, backedUp         atomic.Int64 // backedUp is when the last one began
	running, isFull                         atomic.Bool
}

// watched is a source as metrics and the operating log see it.
type watched struct {
	name     string // "file /var/log/auth.log"
	kind     string
	counters *source.Counters
	began    int64
	silent   atomic.Bool
	ended    atomic.Bool // nothing more can come
}

// exposition writes metrics in the text format of Prometheus.
type exposition struct{ out bytes.Buffer }

func (x *exposition) family(name, kind, help string) {
	fmt.Fprintf(&x.out, "# HELP sasumata_%s %s\n# TYPE sasumata_%s %s\n", name, help, name, kind)
}

func (x *exposition) value(name, labels string, v float64) {
	x.out.WriteString("sasumata_" + name + labels + " ")
	x.out.WriteString(strconv.FormatFloat(v, 'g', -1, 64) + "\n")
}

// truth is what a gauge says of what is so or not.
func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func (x *exposition) counter(name, help string, n int64) {
	x.family(name, "counter", help)
	x.value(name, "", float64(n))
}

func (x *exposition) gauge(name, help string, v float64) {
	x.family(name, "gauge", help)
	x.value(name, "", v)
}

// labels writes label names and values, which alternate. A path may hold anything.
func labels(pairs ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		b.WriteString(pairs[i] + `="` + escape.Replace(strings.ToValidUTF8(pairs[i+1], "\ufffd")) + `"`)
	}
	return b.String() + "}"
}

// writeMetrics writes all metrics of the server.
func (s *Server) writeMetrics(w io.Writer) error {
	m, x := &s.metrics, &exposition{}
	s.sensorMetrics(x)
	s.sourceMetrics(x)
	s.tlsMetrics(x)
	x.counter("events_total", "Events that detection has seen.", m.events.Load())
	x.counter("events_unparsed_total", "Events of which nothing was understood.", m.unparsed.Load())
	x.family("signals_total", "counter", "Signals that opened, by the severity that they opened with.")
	for i := range m.signals {
		x.value("signals_total", labels("severity", signal.Severity(i).String()), float64(m.signals[i].Load()))
	}
	x.counter("signals_simulated_total", "Signals of simulated rules that opened: nobody was told.", m.simulated.Load())
	x.counter("rule_changes_total", "Rules that people wrote, removed or switched.", m.ruleChanges.Load())
	x.counter("rule_previews_total", "Rules that were run over stored logs.", m.rulePreviews.Load())
	x.counter("signal_errors_total", "How often detection had to wait because a signal could not be written.", m.signalErrors.Load())
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s.queueMetrics(ctx, x)
	s.storeMetrics(x)
	x.gauge("signal_retention_seconds", "How long an archived signal is kept that does not change any more; 0 is for ever.", s.cfg().Signals.Retention.Seconds())
	s.alertMetrics(x)
	s.respondMetrics(ctx, x)
	s.seriesMetrics(x)
	s.containerMetrics(x)
	s.databaseMetrics(ctx, x)
	skewed, leftOut := s.clocks.counts()
	x.gauge("clock_skewed_senders", "Senders whose clocks are further from ours than troubles.clock_skew.", float64(skewed))
	x.counter("clock_unknown_events_total", "Events of which nobody looked whether the clock is right: there are too many senders.", leftOut)
	x.counter("log_errors_total", "Lines that could not be written to access.log, security.log, error.log or alert.log.", m.logErrors.Load())
	x.counter("dead_letters_total", "Records at which the program failed, and which were set aside.", m.dead.Load())
	x.counter("dead_letters_dropped_total", "Records that could not be set aside: there is no room for more, or the disk failed.", m.deadDropped.Load())
	x.counter("dead_letters_replayed_total", "Records of dead letters that were queued again.", m.deadReplayed.Load())
	letters, bytes := s.dead.Size()
	x.gauge("dead_letters", "Dead letters that wait to be replayed or dropped.", float64(letters))
	x.gauge("dead_letter_bytes", "Bytes that they take on the disk.", float64(bytes))
	x.counter("tail_failures_total", "How often the program failed at an event for somebody who watches, which ended the watching.", m.tailFailures.Load())
	x.counter("backups_total", "Backups that were made.", m.backups.Load())
	x.counter("backup_errors_total", "Backups that could not be made.", m.backupErrors.Load())
	x.gauge("backup_last_timestamp_seconds", "When the last backup since the start was begun; 0 for none.", float64(m.backedUp.Load())/1e9)
	x.counter("checkpoints_total", "How often the state was written.", m.checkpoints.Load())
	x.counter("checkpoint_errors_total", "How often the state could not be written.", m.stateErrors.Load())
	x.counter("intake_unauthorized_total", "HTTP requests without a valid token.", s.intake.Unauthorized.Load())
	x.counter("intake_refused_total", "HTTP requests that were told to come again later.", s.intake.Refused.Load())
	s.accessMetrics(x)
	x.counter("searches_total", "Searches that were answered.", s.search.Searches.Load())
	x.counter("search_errors_total", "Searches that could not be answered.", s.search.Failed.Load())
	s.connectionMetrics(x)
	x.gauge("config_last_reload_successful", "1 when the configuration on the disk, as it was read last, is at work.", truth(!m.reloadFailed.Load()))
	x.gauge("config_last_reload_success_timestamp_seconds", "When the configuration at work was read, in seconds since 1970.", float64(m.configured.Load())/1e9)
	x.gauge("sources_lacking", "Sources of the configuration that could not begin, as their place is taken; they are tried again.", float64(len(s.lackingInputs())))
	wanted := s.restart.Load()
	x.gauge("config_restart_wanted", "1 when the configuration changed what is at work after a restart only.", truth(wanted != nil && len(*wanted) > 0))
	x.family("reloads_total", "counter", "How often configuration and content were loaded anew, by the result.")
	x.value("reloads_total", labels("result", "ok"), float64(m.reloads.Load()))
	x.value("reloads_total", labels("result", "error"), float64(m.reloadErrors.Load()))
	_, err := w.Write(x.out.Bytes())
	return err
}

// queueMetrics writes what is in the queue.
func (s *Server) queueMetrics(ctx context.Context, x *exposition) {
	connected := s.opened.Load() && s.queue.Connected()
	x.gauge("queue_connected", "1 when the queue can be reached.", truth(connected))
	x.counter("queue_disconnects_total", "How often the servers of the queue were lost.", s.metrics.disconnects.Load())
	x.counter("queue_forgotten_batches_total", "Batches that the queue does not know any more, of those that readers had seen.", s.metrics.forgotten.Load())
	x.counter("queue_full_total", "How often a batch was refused because the queue or its disk was full.", s.metrics.full.Load())
	x.counter("queue_damaged_batches_total", "Batches that could not be read: their records are lost.", s.metrics.damaged.Load())
	if !connected {
		return // what is in it nobody knows
	}
	stats, err := s.queue.Stats(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "the queue does not answer", "error", err)
		return
	}
	x.gauge("queue_batches", "Batches in the queue.", float64(stats.Batches))
	x.gauge("queue_bytes", "Bytes that the queue takes on the disk.", float64(stats.Bytes))
	x.gauge("queue_max_bytes", "Bytes that the queue may take.", float64(s.maxBytes))
	x.gauge("detection_lag_seconds", "How long ago the last record arrived that was detected in, 0 when none waits.", s.lag(stats))
}

// storeMetrics writes what is in the log store.
func (s *Server) storeMetrics(x *exposition) {
	if s.keeper == nil {
		return
	}
	parts := s.keeper.store.Parts()
	var rows, bytes int64
	var oldest time.Time
	for i := range parts {
		rows, bytes = rows+parts[i].Rows, bytes+parts[i].Bytes
		if first, _, ok := parts[i].Times(); ok && (oldest.IsZero() || first.Before(oldest)) {
			oldest = first
		}
	}
	x.gauge("store_events", "Events in the log store.", float64(rows))
	x.gauge("store_bytes", "Bytes that the log store takes on the disk.", float64(bytes))
	x.gauge("store_parts", "Files of the log store.", float64(len(parts)))
	x.counter("store_added_events_total", "Events that were added to the log store.", s.metrics.stored.Load())
	x.family("store_removed_events_total", "counter", "Events that were removed: too old, too old by the limit of their service, too many, or no room on the disk.")
	for why, name := range removalNames() {
		x.value("store_removed_events_total", labels("reason", name), float64(s.metrics.removed[why].Load()))
	}
	s.retentionMetrics(x, oldest)
	x.counter("store_joined_parts_total", "Files of the log store that were joined into larger ones.", s.metrics.joined.Load())
	x.counter("store_errors_total", "How often the log store could not be written.", s.metrics.storeErrors.Load())
}

// retentionMetrics writes for how long logs are to be kept, and how old the oldest is.
func (s *Server) retentionMetrics(x *exposition, oldest time.Time) {
	keep := s.cfg().Store
	x.family("store_retention_seconds", "gauge", "How old events may become: all, those of a source, those of a service; 0 is no limit.")
	x.value("store_retention_seconds", labels("of", "all", "name", ""), keep.MaxAge.Seconds())
	for i := range keep.Sources {
		x.value("store_retention_seconds", labels("of", "source", "name", keep.Sources[i].Source), keep.Sources[i].MaxAge.Seconds())
	}
	for i := range keep.Services {
		x.value("store_retention_seconds", labels("of", "service", "name", keep.Services[i].Service), keep.Services[i].MaxAge.Seconds())
	}
	at := 0.0
	if !oldest.IsZero() {
		at = float64(oldest.UnixNano()) / 1e9
	}
	x.gauge("store_oldest_event_timestamp_seconds", "The time of the oldest event in the log store, by its own clock, in seconds since 1970; 0 for none.", at)
}

// sourceMetrics writes what each source received.
func (s *Server) sourceMetrics(x *exposition) {
	all := s.sources()
	each := func(name, kind, help string, value func(*watched) float64) {
		x.family(name, kind, help)
		for _, one := range all {
			x.value(name, labels("source", one.name, "kind", one.kind), value(one))
		}
	}
	each("source_records_total", "counter", "Records that were queued.", func(w *watched) float64 { return float64(w.counters.In.Load()) })
	each("source_errors_total", "counter", "Inputs that were refused or broke off.", func(w *watched) float64 { return float64(w.counters.Errors.Load()) })
	each("source_dropped_total", "counter", "Records that were lost because there was no room.", func(w *watched) float64 { return float64(w.counters.Dropped.Load()) })
	each("source_cut_total", "counter", "Records that were longer than they may be.", func(w *watched) float64 { return float64(w.counters.Cut.Load()) })
	each("source_last_record_seconds", "gauge", "When the last record came, in seconds since 1970; 0 is never.", func(w *watched) float64 { return float64(w.counters.Last.Load()) / 1e9 })
	each("source_silent", "gauge", "1 when nothing has come for longer than silent_after.", func(w *watched) float64 {
		return truth(w.silent.Load())
	})
}

// lag returns for how many seconds what is detected in now has waited.
func (s *Server) lag(stats queue.Stats) float64 {
	last := s.metrics.detected.Load()
	if stats.Batches == 0 || last == 0 {
		return 0
	}
	newest := int64(0)
	for _, one := range s.sources() {
		newest = max(newest, one.counters.Last.Load())
	}
	if newest <= last {
		return 0 // what is in the queue only waits for its checkpoint
	}
	return max(0, float64(s.opts.Now().UnixNano()-last)/1e9)
}

// watchSilence tells when a source says nothing any more, and when it does again.
func (s *Server) watchSilence(ctx context.Context) {
	const most = 10 * time.Second // until what is configured anew is heeded
	for {
		after := s.cfg().SilentAfter
		wait := min(max(after/10, 10*time.Millisecond), most)
		if after <= 0 {
			wait = most
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		s.lookForSilence(ctx, after)
	}
}

// lookForSilence looks at all sources; after 0, none is silent.
func (s *Server) lookForSilence(ctx context.Context, after time.Duration) {
	now := s.opts.Now()
	for _, one := range s.sources() {
		since := now.Sub(time.Unix(0, max(one.began, one.counters.Last.Load())))
		switch silent := after > 0 && since > after && !one.ended.Load(); {
		case silent && !one.silent.Swap(true):
			s.log.WarnContext(ctx, "a source is silent", "source", one.name, "for", since.Round(time.Second).String())
		case !silent && one.silent.Swap(false):
			s.log.InfoContext(ctx, "a source is heard again", "source", one.name)
		}
	}
}
