package crs_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/corazawaf/coraza/v3"

	"github.com/sasumata/sasumata/internal/waf/crs"
)

// operators are the tests that rules know, each with something to look for.
func operators() []string {
	return []string{
		`@rx ^a.c$`, `@rx \bor\b`, `@rx (?i)[k-s]+\d`, `@rx \xff[\x80-\xbf]`, `@rx \x{e2}\x80[\x98\x99]`, `@rx é`, `@rx ^$`, `@rx [^a-z]`,
		`!@rx a`, `@pm ab Cd é`, `@pm a`, `!@pm x y`, `@contains Ab`, `@contains é`, `@streq abc`, `!@streq abc`, `@beginsWith ab`,
		`@endsWith bc`, `@within abc ABC 123`, `@eq 12`, `@gt 5`, `@ge 12`, `@lt 5`, `@le 7`, `!@eq 0`, `@validateByteRange 32-126`,
		`@validateByteRange 9,10,13,32-126,128-255`, `@validateUrlEncoding`, `@validateUtf8Encoding`, `@detectSQLi`, `@detectXSS`,
		`@unconditionalMatch`, `@noMatch`, `a`, `!b`,
	}
}

func TestOperatorsAreCorazas(t *testing.T) {
	var rules strings.Builder
	for i, op := range operators() {
		fmt.Fprintf(&rules, "SecRule REQUEST_HEADERS:User-Agent \"%s\" \"id:%d,phase:1,pass,log\"\n", op, i+1)
	}
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives("SecRuleEngine DetectionOnly\n" + rules.String()))
	if err != nil {
		t.Fatal(err)
	}
	set := compile(t, rules.String())
	m := set.NewMachine(crs.DefaultMemo())
	known, hits := map[int]bool{}, map[int]int{}
	for i := range operators() {
		known[i+1] = true
	}
	random := rand.New(rand.NewPCG(21, 22))
	runs := 4000
	for range runs {
		r := crs.Request{Method: "GET", URI: "/", Protocol: "HTTP/1.1", UserAgent: operand(random)}
		if r.UserAgent == "" {
			continue // a missing header has no value
		}
		got, want := ids(set, m, r), ask(waf, known, r)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%+q: we say %v, Coraza %v", r.UserAgent, got, want)
		}
		for _, id := range want {
			hits[id]++
		}
	}
	for i, op := range operators() {
		never := op == "@noMatch" || op == "@rx ^$"
		if always := op == "@unconditionalMatch"; !never && !always && (hits[i+1] == 0 || hits[i+1] == runs) {
			t.Errorf("%s matched %d times: nothing was compared", op, hits[i+1])
		}
	}
}

// operand is a text that the operators tell apart.
func operand(random *rand.Rand) string {
	pieces := []string{
		"a", "b", "c", "abc", "Ab", "cD", " ", "or", "1", "12", "7", "-3", "é", "’", "K", "ſ", "\xff", "\x80", "%41", "%4", "%zz", "'", "\"", "=",
		"<", ">", "script", "onload", "1 or 1=1", "union select", "--", "/*", ";", "\x00", "\t", "\x01", "~", "href", "javascript:", "sleep(5)", "(",
	}
	var b strings.Builder
	for range 1 + random.IntN(6) {
		b.WriteString(pieces[random.IntN(len(pieces))])
		if random.IntN(8) == 0 {
			b.WriteByte(byte(random.IntN(256)))
		}
	}
	return b.String()
}
