package read_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/scan/read"
	"github.com/sasumata/sasumata/test/conformance"
)

func readFile(t *testing.T, path string) (*scan.Report, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return read.Read(filepath.Base(path), f, "")
}

// TestPublicReports reads the reports of the conformance suite. All but one are
// reports, none of them keeps anything from being read, and what is recognised and
// counted stays above what was reached once.
func TestPublicReports(t *testing.T) {
	dir := conformance.Dir(t, "scan")
	index, err := os.Open(filepath.Join(dir, "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer index.Close()
	names := map[string]string{"anchore_grype": "grype", "npm_audit_7_plus": "npm_audit"}
	var all, right, unread int
	for lines := bufio.NewScanner(index); lines.Scan(); {
		var entry struct {
			File, Format string
			Detect       bool
			Findings     *int
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatal(err)
		}
		r, err := readFile(t, filepath.Join(dir, entry.File))
		if err != nil {
			unread++
			t.Logf("%v", err)
		}
		list, err := scan.Merge([]*scan.Report{r})
		if err != nil {
			t.Errorf("%s: %v", entry.File, err)
		}
		if name := names[entry.Format]; name != "" {
			entry.Format = name
		}
		if entry.Detect {
			all++
			if r.Format == entry.Format {
				right++
			}
		}
		if n := entry.Findings; n != nil {
			all++
			if *n == r.Read || *n == len(list) {
				right++
			}
		}
	}
	if all == 0 || float64(right) < 0.97*float64(all) || unread > 1 {
		t.Errorf("%d of %d right, %d not read", right, all, unread)
	}
}

// TestPublicGroups merges reports that say the same in several formats.
func TestPublicGroups(t *testing.T) {
	dir := conformance.Dir(t, "scan", "cross-format")
	data, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var groups []struct {
		Group  string
		Files  []string
		Merged int
	}
	if err := json.Unmarshal(data, &groups); err != nil || len(groups) == 0 {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	for _, g := range groups {
		var reports []*scan.Report
		for _, name := range g.Files {
			r, err := readFile(t, filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
			}
			reports = append(reports, r)
		}
		list, err := scan.Merge(reports)
		if err != nil || len(list) != g.Merged {
			t.Errorf("%s: %d findings, want %d, %v", g.Group, len(list), g.Merged, err)
		}
	}
}
