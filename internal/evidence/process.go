package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/seclog/redact"
)

// Process is a process of a container, as the host sees it.
type Process struct {
	// PID is the host's number, Inside those within its namespaces, PPID the parent's.
	PID    int    `json:"pid"`
	PPID   int    `json:"ppid"`
	Inside string `json:"pid_inside,omitempty"`
	// Start is when it began, in ticks since the machine did: with PID it is the process.
	Start uint64 `json:"start_ticks"`
	Name  string `json:"name"`
	State string `json:"state"`
	UIDs  string `json:"uids"`
	Caps  string `json:"cap_effective"`
	// Executable is where it lies in the container; Deleted says that it has no name any more,
	// as it is with one of memory (memfd). SHA256 is of what really runs.
	Executable string `json:"executable"`
	Deleted    bool   `json:"deleted,omitempty"`
	SHA256     string `json:"sha256,omitempty"`
	Size       int64  `json:"size,omitempty"`
	Folder     string `json:"folder"`
	// Arguments and Environment are without secrets.
	Arguments   []string   `json:"arguments"`
	Environment []string   `json:"environment"`
	Files       []OpenFile `json:"files"`
	// Cut names what was longer than its limit.
	Cut []string `json:"cut,omitempty"`
	// Gone says that the process ended meanwhile.
	Gone bool `json:"gone,omitempty"`
}

// OpenFile is a file that a process has open.
type OpenFile struct {
	FD   int    `json:"fd"`
	Path string `json:"path"`
}

// PIDs returns the processes of a container, in order: those whose control group has its id.
// Proc is the folder with processes.
func PIDs(proc, id string) ([]int, error) {
	folder, err := os.Open(proc)
	if err != nil {
		return nil, fmt.Errorf("look for processes: %w", err)
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("look for processes: %w", err)
	}
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && InContainer(proc, pid, id) {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, nil
}

// InContainer reports whether the process is one of the container, by its control group.
func InContainer(proc string, pid int, id string) bool {
	data, _, err := readUpTo(filepath.Join(proc, strconv.Itoa(pid), "cgroup"), maxText)
	return err == nil && len(id) == 64 && strings.Contains(string(data), id)
}

// StartOf returns when a process began, in ticks since the machine did: numbers of processes
// are used again, these are not.
func StartOf(proc string, pid int) (uint64, error) {
	data, _, err := readUpTo(filepath.Join(proc, strconv.Itoa(pid), "stat"), maxText)
	if err != nil {
		return 0, err
	}
	start, ok := startOf(string(data))
	if !ok {
		return 0, fmt.Errorf("the process %d has no start", pid)
	}
	return start, nil
}

// startOf reads the start of a process. Its name may hold anything, also parentheses.
func startOf(stat string) (uint64, bool) {
	f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(f) < 20 {
		return 0, false
	}
	n, err := strconv.ParseUint(f[19], 10, 64)
	return n, err == nil
}

// readUpTo reads a file of the kernel's up to a size, and reports whether there was more.
func readUpTo(path string, most int64) (data []byte, more bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, most+1))
	if more = int64(len(data)) > most; more {
		data = data[:most]
	}
	return data, more, err
}

// processes captures the processes and their network.
func (k *capture) processes() error {
	if !k.of.Local {
		k.problem("the processes are not those of this machine: their engine is another one's")
		return nil
	}
	pids, err := PIDs(k.proc, k.of.ID)
	if err != nil {
		k.problem("%v", err)
		return nil
	}
	if len(pids) > maxProcesses {
		k.limit("%d of %d processes were looked at", maxProcesses, len(pids))
		pids = pids[:maxProcesses]
	}
	list := make([]Process, 0, len(pids))
	hashed := map[string]string{}
	for _, pid := range pids {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		p, err := k.process(pid, hashed)
		if err != nil {
			return err
		}
		list = append(list, p)
	}
	k.m.Processes = len(list)
	if err := k.addJSON("processes.json", list); err != nil {
		return err
	}
	return k.network(list)
}

// process looks at one. An error is one of the disk.
func (k *capture) process(pid int, hashed map[string]string) (Process, error) {
	p := Process{PID: pid, Arguments: []string{}, Environment: []string{}, Files: []OpenFile{}}
	at := filepath.Join(k.proc, strconv.Itoa(pid))
	read := func(name string) string {
		data, more, err := readUpTo(filepath.Join(at, name), maxText)
		if more {
			p.Cut = append(p.Cut, name)
		}
		if err != nil && name == "stat" {
			p.Gone = true
		}
		return string(data)
	}
	stat := read("stat")
	p.Start, _ = startOf(stat)
	for line := range strings.Lines(read("status")) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Name":
			p.Name = clean(value)
		case "State":
			p.State = value
		case "PPid":
			p.PPID, _ = strconv.Atoi(value)
		case "NSpid":
			p.Inside = value
		case "Uid":
			p.UIDs = value
		case "CapEff":
			p.Caps = value
		}
	}
	p.Arguments, p.Environment = safeArguments(read("cmdline")), safeEnvironment(read("environ"))
	p.Folder = link(at, "cwd")
	p.Executable = link(at, "exe")
	p.Deleted = strings.HasSuffix(p.Executable, " (deleted)")
	k.files(&p, at)
	if err := k.executable(&p, at, hashed); err != nil {
		return p, err
	}
	if maps, more, err := readUpTo(filepath.Join(at, "maps"), maxText); err == nil && len(maps) > 0 {
		if more {
			p.Cut = append(p.Cut, "maps")
		}
		if err := k.add(fmt.Sprintf("maps/%d.txt", pid), func(w io.Writer) error { _, err := w.Write(maps); return err }); err != nil {
			return p, err
		}
	}
	if _, err := os.Stat(at); err != nil {
		p.Gone = true
	}
	return p, nil
}

