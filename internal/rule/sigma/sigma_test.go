package sigma_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

func TestDetections(t *testing.T) {
	f := func(detection, event string, want bool) {
		t.Helper()
		c := collect(t, withDetection(detection), sigma.Options{})
		if got := matched(t, c, event) != ""; got != want {
			t.Errorf("%s\nof %s: %v, want %v", detection, event, got, want)
		}
	}
	// A map is AND, a list of maps OR, plain values are keywords.
	f("s:\n  a: x\n  b: y\ncondition: s", `{"a":"x","b":"y"}`, true)
	f("s:\n  a: x\n  b: y\ncondition: s", `{"a":"x"}`, false)
	f("s:\n  - a: x\n  - b: y\ncondition: s", `{"b":"y"}`, true)
	f("s:\n  - needle\n  - other\ncondition: s", `{"m":"a NEEDLE"}`, true)
	f("s:\n  - a: x\n  - needle\ncondition: s", `{"m":"needle"}`, true)
	f("s:\n  '|all':\n    - one\n    - two\ncondition: s", `{"m":"one","n":"two"}`, true)
	f("s:\n  '|all':\n    - one\n    - two\ncondition: s", `{"m":"one"}`, false)
	// Values of one field are OR, with all AND.
	f("s:\n  a: [x, y]\ncondition: s", `{"a":"y"}`, true)
	f("s:\n  a|contains|all: [x, y]\ncondition: s", `{"a":"yx"}`, true)
	f("s:\n  a|contains|all: [x, y]\ncondition: s", `{"a":"y"}`, false)
	f("s:\n  a: []\ncondition: s", `{}`, true)
	f("s:\n  a:\ncondition: s", `{"a":null}`, true)
	f("s:\n  a: ''\ncondition: s", `{}`, false)
	// Escapes in strings.
	f(`s:`+"\n"+`  a: 'x\*y'`+"\ncondition: s", `{"a":"x*y"}`, true)
	f(`s:`+"\n"+`  a: 'x\*y'`+"\ncondition: s", `{"a":"xzy"}`, false)
	f(`s:`+"\n"+`  a: 'x\\*'`+"\ncondition: s", `{"a":"x\\yz"}`, true)
	f(`s:`+"\n"+`  a: 'x\\\*'`+"\ncondition: s", `{"a":"x\\*"}`, true)
	f(`s:`+"\n"+`  a: 'x\y\'`+"\ncondition: s", `{"a":"x\\y\\"}`, true)
	f(`s:`+"\n"+`  a|endswith: '8???'`+"\ncondition: s", `{"a":"18abc"}`, true)
}

func TestConditions(t *testing.T) {
	const detection = "sel_a:\n  a: x\nsel_b:\n  b: y\n_hidden:\n  c: z\nandroid:\n  d: w\ncondition: "
	f := func(condition, event string, want bool) {
		t.Helper()
		c := collect(t, withDetection(detection+condition), sigma.Options{})
		if got := matched(t, c, event) != ""; got != want {
			t.Errorf("%s of %s: %v, want %v", condition, event, got, want)
		}
	}
	f("sel_a and not sel_b", `{"a":"x"}`, true)
	f("sel_a and not sel_b", `{"a":"x","b":"y"}`, false)
	f("sel_a or sel_b and android", `{"a":"x"}`, true)
	f("(sel_a or sel_b) and android", `{"a":"x"}`, false)
	f("not not sel_a", `{"a":"x"}`, true)
	f("android", `{"d":"w"}`, true)
	f("1 of sel_*", `{"b":"y"}`, true)
	f("any of sel_*", `{}`, false)
	f("all of sel*", `{"a":"x","b":"y"}`, true)
	f("all of them", `{"a":"x","b":"y","d":"w"}`, true)
	f("1 of them", `{"c":"z"}`, false)
	f("1 of _*", `{"c":"z"}`, true)
	f("_hidden", `{"c":"z"}`, true)
	f("[sel_a, sel_b]", `{"b":"y"}`, true)
}

