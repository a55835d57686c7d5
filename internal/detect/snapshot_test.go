package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// everyMethod returns a rule of each method over events with the attributes o, ip,
// u, app, bytes and geo.
func everyMethod(t testing.TB) []*rule.Rule {
	t.Helper()
	const byIP = "groupByFields: ['@ip']"
	failures, successes := "@o:f | name: a, "+byIP, "@o:s | name: b, "+byIP
	method := func(name string, more ...string) []string { return append(more, "option detectionMethod: "+name) }
	var rules []*rule.Rule
	add := func(id, windows string, queries, cases []string, more ...string) {
		rules = append(rules, mustRule(t, threshold(windows, queries, cases, append(more, "id: "+id)...)))
	}
	add("threshold", "60/300/600", []string{failures, successes}, []string{"high Both: a > 3 && b > 0", "low: a > 3"})
	add("distinct", "60/60/600", []string{"* | name: a, aggregation: cardinality, distinctFields: ['@u'], " + byIP}, []string{"low: a > 4"})
	add("sum", "60/60/60", []string{"* | name: a, aggregation: sum, metric: '@bytes', " + byIP}, []string{"low: a > 400"})
	add("then", "60/300/600", []string{failures, successes}, []string{"low: a > 2 THEN b > 0"})
	add("sequence", "0/300/600", []string{failures, successes}, []string{"medium: y > 0"}, method("sequence_detection",
		"option sequenceDetectionOptions: {steps: [{name: x, condition: a > 1, evaluationWindow: 60}, {name: y, condition: b > 1, evaluationWindow: 60}], stepTransitions: [{parent: x, child: y, evaluationWindow: 300}]}")...)
	add("new", "0/300/600", []string{"* | name: a, aggregation: new_value, metrics: ['@app'], groupByFields: ['@u']"}, []string{"low: "}, method("new_value",
		"option newValueOptions: {forgetAfter: 1, learningMethod: threshold, learningThreshold: 1}")...)
	add("travel", "0/300/600", []string{"@o:s | name: a, aggregation: geo_data, metric: '@geo', groupByFields: ['@u']"}, []string{"low: "}, method("impossible_travel")...)
	add("anomaly", "300/300/600", []string{failures}, []string{"low: a > 0.9"}, method("anomaly_detection", "option anomalyDetectionOptions: {bucketDuration: 300, learningDuration: 1, detectionTolerance: 1}")...)
	add("seasonal", "300/300/600", []string{failures}, []string{"low: a > 0.5"}, method("anomaly_detection", "option anomalyDetectionOptions: {bucketDuration: 300, learningDuration: 1, detectionTolerance: 1, detector: seasonal}")...)
	add("bucket", "0/60/600", []string{failures}, []string{"low: "}, method("leaky_bucket", "option leakyBucket: {capacity: 2, leakSpeed: 20, distinct: '@u', blackhole: 60}")...)
	add("forest", "0/300/600", []string{failures, "* | name: c, " + byIP}, []string{"low: score > 0.3 && c > 0"}, method("isolation_forest",
		"option isolationForestOptions: {bucketDuration: 60, features: [a, a/c, hour], learningDuration: 1, learningBuckets: 64, retrainInterval: 1}")...)
	add("roof", "60/300/600", []string{"* | name: a, groupByFields: ['@ip', '@u']"}, []string{"low: a > 2"}, "groupSignalsBy: ['@u']")
	add("correlated", "300/300/600", []string{" | name: s, ruleId: threshold, aggregation: event_count, correlatedByFields: ['@ip']", " | name: l, ruleId: bucket, aggregation: event_count, correlatedByFields: ['@ip']"},
		[]string{"critical: s > 0 && l > 0"}, "type: signal_correlation")
	rules = append(rules, mustRule(t, "id: third\nname: Third\noptions: {detectionMethod: third_party, keepAlive: 300, maxSignalDuration: 600, thirdPartyRuleOptions: {rootQueries: [{query: '@app:x1', groupByFields: ['@ip']}, {query: '@app:x2'}]}}\n"))
	return rules
}

// randomEvents calls observe for a random timeline that is partly out of order.
func randomEvents(seed uint64, n int, observe func(i int, e *event.Event)) {
	random := rand.New(rand.NewPCG(seed, 11))
	e := event.New()
	now := start().UnixNano()
	for i := range n {
		now += random.Int64N(20e9)
		e.Reset()
		e.Line = int64(i)
		e.Time = now - random.Int64N(3)*random.Int64N(30e9)
		if random.IntN(300) == 0 {
			e.Time += 1e16
		}
		e.Raw = fmt.Sprintf("line %d", i)
		e.AddTag(fmt.Sprintf("env:%d", random.IntN(3)))
		e.Set("o", event.StringValue([]string{"f", "f", "s"}[random.IntN(3)]))
		e.Set("ip", event.IntValue(random.Int64N(3)))
		e.Set("u", event.StringValue(fmt.Sprintf("u%d", random.IntN(6))))
		e.Set("app", event.StringValue(fmt.Sprintf("x%d", random.IntN(40))))
		e.Set(event.ClientIP, event.StringValue(fmt.Sprintf("192.0.2.%d", random.IntN(50))))
		e.Set(event.UserName, event.StringValue(strings.Repeat("n", random.IntN(30))))
		e.Set("bytes", event.IntValue(random.Int64N(200)))
		if random.IntN(2) == 0 {
			e.Set("geo.location.latitude", event.FloatValue(random.Float64()*180-90))
			e.Set("geo.location.longitude", event.FloatValue(random.Float64()*360-180))
		}
		observe(i, e)
	}
}

