package crs_test

import (
	"os"
	"slices"
	"testing"

	"github.com/sasumata/sasumata/internal/waf/coreruleset"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// coreRules compiles the Core Rule Set up to a paranoia level.
func coreRules(tb testing.TB, level int, extra ...crs.File) *crs.Set {
	tb.Helper()
	files, err := coreruleset.Rules()
	if err != nil {
		tb.Fatal(err)
	}
	var list []crs.File
	for _, f := range files {
		list = append(list, crs.File(f))
	}
	list = append(list, extra...)
	set, err := crs.Compile(list, crs.Options{Paranoia: level, Words: coreruleset.Data})
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// ids returns the ids of the rules that match.
func ids(set *crs.Set, m *crs.Machine, r crs.Request) []int {
	var list []int
	for _, n := range m.Match(&r, 0, nil).Rules {
		list = append(list, set.Rules()[n].ID)
	}
	slices.Sort(list)
	return list
}

// profile is what the product leaves out of the Core Rule Set for logs.
func profile(tb testing.TB) crs.File {
	tb.Helper()
	data, err := os.ReadFile("../../../content/waf/exclusions.conf")
	if err != nil {
		tb.Fatal(err)
	}
	return crs.File{Name: "exclusions.conf", Data: data}
}
