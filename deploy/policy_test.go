package deploy_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/scan"
)

// TestChartAgainstPolicies looks at the objects of the chart with our checks and with
// those of Trivy: what is left is known, and none of it is grave.
func TestChartAgainstPolicies(t *testing.T) {
	objects := rendered(t, nil)
	var text bytes.Buffer
	for _, kind := range slices.Sorted(maps.Keys(objects)) {
		data, err := yaml.Marshal(objects[kind])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "---\n%s", data)
	}
	file := filepath.Join(t.TempDir(), "chart.yaml")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(set string, want ...string) {
		t.Helper()
		list, _, _, err := app.PolicyFindings(context.Background(), app.PolicyOptions{
			FindingOptions: app.FindingOptions{Inputs: []string{file}, Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}, KubernetesChecks: []string{set},
		})
		if err != nil || len(list.Unread) > 0 {
			t.Fatal(err, list.Unread)
		}
		var got []string
		for _, f := range list.Findings {
			got = append(got, f.ID)
			if f.Severity >= scan.High {
				t.Errorf("%s: %s %s: %s", set, f.Severity, f.ID, f.Title)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("%s: %s", set, diff)
		}
	}
	// The namespace is whoever installs the chart's to name, and quotas and policies of
	// it are its own; the processor is shared and not limited; the image is named by tag.
	f("all", "KB005", "KB006", "KB011", "KB012", "KB013", "WL020", "WL035")
	f("trivy", "KSV011", "KSV032", "KSV033", "KSV034", "KSV035", "KSV039", "KSV040", "KSV110")
}
