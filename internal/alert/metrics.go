package alert

// Metric is a number that a Manager shows.
type Metric struct {
	// Name is without the prefix of the program; Counter says that it only grows.
	Name, Help string
	Counter    bool
	Value      float64
}

// Metrics returns the numbers that the manager shows.
func (m *Manager) Metrics() []Metric {
	c := &m.counters
	m.outbox.mu.Lock()
	open, refused := len(m.outbox.open), m.outbox.refused
	m.outbox.mu.Unlock()
	m.mu.Lock()
	failing := len(m.troubles)
	m.mu.Unlock()
	counter := func(name, help string, n int64) Metric { return Metric{name, help, true, float64(n)} }
	return []Metric{
		counter("notices_total", "Notices that were to be told.", c.put.Load()),
		counter("notices_quiet_total", "Signals of low severity that are told only when they are unusual, or within the daily digest.", c.quiet.Load()),
		counter("notices_refused_total", "Notices that were left out because too many are open.", refused),
		{"notices_open", "Notices that somebody has still to be told, or may be told again.", false, float64(open)},
		{"notices_undelivered", "Pairs of a notice and a receiver that has not been told of it.", false, float64(len(m.Undelivered()))},
		counter("notifications_total", "Notifications that a receiver took.", c.sent.Load()),
		counter("notifications_failed_total", "Attempts at a notification that failed.", c.failed.Load()),
		counter("notifications_held_total", "Attempts that a receiver's limit held back.", c.held.Load()),
		counter("notices_muted_total", "Notices that a receiver was not told because of a silence or a worse notice.", c.muted.Load()),
		{"receivers_failing", "Receivers whose last attempt failed.", false, float64(failing)},
		counter("notice_errors_total", "Errors in keeping and handing on notices.", c.errors.Load()),
		counter("notice_tests_total", "Tests of receivers, and drills.", c.tests.Load()),
		counter("notice_tests_refused_total", "Tests and drills that there were too many of.", c.testsRefused.Load()),
		counter("heartbeats_total", "Heartbeats that were sent.", c.heartbeats.Load()),
		counter("heartbeat_errors_total", "Heartbeats that could not be sent.", c.heartbeatErrors.Load()),
	}
}
