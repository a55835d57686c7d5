package detect

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// countRule is a rule that counts @o:f by @ip.
func countRule(t testing.TB, windows, condition string) *rule.Rule {
	t.Helper()
	return mustRule(t, threshold(windows, []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"low: " + condition}))
}

// newEngine returns an engine that supports all the rules.
func newEngine(t testing.TB, opts Options, rules ...*rule.Rule) *Engine {
	t.Helper()
	en, refused := New(rules, opts)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	return en
}

func TestUnsupportedRulesAreNamedAndNotRun(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		r := mustRule(t, text)
		_, refused := New([]*rule.Rule{r}, Options{})
		if len(refused) != 1 || refused[0].Rule != r || refused[0].Reason != want {
			t.Errorf("got %v, want %q", refused, want)
		}
		r.Enabled = false
		if _, refused = New([]*rule.Rule{r}, Options{}); len(refused) > 0 {
			t.Errorf("disabled: %v", refused)
		}
	}
	query := []string{"@o:f | name: a"}
	f(threshold("300/300/300", []string{"@o:f | name: a, aggregation: new_value, metrics: ['@x']"}, []string{"low: a > 0"}),
		"the aggregation new_value of query a is not for the method threshold")
	f(threshold("300/300/300", query, []string{"low: "}, "option detectionMethod: new_value"),
		"the method new_value needs queries of the aggregation new_value, the query a has count")
	f(threshold("0/300/300", []string{"@o:f | name: a", "@o:s | name: b"}, []string{"low: a > 0 THEN b > 0"}),
		"a condition with THEN needs an evaluationWindow")
	f(threshold("0/300/300", query, []string{"low: x > 0"}, "option detectionMethod: sequence_detection",
		"option sequenceDetectionOptions: {steps: [{name: x, condition: a > 0, evaluationWindow: 60}], stepTransitions: [{parent: x, child: x, evaluationWindow: 60}]}"),
		"the transitions of the sequence go round in a circle")
	f(threshold("0/0/0", query, []string{"low: a > 0"}, "option detectionMethod: hardcoded", "option hardcodedEvaluatorType: other"),
		`nobody knows the hardcoded evaluator "other"`)
	f(threshold("0/300/300", []string{"@o:f | name: a, aggregation: none"}, []string{"low: "}, "option detectionMethod: isolation_forest", "option isolationForestOptions: {features: [a]}"),
		"the aggregation none of query a is not for the method isolation_forest, which counts")
	f(threshold("300/300/300", []string{" | name: a, ruleId: gone, correlatedByFields: [host]"}, []string{"low: a > 0"}, "type: signal_correlation"),
		"the query a counts the signals of the rule gone, which does not run")
	f(threshold("300/300/300", query, []string{"low: a > 0"}, "schedulingOptions: {rrule: FREQ=HOURLY}"),
		"scheduled rules are read and checked, not run")
	f(threshold("300/300/300", query, []string{"low: a > 0"}, "referenceTables: [{tableName: t, columnName: c, logFieldPath: x}]"),
		"it uses reference tables, and there are none")
	f(threshold("300/300/300", query, []string{"low: a > 9000000"}),
		`the condition "a > 9000000" compares with more than 1048576 events`)
}

