package workload

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/posture/shell"
)

// maxRun bounds a text with command lines, in bytes.
const maxRun = 1 << 20

// ReadRun reads command lines of docker run, docker create (podman and nerdctl, too):
// a script, or single lines, whatever else stands in them. A text without any is an
// error, and so is an option that nobody knows: what it means is not guessed.
func ReadRun(name string, data []byte) (*Set, error) {
	if len(data) > maxRun {
		return nil, fmt.Errorf("%s: %w: larger than %d bytes", name, ErrInput, maxRun)
	}
	script := shell.Parse(string(data))
	if script.Cut {
		return nil, fmt.Errorf("%s: %w: too many commands", name, ErrInput)
	}
	s := &Set{Kind: KindRun, Workloads: []Workload{}}
	for _, c := range script.Commands {
		args, ok := runArguments(c.Argv)
		if !ok {
			continue
		}
		w := newWorkload(KindRun, "", name, c.Line)
		if err := readRun(&w, args); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, c.Line, err)
		}
		if w.Name == "" {
			w.Name = w.Image.Reference
		}
		s.Workloads = append(s.Workloads, w)
	}
	if len(s.Workloads) == 0 {
		if script.Error != "" {
			return nil, fmt.Errorf("%s: %w: %s", name, ErrInput, script.Error)
		}
		return nil, fmt.Errorf("%s: %w: no command line of docker run", name, ErrInput)
	}
	s.share()
	return s, nil
}

// runArguments returns what stands behind "docker run" in a command, and whether it
// is such a command. Options of docker itself are skipped; what sudo runs is a command
// of its own.
func runArguments(args []string) ([]string, bool) {
	if len(args) == 0 || !slices.Contains([]string{"docker", "podman", "nerdctl"}, path.Base(args[0])) {
		return nil, false
	}
	rest := args[1:]
	for i, arg := range rest {
		switch arg {
		case "run", "create":
			return rest[i+1:], true
		case "container":
			continue
		}
		previous := ""
		if i > 0 {
			previous = rest[i-1]
		}
		if !strings.HasPrefix(arg, "-") && !slices.Contains([]string{"-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey"}, previous) {
			return nil, false
		}
	}
	return nil, false
}

// switches are the options of docker run without a value.
func runSwitch(name string) bool {
	return slices.Contains([]string{"detach", "d", "interactive", "i", "tty", "t", "rm", "init", "privileged", "read-only", "no-healthcheck", "publish-all", "P", "oom-kill-disable", "quiet", "q", "sig-proxy", "disable-content-trust", "use-api-socket", "replace", "tls-verify", "no-hosts", "no-hostname", "rmi", "env-host", "http-proxy"}, name)
}

// readRun reads the options of one command line.
func readRun(w *Workload, args []string) error {
	r := runReader{w: w}
	for len(args) > 0 {
		arg := args[0]
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			break
		}
		args = args[1:]
		if arg == "--" {
			break
		}
		if !strings.HasPrefix(arg, "--") {
			var err error
			if args, err = r.short(arg[1:], args); err != nil {
				return err
			}
			continue
		}
		name, value, given := strings.Cut(arg[2:], "=")
		if runSwitch(name) {
			r.toggle(name, !given || asBool(value))
			continue
		}
		if !given {
			if len(args) == 0 {
				return fmt.Errorf("--%s: %w: the value is missing", name, ErrInput)
			}
			value, args = args[0], args[1:]
		}
		if err := r.set(name, value); err != nil {
			return err
		}
	}
	if len(args) == 0 {
		return fmt.Errorf("%w: the image is missing", ErrInput)
	}
	w.Image = newImage(args[0])
	w.Command = append(w.Command, newArguments(args[1:], w.Line)...)
	r.finish()
	return nil
}

// runReader collects what options say before it adds up.
type runReader struct {
	w         *Workload
	add, drop []string
	security  []string
	networks  []string
	driver    string
	logs      map[string]any
	quota     int64
	period    int64
	all       bool
}

// short reads options as -itp 80:80.
func (r *runReader) short(letters string, args []string) ([]string, error) {
	for i := range len(letters) {
		letter := letters[i : i+1]
		if runSwitch(letter) {
			r.toggle(letter, true)
			continue
		}
		value := strings.TrimPrefix(letters[i+1:], "=")
		if value == "" {
			if len(args) == 0 {
				return nil, fmt.Errorf("-%s: %w: the value is missing", letter, ErrInput)
			}
			value, args = args[0], args[1:]
		}
		long, ok := map[string]string{"p": "publish", "v": "volume", "e": "env", "m": "memory", "c": "cpu-shares", "u": "user", "l": "label", "w": "workdir", "h": "hostname", "a": "attach"}[letter]
		if !ok {
			return nil, fmt.Errorf("-%s: %w: no option of docker run", letter, ErrInput)
		}
		return args, r.set(long, value)
	}
	return args, nil
}

func (r *runReader) toggle(name string, on bool) {
	switch name {
	case "privileged":
		r.w.Privileged = on
	case "read-only":
		r.w.ReadOnly = on
	case "no-healthcheck":
		r.w.Health = Health{Set: on, Disabled: on}
	case "publish-all", "P":
		r.all = on
	case "use-api-socket":
		r.w.Mounts = append(r.w.Mounts, newMount("bind", "/var/run/docker.sock", "/var/run/docker.sock", r.w.Line))
	}
}

