//go:build !unix

package runner

import "os/exec"

// together does nothing where there are no groups of processes: only the program
// itself is ended.
func together(*exec.Cmd) {}
