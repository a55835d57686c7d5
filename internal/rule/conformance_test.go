package rule

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/test/conformance"
)

// rulesIn returns the documents of one folder by name.
func rulesIn(t *testing.T, dir, folder string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, folder, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no rules in %s: %v", folder, err)
	}
	docs := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		docs[filepath.Base(name)] = data
	}
	return docs
}

func TestShippedRulesAreAcceptedAndWrittenBack(t *testing.T) {
	dir := conformance.Dir(t, "datadog", "rules")
	for _, folder := range []string{"ootb", "article"} {
		for name, data := range rulesIn(t, dir, folder) {
			r, err := Decode(name, data)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			roundTrip(t, name, r, data)
		}
	}
}

// TestAPIScenarios accepts what Datadog's API accepted and refuses what it
// refused.
func TestAPIScenarios(t *testing.T) {
	accepted, refused := 0, 0
	for name, data := range rulesIn(t, conformance.Dir(t, "datadog", "rules"), "scenarios") {
		var scenario struct {
			Status int             `json:"expected_http_status"`
			Body   json.RawMessage `json:"body"`
		}
		if err := json.Unmarshal(data, &scenario); err != nil {
			t.Fatal(err)
		}
		if scenario.Status == 404 || !isRuleBody(name) || strings.Contains(name, "convert-a-") && scenario.Status == 400 {
			continue
		}
		r, err := Decode(name, scenario.Body)
		if want := scenario.Status < 300; (err == nil) != want {
			t.Errorf("%s: accepted %v, want %v: %v", name, err == nil, want, err)
		}
		if err == nil {
			accepted++
			roundTrip(t, name, r, scenario.Body)
		} else {
			refused++
		}
	}
	if accepted == 0 || refused == 0 {
		t.Errorf("accepted %d and refused %d: want some of both", accepted, refused)
	}
}

func isRuleBody(name string) bool {
	for _, part := range []string{"create-a-", "convert-a-", "update-an-", "validate-a-"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// roundTrip checks that the rule is written as the JSON value it was read from,
// and is read again as the same rule.
func roundTrip(t *testing.T, name string, r *Rule, data []byte) {
	t.Helper()
	written := r.AppendJSON(nil)
	var want, got any
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(written, &got); err != nil {
		t.Fatalf("%s: written as broken JSON: %v\n%s", name, err, written)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: written differently (-read +written):\n%s", name, diff)
	}
	again, err := Decode(name, written)
	if err != nil {
		t.Fatalf("%s: not accepted as written: %v", name, err)
	}
	if a, b := string(written), string(again.AppendJSON(nil)); a != b {
		t.Errorf("%s: the second writing differs:\n%s\n%s", name, a, b)
	}
	for _, c := range r.Cases {
		if c.Expr == nil {
			continue
		}
		names := c.Expr.names
		second, err := ParseCondition(c.Expr.String(), names)
		if err != nil || second.String() != c.Expr.String() {
			t.Errorf("%s: condition %q is written as %q: %v", name, c.Condition, c.Expr, err)
		}
	}
}
