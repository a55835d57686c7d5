package event

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeJSON(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		e := New()
		v, _, err := e.DecodeJSON(text, JSONOptions{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if got := string(e.AppendJSON(nil, v)); got != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
	f(` {"a" : [1 , 2.5, -3e2, true, false, null, "x"] } trailing`, `{"a":[1,2.5,-300.0,true,false,null,"x"]}`)
	f(`{"a":1,"a":2}`, `{"a":2}`)
	f(`{"a":"\u00e9\n\ud83d\ude00\ud83d\/"}`, `{"a":"é\n😀�/"}`)
	f(`9223372036854775807`, `9223372036854775807`)
	f(`18446744073709551616`, `18446744073709552000.0`)
}

func TestDecodeJSONOptions(t *testing.T) {
	e := New()
	ok := e.MergeJSON(`{"a.b":1,"a":{"c":2},"a.d":{"e":3},"a.d.f":4,"n":null,"o":{},"l":[],"keep":[null,{}]}`, JSONOptions{DropEmpty: true, ExpandDots: true})
	if want := `{"a":{"b":1,"c":2,"d":{"e":3,"f":4}},"keep":[null,{}]}`; !ok || dump(e) != want {
		t.Errorf("got %s, want %s", dump(e), want)
	}
}

func TestDecodeJSONErrors(t *testing.T) {
	f := func(text string, offset int, reason string) {
		t.Helper()
		_, _, err := New().DecodeJSON(text, JSONOptions{})
		je, ok := errors.AsType[*JSONError](err)
		if !ok {
			t.Errorf("%s: got %v, want an error", text, err)
			return
		}
		if diff := cmp.Diff(JSONError{offset, reason}, *je); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f(``, 0, "the document ends in the middle")
	f(`{"a"}`, 4, "want a colon behind the key")
	f(`{"a":1`, 6, "the document ends inside an object")
	f(`{"a":1,}`, 7, "want a key in quotes")
	f(`[1 2]`, 3, "want a comma or the end of the array")
	f(`"a`, 2, "a string without an end")
	f(`"\q"`, 2, "an escape that JSON does not have")
	f(`01`, 2, "not a number")
	f(`1.`, 2, "want digits behind the point")
	f(strings.Repeat("[", 100), MaxJSONDepth, "nested deeper than 64")
}

func TestMergeJSONLeavesTheEventAloneOnFailure(t *testing.T) {
	e := mustJSON(t, `{"a":1}`)
	for _, text := range []string{`{"a":2} x`, `[1]`, `{"a":`, `"s"`} {
		if e.MergeJSON(text, JSONOptions{}) || dump(e) != `{"a":1}` {
			t.Errorf("%s: %s", text, dump(e))
		}
	}
}

func TestJSONStringsCannotSteerATerminal(t *testing.T) {
	got := string(AppendJSONString(nil, "\x1b[2J\u009b31m\u202eevil\u2066\x7f\xff<b>"))
	if want := `"\u001b[2J\u009b31m\u202eevil\u2066\u007f�<b>"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	f.Add(`{"a.b":[1,{"c":"\u00e9"}],"d":null}`)
	f.Add(`{"a":{"a":{"a":[[[[]]]]}}}`)
	f.Add("{\"\xff\":1e309}")
	f.Fuzz(func(t *testing.T, text string) {
		e := New()
		v, n, err := e.DecodeJSON(text, JSONOptions{})
		if n > len(text) {
			t.Fatalf("read %d of %d bytes", n, len(text))
		}
		valid := json.Valid([]byte(text))
		if err != nil {
			if valid && !strings.Contains(err.Error(), "deeper") {
				t.Fatalf("valid JSON refused: %v", err)
			}
			return
		}
		out := e.AppendJSON(nil, v)
		if !json.Valid(out) || !utf8.Valid(out) {
			t.Fatalf("%q prints %q, which is not JSON", text, out)
		}
		again := New()
		v2, _, err := again.DecodeJSON(string(out), JSONOptions{})
		if err != nil || string(again.AppendJSON(nil, v2)) != string(out) {
			t.Fatalf("%q does not read back: %v", out, err)
		}
		expanded := New()
		expanded.MergeJSON(text, JSONOptions{DropEmpty: true, ExpandDots: true})
		expanded.AppendJSON(nil, expanded.Root())
	})
}

func BenchmarkDecodeJSON(b *testing.B) {
	line := `{"time":"2026-01-16T02:00:00.000Z","remote_addr":"203.0.113.9","method":"GET","path":"/api/users?id=12&name=abc","status":200,"bytes":5316,"referer":"https://example.com/","user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36","request_time":0.012,"upstream":{"addr":"10.0.0.5:8080","status":200,"time":0.011},"usr":{"id":"alice"},"evt":{"category":"authentication","outcome":"success"}}`
	e := New()
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		if !e.MergeJSON(line, JSONOptions{DropEmpty: true, ExpandDots: true}) {
			b.Fatal("not an object")
		}
	}
}

func TestExactDecodingReadsWhatWasWritten(t *testing.T) {
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	f := func(text string) {
		t.Helper()
		e := New()
		v, _, err := e.DecodeJSON(text, JSONOptions{Exact: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(e.AppendJSON(nil, v)); got != text {
			t.Errorf("got %.100s, want %.100s", got, text)
		}
	}
	f(`{"a":1,"a":2,"b":{"c":null,"c":[]}}`)
	f(deep)
	f(`[-9223372036854775808,9223372036854775807,-1000000000000000000,1e+30]`)
}

func TestAddMemberKeepsFreeContainers(t *testing.T) {
	e := New()
	object := e.NewObject()
	e.AddMember(e.Root(), "a", object)
	e.AddMember(object, "b", IntValue(1))
	e.AddMember(object, "b", IntValue(2))
	if got, want := string(e.AppendJSON(nil, e.Root())), `{"a":{"b":1,"b":2}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
