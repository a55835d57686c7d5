package crs

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/waf/coreruleset"
)

// allRules compiles the Core Rule Set, with what the product tells it about logs.
func allRules(tb testing.TB, level int, logs bool) *Set {
	tb.Helper()
	files, err := coreruleset.Rules()
	if err != nil {
		tb.Fatal(err)
	}
	var list []File
	for _, f := range files {
		list = append(list, File(f))
	}
	if logs {
		data, err := os.ReadFile("../../../content/waf/exclusions.conf")
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, File{Name: "exclusions.conf", Data: data})
	}
	set, err := Compile(list, Options{Paranoia: level, Words: coreruleset.Data})
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// both runs the request with all short cuts (clean proof, literals, memos) and
// with none.
type both struct{ fast, loud, slow *Machine }

func newBoth(set *Set) both {
	memo := Memo{Lines: 64, Headers: 64, Values: 64}
	b := both{fast: set.NewMachine(memo), slow: set.NewMachine(Memo{})}
	memo.Loud = true
	b.loud = set.NewMachine(memo)
	b.slow.exhaustive = true
	return b
}

func (b both) compare(tb testing.TB, r Request) (attack bool) {
	tb.Helper()
	slow := b.slow.Match(&r, 0, nil)
	silent := Parts(0)
	for round := range 4 { // from the second time on with the memos
		machine := b.fast
		if round == 3 {
			machine = b.loud
		}
		fast := machine.Match(&r, silent, nil)
		if round > 0 {
			silent = fast.Silent // which need not be looked at again
		}
		if fast.Cut || slow.Cut {
			return true
		}
		if !slices.Equal(fast.Rules, slow.Rules) {
			tb.Fatalf("round %d: %+q\nwith short cuts %v, without %v", round, r, b.ids(fast), b.ids(slow))
		}
	}
	return len(slow.Rules) > 0
}

func (b both) ids(r Result) (list []int) {
	for _, n := range r.Rules {
		list = append(list, b.fast.set.info[n].ID)
	}
	return list
}

func FuzzShortCutsChangeNothing(f *testing.F) {
	b := newBoth(allRules(f, 2, false))
	f.Add("/a/b.html?x=1&y=a-b", "Mozilla/5.0", "https://www.example.com/?q=a", "sid=a; b=c")
	f.Add("/etc/./passwd?a=union/**/select&b=WHILE(1)", "() { :; };", "", "$Version=1")
	f.Add("/?eval=ZXZhbCgn", "\u212aernel \u017fcript", "//a", "")
	f.Add("/x~/!-1/@a--b,c", "a", "b", "c=d")
	f.Fuzz(func(t *testing.T, uri, agent, referer, cookie string) {
		b.compare(t, Request{Method: "GET", URI: uri[:min(len(uri), 300)], Protocol: "HTTP/1.1", UserAgent: agent[:min(len(agent), 100)], Referer: referer[:min(len(referer), 100)], Cookie: cookie[:min(len(cookie), 100)]})
	})
}

func TestShortCutsChangeNothing(t *testing.T) {
	pieces := strings.Fields(`a b0 ~ ! @ , - -- . .. / // _ = & ? ?a= &b= : ; ( ) ' " < > % %20 %27 %00 + \ \x41 etc passwd bin sh cat wget
		union select or and 1 1=1 while eval ( new Function script onload javascript .git .env http https ftp file ftp:// jndi ${ } # é ſ K
		ZXZhbCgn d2hpbGUoMSk= AAAA Content-Type set-cookie Location: meta html HTTP/1 unix ssh php:// phpinfo system exec base64 sleep null having
		group by order like between waitfor delay benchmark x- x0b %0a %0d %0d%0a %5c %2e %252e &lt; &#x3c; &ngE; /** */ sort id uname curl nc`)
	for level := 1; level <= 2; level++ {
		random := rand.New(rand.NewPCG(9, uint64(level)))
		b := newBoth(allRules(t, level, level == 1))
		text := func(most int) string {
			var s strings.Builder
			for range random.IntN(most) {
				s.WriteString(pieces[random.IntN(len(pieces))])
				if random.IntN(4) == 0 {
					s.WriteByte(' ' + byte(random.IntN(95)))
				}
			}
			return s.String()
		}
		runs, attacks := 1500, 0
		if testing.Short() || RaceDetector {
			runs = 150
		}
		for range runs {
			r := Request{Method: "GET", URI: "/" + strings.ReplaceAll(text(12), " ", "/"), Protocol: "HTTP/1.1"}
			if random.IntN(2) == 0 {
				r.UserAgent, r.Referer, r.Cookie = text(5), text(5), text(5)
			}
			if b.compare(t, r) {
				attacks++
			}
		}
		if attacks < runs/10 || attacks == runs {
			t.Errorf("%d of %d random requests match: too one-sided", attacks, runs)
		}
	}
}

// The proof is worth something only when it holds for ordinary lines.
func TestOrdinaryLinesAreProvenClean(t *testing.T) {
	set := allRules(t, 1, true)
	m := set.NewMachine(Memo{})
	f := func(uri string, want bool) {
		t.Helper()
		m.arena, m.values = m.arena[:0], m.values[:0]
		m.load(&Request{Method: "GET", URI: uri, Protocol: "HTTP/1.1"}, groupLine)
		if got := m.lineIsClean(); got != want {
			t.Errorf("%s: clean %v, want %v", uri, got, want)
		}
	}
	f("/", true)
	f("/images/logo-2.png", true)
	f("/blog/2015/02/post_1?page=2&sort=asc", true)
	f("/a//b", false)
	f("/a?b=%20", false)
	f("/etc/passwd", false)
}

func TestCleanRequestsAllocateNothing(t *testing.T) {
	if RaceDetector {
		t.Skip("the race detector allocates for the calls that it watches: counted without it")
	}
	set := allRules(t, 1, true)
	f := func(memo Memo, r Request) {
		t.Helper()
		m := set.NewMachine(memo)
		var found [16]uint16
		m.Match(&r, 0, found[:0])
		if n := testing.AllocsPerRun(100, func() {
			if len(m.Match(&r, 0, found[:0]).Rules) != 0 {
				t.Fatal("a match")
			}
		}); n != 0 {
			t.Errorf("%+v with %+v: %v allocations", r, memo, n)
		}
	}
	r := Request{
		Method: "GET", URI: "/products/1234/reviews/?page=2&sort=asc", Protocol: "HTTP/1.1",
		UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
		Referer:   "https://shop.example/list?page=3",
	}
	f(DefaultMemo(), r)
	f(Memo{Headers: 16}, r)
}
