package useragent_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
)

func parser(t testing.TB) *useragent.Parser {
	t.Helper()
	p, err := useragent.New(useragent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParse(t *testing.T) {
	p, e := parser(t), event.New()
	f := func(text, want string) {
		t.Helper()
		e.Reset()
		if got := string(e.AppendJSON(nil, p.Parse(text).Value(e))); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
	f("", "null")
	f(" \t", "null")
	f("?", `{"browser":{"family":"Other"},"os":{"family":"Other"},"device":{"family":"Other","category":"Other"}}`)
	f("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.6723.117 Safari/537.36",
		`{"browser":{"family":"Chrome","major":"130","minor":"0","patch":"6723","patch_minor":"117"},"os":{"family":"Windows","major":"10"},"device":{"family":"Other","category":"Desktop"}}`)
	f("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1",
		`{"browser":{"family":"Mobile Safari","major":"17","minor":"4","patch":"1"},"os":{"family":"iOS","major":"17","minor":"4","patch":"1"},"device":{"family":"iPhone","brand":"Apple","model":"iPhone","category":"Mobile"}}`)
	f("Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1",
		`{"browser":{"family":"Mobile Safari","major":"12","minor":"1"},"os":{"family":"iOS","major":"12","minor":"2"},"device":{"family":"iPad","brand":"Apple","model":"iPad","category":"Tablet"}}`)
	f("Mozilla/5.0 (Linux; Android 10; SM-G973F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.73 Mobile Safari/537.36",
		`{"browser":{"family":"Chrome Mobile","major":"99","minor":"0","patch":"4844","patch_minor":"73"},"os":{"family":"Android","major":"10"},"device":{"family":"Samsung SM-G973F","brand":"Samsung","model":"SM-G973F","category":"Mobile"}}`)
	f("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
		`{"browser":{"family":"Firefox","major":"120","minor":"0"},"os":{"family":"Ubuntu"},"device":{"family":"Other","category":"Desktop"}}`)
	f("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		`{"browser":{"family":"Googlebot","major":"2","minor":"1"},"os":{"family":"Other"},"device":{"family":"Spider","brand":"Spider","model":"Desktop","category":"Bot"}}`)
	f("curl/8.5.0",
		`{"browser":{"family":"curl","major":"8","minor":"5","patch":"0"},"os":{"family":"Other"},"device":{"family":"Other","category":"Other"}}`)
	f("sqlmap/1.7.2#stable (https://sqlmap.org)",
		`{"browser":{"family":"Other"},"os":{"family":"Other"},"device":{"family":"Other","category":"Other"}}`)
}

func TestParseCutsLongTexts(t *testing.T) {
	p, err := useragent.New(useragent.Options{MaxLength: 20})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Parse(strings.Repeat("x", 20) + " curl/8.5.0").Browser.Family; got != "Other" {
		t.Errorf("what is behind the limit was read: %s", got)
	}
	if got := p.Parse(" curl/8.5.0" + strings.Repeat("x", 1<<20)).Browser.Family; got != "curl" {
		t.Errorf("what is before the limit was not read: %s", got)
	}
}

func TestOwnDefinitions(t *testing.T) {
	const text = `
user_agent_parsers:
  - regex: '(\w+)bot/(\d+)?'
    family_replacement: '$1-$2 $9 bot$'
    v2_replacement: 'x'
os_parsers:
  - regex: 'none'
device_parsers:
  - regex: 'BOT'
    regex_flag: 'i'
    device_replacement: ' Machine '
`
	p, err := useragent.New(useragent.Options{Definitions: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	want := &useragent.Agent{
		Browser: useragent.Software{Family: "mr-7  bot$", Major: "7", Minor: "x"},
		OS:      useragent.Software{Family: "Other"},
		Device:  useragent.Device{Family: "Machine", Category: "Other"},
	}
	if d := cmp.Diff(want, p.Parse("mrbot/7")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	_, err = useragent.New(useragent.Options{Definitions: []byte(strings.Replace(text, "none", "(", 1))})
	if err == nil || !strings.Contains(err.Error(), "definitions:7:5: error parsing regexp") {
		t.Errorf("a broken expression: got %v", err)
	}
	if _, err = useragent.New(useragent.Options{Definitions: []byte("a: b")}); err == nil {
		t.Error("a document without lists was taken")
	}
}

func TestParseFromManyGoroutines(t *testing.T) {
	p, err := useragent.New(useragent.Options{CacheEntries: 32})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 200 {
				major := fmt.Sprint(i % 50)
				if got := p.Parse("curl/" + major + ".5.0").Browser.Major; got != major {
					t.Errorf("got %s, want %s", got, major)
				}
			}
		})
	}
	all.Wait()
}

func TestParseAllocatesNothingForKnownAgents(t *testing.T) {
	p, e := parser(t), event.New()
	const text = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
	run := func() {
		e.Reset()
		e.Set("http.useragent_details", p.Parse(text).Value(e))
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
