//go:build unix

package runner

import (
	"os/exec"
	"syscall"
)

// together makes what the program starts end with it: npm and semgrep start others.
func together(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
