package crs_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"

	"github.com/sasumata/sasumata/internal/waf/crs"
	"github.com/sasumata/sasumata/test/conformance"
)

// allVariable makes the comparisons with Coraza complete: half an hour instead of
// some seconds.
const allVariable = "SASUMATA_CORAZA_ALL"

// oracle is Coraza with the Core Rule Set, and with what stands behind it.
func oracle(tb testing.TB, level int, behind ...crs.File) coraza.WAF {
	tb.Helper()
	config := coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(fmt.Sprintf(`
		SecRuleEngine DetectionOnly
		SecRequestBodyAccess On
		SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
		SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
		SecRule REQUEST_HEADERS:Content-Type "^application/[a-z0-9.-]+[+]json" "id:200006,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
		SecAction "id:900000,phase:1,pass,nolog,setvar:tx.crs_setup_version=4250,setvar:tx.blocking_paranoia_level=%d,setvar:tx.detection_paranoia_level=%d"
		Include @owasp_crs/REQUEST-*.conf`, level, level))
	for _, f := range behind {
		config = config.WithDirectives(string(f.Data))
	}
	waf, err := coraza.NewWAF(config)
	if err != nil {
		tb.Fatal(err)
	}
	return waf
}

// ask returns the ids of the rules that match in Coraza, of those known to us.
func ask(waf coraza.WAF, known map[int]bool, r crs.Request) []int {
	tx := waf.NewTransaction()
	defer tx.Close()
	tx.ProcessConnection("192.0.2.1", 40000, "192.0.2.2", 80)
	tx.ProcessURI(r.URI, r.Method, r.Protocol)
	tx.AddRequestHeader("Host", "www.example.com")
	tx.AddRequestHeader("Accept", "text/html")
	for _, h := range [][2]string{{"User-Agent", r.UserAgent}, {"Referer", r.Referer}, {"Cookie", r.Cookie}} {
		if h[1] != "" {
			tx.AddRequestHeader(h[0], h[1])
		}
	}
	if r.ContentType != "" {
		tx.AddRequestHeader("Content-Type", r.ContentType)
	}
	if r.Body != "" {
		tx.AddRequestHeader("Content-Length", fmt.Sprint(len(r.Body)))
	}
	tx.ProcessRequestHeaders()
	if r.Body != "" {
		_, _, _ = tx.WriteRequestBody([]byte(r.Body))
	}
	_, _ = tx.ProcessRequestBody()
	var list []int
	for _, rule := range tx.MatchedRules() {
		if id := rule.Rule().ID(); known[id] && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// typeOf is what a client would say of a body of which a test does not say the kind.
func typeOf(body string) string {
	switch {
	case json.Valid([]byte(body)) && strings.ContainsAny(body[:1], "{["):
		return "application/json"
	case strings.HasPrefix(body, "<?xml "):
		return "text/xml"
	default:
		return "application/x-www-form-urlencoded"
	}
}

// comparison counts how often the two engines say the same.
type comparison struct {
	set        *crs.Set
	machine    *crs.Machine
	waf        coraza.WAF
	known      map[int]bool
	same, all  int
	attacks    int
	differ     map[int]int
	unstable   int
	shown, max int
	// damaged says that Coraza does not read all of the request at hand: what it finds
	// must be found, and more may be.
	damaged bool
	broken  int
}

func newComparison(tb testing.TB, level int) *comparison {
	tb.Helper()
	c := &comparison{set: coreRules(tb, level), waf: oracle(tb, level), known: map[int]bool{}, differ: map[int]int{}, max: 12}
	c.machine = c.set.NewMachine(crs.DefaultMemo())
	for _, r := range c.set.Rules() {
		c.known[r.ID] = true
	}
	return c
}

func (c *comparison) one(t *testing.T, r crs.Request) {
	t.Helper()
	if r.Body != "" {
		r.ContentType = cmp.Or(r.ContentType, typeOf(r.Body))
	}
	got, want := ids(c.set, c.machine, r), ask(c.waf, c.known, r)
	// Coraza goes through parameters in the order of a map: what depends on the last
	// one is asked again.
	for again := 0; again < 30 && !slices.Equal(got, want); again++ {
		if next := ask(c.waf, c.known, r); !slices.Equal(next, want) {
			want = next
			c.unstable++
		}
	}
	if c.damaged {
		got = slices.DeleteFunc(got, func(id int) bool { return !slices.Contains(want, id) })
	}
	c.all++
	if len(want) > 0 {
		c.attacks++
	}
	if slices.Equal(got, want) {
		c.same++
		return
	}
	var diff []int
	for _, id := range append(slices.Clone(got), want...) {
		if slices.Contains(got, id) != slices.Contains(want, id) {
			c.differ[id]++
			diff = append(diff, id)
		}
	}
	if c.shown++; c.shown <= c.max {
		t.Logf("differ in %v: we say %v, Coraza %v: %+.600q", diff, got, want, r)
	}
}

// report states the share of requests that both judge alike.
func (c *comparison) report(t *testing.T, least float64) {
	t.Helper()
	t.Logf("%d of %d requests alike (%.4f %%), %d with a match; differences by rule %v; %d answers of Coraza were unstable",
		c.same, c.all, 100*float64(c.same)/float64(max(c.all, 1)), c.attacks, c.differ, c.unstable)
	if c.attacks < c.all/20 {
		t.Errorf("only %d of %d requests match a rule: too one-sided to compare", c.attacks, c.all)
	}
	if float64(c.same) < least*float64(c.all) {
		t.Errorf("%d of %d requests alike, want %.2f %%", c.same, c.all, 100*least)
	}
}

// share is the number of items of which one is taken.
func share(all int) int {
	switch {
	case os.Getenv(allVariable) != "":
		return 1
	case crs.RaceDetector:
		return 10 * all // nothing here runs at once
	default:
		return all
	}
}

func TestSameRulesAsCorazaOnRecordedRequests(t *testing.T) {
	for level := 1; level <= 2; level++ {
		t.Run(fmt.Sprint("paranoia level ", level), func(t *testing.T) {
			web, params := conformance.Dir(t, "web", "expect.jsonl.gz"), conformance.Dir(t, "httpparams", "expect.jsonl.gz")
			c := newComparison(t, level)
			step := share(40 * level)
			for i, r := range append(requestsOf(t, web), requestsOf(t, params)...) {
				if i%step == 0 {
					c.one(t, r)
				}
			}
			c.report(t, leastAlike(level))
		})
	}
}

func leastAlike(level int) float64 {
	if level == 1 {
		return 1
	}
	return 0.999
}

// requestsOf reads the log lines of a set.
func requestsOf(t *testing.T, name string) []crs.Request {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var list []crs.Request
	for lines := bufio.NewScanner(z); lines.Scan(); {
		var record struct{ Log string }
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			t.Fatal(err)
		}
		if r, ok := requestOf(record.Log); ok {
			list = append(list, r)
		}
	}
	return list
}

func TestSameRulesAsCorazaOnItsOwnTests(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	list := regressions(t)
	if len(list) < 4000 {
		t.Fatalf("%d tests of the rule set", len(list))
	}
	for level := 1; level <= 4; level++ {
		t.Run(fmt.Sprint("paranoia level ", level), func(t *testing.T) {
			c := newComparison(t, level)
			step := share(8 * level * max(1, level-1))
			for i, r := range list {
				if i%step == 0 {
					c.one(t, r)
				}
			}
			c.report(t, leastAlike(level))
		})
	}
}

func TestSameRulesAsCorazaOnMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	list := regressions(t)
	for level := 1; level <= 2; level++ {
		t.Run(fmt.Sprint("paranoia level ", level), func(t *testing.T) {
			c := newComparison(t, level)
			random := rand.New(rand.NewPCG(11, uint64(level)))
			for range 20_000 / share(40*level) {
				c.one(t, mutate(random, list[random.IntN(len(list))], list[random.IntN(len(list))]))
			}
			c.report(t, leastAlike(level))
		})
	}
}

