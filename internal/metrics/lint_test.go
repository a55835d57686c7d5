package metrics

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func lintText(rule string) string {
	faults, advice := Lint("r.yaml", []byte("groups:\n  - name: g\n    rules:\n      - "+strings.ReplaceAll(strings.TrimSpace(rule), "\n", "\n        ")+"\n"))
	lines := faults
	for _, a := range advice {
		lines = append(lines, a.String())
	}
	return strings.Join(lines, "\n")
}

// TestLintFindsTheMistakesOfRulesThatArePublished holds one rule of each mistake that
// docs/metrics.md names.
func TestLintFindsTheMistakesOfRulesThatArePublished(t *testing.T) {
	f := func(expr string, want ...string) {
		t.Helper()
		got := lintText("alert: A\nexpr: '" + expr + "'\nlabels: {severity: high}\nannotations: {summary: s, runbook: r/s}")
		if len(want) == 0 && got != "" {
			t.Errorf("%s\ngot %s, want nothing", expr, got)
		}
		for _, one := range want {
			if !strings.Contains(got, one) {
				t.Errorf("%s\ngot  %s\nwant %s", expr, got, one)
			}
		}
	}
	f(`rate(container_cpu_usage_seconds_total[5m]) * 100 > 80`, "each series by itself (each processor")
	f(`(container_memory_usage_bytes / container_spec_memory_limit_bytes) * 100 > 90`, "may be 0", "slices and of the machine")
	f(`rate(container_network_receive_bytes_total[5m]) > 100000000`, "each series by itself")
	f(`rate(container_last_seen[5m]) > 0.1`, "rate(container_last_seen): that is a gauge")
	f(`increase(container_fs_writes_total[5m]) > 0`, "counts every write of every container", "each series by itself")
	f(`rate(http_requests_total{status=~"4..|5.."}[5m]) / rate(http_requests_total[5m]) > 0.1`, "each series is divided by itself", "may be 0")
	f(`rate(auth_failures_total[5m]) > 5`, "each series by itself")
	f(`up{job="database"} == 0`, "a target that vanished")
	f(`increase(node_load1[5m]) > 3`, "that is a gauge")
	// Those that are right.
	f(`sum by (job) (rate(a_total[5m])) / (sum by (job) (rate(b_total[5m])) > 0) > 0.1`)
	f(`up == 0 or absent(up)`)
	f(`job:x:rate5m / job:y:rate5m > 1`)
	f(`node_filesystem_readonly == 1`)
	f(`changes(node_boot_time_seconds[15m]) > 0`)
	f(`rate(request_seconds_sum[5m]) / (rate(request_seconds_count[5m]) > 0) > 2 and on () vector(1)`, "each series by itself")
}

func TestLintLooksAtTexts(t *testing.T) {
	f := func(rule, want string) {
		t.Helper()
		if got := lintText(rule); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s\ngot  %s\nwant %s", rule, got, want)
		}
	}
	f("alert: A\nexpr: sum by (job) (up) < 1\nlabels: {severity: high}\nannotations: {summary: '{{ $labels.name }}', runbook: x/y}", "names $labels.name, which the expression aggregates away")
	f("alert: A\nexpr: sum by (job) (up) < 1\nlabels: {severity: high, name: x}\nannotations: {summary: '{{ $labels.name }} {{ $labels.job }}', runbook: x/y}", "")
	f("alert: A\nexpr: sum(up) < 1\nlabels: {severity: high}\nannotations: {summary: x}", "4: A: no runbook")
	f("alert: A\nexpr: sum(up) < 1\nannotations: {runbook_url: 'https://example.com'}", "no label severity")
	f("alert: A\nexpr: sum(up < 1", "unclosed left parenthesis")
	f("alert: A\nexpr: up\nfoo: bar", "foo")
	f("record: a\nexpr: sum(x) / sum(y)", "4: a: / sum(y): that may be 0")
}

func TestShippedRulesAreClean(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("..", "..", "content", "metrics", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if IsTest(name) {
			continue
		}
		if !IsRuleFile(data) {
			t.Errorf("%s is not taken for a rule file", name)
		}
		faults, advice := Lint(name, data)
		for _, one := range faults {
			t.Error(one)
		}
		for _, one := range advice {
			t.Errorf("%s:%s", name, one)
		}
	}
}

func FuzzLint(f *testing.F) {
	f.Add("alert: A\nexpr: sum by (a) (rate(b[5m])) / c > 1\nannotations: {summary: '{{ $labels.x }}'}")
	f.Fuzz(func(_ *testing.T, rule string) {
		if len(rule) < 10_000 {
			_ = lintText(rule)
		}
	})
}
