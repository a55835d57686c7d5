package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnalyzeWritesReportsAndComparesThem(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	log := file(t, "auth.log", authLog())
	sasumata(t, "", "analyze", "--now", now, "--report", path("a.json"), "--report", path("a.csv"), log)

	data, err := os.ReadFile(path("a.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Summary struct {
			Events  int   `json:"total_security_events"`
			Sources int   `json:"unique_attacking_ips"`
			Most    []any `json:"most_common_attack"`
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Summary.Events != 8 || got.Summary.Sources != 1 || got.Summary.Most[0] != "failed_login" {
		t.Errorf("summary %+v", got.Summary)
	}
	table, err := os.Open(path("a.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}

	other := file(t, "auth.log", strings.ReplaceAll(authLog(), "203.0.113.9", "203.0.113.8"))
	r := sasumata(t, "", "analyze", "--now", now, "--lang", "ja", "--compare", path("a.json"), "--report", path("b.html"), other)
	page, err := os.ReadFile(path("b.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"前回のレポートからの変化", "203.0.113.8", "203.0.113.9"} {
		if !strings.Contains(r.out, want) || !strings.Contains(string(page), want) {
			t.Errorf("%q is not in both outputs", want)
		}
	}
}

func TestAnalyzeRefusesReportsBeforeItReads(t *testing.T) {
	log := file(t, "auth.log", authLog())
	f := func(want string, args ...string) {
		t.Helper()
		r := sasumata(t, "", append([]string{"analyze", "--now", now, log}, args...)...)
		if r.code != exitUsage || r.out != "" || !strings.Contains(r.err, want) {
			t.Errorf("%v: exit code %d, %q, %q", args, r.code, r.out, r.err)
		}
	}
	f("want a name that ends in .html, .json or .csv", "--report", "x.pdf")
	f(`"--report" flag: want a name`, "--report", "")
	f(`"--report" flag: want a name`, "--report", "", "--report", "x.html")
	f(`"--report" flag: want a name`, "--report", "x.html,")
	f(`"--rules" flag: want a name`, "--rules", "")
	f("no such file", "--compare", filepath.Join(t.TempDir(), "none.json"))
	f("no JSON report of sasumata", "--compare", log)
	f("--filter", "--filter", "@a:(")
	f("--since", "--since", "yesterday")
}

func TestAnalyzeOfSomeEvents(t *testing.T) {
	log := file(t, "auth.log", authLog())
	f := func(want string, args ...string) {
		t.Helper()
		out := filepath.Join(t.TempDir(), "r.json")
		sasumata(t, "", append([]string{"analyze", "--now", now, "--report", out, log}, args...)...)
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), want) {
			t.Errorf("%v: %s is missing in\n%s", args, want, data)
		}
	}
	f(`"failure": 8`)
	f(`"failure": 8`, "--filter", "@evt.outcome:failure")
	f(`"success": 0`, "--filter", "@evt.outcome:failure")
	f(`"failure": 0`, "--filter", "@evt.outcome:success")
	f(`"failure": 0`, "--since", "2026-06-01T00:00:00Z")
}
