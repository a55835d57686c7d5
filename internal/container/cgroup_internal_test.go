package container

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testID is the id of a container.
var testID = strings.Repeat("0123456789abcdef", 4)

// tree writes files below a new folder.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, strings.ReplaceAll(name, "ID", testID))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, "ID", testID)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestCgroups reads trees as they are on other machines than the one of the tests.
func TestCgroups(t *testing.T) {
	v2 := func(folder string) map[string]string {
		return map[string]string{
			"cgroup/cgroup.controllers": "cpu memory pids\n", "proc/7/cgroup": "0::" + folder + "\n",
			"cgroup" + folder + "/cpu.stat": "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n", "cgroup" + folder + "/cpu.max": "50000 100000\n",
			"cgroup" + folder + "/memory.current": "60000000\n", "cgroup" + folder + "/memory.max": "100000000\n",
			"cgroup" + folder + "/memory.stat": "anon 1\ninactive_anon 7\ninactive_file 10000000\n", "cgroup" + folder + "/memory.events": "low 0\noom 3\noom_kill 2\noom_group_kill 9\n",
			"cgroup" + folder + "/pids.current": "5\n", "cgroup" + folder + "/pids.max": "100\n",
		}
	}
	whole := usage{cpu: 1_500_000_000, cores: 0.5, memory: 50_000_000, memoryLimit: 100_000_000, pids: 5, pidsLimit: 100, oomKills: 2}
	f := func(files map[string]string, want usage) {
		t.Helper()
		root := tree(t, files)
		k := newKernel(filepath.Join(root, "proc"), filepath.Join(root, "cgroup"))
		g, err := k.find(7, testID)
		if err != nil {
			t.Error(err)
			return
		}
		got, err := k.use(&g, nil)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(usage{})); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	f(v2("/system.slice/docker-ID.scope"), whole)
	f(v2("/docker/ID"), whole)
	f(v2("/machine.slice/libpod-ID.scope/container"), whole) // Podman
	f(v2("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope"), whole)
	f(v2("/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope"), whole)
	none := v2("/docker/ID")
	none["cgroup/docker/ID/cpu.max"], none["cgroup/docker/ID/memory.max"], none["cgroup/docker/ID/pids.max"] = "max 100000\n", "max\n", "max\n"
	f(none, usage{cpu: 1_500_000_000, memory: 50_000_000, pids: 5, oomKills: 2})
	// A guide's script ended here: on v2 there is no usage of each CPU, and with few
	// controllers there is no memory.
	f(map[string]string{"cgroup/cgroup.controllers": "", "proc/7/cgroup": "0::/docker/ID\n", "cgroup/docker/ID/cpu.stat": "usage_usec 1\n"}, usage{cpu: 1000})
	v1 := map[string]string{
		"proc/7/cgroup": "12:pids:/docker/ID\n4:memory:/docker/ID\n3:cpu,cpuacct:/docker/ID\n1:name=systemd:/docker/ID\n0::/\n",
		"cgroup/cpu,cpuacct/docker/ID/cpuacct.usage": "1500000000\n", "cgroup/cpu,cpuacct/docker/ID/cpu.cfs_quota_us": "50000\n", "cgroup/cpu,cpuacct/docker/ID/cpu.cfs_period_us": "100000\n",
		"cgroup/memory/docker/ID/memory.usage_in_bytes": "60000000\n", "cgroup/memory/docker/ID/memory.limit_in_bytes": "100000000\n",
		"cgroup/memory/docker/ID/memory.stat": "inactive_file 3\ntotal_inactive_file 10000000\n", "cgroup/memory/docker/ID/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
		"cgroup/pids/docker/ID/pids.current": "5\n", "cgroup/pids/docker/ID/pids.max": "100\n", "cgroup/unified/cgroup.controllers": "",
	}
	f(v1, whole)
	v1["cgroup/cpu,cpuacct/docker/ID/cpu.cfs_quota_us"], v1["cgroup/memory/docker/ID/memory.limit_in_bytes"], v1["cgroup/pids/docker/ID/pids.max"] = "-1\n", "9223372036854771712\n", "max\n"
	f(v1, usage{cpu: 1_500_000_000, memory: 50_000_000, pids: 5, oomKills: 2})
}

