//go:build !unix

package crs_test

import "time"

// cpuTime is the processor time of this program; 0 is unknown.
func cpuTime() time.Duration { return 0 }
