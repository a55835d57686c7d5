package main

import "golang.org/x/sys/unix"

// threadTime returns the CPU time in nanoseconds that this thread has taken.
func threadTime() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return t.Nano()
}
