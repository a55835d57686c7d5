package crs_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/waf/crs"
)

// TestWhatLogsShow counts how many of the rule set's tests that must match do so on
// what a plain access log has, on what a log with cookies and forms has, and on what
// one with bodies of all kinds has. The documentation says these figures.
func TestWhatLogsShow(t *testing.T) {
	set := coreRules(t, 4)
	m := set.NewMachine(crs.DefaultMemo())
	all, plain, forms, rich := 0, 0, 0, 0
	for _, one := range expectations(t) {
		all += len(one.ids)
		rich += among(one.ids, ids(set, m, one.request))
		if !strings.Contains(cmp.Or(one.request.ContentType, typeOf(one.request.Body)), "urlencoded") {
			one.request.Body = ""
		}
		forms += among(one.ids, ids(set, m, one.request))
		one.request.Cookie, one.request.ContentType, one.request.Body = "", "", ""
		plain += among(one.ids, ids(set, m, one.request))
	}
	t.Logf("of %d tests that must match, %d do (%.1f %%) on a plain log, %d (%.1f %%) with cookies and forms, %d (%.1f %%) with other bodies too",
		all, plain, 100*float64(plain)/float64(all), forms, 100*float64(forms)/float64(all), rich, 100*float64(rich)/float64(all))
	if all < 3600 || plain < all*30/100 || forms < all*68/100 || rich < all*86/100 {
		t.Errorf("%d tests, %d on a plain log, %d with cookies and forms, %d with bodies", all, plain, forms, rich)
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
