package workload

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// maxInspect bounds what docker inspect wrote: a container is about 10 kB.
const maxInspect = 64 << 20

// ReadInspect reads what `docker inspect CONTAINER...` (or podman inspect) writes: a
// list of containers, one container, or one a line. Objects that are no containers
// are an error.
func ReadInspect(name string, data []byte) (*Set, error) {
	docs, err := document.DecodeAll(name, data, func() any { return new(document.Node) }, document.Options{AllowUnknown: true, MaxBytes: maxInspect})
	if err != nil {
		return nil, err
	}
	s := &Set{Kind: KindContainer, Workloads: []Workload{}}
	for _, doc := range docs {
		n, _ := doc.(*document.Node)
		containers := []document.Node{*n}
		if n.Kind() == document.List {
			containers = nil
			for item := range n.Items() {
				containers = append(containers, item)
			}
		}
		for _, c := range containers {
			w, err := inspected(name, c)
			if err != nil {
				return nil, err
			}
			s.Workloads = append(s.Workloads, w)
		}
	}
	if len(s.Workloads) == 0 {
		return nil, fmt.Errorf("%s: %w: no container", name, ErrInput)
	}
	s.share()
	return s, nil
}

// InspectJSON brings the JSON of one container, as an engine answers, to a workload.
func InspectJSON(name string, data json.RawMessage) (Workload, error) {
	s, err := ReadInspect(name, data)
	if err != nil {
		return Workload{}, err
	}
	return s.Workloads[0], nil
}

// inspected reads one container.
func inspected(file string, n document.Node) (Workload, error) {
	m := asMap(n.Any())
	config, host := asMap(m["Config"]), asMap(m["HostConfig"])
	if host == nil || config == nil {
		return Workload{}, n.Pos().Fault("want a container as docker inspect writes it, with Config and HostConfig")
	}
	name := strings.TrimPrefix(asText(m["Name"]), "/")
	if name == "" {
		name = asText(m["Id"])
	}
	w := newWorkload(KindContainer, name, file, n.Pos().Line)
	w.Image = newImage(asText(config["Image"]))
	w.User = newUser(asText(config["User"]))
	if w.User.Text == "" {
		w.User.Root = "yes" // the image's own user stands here, too: there is none
	}
	w.Privileged = asBool(host["Privileged"])
	w.ReadOnly = asBool(host["ReadonlyRootfs"])
	w.Capabilities = newCapabilities(texts(host["CapAdd"]), texts(host["CapDrop"]), w.Privileged)
	w.profiles(texts(host["SecurityOpt"]))
	if profile := asText(m["AppArmorProfile"]); w.AppArmor == "" && profile == "unconfined" && !w.Privileged {
		w.AppArmor = profile
	}
	w.Namespaces = Namespaces{
		Network: namespace(asText(host["NetworkMode"])), PID: namespace(asText(host["PidMode"])), IPC: namespace(asText(host["IpcMode"])),
		UTS: namespace(asText(host["UTSMode"])), User: namespace(asText(host["UsernsMode"])), Cgroup: namespace(asText(host["CgroupnsMode"])),
	}
	if mode := w.Namespaces.Network; mode != "host" && !strings.HasPrefix(mode, "container:") {
		w.Namespaces.Network = ""
	}
	w.CgroupParent = asText(host["CgroupParent"])
	inspectMounts(&w, m, host)
	inspectPorts(&w, host)
	for _, text := range texts(config["Env"]) {
		key, value, set := strings.Cut(text, "=")
		w.Env = append(w.Env, newVariable(key, value, value, set, w.Line))
	}
	labels := asMap(config["Labels"])
	for _, key := range keys(labels) {
		value := asText(labels[key])
		w.Labels = append(w.Labels, newVariable(key, value, value, true, w.Line))
	}
	w.Command = append(newArguments(texts(config["Entrypoint"]), w.Line), newArguments(texts(config["Cmd"]), w.Line)...)
	inspectLimits(&w, host)
	inspectRest(&w, m, config, host)
	return w, nil
}

