package grok

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

func TestFilters(t *testing.T) {
	f := func(term, text, want string) {
		t.Helper()
		if got := parse(t, "_n %{integer:n}", "r %{"+term+"}", text); got != want {
			t.Errorf("%s on %q:\n%s, want\n%s", term, text, got, want)
		}
	}
	f(`integer:x:scale(1000000)`, "12", `{"x":12000000.0}`)
	f(`number:x:scale(0.001)`, "1500", `{"x":1.5}`)
	f(`data:x:scale(2)`, "abc", `{}`)
	f(`data:x:nullIf("-")`, "-", `{}`)
	f(`data:x:nullIf("-")`, "a", `{"x":"a"}`)
	f(`integer:x:nullIf("0")`, "0", `{}`)
	f(`data:x:lowercase`, "ABCÉ\t語", `{"x":"abcé\t語"}`)
	f(`data:x:uppercase`, "aé", `{"x":"AÉ"}`)
	f(`data:x:integer`, "12", `{"x":12}`)
	f(`data:x:integer`, "12.0", `{"x":12}`)
	f(`data:x:integer`, "12.5", `{}`)
	f(`number:x:integer`, "12.7", `{"x":12}`)
	f(`data:x:number`, "12", `{"x":12.0}`)
	f(`data:x:number`, "0x10", `{}`)
	f(`data:x:boolean`, "True", `{"x":true}`)
	f(`data:x:boolean`, "1", `{}`)
	f(`data:x:decodeuricomponent`, "a%20b%zz+%e8%aa%9e", `{"x":"a b%zz+語"}`)
	f(`data:x:json`, `{"a":[1,null],"b":null,"c.d":true}`, `{"x":{"a":[1,null],"c":{"d":true}}}`)
	f(`data:x:json`, `{"a"`, `{}`)
	f(`data:x:json`, `[1,2]`, `{"x":[1,2]}`)
	f(`data::json`, `[1,2]`, `{}`)
	f(`data:x:url`, "https://u:p@h:8080/a?b=c&b=d&e#f", `{"x":{"scheme":"https","host":"h","port":8080,"path":"/a","queryString":{"b":["c","d"],"e":""},"hash":"f"}}`)
	f(`data:x:querystring`, "?a=1&b=%41+c&a=2", `{"x":{"a":["1","2"],"b":"A c"}}`)
	f(`data:x:csv("a,b,c,d")`, `John,"Doe, ""jr""",,12,extra`, `{"x":{"a":"John","b":"Doe, \"jr\"","d":12}}`)
	f(`data:x:csv("a,b","tab")`, "1.5\tb", `{"x":{"a":1.5,"b":"b"}}`)
	f(`data:x:csv("a,b","|","'")`, "'x|y'|z", `{"x":{"a":"x|y","b":"z"}}`)
	f(`data:x:xml`, `<?xml version="1.0"?><book id="1"><title lang="en">Harry &amp; P</title><year>2005</year><by>a</by><by>b</by></book>`,
		`{"x":{"book":{"id":"1","title":{"lang":"en","value":"Harry & P"},"year":"2005","by":["a","b"]}}}`)
	f(`data:x:xml`, `<a><b></a>`, `{}`)
	f(`data::rubyhash`, `{:status=>500, "a"=>"b\"c", :n=>nil, k: :sym, "l"=>[1, {:x=>true}], :o=>#<Thing a, b>}`,
		`{"status":500.0,"a":"b\"c","k":"sym","l":[1.0,{"x":true}],"o":"#<Thing a, b>"}`)
	f(`data::rubyhash`, `{:a=>["x", "y`, `{"a":["x","y"]}`)
	f(`data:x:rubyhash`, `a=>1`, `{}`)
	f(`data:x:array`, "[a, b]", `{"x":["a"," b"]}`)
	f(`data:x:array(",")`, "a,b", `{"x":["a","b"]}`)
	f(`data:x:array("",";")`, "[a;b]", `{"x":["[a","b]"]}`)
	f(`data:x:array("{}","|",integer)`, "{1|2|z}", `{"x":[1,2]}`)
	f(`data:x:array(",",nullIf("b"))`, "a,b", `{"x":["a",null]}`)
	f(`data:x:array("", "\\n")`, "a\nb", `{"x":["a","b"]}`)
	f(`data:x:array(",",_n)`, "1,2", `{"x":[{"n":1},{"n":2}]}`)
	f(`data:x:array`, "[]", `{"x":[]}`)
}

