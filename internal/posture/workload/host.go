package workload

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Host is what the machine of a Docker daemon says about it.
type Host struct {
	// Files are the files and folders of the engine that are there.
	Files []HostFile `json:"files"`
	// Audited are the paths that rules of the audit daemon watch; AuditKnown says
	// whether such rules could be read at all.
	Audited    []string `json:"audited"`
	AuditKnown bool     `json:"audit_known"`
	// Expected are the paths that should be audited and are there.
	Expected []string `json:"expected"`
	// Arguments are those of the running daemon, nil when none runs.
	Arguments []string `json:"arguments"`
}

// HostFile is a file whose owner and mode matter.
type HostFile struct {
	Path  string `json:"path"`
	What  string `json:"what"`
	Owner string `json:"owner"` // name, otherwise number
	Group string `json:"group"`
	Mode  string `json:"mode"` // octal, as "644"
	// WantOwner and WantGroup are who may own it; WantMode the widest mode.
	WantOwner string `json:"want_owner"`
	WantGroup string `json:"want_group"`
	WantMode  string `json:"want_mode"`
	// Wrong says what is not as it should be: "owner", "mode", or both.
	Wrong []string `json:"wrong"`
	CIS   string   `json:"cis"`
}

// hostRow is one row of the CIS table of files.
type hostRow struct {
	pattern, what, owner, group string
	mode                        fs.FileMode
	cis                         string
}

// hostRows is CIS Docker Benchmark 1.6, section 3: owner in the odd rows, mode in
// the even ones.
func hostRows() []hostRow {
	return []hostRow{
		{"/lib/systemd/system/docker.service", "unit of the daemon", "root", "root", 0o644, "CIS 3.1, CIS 3.2"},
		{"/etc/systemd/system/docker.service", "unit of the daemon", "root", "root", 0o644, "CIS 3.1, CIS 3.2"},
		{"/lib/systemd/system/docker.socket", "unit of the socket", "root", "root", 0o644, "CIS 3.3, CIS 3.4"},
		{"/etc/docker", "folder of settings", "root", "root", 0o755, "CIS 3.5, CIS 3.6"},
		{"/etc/docker/certs.d/*/*", "certificate of a registry", "root", "root", 0o444, "CIS 3.7, CIS 3.8"},
		{"/etc/docker/ca.pem", "certificate of the authority", "root", "root", 0o444, "CIS 3.9, CIS 3.10"},
		{"/etc/docker/server-cert.pem", "certificate of the daemon", "root", "root", 0o444, "CIS 3.11, CIS 3.12"},
		{"/etc/docker/server-key.pem", "key of the daemon", "root", "root", 0o400, "CIS 3.13, CIS 3.14"},
		{"/var/run/docker.sock", "socket of the daemon", "root", "docker", 0o660, "CIS 3.15, CIS 3.16"},
		{"/etc/docker/daemon.json", "settings of the daemon", "root", "root", 0o644, "CIS 3.17, CIS 3.18"},
		{"/etc/default/docker", "settings of the service", "root", "root", 0o644, "CIS 3.19, CIS 3.20"},
		{"/etc/sysconfig/docker", "settings of the service", "root", "root", 0o644, "CIS 3.21, CIS 3.22"},
		{"/run/containerd/containerd.sock", "socket of containerd", "root", "root", 0o660, "CIS 3.23, CIS 3.24"},
	}
}

// auditPaths are what CIS 1.1.3 to 1.1.18 want to be watched.
func auditPaths() []string {
	return []string{
		"/usr/bin/dockerd", "/run/containerd", "/var/lib/docker", "/etc/docker", "/lib/systemd/system/docker.service",
		"/run/containerd/containerd.sock", "/lib/systemd/system/docker.socket", "/etc/default/docker", "/etc/docker/daemon.json",
		"/etc/containerd/config.toml", "/etc/sysconfig/docker", "/usr/bin/containerd", "/usr/bin/containerd-shim-runc-v2", "/usr/bin/runc",
	}
}

