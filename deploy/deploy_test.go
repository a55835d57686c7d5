// Package deploy_test checks what is in this folder: with the programs that read it, where
// they are here.
package deploy_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	alertmanager "github.com/prometheus/alertmanager/config"
	"go.yaml.in/yaml/v4"

	"github.com/sasumata/sasumata/internal/config"
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// program returns where a program is, and skips the test where it is not.
func program(t *testing.T, name, from string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("SKIPPED: no %s here; it is in %s", name, from)
	}
	return path
}

// output runs a program, which has to succeed.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func project(t *testing.T, file string) *types.Project {
	t.Helper()
	opts, err := cli.NewProjectOptions([]string{file}, cli.WithOsEnv, cli.WithDotEnv)
	if err != nil {
		t.Fatal(err)
	}
	p, err := opts.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestComposeIsHardened loads the files as Compose does, and looks at each service.
func TestComposeIsHardened(t *testing.T) {
	for _, file := range []string{"compose/compose.yaml", "compose/monitoring/compose.yaml"} {
		for name, s := range project(t, file).Services {
			f := func(right bool, what string) {
				t.Helper()
				if !right {
					t.Errorf("%s: %s: %s", file, name, what)
				}
			}
			f(s.ReadOnly, "its root is writable")
			f(slices.Equal(s.CapDrop, []string{"ALL"}), "it keeps capabilities")
			f(slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "it may gain privileges")
			f(!s.Privileged && s.NetworkMode == "" && s.Pid == "" && s.Ipc == "", "it is privileged, or in the machine's namespaces")
			f(s.Deploy != nil && s.Deploy.Resources.Limits != nil && s.Deploy.Resources.Limits.MemoryBytes > 0 && s.Deploy.Resources.Limits.NanoCPUs > 0, "it has no limits")
			f(s.Deploy.Resources.Limits.Pids > 0, "it may start any number of processes")
			f(s.HealthCheck != nil, "nobody looks whether it is well, nor says why not")
			f(regexp.MustCompile(`:v?[0-9]+\.[0-9]+`).MatchString(s.Image), "its image has no version: "+s.Image)
			f(len(s.Networks) > 0 && s.Networks["default"] == nil, "it is in the default network")
			f(s.Logging != nil && s.Logging.Options["max-size"] != "", "its log has no limit")
			for _, p := range s.Ports {
				f(p.HostIP == "127.0.0.1", "port "+p.Published+" is open to others")
			}
			for _, v := range s.Volumes {
				f(v.Type != types.VolumeTypeBind || v.ReadOnly, v.Source+" is writable")
				f(!strings.HasSuffix(v.Source, "docker.sock") && v.Source != "/var/run" && v.Source != "/run", v.Source+" is root on the machine")
			}
			for key := range s.Environment {
				f(!strings.Contains(key, "PASSWORD") || strings.HasSuffix(key, "__FILE"), key+" is a secret in the environment")
			}
		}
	}
}