func TestModifiers(t *testing.T) {
	f := func(item, event string, want bool) {
		t.Helper()
		c := collect(t, withDetection("s:\n  "+item+"\ncondition: s"), sigma.Options{})
		if got := matched(t, c, event) != ""; got != want {
			t.Errorf("%s of %s: %v, want %v", item, event, got, want)
		}
	}
	f("a|startswith: x", `{"a":"xy"}`, true)
	f("a|contains: 42", `{"a":"1423"}`, true)
	f("a|cased: X", `{"a":"x"}`, false)
	f("a|cased|contains: X", `{"a":"aXa"}`, true)
	f("a|neq: x", `{}`, true)
	f("a|neq: [x, y]", `{"a":"y"}`, false)
	f("a|exists: true", `{"a":null}`, true)
	f("a|exists: false", `{"a":null}`, false)
	f("a|gte: 10", `{"a":"10"}`, true)
	f("a|lt: 10", `{"a":10}`, false)
	f("a|re: '^X.z$'", `{"a":"Xyz"}`, true)
	f("a|re|i: '^X.z$'", `{"a":"xYZ"}`, true)
	f("a|re|ignorecase|dotall: '^X.z$'", `{"a":"x\nZ"}`, true)
	f("a|re: 'a*'", `{"a":"bbb"}`, true)
	f("a|cidr: 10.0.0.0/8", `{"a":["x","10.1.1.1"]}`, true)
	f("a|fieldref: b", `{"a":"X","b":"x"}`, true)
	f("a|fieldref|startswith: b", `{"a":"Xy","b":"x"}`, true)
	f("a|hour: 3", `{"a":"2026-11-21T03:00:00Z"}`, true)
	f("a|windash|contains: ' -enc'", `{"a":"x /enc"}`, true)
	f("a|contains|windash: ' -enc'", `{"a":"x \u2013enc"}`, true)
	f("a|windash|contains: 'a-enc'", `{"a":"a/enc"}`, false)
	f("a|windash|contains|all: [-a, -b]", `{"a":"/a \u2014b"}`, true)
	f("a|windash|contains|all: [-a, -b]", `{"a":"/a"}`, false)
	f("a|base64: foo", `{"a":"Zm9v"}`, true)
	f("a|wide|base64|contains: foo", `{"a":"xZgBvAG8"}`, false)
	f("a|wide|base64offset|contains: foo", `{"a":"xZgBvAG8Ax"}`, true)
	f("a|base64offset|contains: /bin/sh", `{"a":"ZWNobyAvYmluL3No"}`, true)
	f("a: true", `{"a":"TRUE"}`, true)
	f("a: 0x10", `{"a":16}`, true)
}

func TestPlaceholders(t *testing.T) {
	text := withDetection("s:\n  a|expand: 'x %admins% y'\n  b: '%admins%'\ncondition: s")
	if got := faultsOf(text); !strings.Contains(got, "r.yml:8:15: the placeholder %admins% has no value") {
		t.Errorf("faults: %s", got)
	}
	c := collect(t, text, sigma.Options{Placeholders: map[string][]string{"admins": {"root", "adm*"}}})
	for event, want := range map[string]string{
		`{"a":"x root y","b":"%admins%"}`:  "T",
		`{"a":"x admin y","b":"%admins%"}`: "T",
		`{"a":"x joe y","b":"%admins%"}`:   "",
		`{"a":"x root y","b":"root"}`:      "",
	} {
		if got := matched(t, c, event); got != want {
			t.Errorf("%s: %q, want %q", event, got, want)
		}
	}
}

