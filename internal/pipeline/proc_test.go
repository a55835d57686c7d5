package pipeline

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

func testClock() dates.Clock {
	return dates.Clock{Now: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), Location: time.UTC}
}

// process runs one processor, given as the flow YAML of its keys, over a JSON log
// and returns the result in the form of Datadog's pipeline tests.
func process(t *testing.T, processor, log string) string {
	t.Helper()
	l, err := Parse("test.yaml", []byte("{name: test, processors: [{"+processor+"}]}"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, e := NewMachine(testClock()), event.New()
	m.RunRecord(l.Pipeline, e, log)
	got := string(m.AppendResult(nil, e))
	// The message is the whole log when the log has none of its own.
	whole := string(event.AppendJSONString(nil, log))
	return strings.Replace(strings.Replace(got, `,"message":`+whole, "", 1), `,"tags":[]`, "", 1)
}

func TestProcessors(t *testing.T) {
	f := func(processor, log, want string) {
		t.Helper()
		if diff := cmp.Diff(want, process(t, processor, log)); diff != "" {
			t.Errorf("%s over %s: %s", processor, log, diff)
		}
	}

	grok := `type: grok-parser, source: text, grok: {matchRules: 'r %{word:a} %{integer:n}'}`
	f(grok, `{"text":"x 12"}`, `{"custom":{"text":"x 12","a":"x","n":12}}`)
	f(grok, `{"text":"no"}`, `{"custom":{"text":"no"}}`)
	f(grok, `{"text":{"o":1}}`, `{"custom":{"text":{"o":1}}}`)
	f(grok, `{"text":"x 1","a":"old","n":{"z":1}}`, `{"custom":{"text":"x 1","a":"x","n":1}}`)
	f(`type: grok-parser, grok: {matchRules: 'r %{word:a}'}`, `{"message":"hello","b":1}`, `{"custom":{"b":1,"a":"hello"},"message":"hello"}`)
	f(`type: grok-parser, source: n, grok: {matchRules: 'r %{integer:a}'}`, `{"n":5}`, `{"custom":{"n":5,"a":5}}`)

	remap := `type: attribute-remapper, sources: [a, b], target: t`
	f(remap, `{"a":1,"b":2}`, `{"custom":{"t":1}}`)
	f(remap, `{"b":{"c":2}}`, `{"custom":{"t":{"c":2}}}`)
	f(remap, `{"t":0,"a":1}`, `{"custom":{"t":0}}`)
	f(remap+`, overrideOnConflict: true`, `{"t":0,"a":1,"b":2}`, `{"custom":{"t":2}}`)
	f(remap+`, preserveSource: true`, `{"a":1}`, `{"custom":{"a":1,"t":1}}`)
	f(`type: attribute-remapper, sources: [x.y.z], target: x.y2`, `{"x":{"y":{"z":1}}}`, `{"custom":{"x":{"y2":1}}}`)
	f(`type: attribute-remapper, sources: [a], target: a.b`, `{"a":1}`, `{"custom":{"a":{"b":1}}}`)
	f(`type: attribute-remapper, sources: [custom.usr.id], target: usr.id`, `{"custom":{"usr":{"id":"x"}}}`, `{"custom":{"usr":{"id":"x"}}}`)
	f(`type: attribute-remapper, sources: [a], target: a, targetFormat: integer`, `{"a":"12"}`, `{"custom":{"a":12}}`)
	f(`type: attribute-remapper, sources: [a], target: a, targetFormat: integer`, `{"a":"x"}`, `{"custom":{"a":"x"}}`)
	f(`type: attribute-remapper, sources: [a], target: a, targetFormat: double`, `{"a":"2"}`, `{"custom":{"a":2.0}}`)
	f(`type: attribute-remapper, sources: [a], target: a, targetFormat: string`, `{"a":2}`, `{"custom":{"a":"2"}}`)
	f(`type: attribute-remapper, sources: [a], target: env, targetType: tag`, `{"a":["Prod","EU"],"b":1}`, `{"custom":{"b":1},"tags":["env:prod","env:eu"]}`)

	f(`type: date-remapper, sources: [a, b]`, `{"a":"no date","b":1500}`, `{"custom":{"a":"no date","b":1500},"timestamp":1500}`)
	f(`type: date-remapper, sources: [a]`, `{"a":"2026-01-02T03:04:05+09:00"}`, `{"custom":{"a":"2026-01-02T03:04:05+09:00"},"timestamp":1767290645000}`)
	f(`type: date-remapper, sources: [a]`, `{"a":99999999999999999}`, `{"custom":{"a":99999999999999999}}`)

	for level, want := range map[string]string{
		`"FATAL"`: "emergency", `"emerg"`: "emergency", `"Error"`: "error", `"eek"`: "error", `"alert"`: "alert", `"crit"`: "critical",
		`"warning"`: "warn", `"notice"`: "notice", `"info"`: "info", `"trace"`: "debug", `"verbose"`: "debug", `"OK"`: "ok", `"success"`: "ok",
		`3`: "error", `"7"`: "debug", `8`: "info", `"zzz"`: "info", `{"o":1}`: "info",
	} {
		f(`type: status-remapper, sources: [l]`, `{"l":`+level+`}`, `{"custom":{"l":`+level+`},"status":"`+want+`"}`)
	}
	f(`type: status-remapper, sources: [l]`, `{"x":1}`, `{"custom":{"x":1}}`)

	f(`type: service-remapper, sources: [a, b]`, `{"a":"","b":"web"}`, `{"custom":{"a":"","b":"web"},"service":"web"}`)
	f(`type: message-remapper, sources: [a, b]`, `{"a":1,"b":"text"}`, `{"custom":{"a":1},"message":"text"}`)
	f(`type: trace-id-remapper, sources: [t]`, `{"t":12,"x":1}`, `{"custom":{"x":1},"trace_id":"12"}`)
	f(`type: span-id-remapper, sources: [t]`, `{"t":"","x":1}`, `{"custom":{"x":1},"span_id":""}`)

	f(`type: url-parser, sources: [u], target: d`, `{"u":"https://h:8443/p?a=1#f"}`, `{"custom":{"u":"https://h:8443/p?a=1#f","d":{"scheme":"https","host":"h","port":8443,"path":"/p","queryString":{"a":"1"},"hash":"f"}}}`)

	category := `type: category-processor, target: c, categories: [{name: low, filter: {query: '@n:<5'}}, {name: any, filter: {query: '@n:*'}}]`
	f(category, `{"n":3}`, `{"custom":{"n":3,"c":"low"}}`)
	f(category, `{"n":7}`, `{"custom":{"n":7,"c":"any"}}`)
	f(category, `{"m":7}`, `{"custom":{"m":7}}`)

	lookup := `type: lookup-processor, source: s, target: t, lookupTable: "1, one\n\"2,5\",\"two, half\"\n3,a,b"`
	f(lookup, `{"s":1}`, `{"custom":{"s":1,"t":"one"}}`)
	f(lookup, `{"s":"2,5"}`, `{"custom":{"s":"2,5","t":"two, half"}}`)
	f(lookup, `{"s":"3"}`, `{"custom":{"s":"3","t":"a,b"}}`)
	f(lookup, `{"s":"9","t":"old"}`, `{"custom":{"s":"9","t":"old"}}`)
	f(lookup+`, defaultLookup: other`, `{"s":"9"}`, `{"custom":{"s":"9","t":"other"}}`)

	sum := `type: arithmetic-processor, expression: '(a.b + c-d) * 2 - 1', target: r`
	f(sum, `{"a":{"b":2},"c-d":"0.5"}`, `{"custom":{"a":{"b":2},"c-d":"0.5","r":4.0}}`)
	f(sum, `{"a":{"b":2}}`, `{"custom":{"a":{"b":2}}}`)
	f(sum+`, replaceMissing: true`, `{"a":{"b":2}}`, `{"custom":{"a":{"b":2},"r":3.0}}`)
	f(`type: arithmetic-processor, expression: 'a / b', target: r`, `{"a":1,"b":0}`, `{"custom":{"a":1,"b":0}}`)
	f(`type: arithmetic-processor, expression: 'a / 3', target: r`, `{"a":1}`, `{"custom":{"a":1,"r":0.333333333}}`)

	build := `type: string-builder-processor, template: '%{a} at %{b.c}', target: r`
	f(build, `{"a":1.5,"b":{"c":["x","y"]}}`, `{"custom":{"a":1.5,"b":{"c":["x","y"]},"r":"1.5 at x,y"}}`)
	f(build, `{"a":1}`, `{"custom":{"a":1}}`)
	f(build, `{"a":1,"b":{"c":{"d":1}}}`, `{"custom":{"a":1,"b":{"c":{"d":1}}}}`)
	f(build+`, replaceMissing: true`, `{"a":1}`, `{"custom":{"a":1,"r":"1 at "}}`)

	f(`type: array-processor, operation: {type: append, source: s, target: l, preserveSource: false}`, `{"s":"b","l":["a"]}`, `{"custom":{"l":["a","b"]}}`)
	f(`type: array-processor, operation: {type: append, source: s, target: l}`, `{"s":"b"}`, `{"custom":{"s":"b","l":["b"]}}`)
	f(`type: array-processor, operation: {type: length, source: l, target: n}`, `{"l":[1,2]}`, `{"custom":{"l":[1,2],"n":2}}`)
	f(`type: array-processor, operation: {type: select, source: l, target: v, filter: 'k:b', valueToExtract: v}`, `{"l":[{"k":"a","v":1},{"k":"b","v":2}]}`, `{"custom":{"l":[{"k":"a","v":1},{"k":"b","v":2}],"v":2}}`)
	f(`type: array-processor, operation: {type: key-value, source: l, target: o, keyToExtract: k, valueToExtract: v}`, `{"l":[{"k":"a","v":1},{"k":"b","v":2}]}`, `{"custom":{"l":[{"k":"a","v":1},{"k":"b","v":2}],"o":{"a":1,"b":2}}}`)

	f(`type: decoder-processor, source: s, target: t, binaryToTextEncoding: base64, inputRepresentation: utf_8`, `{"s":"aGVsbG8="}`, `{"custom":{"s":"aGVsbG8=","t":"hello"}}`)
	f(`type: decoder-processor, source: s, target: t, binaryToTextEncoding: base16, inputRepresentation: integer`, `{"s":"1A2"}`, `{"custom":{"s":"1A2","t":418}}`)
	f(`type: decoder-processor, source: s, target: t, binaryToTextEncoding: base64`, `{"s":"%%%"}`, `{"custom":{"s":"%%%"}}`)
	f(`type: exclude-attribute-processor, attributeToExclude: a.b`, `{"a":{"b":1},"c":2}`, `{"custom":{"c":2}}`)

	f(`type: pipeline, filter: {query: '@a:1'}, processors: [{type: exclude-attribute-processor, attributeToExclude: b}]`, `{"a":1,"b":2}`, `{"custom":{"a":1}}`)
	f(`type: pipeline, filter: {query: '@a:1'}, processors: [{type: exclude-attribute-processor, attributeToExclude: b}]`, `{"a":2,"b":2}`, `{"custom":{"a":2,"b":2}}`)
	f(`type: exclude-attribute-processor, attributeToExclude: a, enabled: false`, `{"a":2}`, `{"custom":{"a":2}}`)

	f(`type: standard-attributes-processor`, `{"ctx":{"usr":{"id":1},"x":2},"usr":{"name":"n"}}`, `{"custom":{"ctx":{"x":2},"usr":{"name":"n","id":1}}}`)
	f(`type: standard-attributes-processor`, `{"a":{"b":{"http":{"url":"/"}}}}`, `{"custom":{"http":{"url":"/"}}}`)

	schema := `type: schema-processor, schema: {schemaType: ocsf, version: 1.5.0, className: Authentication, classUid: 3002}, mappers: [{type: schema-category-mapper, categories: [{filter: {query: '@o:ok'}, name: Success, id: 1}], targets: {name: ocsf.status, id: ocsf.status_id}, fallback: {values: {ocsf.status: Other, ocsf.status_id: "99"}, sources: {ocsf.status: [o]}}}, {type: schema-remapper, sources: [u], target: ocsf.user.name, targetFormat: string}]`
	head := `"ocsf":{"class_uid":3002,"class_name":"Authentication","category_uid":3,"category_name":"Identity & Access Management","metadata":{"version":"1.5.0"},`
	f(schema, `{"o":"ok","u":7}`, `{"custom":{"o":"ok","u":7,`+head+`"status":"Success","status_id":1,"user":{"name":"7"}}}}`)
	f(schema, `{"o":"odd"}`, `{"custom":{"o":"odd",`+head+`"status":"odd","status_id":99}}}`)
}

func TestIntakeOfJSON(t *testing.T) {
	got := process(t, `type: exclude-attribute-processor, attributeToExclude: nothing`, `{"a.b":1,"n":null,"e":{},"l":[],"message":"m"}`)
	if want := `{"custom":{"a":{"b":1}},"message":"m"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
