package app_test

import (
	"testing"

	"github.com/sasumata/sasumata/internal/app"
)

// TestPolicies runs the tests beside the policies.
func TestPolicies(t *testing.T) {
	results, err := app.TestPolicies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Failed != "" {
			t.Errorf("%s:%d: %s: %s", r.File, r.Line, r.Name, r.Failed)
		}
	}
	if len(results) < 200 {
		t.Errorf("%d tests", len(results))
	}
}