func TestSignalOfTheEngine(t *testing.T) {
	text := threshold("300/3600/7200", []string{"@o:f | name: a, groupByFields: ['@network.client.ip']"}, []string{"high Attempted: a > 1"},
		"id: brute", "nameJa: 総当たり", "category: bruteforce", "runbook: ssh/brute", "hasExtendedTitle: true", "tags: [security:attack]")
	text = strings.Replace(text, "message: ''", "message: '{{@usr.id}} from {{@network.client.ip}}: {{events_matched}}, {{case_name}} {{severity}}'", 1)
	text = strings.Replace(text, "notifications: []", "notifications: ['@ops'], actions: [{type: block_ip, options: {duration: 900}}]", 1)
	en := newEngine(t, Options{}, mustRule(t, text))
	var got []signal.Finding
	play(t, en, "0 o=f network.client.ip=192.0.2.1 usr.id=bob host=web-1\n2 o=f network.client.ip=192.0.2.1 usr.id=alice host=web-1 tag=env:prod",
		func(f signal.Finding) { got = append(got, f) })
	if len(got) != 1 {
		t.Fatalf("got %d findings, want 1", len(got))
	}
	ns := start().UnixNano()
	want := &signal.Signal{
		ID:     signal.NewID("brute", []signal.GroupValue{{Path: "network.client.ip", Value: "192.0.2.1"}}, ns+2e9, 2, got[0].Signal.Samples[1].Text),
		RuleID: "brute", Rule: "Test", RuleJA: "総当たり", Case: "Attempted", Condition: "a > 1", Title: "Test - Attempted (192.0.2.1)",
		Severity: signal.High, Category: "bruteforce", Message: "alice from 192.0.2.1: 2, Attempted 3",
		Group: []signal.GroupValue{{Path: "network.client.ip", Value: "192.0.2.1"}},
		Entities: []signal.Entity{
			{Kind: "ip", Value: "192.0.2.1", Events: 2},
			{Kind: "user", Value: "alice", Events: 1},
			{Kind: "host", Value: "web-1", Events: 2},
			{Kind: "user", Value: "bob", Events: 1},
		},
		Tags: []string{"security:attack", "env:prod"}, FirstSeen: ns, LastSeen: ns + 2e9, Time: ns + 2e9, Events: 2,
		Queries: []signal.QueryCount{{Name: "a", Count: 2}}, Runbook: "ssh/brute", Window: 300e9,
		Samples: []signal.Sample{
			{Time: ns, Line: 1, Text: "0 o=f network.client.ip=192.0.2.1 usr.id=bob host=web-1 #0"},
			{Time: ns + 2e9, Line: 2, Text: "2 o=f network.client.ip=192.0.2.1 usr.id=alice host=web-1 tag=env:prod #0"},
		},
		Notify: []string{"@ops"}, Actions: []signal.Action{{Type: "block_ip", Duration: 900e9}},
	}
	if diff := cmp.Diff(want, got[0].Signal); diff != "" {
		t.Errorf("signal (-want +got):\n%s", diff)
	}
}

