package report

import (
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/signal"
)

// arguments returns the arguments that a text of the catalogue uses, sorted.
func arguments(text string) []string {
	found := regexp.MustCompile(`%(\[\d\])?s`).FindAllString(text, -1)
	slices.Sort(found)
	return found
}

func TestCataloguesAreComplete(t *testing.T) {
	en, ja := reflect.ValueOf(*english()), reflect.ValueOf(*japanese())
	same := func(name, a, b string) {
		t.Helper()
		if strings.TrimSpace(a) == "" || strings.TrimSpace(b) == "" {
			t.Errorf("%s is empty: en %q, ja %q", name, a, b)
		}
		if d := cmp.Diff(arguments(a), arguments(b)); d != "" {
			t.Errorf("%s has other arguments in English (-) than in Japanese (+):\n%s", name, d)
		}
	}
	for i := range en.NumField() {
		name := en.Type().Field(i).Name
		switch a := en.Field(i); a.Kind() {
		case reflect.String:
			same(name, a.String(), ja.Field(i).String())
		case reflect.Array:
			for k := range a.Len() {
				same(name+"["+strconv.Itoa(k)+"]", a.Index(k).String(), ja.Field(i).Index(k).String())
			}
		default:
			t.Errorf("%s is neither a text nor a list of texts", name)
		}
	}
}