// TestSnapshotAnywhere stops at many places, goes on in a new engine, and compares
// every byte of every finding with a run that was not stopped.
func TestSnapshotAnywhere(t *testing.T) {
	const events = 1500
	rules := everyMethod(t)
	for _, opts := range []Options{{}, {MaxGroups: 30}, {MemoryBudget: 64 << 10}} {
		run := func(stops map[int]bool) (string, Stats) {
			var out bytes.Buffer
			emit := func(f signal.Finding) {
				fmt.Fprintf(&out, "%s %s\n", f.Change, f.Signal.AppendJSON(nil))
			}
			en := newEngine(t, opts, rules...)
			randomEvents(3, events, func(i int, e *event.Event) {
				if stops[i] {
					en = restored(t, en, opts, rules)
				}
				en.Observe(e, emit)
			})
			en.Flush(emit)
			return out.String(), en.Stats()
		}
		want, wantStats := run(nil)
		for _, id := range []string{"threshold", "distinct", "sum", "then", "sequence", "new", "travel", "anomaly", "seasonal", "bucket", "forest", "roof", "correlated", "third"} {
			if opts.MaxGroups == 0 && opts.MemoryBudget == 0 && !strings.Contains(want, `"rule_id":"`+id+`"`) {
				t.Errorf("the rule %s found nothing: the test is worth less", id)
			}
		}
		stops := map[int]bool{}
		for i := 0; i < events; i += 37 {
			stops[i] = true
		}
		got, gotStats := run(stops)
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Fatalf("%+v: findings differ (-one run +many):\n%s", opts, diff)
		}
		if diff := cmp.Diff(wantStats, gotStats); diff != "" {
			t.Errorf("%+v: counters (-one run +many):\n%s", opts, diff)
		}
	}
}

// restored returns a new engine that goes on where the other one stands.
func restored(t *testing.T, en *Engine, opts Options, rules []*rule.Rule) *Engine {
	t.Helper()
	var file bytes.Buffer
	if err := en.Snapshot(&file, []byte("line 7")); err != nil {
		t.Fatal(err)
	}
	again := newEngine(t, opts, rules...)
	got, err := again.Restore(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Position) != "line 7" || got.Groups != en.Stats().Groups || got.Dropped != 0 {
		t.Fatalf("restored %+v of %d groups", got, en.Stats().Groups)
	}
	var second bytes.Buffer
	if err := again.Snapshot(&second, []byte("line 7")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file.Bytes(), second.Bytes()) {
		t.Fatal("the snapshot of a restored engine differs")
	}
	return again
}

func TestRestoreWithOtherRules(t *testing.T) {
	old := threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"low: a > 0"}, "id: a")
	other := strings.Replace(old, "id: a", "id: b", 1)
	en := newEngine(t, Options{}, mustRule(t, old), mustRule(t, other))
	play(t, en, "0 o=f ip=1\n1 o=f ip=2", func(signal.Finding) {})
	var file bytes.Buffer
	if err := en.Snapshot(&file, nil); err != nil {
		t.Fatal(err)
	}
	renamed := strings.Replace(old, "name: Test", "name: Renamed", 1)
	again := newEngine(t, Options{}, mustRule(t, renamed), mustRule(t, strings.Replace(other, "a > 0", "a > 1", 1)))
	got, err := again.Restore(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got.Groups != 2 || got.Dropped != 2 || len(got.Closed) != 2 || got.Closed[0].Signal.RuleID != "b" {
		t.Errorf("%+v: want the groups of a alive, and those of b dropped with their signals", got)
	}
	if s := again.Stats(); s.Open != 2 || s.Groups != 2 {
		t.Errorf("%+v", s)
	}
}

// snapshotOf returns a snapshot with every kind of state.
func snapshotOf(t testing.TB, events int) []byte {
	t.Helper()
	en := newEngine(t, Options{}, everyMethod(t)...)
	randomEvents(5, events, func(_ int, e *event.Event) { en.Observe(e, func(signal.Finding) {}) })
	var file bytes.Buffer
	if err := en.Snapshot(&file, nil); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestDamagedSnapshots(t *testing.T) {
	rules := everyMethod(t)
	whole := snapshotOf(t, 300)
	f := func(name string, data []byte) {
		t.Helper()
		if _, err := newEngine(t, Options{}, rules...).Restore(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	f("nothing", nil)
	f("something else", []byte("hello, this is no snapshot at all"))
	for _, at := range []int{10, 20, 60, len(whole) / 2, len(whole) - 1} {
		f(fmt.Sprintf("cut at %d", at), whole[:at])
	}
	f("another version", append([]byte{whole[0] ^ 2}, whole[1:]...))
	f("more than a snapshot", append(bytes.Clone(whole), 0))
	en := newEngine(t, Options{})
	if err := en.Snapshot(&bytes.Buffer{}, make([]byte, maxPosition+1)); err == nil {
		t.Error("a position of any size was taken")
	}
}

// FuzzRestore reads snapshots that somebody forged.
func FuzzRestore(f *testing.F) {
	whole := snapshotOf(f, 60)
	f.Add(whole)
	rules := everyMethod(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		en := newEngine(t, Options{MemoryBudget: 1 << 20}, rules...)
		slack := int64(1 << 20)
		c := &codec{in: body, reading: true, slack: &slack}
		if en.restore(c); c.err != nil {
			return
		}
		emit := func(signal.Finding) {}
		randomEvents(1, 20, func(_ int, e *event.Event) { en.Observe(e, emit) })
		en.Flush(emit)
	})
}
