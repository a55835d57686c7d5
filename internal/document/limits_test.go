package document_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/document"
)

func TestLimits(t *testing.T) {
	f := func(name, text, want string) {
		t.Helper()
		for _, into := range []any{new(any), new(document.Node)} {
			start := time.Now()
			err := document.Decode("f", []byte(text), into, document.Options{MaxBytes: 1 << 20})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %.200v, want %s", name, err, want)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s: took %v", name, took)
			}
		}
	}
	var bomb, merge strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	merge.WriteString("a0: &a0 {x: 1, y: 2}\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
		fmt.Fprintf(&merge, "a%d: &a%d {<<: [%s]}\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	f("alias bomb", bomb.String(), "aliases repeat more than 65536 values")
	f("merge bomb", merge.String(), "aliases repeat more than 65536 values")
	f("size", strings.Repeat("a", 1<<20+1), "f: larger than 1048576 bytes")
	f("flow depth", strings.Repeat("[", 1000), "")
	f("JSON depth", strings.Repeat("[", 200)+strings.Repeat("]", 200), "nested deeper than 100")
	f("block depth", strings.Repeat("- ", 1000)+"a", "depth")
	var deep strings.Builder
	deep.WriteString("a0: &a0 [x]\n")
	for i := 1; i < 300; i++ {
		fmt.Fprintf(&deep, "a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	f("depth through aliases", deep.String(), "nested deeper than 100")
	f("many faults", "- "+strings.Repeat("!x a\n- ", 5000), "and 950 more")
}

func TestTooManyValues(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var v any
		err := document.Decode("f", []byte(text), &v, document.Options{})
		if err == nil || err.Error() != want {
			t.Errorf("got %.200v, want %s", err, want)
		}
	}
	f("["+strings.Repeat("1,", 1<<20)+"1]", "f: more than 1048576 values")
	f("["+strings.Repeat("a,", 1<<18)+"]", "f: more than 262144 values in [] and {}")
	f("- a\n"+strings.Repeat("- a\n", 1<<19), "f: more than 1048576 values")
}

func TestExcerpt(t *testing.T) {
	text := "name: a\n検知: \"日本\u001b語\tx\"\non: maybe\n"
	var r rule
	err := document.Decode("f", []byte("name: a\n検知: 1\non:\tmaybe\n"), &r, document.Options{})
	fs, ok := errors.AsType[document.Faults](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := `f:2:1: unknown key "検知"
    2 | 検知: 1
      | ^
f:3:5: want true or false, found the text "maybe"
    3 | on: maybe
      |     ^`
	if got := fs.Excerpt([]byte("name: a\n検知: 1\non:\tmaybe\n")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = "f:2:9: here\n    2 | 検知: \"日本·語 x\"\n      |            ^"
	if got := (document.Faults{{File: "f", Line: 2, Col: 8, Message: "here"}}).Excerpt([]byte(text)); got != strings.Replace(want, ":9:", ":8:", 1) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	long := strings.Repeat("x", 500) + "HERE" + strings.Repeat("y", 500)
	got := (document.Faults{{File: "f", Line: 1, Col: 501, Message: "here"}}).Excerpt([]byte(long))
	lines := strings.Split(got, "\n")
	if at := strings.Index(lines[1], "HERE"); at < 0 || lines[2][at] != '^' {
		t.Errorf("the mark is not under HERE:\n%s", got)
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"name", "window", "group_by", "threshold", "id"}
	f := func(word, want string) {
		t.Helper()
		if got := document.Suggest(word, known); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", word, got, want)
		}
	}
	f("nmae", "name")
	f("Name", "name")
	f("groupBy", "group_by")
	f("group-by", "group_by")
	f("treshhold", "threshold")
	f("widnow", "window")
	f("xyz", "")
	f("", "")
	f("name", "")
	f("di", "id")
	f(strings.Repeat("a", 1000), "")
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"name: a\nsteps:\n  - run: x\n", `{"name": "a", "on": true, "free": [1, {"a": null}]}`,
		"a: &a [*a]", "<<: {a: 1}", "{a, b: c}", "--- !x\n? [a]\n: b\n...\n---\n", "window: 1w2d3h\n", "\ufeff[\"\\ud83d\"]", "&x <<: *x",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r rule
		err := document.Decode("f", data, &r, document.Options{})
		if fs, ok := errors.AsType[document.Faults](err); ok {
			_ = fs.Excerpt(data)
		}
		var n document.Node
		if document.Decode("f", data, &n, document.Options{AllowUnknown: true}) == nil {
			n.Any()
		}
		_, _ = document.DecodeAll("f", data, func() any { return new(any) }, document.Options{})
	})
}

func BenchmarkDecode(b *testing.B) {
	text := []byte("name: a\non: true\nlevel: high\nwindow: 5m\ntags: [a, b]\nsteps:\n  - run: x\n  - run: y\nlabels: {a: b}\n")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var r rule
		if err := document.Decode("f", text, &r, document.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
