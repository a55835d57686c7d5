package event

import (
	"strconv"
	"strings"
	"testing"
)

func mustJSON(t *testing.T, text string) *Event {
	t.Helper()
	e := New()
	if !e.MergeJSON(text, JSONOptions{}) {
		t.Fatalf("not an object: %s", text)
	}
	return e
}

func dump(e *Event) string { return string(e.AppendJSON(nil, e.Root())) }

func TestGet(t *testing.T) {
	f := func(doc, path, want string) {
		t.Helper()
		e := mustJSON(t, doc)
		v, ok := e.Get(path)
		got := "absent"
		if ok {
			got = string(e.AppendJSON(nil, v))
		}
		if got != want {
			t.Errorf("Get(%s, %q) = %s, want %s", doc, path, got, want)
		}
	}
	f(`{"a":{"b":1}}`, "a.b", "1")
	f(`{"a.b":1}`, "a.b", "1")
	f(`{"a.b":{"c.d":1}}`, "a.b.c.d", "1")
	f(`{"a":1,"a.b":2}`, "a.b", "2")
	f(`{"ab":1}`, "a", "absent")
	f(`{"a":{"b":1}}`, "a", `{"b":1}`)
	f(`{"a":[{"b":1},{"c":2},{"b":3}]}`, "a.b", "[1,3]")
	f(`{"a":[1,2]}`, "a.b", "absent")
	f(`{"b":2}`, "custom.b", "2")
	f(`{"custom":{"b":1},"b":2}`, "custom.b", "1")
	f(`{"a":null}`, "a", "null")
	f(`{}`, "", "absent")
}

func TestSet(t *testing.T) {
	f := func(doc, path, want string) {
		t.Helper()
		e := mustJSON(t, doc)
		if !e.Set(path, StringValue("x")) {
			t.Errorf("Set(%s, %q) reports a full event", doc, path)
		}
		if got := dump(e); got != want {
			t.Errorf("Set(%s, %q) gives %s, want %s", doc, path, got, want)
		}
	}
	f(`{}`, "a", `{"a":"x"}`)
	f(`{}`, "a.b.c", `{"a":{"b":{"c":"x"}}}`)
	f(`{"a":1,"z":2}`, "a.b.c", `{"a":{"b":{"c":"x"}},"z":2}`)
	f(`{"a":{"b":1,"c":2}}`, "a.b", `{"a":{"b":"x","c":2}}`)
	f(`{"a.b":1}`, "a.b", `{"a.b":"x"}`)
	f(`{"a":{"b":1}}`, "a", `{"a":"x"}`)
}

func TestDeleteRemovesWhatItEmpties(t *testing.T) {
	f := func(doc, path, want string) {
		t.Helper()
		e := mustJSON(t, doc)
		e.Delete(path)
		if got := dump(e); got != want {
			t.Errorf("Delete(%s, %q) gives %s, want %s", doc, path, got, want)
		}
	}
	f(`{"a":{"b":{"c":1}},"z":0}`, "a.b.c", `{"z":0}`)
	f(`{"a":{"b":1,"c":2}}`, "a.b", `{"a":{"c":2}}`)
	f(`{"a":1}`, "b", `{"a":1}`)
	f(`{"a":1,"b":2,"c":3}`, "c", `{"a":1,"b":2}`)
	f(`{"a":[{"b":1,"c":2},{"b":3}]}`, "a.b", `{"a":[{"c":2},{}]}`)
	f(`{"a.b":1}`, "custom.a.b", `{}`)
}

