package waf

import (
	"slices"
	"testing"
)

func TestDecode(t *testing.T) {
	f := func(raw, want string) {
		t.Helper()
		if got := string(decode([]byte(raw), true)); got != want {
			t.Errorf("decode(%q) = %q, want %q", raw, got, want)
		}
	}
	f("", "")
	f("plain", "plain")
	f("a+b", "a b")
	f("a%2Bb", "a+b")
	f("%3cB%3E", "<B>")
	f("%253c", "<")
	f("%25252525253c", "%253c")
	f("%", "%")
	f("%4", "%4")
	f("%zz%41", "%zzA")
	f("%u003c%U0041", "<A")
	f("%u6771", "東")
	f(`\x3c\u003c\"`, `<<"`)
	f(`C:\dir`, `C:\dir`)
	f("&lt;&#60;&#x3c;&#0060&AMP;lt;", "<<<<<")
	f("&colon;&Tab;&newline;", ":\t\n")
	f("&unknown;&", "&unknown;&")
	f("&#;&#x;&#99999999999;", "&#;&#x;&#99999999999;")
	f("\xc0\xae\xc0\xaf\xe0\x80\xae\xf0\x80\x80\xaf", "./.\x2f")
	f("＜ｓ＞", "<s>")
	f("é東\xff", "é東\xff")
}

func TestReducedViewReplacesComments(t *testing.T) {
	f := func(query, want string) {
		t.Helper()
		var from, to view
		from.query(query)
		if !to.reduce(&from) {
			t.Fatalf("%q was not reduced", query)
		}
		if got := string(to.low); got != want {
			t.Errorf("%q is reduced to %q, want %q", query, got, want)
		}
		for i, s := range to.args {
			if s.from > s.to || s.to > len(to.low) || i > 0 && s.from < to.args[i-1].to {
				t.Errorf("%q: part %d is %v", query, i, s)
			}
		}
	}
	f("a=1/**/OR/*x*/2&b=c", "a=1 or 2&b=c")
	f("a=/*!50000SELECT*/1", "a= select 1")
	f("a=cat$IFS$9x&b=${ifs}y", "a=cat x&b= y")
	f("a=1/*2*/&b=/*", "a=1 &b=/*")
}

// cleanByAll inspects the request without the gates.
func cleanByAll(p *Patterns, part Where, raw string) bool {
	m := NewMachine()
	m.start(len(p.list), p.words)
	if part == inURL {
		path, query := splitTarget(raw)
		m.main.plain(path, false)
		p.each(m, &m.main, InPath)
		m.main.query(query)
		p.each(m, &m.main, InQuery|InArgs)
		if m.reduced.reduce(&m.main) {
			p.each(m, &m.reduced, InQuery|InArgs)
		}
	} else {
		m.main.plain(raw, part == InReferer)
		p.each(m, &m.main, part)
		if m.reduced.reduce(&m.main) {
			p.each(m, &m.reduced, part)
		}
	}
	return !slices.ContainsFunc(m.hits, func(w uint64) bool { return w != 0 })
}

// each runs every pattern, whatever its literals.
func (p *Patterns) each(m *Machine, v *view, where Where) {
	for _, b := range p.branches {
		looks := p.list[b.pattern].where & where
		if looks&^InArgs != 0 && b.re().Match(v.low) {
			m.setMatched(b.pattern)
		}
		for _, s := range v.args {
			if looks&InArgs != 0 && b.re().Match(v.low[s.from:s.to]) {
				m.setMatched(b.pattern)
			}
		}
	}
}

func (p *Patterns) gateOf(part Where) *gate {
	switch part {
	case InUserAgent:
		return p.agent
	case InReferer:
		return p.refer
	default:
		return p.url
	}
}
