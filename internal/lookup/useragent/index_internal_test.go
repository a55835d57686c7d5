package useragent

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ua-parser/uap-go/uaparser"
)

func TestBuiltInDefinitions(t *testing.T) {
	g, err := newEngine("regexes.yaml", uaparser.DefinitionYaml)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(g.rules); n < 1000 {
		t.Errorf("%d expressions, want more than 1000", n)
	}
	always := 0
	for i := g.index.always.next(0); i < len(g.rules); i = g.index.always.next(i + 1) {
		always++
		t.Logf("has no literal: %s", g.rules[i].strict.text)
	}
	if always > 10 {
		t.Errorf("%d expressions have no literal, want at most 10", always)
	}
	for _, r := range g.rules {
		if r.strict.get() == nil {
			t.Errorf("does not compile: %s", r.strict.text)
		}
		if r.limit > 0 && r.loose.get() == nil {
			t.Errorf("does not compile: %s", r.loose.text)
		}
	}
}

func TestRequired(t *testing.T) {
	f := func(expr string, want ...string) {
		t.Helper()
		var got []string
		for _, group := range required(parse(t, expr)) {
			got = append(got, strings.Join(group, "|"))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got:\n%s", expr, d)
		}
	}
	f(`Firefox/(\d+)`, "firefox/")
	f(`(?i)KONQUEROR`, "konqueror")
	f(`(Fire|Water)fox`, "firefox|waterfox")
	f(`(Opera Mini)(?:/att|)/?(\d*)`, "opera mini")
	f(`(iPhone|iPad).*Version/(\d+)`, "version/", "ipad|iphone")
	f(`[Bb]ot [12]`, "bot 1|bot 2")
	f(`(?:abc.*|defg?.)x`, "abc|def")
	f(`^(?:a|bc)d`, "\x00ad|\x00bcd")
	f(`(?:^|/)a`, "\x00a|/a")
	f(`^.*a`)
	f(`x.y`)
	f(`.*`)
	f(`(?:ab)*cd`, "cd")
	f(`(?:ab){2,3}`, "ab")
	f(`(?:ab){0,3}`)
	f(`日本kk日`, "kk")
	f(`(?i)日[k]s`, "ks")
	f(`(?:abc|)`)
	f(`a|b.c`)
}

func TestLoosen(t *testing.T) {
	f := func(expr, want string, wantLimit int) {
		t.Helper()
		r, err := newRule(expr, [5]template{})
		if err != nil {
			t.Fatal(err)
		}
		if r.limit != wantLimit || wantLimit > 0 && r.loose.text != want {
			t.Errorf("%s: got %s up to %d bytes, want %s up to %d", expr, r.loose.text, r.limit, want, wantLimit)
		}
	}
	f(`a.{0,200}(b[^;]{1,50}?)c`, `a.*(b[^;]+?)c`, 50)
	f(`\d{1,30}{x`, `\d+{x`, 30)
	f(`a.{0,200}[{0,99}]`, ``, 0)
	f(`a.{0,10}b`, ``, 0)
	f(`a.{2,200}b`, ``, 0)
	f(`(?:ab){0,200}`, ``, 0)
	f(`a.*`, ``, 0)
}

func TestIndexAgreesWithPlainLoop(t *testing.T) {
	g := builtIn()
	for _, text := range realAgents(t, 200) {
		if d := cmp.Diff(g.evaluateAll(text), g.evaluate(text)); d != "" {
			t.Errorf("%q: -plain +index:\n%s", text, d)
		}
	}
}

func FuzzIndexAgreesWithPlainLoop(f *testing.F) {
	f.Add("Mozilla/5.0 (Linux; Android 4.4.2; Nexus 7) Chrome/30.0 Safari/537.36", uint16(0), uint8(3))
	f.Add("\u212aindle/1 \u017fpider \xff\x00", uint16(300), uint8(9))
	f.Add("", uint16(1199), uint8(200))
	g := builtIn()
	f.Fuzz(func(t *testing.T, text string, pick uint16, change uint8) {
		// Mix in the wording of an expression, so that many come near a match.
		words := strings.FieldsFunc(g.rules[int(pick)%len(g.rules)].strict.text, func(r rune) bool { return strings.ContainsRune(`()?:|\[]*+.^$`, r) })
		text += strings.Join(words, string(rune(change)))
		text = text[:min(len(text), 400)]
		if d := cmp.Diff(g.evaluateAll(text), g.evaluate(text)); d != "" {
			t.Errorf("%q: -plain +index:\n%s", text, d)
		}
	})
}

func TestCacheForgetsTheOldest(t *testing.T) {
	c := newCache(shards*4, 0)
	a := &answer{}
	c.put("kept", a)
	for i := range 1000 {
		c.put(fmt.Sprint(i), &answer{})
		if c.get("kept") != a {
			t.Fatalf("what is asked for all the time was forgotten after %d others", i)
		}
	}
	if n, _ := c.size(); n > shards*4 {
		t.Errorf("%d entries, at most %d wanted", n, shards*4)
	}
	c = newCache(0, shards*4096)
	for i := range 1000 {
		c.put(strings.Repeat("x", 1000)+fmt.Sprint(i), a)
	}
	if _, bytes := c.size(); bytes > shards*4096 {
		t.Errorf("%d bytes, at most %d wanted", bytes, shards*4096)
	}
	c = newCache(-1, 0)
	c.put("x", a)
	if c.get("x") != nil {
		t.Error("a cache without entries remembers")
	}
}

func BenchmarkParseUncached(b *testing.B) {
	g, agents := builtIn(), realAgents(b, 500)
	for _, text := range agents {
		g.evaluate(text) // compiles the expressions
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		g.evaluate(agents[i%len(agents)])
		i++
	}
}

func BenchmarkParsePlainLoop(b *testing.B) {
	g, agents := builtIn(), realAgents(b, 20)
	i := 0
	for b.Loop() {
		g.evaluateAll(agents[i%len(agents)])
		i++
	}
}

func BenchmarkParseCached(b *testing.B) {
	p, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	agents := realAgents(b, 500)
	for _, text := range agents {
		p.Parse(text)
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		p.Parse(agents[i%len(agents)])
		i++
	}
}

func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		builtIn()
	}
}

// realAgents returns n different user agents from the collection that comes with
// the module of the definitions.
func realAgents(t testing.TB, n int) []string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/ua-parser/uap-go").Output()
	if err != nil {
		t.Fatalf("where the module with the collection of user agents lies: %v", err)
	}
	f, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "uas"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		all = append(all, lines.Text())
	}
	if lines.Err() != nil || len(all) < n {
		t.Fatalf("%d user agents, %v", len(all), lines.Err())
	}
	some := make([]string, n)
	for i := range some {
		some[i] = all[i*len(all)/n]
	}
	return some
}
