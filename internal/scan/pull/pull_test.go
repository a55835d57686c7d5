package pull_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sasumata/sasumata/internal/scan/pull"
)

// walk reads everything, member by member, and writes it again.
func walk(d *pull.Decoder, out *strings.Builder) error {
	kind, err := d.Kind()
	if err != nil {
		return err
	}
	switch kind {
	case '{':
		out.WriteByte('{')
		n := 0
		err := d.Object(func(key string) error {
			if n++; n > 1 {
				out.WriteByte(',')
			}
			quoted, _ := json.Marshal(key)
			out.Write(quoted)
			out.WriteByte(':')
			return walk(d, out)
		})
		out.WriteByte('}')
		return err
	case '[':
		out.WriteByte('[')
		n := 0
		err := d.Array(func() error {
			if n++; n > 1 {
				out.WriteByte(',')
			}
			return walk(d, out)
		})
		out.WriteByte(']')
		return err
	default:
		var v json.RawMessage
		err := d.Into(&v)
		out.Write(v)
		return err
	}
}

func TestWalk(t *testing.T) {
	for _, text := range []string{
		`{"a":[1,-2.5e3,true,false,null,"x\n\"\\é"],"b":{},"c":[],"d\"e":{"f":[[]]}}`, `"x"`, `0`, `null`,
		`[` + strings.Repeat(`{"key":"`+strings.Repeat("v", 9000)+`"},`, 20) + `1]`,
	} {
		for _, from := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			var out strings.Builder
			d := pull.New(from)
			if err := walk(d, &out); err != nil {
				t.Fatalf("%.60s: %v", text, err)
			}
			if out.String() != text {
				t.Errorf("%.200s became %.200s", text, out.String())
			}
			if more, err := d.Next(); more || err != nil {
				t.Errorf("something follows: %v", err)
			}
		}
	}
}

// TestPlaces names the line and column of a fault, also far behind what is in memory.
func TestPlaces(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		err := pull.New(strings.NewReader(text)).Skip()
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	f("[1,\n  x]", `2:4: "x" is no value`)
	f("{\"a\" 1}", `1:6: want a colon, not '1'`)
	f("[1,]", `1:4: want a value, not ']'`)
	f(`{"a":1,}`, `1:8: want the name of a member, not '}'`)
	f("["+strings.Repeat("1,\n", 100_000)+"?", `100001:1: want a value, not '?'`)
	f(`["\q"]`, `1:4: want a character that \ may escape, not 'q'`)
	f(strings.Repeat(`{"a":`, 300), fmt.Sprintf("1:1001: lists and objects nest deeper than %d", pull.MaxDepth))
	f(`"`, "1:2: the report ends here, in the middle of a value")
	f(strings.Repeat("9", 2000), "1:1001: a number without an end")
}

// TestFaultsAreCollected goes on behind values of the wrong type.
func TestFaultsAreCollected(t *testing.T) {
	d := pull.New(strings.NewReader("[5, {\"n\": \"x\",\n\"m\": 1}, [], null]"))
	var got []int
	err := d.Array(func() error {
		return d.Object(func(string) error {
			var n int
			err := d.Into(&n)
			got = append(got, n)
			return err
		})
	})
	if err != nil || fmt.Sprint(got) != "[0 1]" || len(d.Faults) != 3 {
		t.Fatalf("%v, %v, %v", got, d.Faults, err)
	}
	for i, want := range []string{"1:2: want an object", "1:14:  is a string, which was left out", "2:10: want an object"} {
		if d.Faults[i].Error() != want {
			t.Errorf("%q, want %q", d.Faults[i], want)
		}
	}
}

// TestReadErrors are not taken for the end.
func TestReadErrors(t *testing.T) {
	broken := errors.New("broken")
	err := pull.New(io.MultiReader(strings.NewReader("[1,"), iotest.ErrReader(broken))).Skip()
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
}

// FuzzSkip agrees with encoding/json about what is JSON, but for what it leaves to
// who decodes, the forms of numbers and of \u, and for what is too deep or too long.
func FuzzSkip(f *testing.F) {
	f.Add([]byte(`{"a":[1,"x",null,{"b":true}]}`))
	f.Add([]byte(strings.Repeat("8", 1001)))
	endless := regexp.MustCompile(`[0-9.eE+-]{1000}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		d := pull.New(bytes.NewReader(data))
		err := d.Skip()
		more := false
		if err == nil {
			more, err = d.Next()
		}
		deep := bytes.Count(data, []byte{'['})+bytes.Count(data, []byte{'{'}) > pull.MaxDepth
		if json.Valid(data) && (err != nil || more) && !deep && !endless.Match(data) {
			t.Errorf("%q: %v", data, err)
		}
		var out strings.Builder
		if walk(pull.New(iotest.OneByteReader(bytes.NewReader(data))), &out) == nil && err != nil && !more {
			t.Errorf("%q is read, and not skipped: %v", data, err)
		}
	})
}

// BenchmarkSkip is the speed of looking through a report.
func BenchmarkSkip(b *testing.B) {
	text := []byte("[" + strings.Repeat(`{"VulnerabilityID":"CVE-2024-1","Description":"`+strings.Repeat("some text ", 100)+`","Score":7.5},`, 1000) + "1]")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if err := pull.New(bytes.NewReader(text)).Skip(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestHead returns the beginning of texts of any length.
func TestHead(t *testing.T) {
	d := pull.New(strings.NewReader(`["a\u0062c", "` + strings.Repeat("x", 10<<20) + `", 5, "é"]`))
	var got []string
	err := d.Array(func() error {
		text, err := d.Head(10)
		got = append(got, text)
		return err
	})
	if want := []string{"abc", "xxxxxxxxx", "", "é"}; err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, %v", got, err)
	}
}
