package urls

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

func TestParse(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		e := event.New()
		if got := string(e.AppendJSON(nil, Parse(e, text))); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	f("https://www.example.com/a/b?x=1#top", `{"scheme":"https","host":"www.example.com","path":"/a/b","queryString":{"x":"1"},"hash":"top"}`)
	f("http://user:pw@host:8080", `{"scheme":"http","host":"host","port":8080,"path":""}`)
	f("http://[2001:db8::1]:80/", `{"scheme":"http","host":"[2001:db8::1]","port":80,"path":"/"}`)
	f("http://[2001:db8::1]/", `{"scheme":"http","host":"[2001:db8::1]","path":"/"}`)
	f("http://host:/x", `{"scheme":"http","host":"host","path":"/x"}`)
	f("http://host:99999/", `{"scheme":"http","host":"host:99999","path":"/"}`)
	f("www.example.com/a?b", `{"path":"www.example.com/a","queryString":{"b":""}}`)
	f("/a?x=1&y=%20z&x=2&x=1", `{"path":"/a","queryString":{"x":["1","2"],"y":"%20z"}}`)
	f("/a?x=1&x=1", `{"path":"/a","queryString":{"x":"1"}}`)
	f("/a?", `{"path":"/a"}`)
	f("?a=b=c&&=d", `{"path":"","queryString":{"a":"b=c"}}`)
	f("//host/x", `{"host":"host","path":"/x"}`)
	f("/go?to=http://x", `{"path":"/go","queryString":{"to":"http://x"}}`)
	f("1http://x", `{"path":"1http://x"}`)
	f("", `{"path":""}`)
}

func TestNormalizeEndingSlashes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		e := event.New()
		v, _ := e.Key(Split(e, text, Options{NormalizeEndingSlashes: true}), "path")
		if v.Str() != want {
			t.Errorf("%q: %q, want %q", text, v.Str(), want)
		}
	}
	f("http://x/a//", "/a")
	f("http://x/", "/")
	f("http://x//", "/")
	f("http://x", "")
}

func FuzzParse(f *testing.F) {
	f.Add("https://u:p@[::1]:80/a?b=c&b=d#e")
	f.Fuzz(func(t *testing.T, text string) {
		e := event.New()
		if v := Parse(e, text); v.Kind() != event.Object {
			t.Errorf("%q gives no object", text)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	e := event.New()
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		Parse(e, "https://www.example.com/products/list?category=shoes&page=4#top")
	}
}