func TestParseLang(t *testing.T) {
	f := func(text string, want Lang) {
		t.Helper()
		if got, err := ParseLang(text); err != nil || got != want {
			t.Errorf("ParseLang(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	f("en", English)
	f("ja", Japanese)
	f("JA_jp.UTF-8", Japanese)
	f("ja-JP", Japanese)
	f("en_GB.UTF-8@euro", English)
	f("C", English)
	f("C.UTF-8", English)
	for _, text := range []string{"", "fr", "jam", "japan"} {
		if l, err := ParseLang(text); err == nil {
			t.Errorf("ParseLang(%q) = %v, want an error", text, l)
		}
	}
}

func TestFromEnv(t *testing.T) {
	f := func(want Lang, env ...string) {
		t.Helper()
		get := func(name string) string {
			for _, pair := range env {
				if k, v, _ := strings.Cut(pair, "="); k == name {
					return v
				}
			}
			return ""
		}
		if got := FromEnv(get); got != want {
			t.Errorf("%q gives %v, want %v", env, got, want)
		}
	}
	f(English)
	f(Japanese, "LANG=ja_JP.UTF-8")
	f(English, "LANG=ja_JP.UTF-8", "LC_ALL=C")
	f(Japanese, "LANG=en_US.UTF-8", "LC_MESSAGES=ja_JP.UTF-8")
	f(English, "LC_MESSAGES=ja_JP.UTF-8", "LC_ALL=fr_FR.UTF-8")
}

func TestNumbers(t *testing.T) {
	en, ja := english(), japanese()
	got := []string{
		number(0), number(999), number(1000), number(-1234567), size(999), size(1000), size(999_999), size(1_500_000_000),
		percent(0, 0), percent(0, 5), percent(1, 100_000), percent(99_999, 100_000), percent(1, 3), percent(5, 5),
		quantity(0), quantity(5), quantity(2.5), quantity(3.9975), quantity(3.994), quantity(-1234567.054), quantity(100.004),
		quantity(0.99875), quantity(1e300), quantity(math.Inf(1)), en.duration(0), en.duration(300 * second), en.duration(5400 * second),
		ja.duration(90061 * second), en.events(1), en.events(1000), bar(0, 9), bar(1, 1000), bar(3, 4),
	}
	want := []string{
		"0", "999", "1,000", "-1,234,567", "999 B", "1.0 kB", "1.0 MB", "1.5 GB",
		"–", "0%", "<0.1%", "99.9%", "33.3%", "100%",
		"0", "5", "2.5", "4", "3.99", "-1,234,567.05", "100",
		"0.99875", "1e+300", "+Inf", "0s", "5m", "1h 30m",
		"1日 1時間", "1 event", "1,000 events", "", "▏", strings.Repeat("█", 18),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestPeriod(t *testing.T) {
	c := newClock(time.FixedZone("JST", 9*3600), english())
	got := []string{
		c.span(at("10:00:00"), at("10:00:00"), "%s/%s"), c.span(at("10:00:00"), at("11:00:00"), "%s/%s"),
		c.span(at("10:00:00"), at("16:00:00"), "%s/%s"), c.span(0, 0, "%s/%s"), c.full(at("10:00:00")),
	}
	want := []string{
		"2026-01-16 19:00:00", "2026-01-16 19:00:00/20:00:00", "2026-01-16 19:00:00/2026-01-17 01:00:00", "no time",
		"2026-01-16 19:00:00 JST",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestTechniques(t *testing.T) {
	f := func(want []string, tags ...string) {
		t.Helper()
		var got []string
		for _, m := range techniques(tags) {
			got = append(got, m.String())
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", tags, d)
		}
	}
	f(nil)
	f(nil, "env:prod", "attack.g0032", "attack.s0002", "attack.")
	f([]string{"T1110 brute force", "TA0006 credential access"}, "tactic:TA0006-credential-access", "technique:T1110-brute-force")
	f([]string{"T1110.001", "credential access"}, "attack.credential_access", "attack.t1110.001", "attack.t1110.001")
	f([]string{"T1110"}, "technique:t1110")
	f([]string{"something else"}, "technique:something-else")
	f([]string{"T1190", "TA0001", "CAPEC-66 sql injection"}, "capec:CAPEC-66-sql-injection", "tactic:TA0001", "technique:T1190")
	f([]string{"CAPEC-66"}, "capec:capec-66", "CAPEC:CAPEC-66")
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	for _, block := range markdown("# Head\ntwo **bold\nlines**\n\n- a `b`\n- c\n  more\n\n1. one\n2) two\n```\n# x\n\ny\n```\n[link](http://x.test) <b>", maxProse) {
		b.WriteString(block.Kind + ":")
		for _, item := range block.Items {
			for _, s := range item {
				b.WriteString(s.Kind + "(")
				for _, p := range s.Text {
					b.WriteString(p.Text)
				}
				b.WriteString(")")
			}
			b.WriteString("|")
		}
		b.WriteString("\n")
	}
	want := "h:(Head)|\np:(two **bold)( )(lines**)|\nul:(a )code(b)|(c)( )(more)|\nol:(one)|(two)|\npre:(# x)|()|(y)|\np:([link](http://x.test) <b>)|\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestJSONLines(t *testing.T) {
	var b strings.Builder
	w := NewJSONLines(&b)
	for _, s := range []*signal.Signal{guessed(), evil()} {
		if err := w.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 3 || lines[2] != "" {
		t.Fatalf("%d lines for two signals", len(lines)-1)
	}
	for i, s := range []*signal.Signal{guessed(), evil()} {
		if d := cmp.Diff(string(s.AppendJSON(nil)), lines[i]); d != "" {
			t.Errorf("line %d (-want +got):\n%s", i+1, d)
		}
	}
}

// Every text colour of the page can be read on every ground, in both themes (WCAG
// 2.2: 4.5 to 1).
func TestColoursHaveContrast(t *testing.T) {
	css, err := os.ReadFile("assets/report.css")
	if err != nil {
		t.Fatal(err)
	}
	type pair [2]float64
	tokens := map[string]pair{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`).FindAllStringSubmatch(string(css), -1) {
		tokens[m[1]] = pair{luminance(t, m[2]), luminance(t, m[3])}
	}
	check := func(text, ground string) {
		t.Helper()
		if _, ok := tokens[text]; !ok {
			t.Fatalf("no colour --%s", text)
		}
		for theme, name := range []string{"light", "dark"} {
			a, b := tokens[text][theme]+.05, tokens[ground][theme]+.05
			if ratio := max(a, b) / min(a, b); ratio < 4.5 {
				t.Errorf("--%s on --%s in the %s theme: %.2f to 1", text, ground, name, ratio)
			}
		}
	}
	for _, ground := range []string{"bg", "card", "sunk"} {
		for _, text := range []string{"text", "quiet", "link", "critical", "high", "medium", "low", "info"} {
			check(text, ground)
		}
	}
	check("on-critical", "critical")
}

// luminance returns the relative luminance of a colour, as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(v uint64) float64 {
		f := float64(v&255) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n)
}
