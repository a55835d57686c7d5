package waf

import (
	"regexp"
	"regexp/syntax"
	"testing"
)

// What the tree says about the empty text is what the expression does with it.
func TestEmptyMatches(t *testing.T) {
	for _, text := range []string{
		``, `a`, `a*`, `a?`, `a+`, `(a?)+`, `(a+)?`, `a{0,3}`, `a{2}`, `(a?){2}`, `a|b`, `a|`, `a|b*`, `^`, `$`, `^$`, `\A\z`, `(?m)^$`,
		`\b`, `\B`, `\Ba`, `.`, `[ab]`, `[ab]*`, `a*b*`, `a*b`, `(|x)y?`, `(?:)`, `()`, `(?i)K`, `\pL`, `^a|b?`, `[^\x00-\x{10FFFF}]`,
	} {
		tree, err := syntax.Parse(text, flags)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := emptyMatches(tree), regexp.MustCompile(tree.String()).MatchString(""); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