func TestFaults(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := faultsOf(text); !strings.Contains(got, want) {
			t.Errorf("%s\nfaults %q, want %q", text, got, want)
		}
	}
	f("", "r.yml:1:1: the file holds no rule")
	f("- a", "want a rule (key: value), found a list")
	f("title: T\nlogsource:\n  product: p\n", `the key "detection" is missing`)
	f("title: T\ndetection:\n  s: x\n  condition: s\n", `the key "logsource" is missing`)
	f(strings.Replace(withDetection("s: x\ncondition: s"), "title: T\n", "", 1), `the key "title" is missing`)
	f(strings.Replace(withDetection("s: x\ncondition: s"), "level: low", "level: hihg", 1), `unknown level "hihg" (did you mean "high"?)`)
	f(withDetection("s: {}\ncondition: s"), "the detection is empty")
	f(withDetection("s: []\ncondition: s"), "the detection is empty")
	f(withDetection("s:\ncondition: s"), "the detection is empty")
	f(withDetection("s:\n  a:\n    b: c\ncondition: s"), "want a value or a list of values, found a mapping")
	f(withDetection("s: x"), `the key "condition" is missing`)
	f(withDetection("s: x\ncondition: selection"), `r.yml:8:14: no search identifier is named "selection"`)
	f(withDetection("filter: x\ncondition: fliter"), `did you mean "filter"?`)
	f(withDetection("s: x\ncondition: s AND s"), `r.yml:8:16: operators are written in lower case, found "AND" (did you mean "and"?)`)
	f(withDetection("s: x\ncondition: NOT s"), "operators are written in lower case")
	f(withDetection("s: x\ncondition: 2 of s*"), "want 1, any or all")
	f(withDetection("s: x\ncondition: 1 of t*"), `no search identifier is of the pattern "t*"`)
	f(withDetection("s: x\ncondition: s | count() > 5"), "write a correlation")
	f(withDetection("s: x\ncondition: (s"), "a parenthesis is not closed")
	f(withDetection("s: x\ncondition: s and"), "ends in the middle")
	f(withDetection("s: x\ncondition: s s"), `want "and" or "or"`)
	f(withDetection("s: x\ntimeframe: 5m\ncondition: s"), "write a correlation with a timespan")
	f(withDetection("s:\n  a|contians: x\ncondition: s"), `unknown modifier "contians" (did you mean "contains"?)`)
	f(withDetection("s:\n  a|contains|re: x\ncondition: s"), `"re" must be the first`)
	f(withDetection("s:\n  a|re: '(?=x)'\ncondition: s"), "no look-around")
	f(withDetection("s:\n  a|i: x\ncondition: s"), `belongs behind "re"`)
	f(withDetection("s:\n  a|gt: x\ncondition: s"), "wants a number")
	f(withDetection("s:\n  a|exists: 1\ncondition: s"), "wants true or false")
	f(withDetection("s:\n  a|cidr: 10.0.0.1/8\ncondition: s"), `did you mean "10.0.0.0/8"?`)
	f(withDetection("s:\n  a|cidr: x\ncondition: s"), "is no network")
	f(withDetection("s:\n  a|base64: x*\ncondition: s"), "takes no wildcards")
	f(withDetection("s:\n  a|wide: ß\ncondition: s"), "UTF-16")
	f(withDetection("s:\n  a|fieldref: b*\ncondition: s"), "must not hold wildcards")
	f(withDetection("s:\n  '|exists': true\ncondition: s"), "needs a field")
	f(withDetection("s:\n  a|windash: '"+strings.Repeat(" -a", 9)+"'\ncondition: s"), "too many dashes")
	f(withDetection("s:\n  a|contians: x\n  b|gt: y\ncondition: t"), "r.yml:9:11: the modifier \"gt\"")
	// One refused document does not stop the others.
	c := &sigma.Collection{}
	faults := c.Add("r.yml", []byte(withDetection("s: x\ncondition: t")+"---\n"+withDetection("s: x\ncondition: s")), sigma.Options{})
	if len(faults) != 1 || len(c.Rules) != 1 || len(c.Files[0].Documents) != 2 {
		t.Errorf("faults %v, %d rules", faults, len(c.Rules))
	}
}

func TestWarnings(t *testing.T) {
	got := warningsOf(t, strings.ReplaceAll(withDetection("s:\n  a|all: x\ncondition: s"), "id: 11111111-2222-4333-8444-555555555555", "id: mine\ntag: [x]"))
	for _, want := range []string{`the id "mine" is no UUID`, `did you mean "tags"?`, `"all" has no effect`} {
		if !strings.Contains(got, want) {
			t.Errorf("warnings %q, want %q", got, want)
		}
	}
}

func TestFilters(t *testing.T) {
	rule := strings.Replace(withDetection("selection:\n  a: x\ncondition: selection"), "title: T", "title: T\nname: mine", 1)
	filter := func(source, rules, condition string) string {
		return rule + "---\ntitle: F\nlogsource:\n  " + source + "\nfilter:\n  rules: " + rules +
			"\n  selection:\n    user: admin\n  condition: " + condition + "\n"
	}
	f := func(text, event string, want bool) {
		t.Helper()
		if got := matched(t, collect(t, text, sigma.Options{}), event) != ""; got != want {
			t.Errorf("%s\nof %s: %v, want %v", text, event, got, want)
		}
	}
	admin, joe := `{"a":"x","user":"admin"}`, `{"a":"x","user":"joe"}`
	for _, rules := range []string{"[mine]", "mine", "11111111-2222-4333-8444-555555555555", "any", "[]"} {
		f(filter("category: c", rules, "not selection"), admin, false)
		f(filter("category: c", rules, "not selection"), joe, true)
	}
	f(filter("category: c", "[other]", "not selection"), admin, true)
	f(filter("category: other", "any", "not selection"), admin, true)
	f(filter("product: p\n  category: c", "any", "not selection"), admin, true)
	f(filter("category: c", "any", "selection"), joe, false)
	if got := warningsOf(t, filter("category: c", "any", "selection")); !strings.Contains(got, `without "not"`) {
		t.Errorf("warnings %q", got)
	}
	if got := faultsOf("title: F\nlogsource:\n  category: c\nfilter:\n  s: x\n  condition: not s\n"); !strings.Contains(got, `"rules" is missing`) {
		t.Errorf("faults %q", got)
	}
}

