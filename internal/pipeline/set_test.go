package pipeline

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// loadTexts loads pipelines from their texts by file name.
func loadTexts(t *testing.T, files map[string]string) *Set {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	all, err := Load(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	return NewSet(all)
}

func TestSourceOfALine(t *testing.T) {
	set := loadTexts(t, map[string]string{
		"a_access.yaml": `{detect: {source: access, apps: [web], lines: ['GET *']}, pipeline: {type: pipeline, name: a, processors: [
 {type: grok-parser, source: message, grok: {matchRules: 'r GET %{notSpace:url}'}}]}}`,
		"b_error.yaml": `{detect: {source: error, apps: [web], lines: ['[*']}, pipeline: {type: pipeline, name: b, processors: [
 {type: grok-parser, source: message, grok: {matchRules: 'r \[error\] %{data:text}'}}]}}`,
		"c_json.yaml": `{detect: {source: any-json, json: '*'}, pipeline: {type: pipeline, name: c, processors: [
 {type: attribute-remapper, sources: [x], target: any}]}}`,
		"d_own.yaml": `{detect: {source: own-json, json: '@own:*'}, pipeline: {type: pipeline, name: d, processors: [
 {type: attribute-remapper, sources: [x], target: own2}]}}`,
	})
	f := func(line, hint, want string) {
		t.Helper()
		e := event.New()
		e.Raw = line
		set.Process(e, set.Hint(hint), NewMachine(testClock()))
		if e.Source != want {
			t.Errorf("the source of %q with hint %q is %q, want %q", line, hint, e.Source, want)
		}
	}
	// One program writes two logs.
	f("May 17 10:05:03 host web[1]: GET /", "", "access")
	f("May 17 10:05:03 host web[1]: [error] no", "", "error")
	f("May 17 10:05:03 host web[1]: [error] no", "access", "error")
	f("May 17 10:05:03 host web[1]: whatever", "", "access")
	f(`May 17 10:05:03 host web[1]: {"x":1}`, "", "any-json")
	// Whoever takes every JSON line comes last.
	f(`{"own":1}`, "", "own-json")
	f(`{"other":1}`, "", "any-json")
	// A name that nothing here knows stays; what knows the line or its message wins.
	f(`{"other":1}`, "shop", "shop")
	f(`{"other":1,"ddsource":"cart"}`, "shop", "cart")
	f(`{"own":1}`, "shop", "own-json")
	f(`{"other":1,"message":"GET /"}`, "shop", "access")
	// The hint of a text format says nothing about JSON.
	f(`{"own":1}`, "access", "own-json")
}

func TestGrokDatesAreInTheZoneOfTheClock(t *testing.T) {
	set := loadTexts(t, map[string]string{
		"a.yaml": `{detect: {lines: ['*']}, pipeline: {type: pipeline, name: a, processors: [
 {type: grok-parser, source: message, grok: {matchRules: 'r %{date("yyyy-MM-dd HH:mm:ss"):at}'}},
 {type: date-remapper, sources: [at]}]}}`,
	})
	zone := time.FixedZone("east", 9*3600)
	e := event.New()
	e.Raw = "2026-05-17 10:05:03"
	set.Process(e, set.Hint(""), NewMachine(dates.Clock{Now: testClock().Now, Location: zone}))
	if want := time.Date(2026, 5, 17, 10, 5, 3, 0, zone).UnixNano(); e.Time != want {
		t.Errorf("the time is %d, want %d", e.Time, want)
	}
}
