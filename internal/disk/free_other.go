//go:build !linux && !darwin

package disk

import "math"

// Free does not know how much room the disk has.
func Free(string) (uint64, error) { return math.MaxUint64, nil }
