//go:build unix

package crs_test

import (
	"syscall"
	"time"
)

// cpuTime is the processor time of this program, all threads; 0 is unknown.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
