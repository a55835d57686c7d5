package jsonscan

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestString(t *testing.T) {
	f := func(text, want string, next int, reason string) {
		t.Helper()
		n, escaped, got := String("x"+text, 1)
		if got != reason || n != next+1 {
			t.Errorf("%s: stopped at %d, %q, want %d, %q", text, n-1, got, next, reason)
		}
		if bn, be, bg := String([]byte("x"+text), 1); bn != n || be != escaped || bg != got {
			t.Errorf("%s: bytes give %d, %v, %q", text, bn, be, bg)
		}
		if got != "" {
			return
		}
		raw := text[1 : n-2]
		if out := string(AppendUnescaped(nil, raw)); out != want || escaped != (raw != want) {
			t.Errorf("%s: %q, escaped is %v, want %q", text, out, escaped, want)
		}
	}
	f(`""`, "", 2, "")
	f(`"ab" "`, "ab", 4, "")
	f(`"1234567é"x`, "1234567é", 11, "")
	f(`"12345678\n\t\r\b\f\"\\\/"`, "12345678\n\t\r\b\f\"\\/", 26, "")
	f(`"\u00e9\ud83d\ude00"`, "é😀", 20, "")
	f(`"\ud83d\ud83d\ude00 \ude00 \ud83d"`, "\ufffd😀 \ufffd \ufffd", 34, "")
	f("\"\xff\"", "\xff", 3, "")
	f(`"a`, "", 2, "a string without an end")
	f(`"a\`, "", 3, "a string without an end")
	f(`"a\q"`, "", 3, "an escape that JSON does not have")
	f(`"a\u00g0"`, "", 4, `want four hexadecimal digits behind \u`)
	f(`"a\u00`, "", 4, `want four hexadecimal digits behind \u`)
	for i := range 20 {
		text := strings.Repeat("a", i)
		f(`"`+text+"\n"+`"`, "", i+1, "a control character inside a string")
		f(`"`+text+`"aaaaaaaaaa`, text, i+2, "")
	}
}

func TestNumber(t *testing.T) {
	f := func(text string, next int, whole bool, reason string) {
		t.Helper()
		n, w, got := Number(text+" ", 0)
		if n != next || got != reason || got == "" && w != whole {
			t.Errorf("%s: stopped at %d, whole is %v, %q, want %d, %v, %q", text, n, w, got, next, whole, reason)
		}
	}
	f("0", 1, true, "")
	f("-12,", 3, true, "")
	f("1.5e-3x", 6, false, "")
	f("1E9", 3, false, "")
	f("-", 1, true, "not a number")
	f("01", 2, true, "not a number")
	f("1.e", 2, false, "want digits behind the point")
	f("1e+", 3, false, "want digits in the exponent")
}

func FuzzString(f *testing.F) {
	for _, s := range []string{`"a"`, `"1234567\n89"`, `"\ud83d\ude00"`, "\"\xff\x01\"", `"\u12`, `"abcdefg\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || s[0] != '"' {
			s = `"` + s
		}
		next, escaped, reason := String(s, 0)
		if valid := json.Valid([]byte(s)); valid != (reason == "" && strings.Trim(s[next:], " \t\r\n") == "") {
			t.Fatalf("%q: valid is %v, but it stops at %d: %q", s, valid, next, reason)
		}
		if reason != "" {
			return
		}
		got := string(AppendUnescaped(nil, s[1:next-1]))
		if escaped != strings.Contains(s[1:next-1], `\`) || !escaped && got != s[1:next-1] {
			t.Fatalf("%q: escaped is %v, %q", s, escaped, got)
		}
		var want string
		if err := json.Unmarshal([]byte(s[:next]), &want); err == nil && utf8.ValidString(s) && got != want {
			t.Fatalf("%q: %q, want %q", s, got, want)
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-1.5e+3", "01", "1.", "1e", "--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
			return
		}
		next, whole, reason := Number([]byte(s), 0)
		if valid := json.Valid([]byte(s)); valid != (reason == "" && strings.Trim(s[next:], " \t\r\n") == "") {
			t.Fatalf("%q: valid is %v, but it stops at %d: %q", s, valid, next, reason)
		}
		if reason == "" && whole == strings.ContainsAny(s[:next], ".eE") {
			t.Fatalf("%q: whole is %v", s[:next], whole)
		}
	})
}