// TestForeignProcess finds that a process is that of another container, or none: a number of a
// process is used again.
func TestForeignProcess(t *testing.T) {
	root := tree(t, map[string]string{
		"cgroup/cgroup.controllers": "", "proc/7/cgroup": "0::/docker/" + strings.Repeat("f", 64) + "\n", "proc/8/cgroup": "0::/\n",
		"proc/9/cgroup": "0::/docker/ID\n", "proc/10/cgroup": "0::/docker/ID", "proc/11/cgroup": "::::\nx\n",
	})
	k := newKernel(filepath.Join(root, "proc"), filepath.Join(root, "cgroup"))
	f := func(pid int, want error, text string) {
		t.Helper()
		if g, err := k.find(pid, testID); !errors.Is(err, want) && want != nil || err == nil || !strings.Contains(err.Error(), text) {
			t.Error(pid, g, err)
		}
	}
	f(7, errNotIts, "another one")
	f(8, errNotIts, "another one")
	f(9, nil, "not visible here")
	f(11, errNotIts, "another one")
	f(12, os.ErrNotExist, "no such file")
}

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0
  eth0: 5000 50 0 0 0 0 0 0 7000 70 0 0 0 0 0 0
  eth1:1 50 0 0 0 0 0 0 2 70 0 0 0 0 0 0
`

func TestTraffic(t *testing.T) {
	f := func(files map[string]string, want traffic) {
		t.Helper()
		k := newKernel(tree(t, files), "")
		got, err := k.traffic(7)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(traffic{})); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	sockstat := "sockets: used 9\nTCP: inuse 7 orphan 1 tw 3 alloc 9 mem 1\nUDP: inuse 2 mem 1\nUDPLITE: inuse 5\n"
	f(map[string]string{"7/net/sockstat": sockstat, "7/net/sockstat6": "TCP6: inuse 1004\nUDP6: inuse 1\nRAW6: inuse 0\n", "7/net/dev": netDev}, traffic{received: 5001, sent: 7002, tcp: 1011, udp: 3})
	f(map[string]string{"7/net/sockstat": sockstat, "7/net/dev": ""}, traffic{tcp: 7, udp: 2})
	f(map[string]string{"7/net/sockstat": "TCP:\nUDP: inuse\nTCP: inuse x", "7/net/dev": "x:\n:\neth0: a b c d e f g h i j\n"}, traffic{})
}

// TestCompare compares readings: one that goes back is that of another run.
func TestCompare(t *testing.T) {
	at := func(seconds, cpu, received int64) *before {
		return &before{at: time.Unix(1000+seconds, 0), usage: usage{cpu: cpu, cores: 0.5, memory: 95, memoryLimit: 100}, traffic: traffic{received: received, tcp: 4}, network: true}
	}
	f := func(from, to *before, cpu, ofLimit, rate float64) {
		t.Helper()
		s := compare(from, to, 2)
		same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
		if !same(s.CPU, cpu) || !same(s.CPUOfLimit, ofLimit) || !same(s.ReceivedRate, rate) || s.MemoryOfLimit != 95 || s.Connections != 4 {
			t.Errorf("%+v", s)
		}
	}
	f(at(0, 0, 0), at(2, 1e9, 600), 50, 100, 300)
	f(&before{}, at(2, 1e9, 600), math.NaN(), math.NaN(), math.NaN())
	f(at(0, 5e9, 900), at(2, 1e9, 600), math.NaN(), math.NaN(), math.NaN())
	f(at(2, 0, 0), at(2, 1e9, 600), math.NaN(), math.NaN(), math.NaN())
	all := at(2, 1e9, 0)
	all.usage.cores, all.network = 0, false
	if s := compare(at(1, 0, 0), all, 2); s.CPU != 100 || s.CPUOfLimit != 50 || s.Connections != -1 {
		t.Errorf("%+v", s)
	}
}

// FuzzKernel reads files that no kernel writes.
func FuzzKernel(f *testing.F) {
	f.Add("usage_usec 1\n", "5 10", "0::/docker/ID\n")
	f.Add("9999999999999999999999", "max", netDev)
	f.Fuzz(func(t *testing.T, one, two, three string) {
		folder := "cgroup/docker/ID/"
		root := tree(t, map[string]string{
			"cgroup/cgroup.controllers": "", "proc/7/cgroup": three, "proc/8/cgroup": "0::/docker/ID", folder + "cpu.stat": one, folder + "cpu.max": two,
			folder + "memory.current": two, folder + "memory.max": one, folder + "memory.stat": three, folder + "memory.events": one, folder + "pids.current": three,
			"proc/8/net/sockstat": one, "proc/8/net/sockstat6": two, "proc/8/net/dev": three,
		})
		k := newKernel(filepath.Join(root, "proc"), filepath.Join(root, "cgroup"))
		_, _ = k.find(7, testID)
		g, err := k.find(8, testID)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := k.use(&g, nil)
		tr, _ := k.traffic(8)
		s := compare(&before{at: time.Unix(1, 0)}, &before{at: time.Unix(2, 0), usage: u, traffic: tr, network: true}, 2)
		if u.memory < 0 || u.cores < 0 || s.CPU < 0 || math.IsInf(s.CPU, 0) || tr.tcp < 0 {
			t.Errorf("%+v %+v", u, s)
		}
		_ = sampleDetails(&s)
	})
}
