package workload

import (
	"context"
	"strings"
	"testing"
)

func FuzzCompose(f *testing.F) {
	for _, text := range []string{
		"services:\n  a:\n    image: x:${T:-1}\n    ports: ['80-90:80-90/udp', {target: 1, published: '2-3'}]\n    volumes: ['/:/h:ro', {type: bind, source: /etc, target: /e}]\n    environment: [A=b, C]\n",
		"services: {a: {extends: b}, b: {extends: {service: a}}}",
		"services:\n  a: &a {image: x}\n  b: {<<: *a, extends: {file: /dev/zero, service: c}}\ninclude: [x.yaml, {path: [y]}]\n",
		"a: {build: .}\nb: {image: y, tmpfs: /x:size=1k}\n",
		"services: {a: {deploy: {resources: {limits: {cpus: '0.5', memory: 1g, pids: 5}}, restart_policy: {}}, logging: {driver: none}, ulimits: {core: -1, nofile: {hard: 1}}}}",
		"services: {a: {ports: ['1-65535']}, c: {ports: ['1-65535', '${X}']}}",
		"services: {a: !reset null, b: !override {image: x}}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCompose(context.Background(), []File{{Name: "/nowhere/c.yaml", Data: data}}, ComposeOptions{})
		if err == nil && len(c.Workloads) > maxServices {
			t.Errorf("%d services", len(c.Workloads))
		}
	})
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte(`[{"Id": "1", "Name": "/web", "Config": {"Image": "x", "User": "0", "Env": ["A=b"], "Healthcheck": {"Test": ["NONE"]}}, "HostConfig": {"NanoCpus": 1, "PidsLimit": null, "Ulimits": [{"Name": "core", "Hard": -1}], "PortBindings": {"80/tcp": [{"HostPort": "1"}]}}, "Mounts": [{"Type": "bind", "Source": "/", "RW": true}]}]`))
	f.Add([]byte(`{"Config": {}, "HostConfig": {}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadInspect("x.json", data)
		if err == nil && len(s.Workloads) == 0 {
			t.Error("no workload and no error")
		}
	})
}

func FuzzRun(f *testing.F) {
	f.Add("docker run -itp80:80 --cap-add ALL --mount type=bind,src=/,dst=/h,ro -e A=b -m 1g x:1 cmd --password y\n")
	f.Add("sudo podman --log-level debug container run --network=host --tmpfs /t:size=1m \"$IMG\"")
	f.Add("docker run -\\\n- x")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadRun("x.sh", []byte(text))
		if err == nil && len(s.Workloads) == 0 {
			t.Error("no workload and no error")
		}
	})
}

func FuzzKubernetes(f *testing.F) {
	f.Add([]byte("kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: c, image: x, securityContext: {capabilities: {drop: [ALL]}}, volumeMounts: [{name: v, mountPath: /v}], env: [{name: A, value: b}]}\n  volumes: [{name: v, hostPath: {path: /}}]\n"))
	f.Add([]byte("kind: List\nitems: [{kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: {containers: [{}]}}}}}}]\n---\nkind: X\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadKubernetes("x.yaml", data)
		if err == nil && len(m.Objects) == 0 {
			t.Error("no object and no error")
		}
	})
}

func FuzzDaemon(f *testing.F) {
	f.Add([]byte(`{"icc": false, "hosts": ["tcp://0.0.0.0:2375"], "default-ulimits": {}}`), "--icc=false -H tcp://x -s aufs --experimental --host")
	f.Fuzz(func(_ *testing.T, data []byte, args string) {
		if d, err := ReadDaemon("daemon.json", data); err == nil {
			d.AddFlags(strings.Fields(args))
		}
	})
}

func FuzzInterpolate(f *testing.F) {
	f.Add("${A:-${B:+$C}}$$x")
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.Contains(text, "$") && Interpolate(text, nil) != text {
			t.Error("text without a dollar sign changed")
		}
	})
}
