package workload

import (
	"slices"
	"strings"
)

// service reads one service of a compose model, in the long or the short form of
// every key.
type service struct {
	m    map[string]any
	at   places
	path []string
	w    *Workload
}

// newService returns the workload of a service.
func newService(name string, m, model map[string]any, at places, path []string) Workload {
	_, _, line := at[:1].find(path...)
	w := newWorkload(KindCompose, name, at[0].file, line)
	w.Lines = at.lines(path...)
	s := service{m: m, at: at, path: path, w: &w}
	w.Image = newImage(asText(m["image"]))
	w.Image.Built = m["build"] != nil
	w.User = newUser(asText(m["user"]))
	w.Privileged = asBool(m["privileged"])
	w.ReadOnly = asBool(m["read_only"])
	w.Capabilities = newCapabilities(texts(m["cap_add"]), texts(m["cap_drop"]), w.Privileged)
	w.profiles(texts(m["security_opt"]))
	w.Namespaces = Namespaces{
		Network: namespace(asText(m["network_mode"])), PID: namespace(asText(m["pid"])), IPC: namespace(asText(m["ipc"])),
		UTS: namespace(asText(m["uts"])), User: namespace(asText(m["userns_mode"])), Cgroup: namespace(asText(m["cgroup"])),
	}
	w.CgroupParent = asText(m["cgroup_parent"])
	s.mounts()
	s.ports()
	s.variables()
	s.limits()
	s.rest()
	s.networks(model)
	return w
}

// newWorkload returns a workload whose lists are empty and not null, so that
// policies can walk them.
func newWorkload(kind Kind, name, file string, line int) Workload {
	return Workload{
		Kind: kind, Name: name, File: file, Line: line, Lines: map[string]int{},
		User:         User{Root: "unknown"},
		Capabilities: newCapabilities(nil, nil, false),
		Mounts:       []Mount{}, Ports: []Port{}, Env: []Variable{}, Command: []Text{}, Labels: []Variable{},
		Devices: []Device{}, Networks: []Network{}, Sysctls: map[string]string{}, Ulimits: map[string]int64{},
		Logging: Logging{Rotates: "unknown"},
	}
}

// place returns the line of an item of a list of the service.
func (s service) place(text string, keys ...string) int {
	if line := s.at.item(text, append(slices.Clone(s.path), keys...)...); line > 0 {
		return line
	}
	return s.w.Line
}

func (s service) mounts() {
	for _, v := range asList(s.m["volumes"]) {
		if text, ok := v.(string); ok {
			s.w.Mounts = append(s.w.Mounts, volume(text, s.place(text, "volumes")))
			continue
		}
		m := asMap(v)
		source, target := asText(m["source"]), asText(m["target"])
		line := s.place(target, "volumes")
		if source != "" && target != "" && line == s.w.Lines["volumes"] {
			line = s.place(source, "volumes")
		}
		kind := asText(m["type"])
		if kind == "volume" && strings.HasPrefix(source, "/") {
			kind = "bind"
		}
		if kind == "" && m["bind"] != nil {
			kind = "bind"
		}
		mount := newMount(kind, source, target, line)
		mount.ReadOnly = asBool(m["read_only"])
		mount.Propagation = asText(get(m, "bind", "propagation"))
		mount.Size = limit(get(m, "tmpfs", "size"))
		s.w.Mounts = append(s.w.Mounts, mount)
	}
	for _, text := range texts(s.m["tmpfs"]) {
		s.w.Mounts = append(s.w.Mounts, tmpfs(text, s.place(text, "tmpfs")))
	}
}

func (s service) ports() {
	for _, v := range asList(s.m["ports"]) {
		m := asMap(v)
		if m == nil {
			text := asText(v)
			s.w.Ports = append(s.w.Ports, port(text, s.place(text, "ports")))
			continue
		}
		line := s.place(asText(m["published"]), "ports")
		if line == s.w.Lines["ports"] || line == s.w.Line {
			line = s.place(asText(m["target"]), "ports")
		}
		s.publish(longPort(m, line))
	}
}

// publish adds a port. The reference implementation makes a port of each in a range:
// they become the range again.
func (s service) publish(p Port) {
	if n := len(s.w.Ports); n > 0 {
		last := &s.w.Ports[n-1]
		same := p.Address == last.Address && p.Protocol == last.Protocol && (p.Line == last.Line || p.Line == s.w.Lines["ports"])
		host := p.HostFirst == last.HostLast+1 || p.HostFirst == 0 && last.HostLast == 0
		if same && host && p.First == last.Last+1 && last.First > 0 {
			last.Last, last.HostLast = p.Last, p.HostLast
			last.Text = last.text()
			return
		}
	}
	s.w.Ports = append(s.w.Ports, p)
}