// set reads one option with a value.
func (r *runReader) set(name, value string) error {
	w := r.w
	switch name {
	case "name":
		w.Name = value
	case "user":
		w.User = newUser(value)
	case "cap-add":
		r.add = append(r.add, strings.Split(value, ",")...)
	case "cap-drop":
		r.drop = append(r.drop, strings.Split(value, ",")...)
	case "security-opt":
		r.security = append(r.security, value)
	case "network", "net":
		network, _, _ := strings.Cut(strings.TrimPrefix(value, "name="), ",")
		r.networks = append(r.networks, network)
	case "pid":
		w.Namespaces.PID = namespace(value)
	case "ipc":
		w.Namespaces.IPC = namespace(value)
	case "uts":
		w.Namespaces.UTS = namespace(value)
	case "userns":
		w.Namespaces.User = namespace(value)
	case "cgroupns":
		w.Namespaces.Cgroup = namespace(value)
	case "cgroup-parent":
		w.CgroupParent = value
	case "volume":
		w.Mounts = append(w.Mounts, volume(value, w.Line))
	case "mount":
		w.Mounts = append(w.Mounts, runMount(value, w.Line))
	case "tmpfs":
		w.Mounts = append(w.Mounts, tmpfs(value, w.Line))
	case "publish":
		w.Ports = append(w.Ports, port(value, w.Line))
	case "env", "label":
		key, text, set := strings.Cut(value, "=")
		v := newVariable(key, text, text, set, w.Line)
		if name == "env" {
			w.Env = append(w.Env, v)
		} else {
			w.Labels = append(w.Labels, v)
		}
	case "device":
		parts := strings.SplitN(value, ":", 3)
		w.Devices = append(w.Devices, newDevice(parts[0], second(parts), w.Line))
	case "sysctl":
		key, text, _ := strings.Cut(value, "=")
		w.Sysctls[key] = text
	default:
		return r.limit(name, value)
	}
	return nil
}

// limit reads the options about resources, health and logs.
func (r *runReader) limit(name, value string) error {
	w := r.w
	switch name {
	case "memory":
		w.Limits.Memory = limit(value)
	case "cpus":
		w.Limits.CPU = cores(value)
	case "cpu-quota":
		r.quota, _ = asInt(value)
	case "cpu-period":
		r.period, _ = asInt(value)
	case "cpu-shares", "cpuset-cpus", "cpu-rt-runtime":
		if w.Limits.CPU == 0 && value != "0" {
			w.Limits.CPU = -1
		}
	case "pids-limit":
		w.Limits.PIDs = limit(value)
	case "ulimit":
		key, text, _ := strings.Cut(value, "=")
		_, hard := lastColon(text)
		if n, err := strconv.ParseInt(hard, 10, 64); err == nil {
			w.Ulimits[key] = n
		}
	case "restart":
		w.Restart = newRestart(value)
	case "health-cmd":
		w.Health = Health{Set: true, Disabled: value == "none"}
	case "log-driver":
		r.driver = value
	case "log-opt":
		key, text, _ := strings.Cut(value, "=")
		if r.logs == nil {
			r.logs = map[string]any{}
		}
		r.logs[key] = text
	case "entrypoint":
		w.Command = append(w.Command, newArguments(strings.Fields(value), w.Line)...)
	default:
		if !runOther(name) {
			return fmt.Errorf("--%s: %w: no option of docker run", name, ErrInput)
		}
	}
	return nil
}

// runOther are the options with a value that no policy reads.
func runOther(name string) bool {
	return slices.Contains([]string{
		"add-host", "annotation", "attach", "blkio-weight", "blkio-weight-device", "cidfile", "cpuset-mems", "cpu-rt-period", "detach-keys",
		"device-cgroup-rule", "device-read-bps", "device-read-iops", "device-write-bps", "device-write-iops", "dns", "dns-option", "dns-opt",
		"dns-search", "domainname", "env-file", "expose", "gpus", "group-add", "health-interval", "health-retries", "health-start-interval", "health-start-period",
		"health-timeout", "hostname", "ip", "ip6", "isolation", "kernel-memory", "label-file", "link", "link-local-ip", "mac-address",
		"memory-reservation", "memory-swap", "memory-swappiness", "network-alias", "net-alias", "oom-score-adj", "platform", "pull", "runtime",
		"shm-size", "stop-signal", "stop-timeout", "storage-opt", "volume-driver", "volumes-from", "workdir",
		"authfile", "systemd", "secret", "uidmap", "gidmap", "arch", "os", "timezone", "tz", "umask", "requires", "pod",
	}, name)
}

// runMount reads type=bind,source=/a,target=/b,readonly.
func runMount(text string, line int) Mount {
	values := map[string]string{}
	var options []string
	for part := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "source", "src":
			values["source"] = value
		case "target", "destination", "dst":
			values["target"] = value
		case "type":
			values["type"] = value
		case "bind-propagation":
			options = append(options, value)
		default:
			options = append(options, part)
		}
	}
	if values["type"] == "" {
		values["type"] = "volume"
	}
	m := newMount(values["type"], values["source"], values["target"], line)
	m.mountOptions(options)
	return m
}

// finish adds up what several options say together.
func (r *runReader) finish() {
	w := r.w
	w.Capabilities = newCapabilities(r.add, r.drop, w.Privileged)
	w.profiles(r.security)
	w.Logging = newLogging(r.driver, r.logs)
	if r.quota > 0 {
		if r.period <= 0 {
			r.period = 100_000
		}
		w.Limits.CPU = float64(r.quota) / float64(r.period)
	}
	if r.all {
		w.Ports = append(w.Ports, Port{All: true, Protocol: "tcp", Text: "all", Line: w.Line})
	}
	if len(r.networks) == 0 {
		r.networks = []string{"bridge"}
	}
	for _, name := range r.networks {
		switch {
		case name == "host" || strings.HasPrefix(name, "container:"):
			w.Namespaces.Network = name
		case name == "none":
		default:
			w.Networks = append(w.Networks, Network{Name: name, Bridge: name == "bridge" || name == "default"})
		}
	}
}
