package host

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// text returns the samples as lines.
func text(t *testing.T, s *Sampler) string {
	t.Helper()
	all, err := s.Samples()
	if err != nil {
		t.Log(err)
	}
	var b strings.Builder
	for _, one := range all {
		fmt.Fprintf(&b, "%s%v %v\n", one.Name, one.Labels, one.Value)
	}
	return b.String()
}

func TestWhatTheKernelSays(t *testing.T) {
	proc := t.TempDir()
	for name, data := range map[string]string{
		"stat":        "cpu  1 2 3\ncpu0 100 0 250 9000 10 0 5 0 0 0\nctxt 77\nbtime 1768550000\nprocs_running 3\n",
		"loadavg":     "0.50 0.25 1.75 1/200 300\n",
		"uptime":      "360.5 700.1\n",
		"meminfo":     "MemTotal:       2048 kB\nActive(anon):   4 kB\nHugePages_Total:   5\n",
		"net/dev":     "Inter-|   Receive\n face |bytes\n  eth0: 100 2 3 4 0 0 0 0 500 6 7 8 0 0 0 0\nveth12: 1 1 1 1 0 0 0 0 1 1 1 1 0 0 0 0\n",
		"diskstats":   " 8 0 vda 10 0 20 0 30 0 40 0 0 1500 0\n 7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\n",
		"self/mounts": "/dev/vda1 / ext4 rw,relatime 0 0\nserver:/x /mnt nfs rw 0 0\nproc /proc proc rw 0 0\nx /no\\040where ext4 ro 0 0\n",
	} {
		path := filepath.Join(proc, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := text(t, &Sampler{Proc: proc, Now: func() time.Time { return time.Unix(1768554000, 0) }})
	for _, want := range []string{
		`node_cpu_seconds_total[{cpu 0} {mode idle}] 90`, `node_cpu_seconds_total[{cpu 0} {mode system}] 2.5`, "node_boot_time_seconds[] 1.76855e+09", "node_context_switches_total[] 77",
		"node_procs_running[] 3", "node_load1[] 0.5", "node_load15[] 1.75", "node_uptime_seconds[] 360.5", "node_memory_MemTotal_bytes[] 2.097152e+06", "node_memory_Active_anon_bytes[] 4096",
		"node_memory_HugePages_Total[] 5", "node_network_receive_bytes_total[{device eth0}] 100", "node_network_transmit_drop_total[{device eth0}] 8",
		"node_disk_read_bytes_total[{device vda}] 10240", "node_disk_written_bytes_total[{device vda}] 20480", "node_disk_io_time_seconds_total[{device vda}] 1.5", "node_time_seconds[] 1.768554e+09",
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("lacks %s", want)
		}
	}
	for _, no := range []string{"veth", "loop0", "nfs", "mountpoint /proc", "no where"} {
		if strings.Contains(got, no) {
			t.Errorf("has %s", no)
		}
	}
	if runtime.GOOS == "linux" && !strings.Contains(got, "node_filesystem_size_bytes[{device /dev/vda1} {fstype ext4} {mountpoint /}]") {
		t.Error("lacks the file system", got)
	}
}

func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	s := Sampler{Proc: t.TempDir(), Now: time.Now}
	all, err := s.Samples()
	if err == nil || len(all) != 1 {
		t.Errorf("%d samples, %v", len(all), err)
	}
}

// FuzzLines holds that no file of /proc makes it fail, be it that a container fakes one.
func FuzzLines(f *testing.F) {
	f.Add("cpu0 1 2 3\n", "eth0: 1 2 3")
	f.Fuzz(func(t *testing.T, stat, dev string) {
		proc := t.TempDir()
		_ = os.MkdirAll(filepath.Join(proc, "net"), 0o700)
		for name, data := range map[string]string{"stat": stat, "meminfo": stat, "diskstats": stat, "loadavg": dev, "uptime": dev, "net/dev": dev} {
			if err := os.WriteFile(filepath.Join(proc, name), []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := Sampler{Proc: proc, Now: time.Now}
		_, _ = s.Samples()
	})
}
