//go:build !race

package seclog_test

const raceEnabled = false
