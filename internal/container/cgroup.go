package container

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxKernelFile is how many bytes of a file of the kernel are read: memory.stat, the longest
// of them, has some 3,000, and net/dev 130 for each interface.
const maxKernelFile = 64 << 10

// unlimited is from where on a limit of memory is none: cgroup v1 writes a number near the
// largest one for it.
const unlimited = math.MaxInt64 / 2

// errNotIts says that a process is none of the container any more.
var errNotIts = errors.New("the process is none of this container")

// kernel reads the files of the kernel. It belongs to one goroutine.
type kernel struct {
	proc, cgroup string // where they are mounted
	buf          []byte
}

func newKernel(proc, cgroup string) *kernel {
	return &kernel{proc, cgroup, make([]byte, maxKernelFile)}
}

// read returns what is in a file, until the next call.
func (k *kernel) read(path string) ([]byte, error) {
	n, err := readFile(path, k.buf)
	if err != nil {
		return nil, err
	}
	return k.buf[:n], nil
}

// number reads a file with one number; "max" is none, as are those of cgroup v1 that mean it.
func (k *kernel) number(path string) (n int64, limited bool, err error) {
	text, err := k.read(path)
	if err != nil {
		return 0, false, err
	}
	if text = bytes.TrimSpace(text); string(text) == "max" || string(text) == "-1" {
		return 0, false, nil
	}
	n, err = strconv.ParseInt(string(text), 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, false, nil
	}
	if err != nil || n < 0 {
		return 0, false, fmt.Errorf("%s has no number", path)
	}
	return n, n < unlimited, nil
}

// key returns the number behind a word at the beginning of a line; 0 when there is none.
func key(text []byte, name string) (n int64) {
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok && len(rest) > 0 && rest[0] == ' ' {
			n, _ = strconv.ParseInt(string(bytes.TrimSpace(rest)), 10, 64) // of the kernel
			return max(n, 0)
		}
	}
	return 0
}

// group is where the kernel counts what a container uses: one folder of cgroup v2, or one of
// each controller of v1.
type group struct {
	v2                       bool
	cpu, quota, memory, pids string
}

// find looks for the group of a container, by its first process: the folder is never guessed.
func (k *kernel) find(pid int, id string) (group, error) {
	text, err := k.read(filepath.Join(k.proc, strconv.Itoa(pid), "cgroup"))
	if err != nil {
		return group{}, err
	}
	_, err = os.Stat(filepath.Join(k.cgroup, "cgroup.controllers"))
	g, whole := group{v2: err == nil}, false
	for line := range strings.Lines(string(text)) {
		number, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, ok := strings.Cut(rest, ":")
		if !ok || !strings.Contains(path, id) {
			continue // hybrid machines have the processes of all containers at the root of v2
		}
		whole = true
		if g.v2 {
			if number == "0" && controllers == "" {
				folder := filepath.Join(k.cgroup, path)
				g.cpu, g.quota, g.memory, g.pids = folder, folder, folder, folder
			}
			continue
		}
		for controller := range strings.SplitSeq(controllers, ",") {
			folder := filepath.Join(k.cgroup, controller, path)
			if _, err := os.Stat(folder); err != nil {
				folder = filepath.Join(k.cgroup, controllers, path) // those that share a mount
			}
			switch controller {
			case "cpu":
				g.quota = folder
			case "cpuacct":
				g.cpu = folder
			case "memory":
				g.memory = folder
			case "pids":
				g.pids = folder
			}
		}
	}
	switch {
	case !whole:
		return group{}, fmt.Errorf("%w: its cgroup is another one", errNotIts)
	case g.cpu == "":
		return group{}, errors.New("the kernel does not count the container's CPU time")
	}
	if _, err := os.Stat(g.cpu); err != nil {
		return group{}, fmt.Errorf("the container's cgroup is not visible here: %w", err)
	}
	return g, nil
}

// usage is what a group says. What cannot be read is 0, but for the time of the CPU: without
// that there is no usage.
type usage struct {
	cpu         int64 // nanoseconds
	cores       float64
	memory      int64 // the working set, in bytes
	memoryLimit int64
	pids        int64
	pidsLimit   int64
	oomKills    int64
}

// use reads what a group says now; its limits are read when there is no usage of before to
// take them from.
func (k *kernel) use(g *group, limits *usage) (u usage, err error) {
	if limits != nil {
		u.cores, u.memoryLimit, u.pidsLimit = limits.cores, limits.memoryLimit, limits.pidsLimit
	} else {
		k.limits(g, &u)
	}
	if g.v2 {
		err = k.useV2(g.cpu, &u)
	} else {
		err = k.useV1(g, &u)
	}
	if err != nil {
		return usage{}, err
	}
	if g.pids != "" {
		u.pids, _, _ = k.number(g.pids + "/pids.current") // a kernel without the controller
	}
	u.memory = max(u.memory, 0)
	return u, nil
}

// limits reads what a group may use.
func (k *kernel) limits(g *group, u *usage) {
	if g.v2 {
		if text, err := k.read(g.cpu + "/cpu.max"); err == nil {
			quota, period, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
			u.cores = quotient(quota, period)
		}
		u.memoryLimit = k.limit(g.memory + "/memory.max")
	} else {
		if text, err := k.read(g.quota + "/cpu.cfs_quota_us"); err == nil && g.quota != "" {
			quota := strings.TrimSpace(string(text))
			if text, err = k.read(g.quota + "/cpu.cfs_period_us"); err == nil {
				u.cores = quotient(quota, strings.TrimSpace(string(text)))
			}
		}
		if g.memory != "" {
			u.memoryLimit = k.limit(g.memory + "/memory.limit_in_bytes")
		}
	}
	if g.pids != "" {
		u.pidsLimit = k.limit(g.pids + "/pids.max")
	}
}

func (k *kernel) useV2(folder string, u *usage) error {
	text, err := k.read(folder + "/cpu.stat")
	if err != nil {
		return err
	}
	u.cpu = key(text, "usage_usec") * 1000
	if u.memory, _, err = k.number(folder + "/memory.current"); err == nil {
		if text, err = k.read(folder + "/memory.stat"); err == nil {
			u.memory -= key(text, "inactive_file")
		}
		if text, err = k.read(folder + "/memory.events"); err == nil {
			u.oomKills = key(text, "oom_kill")
		}
	}
	return nil
}

func (k *kernel) useV1(g *group, u *usage) (err error) {
	if u.cpu, _, err = k.number(g.cpu + "/cpuacct.usage"); err != nil {
		return err
	}
	if g.memory == "" {
		return nil
	}
	if u.memory, _, err = k.number(g.memory + "/memory.usage_in_bytes"); err == nil {
		if text, err := k.read(g.memory + "/memory.stat"); err == nil {
			u.memory -= key(text, "total_inactive_file")
		}
		if text, err := k.read(g.memory + "/memory.oom_control"); err == nil {
			u.oomKills = key(text, "oom_kill")
		}
	}
	return nil
}

// limit reads a limit; 0 is none.
func (k *kernel) limit(path string) int64 {
	n, limited, err := k.number(path)
	if err != nil || !limited {
		return 0
	}
	return n
}

// quotient returns how many cores a quota is; 0 is no limit.
func quotient(quota, period string) float64 {
	q, err := strconv.ParseFloat(quota, 64)
	p, perr := strconv.ParseFloat(period, 64)
	if err != nil || perr != nil || !(q > 0) || !(p > 0) || math.IsInf(q/p, 0) {
		return 0
	}
	return q / p
}
