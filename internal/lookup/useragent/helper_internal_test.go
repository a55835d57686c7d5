package useragent

import (
	"regexp/syntax"
	"testing"
)

func parse(t *testing.T, text string) *syntax.Regexp {
	t.Helper()
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	return re
}