func TestActions(t *testing.T) {
	text := "action: global\ntitle: G\nlogsource:\n  product: p\ndetection:\n  condition: s\n" +
		"---\ndetection:\n  s:\n    a: x\n---\nlogsource:\n  service: v\ndetection:\n  s:\n    a: y\n" +
		"---\naction: repeat\ntitle: R\n---\naction: reset\n---\n" + withDetection("s: needle\ncondition: s")
	c := collect(t, text, sigma.Options{})
	if d := cmp.Diff("G R", matched(t, c, `{"a":"y"}`)); d != "" {
		t.Error(d)
	}
	want := []match.Labels{{Product: "p"}, {Product: "p", Service: "v"}, {Product: "p", Service: "v"}, {Category: "c"}}
	var got []match.Labels
	for _, r := range c.Rules {
		got = append(got, r.Labels)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestCorrelations(t *testing.T) {
	read := func(body string) (*sigma.Correlation, string) {
		text := "title: C\ncorrelation:\n  " + strings.ReplaceAll(body, "\n", "\n  ") + "\n"
		c := &sigma.Collection{}
		if faults := c.Add("c.yml", []byte(text), sigma.Options{}); len(faults) > 0 {
			return nil, faults.Error()
		}
		return c.Correlations[0], ""
	}
	c, faults := read("type: value_count\nrules: [a, b]\ngroup-by: user\ntimespan: 2h\ngenerate: true\n" +
		"aliases:\n  user:\n    a: name\ncondition:\n  field: ip\n  gte: 10\n  lt: 20")
	want := &sigma.Correlation{
		Type: "value_count", Rules: []string{"a", "b"}, GroupBy: []string{"user"}, Timespan: 2 * time.Hour, Generate: true,
		Aliases: map[string]map[string]string{"user": {"a": "name"}}, Fields: []string{"ip"},
		Bounds: []sigma.Bound{{Op: "gte", Value: 10}, {Op: "lt", Value: 20}},
	}
	if faults != "" {
		t.Fatal(faults)
	}
	c.Meta = sigma.Meta{}
	if d := cmp.Diff(want, c); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	f := func(body, want string) {
		t.Helper()
		if _, got := read(body); !strings.Contains(got, want) {
			t.Errorf("%s: faults %q, want %q", body, got, want)
		}
	}
	f("type: event_cuont\nrules: a\ntimespan: 5m\ncondition:\n  gte: 1", `did you mean "event_count"?`)
	f("type: event_count\nrules: a\ntimespan: 5x\ncondition:\n  gte: 1", "want a timespan")
	f("type: event_count\nrules: a\ntimespan: 99999y\ncondition:\n  gte: 1", "longer than ten years")
	f("type: event_count\nrules: a\ntimespan: 5m", `"condition" is missing`)
	f("type: event_count\nrules: a\ntimespan: 5m\ncondition: a and b", "want a mapping")
	f("type: event_count\ntimespan: 5m\ncondition:\n  gte: 1", `"rules" is missing`)
	f("type: value_sum\nrules: a\ntimespan: 5m\ncondition:\n  gte: 1", "wants a field")
	f("type: value_percentile\nrules: a\ntimespan: 5m\ncondition:\n  gte: 1\n  field: f", "wants a percentile")
	f("type: event_count\nrules: a\ntimespan: 5m\ncondition:\n  gte: many", "want a number")
	f("type: event_count\nrules: a\ntimespan: 5m\ngroupby: x\ncondition:\n  gte: 1", `did you mean "group-by"?`)
	f("type: temporal\nrules: [a, b]\ntimespan: 5m\ncondition: a and c", `the rule "c" is not listed`)
	f("type: temporal\nrules: [a, b]\ntimespan: 5m\ncondition: a", `does not name the rule "b"`)
}

func TestCheckFindsWhatIsBetweenDocuments(t *testing.T) {
	rule := withDetection("s: x\ncondition: s")
	c := collect(t, rule+"---\n"+rule+"---\ntitle: C\ncorrelation:\n  type: event_count\n  rules: gone\n  timespan: 1m\n  condition:\n    gte: 1\n", sigma.Options{})
	got := c.Check().Error()
	for _, want := range []string{"is taken by rule.yml:1:1", `no rule with the id or name "gone"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestMappings(t *testing.T) {
	m, err := sigma.ParseMapping("m.yaml", []byte("name: test\nlogsources:\n  - category: c\nfields:\n  a: http.url\n  b: [usr.name, usr.id]\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(item, event string, want bool) {
		t.Helper()
		c := collect(t, withDetection("s:\n  "+item+"\ncondition: s"), sigma.Options{Mappings: []sigma.Mapping{m}})
		if got := matched(t, c, event) != ""; got != want {
			t.Errorf("%s of %s: %v, want %v", item, event, got, want)
		}
	}
	f("a: x", `{"http":{"url":"x"}}`, true)
	f("a: x", `{"a":"x"}`, false)
	f("b: x", `{"usr":{"id":"x"}}`, true)
	f("b:", `{"usr":{"id":"x"}}`, false)
	f("b:", `{}`, true)
	f("z: x", `{"z":"x"}`, true)
	m.Prefixes = []string{"", "windows.data."}
	f("z: x", `{"windows":{"data":{"z":"x"}}}`, true)
	f("z|neq: x", `{"windows":{"data":{"z":"x"}}}`, false)
	f("a: x", `{"windows":{"data":{"a":"x"}}}`, false)
	if _, err := sigma.ParseMapping("m.yaml", []byte("name: test\nlogsources: {product: p}\nfields:\n  a: []\nfeilds: {}\n")); err == nil ||
		!strings.Contains(err.Error(), "at least one attribute") || !strings.Contains(err.Error(), `did you mean "fields"?`) {
		t.Errorf("faults %v", err)
	}
}

func TestPipelines(t *testing.T) {
	mappings, err := sigma.ParsePipeline("p.yml", []byte("name: p\npriority: 10\ntransformations:\n"+
		"  - type: field_name_mapping\n    mapping:\n      a: [x, y]\n    rule_conditions:\n      - type: logsource\n        category: c\n"+
		"  - type: field_name_prefix\n    prefix: win.\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := collect(t, withDetection("s:\n  a: 1\n  b: 2\ncondition: s"), sigma.Options{Mappings: mappings})
	if matched(t, c, `{"y":1,"win":{"b":2}}`) == "" {
		t.Error("want a match by the renamed fields")
	}
	_, err = sigma.ParsePipeline("p.yml", []byte("transformations:\n  - type: drop_detection_item\n"))
	if err == nil || !strings.Contains(err.Error(), `p.yml:2:5: the transformation "drop_detection_item" is not known`) {
		t.Errorf("faults %v", err)
	}
}

func TestQuery(t *testing.T) {
	f := func(detection, want string) {
		t.Helper()
		c := collect(t, withDetection(detection), sigma.Options{})
		got, err := sigma.Query(c.Rules[0].Expr)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", detection, got, want)
		}
	}
	f("s:\n  a: x\n  b|contains: 'y z'\nf:\n  c: 1\ncondition: s and not f", `(@a:x AND @b:*y\ z*) AND -@c:1`)
	f("s:\n  a|re: x\ncondition: s", "error")
}

func FuzzParse(f *testing.F) {
	f.Add(withDetection("s:\n  a|windash|contains: -x\ncondition: 1 of s*"))
	f.Add(withDetection("s:\n  - a|re|i: x\n  - k\nf: y\ncondition: s and not (f or s)") + "---\ntitle: F\nfilter:\n  rules: any\n  s: x\n  condition: not s\n")
	f.Add("title: C\ncorrelation:\n  type: temporal\n  rules: [a, b]\n  timespan: 1m\n  condition: a and not b\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := &sigma.Collection{}
		c.Add("fuzz.yml", []byte(text), sigma.Options{})
		set, err := c.Compile(match.Options{})
		if err != nil || set.Len() != len(c.Rules) {
			t.Fatalf("a rule that loads must run: %v", err)
		}
		m := set.NewMatcher()
		if err := m.Scan([]byte(`{"a":"-x","b":["y",1,null]}`)); err != nil {
			t.Fatal(err)
		}
		m.Match(match.Source{}, match.NoRouting)
	})
}