// pairsOf returns what a mapping, or a list of KEY=VALUE, says.
func pairsOf(v any) map[string]any {
	if m := asMap(v); m != nil {
		return m
	}
	out := map[string]any{}
	for _, text := range texts(v) {
		key, value, set := strings.Cut(text, "=")
		out[key] = nil
		if set {
			out[key] = value
		}
	}
	return out
}

func (s service) variables() {
	read := func(key string) []Variable {
		raw := s.at.written(append(slices.Clone(s.path), key)...)
		pairs := pairsOf(s.m[key])
		out := make([]Variable, 0, len(pairs))
		for _, name := range keys(pairs) {
			value := asText(pairs[name])
			r, ok := raw[name]
			if !ok {
				r = written{value, s.w.Lines[key]}
			}
			if r.line == 0 {
				r.line = s.w.Line
			}
			out = append(out, newVariable(name, value, Interpolate(r.text, nil), pairs[name] != nil, r.line))
		}
		return out
	}
	s.w.Env, s.w.Labels = read("environment"), read("labels")
	for _, key := range []string{"entrypoint", "command"} {
		args := texts(s.m[key])
		if len(args) == 1 {
			args = strings.Fields(args[0])
		}
		s.w.Command = append(s.w.Command, newArguments(args, s.w.Lines[key])...)
	}
}

func (s service) limits() {
	m := s.m
	of := func(key string) any { return get(m, "deploy", "resources", "limits", key) }
	s.w.Limits.Memory = either(limit(m["mem_limit"]), limit(of("memory")))
	s.w.Limits.CPU = either(cores(m["cpus"]), cores(of("cpus")))
	if s.w.Limits.CPU == 0 {
		for _, key := range []string{"cpu_quota", "cpu_shares", "cpuset", "cpu_count", "cpu_percent", "cpu_rt_runtime"} {
			if v := asText(m[key]); v != "" && v != "0" && v != "-1" {
				s.w.Limits.CPU = -1
			}
		}
	}
	s.w.Limits.PIDs = either(limit(m["pids_limit"]), limit(of("pids")))
	if s.w.Limits.PIDs == 0 {
		s.w.Limits.PIDs = limit(get(m, "ulimits", "nproc"))
	}
}

// either returns the first limit that there is.
func either[T int64 | float64](a, b T) T {
	if a != 0 {
		return a
	}
	return b
}

func (s service) rest() {
	m, w := s.m, s.w
	w.Restart = newRestart(asText(m["restart"]))
	if r := asMap(get(m, "deploy", "restart_policy")); r != nil {
		w.Restart.Policy = asText(r["condition"])
		if w.Restart.Policy == "any" || w.Restart.Policy == "" {
			w.Restart.Policy = "always"
		}
		w.Restart.Attempts, _ = asInt(r["max_attempts"])
		if w.Lines["restart"] == 0 || w.Restart.Attempts > 0 {
			if _, _, line := s.at.find(append(slices.Clone(s.path), "deploy", "restart_policy")...); line > 0 {
				w.Lines["restart"] = line
			}
		}
	}
	if h := asMap(m["healthcheck"]); h != nil {
		test := texts(h["test"])
		w.Health.Set = true
		w.Health.Disabled = asBool(h["disable"]) || len(test) > 0 && test[0] == "NONE"
	}
	logging := asMap(m["logging"])
	driver, options := asText(logging["driver"]), asMap(logging["options"])
	if m["log_driver"] != nil {
		driver, options = asText(m["log_driver"]), asMap(m["log_opt"])
	}
	w.Logging = newLogging(driver, options)
	for _, v := range asList(m["devices"]) {
		if d := asMap(v); d != nil {
			source := asText(d["source"])
			w.Devices = append(w.Devices, newDevice(source, asText(d["target"]), s.place(source, "devices")))
			continue
		}
		parts := strings.SplitN(asText(v), ":", 3)
		w.Devices = append(w.Devices, newDevice(parts[0], second(parts), s.place(asText(v), "devices")))
	}
	for key, v := range pairsOf(m["sysctls"]) {
		w.Sysctls[key] = asText(v)
	}
	for key, v := range asMap(m["ulimits"]) {
		n, ok := asInt(v)
		if u := asMap(v); u != nil {
			n, ok = asInt(u["hard"])
		}
		if ok {
			w.Ulimits[key] = n
		}
	}
}

func second(parts []string) string {
	if len(parts) > 1 {
		return parts[1]
	}
	return ""
}

func (s service) networks(model map[string]any) {
	if mode := asText(s.m["network_mode"]); mode != "" {
		if mode == "bridge" {
			s.w.Networks = append(s.w.Networks, Network{Name: mode, Bridge: true})
		}
		return
	}
	names := keys(asMap(s.m["networks"]))
	if names == nil {
		names = texts(s.m["networks"])
	}
	if len(names) == 0 {
		names = []string{"default"}
	}
	for _, name := range names {
		s.w.Networks = append(s.w.Networks, Network{Name: name, Internal: asBool(get(model, "networks", name, "internal"))})
	}
}