func TestTitleAndEntitiesOfAGroup(t *testing.T) {
	f := func(name, groupBy, timeline, title string, more ...string) func(entities ...signal.Entity) {
		t.Helper()
		text := threshold("300/3600/7200", []string{"@o:f | name: a, hasOptionalGroupByFields: true, groupByFields: [" + groupBy + "]"}, []string{"low Many: a > 1"},
			append(more, "hasExtendedTitle: true")...)
		var got *signal.Signal
		play(t, newEngine(t, Options{}, mustRule(t, text)), timeline, func(f signal.Finding) { got = f.Signal })
		return func(entities ...signal.Entity) {
			t.Helper()
			if got == nil {
				t.Fatalf("%s: no signal", name)
			}
			if got.Title != title {
				t.Errorf("%s: the title is %q, want %q", name, got.Title, title)
			}
			if diff := cmp.Diff(entities, got.Entities); diff != "" {
				t.Errorf("%s: entities (-want +got):\n%s", name, diff)
			}
		}
	}
	one := func(kind, value string, events int64) signal.Entity {
		return signal.Entity{Kind: kind, Value: value, Events: events}
	}
	id := strings.Repeat("0123456789abcdef", 4)
	f("a container", "'@container.id'", "0 o=f container.id="+id+"\n1 o=f container.id="+id, "Test - Many (0123456789ab)")(one("container", id, 2))

	// A missing value that a group may lack is in neither.
	const byUser = "'@network.client.ip', '@usr.id'"
	f("no user", byUser, "0 o=f network.client.ip=192.0.2.1 x2/1", "Test - Many (192.0.2.1)")(one("ip", "192.0.2.1", 2))
	f("an empty user", byUser, "0 o=f network.client.ip=192.0.2.1 usr.id= x2/1", "Test - Many (192.0.2.1)")(one("ip", "192.0.2.1", 2))
	f("nothing of both", byUser, "0 o=f x2/1", "Test - Many")()
	f("both", byUser, "0 o=f network.client.ip=192.0.2.1 usr.id=bob x2/1", "Test - Many (192.0.2.1, bob)")(one("ip", "192.0.2.1", 2), one("user", "bob", 2))

	f("a service", "service, source, host", "0 o=f service=shop source=json host=web-1 x2/1", "Test - Many (shop, json, web-1)")(
		one("service", "shop", 2), one("service", "json", 2), one("host", "web-1", 2))

	// A network is one, and that of a single address is an address.
	const byAddress = "'@network.client.ip'"
	f("a network", byAddress, "0 o=f network.client.ip=192.0.2.1\n1 o=f network.client.ip=192.0.2.2", "Test - Many (192.0.2.0/24)", "groupByPrefix: {'@network.client.ip': {ipv4: 24}}")(
		one("network", "192.0.2.0/24", 2), one("ip", "192.0.2.2", 1), one("ip", "192.0.2.1", 1))
	f("an IPv6 network", byAddress, "0 o=f network.client.ip=2001:db8::1\n1 o=f network.client.ip=2001:db8::2", "Test - Many (2001:db8::/64)", "groupByPrefix: {'@network.client.ip': {ipv6: 64}}")(
		one("network", "2001:db8::/64", 2), one("ip", "2001:db8::2", 1), one("ip", "2001:db8::1", 1))
	f("an address whose networks are not asked for", byAddress, "0 o=f network.client.ip=192.0.2.1 x2/1", "Test - Many (192.0.2.1)", "groupByPrefix: {'@network.client.ip': {ipv6: 64}}")(
		one("ip", "192.0.2.1", 2))
	f("the network of one address", byAddress, "0 o=f network.client.ip=192.0.2.1 x2/1", "Test - Many (192.0.2.1)", "groupByPrefix: {'@network.client.ip': {ipv4: 32}}")(
		one("ip", "192.0.2.1", 2))
	f("the IPv6 network of one address", byAddress, "0 o=f network.client.ip=2001:DB8::1 x2/1", "Test - Many (2001:db8::1)", "groupByPrefix: {'@network.client.ip': {ipv6: 128}}")(
		one("ip", "2001:db8::1", 2), one("ip", "2001:DB8::1", 2))
	f("what is no address", "'@peer'", "0 o=f peer=web/7 x2/1", "Test - Many (web/7)", "groupByPrefix: {'@peer': {ipv4: 24}}")(one("value", "web/7", 2))
}

