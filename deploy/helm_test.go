package deploy_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v4"

	"github.com/sasumata/sasumata/internal/config"
)

// rendered returns the objects of the chart, by their kinds.
func rendered(t *testing.T, change func(values map[string]any)) map[string]map[string]any {
	t.Helper()
	return decoded(t, renderedText(t, change))
}

// renderedText renders the chart as Helm does, with the functions of it that the chart uses.
func renderedText(t *testing.T, change func(values map[string]any)) string {
	t.Helper()
	const chart = "helm/sasumata"
	load := func(name string) (m map[string]any) {
		t.Helper()
		if err := yaml.Unmarshal([]byte(read(t, filepath.Join(chart, name))), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	about := load("Chart.yaml")
	values := load("values.yaml")
	if change != nil {
		change(values)
	}
	all := template.New("").Option("missingkey=error")
	toYAML := func(v any) (string, error) {
		data, err := yaml.Marshal(v)
		return strings.TrimSuffix(string(data), "\n"), err
	}
	nindent := func(n int, text string) string {
		pad := "\n" + strings.Repeat(" ", n)
		return pad + strings.ReplaceAll(text, "\n", pad)
	}
	all.Funcs(template.FuncMap{
		"toYaml": toYAML, "nindent": nindent, "quote": strconv.Quote,
		"include": func(name string, data any) (string, error) {
			var b bytes.Buffer
			err := all.ExecuteTemplate(&b, name, data)
			return b.String(), err
		},
		"default": func(usual, given any) any {
			if given == nil || reflect.ValueOf(given).IsZero() {
				return usual
			}
			return given
		},
		"trunc":      func(n int, text string) string { return text[:min(n, len(text))] },
		"trimSuffix": func(end, text string) string { return strings.TrimSuffix(text, end) },
		"sha256sum": func(text string) string {
			sum := sha256.Sum256([]byte(text))
			return hex.EncodeToString(sum[:])
		},
	})
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if _, err := all.New(filepath.Base(name)).Parse(read(t, name)); err != nil {
			t.Fatal(err)
		}
	}
	chartInfo := map[string]any{"AppVersion": about["appVersion"], "Name": about["name"]}
	data := map[string]any{"Values": values, "Chart": chartInfo, "Release": map[string]any{"Name": "logs", "Namespace": "security"}}
	var out strings.Builder
	for _, name := range files {
		if filepath.Ext(name) != ".yaml" {
			continue
		}
		fmt.Fprintf(&out, "---\n# Source: %s\n", filepath.Base(name))
		if err := all.ExecuteTemplate(&out, filepath.Base(name), data); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// at returns what is at the path of keys and numbers.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v: no %q in %v", path, step, v)
			}
			v = m[step]
		case int:
			list, ok := v.([]any)
			if !ok || step >= len(list) {
				t.Fatalf("%v: no %d in %v", path, step, v)
			}
			v = list[step]
		}
	}
	return v
}

func TestTheChart(t *testing.T) {
	objects := rendered(t, nil)
	if len(objects) != 5 {
		t.Fatalf("%d objects", len(objects))
	}
	for kind, o := range objects {
		if o["apiVersion"] == nil || at(t, o, "metadata", "name") != "logs" || at(t, o, "metadata", "namespace") != "security" || at(t, o, "metadata", "labels", "app.kubernetes.io/name") != "sasumata" {
			t.Errorf("%s: %v", kind, o)
		}
	}
	pod := at(t, objects["StatefulSet"], "spec", "template", "spec")
	for _, one := range []struct {
		path []any
		want any
	}{
		{[]any{"securityContext", "runAsNonRoot"}, true},
		{[]any{"securityContext", "seccompProfile", "type"}, "RuntimeDefault"},
		{[]any{"automountServiceAccountToken"}, false},
		{[]any{"containers", 0, "securityContext", "readOnlyRootFilesystem"}, true},
		{[]any{"containers", 0, "securityContext", "allowPrivilegeEscalation"}, false},
		{[]any{"containers", 0, "securityContext", "capabilities", "drop", 0}, "ALL"},
		{[]any{"containers", 0, "image"}, "ghcr.io/sasumata/sasumata:1.0.0"},
		{[]any{"containers", 0, "resources", "limits", "memory"}, "2Gi"},
		{[]any{"containers", 0, "readinessProbe", "httpGet", "path"}, "/-/ready"},
	} {
		if got := at(t, pod, one.path...); got != one.want {
			t.Errorf("%v is %v, want %v", one.path, got, one.want)
		}
	}
	policy := objects["NetworkPolicy"]
	if types := fmt.Sprint(at(t, policy, "spec", "policyTypes")); types != "[Ingress Egress]" || at(t, policy, "spec", "egress", 1, "ports", 0, "port") != 443 {
		t.Errorf("%s, %v", types, at(t, policy, "spec", "egress"))
	}
	text, ok := at(t, objects["ConfigMap"], "data", "sasumata.yaml").(string)
	if !ok {
		t.Fatal("no configuration")
	}
	if c, err := config.Parse("sasumata.yaml", []byte(text)); err != nil || c.HTTP.Listen != "0.0.0.0:8480" {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestTheChartWithSecrets(t *testing.T) {
	objects := rendered(t, func(values map[string]any) {
		values["secretName"] = "tokens"
		values["image"].(map[string]any)["digest"] = "sha256:0" //nolint:forcetypeassert // of values.yaml
		values["networkPolicy"].(map[string]any)["enabled"] = false
		values["nodeSelector"] = map[string]any{"disk": "ssd"}
	})
	pod := at(t, objects["StatefulSet"], "spec", "template", "spec")
	if at(t, pod, "volumes", 2, "secret", "secretName") != "tokens" || at(t, pod, "containers", 0, "volumeMounts", 3, "mountPath") != "/etc/sasumata/secrets" {
		t.Error(pod)
	}
	if got := at(t, pod, "containers", 0, "image"); got != "ghcr.io/sasumata/sasumata@sha256:0" {
		t.Error(got)
	}
	if objects["NetworkPolicy"] != nil || at(t, pod, "nodeSelector", "disk") != "ssd" {
		t.Error("switches")
	}
	if _, err := os.Stat("helm/sasumata/templates/NOTES.txt"); err == nil {
		t.Error("NOTES.txt is not rendered here")
	}
}
