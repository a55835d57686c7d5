package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

func TestRedactEvent(t *testing.T) {
	m, e := NewMachine(testClock()), event.New()
	f := func(raw, attributes, want string) {
		t.Helper()
		e.Reset()
		m.begin()
		e.Raw, e.Message = raw, raw
		if !e.MergeJSON(attributes, event.JSONOptions{}) {
			t.Fatal("bad attributes")
		}
		m.Redact(e)
		if diff := cmp.Diff(want, e.Raw+" "+string(e.AppendJSON(nil, e.Root()))); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
	f(`x`, `{"pwd":"/srv","http":{"q":{"Password":"a","b":"c"}},"l":[{"token":7}],"token":false}`, `x {"pwd":"/srv","http":{"q":{"Password":"[REDACTED:password]","b":"c"}},"l":[{"token":"[REDACTED:token]"}],"token":false}`)
	f(`GET /?token=abc`, `{"url":"/?token=abc","argv":["a","--token=abc",1]}`, `GET /?token=[REDACTED:token] {"url":"/?token=[REDACTED:token]","argv":["a","--token=[REDACTED:token]",1]}`)
	f(`y`, `{"cookie":["a=b"],"cvv":123}`, `y {"cookie":["[REDACTED:cookie]"],"cvv":"[REDACTED:card]"}`)
	if m.Stats.Redacted != 3 {
		t.Errorf("%d events are counted, want 3", m.Stats.Redacted)
	}
}

func TestRedactAs(t *testing.T) {
	e := event.New()
	f := func(name, text, want string) {
		t.Helper()
		e.Reset()
		e.Set("security.payload", event.StringValue(text))
		RedactAs(e, "security.payload", name)
		if got := e.Text("security.payload"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	f("json.user.password", "hunter2' or 1=1", "[REDACTED:password]")
	f("PHPSESSID", "0123456789abcdef'", "[REDACTED:session]")
	f("json.password", "null", "null")
	f("json.q", "hunter2", "hunter2")
	f("", "hunter2", "hunter2")
	RedactAs(e, "no.such.attribute", "password")
	if _, ok := e.Get("no.such.attribute"); ok {
		t.Error("an attribute comes into being")
	}
}

func TestRedactProcessor(t *testing.T) {
	got := process(t, `type: redact-processor, sources: [a.b, none]`, `{"a":{"b":"geheim"},"message":"it is geheim"}`)
	if want := `{"custom":{"a":{"b":"[REDACTED:b]"}},"message":"it is [REDACTED:b]"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

const accessLine = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "GET /search/products/list?q=green+tea&page=2&sort=price HTTP/1.1" 200 20318 "https://www.example.com/index.html" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0"`

func TestRedactCleanLineAllocatesNothing(t *testing.T) {
	m, e := NewMachine(testClock()), event.New()
	e.Raw, e.Message = accessLine, accessLine
	e.MergeJSON(`{"http":{"url":"/search","url_details":{"queryString":{"q":"tea"}},"status_code":200},"network":{"client":{"ip":"203.0.113.7"}},"l":["a"]}`, event.JSONOptions{})
	if n := testing.AllocsPerRun(100, func() { m.Redact(e) }); n != 0 {
		t.Errorf("%v allocations for a clean event", n)
	}
}

func BenchmarkRedactCleanEvent(b *testing.B) {
	m, e := NewMachine(testClock()), event.New()
	e.Raw, e.Message = accessLine, accessLine
	e.MergeJSON(`{"http":{"url":"/search","method":"GET","useragent":"x","referer":"y","url_details":{"path":"/x","queryString":{"q":"tea","page":"2"}},"status_code":200},"network":{"client":{"ip":"203.0.113.7"}}}`, event.JSONOptions{})
	for b.Loop() {
		m.Redact(e)
	}
}

// secrets returns n members of a JSON object.
func secrets(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d_token":"a"`, i)
	}
	return b.String()
}

func TestRedactAnEventThatIsFullOfSecrets(t *testing.T) {
	m, e := NewMachine(testClock()), event.New()
	e.Raw = `{"x":1` + secrets(3*maxMasked) + `,"usr":{"name":"ann"}}`
	if !e.MergeJSON(e.Raw, jsonIntake()) {
		t.Fatal("bad JSON")
	}
	m.Redact(e)
	if diff := cmp.Diff(`{"usr":{"name":"ann"}}`, string(e.AppendJSON(nil, e.Root()))); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(e.Raw, `"a"`) {
		t.Error("the raw text still holds a secret")
	}
}

func BenchmarkRedactFullOfSecrets(b *testing.B) {
	raw := `{"x":1` + secrets(16000) + `}`
	m, e := NewMachine(testClock()), event.New()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		e.Reset()
		e.Raw = raw
		e.MergeJSON(raw, jsonIntake())
		m.Redact(e)
	}
}