func TestKeyValue(t *testing.T) {
	f := func(args, text, want string) {
		t.Helper()
		if got := parse(t, "", "r %{data::keyvalue"+args+"}", text); got != want {
			t.Errorf("keyvalue%s on %q:\n%s, want\n%s", args, text, got, want)
		}
	}
	f("", `user=john connect_date=11/08 id=123 action=click`, `{"user":"john","id":123,"action":"click"}`)
	f(`("=","/")`, `date=11/08`, `{"date":"11/08"}`)
	f(`(":")`, `user:john id:1`, `{"user":"john","id":1}`)
	f(`(": ")`, `user: john, id: 1`, `{"user":"john","id":1}`)
	f(`("=|:")`, `a=1 b:2`, `{"a":1,"b":2}`)
	f("", `a="x y" b='z w' c=<q> "d e"=1 "f"=2`, `{"a":"x y","b":"z w","c":"q","f":2}`)
	f(`("=","","{}")`, `a={x y} b="z"`, `{"a":"x y"}`)
	f(`("="," ","","|")`, `a=x y|b=z|c=|d=1`, `{"a":"x y","b":"z","d":1}`)
	f("", `(a=1, b=2; [c=3] {d=4}`, `{"a":1,"b":2,"c":3,"d":4}`)
	f(`("=",",")`, `a=x, b=y,`, `{"a":"x","b":"y"}`)
	f("", `a=1 a=2 b.c=x`, `{"a":[1,2],"b":{"c":"x"}}`)
	f("", `a=null b= c="" d=true e=false f="true"`, `{"d":true,"e":false,"f":"true"}`)
	f("", `a=012 b=08 c=-1.5 d=1e3 e=004018281E114 f="5" g=1.2.3`, `{"a":12,"b":"08","c":-1.5,"d":1000.0,"e":"004018281E114","f":"5","g":"1.2.3"}`)
	f("", `a=10.013689387s b=0s c=3m0s d=1.5 e=.5s`, `{"a":10013,"b":0,"c":"3m0s","d":1.5,"e":".5s"}`)
	f(`("="," ")`, `some words here key=1, next=2  third=3`, `{"next":2,"third":3}`)
	f("", `no pairs at all`, `{}`)
	f("", "a=é b=x", `{"b":"x"}`)
	f(`("=","é")`, "a=é", `{"a":"é"}`)
	f(`("=","[")`, "a=x[y", `{"a":"x[y"}`)
}

func TestUserAgentHook(t *testing.T) {
	r, err := Compile(Config{Match: `r %{data:ua:useragent}`, UserAgent: func(e *event.Event, text string) event.Value {
		out := e.NewObject()
		e.SetKey(out, "seen", event.StringValue(text))
		return out
	}})
	if err != nil {
		t.Fatal(err)
	}
	e := event.New()
	out, _, _ := r.Parse(e, "curl/8", NewMachine(0))
	if got, want := string(e.AppendJSON(nil, out)), `{"ua":{"seen":"curl/8"}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestBadFilters(t *testing.T) {
	f := func(term string) {
		t.Helper()
		if _, err := Compile(Config{Match: "r %{data:x:" + term + "}"}); err == nil {
			t.Errorf("%s compiles", term)
		}
	}
	f(`array("", "")`)
	f(`array(1,2,3)`)
	f(`array(",", nope)`)
	f(`keyvalue("a*")`)
	f(`keyvalue("(")`)
	f(`keyvalue("=","","abc")`)
	f(`keyvalue(integer)`)
	f(`csv`)
	f(`scale`)
	f(`scale(2,3)`)
	f(`nullIf`)
}
