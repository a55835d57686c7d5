package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummarize(t *testing.T) {
	f := func(name, events, want string) {
		t.Helper()
		var out strings.Builder
		if _, err := summarize(strings.NewReader(events), &out); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("nothing", "", "0 passed, 0 failed, 0 skipped\n")
	f("of a test with subtests only these count",
		`{"Action":"pass","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA/two"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p","Elapsed":0.1}
`, "3 passed, 0 failed, 0 skipped\n")
	f("a failing subtest is told once, with its output",
		`{"Action":"output","Package":"p","Test":"TestA/one","Output":"    a_test.go:3: got 1\n"}
{"Action":"fail","Package":"p","Test":"TestA/one"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`, "--- FAILED: p TestA/one\n        a_test.go:3: got 1\nfailed: p TestA/one: got 1\n0 passed, 1 failed, 0 skipped\n")
	f("a failing test beside a failing subtest counts by itself",
		`{"Action":"fail","Package":"p","Test":"TestA/one"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}
`, "--- FAILED: p TestA/one\n--- FAILED: p TestB\nfailed: p TestA/one: no reason given\nfailed: p TestB: no reason given\n0 passed, 2 failed, 0 skipped\n")
	f("a package that does not compile",
		`{"ImportPath":"p [p.test]","Action":"build-output","Output":"p.go:1: undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}
`, "--- FAILED: p (the package)\n    p.go:1: undefined: x\n    FAIL\tp [build failed]\nfailed: p (the package)\n0 passed, 1 failed, 0 skipped\n")
	f("a skip shows its reason",
		`{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: DATA is not set: no data\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"q"}
`, "skipped: p TestA: DATA is not set: no data\n0 passed, 0 failed, 1 skipped\n")
	f("what -short leaves out is no skip",
		`{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: slow\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestB"}
`, "1 slow tests were left to make race\n1 passed, 0 failed, 0 skipped\n")
	f("what is no event is printed, slow packages are named",
		"go: something odd\n"+`{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Elapsed":12.34}
`, "go: something odd\nslow: p took 12.3s\n1 passed, 0 failed, 0 skipped\n")
}

func TestAgain(t *testing.T) {
	f := func(want string, code int, again string, events ...string) {
		t.Helper()
		var out strings.Builder
		got := run(t.Context(), append([]string{"-again", again, "printf", "%s\\n"}, events...), &out, &out)
		if got != code || !strings.HasSuffix(out.String(), want) {
			t.Errorf("%d, want %d:\n%s", got, code, out.String())
		}
	}
	failed := `{"Action":"fail","Package":"p","Test":"TestA"}`
	f("unsteady: p TestA failed, and passed when it ran alone\n1 passed, 0 failed, 0 skipped\n", 0, "true", failed)
	f("failed again: p TestA\n0 passed, 1 failed, 0 skipped\n", 1, "false", failed)
	raced := `{"Action":"output","Package":"p","Test":"TestA","Output":"WARNING: DATA RACE\\n"}`
	f("\n0 passed, 1 failed, 0 skipped\n", 1, "true", raced, failed)
	panicked := `{"Action":"output","Package":"p","Output":"panic: no\\n"}`
	f("\n0 passed, 1 failed, 0 skipped\n", 1, "true", panicked, failed)
	f("unsteady: p TestA failed, and passed when it ran alone\n2 passed, 0 failed, 0 skipped\n", 0, "true",
		strings.Replace(failed, "TestA", "TestA/one", 1), strings.Replace(failed, "TestA", "TestA/two", 1), failed)
	f("\n0 passed, 2 failed, 0 skipped\n", 1, "true", failed, `{"Action":"fail","Package":"q"}`)
	var many []string
	for _, name := range []string{"TestA", "TestB", "TestC", "TestD"} {
		many = append(many, strings.Replace(failed, "TestA", name, 1))
	}
	f("\n0 passed, 4 failed, 0 skipped\n", 1, "true", many...)
}

func TestRunFailsWithoutTests(t *testing.T) {
	f := func(want int, args ...string) {
		t.Helper()
		var stdout, stderr strings.Builder
		if got := run(t.Context(), args, &stdout, &stderr); got != want {
			t.Errorf("run(%q) = %d, want %d; it printed:\n%s%s", args, got, want, stdout.String(), stderr.String())
		}
	}
	f(2)
	f(1, "no-such-command-anywhere")
	f(1, "go", "version") // prints no event: nothing was tested
	f(1, "go", "no-such-subcommand")
}
