package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/scan"
)

// checked looks at files as policy check does, at the strictest level: it fails on every
// finding that nobody gave a reason for. It returns what comments hold back.
func checked(t *testing.T, kind posture.Kind, inputs ...string) []*scan.Finding {
	t.Helper()
	o := app.PolicyOptions{Kind: kind}
	o.Inputs, o.Now, o.Version = inputs, time.Now(), "test"
	if err := o.Gate.ParseFailOn("info"); err != nil {
		t.Fatal(err)
	}
	list, _, _, err := app.PolicyFindings(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range list.Unread {
		t.Errorf("%s: not looked at: %s", u.Report, u.Error)
	}
	var held []*scan.Finding
	for _, f := range list.Findings {
		switch {
		case f.Suppressed == nil:
			t.Errorf("%s:%d %s: %s: %s (%s)", f.Place.Path, f.Place.Line, f.Place.Resource, f.ID, f.Title, f.Severity)
		case len(strings.Fields(f.Suppressed.Reason)) < 3:
			t.Errorf("%s is held back without a reason: %q", f.Suppressed.Name, f.Suppressed.Reason)
		default:
			held = append(held, f)
		}
	}
	if len(list.Gate.Failed) > 0 {
		t.Errorf("the command fails: %v", list.Gate.Failed)
	}
	return held
}

// TestWhatIsHerePassesTheChecks holds the files that we ship to our own checks.
func TestWhatIsHerePassesTheChecks(t *testing.T) {
	files := []string{"docker/Dockerfile", "docker/Dockerfile.release", "compose/compose.yaml", "compose/monitoring/compose.yaml"}
	held := map[string]bool{}
	for _, f := range checked(t, "", ".") {
		path, _, _ := strings.Cut(f.Suppressed.Name, ":")
		held[path] = true
	}
	// Each file holds something back, for a reason: all of them were looked at.
	for _, file := range files {
		if !held[file] {
			t.Errorf("%s: nothing is held back: was it looked at? %v", file, held)
		}
	}
}

// TestTheChartPassesTheChecks does so with the chart, as it is rendered with its values and
// with other ones.
func TestTheChartPassesTheChecks(t *testing.T) {
	f := func(name string, change func(values map[string]any)) {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(renderedText(t, change)), 0o600); err != nil {
			t.Fatal(err)
		}
		if held := checked(t, posture.Kubernetes, path); len(held) == 0 {
			t.Error("nothing is held back: was the set looked at?")
		}
	}
	f("values.yaml", nil)
	f("secrets.yaml", func(values map[string]any) { values["secretName"] = "tokens" })
	f("pinned.yaml", func(values map[string]any) {
		image := values["image"].(map[string]any) //nolint:forcetypeassert // of values.yaml
		image["digest"], image["pullPolicy"] = "sha256:"+strings.Repeat("0", 64), "Always"
	})
}

// TestTheChecksFindWhatIsWrongHere breaks a file, and wants it found.
func TestTheChecksFindWhatIsWrongHere(t *testing.T) {
	text := strings.Replace(read(t, "compose/compose.yaml"), "cap_drop: [ALL]", "privileged: true", 1)
	path := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := app.PolicyOptions{}
	o.Inputs, o.Now = []string{path}, time.Now()
	if err := o.Gate.ParseFailOn("info"); err != nil {
		t.Fatal(err)
	}
	list, _, _, err := app.PolicyFindings(t.Context(), o)
	if err != nil || len(list.Gate.Failed) != 2 { // WL001, WL007
		t.Errorf("%v, %v", err, list)
	}
}
