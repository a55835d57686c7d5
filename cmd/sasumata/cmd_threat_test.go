package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// threatFeeds writes a document of feeds and their lists, and returns its folder.
func threatFeeds(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	fileIn(t, dir, "guessers.txt", "# made by hand\n203.0.113.9\nnot an address\n0.0.0.0/1\n198.51.100.0/24\n")
	fileIn(t, dir, "exits.txt", "203.0.113.9\n2001:db8::7\n")
	fileIn(t, dir, "threats.yaml", `feeds:
  - {id: guessers, name: Guessers, file: guessers.txt, category: brute_force, confidence: 80, enabled: true}
  - {id: exits, name: Exits, file: exits.txt, category: tor, maxAge: 2d, enabled: true}
  - {id: remote, name: Remote, url: "https://feeds.example.com/x", category: spam}
`)
	old := time.Now().Add(-72*time.Hour - time.Minute)
	if err := os.Chtimes(filepath.Join(dir, "exits.txt"), old, old); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestThreatCheck(t *testing.T) {
	dir := threatFeeds(t)
	allow := file(t, "allow.txt", "198.51.100.7\n")
	r := sasumata(t, "", "threat", "check", "--dir", dir, "--own-networks", "198.51.100.128/25", "--allowlist", allow,
		"203.0.113.9", "203.0.113.10", "198.51.100.7", "198.51.100.200", "198.51.100.8", "10.0.0.1", "2001:db8::7")
	want := `203.0.113.9: guessers (Guessers): brute_force, malicious, confidence 80
203.0.113.9: exits (Exits): tor, suspicious, confidence 50
203.0.113.10: on no list
198.51.100.7: on your allow list, so it is on no other
198.51.100.200: one of your own, so it is on no list
198.51.100.8: guessers (Guessers): brute_force, malicious, confidence 80
10.0.0.1: not a public address, so it is on no list
2001:db8::7: exits (Exits): tor, suspicious, confidence 50
`
	if r.code != exitFindings || r.out != want {
		t.Errorf("exit %d\n got %s\nwant %s", r.code, r.out, want)
	}
	for _, text := range []string{`guessers.txt:3: "not an address": not an address, network or range`, "wider than /8 (IPv6: /16), left out: 1", "the threat list exits is 3 days old, older than 2 days"} {
		if !strings.Contains(r.err, text) {
			t.Errorf("missing %q in\n%s", text, r.err)
		}
	}
	if r = sasumata(t, "", "threat", "check", "--dir", dir, "203.0.113.10"); r.code != exitClean {
		t.Errorf("exit %d for an address on no list", r.code)
	}
	if r = sasumata(t, "", "threat", "check", "--dir", dir, "--own-networks", "198.51.100.0/99", "somebody"); r.code != exitUsage || !strings.Contains(r.err, `"198.51.100.0/99" is no network`) {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
	if r = sasumata(t, "", "threat", "check", "--dir", dir, "somebody"); r.code != exitUsage || !strings.Contains(r.err, `"somebody" is no address`) {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
}

func TestThreatJSON(t *testing.T) {
	dir := threatFeeds(t)
	r := sasumata(t, "", "threat", "check", "--dir", dir, "-o", "jsonl", "2001:db8::7", "10.0.0.1", "8.8.8.8")
	want := `{"address":"2001:db8::7","lists":[{"feed":"exits","name":"Exits","category":"tor","intention":"suspicious","confidence":50}]}
{"address":"10.0.0.1","exempt":"not_public","lists":[]}
{"address":"8.8.8.8","lists":[]}
`
	if r.code != exitFindings || r.out != want {
		t.Errorf("exit %d\n got %s\nwant %s", r.code, r.out, want)
	}
	r = sasumata(t, "", "threat", "list", "--dir", dir, "-o", "jsonl")
	var got struct {
		Feed    string `json:"feed"`
		Enabled bool   `json:"enabled"`
		Entries int    `json:"entries"`
		Age     int64  `json:"age_seconds"`
		Old     bool   `json:"old"`
		Faults  int    `json:"faults"`
	}
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil || len(lines) != 3 || r.code != exitClean {
		t.Fatalf("%v, exit %d\n%s", err, r.code, r.out)
	}
	if got.Feed != "exits" || !got.Enabled || got.Entries != 2 || !got.Old || got.Age < 72*60*60 {
		t.Errorf("got %+v", got)
	}
	if r = sasumata(t, "", "threat", "list", "--dir", dir, "-o", "xml"); r.code != exitUsage {
		t.Errorf("exit %d", r.code)
	}
}

func TestThreatList(t *testing.T) {
	dir := threatFeeds(t)
	r := sasumata(t, "", "threat", "list", "--dir", dir)
	for _, want := range []string{"guessers  yes      brute_force  malicious   80          3        0 minutes", "older than 2 days", "remote    no       spam"} {
		if r.code != exitClean || !strings.Contains(r.out, want) {
			t.Errorf("exit %d, missing %q in\n%s", r.code, want, r.out)
		}
	}
	if r = sasumata(t, "", "threat", "list", "--dir", t.TempDir()); r.code != exitClean || !strings.Contains(r.out, "the built-in feeds") || !strings.Contains(r.out, "not fetched yet") {
		t.Errorf("exit %d\n%s", r.code, r.out)
	}
	wrong := file(t, "feeds.yaml", "feeds:\n  - id: a\n    url: http://feeds.example.com/\n    category: torr\n")
	if r = sasumata(t, "", "threat", "list", "--dir", dir, "--feeds", wrong); r.code != exitUsage || !strings.Contains(r.err, `feeds.yaml:4:15: unknown category torr (did you mean "tor"?)`) || !strings.Contains(r.err, "allowHTTP") {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
}

// feedSite returns a server with one list that is there and one that is not, the file
// that describes both and a third that is off, and how often it was asked.
func feedSite(t *testing.T) (site *httptest.Server, feeds string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	site = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/good" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, "203.0.113.9\n203.0.113.10\n")
	}))
	t.Cleanup(site.Close)
	return site, file(t, "feeds.yaml", fmt.Sprintf(`feeds:
  - {id: good, url: "%[1]s/good", category: brute_force, enabled: true}
  - {id: gone, url: "%[1]s/gone", category: tor, enabled: true}
  - {id: off, url: "%[1]s/off", category: tor}
`, site.URL)), asked
}

// TestThreatUpdate fetches one list that is there and one that is not.
func TestThreatUpdate(t *testing.T) {
	site, feeds, _ := feedSite(t)
	dir := filepath.Join(t.TempDir(), "new")
	update := func(names ...string) (string, error) {
		var out bytes.Buffer
		c := &threatCommand{streams: streams{out: &out, err: &out}, threatFlags: threatFlags{feedClient: site.Client()}}
		c.dir, c.feeds = dir, feeds
		err := c.update(t.Context(), names, false)
		return out.String(), err
	}
	out, err := update()
	if err == nil || !strings.Contains(err.Error(), "update gone: the server answers 404") || !strings.Contains(out, "new: 2 entries (+2)") || !strings.Contains(out, "failed") || strings.Contains(out, "off") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = update("good"); err != nil || !strings.Contains(out, "not due yet: 2 entries") || strings.Contains(out, "gone") {
		t.Errorf("%v\n%s", err, out)
	}
	for name, want := range map[string]string{"nobody": `there is no feed "nobody" in `, "off": "is not enabled"} {
		if _, err = update(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	r := sasumata(t, "", "threat", "list", "--dir", dir, "--feeds", feeds)
	if !strings.Contains(r.out, "updates failed in a row: 1, the last: the server answers 404 Not Found") {
		t.Errorf("the list of feeds does not say what failed:\n%s", r.out)
	}
}

func TestAnalyzeWithThreats(t *testing.T) {
	dir := threatFeeds(t)
	log := file(t, "auth.log", authLog())
	page := filepath.Join(t.TempDir(), "report.json")
	r := sasumata(t, "", "analyze", "--now", now, "--threats", dir, "--report", page, log)
	for _, want := range []string{"of listed addresses", "Login from an address on a threat list", "Attack from an address on a threat list", "What others say", "Guessers: brute force, malicious, 80 %"} {
		if r.code != exitFindings || !strings.Contains(r.out, want) {
			t.Errorf("exit %d, missing %q in\n%s", r.code, want, r.out)
		}
	}
	data, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(data, []byte(`"feed": "guessers"`)) || !bytes.Contains(data, []byte(`"events_of_listed_addresses": 9`)) || !bytes.Contains(data, []byte(`"threat_feeds"`)) || !bytes.Contains(data, []byte("--threats "+dir)) {
		t.Errorf("%v: the JSON report lacks the lists or the option", err)
	}
	count := func(args ...string) int {
		t.Helper()
		r := sasumata(t, "", append([]string{"analyze", "--now", now, "-o", "jsonl", log}, args...)...)
		return strings.Count(r.out, `"threat_`)
	}
	if n := count("--threats", dir); n == 0 {
		t.Error("no signal of a rule about threat lists")
	}
	for _, args := range [][]string{
		{},
		{"--threats", dir, "--own-networks", "203.0.113.0/24"},
		{"--threats", dir, "--allowlist", file(t, "allow.txt", "203.0.113.0-203.0.113.20\n")},
	} {
		if n := count(args...); n != 0 {
			t.Errorf("%v: %d signals of rules about threat lists", args, n)
		}
	}
	block := file(t, "block.txt", "203.0.113.9\n")
	if r = sasumata(t, "", "analyze", "--now", now, "--blocklist", block, log); !strings.Contains(r.out, "block list") {
		t.Error("the block list has no effect")
	}
	if r = sasumata(t, "", "analyze", "--now", now, "--blocklist", block, "--own-networks", "203.0.113.9", log); strings.Contains(r.out, "block list") {
		t.Error("an own address is on the block list")
	}
}

func TestParseMarksThreats(t *testing.T) {
	r := sasumata(t, authLog(), "parse", "--now", now, "--threats", threatFeeds(t))
	line, _, _ := strings.Cut(r.out, "\n")
	var got struct {
		Intel struct {
			Results []struct {
				Category string `json:"category"`
			} `json:"results"`
		} `json:"threat_intel"`
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil || len(got.Intel.Results) != 2 || got.Intel.Results[0].Category != "brute_force" {
		t.Errorf("%v: %s", err, line)
	}
}

// listedRule asks for what only threat lists say of an address.
const listedRule = `id: listed
name: Guesser on a list
type: log_detection
queries:
  - {query: '@evt.outcome:failure @threat_intel.results.category:brute_force', groupByFields: ['@network.client.ip']}
cases: [{status: high, condition: a > 0}]
options: {evaluationWindow: 300, keepAlive: 3600, maxSignalDuration: 7200}
message: x
`

func TestRuleBacktestAndExplainWithThreats(t *testing.T) {
	dir := threatFeeds(t)
	rule, log := file(t, "listed.yaml", listedRule), file(t, "auth.log", authLog())
	line, _, _ := strings.Cut(authLog(), "\n")
	for _, c := range []struct {
		name    string
		args    []string
		on      bool
		warning string
	}{
		{"without lists", nil, false, ""},
		{"with lists", []string{"--threats", dir}, true, "the threat list exits is 3 days old"},
		{"with one's own networks", []string{"--threats", dir, "--own-networks", "203.0.113.0/24"}, false, ""},
		{"with an allow list", []string{"--threats", dir, "--allowlist", file(t, "allow.txt", "203.0.113.9\n")}, false, ""},
		{"with another document of feeds", []string{"--threats", dir, "--feeds", file(t, "feeds.yaml", "feeds: []\n")}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sasumata(t, "", append([]string{"rule", "backtest", "--now", now, "--rules", rule, log}, c.args...)...)
			if got := strings.Contains(r.out, "listed  1"); got != c.on || r.code != exitClean || !strings.Contains(r.err, c.warning) {
				t.Errorf("backtest: exit %d %s, signals %v, want %v\n%s", r.code, r.err, got, c.on, r.out)
			}
			r = sasumata(t, "", append([]string{"rule", "explain", "--now", now, "--rules", rule, "--id", "listed", line}, c.args...)...)
			if got := strings.Contains(r.out, "✓ Guesser on a list"); got != c.on || r.code != exitClean || !strings.Contains(r.err, c.warning) {
				t.Errorf("explain: exit %d %s, counts %v, want %v\n%s", r.code, r.err, got, c.on, r.out)
			}
			if got := strings.Contains(r.out, `"category":"brute_force"`); got != c.on {
				t.Errorf("explain: the event is marked: %v, want %v\n%s", got, c.on, r.out)
			}
		})
	}
	for _, command := range []string{"backtest", "explain"} {
		r := sasumata(t, "", "rule", command, "--rules", rule, "--threats", filepath.Join(dir, "nowhere"), log)
		if r.code != exitClean || !strings.Contains(r.err, "no list was fetched for") {
			t.Errorf("%s with a folder that is not there: exit %d %s", command, r.code, r.err)
		}
		r = sasumata(t, "", "rule", command, "--rules", rule, "--threats", dir, "--own-networks", "here", log)
		if r.code != exitUsage || !strings.Contains(r.err, `"here" is no network`) {
			t.Errorf("%s with a network that is none: exit %d %s", command, r.code, r.err)
		}
	}
}
