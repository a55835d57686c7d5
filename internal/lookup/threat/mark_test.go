package threat_test

import (
	"bytes"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

func markSet(t *testing.T) *threat.Set {
	t.Helper()
	tor := feed("exits", threat.Tor, threat.Suspicious, 90)
	tor.Name, tor.URL, tor.Homepage = "Exit nodes", "https://feeds.example.com/list", "https://feeds.example.com/"
	return newSet(t, threat.Exempt{},
		threat.List{Feed: tor, Contents: contents(t, "203.0.113.0/28\n", threat.Plain)},
		threat.List{Feed: feed("sum", threat.BruteForce, threat.Malicious, 60), Contents: contents(t, "203.0.113.7\t3\n", threat.Levels)})
}

func TestMark(t *testing.T) {
	s := markSet(t)
	f := func(have, want string, marked bool) {
		t.Helper()
		e := event.New()
		if !e.MergeJSON(have, event.JSONOptions{}) {
			t.Fatal(have)
		}
		if got := s.Mark(e); got != marked {
			t.Errorf("%s: marked is %v", have, got)
		}
		got := ""
		if v, ok := e.Get("threat_intel"); ok {
			got = string(e.AppendJSON(nil, v))
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", have, got, want)
		}
	}
	const tor = `{"indicator":"203.0.113.1","type":"IP","category":"tor","intention":"suspicious","source":{"name":"Exit nodes","url":"https://feeds.example.com/"},"additional_data":{"feed":"exits","confidence":90}}`
	f(`{"network":{"client":{"ip":"203.0.113.1"}}}`, `{"results":[`+tor+`],"indicators_matched":["IP"]}`, true)
	f(`{"network":{"client":{"ip":"203.0.113.99"}}}`, "", false)
	f(`{"network":{"client":{"ip":"nobody"}}}`, "", false)
	f(`{"a":1}`, "", false)
	f(`{"network":{"client":{"ip":"203.0.113.1"}},"threat_intel":{"indicators_matched":["DOMAIN","IP"],"results":[{"category":"x"}]}}`,
		`{"indicators_matched":["DOMAIN","IP"],"results":[{"category":"x"},`+tor+`]}`, true)
	f(`{"network":{"client":{"ip":"203.0.113.1"}},"threat_intel":{"indicators_matched":"DOMAIN"}}`,
		`{"indicators_matched":["DOMAIN","IP"],"results":[`+tor+`]}`, true)
	const client = `{"network":{"client":{"ip":"203.0.113.1"}},"threat_intel":`
	f(client+`{"results":{"category":"x","source":{"name":"y"}},"indicators_matched":{"ip":1}}}`,
		`{"results":[{"category":"x","source":{"name":"y"}},`+tor+`],"indicators_matched":[{"ip":1},"IP"]}`, true)
	f(client+`{"results":[{"category":"x"},[{"category":"y"}],7]}}`,
		`{"results":[{"category":"x"},[{"category":"y"}],7,`+tor+`],"indicators_matched":["IP"]}`, true)
	const marks = `{"results":[` + tor + `],"indicators_matched":["IP"]}`
	f(client+`[{"results":[{"category":"x"}]},{"other":{"a":1}}]}`, `[{"results":[{"category":"x"}]},{"other":{"a":1}},`+marks+`]`, true)
	f(client+`"seen before"}`, `["seen before",`+marks+`]`, true)
}

// TestMarksAreFound asks for marks beside other things, as queries do.
func TestMarksAreFound(t *testing.T) {
	s := markSet(t)
	for _, have := range []string{`{}`, `{"results":{"category":"x"}}`, `[{"results":[{"category":"x"}]},7]`, `"seen before"`} {
		e := event.New()
		if !e.MergeJSON(`{"network":{"client":{"ip":"203.0.113.1"}},"threat_intel":`+have+`}`, event.JSONOptions{}) || !s.Mark(e) {
			t.Fatal(have)
		}
		v, _ := e.Get("threat_intel.results.category")
		if got := e.AppendJSON(nil, v); !bytes.Contains(got, []byte(`"tor"`)) {
			t.Errorf("%s: the categories are %s", have, got)
		}
	}
}

func TestMarkCostsNoMemory(t *testing.T) {
	s := markSet(t)
	e := event.New()
	mark := func() {
		e.Reset()
		e.Set(event.ClientIP, event.StringValue("203.0.113.7"))
		if !s.Mark(e) {
			t.Fail()
		}
		e.Reset()
		e.Set(event.ClientIP, event.StringValue("192.0.2.7"))
		if s.Mark(e) {
			t.Fail()
		}
	}
	mark()
	if n := testing.AllocsPerRun(100, mark); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
