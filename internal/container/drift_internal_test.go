package container

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPowers(t *testing.T) {
	f := func(c Container, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, c.Powers()); diff != "" {
			t.Error(diff)
		}
	}
	f(Container{})
	f(Container{Config: Config{Privileged: true, PidMode: "host", NetworkMode: "host", IpcMode: "host", SecurityOpt: []string{"seccomp=unconfined"}}}, "host_ipc", "host_network", "host_pid", "privileged")
	f(Container{Config: Config{CapAdd: []string{"CAP_CHOWN", "CAP_NET_BIND_SERVICE", "CAP_SYS_ADMIN"}, SecurityOpt: []string{"seccomp:unconfined", "apparmor=unconfined"}}}, "apparmor_off", "cap_sys_admin", "seccomp_off")
	f(Container{Config: Config{CapAdd: []string{"ALL"}, Devices: []string{"/dev/kvm:/dev/kvm"}}}, "all_capabilities", "host_devices")
	f(Container{Mounts: []Mount{{Type: "bind", Source: "/run/docker.sock", Destination: "/s"}, {Type: "bind", Source: "/"}, {Type: "bind", Source: "/srv"}}}, "docker_socket", "host_root")
}

func TestDrift(t *testing.T) {
	base := func() Container {
		return Container{Name: "web", Config: Config{CapDrop: []string{"ALL"}, ReadonlyRootfs: true, Memory: 1 << 20, NetworkMode: "shop_default"}, Labels: map[string]string{}}
	}
	f := func(change func(*Container), want drift) {
		t.Helper()
		was, is := base(), base()
		is.Labels = maps.Clone(is.Labels)
		change(&is)
		if diff := cmp.Diff(want, drifted(was.baseline(), is.baseline()), cmp.AllowUnexported(drift{})); diff != "" {
			t.Error(diff)
		}
	}
	f(func(*Container) {}, drift{})
	f(func(c *Container) { c.Privileged = true }, drift{settings: []string{"privileged"}, changes: []string{"privileged: false → true"}, weaker: true})
	f(func(c *Container) { c.Memory = 2 << 20 }, drift{settings: []string{"memory"}, changes: []string{"memory: 1048576 → 2097152"}})
	f(func(c *Container) { c.CapDrop, c.Memory = nil, 0 }, drift{settings: []string{"cap_drop", "memory"}, changes: []string{"cap_drop: ALL → none", "memory: 1048576 → 0"}, weaker: true})
	f(func(c *Container) { c.CapDrop, c.Memory = nil, 2<<20 }, drift{settings: []string{"cap_drop", "memory"}, changes: []string{"cap_drop: ALL → none", "memory: 1048576 → 2097152"}, weaker: true})
	f(func(c *Container) { c.CapAdd = []string{"CAP_SYS_ADMIN"} }, drift{settings: []string{"cap_add"}, changes: []string{"cap_add: none → CAP_SYS_ADMIN"}, weaker: true})
	f(func(c *Container) { c.NetworkMode, c.Labels["com.docker.compose.config-hash"] = "host", "2" },
		drift{settings: []string{"network_mode"}, changes: []string{"network_mode: shop_default → host"}, weaker: true, declared: true})
	f(func(c *Container) { c.User = "1000" }, drift{settings: []string{"user"}, changes: []string{"user: none → 1000"}})
	f(func(c *Container) {
		c.Mounts = []Mount{{Type: "volume", Name: "1f3", Source: "/v/1f3", Destination: "/data", Writable: true}}
	},
		drift{settings: []string{"mounts"}, changes: []string{"mounts: none → volume:/data:rw"}, weaker: true})
	// What an older program remembered has fewer settings.
	if d := drifted(Baseline{Settings: map[string]string{"privileged": "false"}}, Baseline{Settings: map[string]string{"privileged": "false", "memory": "1"}}); len(d.settings) > 0 {
		t.Errorf("%+v", d)
	}
}

func TestWritten(t *testing.T) {
	root := tree(t, map[string]string{"tmp/x": "", "etc/hosts": "", "data/mount": "", "usr/bin/sh": "x"})
	if err := os.Symlink("/etc/passwd", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	c := &Container{UpperDir: root, Mounts: []Mount{{Destination: "/data/mount"}}}
	got, err := written(c)
	if diff := cmp.Diff([]string{"/link", "/tmp/x", "/usr/bin/sh"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for i := range maxEntries { // nothing hides behind folders
		if err := os.Mkdir(filepath.Join(root, "a"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got, err = written(c); err != nil || len(got) == 0 || got[len(got)-1] != "/ (more than 2000 entries)" {
		t.Error(got, err)
	}
	c.UpperDir = filepath.Join(root, "none")
	if _, err := written(c); err == nil {
		t.Error("a folder that is not there has files")
	}
}

func TestImmutable(t *testing.T) {
	f := func(label string, want bool) {
		t.Helper()
		if got := (&Container{Labels: map[string]string{immutableLabel: label}}).Immutable(); got != want {
			t.Error(label, got)
		}
	}
	f("true", true)
	f("1", true)
	f("false", false)
	f("", false)
	f("yes please", false)
}
