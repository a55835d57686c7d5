package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
)

// enricher returns a machine with everything that processors may ask.
func enricher(t testing.TB) *Machine {
	t.Helper()
	m := NewMachine(testClock())
	var err error
	if m.Agents, err = useragent.New(useragent.Options{}); err != nil {
		t.Fatal(err)
	}
	if m.Geo, err = geoip.ParseStatic("geo", []byte(`{"192.0.2.1": {"iso": "AU", "lat": -33.5, "lon": 143}}`)); err != nil {
		t.Fatal(err)
	}
	m.Tables = lookup.NewTables()
	if err := m.Tables.ReadCSV("users", strings.NewReader("id,team,boss\n7,red,\n"), lookup.Limits{}); err != nil {
		t.Fatal(err)
	}
	return m
}

// attributes checks the attributes behind one processor.
func attributes(t *testing.T, m *Machine) func(processor, log, want string) {
	t.Helper()
	return func(processor, log, want string) {
		t.Helper()
		l, err := Parse("test.yaml", []byte("{name: test, processors: [{"+processor+"}]}"), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		e := event.New()
		m.RunRecord(l.Pipeline, e, log)
		if diff := cmp.Diff(want, string(e.AppendJSON(nil, e.Root()))); diff != "" {
			t.Errorf("%s over %s: %s", processor, log, diff)
		}
	}
}

func TestUserAgentParser(t *testing.T) {
	const curl = `{"browser":{"family":"curl","major":"8","minor":"5","patch":"0"},"os":{"family":"Other"},"device":{"family":"Other","category":"Other"}}`
	f := attributes(t, enricher(t))
	plain := `type: user-agent-parser, sources: [a, b], target: d`
	f(plain, `{"b":"curl/8.5.0"}`, `{"b":"curl/8.5.0","d":`+curl+`}`)
	f(plain, `{"a":"","b":"curl/8.5.0"}`, `{"a":"","b":"curl/8.5.0"}`)
	f(plain, `{"a":5}`, `{"a":5}`)
	f(plain, `{"c":"curl/8.5.0"}`, `{"c":"curl/8.5.0"}`)
	f(plain, `{"a":"%63url/8.5.0"}`, `{"a":"%63url/8.5.0","d":{"browser":{"family":"Other"},"os":{"family":"Other"},"device":{"family":"Other","category":"Other"}}}`)
	encoded := plain + `, encoded: true, combineVersionDetails: false`
	f(encoded, `{"a":"curl%2F8.5.0"}`, `{"a":"curl%2F8.5.0","d":`+curl+`}`)
	f(encoded, `{"a":"Opera%2f9.80+(Windows%20NT+6.1%zz%4"}`,
		`{"a":"Opera%2f9.80+(Windows%20NT+6.1%zz%4","d":{"browser":{"family":"Opera","major":"9","minor":"80"},"os":{"family":"Windows","major":"7"},"device":{"family":"Other","category":"Desktop"}}}`)
	f(`type: grok-parser, source: a, grok: {matchRules: 'r %{data:d:useragent}'}`, `{"a":"curl/8.5.0"}`, `{"a":"curl/8.5.0","d":`+curl+`}`)
	attributes(t, NewMachine(testClock()))(plain, `{"a":"curl/8.5.0"}`, `{"a":"curl/8.5.0"}`)
}

func TestGeoIPParser(t *testing.T) {
	f := attributes(t, enricher(t))
	geo := `type: geo-ip-parser, sources: [a, b], target: g, ip_processing_behavior: do-nothing`
	f(geo, `{"b":"192.0.2.1"}`, `{"b":"192.0.2.1","g":{"country":{"iso_code":"AU"},"ipAddress":"192.0.2.1","location":{"latitude":-33.5,"longitude":143}}}`)
	f(geo, `{"a":"10.0.0.1","b":"192.0.2.1"}`, `{"a":"10.0.0.1","b":"192.0.2.1","g":{}}`)
	f(geo, `{"a":"unknown"}`, `{"a":"unknown","g":{"invalidAddress":"unknown"}}`)
	f(geo, `{"a":""}`, `{"a":""}`)
	f(geo, `{"c":"192.0.2.1"}`, `{"c":"192.0.2.1"}`)
	attributes(t, NewMachine(testClock()))(geo, `{"a":"192.0.2.1"}`, `{"a":"192.0.2.1"}`)
}

func TestTableLookup(t *testing.T) {
	f := attributes(t, enricher(t))
	users := `type: lookup-processor, source: u, target: who, lookup_enrichment_table: users`
	f(users, `{"u":7}`, `{"u":7,"who":{"id":"7","team":"red"}}`)
	f(users, `{"u":"8"}`, `{"u":"8"}`)
	f(users, `{"u":{"a":7}}`, `{"u":{"a":7}}`)
	f(`type: lookup-processor, source: u, target: who, lookup_enrichment_table: none`, `{"u":7}`, `{"u":7}`)
	attributes(t, NewMachine(testClock()))(users, `{"u":7}`, `{"u":7}`)
}

func TestArrayMap(t *testing.T) {
	f := attributes(t, NewMachine(testClock()))
	rename := `type: array-map-processor, source: a, target: b, processors: [
		{type: attribute-remapper, sources: [$sourceElem.ip], target: $targetElem.address},
		{type: string-builder-processor, template: "%{$sourceElem.proto}/%{$sourceElem.port}", target: $targetElem.service}]`
	const in = `"a":[{"ip":"192.0.2.1","port":443,"proto":"tcp"},{"ip":"192.0.2.2"},{"x":1}]`
	f(rename, `{`+in+`}`, `{`+in+`,"b":[{"address":"192.0.2.1","service":"tcp/443"},{"address":"192.0.2.2"}]}`)
	f(rename+`, preserve_source: false`, `{"a":[{"ip":1}],"c":2}`, `{"c":2,"b":[{"address":1}]}`)
	f(rename, `{"a":[{"x":1}]}`, `{"a":[{"x":1}]}`)
	f(rename, `{"a":{"ip":1}}`, `{"a":{"ip":1}}`)
	// A target that stands already is added to.
	f(rename, `{"a":[{"ip":1}],"b":[{"n":1,"address":0},{"n":2}]}`, `{"a":[{"ip":1}],"b":[{"n":1,"address":0},{"n":2}]}`)
	in2 := `type: array-map-processor, source: a, target: a, preserve_source: true, processors: [
		{type: arithmetic-processor, expression: $sourceElem.n * 2 + base, target: $targetElem.n},
		{type: category-processor, target: $targetElem.size, categories: [{filter: {query: '@$sourceElem.n:>1'}, name: big}, {filter: {query: '*'}, name: small}]}]`
	f(in2, `{"base":1,"a":[{"n":1,"x":0},{"n":2}]}`, `{"base":1,"a":[{"n":3.0,"x":0,"size":"small"},{"n":5.0,"size":"big"}]}`)
	// Elements that are no objects.
	f(`type: array-map-processor, source: a, target: b, processors: [{type: string-builder-processor, template: "<%{$sourceElem}>", target: $targetElem}]`,
		`{"a":["x",2,true]}`, `{"a":["x",2,true],"b":["<x>","<2>","<true>"]}`)
	// Only the first 50 are mapped.
	many := strings.Repeat("1,", 60) + "1"
	f(`type: array-map-processor, source: a, target: b, preserve_source: false, processors: [{type: attribute-remapper, sources: [$sourceElem], target: $targetElem}]`,
		`{"a":[`+many+`]}`, `{"b":[`+strings.Repeat("1,", 49)+`1]}`)
}

func TestWholeNumbersAsKeys(t *testing.T) {
	f := attributes(t, NewMachine(testClock()))
	codes := `type: lookup-processor, source: a, target: b, lookupTable: "200,yes\n2.0,two"`
	f(codes, `{"a":200.0}`, `{"a":200.0,"b":"yes"}`)
	f(codes, `{"a":2.0}`, `{"a":2.0,"b":"two"}`)
	f(codes, `{"a":200.5}`, `{"a":200.5}`)
	if got := Status(event.FloatValue(3)); got != "error" {
		t.Errorf("status 3.0 is %s", got)
	}
}

func TestTagsAreNormal(t *testing.T) {
	f := func(tag, want string) {
		t.Helper()
		if got := normalTag(tag); got != want {
			t.Errorf("%q: got %q, want %q", tag, got, want)
		}
	}
	f("Env:Prod", "env:prod")
	f("team:A  b, c!", "team:a_b_c")
	f("path:/a-b_c.d:e", "path:/a-b_c.d:e")
	f("名前:É", "名前:é")
	f("k:"+strings.Repeat("x", 1000), "k:"+strings.Repeat("x", 198))
}

func TestEnrichFaults(t *testing.T) {
	f := func(processor, want string) {
		t.Helper()
		_, err := Parse("p.yaml", []byte("processors:\n- {"+processor+"}\n"), ParseOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", processor, err, want)
		}
	}
	f(`type: user-agent-parser, sources: [a]`, "p.yaml:2:3: a user-agent-parser needs target")
	f(`type: geo-ip-parser, target: a`, "a geo-ip-parser needs sources")
	f(`type: geo-ip-parser, sources: [a], target: b, encoded: true`, `a geo-ip-parser has no key "encoded"`)
	f(`type: lookup-processor, source: a, target: b`, "needs lookupTable, rows of key,value, or lookupEnrichmentTable")
	f(`type: array-map-processor, source: a, target: b`, "needs processors")
	f(`type: array-map-processor, source: a, target: b, processors: [{type: grok-parser}]`, `p.yaml:2:73: an array-map-processor cannot run a "grok-parser"`)
}

func TestEnrichAllocatesNothing(t *testing.T) {
	l, err := Parse("test.yaml", []byte(`{name: test, processors: [
		{type: user-agent-parser, sources: [ua], target: d, encoded: true},
		{type: geo-ip-parser, sources: [ip], target: g}]}`), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, e := enricher(t), event.New()
	run := func() {
		e.Reset()
		e.Set("ua", event.StringValue("curl/8.5.0"))
		e.Set("ip", event.StringValue("192.0.2.1"))
		m.Run(l.Pipeline, e)
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
