package transform_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corazawaf/coraza/v3"

	"github.com/sasumata/sasumata/internal/waf/transform"
)

func names() []string {
	return strings.Fields(`base64Decode base64DecodeExt base64Encode cmdLine compressWhitespace cssDecode
		escapeSeqDecode hexEncode htmlEntityDecode jsDecode length lowercase md5 normalisePath normalisePathWin
		normalizePath normalizePathWin removeComments removeCommentsChar removeNulls removeWhitespace
		replaceComments replaceNulls sha1 trim trimLeft trimRight uppercase urlDecode urlDecodeUni urlEncode
		utf8toUnicode hexDecode`)
}

// oracle is Coraza with two rules for each transformation: one shows the result,
// one, with multiMatch, whether it counts as a change.
func oracle(tb testing.TB) coraza.WAF {
	tb.Helper()
	var rules strings.Builder
	rules.WriteString("SecRuleEngine DetectionOnly\n")
	for i, name := range names() {
		fmt.Fprintf(&rules, "SecRule REQUEST_HEADERS:x \"@unconditionalMatch\" \"id:%d,phase:1,pass,log,t:%s\"\n", 2*i+1, name)
		fmt.Fprintf(&rules, "SecRule REQUEST_HEADERS:x \"@unconditionalMatch\" \"id:%d,phase:1,pass,log,multiMatch,t:%s\"\n", 2*i+2, name)
	}
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(rules.String()))
	if err != nil {
		tb.Fatal(err)
	}
	return waf
}

// compare runs all transformations on the text in both engines.
func compare(tb testing.TB, waf coraza.WAF, text string) {
	tb.Helper()
	tx := waf.NewTransaction()
	defer tx.Close()
	tx.AddRequestHeader("x", text)
	tx.ProcessRequestHeaders()
	matched := tx.MatchedRules()
	if len(matched) != 2*len(names()) {
		tb.Fatalf("%d rules matched", len(matched))
	}
	in := transform.BytesOf([]byte(text))
	for i, name := range names() {
		tr, ok := transform.Lookup(strings.ToLower(name))
		if !ok {
			tb.Fatalf("no transformation %s", name)
		}
		got, changed := tr.Apply([]byte("#"), []byte(text))
		if got[0] != '#' {
			tb.Fatalf("%s(%q) overwrote what stood in the buffer", name, text)
		}
		want := matched[2*i].MatchedDatas()[0].Value()
		if string(got[1:]) != want {
			tb.Fatalf("%s(%q) = %q, Coraza says %q", name, text, got[1:], want)
		}
		if wantChanged := len(matched[2*i+1].MatchedDatas()) == 2; changed != wantChanged {
			tb.Fatalf("%s(%q): changed = %v, Coraza says %v", name, text, changed, wantChanged)
		}
		if tr.Shrinks && utf8.RuneCountInString(want) > len(text) {
			tb.Fatalf("%s(%q) = %q has more characters", name, text, want)
		}
		if !tr.Always && want != text && !in.Meets(tr.Wakes) {
			tb.Fatalf("%s(%q) = %q, but no byte that wakes it is there", name, text, want)
		}
		if tr.Simple && isSimple(text) && !strings.HasPrefix(strings.ToLower(text), strings.ToLower(want)) || tr.Simple && isSimple(text) && (want == "") != (text == "") {
			tb.Fatalf("%s(%q) = %q: not simple", name, text, want)
		}
		if upper := onlyLetters(in, tr.Wakes); tr.Case && upper && want != strings.ToLower(text) {
			tb.Fatalf("%s(%q) = %q changes more than case", name, text, want)
		}
	}
}

// onlyLetters reports that A-Z are all that wakes the transformation.
func onlyLetters(in, wakes transform.ByteSet) bool {
	for c := range 256 {
		if b := byte(c); (b < 'A' || b > 'Z') && in.Has(b) && (wakes.Has(b) || b >= 0x80) {
			return false
		}
	}
	return true
}

