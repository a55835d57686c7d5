package workload_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

// mutants returns copies of a tree, each with one value replaced by one of another type.
func mutants(v any) []any {
	out := []any{nil, "x", 7, true, []any{}, []any{"x", 7, nil}, map[string]any{"x": "y"}}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			for _, m := range mutants(v[key]) {
				c := maps.Clone(v)
				c[key] = m
				out = append(out, c)
			}
		}
	case []any:
		for i := range v {
			for _, m := range mutants(v[i]) {
				c := slices.Clone(v)
				c[i] = m
				out = append(out, c)
			}
		}
	}
	return out
}

// Whatever type a value has, checks look at the rest: they never end with an error.
func TestChecksSurviveEveryType(t *testing.T) {
	e := engine(t)
	trivy, err := posture.NewTrivy(posture.TrivyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f := func(kind posture.Kind, text string) {
		t.Helper()
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		seen, faults := 0, 0
		for i, m := range mutants(v) {
			if testing.Short() && i%9 != 0 {
				continue
			}
			data, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			inputs, _, err := workload.Inputs(context.Background(), kind, "x.json", data)
			if err != nil {
				continue // refused as a whole, with a message
			}
			seen++
			for _, in := range inputs {
				_, err := e.Evaluate(context.Background(), in)
				_, theirs := trivy.Evaluate(context.Background(), in.File, in.Objects)
				if err = errors.Join(err, theirs); err != nil {
					t.Errorf("%s: %v", data, err)
					if faults++; faults > 10 {
						t.FailNow()
					}
				}
			}
		}
		if seen == 0 {
			t.Errorf("%s: only %d mutants were read", kind, seen)
		}
	}
	f(posture.Daemon, `{"hosts": ["tcp://x"], "insecure-registries": ["a"], "default-ulimits": {"nofile": {"Hard": 1}}, "log-driver": "json-file", "log-opts": {"max-size": "1m"}, "log-level": "debug", "icc": true, "userns-remap": "default", "authorization-plugins": ["x"], "cgroup-parent": "/x"}`)
	for kind, spec := range map[string]string{
		"Pod":                     `{"hostPID": true, "serviceAccountName": "a", "volumes": [{"name": "v", "hostPath": {"path": "/"}}], "securityContext": {"runAsUser": 1, "runAsGroup": 1, "sysctls": [{"name": "a", "value": "b"}], "seLinuxOptions": {"type": "a"}}, "containers": [{"name": "c", "image": "x:1", "command": ["kube-apiserver", "--profiling=1"], "args": ["--listen=1"], "ports": [{"hostPort": 1, "containerPort": 2}], "env": [{"name": "a", "value": "b", "valueFrom": {"secretKeyRef": {"name": "x"}}}], "envFrom": [{"secretRef": {}}], "securityContext": {"runAsUser": 0, "capabilities": {"add": ["ALL"], "drop": ["ALL"]}, "procMount": "x", "windowsOptions": {"hostProcess": true}, "seccompProfile": {"type": "x"}}, "resources": {"requests": {"cpu": 1}, "limits": {"cpu": 1}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}], "readinessProbe": {"x": 1}}]}`,
		"Deployment":              `{"replicas": 3, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}, "annotations": {"x": "y"}}, "spec": {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"a": "b"}}}]}}, "containers": [{"name": "c"}]}}}`,
		"StatefulSet":             `{"replicas": 3, "volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": "1G"}}}}], "template": {"spec": {"topologySpreadConstraints": [1], "containers": [{"name": "c"}]}}}`,
		"Service":                 `{"selector": {"app": "x"}, "ports": [{"port": 1, "targetPort": "x"}]}`,
		"NetworkPolicy":           `{"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["x"]}}]}]}`,
		"PodSecurityPolicy":       `{"privileged": true, "runAsUser": {"rule": "x"}, "allowedCapabilities": ["x"], "allowedHostPaths": [{"pathPrefix": "/"}], "requiredDropCapabilities": ["x"]}`,
		"ResourceQuota":           `{"hard": {"requests.cpu": 1}}`,
		"LimitRange":              `{"limits": [{"default": 1}]}`,
		"HorizontalPodAutoscaler": `{"scaleTargetRef": {"name": "x"}, "metrics": [{"type": "Object", "object": {"metric": {}, "describedObject": {"name": "x"}}}]}`,
	} {
		f(posture.Kubernetes, fmt.Sprintf(`{"kind": %q, "apiVersion": "v1", "metadata": {"name": "x", "namespace": "y", "labels": {"app": "z"}, "annotations": {"a": "b"}}, "spec": %s}`, kind, spec))
	}
	for _, object := range []string{
		`{"kind": "Role", "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "resourceNames": ["x"]}]}`,
		`{"kind": "RoleBinding", "subjects": [{"name": "default"}], "roleRef": {"name": "admin"}, "metadata": {"name": "x"}}`,
		`{"kind": "ConfigMap", "data": {"password": "password=x"}, "metadata": {"name": "x", "namespace": "kube-system"}}`,
		`{"kind": "Secret", "data": {"password": "x"}, "stringData": {"a": "b"}, "metadata": {"name": "x"}}`,
		`{"kind": "Ingress", "metadata": {"annotations": {"nginx.ingress.kubernetes.io/x-snippet": "x", "nginx.ingress.kubernetes.io/y": "{}"}}}`,
		`{"kind": "KubeletConfiguration", "authentication": {"anonymous": {"enabled": true}, "x509": {"clientCAFile": "x"}}, "tlsCertFile": "x", "tlsCipherSuites": ["RC4"], "readOnlyPort": 1, "eventRecordQPS": 2}`,
		`{"kind": "EncryptionConfiguration", "resources": [{"providers": [{"identity": {}}]}]}`,
		`{"kind": "Policy", "apiVersion": "audit.k8s.io/v1", "rules": [{"level": "Metadata", "resources": [{"resources": ["secrets"]}]}]}`,
		`{"kind": "ServiceAccount", "metadata": {"name": "default"}, "automountServiceAccountToken": true}`,
	} {
		f(posture.Kubernetes, object)
	}
}