func TestFindingsAreSnapshots(t *testing.T) {
	en := newEngine(t, Options{}, countRule(t, "300/3600/7200", "a > 0"))
	var first *signal.Signal
	var before []byte
	play(t, en, "0 o=f ip=1 x200/1", func(f signal.Finding) {
		if first == nil {
			first, before = f.Signal, f.Signal.AppendJSON(nil)
		}
	})
	if after := first.AppendJSON(nil); !bytes.Equal(before, after) {
		t.Errorf("the first finding changed:\n%s\n%s", before, after)
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	en := newEngine(t, Options{}, mustRule(t, threshold("300/3600/7200", []string{"@o:f | name: a"}, []string{"low: a > 0"})))
	e := event.New()
	var last *signal.Signal
	emit := func(f signal.Finding) { last = f.Signal }
	for i := range 1000 {
		e.Reset()
		e.Time = start().UnixNano() + int64(i)*1e6
		e.Raw = strings.Repeat("ж", 5000)
		e.Set("o", event.StringValue("f"))
		e.Set(event.UserID, event.StringValue(fmt.Sprintf("%d%s", i, strings.Repeat("u", 10_000))))
		for j := range 100 {
			e.AddTag(fmt.Sprintf("t%d:%d", j, i))
		}
		en.Observe(e, emit)
	}
	en.Flush(emit)
	if len(last.Samples) != maxSamples || len(last.Entities) != maxEntities || len(last.Tags) != maxTags || last.Events != 1000 {
		t.Errorf("%d samples, %d entities, %d tags, %d events", len(last.Samples), len(last.Entities), len(last.Tags), last.Events)
	}
	if d := cmp.Diff([]signal.Unlisted{{Kind: signal.KindUser, Events: 1000 - maxEntities}}, last.Unlisted); d != "" {
		t.Errorf("unlisted entities (-want +got):\n%s", d)
	}
	for _, s := range last.Samples {
		if len(s.Text) > maxSampleBytes {
			t.Errorf("a sample has %d bytes", len(s.Text))
		}
	}
	if n := len(last.Entities[0].Value); n > maxText+8 {
		t.Errorf("an entity has %d bytes", n)
	}
}

func TestGroupsAreBoundedByNumber(t *testing.T) {
	en := newEngine(t, Options{MaxGroups: 100}, countRule(t, "300/3600/7200", "a > 1"))
	closed := 0
	emit := func(f signal.Finding) {
		if f.Change == signal.Closed {
			closed++
		}
	}
	play(t, en, "0 o=f ip=victim x2/0\n0 o=f ip={i} x5000/0\n1 o=f ip=4999\n1 o=f ip=victim", emit)
	s := en.Stats()
	if s.Groups != 100 || s.Evicted != 4902 || closed != 1 || s.Opened != 2 {
		t.Errorf("%d groups, %d evicted, %d closed, %d opened: the longest idle must go first", s.Groups, s.Evicted, closed, s.Opened)
	}
}

func TestGroupsAreBoundedByMemory(t *testing.T) {
	const budget = 1 << 20
	en := newEngine(t, Options{MemoryBudget: budget}, countRule(t, "86400/86400/86400", "a > 100000"))
	e := event.New()
	for i := range 200_000 {
		e.Reset()
		e.Time = start().UnixNano() + int64(i)*1e6
		e.Set("o", event.StringValue("f"))
		e.Set("ip", event.IntValue(int64(i%97)))
		en.Observe(e, func(signal.Finding) {})
		if s := en.Stats(); s.Bytes > budget+200_000 {
			t.Fatalf("%d bytes after %d events", s.Bytes, i)
		}
	}
	if s := en.Stats(); s.Evicted == 0 || s.Groups < 2 {
		t.Errorf("%d evicted, %d groups", s.Evicted, s.Groups)
	}
}

func TestIdleGroupsAreForgotten(t *testing.T) {
	en := newEngine(t, Options{}, countRule(t, "300/3600/7200", "a > 5"))
	play(t, en, "0 o=f ip={i} x1000/0\n301 o=x x1024/0", func(signal.Finding) {})
	if s := en.Stats(); s.Groups != 0 || s.Bytes != 0 || s.Evicted != 0 {
		t.Errorf("%d groups, %d bytes, %d evicted", s.Groups, s.Bytes, s.Evicted)
	}
}

func TestHostileEvents(t *testing.T) {
	en := newEngine(t, Options{}, countRule(t, "300/3600/7200", "a > 2"), mustRule(t, threshold("60/300/600",
		[]string{"* | name: n, aggregation: cardinality, distinctFields: ['@u'], groupByFields: ['@ip', '@x', '@y']", "* | name: s, aggregation: sum, metric: '@b', groupByFields: ['@ip', '@x', '@y']"},
		[]string{"low: n > 5 || s > 1"})))
	e := event.New()
	emit := func(signal.Finding) {}
	random := rand.New(rand.NewPCG(1, 2))
	times := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, start().UnixNano(), 1 << 62, -(1 << 62)}
	for i := range 5000 {
		e.Reset()
		e.Time = times[random.IntN(len(times))] + random.Int64N(1e12)
		e.Set("o", event.StringValue("f"))
		for _, key := range []string{"ip", "x", "y", "u", "b"} {
			list := e.NewArray()
			for range random.IntN(40) {
				e.Append(list, event.IntValue(random.Int64N(100)-50))
			}
			e.Set(key, list)
		}
		if i%7 == 0 {
			e.Set("ip", event.StringValue(strings.Repeat("\xff\x00", random.IntN(2000))))
		}
		en.Observe(e, emit)
	}
	if s := en.Stats(); s.Cut == 0 || s.Backwards == 0 || s.NoTime != 0 {
		t.Errorf("%+v", s)
	}
	en.Flush(emit)
	if s := en.Stats(); s.Groups != 0 || s.Open != 0 || s.Bytes != 0 {
		t.Errorf("after the end: %+v", s)
	}
}

func TestLongValuesStayApart(t *testing.T) {
	en := newEngine(t, Options{}, countRule(t, "300/3600/7200", "a > 1"))
	long := strings.Repeat("x", 300)
	play(t, en, "0 o=f ip="+long+"1\n0 o=f ip="+long+"2", func(f signal.Finding) { t.Errorf("two long values were one group: %s", describe(f)) })
	if s := en.Stats(); s.Groups != 2 {
		t.Errorf("%d groups, want 2", s.Groups)
	}
}

