package event

import (
	"strings"
	"testing"
)

// What Get finds has a root of the event, however its path is written.
func TestRoots(t *testing.T) {
	e := New()
	if !e.MergeJSON(`{"a":{"b":1},"c.d":2,"":3,".x":4,"custom":{"e":5},"f":[{"g":6}],"network.client":{"ip":"x"}}`, JSONOptions{}) {
		t.Fatal("no object")
	}
	for _, path := range []string{"a", "a.b", "c.d", "", ".x", "custom.e", "custom.a", "custom.a.b", "custom.c.d", "f.g", "network.client.ip", "custom.network.client.ip"} {
		if _, ok := e.Get(path); !ok {
			t.Errorf("%q: nothing there", path)
		}
		if RootOf(path)&e.Roots() == 0 {
			t.Errorf("%q has no root", path)
		}
	}
	if New().Roots() != 0 {
		t.Error("an empty event has roots")
	}
	words := strings.Fields("source client ip user host url path status")
	missing := 0
	for _, word := range words {
		if RootOf(word)&e.Roots() == 0 {
			missing++
		}
	}
	if missing < len(words)/2 {
		t.Errorf("only %d of %d other names are told apart", missing, len(words))
	}
}

func FuzzRoots(f *testing.F) {
	f.Add(`{"a":{"b":1}}`, "a.b")
	f.Add(`{"a.b":[{"c":1}]}`, "custom.a.b.c")
	f.Fuzz(func(t *testing.T, text, path string) {
		e := New()
		if !e.MergeJSON(text, JSONOptions{}) {
			return
		}
		if _, ok := e.Get(path); ok && RootOf(path)&e.Roots() == 0 {
			t.Errorf("%q is in %s, but not its root", path, text)
		}
	})
}
