package document_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
)

type level int

func (l *level) DecodeDocument(text string) error {
	switch text {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return document.Fault{Message: "unknown level", Suggestion: document.Suggest(text, []string{"low", "high"})}
	}
	return nil
}

type meta struct {
	ID string `doc:"id"`
}

type rule struct {
	document.Pos
	meta
	Name   string                  `doc:"name,alias=title,required"`
	On     bool                    `doc:"on"`
	Level  level                   `doc:"level"`
	Window time.Duration           `doc:"window"`
	Limit  *float64                `doc:"limit"`
	Count  uint8                   `doc:"count"`
	Tags   []string                `doc:"tags,single"`
	Steps  []step                  `doc:"steps"`
	Labels map[string]string       `doc:"labels"`
	Levels map[level]int           `doc:"levels"`
	Free   any                     `doc:"free"`
	Node   document.Node           `doc:"node"`
	At     map[string]document.Pos `doc:",positions"`
	Other  string
}

type step struct {
	At  document.Pos
	Run string `doc:"run,required"`
}

func TestDecode(t *testing.T) {
	const text = `# a comment
id: r1
title: 0042
on: true
level: high
window: 1d2h30m
limit: 2.02E8
count: 7
tags: one
steps:
  - run: first
  - {run: 'second'}
labels: {a: 1, b: yes}
levels: {low: 3}
free: {n: 012, f: 1e3, d: 2024-01-02, no: off, z: ~, l: [0x1f, 0o17, "5", .5]}
node: {z: 1, a: 2}
`
	var got rule
	if err := document.Decode("r.yaml", []byte(text), &got, document.Options{}); err != nil {
		t.Fatal(err)
	}
	var order []string
	for k := range got.Node.Pairs() {
		order = append(order, k)
	}
	if d := cmp.Diff([]string{"z", "a"}, order); d != "" {
		t.Errorf("the order of a node's keys (-want +got):\n%s", d)
	}
	if got, want := got.At["limit"], (document.Pos{File: "r.yaml", Line: 7, Col: 8}); got != want {
		t.Errorf("the value of limit is at %v, want %v", got, want)
	}
	if got, want := got.Steps[1].At, (document.Pos{File: "r.yaml", Line: 12, Col: 5}); got != want {
		t.Errorf("the second step is at %v, want %v", got, want)
	}
	if got, want := got.Pos, (document.Pos{File: "r.yaml", Line: 2, Col: 1}); got != want {
		t.Errorf("the rule is at %v, want %v", got, want)
	}
	limit := 2.02e8
	want := rule{
		meta: meta{ID: "r1"}, Name: "0042", On: true, Level: 2, Window: 26*time.Hour + 30*time.Minute,
		Limit: &limit, Count: 7, Tags: []string{"one"},
		Steps:  []step{{Run: "first"}, {Run: "second"}},
		Labels: map[string]string{"a": "1", "b": "yes"}, Levels: map[level]int{1: 3},
		Free: map[string]any{
			"n": int64(12), "f": 1000.0, "d": "2024-01-02", "no": "off", "z": nil,
			"l": []any{int64(31), int64(15), "5", 0.5},
		},
	}
	got.At, got.Node, got.Pos = nil, document.Node{}, document.Pos{}
	for i := range got.Steps {
		got.Steps[i].At = document.Pos{}
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(rule{}), cmp.Comparer(func(a, b document.Node) bool { return true })); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestFaultsAllAtOnce(t *testing.T) {
	const text = `id: a
on: yes
level: hihg
windw: 5m
window: 90
count: 300
tags: {a: 1}
steps:
  - rum: x
  - 5
id: b
labels: [1]
limit: fast
`
	want := strings.Join([]string{
		`r.yaml:1:1: the key "name" is missing`,
		`r.yaml:2:5: want true or false, found the text "yes" (did you mean "true"?)`,
		`r.yaml:3:8: unknown level (did you mean "high"?)`,
		`r.yaml:4:1: unknown key "windw" (did you mean "window"?)`,
		`r.yaml:5:9: want a duration such as 90s, 5m or 1h30m, found the number 90 (did you mean "90s"?)`,
		`r.yaml:6:8: want a whole number from 0 that the field can hold, found the number 300`,
		`r.yaml:7:7: want text, found a mapping`,
		`r.yaml:9:5: unknown key "rum" (did you mean "run"?)`,
		`r.yaml:9:5: the key "run" is missing`,
		`r.yaml:10:5: want a mapping (key: value), found the number 5`,
		`r.yaml:11:1: the key "id" stands in line 1 already`,
		`r.yaml:12:9: want a mapping (key: value), found a list`,
		`r.yaml:13:8: want a number, found the text "fast"`,
	}, "\n")
	var r rule
	err := document.Decode("r.yaml", []byte(text), &r, document.Options{})
	if err == nil {
		t.Fatal("no fault")
	}
	if d := cmp.Diff(want, err.Error()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestFaultPlaces(t *testing.T) {
	f := func(name, text, want string) {
		t.Helper()
		var r rule
		err := document.Decode("f", []byte(text), &r, document.Options{})
		if err == nil {
			t.Errorf("%s: no fault, want %s", name, want)
			return
		}
		if got, _, _ := strings.Cut(err.Error(), "\n"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	f("JSON syntax", "{\n\t\"name\": \"é\", \"on\": tru:\n}", "f:2:21: want a value")
	f("JSON end", `{"name": "a"`, "f:1:13: want a comma or the end of the object")
	f("JSON type", "{\n\t\"name\": \"é\",\t\"on\": 1}", `f:2:21: want true or false, found the number 1 (did you mean "true"?)`)
	f("JSON rest", `{"name": "a"} {}`, "f:1:15: want one document, found another")
	f("JSON without space", `{"name": "a"}]`, "f:1:14: want a value")
	f("two documents", "name: a\n---\nname: b\n", "f:2:1: want one document, found another")
	f("both names", "name: a\ntitle: b\n", `f:2:1: the keys "name" and "title" mean the same`)
	f("null is missing", "name:\n", `f:1:1: the key "name" is missing`)
	f("empty", "", `f:1:1: the key "name" is missing`)
	f("not a mapping", "- a\n", "f:1:1: want a mapping (key: value), found a list")
	f("cyclic alias", "name: a\nfree: &x [1, *x]\n", "f:2:14: the alias *x holds itself")
	f("cyclic node", "name: a\nnode: &x [1, *x]\n", "f:2:14: the alias *x holds itself")
	f("cyclic merge", "name: a\nfree: &x {<<: *x}\n", "f:2:15: the alias *x holds itself")
	f("tag", "name: a\nfree: !Ref b\n", `f:2:7: unknown tag "!Ref"`)
	f("list as a key", "name: a\nfree: {[a]: b}\n", "f:2:8: want text as a key, found a list")
	f("control characters", "name: a\n\"\\e[1m\": b\n", `f:2:1: unknown key "\x1b[1m"`)
	f("merge of text", "name: a\nfree: {<<: b}\n", `f:2:12: want a mapping to merge, found the text "b"`)
}

func TestSyntaxFaultHasPlace(t *testing.T) {
	var r rule
	err := document.Decode("f", []byte("name: a\ntags: [a, b\non: true\n"), &r, document.Options{})
	fs, ok := errors.AsType[document.Faults](err)
	if !ok || len(fs) != 1 || fs[0].Line != 3 {
		t.Fatalf("got %v, want one fault in line 3", err)
	}
}

func TestJSONFilesAreStrict(t *testing.T) {
	var v any
	err := document.Decode("f.JSON", []byte("{a: 1}"), &v, document.Options{})
	if want := "f.JSON:1:2: want a key in double quotes"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnknownKeys(t *testing.T) {
	type open struct {
		Name string         `doc:"name"`
		Rest map[string]any `doc:",extra"`
	}
	var o open
	if err := document.Decode("f", []byte("name: a\nx: 1\ny: {z: !T [b]}\n"), &o, document.Options{AllowUnknown: true}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"x": int64(1), "y": map[string]any{"z": []any{"b"}}}
	if d := cmp.Diff(want, o.Rest); d != "" {
		t.Errorf("extra (-want +got):\n%s", d)
	}
	var r rule
	if err := document.Decode("f", []byte("name: a\nx: 1\n"), &r, document.Options{AllowUnknown: true}); err != nil {
		t.Errorf("AllowUnknown: %v", err)
	}
}

func TestCoreSchema(t *testing.T) {
	f := func(text string, want any) {
		t.Helper()
		var got any
		if err := document.Decode("f", []byte(text), &got, document.Options{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
	f("12", int64(12))
	f("-12", int64(-12))
	f("+12", int64(12))
	f("012", int64(12))
	f("0o14", int64(12))
	f("0xC", int64(12))
	f("1_000", "1_000")
	f("0b1", "0b1")
	f("9223372036854775807", int64(math.MaxInt64))
	f("18446744073709551616", 18446744073709551616.0)
	f("2.02E8", 2.02e8)
	f("1.", 1.0)
	f("-.5e-1", -0.05)
	f(".inf", math.Inf(1))
	f("1e", "1e")
	f(".", ".")
	f("1.2.3", "1.2.3")
	f("12:30", "12:30")
	f("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z")
	f("yes", "yes")
	f("y", "y")
	f("True", true)
	f("FALSE", false)
	f("~", nil)
	f("Null", nil)
	f(`"12"`, "12")
	f("'true'", "true")
	f("!!str 12", "12")
	f("|\n 12\n", "12\n")
	f("=", "=")
	f(`{"a": "\ud83d\ude00\u00e9\/", "b": -1.5e3, "c": []}`, map[string]any{"a": "😀é/", "b": -1500.0, "c": []any{}})
	f("\ufeff\t{\t\"a\":\t1}\t\n", map[string]any{"a": int64(1)})
	f("{a: b, c}", map[string]any{"a": "b", "c": nil})
	f("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}", map[string]any{
		"base": map[string]any{"x": int64(1), "y": int64(2)},
		"use":  map[string]any{"x": int64(1), "y": int64(3)},
	})
	f("a: &l [1]\nb: [*l, *l]", map[string]any{"a": []any{int64(1)}, "b": []any{[]any{int64(1)}, []any{int64(1)}}})
}

func TestDecodeAll(t *testing.T) {
	got, err := document.DecodeAll("f", []byte("---\nrun: a\n---\n---\nrn: b\n---\nrun: c\n"), func() any { return new(step) }, document.Options{})
	const want = "f:5:1: unknown key \"rn\" (did you mean \"run\"?)\nf:5:1: the key \"run\" is missing"
	if err == nil || err.Error() != want {
		t.Errorf("got the error %v, want %s", err, want)
	}
	var runs []string
	for _, s := range got {
		runs = append(runs, s.(*step).Run)
	}
	if d := cmp.Diff([]string{"a", "", "c"}, runs); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestDecodeAllJSONLines(t *testing.T) {
	got, err := document.DecodeAll("f.json", []byte("{\"run\": \"a\"}\n{\"run\": \"b\"}\n{\"run\": "), func() any { return new(step) }, document.Options{})
	if want := "f.json:3:9: want a value"; err == nil || err.Error() != want {
		t.Errorf("got the error %v, want %s", err, want)
	}
	if len(got) != 2 || got[1].(*step).Run != "b" || got[1].(*step).At.Line != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestDefaultsStay(t *testing.T) {
	r := rule{Name: "before", Count: 3, Labels: map[string]string{"a": "1"}}
	if err := document.Decode("f", []byte("name: after\ncount: ~\nlabels: {b: 2}\n"), &r, document.Options{}); err != nil {
		t.Fatal(err)
	}
	if r.Name != "after" || r.Count != 3 || cmp.Diff(map[string]string{"a": "1", "b": "2"}, r.Labels) != "" {
		t.Errorf("got %q %d %v", r.Name, r.Count, r.Labels)
	}
}

func TestEmptyNode(t *testing.T) {
	n, err := document.DecodeNode("f", []byte("# nothing\n"), document.Options{})
	if err != nil || n.Kind() != document.Null || n.Any() != nil || n.Text() != "" || n.Len() != 0 {
		t.Errorf("got %v, %v, %v", n.Kind(), n.Any(), err)
	}
}

func TestNode(t *testing.T) {
	n, err := document.DecodeNode("f", []byte("base: &b {x: 1}\nuse:\n  <<: *b\n  y: [2, *b]\n  t: !Ref z\n"), document.Options{AllowUnknown: true})
	if err != nil {
		t.Fatal(err)
	}
	use, _ := n.Get("use")
	y, _ := use.Get("y")
	tagged, _ := use.Get("t")
	if use.Kind() != document.Map || use.Len() != 3 || y.Kind() != document.List || y.Len() != 2 || tagged.Tag() != "!Ref" || tagged.Text() != "z" {
		t.Errorf("got kinds %v %v, lengths %d %d, tag %q", use.Kind(), y.Kind(), use.Len(), y.Len(), tagged.Tag())
	}
	var items []any
	for item := range y.Items() {
		items = append(items, item.Any())
	}
	if d := cmp.Diff([]any{int64(2), map[string]any{"x": int64(1)}}, items); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got, want := y.Pos().String(), "f:4:6"; got != want {
		t.Errorf("y is at %s, want %s", got, want)
	}
	if _, ok := use.Get("none"); ok {
		t.Error("there is no such key")
	}
	var into struct {
		X int `doc:"x"`
		Z int `doc:"z,required"`
	}
	base, _ := n.Get("base")
	if err := base.Decode(&into); err == nil || err.Error() != `f:1:7: the key "z" is missing` || into.X != 1 {
		t.Errorf("got %+v, %v", into, err)
	}
}

type oneOrMany struct{ values []string }

func (o *oneOrMany) DecodeDocumentNode(n document.Node) error {
	if n.Kind() == document.Scalar {
		o.values = []string{n.Text()}
		return nil
	}
	return n.Decode(&o.values)
}

func TestTypesThatReadThemselves(t *testing.T) {
	var got struct {
		A oneOrMany  `doc:"a"`
		B *oneOrMany `doc:"b"`
		C oneOrMany  `doc:"c"`
	}
	err := document.Decode("f", []byte("a: x\nb: [y, z]\nc: [{}]\n"), &got, document.Options{})
	if want := "f:3:5: want text, found a mapping"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if d := cmp.Diff([][]string{{"x"}, {"y", "z"}}, [][]string{got.A.values, got.B.values}); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestKeyPosIsWhereAKeyStands(t *testing.T) {
	n, err := document.DecodeNode("a.yaml", []byte("a: 1\nb:\n\n  c: &x {d: 2}\n"), document.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := n.Get("b")
	for _, c := range []struct {
		n    document.Node
		key  string
		want string
	}{{n, "b", "a.yaml:2:1"}, {b, "c", "a.yaml:4:3"}, {n, "x", ""}, {document.Node{}, "x", ""}} {
		if got := c.n.KeyPos(c.key).String(); got != c.want {
			t.Errorf("key %q: %q, want %q", c.key, got, c.want)
		}
	}
}
