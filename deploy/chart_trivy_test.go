package deploy_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/scan"
)

// TestTheChartAgainstTrivy looks at the objects of the chart with the checks of Trivy alone: what
// they find is known, and none of it is grave.
func TestTheChartAgainstTrivy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chart.yaml")
	if err := os.WriteFile(file, []byte(renderedText(t, nil)), 0o600); err != nil {
		t.Fatal(err)
	}
	o := app.PolicyOptions{Kind: posture.Kubernetes, KubernetesChecks: []string{"trivy"}}
	o.Inputs, o.Now = []string{file}, time.Now()
	list, _, _, err := app.PolicyFindings(t.Context(), o)
	if err != nil || len(list.Unread) > 0 {
		t.Fatal(err, list.Unread)
	}
	var got []string
	for _, f := range list.Findings {
		got = append(got, f.ID)
		if f.Severity >= scan.High {
			t.Errorf("%s %s: %s", f.Severity, f.ID, f.Title)
		}
	}
	slices.Sort(got)
	// Each of KSV032 to 035 wants another registry; quotas and limits of the namespace belong to
	// whoever installs the chart. CM003 are the comments for our own checks, which nobody asked.
	want := []string{"CM003", "KSV032", "KSV033", "KSV034", "KSV035", "KSV039", "KSV040"}
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Error(diff)
	}
}
