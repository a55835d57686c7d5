package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestStoreJourney(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	log := file(t, "access.log", attackLog+"not a known line\n")
	f := func(code int, args ...string) result {
		t.Helper()
		r := sasumata(t, "", args...)
		if r.code != code {
			t.Fatalf("%q ends with %d: %s%s", args, r.code, r.out, r.err)
		}
		return r
	}
	f(exitUsage, "query", "--store", dir)
	f(exitUsage, "store", "export", "--store", dir)
	f(exitUsage, "query")
	f(exitUsage, "store", "import", "--store", dir)
	f(exitUsage, "store", "import", "--store", dir, "nowhere.log")
	if r := f(exitClean, "store", "import", "--store", dir, log); !strings.HasPrefix(r.out, "4 events of 4 lines") {
		t.Errorf("import says %s", r.out)
	}
	f(exitClean, "store", "verify", "--store", dir)
	// What parse prints comes back.
	parsed := f(exitClean, "parse", "--detect", log)
	exported := f(exitClean, "store", "export", "--store", dir)
	if !slices.Equal(sorted(parsed.out), sorted(exported.out)) || !strings.Contains(exported.out, "REDACTED") {
		t.Errorf("stored\n%s, parsed\n%s", exported.out, parsed.out)
	}
	if r := f(exitClean, "query", "--store", dir, "@security.attack:true"); !strings.Contains(r.out, `%1b%5d0;x`) || !strings.Contains(r.err, "2 events matched of") {
		t.Errorf("attacks:\n%s%s", r.out, r.err)
	}
	if r := f(exitClean, "query", "--store", dir, "--limit", "1"); strings.Count(r.out, "\n") != 2 || !strings.Contains(r.out, "10:05:05") {
		t.Errorf("the newest is\n%s", r.out)
	}
	if r := f(exitClean, "query", "--store", dir, "--top", "@network.client.ip", "-o", "csv"); r.out != "@network.client.ip,count\n203.0.113.8,2\n203.0.113.7,1\n,1\n" {
		t.Errorf("top:\n%s", r.out)
	}
	if r := f(exitClean, "query", "--store", dir, "--every", "1h", "-o", "csv", "source:nginx"); r.out != "time,count\n2026-05-17T10:00:00Z,3\n" {
		t.Errorf("buckets:\n%s", r.out)
	}
	if r := f(exitClean, "query", "--store", dir, "--since", "2026-05-17T10:05:05Z", "--stats", "count"); !strings.Contains(r.out, "\n    1\n") {
		t.Errorf("since:\n%s", r.out)
	}
	if r := f(exitClean, "query", "--store", dir, "--patterns", "-o", "csv", "source:nginx", "--limit", "1"); !strings.HasPrefix(r.out, "count,share,last,pattern\n") || !strings.Contains(r.out, `GET `) {
		t.Errorf("patterns:\n%s%s", r.out, r.err)
	}
	var doc struct {
		Rows    []struct{ By map[string]string }
		Scanned struct{ Matched int }
	}
	r := f(exitClean, "query", "--store", dir, "--stats", "sum(@network.bytes_written) by @http.status_code", "-o", "json")
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || len(doc.Rows) != 3 || doc.Scanned.Matched != 4 {
		t.Errorf("%v, %+v", err, doc)
	}
	var events struct{ Events []map[string]any }
	r = f(exitClean, "query", "--store", dir, "-o", "json", "@http.status_code:403")
	if err := json.Unmarshal([]byte(r.out), &events); err != nil || len(events.Events) != 1 {
		t.Errorf("%v in %s", err, r.out)
	}
	for _, args := range [][]string{
		{"--stats", "total"},
		{"--stats", "count", "--top", "@a"},
		{"--patterns", "--top", "@a"},
		{"--every", "often"},
		{"--limit", "0"},
		{"-o", "xml"},
		{"--since", "yesterday"},
		{"--since", "1h", "--until", "2h"},
		{"--timeout", "-1s"},
		{"@a:["},
		{"--fields", "a b"},
	} {
		f(exitUsage, append([]string{"query", "--store", dir}, args...)...)
	}
	if r := f(exitFailure, "query", "--store", dir, "--timeout", "1ns"); !strings.Contains(r.err, "raise --timeout") {
		t.Errorf("too slow: %s", r.err)
	}
	for _, until := range []string{"9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"} {
		want := map[bool]string{true: "3 events matched", false: "0 events matched"}[until[0] == '9']
		if r := f(exitClean, "query", "--store", dir, "--until", until); !strings.HasPrefix(r.err, want) {
			t.Errorf("until %s: %s", until, r.err)
		}
	}
	for _, since := range []string{"0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"} {
		if r := f(exitClean, "query", "--store", dir, "--since", since); !strings.HasPrefix(r.err, "3 events matched") {
			t.Errorf("since %s: %s", since, r.err)
		}
	}
	for _, args := range [][]string{{"query"}, {"store", "import", log}, {"store", "verify"}, {"store", "prune", "--max-age", "1d"}} {
		for _, no := range []string{log, filepath.Join(log, "x")} {
			if r := f(exitUsage, append(args, "--store", no)...); !strings.Contains(r.err, "--store wants a folder") {
				t.Errorf("a file as a store: %s", r.err)
			}
		}
	}
	storeDamage(t, f, dir)
}

