package scan_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/scan"
)

// at returns a time n days into the test.
func at(n int) time.Time { return time.Date(2026, 3, 1+n, 12, 0, 0, 0, time.UTC) }

func vulnerability(id, name string, more ...string) scan.Raw {
	return scan.Raw{Kind: scan.Vulnerability, ID: id, Aliases: more, Type: "npm", Name: name, Version: "1.0", Severity: "high"}
}

// runs makes lists of runs that follow each other, and returns what became of the
// findings in the last one: id, state, days since it was first seen.
func runs(t *testing.T, days ...[]*scan.Report) []string {
	t.Helper()
	var earlier, l *scan.List
	for day, reports := range days {
		l = scan.NewList(at(day), "test", "")
		l.Reports = reports
		var err error
		if l.Findings, err = scan.Merge(reports); err != nil {
			t.Fatal(err)
		}
		l.Compare(earlier, at(day))
		l.Count()
		data, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		if earlier, err = scan.ReadList(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for _, f := range l.Findings {
		out = append(out, fmt.Sprintf("%s %s %d", f.ID, f.State, f.Age(at(len(days)-1))))
	}
	return out
}

func TestLifeOfAFinding(t *testing.T) {
	day := func(reports ...*scan.Report) []*scan.Report { return reports }
	a, b := vulnerability("CVE-2024-1", "a"), vulnerability("CVE-2024-2", "b")
	failed := func() *scan.Report {
		r := report(t, "x")
		r.Ran("x")
		r.Failed("no network")
		return r
	}
	clean := func(tool string) *scan.Report {
		r := report(t, tool)
		r.Ran(tool)
		return r
	}
	f := func(name string, want []string, days ...[]*scan.Report) {
		t.Helper()
		if diff := cmp.Diff(want, runs(t, days...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	f("new", []string{"CVE-2024-1 new 0"}, day(report(t, "x", a)))
	f("open", []string{"CVE-2024-1 open 2", "CVE-2024-2 new 0"}, day(report(t, "x", a)), day(report(t, "x", a)), day(report(t, "x", a, b)))
	f("fixed", []string{"CVE-2024-1 fixed 1"}, day(report(t, "x", a)), day(clean("x")))
	f("reopened", []string{"CVE-2024-1 reopened 2"}, day(report(t, "x", a)), day(clean("x")), day(report(t, "x", a)))
	f("open again after that", []string{"CVE-2024-1 open 3"}, day(report(t, "x", a)), day(clean("x")), day(report(t, "x", a)), day(report(t, "x", a)))
	f("another tool closes nothing", []string{"CVE-2024-1 open 1"}, day(report(t, "x", a)), day(clean("y")))
	f("a tool that failed closes nothing", []string{"CVE-2024-1 open 1"}, day(report(t, "x", a)), day(failed()))
	f("one of two tools closes nothing", []string{"CVE-2024-1 open 1"}, day(report(t, "x", a), report(t, "y", a)), day(clean("x")))
	f("an id of CVE that came later", []string{"CVE-2024-1 open 1"},
		day(report(t, "x", vulnerability("GHSA-aaaa-bbbb-cccc", "a"))), day(report(t, "x", vulnerability("CVE-2024-1", "a", "GHSA-aaaa-bbbb-cccc"))))
	f("another package is another finding", []string{"CVE-2024-1 fixed 1", "CVE-2024-1 new 0"}, day(report(t, "x", a)), day(report(t, "x", vulnerability("CVE-2024-1", "b"))))
}

// TestOldDecisionsDoNotLast decides anew about findings of an earlier run.
func TestOldDecisionsDoNotLast(t *testing.T) {
	earlier := scan.NewList(at(0), "", "")
	for _, by := range []string{"vex", "file", "tool"} {
		earlier.Findings = append(earlier.Findings, &scan.Finding{
			Key: by, Kind: scan.Code, ID: by, Sources: []scan.Source{{Tool: "x"}}, Suppressed: &scan.Suppressed{By: by},
		})
	}
	l := scan.NewList(at(1), "", "")
	l.Compare(earlier, at(1))
	for _, f := range l.Findings {
		if held := f.Suppressed != nil; held != (f.ID == "tool") {
			t.Errorf("%s: held back %v", f.ID, held)
		}
	}
}

func TestGate(t *testing.T) {
	list := func() []*scan.Finding {
		high, low, kev, old := vulnerability("CVE-2024-1", "a"), vulnerability("CVE-2024-2", "b"), vulnerability("CVE-2024-3", "c"), vulnerability("CVE-2024-4", "d")
		low.Severity, kev.Severity, old.Severity = "low", "low", "medium"
		kev.KEV = &scan.KEV{Added: "2024-01-01"}
		all, err := scan.Merge([]*scan.Report{report(t, "x", high, low, kev, old)})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			f.FirstSeen = at(0).Format(time.RFC3339)
			if f.ID == "CVE-2024-4" {
				f.State = scan.Open
				f.FirstSeen = at(-31).Format(time.RFC3339)
			}
		}
		return all
	}
	f := func(failOn string, newOnly bool, ages []string, want string) {
		t.Helper()
		g := scan.Gate{NewOnly: newOnly}
		if err := g.ParseFailOn(failOn); err != nil {
			t.Fatal(err)
		}
		if err := g.ParseMaxAge(ages); err != nil {
			t.Fatal(err)
		}
		g.Hold(list(), at(0))
		if got := fmt.Sprintf("%d: %d severity, %d kev, %d age", len(g.Failed), g.Grave, g.Exploited, g.Aged); got != want {
			t.Errorf("%s %v: %s, want %s", failOn, ages, got, want)
		}
	}
	f("never", false, nil, "0: 0 severity, 0 kev, 0 age")
	f("critical", false, nil, "0: 0 severity, 0 kev, 0 age")
	f("medium", false, nil, "2: 2 severity, 0 kev, 0 age")
	f("medium", true, nil, "1: 1 severity, 0 kev, 0 age")
	f("high,kev", false, nil, "2: 1 severity, 1 kev, 0 age")
	f("never", false, []string{"medium=30d", "high=0d"}, "1: 0 severity, 0 kev, 1 age")
	f("never", false, []string{"medium=31d"}, "0: 0 severity, 0 kev, 0 age")
	var g scan.Gate
	for _, bad := range []string{"", "grave", "high,low", "high,"} {
		if g.ParseFailOn(bad) == nil {
			t.Errorf("--fail-on %q is taken", bad)
		}
	}
	for _, bad := range []string{"high", "high=x", "grave=3d", "high=-1d"} {
		if g.ParseMaxAge([]string{bad}) == nil {
			t.Errorf("--max-age %q is taken", bad)
		}
	}
}

func TestVEX(t *testing.T) {
	f := func(name string, held bool, raw scan.Raw, statements ...scan.Statement) {
		t.Helper()
		doc := scan.NewReport("vex.json", "")
		for _, s := range statements {
			if err := doc.State(s); err != nil {
				t.Fatal(err)
			}
		}
		list, err := scan.Merge([]*scan.Report{report(t, "x", raw)})
		if err != nil {
			t.Fatal(err)
		}
		scan.ApplyVEX(list, []*scan.Report{doc})
		if got := list[0].Suppressed != nil; got != held {
			t.Errorf("%s: held back %v, want %v", name, got, held)
		}
	}
	raw := vulnerability("CVE-2024-1", "a", "GHSA-aaaa-bbbb-cccc")
	image := raw
	image.Target = "registry.example.com/shop/api:1.2 (debian 12.1)"
	say := func(status, when string, products ...string) scan.Statement {
		return scan.Statement{IDs: []string{"CVE-2024-1"}, Products: products, Status: status, Time: when}
	}
	part := func(product, component string) scan.Statement {
		s := say("not_affected", "", product)
		s.Components = []string{component}
		return s
	}
	f("the package", true, raw, say("not_affected", "", "pkg:npm/a@1.0"))
	f("the package in any version", true, raw, say("fixed", "", "pkg:npm/a"))
	f("by another id", true, raw, scan.Statement{IDs: []string{"ghsa-aaaa-bbbb-cccc"}, Products: []string{"pkg:npm/a"}, Status: "not_affected"})
	f("another version", false, raw, say("not_affected", "", "pkg:npm/a@2.0"))
	f("another ecosystem", false, raw, say("not_affected", "", "pkg:pypi/a"))
	f("another package", false, raw, say("not_affected", "", "pkg:npm/b"))
	f("affected", false, raw, say("affected", "", "pkg:npm/a"))
	f("the latest counts", false, raw, say("not_affected", "2024-01-01T00:00:00Z", "pkg:npm/a"), say("affected", "2024-02-01T00:00:00Z", "pkg:npm/a"))
	f("in any zone", true, raw, say("affected", "2024-01-01T08:00:00+09:00", "pkg:npm/a"), say("not_affected", "2024-01-01T00:00:00Z", "pkg:npm/a"))
	f("whatever order", true, raw, say("not_affected", "2024-02-01T00:00:00Z", "pkg:npm/a"), say("affected", "2024-01-01T00:00:00Z", "pkg:npm/a"))
	f("a part of the image", true, image, part("pkg:oci/api?tag=1.2", "pkg:npm/a@1.0"))
	f("a part of another image", false, image, part("pkg:oci/web", "pkg:npm/a@1.0"))
	f("a part of nobody knows what", false, raw, part("pkg:oci/api", "pkg:npm/a@1.0"))
	f("another part", false, image, part("pkg:oci/api", "pkg:npm/b@1.0"))
	f("no product", false, raw, say("not_affected", "", "The whole shop"))
}

func TestSuppressions(t *testing.T) {
	list, err := scan.ReadSuppressions("s.yaml", []byte(`
suppressions:
  - id: ghsa-aaaa-bbbb-cccc
    reason: not called
    expires: 2026-12-31
  - name: late
    query: '@package.name:b severity:high'
    reason: was to be done by then
    expires: 2026-02-28
  - query: '@path:test/* kind:code'
    reason: tests
    expires: never
`))
	if err != nil {
		t.Fatal(err)
	}
	findings, err := scan.Merge([]*scan.Report{report(t, "x", vulnerability("CVE-2024-1", "a", "GHSA-aaaa-bbbb-cccc"), vulnerability("CVE-2024-2", "b"))})
	if err != nil {
		t.Fatal(err)
	}
	want := []scan.Notice{
		{Code: scan.SuppressionEnded, At: "s.yaml:6:5", Name: "late", Day: "2026-02-28", N: 1},
		{Code: scan.SuppressionUnused, At: "s.yaml:10:5", Name: "@path:test/* kind:code"},
	}
	if diff := cmp.Diff(want, scan.Suppress(findings, list, at(0))); diff != "" {
		t.Error(diff)
	}
	for _, f := range findings {
		if held := f.Suppressed != nil; held != (f.ID == "CVE-2024-1") {
			t.Errorf("%s: held back %v", f.ID, held)
		}
	}
	_, err = scan.ReadSuppressions("s.yaml", []byte("suppressions:\n  - reason: ' '\n    expires: soon\n  - id: x\n    resaon: y\n    query: '((('\n"))
	for _, want := range []string{"s.yaml:2:5: want id or query", "s.yaml:2:13: want a reason", `s.yaml:3:14: "soon" is no day`, `s.yaml:5:5: unknown key "resaon"`, "s.yaml:6:12:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestIntelligence(t *testing.T) {
	list, err := scan.Merge([]*scan.Report{report(t, "x", vulnerability("GHSA-aaaa-bbbb-cccc", "a", "CVE-2024-1"), vulnerability("CVE-2024-2", "b"))})
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, "#model_version:v2025.03.14,score_date:2026-03-01T00:00:00+0000\ncve,epss,percentile\nCVE-2024-1,0.25,0.97\nCVE-2024-9,0.1,0.5\n")
	z.Close()
	if n, err := scan.AddEPSS(list, &packed); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := scan.AddKEV(list, strings.NewReader(`{"vulnerabilities":[{"cveID":"CVE-2024-2","dateAdded":"2024-05-01","dueDate":"2024-05-22","knownRansomwareCampaignUse":"Known"}]}`)); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	for _, f := range list {
		if f.ID == "CVE-2024-1" && (f.EPSS == nil || *f.EPSS != scan.EPSS{Score: 0.25, Percentile: 0.97, Date: "2026-03-01"}) || f.ID == "CVE-2024-2" && (f.KEV == nil || !f.KEV.Ransomware) {
			t.Errorf("%s: %+v %+v", f.ID, f.EPSS, f.KEV)
		}
	}
	for _, text := range []string{"", "hello", "CVE-2024-1,NaN,0", "CVE-2024-1,2,0"} {
		if _, err := scan.AddEPSS(list, strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for scores", text)
		}
	}
	for _, text := range []string{"", "[]", "{}", `{"vulnerabilities":7}`} {
		if _, err := scan.AddKEV(list, strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for a catalogue", text)
		}
	}
}

func TestHistory(t *testing.T) {
	text := `{"time":"2026-03-01T00:00:00Z","asset":"a","counts":{"active":1}}
{"time":"2026-03-02T00:00:00Z","asset":"b","counts":{"active":2}}
{"time":"2026-03-03T00:00:00Z","asset":"a","counts":{"active":3}}
{"time":"2026-03-04T00:0`
	points, err := scan.ReadHistory(strings.NewReader(text), "a")
	if err != nil || len(points) != 2 || points[1].Counts.Active != 3 {
		t.Fatalf("%+v, %v", points, err)
	}
	if _, err := scan.ReadHistory(strings.NewReader("hello\n{}\n"), "a"); err == nil || !strings.HasPrefix(err.Error(), "line 1: ") {
		t.Errorf("%v", err)
	}
	if _, err := scan.ReadHistory(strings.NewReader(strings.Repeat("x", 1<<20)), "a"); err == nil {
		t.Error("a line without an end is taken")
	}
}

// FuzzSuppressions and FuzzReadList take anything.
func FuzzSuppressions(f *testing.F) {
	f.Add([]byte("suppressions:\n  - id: x\n    query: '@a:b'\n    reason: y\n    expires: never\n"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		list, err := scan.ReadSuppressions("s", data)
		if err == nil {
			one := scan.NewReport("r", "")
			_ = one.Add(&scan.Raw{Kind: scan.Code, ID: "x", Path: "a"})
			findings, _ := scan.Merge([]*scan.Report{one})
			scan.Suppress(findings, list, at(0))
		}
	})
}

func FuzzReadList(f *testing.F) {
	f.Add([]byte(`{"format":"sasumata-findings","version":1,"findings":[{"key":"a","kind":"code","id":"x","severity":"high","sources":[{"tool":"x"}],"state":"open"}]}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		earlier, err := scan.ReadList(bytes.NewReader(data))
		if err != nil {
			return
		}
		l := scan.NewList(at(1), "", "")
		l.Compare(earlier, at(1))
		l.Gate.Hold(l.Findings, at(1))
		l.Count()
	})
}