func inspectMounts(w *Workload, m, host map[string]any) {
	seen := map[string]bool{}
	for _, v := range asList(m["Mounts"]) {
		mm := asMap(v)
		kind := asText(mm["Type"])
		source := asText(mm["Source"])
		if kind == "volume" && asText(mm["Name"]) != "" {
			source = asText(mm["Name"])
		}
		mount := newMount(kind, source, asText(mm["Destination"]), w.Line)
		if rw, ok := mm["RW"].(bool); ok {
			mount.ReadOnly = !rw
		}
		// rprivate is what every bind mount gets that asks for nothing.
		if p := asText(mm["Propagation"]); p != "rprivate" {
			mount.Propagation = p
		}
		seen[mount.Target] = true
		w.Mounts = append(w.Mounts, mount)
	}
	for _, text := range texts(host["Binds"]) {
		if mount := volume(text, w.Line); !seen[mount.Target] {
			w.Mounts = append(w.Mounts, mount)
		}
	}
	tmp := asMap(host["Tmpfs"])
	for _, target := range keys(tmp) {
		w.Mounts = append(w.Mounts, tmpfs(target+":"+asText(tmp[target]), w.Line))
	}
}

func inspectPorts(w *Workload, host map[string]any) {
	bindings := asMap(host["PortBindings"])
	for _, key := range keys(bindings) {
		container, protocol, _ := strings.Cut(key, "/")
		for _, v := range asList(bindings[key]) {
			b := asMap(v)
			p := Port{Protocol: protocol, Line: w.Line}
			p.finish(asText(b["HostIp"]), asText(b["HostPort"]), container)
			p.Text = strings.TrimPrefix(asText(b["HostIp"])+":"+asText(b["HostPort"])+":"+key, ":")
			w.Ports = append(w.Ports, p)
		}
	}
}

func inspectLimits(w *Workload, host map[string]any) {
	w.Limits.Memory = limit(host["Memory"])
	if nano, _ := asInt(host["NanoCpus"]); nano > 0 {
		w.Limits.CPU = float64(nano) / 1e9
	} else if quota, _ := asInt(host["CpuQuota"]); quota > 0 {
		period, _ := asInt(host["CpuPeriod"])
		if period <= 0 {
			period = 100_000 // the kernel's own
		}
		w.Limits.CPU = float64(quota) / float64(period)
	} else if shares, _ := asInt(host["CpuShares"]); shares > 0 || asText(host["CpusetCpus"]) != "" {
		w.Limits.CPU = -1
	}
	w.Limits.PIDs = limit(host["PidsLimit"])
}

func inspectRest(w *Workload, m, config, host map[string]any) {
	policy := asMap(host["RestartPolicy"])
	w.Restart.Policy = asText(policy["Name"])
	w.Restart.Attempts, _ = asInt(policy["MaximumRetryCount"])
	if h := asMap(config["Healthcheck"]); h != nil {
		test := texts(h["Test"])
		w.Health = Health{Set: len(test) > 0, Disabled: len(test) > 0 && test[0] == "NONE"}
	}
	logging := asMap(host["LogConfig"])
	w.Logging = newLogging(asText(logging["Type"]), asMap(logging["Config"]))
	for _, v := range asList(host["Devices"]) {
		d := asMap(v)
		w.Devices = append(w.Devices, newDevice(asText(d["PathOnHost"]), asText(d["PathInContainer"]), w.Line))
	}
	for key, v := range asMap(host["Sysctls"]) {
		w.Sysctls[key] = asText(v)
	}
	for _, v := range asList(host["Ulimits"]) {
		u := asMap(v)
		if n, ok := asInt(u["Hard"]); ok {
			w.Ulimits[asText(u["Name"])] = n
		}
	}
	mode := asText(host["NetworkMode"])
	for _, name := range keys(asMap(get(m, "NetworkSettings", "Networks"))) {
		w.Networks = append(w.Networks, Network{Name: name, Bridge: name == "bridge"})
	}
	if len(w.Networks) == 0 && (mode == "default" || mode == "bridge" || mode == "") {
		w.Networks = append(w.Networks, Network{Name: "bridge", Bridge: true})
	}
}
