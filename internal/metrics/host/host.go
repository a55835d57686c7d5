// Package host samples this machine under the names of node_exporter: processors, load,
// memory, file systems, network, disks and since when it is up.
package host

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/metrics/exposition"
)

const (
	// tick is how many units of /proc/stat a second has: Linux says 100 to all programs.
	tick = 100
	// maxFile is the size in bytes at which a file of /proc is cut: machines with thousands
	// of processors or mounts have large ones.
	maxFile = 4 << 20
	// maxDevices is how many file systems, disks and interfaces each are told of: a machine
	// with many containers has one of each for each.
	maxDevices = 200
	// sector is the unit of /proc/diskstats in bytes, whatever the disk's own is.
	sector = 512
)

// Sampler reads what the kernel says.
type Sampler struct {
	// Proc is where /proc is.
	Proc string
	// Now is the clock, for node_time_seconds.
	Now func() time.Time
}

// Samples returns what is so now. What cannot be read is left out, and the error says why.
func (s *Sampler) Samples() ([]exposition.Sample, error) {
	c := collector{proc: s.Proc}
	c.processors()
	c.load()
	c.memory()
	c.network()
	c.disks()
	c.filesystems()
	c.one("node_time_seconds", float64(s.Now().UnixNano())/1e9)
	return c.samples, errors.Join(c.errs...)
}

type collector struct {
	proc    string
	samples []exposition.Sample
	errs    []error
}

func (c *collector) one(name string, value float64, labels ...string) {
	s := exposition.Sample{Name: name, Value: value}
	for i := 0; i+1 < len(labels); i += 2 {
		s.Labels = append(s.Labels, exposition.Label{Name: labels[i], Value: labels[i+1]})
	}
	c.samples = append(c.samples, s)
}

// lines calls do for the fields of each line of a file of /proc.
func (c *collector) lines(name string, do func(fields []string)) {
	f, err := os.Open(filepath.Join(c.proc, name))
	if err != nil {
		c.errs = append(c.errs, err)
		return
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err = errors.Join(err, f.Close()); err != nil {
		c.errs = append(c.errs, err)
		return
	}
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, maxFile+1)
	for scan.Scan() {
		if fields := strings.Fields(scan.Text()); len(fields) > 0 {
			do(fields)
		}
	}
}

// number reads a number; what is none is 0.
func number(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}

func (c *collector) processors() {
	modes := []string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"}
	c.lines("stat", func(f []string) {
		switch id, ok := strings.CutPrefix(f[0], "cpu"); {
		case ok && id != "":
			for i, mode := range modes {
				if i+1 < len(f) {
					c.one("node_cpu_seconds_total", number(f[i+1])/tick, "cpu", id, "mode", mode)
				}
			}
		case len(f) < 2:
		case f[0] == "btime":
			c.one("node_boot_time_seconds", number(f[1]))
		case f[0] == "ctxt":
			c.one("node_context_switches_total", number(f[1]))
		case f[0] == "processes":
			c.one("node_forks_total", number(f[1]))
		case f[0] == "procs_running":
			c.one("node_procs_running", number(f[1]))
		case f[0] == "procs_blocked":
			c.one("node_procs_blocked", number(f[1]))
		}
	})
}

func (c *collector) load() {
	c.lines("loadavg", func(f []string) {
		for i, name := range []string{"node_load1", "node_load5", "node_load15"} {
			if i < len(f) {
				c.one(name, number(f[i]))
			}
		}
	})
	c.lines("uptime", func(f []string) { c.one("node_uptime_seconds", number(f[0])) })
}

func (c *collector) memory() {
	c.lines("meminfo", func(f []string) {
		if len(f) < 2 {
			return
		}
		name := strings.NewReplacer("(", "_", ")", "", ":", "").Replace(f[0])
		unit, value := "", number(f[1])
		if len(f) > 2 && f[2] == "kB" {
			unit, value = "_bytes", value*1024
		}
		c.one("node_memory_"+name+unit, value)
	})
}

// network tells of interfaces, but those of containers, which come and go.
func (c *collector) network() {
	columns := []string{"receive_bytes", "receive_packets", "receive_errs", "receive_drop", "", "", "", "", "transmit_bytes", "transmit_packets", "transmit_errs", "transmit_drop"}
	n := 0
	c.lines("net/dev", func(f []string) {
		name, first, ok := strings.Cut(strings.Join(f, " "), ":")
		if !ok || strings.HasPrefix(name, "veth") || n == maxDevices {
			return
		}
		n++
		values := strings.Fields(first)
		for i, column := range columns {
			if column != "" && i < len(values) {
				c.one("node_network_"+column+"_total", number(values[i]), "device", name)
			}
		}
	})
}

func (c *collector) disks() {
	n := 0
	c.lines("diskstats", func(f []string) {
		if len(f) < 14 || strings.HasPrefix(f[2], "loop") || strings.HasPrefix(f[2], "ram") || n == maxDevices {
			return
		}
		n++
		c.one("node_disk_reads_completed_total", number(f[3]), "device", f[2])
		c.one("node_disk_read_bytes_total", number(f[5])*sector, "device", f[2])
		c.one("node_disk_writes_completed_total", number(f[7]), "device", f[2])
		c.one("node_disk_written_bytes_total", number(f[9])*sector, "device", f[2])
		c.one("node_disk_io_time_seconds_total", number(f[12])/1000, "device", f[2])
	})
}

// filesystems asks only those on disks: one of a network may not answer.
func (c *collector) filesystems() {
	kinds := []string{"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "vfat", "jfs", "reiserfs", "overlay", "tmpfs"}
	seen := map[string]bool{}
	c.lines("self/mounts", func(f []string) {
		if len(f) < 4 || !slices.Contains(kinds, f[2]) || len(seen) == maxDevices {
			return
		}
		device, mount := unescape(f[0]), unescape(f[1])
		if seen[mount] || inside(mount, "/proc", "/sys", "/dev", "/var/lib/docker", "/var/lib/containers", "/run/containerd", "/run/user") {
			return
		}
		seen[mount] = true
		size, free, avail, files, filesFree, err := statfs(mount)
		if err != nil {
			return // one that may not be looked at
		}
		labels := []string{"device", device, "fstype", f[2], "mountpoint", mount}
		c.one("node_filesystem_size_bytes", size, labels...)
		c.one("node_filesystem_free_bytes", free, labels...)
		c.one("node_filesystem_avail_bytes", avail, labels...)
		c.one("node_filesystem_files", files, labels...)
		c.one("node_filesystem_files_free", filesFree, labels...)
		readonly := 0.0
		if slices.Contains(strings.Split(f[3], ","), "ro") {
			readonly = 1
		}
		c.one("node_filesystem_readonly", readonly, labels...)
	})
}

func inside(mount string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return mount == folder || strings.HasPrefix(mount, folder+"/") })
}

// unescape undoes what /proc/mounts writes for blanks in names.
func unescape(text string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(text)
}
