package waf_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
	"github.com/sasumata/sasumata/test/conformance"
)

func TestRealAccessLogsHoldNoFalseAlarm(t *testing.T) {
	dir := conformance.Dir(t)
	p, m, e := inspector(t), waf.NewMachine(), event.New()
	lines, flagged := 0, 0
	for _, name := range files(t, filepath.Join(dir, "access", "*.log")) {
		for line := range strings.Lines(readAll(t, name)) {
			lines++
			if !fill(e, line) {
				continue
			}
			if v := p.Inspect(e, m); v.Attack {
				flagged++
				t.Logf("%v %s %q: %s", v.Rules, v.Where, v.Payload, strings.TrimSpace(line))
			}
		}
	}
	t.Logf("%d lines, %d flagged", lines, flagged)
	if lines == 0 || flagged*2000 > lines {
		t.Errorf("flagged %d of %d lines of ordinary traffic, want at most 0.05 %%", flagged, lines)
	}
}

func TestDetectionFloorOnRecordedRequests(t *testing.T) {
	for _, set := range []string{"web", "httpparams"} {
		t.Run(set, func(t *testing.T) { measure(t, conformance.Dir(t, set, "expect.jsonl.gz")) })
	}
}

func measure(t *testing.T, name string) {
	t.Helper()
	p, m, e := inspector(t), waf.NewMachine(), event.New()
	total, flagged, noted := map[string]int{}, map[string]int{}, map[string]int{}
	for line := range strings.Lines(readAll(t, name)) {
		var r struct{ Log, Label, Cls, Src, Type string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		class := r.Label + " " + r.Cls + r.Type
		if r.Label == "legit" {
			class += " " + r.Src
		}
		if !fill(e, r.Log) {
			t.Fatalf("not a combined line: %s", r.Log)
		}
		total[class]++
		v := p.Inspect(e, m)
		if v.Attack {
			flagged[class]++
		}
		if _, ok := e.Get(waf.AttrCRSRules); ok {
			noted[class]++
		}
		if quiet := r.Label == "legit" || r.Label == "norm"; quiet == v.Attack && os.Getenv("SASUMATA_SHOW") == r.Cls+r.Type {
			t.Logf("%v %q: %s", v.Rules, v.Payload, r.Log)
		}
	}
	attacks, found, quiet, wrong := 0, 0, 0, 0
	for _, class := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%-60s %5d of %5d flagged, %.2f %%; rules in SecLang match %d", class, flagged[class], total[class], 100*float64(flagged[class])/float64(total[class]), noted[class])
		if strings.HasPrefix(class, "legit") || strings.HasPrefix(class, "norm") {
			quiet, wrong = quiet+total[class], wrong+flagged[class]
		} else {
			attacks, found = attacks+total[class], found+flagged[class]
		}
	}
	t.Logf("attacks %d of %d, false %d of %d", found, attacks, wrong, quiet)
	if found*100 < attacks*98 {
		t.Errorf("found %d of %d attacks, want 98 %%", found, attacks)
	}
	if wrong*2000 > quiet {
		t.Errorf("flagged %d of %d ordinary requests, want at most 0.05 %%", wrong, quiet)
	}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no files for %s: %v", pattern, err)
	}
	return names
}

func readAll(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			t.Fatal(err)
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(fmt.Errorf("read %s: %w", name, err))
	}
	return string(data)
}
