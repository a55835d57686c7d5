package metrics

// Metric is a number about the engine itself.
type Metric struct {
	Name, Help string
	// Labels tell series of one metric apart; those of one metric come together.
	Labels  []Label
	Value   float64
	Counter bool
}

// Metrics returns how the engine does.
func (e *Engine) Metrics() []Metric {
	head := e.db.Head()
	const each = 5 // of each server that samples go to
	all := make([]Metric, 0, 16+each*len(e.senders))
	all = append(all, []Metric{
		{Name: "metrics_series", Help: "Series with samples of the last hours.", Value: float64(head.NumSeries())},
		{Name: "metrics_bytes", Help: "Bytes that samples take on the disk in blocks, without those of the last hours.", Value: float64(e.blockBytes())},
		{Name: "metrics_alerts_open", Help: "Alerts of PromQL rules that fire.", Value: float64(e.keeper.count())},
		{Name: "metrics_alerts_dropped_total", Help: "Alerts of PromQL rules that became no signal: too many are open.", Value: float64(e.alertsDropped.Load()), Counter: true},
		{Name: "metrics_rule_errors_total", Help: "Questions of rules that had no answer.", Value: float64(e.ruleErrors.Load()), Counter: true},
		{Name: "metrics_queries_total", Help: "Questions to the API of metrics.", Value: float64(e.queries.Load()), Counter: true},
		{Name: "metrics_query_errors_total", Help: "Questions to the API of metrics that had no answer.", Value: float64(e.queryErrors.Load()), Counter: true},
		{Name: "metrics_queries_refused_total", Help: "Questions to the API of metrics that were told to come again: too many ran.", Value: float64(e.queriesRefused.Load()), Counter: true},
		{Name: "metrics_pushed_samples_total", Help: "Samples that others pushed by remote write.", Value: float64(e.pushed.Load()), Counter: true},
		{Name: "metrics_pushed_too_old_total", Help: "Samples that others pushed too late, or twice with other values: they are left out.", Value: float64(e.pushTooOld.Load()), Counter: true},
		{Name: "metrics_push_errors_total", Help: "Requests of remote write that were refused or failed.", Value: float64(e.pushErrors.Load()), Counter: true},
	}...)
	for _, one := range []struct {
		name, help string
		counter    bool
		value      func(*remote) int64
	}{
		{"metrics_sent_samples_total", "Samples that were sent by remote write.", true, func(r *remote) int64 { return r.sent.Load() }},
		{"metrics_sent_dropped_total", "Samples that were not sent: too many waited, or the end came.", true, func(r *remote) int64 { return r.dropped.Load() }},
		{"metrics_sent_refused_total", "Samples that the other server refused.", true, func(r *remote) int64 { return r.refused.Load() }},
		{"metrics_send_failures_total", "Requests of remote write that failed.", true, func(r *remote) int64 { return r.failures.Load() }},
		{"metrics_send_waiting", "Samples that wait to be sent.", false, func(r *remote) int64 { return int64(r.waiting()) }},
	} {
		for _, r := range e.senders {
			all = append(all, Metric{Name: one.name, Help: one.help, Labels: []Label{{Name: "url", Value: r.url}}, Value: float64(one.value(r)), Counter: one.counter})
		}
	}
	return all
}

// blockBytes returns the size of all blocks.
func (e *Engine) blockBytes() (n int64) {
	for _, b := range e.db.Blocks() {
		n += b.Size()
	}
	return n
}