// link returns where a link of the kernel's leads, as a text.
func link(folder, name string) string {
	text, err := os.Readlink(filepath.Join(folder, name))
	if err != nil {
		return ""
	}
	return clean(text)
}

// clean makes a text such that JSON takes it as it is.
func clean(text string) string { return strings.ToValidUTF8(text, "\ufffd") }

// files looks at what a process has open.
func (k *capture) files(p *Process, at string) {
	folder, err := os.Open(filepath.Join(at, "fd"))
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			k.problem("open files of the process %d: %v", p.PID, err)
		}
		return
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(maxFiles + 1) // what there is of them
	if len(names) > maxFiles {
		p.Cut, names = append(p.Cut, "fd"), names[:maxFiles]
	}
	for _, name := range names {
		if fd, err := strconv.Atoi(name); err == nil {
			p.Files = append(p.Files, OpenFile{fd, link(filepath.Join(at, "fd"), name)})
		}
	}
	slices.SortFunc(p.Files, func(a, b OpenFile) int { return a.FD - b.FD })
}

// executable hashes what runs, through the kernel: the file that has the name may be another
// one by now. What has no name any more is kept, since it goes with the process. An error is
// one of the disk, or of the context.
func (k *capture) executable(p *Process, at string, hashed map[string]string) error {
	f, err := os.Open(filepath.Join(at, "exe"))
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) { // it ended, or is of the kernel
			k.problem("the executable of the process %d: %v", p.PID, err)
		}
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		k.problem("the executable of the process %d is no file", p.PID)
		return nil
	}
	p.Size = info.Size()
	if p.Size > maxExecutable {
		k.limit("the executable of the process %d has %d bytes: it was not hashed", p.PID, p.Size)
		return nil
	}
	key := identity(info)
	if p.SHA256 = hashed[key]; p.SHA256 == "" {
		sum := sha256.New()
		if _, err := io.Copy(sum, io.LimitReader(&reader{k.ctx, f}, maxExecutable)); err != nil {
			if k.ctx.Err() != nil {
				return k.ctx.Err()
			}
			k.problem("hash the executable of the process %d: %v", p.PID, err)
			return nil
		}
		p.SHA256 = hex.EncodeToString(sum.Sum(nil))
		if hashed[key] = p.SHA256; p.Deleted {
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				k.problem("read the executable of the process %d again: %v", p.PID, err)
				return nil
			}
			return k.add("executables/"+p.SHA256, func(w io.Writer) error {
				_, err := io.Copy(w, io.LimitReader(f, maxExecutable))
				return err
			})
		}
	}
	return nil
}

// reader reads until the context is done.
type reader struct {
	ctx context.Context
	r   io.Reader
}

// Read reads.
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// safeArguments returns the arguments without secrets. The value of an option may stand in
// the argument behind it.
func safeArguments(raw string) []string {
	list := []string{}
	if raw == "" {
		return list
	}
	before := ""
	for arg := range strings.SplitSeq(strings.TrimSuffix(raw, "\x00"), "\x00") {
		arg = clean(arg)
		safe, _ := redact.Text(arg)
		if strings.HasPrefix(before, "-") && !strings.HasPrefix(arg, "-") && !strings.Contains(before, "=") {
			if s, changed := redact.Value(strings.TrimLeft(before, "-"), arg); changed {
				safe = s
			}
		}
		list, before = append(list, safe), arg
	}
	return list
}

// safeEnvironment returns the variables without secrets.
func safeEnvironment(raw string) []string {
	list := []string{}
	for one := range strings.SplitSeq(raw, "\x00") {
		if one != "" {
			list = append(list, safeVariable(clean(one)))
		}
	}
	return list
}

// safeVariable returns NAME=value without a secret.
func safeVariable(text string) string {
	name, value, found := strings.Cut(text, "=")
	if !found {
		safe, _ := redact.Text(text)
		return safe
	}
	if safe, changed := redact.Value(name, value); changed {
		return name + "=" + safe
	}
	safe, _ := redact.Text(value)
	return name + "=" + safe
}
