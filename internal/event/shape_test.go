package event

import "testing"

func TestShape(t *testing.T) {
	const doc = `{"a":{"b":1,"c":"x"},"d":[true,{"e":2.5}],"f":null}`
	e := mustJSON(t, doc)
	s, ok := e.NewShape(e.Root(), []string{"a.c", "a.b"})
	if !ok {
		t.Fatal("no shape")
	}
	into := mustJSON(t, `{"z":0}`)
	for range 2 {
		v, ok := into.Shaped(s, []Value{IntValue(7), StringValue("y")})
		if !ok {
			t.Fatal("no room")
		}
		into.SetKey(into.Root(), "copy", v)
	}
	if got, want := dump(into), `{"z":0,"copy":{"a":{"b":"y","c":7},"d":[true,{"e":2.5}],"f":null}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	into.Set("copy.a.b", IntValue(1))
	into.Delete("copy.d")
	into.Set("copy.g", IntValue(2))
	if got, want := dump(into), `{"z":0,"copy":{"a":{"b":1,"c":7},"f":null,"g":2}}`; got != want {
		t.Errorf("a copy that is changed: got %s, want %s", got, want)
	}
	if dump(e) != doc {
		t.Errorf("the tree of the shape became %s", dump(e))
	}
}

func TestNoShape(t *testing.T) {
	e := mustJSON(t, `{"a":{"b":1},"c":[{"d":1},{"d":2}]}`)
	f := func(paths ...string) {
		t.Helper()
		if _, ok := e.NewShape(e.Root(), paths); ok {
			t.Errorf("%q have a shape", paths)
		}
	}
	f("x")
	f("a")
	f("c.d")
	f("a.b", "a.b")
	if _, ok := e.NewShape(StringValue("x"), nil); ok {
		t.Error("a text has a shape")
	}
}

func TestNoRoomForAShape(t *testing.T) {
	e := mustJSON(t, `{"a":1,"b":2}`)
	s, _ := e.NewShape(e.Root(), nil)
	full := New()
	for len(full.nodes) < MaxNodes-2 {
		full.newNode(String)
	}
	if _, ok := full.Shaped(s, nil); ok || dump(full) != "{}" {
		t.Errorf("a full event became %s", dump(full))
	}
}

// What an event held is kept for one event more, and not for longer.
func TestResetForgetsTexts(t *testing.T) {
	e := mustJSON(t, `{"a":"x","b":"y","c":"z"}`)
	for range 2 {
		e.Reset()
		e.Set("a", StringValue("w"))
	}
	for i, n := range e.nodes[:cap(e.nodes)] {
		if n.str != "" && n.str != "w" {
			t.Errorf("node %d holds %q", i, n.str)
		}
	}
}
