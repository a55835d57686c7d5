package posture_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	trivychecks "github.com/aquasecurity/trivy-checks"
	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	reading "github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

func trivy(tb testing.TB, o posture.TrivyOptions) *posture.Trivy {
	tb.Helper()
	t, err := posture.NewTrivy(o)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func manifests(tb testing.TB, text string) *workload.Manifests {
	tb.Helper()
	m, err := workload.ReadKubernetes("m.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func listed(tb testing.TB, o posture.TrivyOptions) []*posture.Check {
	tb.Helper()
	list, err := trivy(tb, o).Listed()
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func ids(list []*posture.Check) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.ID)
	}
	return out
}

// TestTrivyBesideOurs holds which checks are evaluated beside ours: those that none of
// ours has among its aliases, that look at manifests, and that nothing contradicts.
func TestTrivyBesideOurs(t *testing.T) {
	if n := len(trivy(t, posture.TrivyOptions{}).Checks()); n != 157 {
		t.Errorf("%d checks of Kubernetes, want 157", n)
	}
	native := checks(t).Checks()
	beside := trivy(t, posture.TrivyOptions{Beside: native})
	if diff := cmp.Diff([]string{"KSV108", "KSV115", "KSV117", "KSV124"}, ids(beside.Checks())); diff != "" {
		t.Error(diff)
	}
	off := 0
	for _, c := range listed(t, posture.TrivyOptions{Beside: native}) {
		if c.Off != (posture.Text{}) {
			off++
		}
		if c.Title.Japanese == c.Title.English || c.Why.Japanese == c.Why.English || c.Fix.Japanese == c.Fix.English {
			t.Errorf("%s has no texts in Japanese", c.ID)
		}
		if c.Title.English == "" || c.Why.English == "" || len(c.Links) == 0 || c.Source == "" || c.Target != "kubernetes" {
			t.Errorf("%+v", c)
		}
	}
	if off != 28 {
		t.Errorf("%d checks are off, want 28: 23 of nodes, 4 of registries, 1 of an admission plugin", off)
	}
	named := trivy(t, posture.TrivyOptions{Beside: native, Named: []string{"AVD-KSV-0034", "ksv017"}})
	if diff := cmp.Diff([]string{"KSV017", "KSV034", "KSV108", "KSV115", "KSV117", "KSV124"}, ids(named.Checks())); diff != "" {
		t.Error(diff)
	}
	_, err := posture.NewTrivy(posture.TrivyOptions{Named: []string{"KSV99", "KSV9999"}})
	if !errors.Is(err, posture.ErrTrivyCheck) || !strings.Contains(err.Error(), `"KSV99"`) || !strings.Contains(err.Error(), `"KSV9999"`) {
		t.Errorf("%v", err)
	}
}

func TestTrivyID(t *testing.T) {
	f := func(id, want string) {
		t.Helper()
		if got := posture.TrivyID(id); got != want {
			t.Errorf("TrivyID(%q) is %q, want %q", id, got, want)
		}
	}
	f("AVD-KSV-0012", "KSV012")
	f("KSV-0012", "KSV012")
	f("ksv012", "KSV012")
	f("KSV01010", "KSV1010")
	f("KCV0001", "KCV001")
	f("KSV", "KSV")
	f("KSV0012b", "KSV0012b")
	f("DS002", "DS002")
	f("", "")
}

const twoObjects = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  externalIPs: [192.0.2.1]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: eks
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get]
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [aws-auth]
    verbs: [update]
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
    - name: first
      image: example.com/a:1
      securityContext: {}
    - name: second
      image: example.com/b:1
      securityContext:
        privileged: true
