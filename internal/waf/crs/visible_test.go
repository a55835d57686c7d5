package crs_test

import (
	"slices"
	"testing"

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
		all += len(one.ids)
		rich += among(one.ids, ids(set, m, one.request))
		one.request.Cookie, one.request.ContentType, one.request.Body = "", "", ""
		plain += among(one.ids, ids(set, m, one.request))
	}
	t.Logf("of %d tests that must match, %d do (%.1f %%) on a plain log, %d (%.1f %%) with cookies and forms",
		all, plain, 100*float64(plain)/float64(all), rich, 100*float64(rich)/float64(all))
	if all < 3600 || plain < all*30/100 || rich < all*68/100 {
		t.Errorf("%d tests, %d on a plain log, %d with cookies and forms", all, plain, rich)
	}
}

// among counts those of wanted that are there.
func among(wanted, there []int) int {
	n := 0
	for _, id := range wanted {
		if slices.Contains(there, id) {
			n++
		}
	}
	return n
}
