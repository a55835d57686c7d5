//go:build !linux

package threat_test

import "testing"

// cpuTime does nothing: this system is not asked what a benchmark took of the
// processor.
func cpuTime(*testing.B) func() { return func() {} }
