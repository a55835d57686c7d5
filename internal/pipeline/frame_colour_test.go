package pipeline

import "testing"

func TestColours(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		if got := withoutColours(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	f("\x1b[33m[Nest] 6\x1b[39m - \x1b[38;5;3mx", "[Nest] 6 - x")
	f(`\x1b[33m WARN\x1b[39m x`, " WARN x")
	f("#033[0;31mERROR#033[0m x", "ERROR x")
	f(`GET /\x1b[33m`, `GET /\x1b[33m`)
	f("[33m", "[33m")
	f("\x1b[", "\x1b[")
	f("", "")
}
