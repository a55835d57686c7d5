package crs_test

import (
	"io/fs"
	"slices"
	"testing"

	crstests "github.com/corazawaf/coraza-coreruleset/v4/tests"
	"go.yaml.in/yaml/v4"

	"github.com/sasumata/sasumata/internal/waf/crs"
)

// TestWhatLogsShow counts how many of the rule set's tests that must match do so on
// what a plain access log has, and on what a log with cookies and forms has. The
// documentation says these figures.
func TestWhatLogsShow(t *testing.T) {
	set := coreRules(t, 4)
	m := set.NewMachine(crs.DefaultMemo())
	all, plain, rich := 0, 0, 0
	for _, one := range expectations(t) {
		all++
		if slices.Contains(ids(set, m, one.request), one.id) {
			rich++
		}
		one.request.Cookie, one.request.Body = "", ""
		if slices.Contains(ids(set, m, one.request), one.id) {
			plain++
		}
	}
	t.Logf("of %d tests that must match, %d do (%.1f %%) on a plain log, %d (%.1f %%) with cookies and forms",
		all, plain, 100*float64(plain)/float64(all), rich, 100*float64(rich)/float64(all))
	if all < 3600 || plain < all*30/100 || rich < all*68/100 {
		t.Errorf("%d tests, %d on a plain log, %d with cookies and forms", all, plain, rich)
	}
}

// expectation is a request with a rule that must match it.
type expectation struct {
	request crs.Request
	id      int
}

func expectations(t *testing.T) []expectation {
	t.Helper()
	names, err := fs.Glob(crstests.FS, "*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	requests, at := regressions(t), 0
	var list []expectation
	for _, name := range names {
		data, err := fs.ReadFile(crstests.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		var file regression
		if err := yaml.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for _, test := range file.Tests {
			for _, stage := range test.Stages {
				for _, id := range stage.Output.Log.Expect {
					list = append(list, expectation{requests[at], id})
				}
				at++
			}
		}
	}
	return list
}