// TestConfigurationsOfTheServer parses those that are shipped.
func TestConfigurationsOfTheServer(t *testing.T) {
	token := filepath.Join(t.TempDir(), "web1.token")
	if err := os.WriteFile(token, []byte("a-token-of-a-sender-that-is-long"), 0o600); err != nil {
		t.Fatal(err)
	}
	inline := project(t, "compose/compose.yaml").Configs["sasumata"].Content
	f := func(name, text string) {
		t.Helper()
		c, err := config.Parse(name, []byte(strings.ReplaceAll(text, "/run/secrets/web1.token", token)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if c.Data != "/var/lib/sasumata" {
			t.Errorf("%s: data in %s", name, c.Data)
		}
	}
	f("docker", read(t, "docker/sasumata.yaml"))
	f("systemd", read(t, "systemd/sasumata.yaml"))
	f("sample", read(t, "sasumata.yaml"))
	f("compose", inline)
}

func TestPrometheusAndItsRules(t *testing.T) {
	promtool := program(t, "promtool", "the Debian package prometheus")
	output(t, promtool, "check", "config", "--syntax-only", "compose/monitoring/prometheus/prometheus.yml")
	output(t, promtool, "check", "rules", "compose/monitoring/prometheus/rules/security.yml")
	if out := output(t, promtool, "test", "rules", "compose/monitoring/prometheus/tests/security_test.yml"); !strings.Contains(out, "SUCCESS") {
		t.Error(out)
	}
}

func TestAlertmanagerOfTheStack(t *testing.T) {
	c, err := alertmanager.LoadFile("compose/monitoring/alertmanager/alertmanager.yml")
	if err != nil || len(c.Receivers) == 0 {
		t.Errorf("%v, %v", c, err)
	}
}

// TestOtherFilesOfTheStack parses what no program here reads: their form is right.
func TestOtherFilesOfTheStack(t *testing.T) {
	f := func(name string, keys ...string) {
		t.Helper()
		var got map[string]any
		if err := yaml.Unmarshal([]byte(read(t, name)), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, key := range keys {
			if got[key] == nil {
				t.Errorf("%s lacks %s", name, key)
			}
		}
	}
	f("compose/monitoring/loki/loki.yaml", "common", "schema_config", "compactor")
	f("compose/monitoring/grafana/provisioning/datasources/datasources.yaml", "apiVersion", "datasources")
	alloy := read(t, "compose/monitoring/alloy/config.alloy")
	if strings.Count(alloy, "{") != strings.Count(alloy, "}") {
		t.Error("config.alloy: braces")
	}
	for _, m := range regexp.MustCompile(`\b((?:loki|local)\.[a-z_.]+)\.(\w+)\.(?:receiver|targets)`).FindAllStringSubmatch(alloy, -1) {
		if !strings.Contains(alloy, m[1]+` "`+m[2]+`"`) {
			t.Errorf("config.alloy: there is no %s %q", m[1], m[2])
		}
	}
}

// TestUnitsAreRightAndTight has systemd look at the units.
func TestUnitsAreRightAndTight(t *testing.T) {
	analyze := program(t, "systemd-analyze", "the Debian package systemd")
	dir := t.TempDir()
	for _, name := range []string{"sasumata.service", "sasumata-backup.service", "sasumata-backup.timer"} {
		// The program and the user are not here.
		text := strings.ReplaceAll(read(t, "systemd/"+name), "/usr/bin/sasumata", "/bin/true")
		text = regexp.MustCompile(`(?m)^(User|Group)=.*$`).ReplaceAllString(text, "")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"sasumata.service", "sasumata-backup.timer"} {
		if out := output(t, analyze, "verify", "--man=no", filepath.Join(dir, name)); strings.Contains(out, name) {
			t.Error(out)
		}
	}
	for _, name := range []string{"sasumata.service", "sasumata-backup.service"} {
		output(t, analyze, "security", "--offline=true", "--threshold=20", "systemd/"+name) // of 100: 2.0
	}
}

// TestTheReleaseHasThePackagesFiles compares what GoReleaser packs with nfpm.yaml.
func TestTheReleaseHasThePackagesFiles(t *testing.T) {
	type content struct {
		Src, Dst, Type string
	}
	var alone struct {
		Contents []content
		Scripts  map[string]string
	}
	var release struct {
		Version int
		Builds  []struct {
			Env, Flags   []string
			ModTimestamp string `yaml:"mod_timestamp"`
		}
		NFPMs []struct {
			Contents []content
			Scripts  map[string]string
		} `yaml:"nfpms"`
		Dockers []struct{ Dockerfile string } `yaml:"dockers_v2"`
		SBOMs   []any                         `yaml:"sboms"`
		Signs   []any
	}
	for name, into := range map[string]any{"nfpm/nfpm.yaml": &alone, "../.goreleaser.yaml": &release} {
		if err := yaml.Unmarshal([]byte(read(t, name)), into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if release.Version != 2 || len(release.NFPMs) != 1 || len(release.SBOMs) == 0 || len(release.Signs) == 0 || len(release.Builds) != 1 || release.Builds[0].ModTimestamp == "" {
		t.Fatalf("%+v", release)
	}
	want := slices.DeleteFunc(alone.Contents, func(c content) bool { return c.Dst == "/usr/bin/sasumata" }) // it packs that itself
	if !slices.Equal(want, release.NFPMs[0].Contents) {
		t.Errorf("nfpm.yaml has %v, .goreleaser.yaml %v", want, release.NFPMs[0].Contents)
	}
	for name, script := range alone.Scripts {
		if release.NFPMs[0].Scripts[name] != script {
			t.Errorf("the script %s", name)
		}
	}
	for _, c := range want {
		if c.Src == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", c.Src)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join("..", release.Dockers[0].Dockerfile)); err != nil {
		t.Error(err)
	}
}

// freePlace returns a place on this machine where nothing listens.
func freePlace(t *testing.T) string {
	t.Helper()
	var how net.ListenConfig
	l, err := how.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
