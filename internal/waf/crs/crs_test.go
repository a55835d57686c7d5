package crs_test

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/waf/crs"
)

func TestEveryRuleIsCompiledOrListed(t *testing.T) {
	for level := 1; level <= 4; level++ {
		set := coreRules(t, level)
		reasons := map[string]int{}
		for _, s := range set.Skipped() {
			reasons[s.Reason]++
			if s.Reason == "" {
				t.Errorf("rule %d is left out without a reason", s.ID)
			}
			t.Logf("level %d: %d: %s", level, s.ID, s.Reason)
		}
		t.Logf("level %d: %d rules, %d left out", level, len(set.Rules()), len(set.Skipped()))
	}
}

func TestAttacks(t *testing.T) {
	set := coreRules(t, 1)
	m := set.NewMachine(16)
	f := func(uri string, want ...int) {
		t.Helper()
		got := ids(set, m, crs.Request{Method: "GET", URI: uri, Protocol: "HTTP/1.1", UserAgent: "Mozilla/5.0"})
		t.Log(uri, got)
		_ = want
		_ = strings.Join
	}
	f("/")
	f("/?id=1%27%20union%20select%201,2--")
	f("/?x=<script>alert(1)</script>")
	f("/?x=../../etc/passwd")
	f("/a.bak")
}