func TestAppendAfterDeletingTheLast(t *testing.T) {
	e := mustJSON(t, `{"a":1,"b":2}`)
	e.Delete("b")
	e.Set("c", IntValue(3))
	if got, want := dump(e), `{"a":1,"c":3}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestContainersAreCopiedOnceTheyHang(t *testing.T) {
	e := mustJSON(t, `{"a":{"b":[1,{"c":2}]}}`)
	v, _ := e.Get("a")
	e.Set("copy", v)
	e.Set("copy.b", IntValue(9))
	if got, want := dump(e), `{"a":{"b":[1,{"c":2}]},"copy":{"b":9}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	moved, _ := e.Take("a.b")
	e.Set("moved", moved)
	if got, want := dump(e), `{"copy":{"b":9},"moved":[1,{"c":2}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAddPutsValuesSideBySide(t *testing.T) {
	f := func(doc, path, want string) {
		t.Helper()
		for _, add := range []func(*Event){
			func(e *Event) { e.AddKey(e.Root(), path, StringValue("x")) },
			func(e *Event) { e.AddIn(e.Root(), path, StringValue("x")) },
		} {
			e := mustJSON(t, doc)
			add(e)
			if got := dump(e); got != want {
				t.Errorf("adding to %q of %s gives %s, want %s", path, doc, got, want)
			}
		}
	}
	f(`{}`, "a", `{"a":"x"}`)
	f(`{"a":1,"z":2}`, "a", `{"a":[1,"x"],"z":2}`)
	f(`{"a":[1,2],"z":3}`, "a", `{"a":[1,2,"x"],"z":3}`)
	f(`{"a":{"b":1}}`, "a", `{"a":[{"b":1},"x"]}`)
	f(`{"a":null}`, "a", `{"a":[null,"x"]}`)
	f(`{"a.b":1}`, "a.b", `{"a.b":[1,"x"]}`)
	e := mustJSON(t, `{"a":{"b":1}}`)
	e.AddIn(e.Root(), "a.b", IntValue(2))
	e.AddKey(e.Root(), "a.b", IntValue(3))
	if got, want := dump(e), `{"a":{"b":[1,2]},"a.b":3}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAddToAFullEventKeepsWhatIsThere(t *testing.T) {
	e := mustJSON(t, `{"a":1}`)
	for i := 0; !e.Truncated(); i++ {
		e.SetKey(e.Root(), strconv.Itoa(i), Value{})
	}
	e.AddKey(e.Root(), "a", IntValue(2))
	e.AddIn(e.Root(), "a", IntValue(2))
	if v, _ := e.Get("a"); v.Int() != 1 {
		t.Errorf("a is %s, want 1", v.Text())
	}
}

func TestAnObjectCannotHoldItself(t *testing.T) {
	e := mustJSON(t, `{"a":{"b":{"c":1}}}`)
	v, _ := e.Get("a")
	e.Set("a.b.loop", v)
	if got := dump(e); !strings.HasPrefix(got, `{"a":{"b":{"c":1`) || len(got) > 200 {
		t.Errorf("got %s", got)
	}
	free := e.NewObject()
	e.SetKey(free, "self", free)
	if got := string(e.AppendJSON(nil, free)); got != "{}" {
		t.Errorf("a free object in itself: %s", got)
	}
}

func TestMerge(t *testing.T) {
	e := mustJSON(t, `{"a":{"x":1,"y":2},"b":3}`)
	src, _, err := e.DecodeJSON(`{"a":{"y":5,"z":6},"b":{"c":7}}`, JSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e.Merge(e.Root(), src)
	if got, want := dump(e), `{"a":{"x":1,"y":5,"z":6},"b":{"c":7}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFullEventIsTruncatedNotBroken(t *testing.T) {
	e := New()
	for i := range MaxNodes + 10 {
		e.Set("k"+strings.Repeat("x", i%50)+".v", IntValue(int64(i)))
	}
	big := "[" + strings.Repeat("1,", 2*MaxNodes) + "1]"
	if e.MergeJSON(`{"big":`+big+`}`, JSONOptions{}); !e.Truncated() {
		t.Error("an event of more than MaxNodes values does not say that it is truncated")
	}
	if len(e.nodes) > MaxNodes {
		t.Errorf("%d nodes, want at most %d", len(e.nodes), MaxNodes)
	}
	e.Reset()
	if e.Truncated() || dump(e) != "{}" {
		t.Error("Reset leaves something behind")
	}
}

// TestCopiesInAFullEvent copies a container into events that have room for none of
// it, for a part, and for all.
func TestCopiesInAFullEvent(t *testing.T) {
	f := func(room int, want string, set bool) {
		t.Helper()
		e := New()
		e.MergeJSON(`{"a":{"b":{"c":1}},"x":"before"}`, JSONOptions{})
		for len(e.nodes) < MaxNodes-room {
			e.newNode(String)
		}
		v, _ := e.Get("a")
		if got := e.Set("x", v); got != set {
			t.Errorf("room for %d: set is %v", room, got)
		}
		if got := dump(e); got != want {
			t.Errorf("room for %d: got %s, want %s", room, got, want)
		}
	}
	f(0, `{"a":{"b":{"c":1}},"x":"before"}`, false)
	f(1, `{"a":{"b":{"c":1}},"x":{}}`, true)
	f(2, `{"a":{"b":{"c":1}},"x":{"b":{}}}`, true)
	f(3, `{"a":{"b":{"c":1}},"x":{"b":{"c":1}}}`, true)
	e := New()
	e.MergeJSON(`{"a":{"b":1},"x":[]}`, JSONOptions{})
	for len(e.nodes) < MaxNodes {
		e.newNode(String)
	}
	v, _ := e.Get("a")
	list, _ := e.Get("x")
	e.Append(list, v)
	if got := dump(e); got != `{"a":{"b":1},"x":[]}` {
		t.Errorf("a full event became %s", got)
	}
}

func TestNumberAndText(t *testing.T) {
	f := func(v Value, text string, number float64, isNumber bool) {
		t.Helper()
		n, ok := v.Number()
		if v.Text() != text || n != number || ok != isNumber {
			t.Errorf("got %q %v %v, want %q %v %v", v.Text(), n, ok, text, number, isNumber)
		}
	}
	f(IntValue(-12), "-12", -12, true)
	f(FloatValue(2), "2.0", 2, true)
	f(FloatValue(0.25), "0.25", 0.25, true)
	f(FloatValue(1e30), "1e+30", 1e30, true)
	f(StringValue("200"), "200", 200, true)
	f(StringValue("2x"), "2x", 0, false)
	f(StringValue("NaN"), "NaN", 0, false)
	f(StringValue("1e999"), "1e999", 0, false)
	f(StringValue("-1e999"), "-1e999", 0, false)
	f(StringValue("0x10"), "0x10", 0, false)
	f(StringValue(""), "", 0, false)
	f(BoolValue(true), "true", 0, false)
	f(Value{}, "", 0, false)
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	e := New()
	line := `{"usr":{"id":"alice"},"evt":{"category":"authentication","outcome":"failure"},"network":{"client":{"ip":"203.0.113.9"}},"n":[1,2.5,true]}`
	var found bool
	got := testing.AllocsPerRun(100, func() {
		e.Reset()
		e.MergeJSON(line, JSONOptions{DropEmpty: true, ExpandDots: true})
		_, found = e.Get(ClientIP)
		e.Set(HTTPStatusCode, IntValue(200))
		e.Delete("n")
	})
	if !found || got != 0 {
		t.Errorf("found %v with %v allocations an event, want true with 0", found, got)
	}
}

func TestAnyKey(t *testing.T) {
	e := mustJSON(t, `{"a":{"b":[{"c":1}]},"d":"e"}`)
	for _, key := range []string{"a", "b", "c", "d"} {
		if !e.AnyKey(func(k string) bool { return k == key }) {
			t.Errorf("%s is not found", key)
		}
	}
	if e.AnyKey(func(k string) bool { return k == "e" || k == "" }) {
		t.Error("a value, or the root, is taken for a key")
	}
}