// TestTwoRunsAreEqual plays random events twice and compares every byte.
func TestTwoRunsAreEqual(t *testing.T) {
	run := func() []byte {
		en := newEngine(t, Options{MaxGroups: 50}, countRule(t, "60/300/600", "a > 3"), countRule(t, "0/0/0", "a > 0"))
		random := rand.New(rand.NewPCG(3, 4))
		var out []byte
		emit := func(f signal.Finding) { out = append(f.Signal.AppendJSON(append(out, f.Change.String()...)), '\n') }
		e := event.New()
		for i := range 5000 {
			e.Reset()
			e.Line = int64(i)
			e.Time = start().UnixNano() + int64(i)*1e8 - random.Int64N(3e10)
			e.Set("o", event.StringValue("f"))
			e.Set("ip", event.IntValue(random.Int64N(80)))
			en.Observe(e, emit)
		}
		en.Flush(emit)
		return out
	}
	a, b := run(), run()
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("%d and %d bytes of findings differ, or are none", len(a), len(b))
	}
}

func TestIDsDiffer(t *testing.T) {
	en := newEngine(t, Options{}, countRule(t, "0/0/0", "a > 0"))
	seen := map[string]bool{}
	play(t, en, "0 o=f ip=1 x5/0\n0 o=f ip=2 x5/0", func(f signal.Finding) {
		if f.Change == signal.Opened && seen[f.Signal.ID] {
			t.Errorf("the id %s comes twice", f.Signal.ID)
		}
		seen[f.Signal.ID] = true
	})
	if len(seen) != 10 {
		t.Errorf("%d ids, want 10", len(seen))
	}
}

func TestManyRulesAnswerInOrder(t *testing.T) {
	var rules []*rule.Rule
	var want, got []string
	for i := range 130 {
		id := fmt.Sprintf("r%03d", i)
		rules = append(rules, mustRule(t, threshold("0/0/0", []string{fmt.Sprintf("@n:>=%d | name: a", i/2)}, []string{"low: a > 0"}, "id: "+id)))
		if i/2 <= 50 {
			want = append(want, id)
		}
	}
	play(t, newEngine(t, Options{}, rules...), "0 n=50", func(f signal.Finding) {
		if f.Change == signal.Opened {
			got = append(got, f.Signal.RuleID)
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestAdvanceCloses(t *testing.T) {
	en := newEngine(t, Options{}, countRule(t, "60/300/600", "a > 0"))
	var got []string
	emit := func(f signal.Finding) { got = append(got, describe(f)) }
	play(t, en, "0 o=f", emit)
	play(t, en, "0 o=f ip=1", emit)
	en.Advance(start().UnixNano()+299e9, emit)
	en.Advance(start().UnixNano()+300e9, emit)
	want := []string{"opened low ip=1 events=1 a=1 at 0 of 0..0", "closed low ip=1 events=1 a=1 at 0 of 0..0 closed 300"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if s := en.Stats(); s.Groups != 0 || s.Open != 0 {
		t.Errorf("%+v", s)
	}
}

func TestTablesDoNotAllocate(t *testing.T) {
	text := threshold("300/3600/7200", []string{"@evt.category:authentication | name: a, groupByFields: ['@network.client.ip']"}, []string{"low: a > 0"},
		"referenceTables: [{tableName: bad, columnName: ip, logFieldPath: '@network.client.ip', checkPresence: true}]")
	en := newEngine(t, Options{Tables: rule.TablesFunc(func(_, _, value string) bool { return value == "192.0.2.1" })}, mustRule(t, text))
	e := event.New()
	at := start().UnixNano()
	step := func() {
		at += 1e6
		loginEvent(e, "192.0.2.1", at)
		en.Observe(e, func(signal.Finding) {})
	}
	for range 400 {
		step()
	}
	if n := testing.AllocsPerRun(100, step); n != 0 || en.Stats().Open != 1 {
		t.Errorf("%v allocations an event, want 0; %d signals", n, en.Stats().Open)
	}
}