// ReadHost looks at the machine whose root folder is given, "/" for this one. What
// cannot be read is left out; nothing is changed.
func ReadHost(root string) *Host {
	h := &Host{Files: []HostFile{}, Audited: []string{}, Expected: []string{}}
	for _, row := range hostRows() {
		found, err := filepath.Glob(filepath.Join(root, row.pattern))
		if err != nil {
			continue
		}
		for _, name := range found {
			if f, ok := hostFile(root, name, row); ok {
				h.Files = append(h.Files, f)
			}
		}
	}
	for _, path := range auditPaths() {
		if _, err := os.Stat(filepath.Join(root, path)); err == nil {
			h.Expected = append(h.Expected, path)
		}
	}
	h.audit(root)
	h.Arguments = daemonArguments(root)
	return h
}

func hostFile(root, name string, row hostRow) (HostFile, bool) {
	info, err := os.Stat(name)
	if err != nil {
		return HostFile{}, false
	}
	f := HostFile{
		Path: "/" + strings.TrimPrefix(strings.TrimPrefix(name, filepath.Clean(root)), "/"), What: row.what,
		Mode: strconv.FormatUint(uint64(info.Mode().Perm()), 8), WantMode: strconv.FormatUint(uint64(row.mode), 8),
		WantOwner: row.owner, WantGroup: row.group, Wrong: []string{}, CIS: row.cis,
	}
	if user, group, ok := owners(info); ok {
		f.Owner, f.Group = ownerName(user), groupName(group)
		if f.Owner != row.owner || f.Group != row.group && f.Group != "root" {
			f.Wrong = append(f.Wrong, "owner")
		}
	}
	if info.Mode().Perm()&^row.mode != 0 {
		f.Wrong = append(f.Wrong, "mode")
	}
	return f, true
}

func ownerName(id uint32) string {
	text := strconv.FormatUint(uint64(id), 10)
	if id == 0 {
		return "root"
	}
	if u, err := user.LookupId(text); err == nil {
		return u.Username
	}
	return text
}

func groupName(id uint32) string {
	text := strconv.FormatUint(uint64(id), 10)
	if id == 0 {
		return "root"
	}
	if g, err := user.LookupGroupId(text); err == nil {
		return g.Name
	}
	return text
}

// audit reads the rules of the audit daemon: -w PATH and -F path= or dir=.
func (h *Host) audit(root string) {
	names, _ := filepath.Glob(filepath.Join(root, "/etc/audit/rules.d/*.rules"))
	names = append(names, filepath.Join(root, "/etc/audit/audit.rules"))
	for _, name := range names {
		data, err := ReadFile(name)
		if err != nil {
			continue
		}
		h.AuditKnown = true
		lines := bufio.NewScanner(bytes.NewReader(data))
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			for i, field := range fields {
				path := ""
				switch {
				case strings.HasPrefix(field, "#"):
				case field == "-w" && i+1 < len(fields):
					path = fields[i+1]
				case strings.HasPrefix(field, "path="), strings.HasPrefix(field, "dir="):
					_, path, _ = strings.Cut(field, "=")
				}
				if path != "" {
					h.Audited = append(h.Audited, strings.TrimSuffix(path, "/"))
				}
				if strings.HasPrefix(field, "#") {
					break
				}
			}
		}
	}
	slices.Sort(h.Audited)
	h.Audited = slices.Compact(h.Audited)
}

// maxProcesses bounds how many processes are looked at for the daemon.
const maxProcesses = 1 << 16

// daemonArguments returns the arguments of the running daemon.
func daemonArguments(root string) []string {
	names, err := filepath.Glob(filepath.Join(root, "/proc/[0-9]*/cmdline"))
	if err != nil || len(names) > maxProcesses {
		return nil
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		args := strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
		if filepath.Base(args[0]) == "dockerd" {
			return args[1:]
		}
	}
	return nil
}