func TestStoreCompactAndDelete(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	f := func(code int, args ...string) string {
		t.Helper()
		r := sasumata(t, "", append(args, "--store", dir)...)
		if r.code != code {
			t.Fatalf("%q ends with %d: %s%s", args, r.code, r.out, r.err)
		}
		return r.out + r.err
	}
	f(exitUsage, "store", "delete", "@a:1", "--yes")
	for range 8 {
		f(exitClean, "store", "import", file(t, "access.log", attackLog))
	}
	before := f(exitClean, "store", "export")
	if got := f(exitClean, "store", "compact"); got != "8 parts became 1\n" {
		t.Errorf("compact says %s", got)
	}
	if after := f(exitClean, "store", "export"); !slices.Equal(sorted(after), sorted(before)) {
		t.Errorf("joined\n%s, before\n%s", after, before)
	}
	f(exitUsage, "store", "delete")
	f(exitUsage, "store", "delete", "@a:[")
	if got := f(exitClean, "store", "delete", "@http.status_code:403"); got != "would remove 8 events; --yes removes them\n" {
		t.Errorf("delete says %s", got)
	}
	if got := f(exitClean, "store", "delete", "@http.status_code:403", "--yes"); got != "removed 8 events of 1 parts\n" {
		t.Errorf("delete says %s", got)
	}
	if left := f(exitClean, "store", "export"); strings.Contains(left, `"status_code":403`) || strings.Count(left, "\n") != strings.Count(before, "\n")-8 {
		t.Errorf("left\n%s", left)
	}
	f(exitClean, "store", "verify")
}

// storeDamage breaks a part, and takes all of them away.
func storeDamage(t *testing.T, f func(int, ...string) result, dir string) {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "day=2026-05-17", "*", "*.parquet"))
	if err != nil || len(parts) != 1 {
		t.Fatalf("parts %v, error %v", parts, err)
	}
	data, err := os.ReadFile(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	data[200] ^= 1
	if err := os.WriteFile(parts[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := f(exitFindings, "store", "verify", "--store", dir); !strings.Contains(r.out, "checksum") || !strings.Contains(r.out, "1 problems") {
		t.Errorf("verify says %s", r.out)
	}
	if r := f(exitFailure, "query", "--store", dir); !strings.Contains(r.err, "lacks the events") || !strings.Contains(r.out, "not a known line") {
		t.Errorf("a query says %s%s", r.out, r.err)
	}
	if err := os.Truncate(parts[0], 100); err != nil {
		t.Fatal(err)
	}
	if r := f(exitFailure, "query", "--store", dir, "-o", "json"); !strings.Contains(r.out, `"parts_not_readable":["day=2026-05-17/`) {
		t.Errorf("a query with a part that was cut says %s", r.out)
	}
	if err := os.WriteFile(parts[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	f(exitUsage, "store", "prune", "--store", dir)
	f(exitUsage, "store", "prune", "--store", dir, "--max-age", "old")
	f(exitUsage, "store", "prune", "--store", dir, "--max-bytes", "big")
	if r := f(exitClean, "store", "prune", "--store", dir, "--max-bytes", "1", "--dry-run"); !strings.Contains(r.out, "would remove 2 parts with 4 events") {
		t.Errorf("a dry run says %s", r.out)
	}
	f(exitClean, "store", "verify", "--store", dir, "--help")
	if r := f(exitClean, "store", "prune", "--store", dir, "--max-bytes", "1"); !strings.Contains(r.out, "removed 2 parts with 4 events") {
		t.Errorf("prune says %s", r.out)
	}
	if r := f(exitClean, "query", "--store", dir, "--stats", "count", "-o", "csv"); r.out != "count\n" {
		t.Errorf("left:\n%s", r.out)
	}
}

func sorted(text string) []string {
	return slices.Sorted(strings.SplitSeq(text, "\n"))
}

func TestQueryDisarmsFormulas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	log := file(t, "x.json", `{"#sum":7,"user":"=HYPERLINK(\"http://evil\")","message":"+1\u001b[2J","n":-5}`+"\n")
	if r := sasumata(t, "", "store", "import", "--store", dir, "--source", "json", log); r.code != 0 {
		t.Fatal(r.err)
	}
	r := sasumata(t, "", "query", "--store", dir, "-o", "csv", "--fields", "@user,message,@n,#sum")
	if want := `,"'=HYPERLINK(""http://evil"")",'+1\x1b[2J,-5,7`; !strings.Contains(r.out, want) {
		t.Errorf("no %s in\n%s", want, r.out)
	}
	for _, output := range []string{"table", "json", "csv"} {
		if r := sasumata(t, "", "query", "--store", dir, "-o", output, "--stats", "count by message"); strings.Contains(r.out, "\x1b") {
			t.Errorf("%s carries control characters out:\n%q", output, r.out)
		}
	}
}

func TestStoreSizes(t *testing.T) {
	for text, want := range map[string]int64{"10GB": 10e9, "500 MiB": 500 << 20, "1": 1, "2.5kB": 2500, "": 0, "x": 0, "-1GB": 0, "1e400": 0, "0": 0} {
		if got, err := parseSize(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}
