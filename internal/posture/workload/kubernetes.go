package workload

import (
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// maxObjects bounds the objects of one file of manifests.
const maxObjects = 10_000

// Manifests is a file of Kubernetes objects: their containers as workloads, and the
// objects themselves.
type Manifests struct {
	Set
	Objects []Object `json:"objects"`
	// Nodes are the objects as they were written.
	Nodes []document.Node `json:"-"`
}

// Object is one object of a manifest.
type Object struct {
	// Name is "Kind/name", "Kind" alone for an object without a name.
	Name string `json:"name"`
	Line int    `json:"line"`
	// Lines names the lines of the keys at the top, below metadata and spec
	// ("spec.replicas").
	Lines map[string]int `json:"lines"`
	// Value is the object as it was written.
	Value map[string]any `json:"value"`
}

// ReadKubernetes reads a file of manifests: YAML documents or JSON, also lists of
// objects. Documents that are no objects are an error; a file without any too.
func ReadKubernetes(name string, data []byte) (*Manifests, error) {
	docs, err := document.DecodeAll(name, data, func() any { return new(document.Node) }, document.Options{AllowUnknown: true, MaxBytes: maxFile})
	if err != nil {
		return nil, err
	}
	m := &Manifests{Set: Set{Kind: KindKubernetes, Workloads: []Workload{}, Shared: []Shared{}}, Objects: []Object{}}
	for _, doc := range docs {
		n, _ := doc.(*document.Node)
		if err := m.add(name, *n, 0); err != nil {
			return nil, err
		}
	}
	if len(m.Objects) == 0 {
		return nil, fmt.Errorf("%s: %w: no object of Kubernetes", name, ErrInput)
	}
	return m, nil
}

// add reads one object, or those of a list.
func (m *Manifests) add(file string, n document.Node, depth int) error {
	kind, ok := n.Get("kind")
	if !ok || kind.Text() == "" {
		return n.Pos().Fault("want an object of Kubernetes: the key kind is missing")
	}
	if items, ok := n.Get("items"); ok && strings.HasSuffix(kind.Text(), "List") && depth == 0 {
		for item := range items.Items() {
			if item.Kind() == document.Null {
				continue
			}
			if err := m.add(file, item, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if len(m.Objects) >= maxObjects {
		return fmt.Errorf("%s: %w: more than %d objects", file, ErrInput, maxObjects)
	}
	value, _ := withoutNulls(n.Any()).(map[string]any)
	o := Object{Name: kind.Text(), Line: n.Pos().Line, Lines: map[string]int{}, Value: value}
	if name := asText(get(value, "metadata", "name")); name != "" {
		o.Name += "/" + name
	} else if name := asText(get(value, "metadata", "generateName")); name != "" {
		o.Name += "/" + name
	}
	for key, v := range n.Pairs() {
		o.Lines[key] = n.KeyPos(key).Line
		if key == "metadata" || key == "spec" {
			for below := range v.Pairs() {
				o.Lines[key+"."+below] = v.KeyPos(below).Line
			}
		}
	}
	m.Objects = append(m.Objects, o)
	m.Nodes = append(m.Nodes, n)
	m.pods(file, o.Name, n)
	return nil
}

// withoutNulls takes away what is null: for the cluster it is not there.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			if item == nil {
				delete(v, key)
				continue
			}
			v[key] = withoutNulls(item)
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}

// podPath says where the pod is in an object of a kind.
func podPath(kind string) ([]string, bool) {
	switch kind {
	case "Pod":
		return nil, true
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "DeploymentConfig", "Rollout", "Configuration", "Service", "Revision":
		return []string{"spec", "template"}, true
	case "CronJob":
		return []string{"spec", "jobTemplate", "spec", "template"}, true
	default:
		return nil, false
	}
}

// pods makes a workload of every container of the object.
func (m *Manifests) pods(file, name string, n document.Node) {
	kind, _ := n.Get("kind")
	at, ok := podPath(kind.Text())
	if !ok {
		return
	}
	for _, key := range at {
		n, _ = n.Get(key)
	}
	spec, _ := n.Get("spec")
	annotations, _ := n.Get("metadata")
	annotations, _ = annotations.Get("annotations")
	pod := asMap(spec.Any())
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		items, _ := spec.Get(list)
		for item := range items.Items() {
			if item.Kind() == document.Map {
				m.Workloads = append(m.Workloads, container(file, name, pod, asMap(annotations.Any()), item))
			}
		}
	}
}

// container reads one container of a pod.
func container(file, object string, pod, annotations map[string]any, n document.Node) Workload {
	m := asMap(n.Any())
	name := asText(m["name"])
	w := newWorkload(KindKubernetes, object+"/"+name, file, n.Pos().Line)
	for key, v := range n.Pairs() {
		w.Lines[key] = n.KeyPos(key).Line
		if key == "securityContext" {
			for below := range v.Pairs() {
				w.Lines[below] = v.KeyPos(below).Line
			}
		}
	}
	own, all := asMap(m["securityContext"]), asMap(pod["securityContext"])
	context := func(key string) any {
		if v, ok := own[key]; ok {
			return v
		}
		return all[key]
	}
	w.Image = newImage(asText(m["image"]))
	w.Privileged = asBool(own["privileged"])
	w.ReadOnly = asBool(own["readOnlyRootFilesystem"])
	w.NoNewPrivileges = own["allowPrivilegeEscalation"] == false
	w.Capabilities = newCapabilities(texts(get(own, "capabilities", "add")), texts(get(own, "capabilities", "drop")), w.Privileged)
	w.User = newUser(asText(context("runAsUser")))
	if w.User.Root == "unknown" && asBool(context("runAsNonRoot")) {
		w.User.Root = "no"
	}
	if p := asMap(context("seccompProfile")); p != nil {
		w.Seccomp = strings.ToLower(asText(p["type"]))
	} else if p := asText(annotations["seccomp.security.alpha.kubernetes.io/pod"]); p != "" {
		w.Seccomp = p
	}
	w.AppArmor = strings.ToLower(asText(get(context("appArmorProfile"), "type")))
	if p := asText(annotations["container.apparmor.security.beta.kubernetes.io/"+name]); p != "" {
		w.AppArmor = p
	}
	host := func(key string) string {
		if asBool(pod[key]) {
			return "host"
		}
		return ""
	}
	w.Namespaces = Namespaces{Network: host("hostNetwork"), PID: host("hostPID"), IPC: host("hostIPC")}
	containerMounts(&w, pod, n)
	containerRest(&w, m)
	for _, v := range asList(get(all, "sysctls")) {
		w.Sysctls[asText(asMap(v)["name"])] = asText(asMap(v)["value"])
	}
	return w
}

func containerMounts(w *Workload, pod map[string]any, n document.Node) {
	volumes := map[string]map[string]any{}
	for _, v := range asList(pod["volumes"]) {
		volumes[asText(asMap(v)["name"])] = asMap(v)
	}
	list, _ := n.Get("volumeMounts")
	for item := range list.Items() {
		mm := asMap(item.Any())
		v := volumes[asText(mm["name"])]
		kind, source := "volume", asText(mm["name"])
		if h := asMap(v["hostPath"]); h != nil {
			kind, source = "bind", asText(h["path"])
		}
		mount := newMount(kind, source, asText(mm["mountPath"]), item.Pos().Line)
		mount.ReadOnly = asBool(mm["readOnly"])
		switch asText(mm["mountPropagation"]) {
		case "Bidirectional":
			mount.Propagation = "rshared"
		case "HostToContainer":
			mount.Propagation = "rslave"
		}
		w.Mounts = append(w.Mounts, mount)
	}
}

func containerRest(w *Workload, m map[string]any) {
	for _, v := range asList(m["ports"]) {
		p := asMap(v)
		host := asText(p["hostPort"])
		if host == "" || host == "0" {
			continue
		}
		made := Port{Protocol: strings.ToLower(asText(p["protocol"])), Text: host + ":" + asText(p["containerPort"]), Line: w.Lines["ports"]}
		made.finish(asText(p["hostIP"]), host, asText(p["containerPort"]))
		w.Ports = append(w.Ports, made)
	}
	for _, v := range asList(m["env"]) {
		e := asMap(v)
		value, set := e["value"]
		w.Env = append(w.Env, newVariable(asText(e["name"]), asText(value), asText(value), set, w.Lines["env"]))
	}
	for _, key := range []string{"command", "args"} {
		w.Command = append(w.Command, newArguments(texts(m[key]), w.Lines[key])...)
	}
	w.Limits.Memory = limit(get(m, "resources", "limits", "memory"))
	w.Limits.CPU = cores(get(m, "resources", "limits", "cpu"))
	w.Health.Set = m["livenessProbe"] != nil || m["readinessProbe"] != nil || m["startupProbe"] != nil
}
