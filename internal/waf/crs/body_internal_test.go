package crs

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// valuesOf lists what rules see in a body: parameters as name=value, texts of other
// slots behind their own mark.
func valuesOf(m *Machine, contentType, body string) (list []string) {
	r := &Request{ContentType: contentType, Body: body}
	m.kind = kindOf(contentType, clip(body))
	m.arena, m.values = m.arena[:0], m.values[:0]
	m.load(r, groupBody)
	for i := range m.values {
		v := &m.values[i]
		text := string(m.arena[v.from:v.to])
		switch v.slot {
		case slotPost:
			list = append(list, m.textOf(v.key)+"="+text)
		case slotPostName:
		case slotBody:
			list = append(list, "body "+text)
		case slotXMLAttr:
			list = append(list, "attribute "+text)
		case slotFile:
			list = append(list, "file "+text)
		case slotFileName:
			list = append(list, "file of "+text)
		default:
			list = append(list, text)
		}
	}
	return list
}

func emptyMachine(tb testing.TB) *Machine {
	tb.Helper()
	set, err := Compile(nil, Options{Paranoia: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return set.NewMachine(Memo{})
}

func TestValuesOfBodies(t *testing.T) {
	m := emptyMachine(t)
	kind := ""
	f := func(body string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, valuesOf(m, kind, body)); diff != "" {
			t.Errorf("%s %s: %s", kind, body, diff)
		}
	}
	kind = "application/json"
	f(`{}`)
	f(`{"a":"x","b":{"c":1.50,"d":true},"e":null}`, "json.a=x", "json.b.c=1.50", "json.b.d=true", "json.e=")
	f(`{"a":["x",{"b":"y"},[]],"c":[]}`, "json.a.0=x", "json.a.1.b=y", "json.a=3")
	f(`[1,[2,3]]`, "json.0=1", "json.1.0=2", "json.1.1=3", "json.1=2", "json=2")
	f(`"x"`, "json.0=x", "json=1")
	f("\ufeff 7 ", "json.0=7", "json=1")
	f(`{"a.b":"1","a":{"b":"2"},"a.b":"3"}`, "json.a.b=1", "json.a.b=2", "json.a.b=3")
	f(`{"\u0041\"":"\u0027\n\/\\\ud83d\ude00"}`, "json.A\"='\n/\\😀")
	f(`{"a":"\ud83d\u0027"}`, "json.a=\ufffd'")
	f(`{"a":"b \q \u12 \`, `json.a=b \q \u12 \`) // cut off, and no escapes
	f(`{"a":"' or 1=1`, "json.a=' or 1=1")
	f(`{"a":{"b":["x","y`, "json.a.b.0=x", "json.a.b.1=y", "json.a.b=2")
	f(`{"a":1,"select`, "json.a=1", "json.select=")
	f(`{"a":1,,"b" 2 x "c":"3",}`, "json.a=1", "json.b=2", "json.c=3")
	f("{\"a\":1}\n{\"b\":2}", "json.a=1", "json.b=2")
	f(`x=1`)
	f(``)
	kind = "application/xml"
	f(`<a b="1" c='&lt;'> x <d/>y&amp;z</a>`, "attribute 1", "attribute <", "x", "y&z")
	f(`<!DOCTYPE a [<!ENTITY e "expanded">]><a>&e;</a>`, "&e;")
	f(`<a><![CDATA[<b>]]></a>`, "<b>")
	f(`<a>' or 1=1`, "' or 1=1")
	f(`<a>x</a><b c="' or 1=1`, "x", "attribute ' or 1=1")
	f(`<a>x</a><b c='1" or`, "x", `attribute 1" or`)
	f(`<a><![CDATA[' or 1=1`, "' or 1=1")
	f(`<?xml version="1.0" encoding="windows-1252"?><a>`+"é \xe9"+`</a>`, "é ?")
	f(`<a>x</a><b c="1" =>y`, "x")
	f(`no document`, "no document")
	kind = "multipart/form-data; boundary=x"
	f("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=b; filename=c.txt\r\n\r\ntext\r\n--x--", "a=1", "file c.txt", "file of b")
	f("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n' or 1=1", "a=' or 1=1")
	f("--x\r\nContent-Disposition: form-data; name=b; filename=\"c.png\"; filename*=utf-8''d%2ephp\r\n\r\n", "file d.php", "file c.png", "file of b")
	f("a=1")
	kind = "multipart/form-data"
	f("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--")
	kind = ""
	f(`{"a":"x"}`, "json.a=x")
	f(`{"a":"x`, "json.a=x")
	f(`{"a"=1`, `body {"a"=1`, `{"a"=1`)
	f(`<?xml version="1.0"?><a>x</a>`, "x")
	f(`<a>=1`, "body <a>=1", "<a>=1")
	kind = "application/octet-stream"
	f(`{"a":"x"}`)
}

func TestLimitsOfBodies(t *testing.T) {
	m := emptyMachine(t)
	f := func(contentType, body string, least, most int, last string) {
		t.Helper()
		list := valuesOf(m, contentType, body)
		if len(list) < least || len(list) > most {
			t.Fatalf("%.40s: %d values, want %d to %d", body, len(list), least, most)
		}
		if !strings.HasPrefix(list[len(list)-1], last) {
			t.Errorf("%.40s: the last is %.80q, want %q", body, list[len(list)-1], last)
		}
	}
	f("application/json", "["+strings.Repeat("1,", 3000)+"1]", maxArgs, maxArgs, "json.999=1")
	f("application/json", strings.Repeat("[", maxDepth)+`{"a":"x"}`+strings.Repeat("]", maxDepth), 30, maxDepth+1, "json")
	if list := valuesOf(m, "application/json", strings.Repeat(`{"a":`, maxDepth)+`{"b":"x"}`); !slices.Equal(list, []string{"json" + strings.Repeat(".a", maxDepth) + `={"b":"x"}`}) {
		t.Errorf("too deep: %q", list)
	}
	f("application/json", `{"`+strings.Repeat("long", 1000)+`":[`+strings.Repeat("1,", 4000), 8, 16, "json.longlong")
	f("application/xml", strings.Repeat("<a>x</a>", 2000), maxArgs, maxArgs, "x")
	f("application/x-www-form-urlencoded", strings.Repeat("a=1&", 4000), maxArgs+1, maxArgs+1, "a=1")
}

func TestReadingJSONAllocatesNothing(t *testing.T) {
	m := emptyMachine(t)
	r := &Request{ContentType: "application/json", Body: `{"user":{"name":"Ann\u0020B","tags":["a","b"]},"page":2,"open":"c`}
	m.kind = kindOf(r.ContentType, r.Body)
	if n := testing.AllocsPerRun(100, func() {
		m.arena, m.values = m.arena[:0], m.values[:0]
		m.load(r, groupBody)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Any body of any kind is read without a panic and into bounded memory, and judged
// the same with short cuts and without.
func FuzzBodies(f *testing.F) {
	b := newBoth(allRules(f, 2, false))
	m := emptyMachine(f)
	for _, body := range []string{
		`{"a":["x",{"b":null}],"c":"\u0027 or 1=1"}`, `[[[[{"a":"` + `${jndi:ldap://a/}`, `{"a"=1,b:'2'}`, `"x"`, `{"a":"\ud83d\u0027\`,
		`<?xml version="1.0" encoding="x"?><a b="1' union select 2">x<!-- c --><![CDATA[<script>]]></a>`, `<!DOCTYPE a [<!ENTITY b "c">]><a b='&b;`,
		"--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b.php\"; filename*=UTF-8''%2e\r\n\r\n1\r\n--x--", `a=1&b=%27`,
	} {
		for kind := range byte(6) {
			f.Add(kind, body)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, body string) {
		kinds := [...]string{"", "application/json", "text/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", body}
		contentType := kinds[int(kind)%len(kinds)]
		valuesOf(m, contentType, body)
		if len(m.values) > 5*maxArgs || len(m.arena) > maxFlat+MaxPart {
			t.Fatalf("%d values in %d bytes", len(m.values), len(m.arena))
		}
		b.compare(t, Request{Method: "POST", URI: "/", Protocol: "HTTP/1.1", ContentType: contentType, Body: body[:min(len(body), 300)]})
	})
}
