//go:build race

package seclog_test

// raceEnabled says that the race detector is on, which allocates.
const raceEnabled = true
