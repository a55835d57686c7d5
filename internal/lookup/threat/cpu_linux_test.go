package threat_test

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime adds what the benchmark took of the processor, without what others took
// on a busy machine.
func cpuTime(b *testing.B) func() {
	b.Helper()
	read := func() time.Duration {
		var u syscall.Rusage
		if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
			return 0
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	began := read()
	return func() { b.ReportMetric(float64(read()-began)/float64(b.N), "cpu-ns/op") }
}