`

// TestTrivyPlaces holds that findings stand at the lines of what caused them.
func TestTrivyPlaces(t *testing.T) {
	all := trivy(t, posture.TrivyOptions{})
	found, err := all.Evaluate(context.Background(), "m.yaml", manifests(t, twoObjects).Nodes)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range found {
		if slices.Contains([]string{"KSV108", "KSV115", "KSV017"}, f.Check.ID) {
			got = append(got, fmt.Sprintf("%s %s:%d-%d %s %s", f.Check.ID, f.File, f.Line, f.EndLine, f.Resource, f.Severity))
		}
	}
	// The cause of KSV108 is a text, which has no place: it stands at the object.
	want := []string{"KSV108 m.yaml:1-0 Service/web high", "KSV115 m.yaml:16-19 Role/eks critical", "KSV017 m.yaml:29-32 Pod/p high"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, f := range found {
		if f.Check.ID == "KSV108" && (f.Message.Japanese != "外部 IP を持つ Service" || !strings.Contains(f.Message.English, "should not set external IPs")) {
			t.Errorf("%+v", f.Message)
		}
	}
}

// example is one of Trivy's own examples.
type example struct {
	Kubernetes struct {
		Good []string `doc:"good"`
		Bad  []string `doc:"bad"`
	} `doc:"kubernetes"`
}

// TestTrivyExamples looks at the examples that Trivy has of good and bad manifests: its
// own check, and ours with its id, find what they should.
func TestTrivyExamples(t *testing.T) {
	native, all := checks(t), trivy(t, posture.TrivyOptions{})
	good, bad, ours := 0, 0, 0
	for _, c := range all.Checks() {
		name := strings.TrimSuffix(c.File, ".rego") + ".yaml"
		text, err := fs.ReadFile(trivychecks.EmbeddedPolicyFileSystem, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var e example
		if err := reading.Decode(name, text, &e, reading.Options{}); err != nil {
			t.Fatal(err)
		}
		look := func(text string, want bool) {
			theirs, own := bothFind(t, all, native, c.ID, text)
			// Bad examples of this check name no class of the ingress, which it wants.
			if theirs != want && c.ID != "KCV0093" {
				t.Errorf("%s: %s says %v of an example, want %v", name, c.ID, theirs, want)
			}
			if own == want {
				ours++
			}
		}
		for _, text := range e.Kubernetes.Good {
			good++
			look(text, false)
		}
		for _, text := range e.Kubernetes.Bad {
			bad++
			look(text, true)
		}
	}
	t.Logf("%d good, %d bad; ours say the same of %d", good, bad, ours)
	if good < 30 || bad < 30 || ours < 60 {
		t.Errorf("%d good and %d bad examples, ours say the same of %d", good, bad, ours)
	}
}

// bothFind says whether a check of Trivy finds something, and whether one of ours with
// its id does.
func bothFind(t *testing.T, all *posture.Trivy, native *posture.Engine, id, text string) (theirs, ours bool) {
	t.Helper()
	m, err := workload.ReadKubernetes("m.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	has := func(list []posture.Finding) bool {
		return slices.ContainsFunc(list, func(f posture.Finding) bool {
			return slices.ContainsFunc(append(f.Aliases, f.Check.ID), func(s string) bool { return posture.TrivyID(s) == posture.TrivyID(id) })
		})
	}
	found, err := all.Evaluate(context.Background(), "m.yaml", m.Nodes)
	if err != nil {
		t.Fatal(err)
	}
	theirs = has(found)
	for _, in := range []posture.Input{{Kind: posture.Kubernetes, Document: m.Set}, {Kind: posture.Objects, Document: m}} {
		found, err := native.Evaluate(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		ours = ours || has(found)
	}
	return theirs, ours
}

// TestTrivyTwins looks at the manifests in the tests of Trivy's checks with ours that
// replace them: what the check finds in its own tests, ours find, too.
func TestTrivyTwins(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	native, all := checks(t), trivy(t, posture.TrivyOptions{})
	beside := ids(listed(t, posture.TrivyOptions{Beside: native.Checks()}))
	var bad, found, good, quiet int
	for _, c := range all.Checks() {
		rule, err := fs.ReadFile(trivychecks.EmbeddedPolicyFileSystem, c.File)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(beside, c.ID) || strings.Contains(string(rule), `"NodeInfo"`) {
			continue
		}
		for _, text := range testInputs(t, c.File) {
			theirs, ours := bothFind(t, all, native, c.ID, text)
			switch {
			case theirs:
				bad++
				if ours {
					found++
				}
			default:
				good++
				if !ours {
					quiet++
				}
			}
			if theirs != ours {
				t.Logf("%s: %s: Trivy %v, ours %v", c.ID, path.Base(c.File), theirs, ours)
			}
		}
	}
	t.Logf("found %d of %d, quiet in %d of %d", found, bad, quiet, good)
	if bad < 200 || found*100 < bad*90 || good < 150 || quiet*100 < good*80 {
		t.Errorf("found %d of %d, quiet in %d of %d", found, bad, quiet, good)
	}
}

// testInputs returns the manifests in the tests of a check, as JSON.
func testInputs(t *testing.T, file string) []string {
	t.Helper()
	file = strings.TrimSuffix(file, ".rego") + "_test.rego"
	text, err := fs.ReadFile(trivychecks.EmbeddedPolicyFileSystem, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	module, err := ast.ParseModuleWithOpts(file, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.WalkWiths(module, func(w *ast.With) bool {
		if w.Target.String() != "input" || !w.Value.IsGround() {
			return false
		}
		value, err := ast.JSON(w.Value.Value)
		if err != nil {
			return false
		}
		m, _ := value.(map[string]any)
		if kind, _ := m["kind"].(string); kind == "" {
			return false
		}
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
		return false
	})
	return out
}

// TestTrivyHostileManifests holds that Trivy's checks end, with findings or an error,
// whatever a manifest repeats or pretends.
func TestTrivyHostileManifests(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	all := trivy(t, posture.TrivyOptions{})
	beside := trivy(t, posture.TrivyOptions{Beside: checks(t).Checks()})
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n"
	for name, text := range map[string]string{
		"containers": pod + strings.Repeat("  - {name: c, image: a, ports: [{containerPort: 80}]}\n", 3_000),
		"ports":      pod + "  - {name: c, ports: [" + strings.Repeat("{containerPort: 1},", 5_000) + "]}\n",
		"command":    pod + "  - {name: c, command: [kube-apiserver, " + strings.Repeat("--enable-admission-plugins=aaaaaaaaaa,", 10_000) + "]}\n",
		"rules":      "apiVersion: v1\nkind: Role\nmetadata: {name: r}\nrules:\n" + strings.Repeat("- {apiGroups: ['*'], resources: ['*', secrets], verbs: ['*', create]}\n", 3_000),
		"objects":    strings.Repeat("---\n{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {externalIPs: [192.0.2.1]}}\n", 9_000),
		"deep":       pod + "  - name: c\n    x: " + strings.Repeat("{a: ", 80) + "1" + strings.Repeat("}", 80) + "\n",
		"places":     pod + "  - {name: c, __defsec_metadata: {startline: x, endline: -5}, securityContext: {privileged: true}}\n__defsec_metadata: 7\n",
		"review":     pod + "  - {name: c, securityContext: {privileged: true}}\nreview: {object: {kind: Pod, metadata: {name: q}, spec: {containers: []}}}\n",
		"types":      "apiVersion: 1\nkind: [Pod]\nmetadata: 5\nspec: {containers: {a: b}}\n",
		"nulls":      "apiVersion: v1\nkind: Pod\nmetadata:\nspec:\n  containers: [null, null]\n",
	} {
		m, err := workload.ReadKubernetes("m.yaml", []byte(text))
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		for set, engine := range map[string]*posture.Trivy{"all": all, "beside": beside} {
			start := time.Now()
			found, err := engine.Evaluate(context.Background(), "m.yaml", m.Nodes)
			took := time.Since(start)
			t.Logf("%s, %s: %d findings in %v, %v", name, set, len(found), took.Round(time.Millisecond), err)
			if took > 3*time.Minute {
				t.Errorf("%s, %s: %v", name, set, took)
			}
			for _, f := range found {
				if lines := strings.Count(text, "\n") + 1; f.Line < 1 || f.Line > lines || f.EndLine > lines {
					t.Errorf("%s: %s at %d-%d of %d lines", name, f.Check.ID, f.Line, f.EndLine, lines)
					break
				}
			}
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := all.Evaluate(ended, "m.yaml", manifests(t, twoObjects).Nodes); !errors.Is(err, context.Canceled) {
		t.Errorf("an evaluation that was ended: %v", err)
	}
}

// TestTrivyReview holds that a key that Gatekeeper's requests have hides nothing.
func TestTrivyReview(t *testing.T) {
	all := trivy(t, posture.TrivyOptions{})
	m := manifests(t, "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, securityContext: {privileged: true}}]}\nreview: {object: {kind: Pod, spec: {containers: []}}}\n")
	found, err := all.Evaluate(context.Background(), "m.yaml", m.Nodes)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(found, func(f posture.Finding) bool { return f.Check.ID == "KSV017" && f.Line == 3 }) {
		t.Errorf("KSV017 is not among %d findings", len(found))
	}
}

// FuzzTrivy holds that every check of Trivy ends without an error on whatever is read
// as a manifest, and names lines that there are.
func FuzzTrivy(f *testing.F) {
	f.Add(twoObjects)
	f.Add("kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a, namespace: kube-system, annotations: {a: b}}\nspec: {template: {spec: {hostPID: true, volumes: [{hostPath: {path: /}}], containers: [{name: a, image: 'x:1', command: [kube-apiserver, --a=b]}]}}}\n")
	f.Add("kind: NodeInfo\ntype: master\ninfo: {kubeletConfFilePermissions: {values: [777]}}\n")
	f.Add("kind: List\nitems: [{kind: Role, rules: [{verbs: ['*'], resources: ['*'], apiGroups: ['*']}]}]\n")
	all := trivy(f, posture.TrivyOptions{})
	f.Fuzz(func(t *testing.T, text string) {
		m, err := workload.ReadKubernetes("m.yaml", []byte(text))
		if err != nil || len(m.Nodes) > 20 {
			return
		}
		found, err := all.Evaluate(context.Background(), "m.yaml", m.Nodes)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for _, f := range found {
			if f.Message.English == "" || f.Line < 1 || f.Line > lines || f.EndLine > lines {
				t.Errorf("%s at %d-%d of %d lines: %q", f.Check.ID, f.Line, f.EndLine, lines, f.Message.English)
			}
		}
	})
}

// BenchmarkTrivyRead is what every run pays for the checks beside ours.
func BenchmarkTrivyRead(b *testing.B) {
	native := checks(b).Checks()
	for b.Loop() {
		trivy(b, posture.TrivyOptions{Beside: native})
	}
}

// BenchmarkTrivyCompile is what the first manifest of a run costs besides.
func BenchmarkTrivyCompile(b *testing.B) {
	native := checks(b).Checks()
	for set, o := range map[string]posture.TrivyOptions{"beside": {Beside: native}, "alone": {}} {
		b.Run(set, func(b *testing.B) {
			nodes := manifests(b, "{apiVersion: v1, kind: X}").Nodes
			for b.Loop() {
				if _, err := trivy(b, o).Evaluate(context.Background(), "m.yaml", nodes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTrivyManifest is one file of three objects.
func BenchmarkTrivyManifest(b *testing.B) {
	native := checks(b).Checks()
	for set, o := range map[string]posture.TrivyOptions{"beside": {Beside: native}, "alone": {}} {
		b.Run(set, func(b *testing.B) {
			t, nodes := trivy(b, o), manifests(b, twoObjects).Nodes
			for b.Loop() {
				if _, err := t.Evaluate(context.Background(), "m.yaml", nodes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
