package deploy_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/posture"
)

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestHelmRendersTheChart has Helm lint the chart and render it with values of several kinds,
// and gives what comes of it to our own policies. What the quick tests render is the same.
func TestHelmRendersTheChart(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: slow: it builds Helm, the first time for minutes")
	}
	const chart = "helm/sasumata"
	helm := tool(t, "helm", "helm.sh/helm/v4/cmd/helm")
	f := func(name, values, kinds string) {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "values.yaml")
			if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
				t.Fatal(err)
			}
			if out := output(t, helm, "lint", "--strict", chart, "--values", file); !strings.Contains(out, "0 chart(s) failed") {
				t.Error(out)
			}
			manifest := output(t, helm, "template", "logs", chart, "--namespace", "security", "--values", file)
			objects := decoded(t, manifest)
			if got := strings.Join(slices.Sorted(maps.Keys(objects)), " "); got != kinds {
				t.Errorf("objects %s, want %s", got, kinds)
			}
			text, _ := at(t, objects["ConfigMap"], "data", "sasumata.yaml").(string)
			if _, err := config.Parse("sasumata.yaml", []byte(text)); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
			if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
				t.Fatal(err)
			}
			if held := checked(t, posture.Kubernetes, file); len(held) == 0 {
				t.Error("nothing is held back: was it looked at?")
			}
			ours := rendered(t, func(all map[string]any) {
				var m map[string]any
				if err := yaml.Unmarshal([]byte(values), &m); err != nil {
					t.Fatal(err)
				}
				merge(all, m)
			})
			for _, all := range []map[string]map[string]any{ours, objects} {
				sameText(t, all)
			}
			if diff := cmp.Diff(objects, ours); diff != "" {
				t.Errorf("the quick tests render something else (-Helm +here)\n%s", diff)
			}
		})
	}
	const all = "ConfigMap NetworkPolicy Service ServiceAccount StatefulSet"
	f("as it is", "", all)
	f("tightened", `
image: {digest: "`+digest+`", pullPolicy: Always}
resources: {limits: {cpu: "2", memory: 1Gi}}
networkPolicy:
  from: [{namespaceSelector: {matchLabels: {team: security}}}]
  egress: [{ports: [{port: 53, protocol: UDP}, {port: 587}]}]
`, all)
	f("without persistence", "persistence: {enabled: false, size: 1Gi}", all)
	f("without a network policy", "networkPolicy: {enabled: false}", "ConfigMap Service ServiceAccount StatefulSet")
	f("with secrets and numbers and a place", `
secretName: tokens
config:
  store: {max_age: 30d, max_bytes: 10737418240}
  http: {max_body_bytes: 5242880}
persistence: {storageClassName: fast, accessModes: [ReadWriteOncePod]}
service: {type: LoadBalancer, port: 443}
nodeSelector: {disk: ssd}
tolerations: [{key: logs, operator: Exists, effect: NoSchedule}]
`, all)

	refused := func(want string, args ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), helm, args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("helm %q: %v, want %q in\n%s", args, err, want, out)
		}
	}
	refused("additional properties 'persistance' not allowed", "template", "logs", chart, "--set", "persistance.enabled=false")
	refused("at '/image/pullPolicy': value must be one of", "lint", "--strict", chart, "--set", "image.pullPolicy=Sometimes")
	refused("at '/config/data'", "lint", "--strict", chart, "--set", "config.data=/srv")
	broken := t.TempDir()
	output(t, "cp", "-r", chart, broken)
	broken = filepath.Join(broken, "sasumata")
	if err := os.WriteFile(filepath.Join(broken, "templates", "service.yaml"), []byte("kind: Service\nmetadata: {name: {{ .Values.nothing.there }}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("nil pointer evaluating", "lint", "--strict", broken)
}

// decoded returns the objects of a manifest by their kind.
func decoded(t *testing.T, manifest string) map[string]map[string]any {
	t.Helper()
	objects := map[string]map[string]any{}
	docs := yaml.NewDecoder(strings.NewReader(manifest))
	for {
		var object map[string]any
		err := docs.Decode(&object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, manifest)
		}
		if object != nil {
			objects[fmt.Sprint(object["kind"])] = object
		}
	}
}

// merge puts values over others, as Helm does.
func merge(into, values map[string]any) {
	for key, value := range values {
		under, nested := value.(map[string]any)
		if old, is := into[key].(map[string]any); nested && is {
			merge(old, under)
		} else {
			into[key] = value
		}
	}
}

// sameText makes the configuration comparable: Helm indents it in another way, of which the
// checksum in the pod is, too.
func sameText(t *testing.T, objects map[string]map[string]any) {
	t.Helper()
	var c any
	text, _ := at(t, objects["ConfigMap"], "data", "sasumata.yaml").(string)
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	objects["ConfigMap"]["data"] = c
	annotations, _ := at(t, objects["StatefulSet"], "spec", "template", "metadata", "annotations").(map[string]any)
	if sum, _ := annotations["checksum/config"].(string); len(sum) != 64 {
		t.Errorf("the pod has no checksum of its configuration: %v", annotations)
	}
	delete(annotations, "checksum/config")
}
