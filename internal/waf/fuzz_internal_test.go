package waf

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

func shipped(tb testing.TB) *Patterns {
	tb.Helper()
	data, err := os.ReadFile("../../content/patterns/web.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	list, err := Parse("web.yaml", data)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := Compile(list)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func seed(f *testing.F) {
	f.Add("/index.html?a=1&b=2", "Mozilla/5.0 (X11; Linux x86_64)", "https://a.example/")
	f.Add("/a?id=1/**/union/**/select/*!50000null*/,2", "sqlmap/1.8", "")
	f.Add("/%c0%ae%c0%ae/..%255c", `\x22\x3cscript`, "${jndi:ldap://x}")
	f.Add("http://h/a?x=&lt;svg&amp;q=%u003c+%", "() { :;}; a", "a?b=c")
	f.Add("/.env", "nikto", "/../../etc/passwd")
	f.Add("/a?x=union+select+1,2--&y=cat$IFS/etc/passwd", "a  b", "javascript:alert")
}

// FuzzGate holds that whatever a gate or the literals call clean, is clean for
// every expression.
func FuzzGate(f *testing.F) {
	p := shipped(f)
	seed(f)
	f.Fuzz(func(t *testing.T, target, agent, referer string) {
		for part, raw := range map[Where]string{inURL: clip(target), InUserAgent: clip(agent), InReferer: clip(referer)} {
			if p.gateOf(part).clean(raw, make([]uint64, p.words)) && !cleanByAll(p, part, raw) {
				t.Errorf("the gate calls %q clean, an expression matches", raw)
			}
		}
	})
}

// FuzzInspect holds that inspection ends without a panic, says the same without
// its short cuts, and keeps within its limits.
func FuzzInspect(f *testing.F) {
	p := shipped(f)
	m, e := NewMachine(), event.New()
	seed(f)
	f.Fuzz(func(t *testing.T, target, agent, referer string) {
		e.Reset()
		e.Set(event.HTTPURL, event.StringValue(target))
		e.Set(event.HTTPUserAgent, event.StringValue(agent))
		e.Set(event.HTTPReferer, event.StringValue(referer))
		v := p.Inspect(e, m)
		if len(v.Payload) > MaxPayload || v.Attack != (len(v.Rules) > 0) {
			t.Errorf("verdict %+v", v)
		}
		if cap(m.main.text) > 4*MaxPart || cap(m.reduced.text) > 4*MaxPart {
			t.Errorf("the machine holds %d and %d bytes", cap(m.main.text), cap(m.reduced.text))
		}
		clean := cleanByAll(p, inURL, clip(target)) && cleanByAll(p, InUserAgent, clip(agent)) && cleanByAll(p, InReferer, clip(referer))
		if clean == v.Attack && m.budget >= 0 {
			t.Errorf("clean by every expression: %t, verdict %+v", clean, v)
		}
	})
}

// The short cuts (gates, clauses, branches) must not change what is found.
func TestShortCutsChangeNothing(t *testing.T) {
	pieces := []string{
		"union", "select", "or", "and", "1=1", "'", "\"", "--", "#", " ", "+", "%20", "%2527", "(", ")", "../", "..%5c", "etc/passwd",
		"<", "script", ">", "onerror", "=", "alert(1)", "javascript:", ";", "|", "cat", "id", "ls", "/", "\\", "0x2e", "${", "jndi:", "}",
		"a", "K", "s", "é", "%c0%ae", "&", "&lt;", "?", "http://", "127.0.0.1", "/**/", "$IFS", "sleep(5)", "null", ",", "from", "x",
	}
	p, m, e := shipped(t), NewMachine(), event.New()
	r := rand.New(rand.NewPCG(1, 2))
	attacks := 0
	for range 1500 {
		var target, agent string
		for range 1 + r.IntN(10) {
			target += pieces[r.IntN(len(pieces))]
			agent += pieces[r.IntN(len(pieces))]
		}
		target = "/a?b=" + target
		e.Reset()
		e.Set(event.HTTPURL, event.StringValue(target))
		e.Set(event.HTTPUserAgent, event.StringValue(agent))
		v := p.Inspect(e, m)
		if all := !cleanByAll(p, inURL, target) || !cleanByAll(p, InUserAgent, agent); v.Attack != all {
			t.Errorf("%q %q: verdict %+v, by every expression %t", target, agent, v, all)
		}
		if v.Attack {
			attacks++
		}
	}
	if attacks < 100 || attacks > 1400 {
		t.Errorf("%d of 1500 random requests are attacks: too one-sided to compare", attacks)
	}
}