// mutate mixes two requests and damages the result.
func mutate(random *rand.Rand, a, b crs.Request) crs.Request {
	if random.IntN(2) == 0 {
		a.UserAgent, a.Referer = b.URI, b.UserAgent
	}
	if a.ContentType == "application/*+json" { // JSON here, and not in Coraza
		a.ContentType, a.Body = "", ""
	}
	if random.IntN(2) == 0 && a.Body != "" && len(a.Body) < crs.MaxPart/2 {
		a.URI, a.Body, a.ContentType = "/x?"+a.Body, "", ""
	}
	pieces := []string{"'", "\"", "<", ">", "%27", "%2527", "+", "%u0027", "\\u0027", "&", "=", "/", "../", "%00", ";", "é", "\xff", "K", "ſ", "--", "/**/", "&lt;", "\\", "#", "|", "`", "${", "}", "A"}
	for range 1 + random.IntN(4) {
		text := &a.URI
		switch random.IntN(5) {
		case 0:
			text = &a.UserAgent
		case 1:
			text = &a.Referer
		case 2:
			if text = &a.Cookie; *text == "" {
				text = &a.URI
			}
		}
		at := random.IntN(len(*text) + 1)
		switch random.IntN(3) {
		case 0:
			*text = (*text)[:at] + pieces[random.IntN(len(pieces))] + (*text)[at:]
		case 1:
			*text = (*text)[:at] + (*text)[min(len(*text), at+1+random.IntN(4)):]
		case 2:
			*text = (*text)[:at] + strings.ToUpper((*text)[at:min(len(*text), at+5)]) + (*text)[min(len(*text), at+5):]
		}
	}
	if a.URI == "" {
		a.URI = "/"
	}
	return a
}
