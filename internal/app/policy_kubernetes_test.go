package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/posture"
)

const podAndService = `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
    - name: c
      image: docker.io/library/nginx:1.29
      ports: [{containerPort: 80}]
      securityContext: {privileged: true}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: shop}
spec:
  externalIPs: [192.0.2.1]
  ports: [{port: 80}]
`

// TestKubernetesChecks holds which checks look at a manifest, and that nothing is
// reported by two of them.
func TestKubernetesChecks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.yaml")
	write(t, filepath.Dir(file), "m.yaml", podAndService)
	f := func(checks, want, unwanted []string) {
		t.Helper()
		got := found(t, app.PolicyOptions{FindingOptions: app.FindingOptions{Inputs: []string{file}}, KubernetesChecks: checks})
		has := func(id string) bool {
			return slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, id) })
		}
		for _, id := range want {
			if !has(id) {
				t.Errorf("%v: no %q in %v", checks, id, got)
			}
		}
		for _, id := range unwanted {
			if has(id) {
				t.Errorf("%v: %q in %v", checks, id, got)
			}
		}
	}
	for _, all := range [][]string{nil, {"all"}} {
		f(all, []string{"WL001 Pod/a/c:9", "KSV108 Service/s:11", "KSV117 Pod/a:"}, []string{"KSV017", "KSV034", "KSV012"})
	}
	f([]string{"native"}, []string{"WL001"}, []string{"KSV"})
	f([]string{"trivy"}, []string{"KSV017 Pod/a:6", "KSV012", "KSV034", "KSV108"}, []string{"WL", "KB"})
	f([]string{"KSV034", "AVD-KSV-0032"}, []string{"WL001", "KSV108", "KSV034 Pod/a:6", "KSV032 Pod/a:6"}, []string{"KSV017", "KSV033"})
}

func TestKubernetesChecksFaults(t *testing.T) {
	f := func(want string, checks ...string) {
		t.Helper()
		err := app.CheckKubernetesChecks(checks)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", checks, err, want)
		}
		_, _, _, err = app.PolicyFindings(context.Background(), app.PolicyOptions{KubernetesChecks: checks})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", checks, err, want)
		}
	}
	f("exclude each other", "native", "trivy")
	f("takes no ids", "native", "KSV034")
	f(`"nativ"`, "nativ")
	f("did you mean KSV034?", "KSV0o34")
	if err := app.CheckKubernetesChecks([]string{"all", "KSV034", "all"}); err != nil {
		t.Error(err)
	}
	if err := app.CheckKubernetesChecks([]string{"KSV9999"}); !errors.Is(err, posture.ErrTrivyCheck) {
		t.Errorf("%v", err)
	}
}

// TestKubernetesComments holds that comments hold back what checks of Trivy find.
func TestKubernetesComments(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.yaml")
	text := strings.Replace(podAndService, "apiVersion: v1\nkind: Service", "# sasumata:ignore-file KSV108 the address is ours\napiVersion: v1\nkind: Service", 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list, _, _, err := app.PolicyFindings(context.Background(), app.PolicyOptions{FindingOptions: app.FindingOptions{Inputs: []string{file}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list.Findings {
		if f.ID == "KSV108" {
			if f.Suppressed == nil {
				t.Error("KSV108 is not held back")
			}
			if !strings.Contains(f.URL, "avd-ksv-0108") {
				t.Errorf("URL %q", f.URL)
			}
			return
		}
	}
	t.Error("no KSV108")
}
