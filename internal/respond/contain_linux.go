package respond

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond/firewall"
)

// netAdmin is the number of CAP_NET_ADMIN.
const netAdmin = 12

// openCell opens the network namespace of a process of a container. It is
// firewall.ErrOwnNamespace when it is the machine's.
func openCell(proc string, pid int, id string) (*firewall.Cell, error) {
	// The folder is that of this very process: should its number be used again meanwhile,
	// nothing is found in it.
	folder, err := unix.Open(filepath.Join(proc, strconv.Itoa(pid)), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the process %d of the container: %w", pid, err)
	}
	defer unix.Close(folder)
	if !evidence.InContainer(proc, pid, id) {
		return nil, fmt.Errorf("the process %d is none of the container: its engine may be another machine's", pid)
	}
	fd, err := unix.Openat(folder, "ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the network namespace of the container: %w", err)
	}
	return firewall.OpenCell(os.NewFile(uintptr(fd), fmt.Sprintf("/proc/%d/ns/net", pid)))
}

// alone returns errShared when processes use the namespace that are not the container's.
func alone(proc, id string, namespace uint64) error {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return err
	}
	want := "net:[" + strconv.FormatUint(namespace, 10) + "]"
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		is, err := os.Readlink(filepath.Join(proc, e.Name(), "ns", "net"))
		if err == nil && is == want && !evidence.InContainer(proc, pid, id) {
			if _, err := os.Stat(filepath.Join(proc, e.Name(), "ns", "net")); err != nil {
				continue // it ended meanwhile
			}
			return fmt.Errorf("%w: the process %d", errShared, pid)
		}
	}
	return nil
}

// mayAdminNetwork reports whether a process may get the capability to administer its network.
// One of which nothing is known may.
func mayAdminNetwork(proc string, pid int) bool {
	data, err := os.ReadFile(filepath.Join(proc, strconv.Itoa(pid), "status"))
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(data)) {
		if text, found := strings.CutPrefix(line, "CapBnd:"); found {
			set, err := strconv.ParseUint(strings.TrimSpace(text), 16, 64)
			return err != nil || set&(1<<netAdmin) != 0
		}
	}
	return true
}

// kill kills a process of the container, and no other that has its number by now.
func (p process) kill(proc string) error {
	fd, err := unix.PidfdOpen(p.pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil // it is gone
	}
	if err != nil {
		return fmt.Errorf("kill the process %d: %w", p.pid, err)
	}
	defer unix.Close(fd)
	start, err := evidence.StartOf(proc, p.pid)
	if err != nil || start != p.start {
		return nil // it is gone, and another one has its number
	}
	if !evidence.InContainer(proc, p.pid, p.container) {
		return fmt.Errorf("the process %d is none of the container", p.pid)
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("kill the process %d: %w", p.pid, err)
	}
	return nil
}