func isSimple(text string) bool {
	for _, mark := range []string{"//", "/.", "./", "--"} {
		if strings.Contains(text, mark) {
			return false
		}
	}
	return text != "/" && !strings.HasPrefix(text, ".") && transform.BytesOf([]byte(text)).Within(transform.SimpleBytes())
}

// Simple texts are rare among the others.
func TestSimpleTextsStayAsTheyAre(t *testing.T) {
	waf := oracle(t)
	random := rand.New(rand.NewPCG(3, 4))
	simple := 0
	for range 2000 {
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteByte("/./-_@~!aZ09.bC"[random.IntN(15)])
		}
		if isSimple(b.String()) {
			simple++
		}
		compare(t, waf, b.String())
	}
	if simple < 200 {
		t.Errorf("only %d simple texts", simple)
	}
}

func TestTransformationsAreCorazas(t *testing.T) {
	waf := oracle(t)
	for _, text := range []string{
		"", "a", ".", "/", "//", "./", "../", "/..", "a/../../b", "a/./b/", "c:\\x\\..\\y:z", "C:/a:b/", "a. /b .", " /", "...",
		"%u00e9%uff1c%u2018%u12", "%", "%4", "%41%4", "+%zz+", "%u", "%U0041x", "%uff1f",
		"\\u{41}\\u{}\\u{1234567}\\u{ff01}", "\\uff1cx\\x4\\x41\\101\\777\\400\\8\\n\\", "\\0041", "\\ff01 x\\\nz\\q\\",
		"&lt;&#x3c;&#60&ampx&ngE;&copy", "/*a*/b/*c", "/*a*/", "a--b", "a#b", "<!--x-->y", "<!--x", "-->", "*/",
		"YWJjZA==", "YW Jj", "YW\nJj!Zg", "YW-_", "A", "AB", "ABC", "414a", "41f", "zz",
		"\xff\xfe caf\xc3\xa9 \xc2\xa0\xc2\x85 \xa0", "\xe2\x84\xaa\xc5\xbf\xc4\xb0", "a\x00b", "a  \t,; (/b", "\xf0\x9f\x98\x80",
	} {
		compare(t, waf, text)
	}
	for name := range strings.FieldsSeq("amp lt gt quot copy reg nbsp not notit sup2 frac12 frac1 yuml szlig AMP Uuml THORN para page order times") {
		compare(t, waf, "a&"+name+"=1&"+name+";&"+name)
	}
	random := rand.New(rand.NewPCG(1, 2))
	runs := 3000
	if testing.Short() {
		runs = 300
	}
	for range runs {
		compare(t, waf, randomText(random))
	}
}

// randomText is made of what transformations react to, and of any bytes.
func randomText(random *rand.Rand) string {
	pieces := []string{
		"%", "%u", "%41", "%uff1c", "+", "\\", "\\x", "\\u", "\\u{", "}", "41", "ff", "fF", "7", "&", "&#", "&lt", ";", "x", "amp",
		"/", "//", "/../", "/./", "..", ".", ":", " ", "\t", "\n", "/*", "*/", "<!--", "-->", "--", "#", "\"", "'", "^", ",", "(",
		"A", "Z", "b", "=", "\x00", "\xa0", "\xc2\xa0", "\xc2\x85", "é", "ſ", "\xff", "😀", "\r", "\v", "&ngE;",
	}
	var b strings.Builder
	for range random.IntN(14) {
		if random.IntN(6) == 0 {
			b.WriteByte(byte(random.IntN(256)))
			continue
		}
		b.WriteString(pieces[random.IntN(len(pieces))])
	}
	return b.String()
}

func FuzzAgainstCoraza(f *testing.F) {
	waf := oracle(f)
	f.Add("%u00e9/*x*/\\u{41}&lt;")
	f.Add("C:\\a\\..\\b: . /")
	f.Fuzz(func(t *testing.T, text string) { compare(t, waf, text[:min(len(text), 1000)]) })
}
