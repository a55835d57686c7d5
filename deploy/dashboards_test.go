package deploy_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDashboardsAreWhatGrafanaReads checks the dashboards with the types of Grafana's schema:
// each becomes a literal of TypeScript, in which the compiler wants every key to be known,
// every value to be of its type, and what is required to be there. Dashboards with one mistake
// each show that it does.
func TestDashboardsAreWhatGrafanaReads(t *testing.T) {
	modules := os.Getenv("SASUMATA_GRAFANA_MODULES")
	node, err := exec.LookPath("node")
	if err != nil || modules == "" {
		t.Skip("SKIPPED: needs node, and SASUMATA_GRAFANA_MODULES with the folder of @grafana/grafana-foundation-sdk and typescript")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	literal := func(name, board string) {
		t.Helper()
		write(name+".ts", `import type { Dashboard } from "./schema.js"; export const board: Dashboard = `+board) // on one line: those of the file stay
	}
	for _, name := range []string{"schema.ts", "tsconfig.json"} {
		write(name, read(t, filepath.Join("testdata", "dashboards", name)))
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	boards, err := filepath.Glob("../content/dashboards/*.json")
	if err != nil || len(boards) < 5 {
		t.Fatal(boards, err)
	}
	for _, name := range boards {
		literal(strings.TrimSuffix(filepath.Base(name), ".json"), read(t, name))
	}

	overview := read(t, "../content/dashboards/security-overview.json")
	wrong := map[string]string{}
	f := func(name, from, to, want string) {
		t.Helper()
		if !strings.Contains(overview, from) {
			t.Fatalf("%s: there is no %s", name, from)
		}
		literal("wrong-"+name, strings.Replace(overview, from, to, 1))
		wrong["wrong-"+name+".ts"] = want
	}
	f("type-of-dashboard", `"schemaVersion": 39`, `"schemaVersion": "39"`, "Type 'string' is not assignable to type 'number'")
	f("key-of-dashboard", `"editable": true`, `"editible": true`, `'"editible"' does not exist`)
	f("required", `"schemaVersion": 39,`, ``, "'schemaVersion' is missing")
	f("type-of-panel", `"w": 6`, `"w": "6"`, "Type 'string' is not assignable to type 'number'")
	f("key-of-panel", `"gridPos": {`, `"gridpos": {`, `'"gridpos"' does not exist`)
	f("kind-of-panel", `"type": "stat"`, `"type": "stats"`, `"stats"`)
	f("key-of-query", `"legendFormat": ""`, `"legend": ""`, `'"legend"' does not exist`)
	f("enum-of-query", `"format": "time_series"`, `"format": "timeseries"`, `"timeseries"`)
	f("key-of-field", `"unit": "none"`, `"units": "none"`, `'"units"' does not exist`)
	f("enum-of-options", `"displayMode": "list"`, `"displayMode": "lines"`, `"lines"`)
	f("key-of-options", `"tooltip": {`, `"tooltips": {`, `'"tooltips"' does not exist`)
	f("option-of-another-kind", `"options": {`, `"options": {"showHeader": true,`, `'"showHeader"' does not exist`)
	f("type-of-drawing", `"lineWidth": 1`, `"lineWidth": "1"`, "Type 'string' is not assignable to type 'number'")
	f("enum-of-drawing", `"showPoints": "never"`, `"showPoints": "no"`, `"no"`)
	f("link", `"icon": "external link",`, ``, "'icon' is missing")

	check := exec.CommandContext(t.Context(), node, filepath.Join(modules, "typescript", "bin", "tsc"), "--pretty", "false", "--project", ".")
	check.Dir = dir
	out, err := check.CombinedOutput()
	if _, said := errors.AsType[*exec.ExitError](err); err != nil && !said {
		t.Fatal(err)
	}
	faults := map[string]string{}
	for line := range strings.Lines(string(out)) {
		file, _, located := strings.Cut(line, "(")
		_, ours := wrong[file]
		switch {
		case located && ours:
			faults[file] += line
		case strings.HasPrefix(line, " "): // the rest of what was said before
		default:
			t.Error(strings.Replace(strings.TrimSpace(line), ".ts(", ".json(", 1))
		}
	}
	for file, want := range wrong {
		if !strings.Contains(faults[file], want) {
			t.Errorf("%s: %q is not said, but %q", file, want, faults[file])
		}
	}
}
