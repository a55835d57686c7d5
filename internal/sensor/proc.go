package sensor

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// maxProcFile is how many bytes are read of a file of /proc.
const maxProcFile = 4096

// hostProcesses reports whether /proc shows the processes of the whole machine, by the
// numbers that the kernel gives them: the first namespace of processes has a fixed number.
func hostProcesses() bool {
	const initial = "pid:[4026531836]"
	link, err := os.Readlink("/proc/self/ns/pid")
	return err == nil && link == initial
}

// processes returns the numbers of those that run.
func processes() []uint32 {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return nil
	}
	var all []uint32
	for _, name := range names {
		if n, err := strconv.ParseUint(name, 10, 32); err == nil && len(all) < maxProcesses {
			all = append(all, uint32(n))
		}
	}
	return all
}

func procPath(pid uint32, name string) string {
	return "/proc/" + strconv.FormatUint(uint64(pid), 10) + "/" + name
}

// readProc returns the beginning of a file of /proc, nil when there is none.
func readProc(pid uint32, name string) []byte {
	f, err := os.Open(procPath(pid, name))
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(f, maxProcFile))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil
	}
	return text
}

// procLink returns where a link of /proc leads, without what the kernel says of deleted files.
func procLink(pid uint32, name string) (to string, deleted bool) {
	to, err := os.Readlink(procPath(pid, name))
	if err != nil {
		return "", false
	}
	return strings.CutSuffix(to, " (deleted)")
}

// readProcess returns what /proc knows of a process, nil when it is gone.
func readProcess(pid uint32) *process {
	name, parent, ok := stat(readProc(pid, "stat"))
	if !ok {
		return nil
	}
	p := &process{parent: parent, name: name, container: containerOf(readProc(pid, "cgroup"))}
	p.exe, _ = procLink(pid, "exe")
	args := readProc(pid, "cmdline")
	p.args = string(args[:min(len(args), keptArgs)])
	return p
}

// stat returns the name and the parent in a line of /proc/PID/stat. A name may hold anything.
func stat(line []byte) (name string, parent uint32, ok bool) {
	from, to := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if from < 0 || to < from {
		return "", 0, false
	}
	fields := bytes.Fields(line[to+1:])
	if len(fields) < 2 {
		return "", 0, false
	}
	n, err := strconv.ParseUint(string(fields[1]), 10, 32)
	return string(line[from+1 : to]), uint32(n), err == nil
}

// containerOf returns the id in a text of /proc/PID/cgroup.
func containerOf(text []byte) string {
	for line := range bytes.Lines(text) {
		_, group, ok := bytes.Cut(bytes.TrimSpace(line), []byte(":/"))
		if !ok {
			continue
		}
		for part := range bytes.SplitSeq(group, []byte("/")) {
			if id := containerID(string(part)); id != "" {
				return id
			}
		}
	}
	return ""
}

// complete reads from /proc what a way does not tell of a process that starts. It reports
// false when the process is gone.
func complete(e *Event) bool {
	p := readProcess(e.PID)
	if p == nil {
		return false
	}
	e.Name, e.Parent, e.Container = p.name, p.parent, p.container
	var deleted bool
	if e.Exe, deleted = procLink(e.PID, "exe"); deleted {
		e.Flags |= Deleted
		if strings.HasPrefix(e.Exe, "/memfd:") {
			e.Flags |= Memfd
		}
	}
	e.CWD, _ = procLink(e.PID, "cwd")
	e.Args = string(readProc(e.PID, "cmdline"))
	if len(e.Args) == maxProcFile {
		e.Flags |= CutArgs
	}
	e.LoginUID = NoLogin
	for line := range strings.Lines(string(readProc(e.PID, "status"))) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		number := func(i, base, bits int) uint64 {
			n, err := strconv.ParseUint(fields[min(i, len(fields)-1)], base, bits)
			if err != nil {
				return 0
			}
			return n
		}
		switch fields[0] {
		case "Uid:":
			e.UID, e.EUID = uint32(number(1, 10, 32)), uint32(number(2, 10, 32))
		case "NSpid:":
			e.VPID = uint32(number(len(fields)-1, 10, 32))
		case "CapEff:":
			e.Caps = number(1, 16, 64)
		}
	}
	if n, err := strconv.ParseUint(string(readProc(e.PID, "loginuid")), 10, 32); err == nil {
		e.LoginUID = uint32(n)
	}
	if up := readProcess(e.Parent); up != nil {
		e.ParentName, e.ParentExe, e.Grandparent = up.name, up.exe, up.parent
	}
	return true
}

// usersEvery is how often the names of users are read again.
const usersEvery = time.Minute

// users knows the names of this machine's users. It belongs to one goroutine.
type users struct {
	now   func() time.Time
	read  time.Time
	names map[uint32]string
}

func newUsers(now func() time.Time) *users { return &users{now: now} }

// name returns the name of a user of the machine, or of root of a container; "" is unknown.
func (u *users) name(uid uint32, container bool) string {
	if container {
		if uid == 0 {
			return "root"
		}
		return ""
	}
	if now := u.now(); u.names == nil || now.Sub(u.read) > usersEvery {
		u.names, u.read = passwd(), now
	}
	return u.names[uid]
}

// passwd reads the names of users; only the first 1 MiB.
func passwd() map[uint32]string {
	names := map[uint32]string{0: "root"}
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return names
	}
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err = errors.Join(err, f.Close()); err != nil {
		return names
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(line, ":", 4)
		if len(fields) < 4 {
			continue
		}
		n, err := strconv.ParseUint(fields[2], 10, 32)
		if _, ok := names[uint32(n)]; err == nil && !ok {
			names[uint32(n)] = fields[0]
		}
	}
	return names
}
