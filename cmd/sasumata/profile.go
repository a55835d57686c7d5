package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// profiled runs f and writes to the file where its processor time went, as go tool pprof
// reads it; no name is no profile. The compiler reads it, too (-pgo), but that made a server
// faster by a hundredth only.
func profiled(file string, f func() error) (err error) {
	if file == "" {
		return f()
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // it names functions only, but nobody else needs it
	if err != nil {
		return usageError(fmt.Errorf("--cpu-profile: %w", err))
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := pprof.StartCPUProfile(out); err != nil {
		return fmt.Errorf("--cpu-profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return f()
}
