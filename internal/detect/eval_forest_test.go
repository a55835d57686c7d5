package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// forestRule is a rule of the method isolation_forest: buckets of five minutes,
// learning for an hour, a forest every hour.
func forestRule(more ...string) string {
	const byIP = "groupByFields: ['@ip']"
	text := threshold("0/900/86400", []string{
		"@o:web | name: requests, " + byIP,
		"@o:web @s:404 | name: errors, " + byIP,
		"@o:web | name: paths, aggregation: cardinality, distinctFields: ['@p'], " + byIP,
		"@o:web | name: bytes, aggregation: sum, metric: '@n', " + byIP,
	}, []string{"medium Strange: score > 0.7 && requests >= 20"}, slices.Concat([]string{
		"id: forest", "messageJa: '{{@ip}}: {{unusual}}'", "option detectionMethod: isolation_forest",
		"option isolationForestOptions: {bucketDuration: 300, features: [requests, errors/requests, paths, bytes/requests, hour], learningDuration: 1, learningBuckets: 64, retrainInterval: 1, instantaneousBaseline: true}",
	}, more)...)
	return strings.Replace(text, "message: ''", "message: '{{@ip}}: {{unusual}}'", 1)
}

// request is one request of a client, at a time in seconds.
type request struct {
	at     float64
	client string
	status int
	path   int
	bytes  int
}

// surfing returns what a number of clients do from one second to another: each a
// few requests in each bucket, some of them errors.
func surfing(seed uint64, from, to float64, clients int) []request {
	random := rand.New(rand.NewPCG(seed, 3))
	var all []request
	for at := from; at < to; at += 300 {
		for client := range clients {
			for range 1 + random.IntN(8) {
				r := request{at: at + random.Float64()*300, client: fmt.Sprint("c", client), status: 200, path: random.IntN(12), bytes: 500 + random.IntN(3000)}
				if random.IntN(10) == 0 {
					r.status = 404
				}
				all = append(all, r)
			}
		}
	}
	return all
}

// scan returns n requests of a scanner within a bucket that begins at a second.
func scan(client string, at float64, n int) []request {
	all := make([]request, n)
	for i := range all {
		all[i] = request{at: at + float64(i), client: client, status: 404, path: 1000 + i, bytes: 120}
	}
	return all
}

// inOrder puts requests in the order of time.
func inOrder(lists ...[]request) []request {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b request) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		default:
			return 0
		}
	})
	return all
}

func (r *request) fill(e *event.Event, line int) {
	e.Reset()
	e.Line, e.Time = int64(line), start().UnixNano()+int64(r.at*1e9)
	e.Raw = fmt.Sprintf("%s %d /%d", r.client, r.status, r.path)
	e.Host = "web-1"
	e.AddTag("env:test")
	e.Set("o", event.StringValue("web"))
	e.Set("ip", event.StringValue(r.client))
	e.Set("s", event.IntValue(int64(r.status)))
	e.Set("p", event.IntValue(int64(r.path)))
	e.Set("n", event.IntValue(int64(r.bytes)))
}

// serve plays requests.
func serve(en *Engine, requests []request, emit func(signal.Finding)) {
	e := event.New()
	for i := range requests {
		requests[i].fill(e, i+1)
		en.Observe(e, emit)
	}
}

// hourOf is an hour in seconds.
const hourOf = 3600.0

func TestForest(t *testing.T) {
	f := func(name, text string, requests []request, want ...string) Stats {
		t.Helper()
		en := newEngine(t, Options{}, mustRule(t, text))
		var got []string
		emit := func(f signal.Finding) {
			if f.Change != signal.Updated {
				s := f.Signal
				got = append(got, fmt.Sprintf("%s %s %s events=%d", f.Change, s.Severity, s.Entity(), s.Events))
			}
		}
		serve(en, requests, emit)
		stats := en.Stats()
		en.Flush(emit)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
		if s := en.Stats(); s.Groups != 0 || s.Bytes != 0 || s.Open != 0 {
			t.Errorf("%s: after the end %+v", name, s)
		}
		return stats
	}
	plain := forestRule()
	day := surfing(1, 0, 5*hourOf, 20)
	f("ordinary traffic", plain, day)
	f("a scan while the rule learns", plain, inOrder(surfing(1, 0, hourOf, 20), scan("evil", 1800, 200)))
	f("a scan in the last bucket in which it learns", plain, inOrder(day, scan("evil", hourOf, 200)))
	f("a scan after it has learnt", plain, inOrder(day, scan("evil", 2*hourOf, 200)),
		"opened medium evil events=200", "closed medium evil events=200")
	f("in the last bucket of the input", plain, inOrder(surfing(1, 0, 2*hourOf, 20), scan("evil", 2*hourOf, 200)),
		"opened medium evil events=200", "closed medium evil events=200")
	f("a scan of two buckets is one signal", plain, inOrder(day, scan("evil", 2*hourOf, 200), scan("evil", 2*hourOf+300, 100)),
		"opened medium evil events=200", "closed medium evil events=300")
	f("a known client that turns into a scanner", plain, inOrder(surfing(1, 0, 3*hourOf, 20), scan("c7", 2*hourOf+900, 200)),
		"opened medium c7 events=205", "closed medium c7 events=205")
	f("fewer buckets than it takes to learn", strings.Replace(plain, "learningBuckets: 64", "learningBuckets: 4096", 1), inOrder(day, scan("evil", 2*hourOf, 200)))
	f("the condition asks for more requests", strings.Replace(plain, "requests >= 20", "requests >= 201", 1), inOrder(day, scan("evil", 2*hourOf, 200)))
	f("what was learnt of an attack is not usual", plain,
		inOrder(day, scan("evil", 1800, 150), scan("evil", 3*hourOf, 150)), "opened medium evil events=150", "closed medium evil events=150")

	// An attack that goes on is found to its end: it is not learnt.
	var long []request
	for bucket := range 60 {
		long = append(long, scan("evil", 2*hourOf+300*float64(bucket), 100)...)
	}
	stats := f("hours of scanning are one signal", plain, inOrder(surfing(1, 0, 8*hourOf, 20), long), "opened medium evil events=100", "closed medium evil events=6000")
	if stats.Relearnt != 0 {
		t.Errorf("the rule began to learn anew %d times", stats.Relearnt)
	}
	// When everything is strange, it is the rule that knows nothing.
	moved := slices.Clone(surfing(2, 2*hourOf, 6*hourOf, 20))
	for i := range moved {
		moved[i].bytes *= 100_000
	}
	if stats := f("another kind of traffic from now on", strings.Replace(plain, "requests >= 20", "requests >= 2000", 1), inOrder(surfing(1, 0, 2*hourOf, 20), moved)); stats.Relearnt != 1 {
		t.Errorf("the rule began to learn anew %d times, want once", stats.Relearnt)
	}
}

// TestForestSaysWhy looks at the whole signal.
func TestForestSaysWhy(t *testing.T) {
	en := newEngine(t, Options{}, mustRule(t, forestRule()))
	var got []*signal.Signal
	emit := func(f signal.Finding) {
		if f.Change == signal.Opened {
			got = append(got, f.Signal)
		}
	}
	serve(en, inOrder(surfing(1, 0, 2*hourOf, 20), scan("evil", 2*hourOf, 200)), emit)
	if len(got) != 0 {
		t.Fatal("the bucket was judged before its end")
	}
	en.Advance(start().UnixNano()+int64(2*hourOf+599)*1e9, emit)
	if len(got) != 0 {
		t.Fatal("late events of the bucket were not waited for")
	}
	en.Advance(start().UnixNano()+int64(2*hourOf+600)*1e9, emit)
	if len(got) != 1 {
		t.Fatalf("%d signals after the end of the bucket, want 1", len(got))
	}
	s := got[0]
	features := map[string]signal.Unusual{}
	for _, u := range s.Unusual {
		features[u.Feature] = u
		if u.Value >= u.Low && u.Value <= u.High {
			t.Errorf("%+v is usual", u)
		}
	}
	if u, ok := features["errors/requests"]; !ok || u.Value != 1 || u.Low != 0 || u.High != 0.6 {
		t.Errorf("errors/requests: %+v of %+v", u, s.Unusual)
	}
	if u, ok := features["paths"]; !ok || u.Value != 200 || u.Low != 1 || u.High != 7 {
		t.Errorf("paths: %+v of %+v", u, s.Unusual)
	}
	if !strings.Contains(s.Message, "paths is 200 (usually 1 to 7)") || !strings.Contains(s.MessageJA, "paths は 200（通常は 1～7）") || !strings.HasPrefix(s.Message, "evil: ") {
		t.Errorf("%q\n%q", s.Message, s.MessageJA)
	}
	began := start().UnixNano() + int64(2*hourOf*1e9)
	if s.Events != 200 || s.FirstSeen != began || s.LastSeen != began+199e9 || s.Time != s.LastSeen {
		t.Errorf("%d events at %d of %d..%d", s.Events, s.Time, s.FirstSeen, s.LastSeen)
	}
	want := map[string]float64{"requests": 200, "errors": 200, "paths": 200, "bytes": 24000}
	for _, q := range s.Queries {
		if n, ok := want[q.Name]; ok && q.Count != n || q.Name == "score" && (q.Count <= 0.7 || q.Count > 1) {
			t.Errorf("%s is %v", q.Name, q.Count)
		}
	}
	if len(s.Queries) != 5 {
		t.Errorf("%+v", s.Queries)
	}
	// The samples are the latest lines and the kept one, in the order of time.
	var lines []string
	for _, sample := range s.Samples {
		lines = append(lines, sample.Text)
	}
	if diff := cmp.Diff([]string{"evil 404 /1127", "evil 404 /1197", "evil 404 /1198", "evil 404 /1199"}, lines); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	if !slices.Contains(s.Tags, "env:test") || !slices.ContainsFunc(s.Entities, func(e signal.Entity) bool { return e.Kind == signal.KindHost && e.Value == "web-1" }) {
		t.Errorf("tags %v, entities %v", s.Tags, s.Entities)
	}
}

// TestForestIsTheSameAgain replays, and stops in the middle.
func TestForestIsTheSameAgain(t *testing.T) {
	rules := []*rule.Rule{mustRule(t, forestRule())}
	requests := inOrder(surfing(4, 0, 4*hourOf, 20), scan("evil", 2*hourOf, 200), scan("worse", 3*hourOf, 300))
	run := func(stops ...int) string {
		var out bytes.Buffer
		emit := func(f signal.Finding) { fmt.Fprintf(&out, "%s %s\n", f.Change, f.Signal.AppendJSON(nil)) }
		en := newEngine(t, Options{}, rules...)
		for i := range requests {
			if slices.Contains(stops, i) {
				en = restored(t, en, Options{}, rules)
			}
			e := event.New()
			requests[i].fill(e, i+1)
			en.Observe(e, emit)
		}
		en.Flush(emit)
		return out.String()
	}
	want := run()
	if n := strings.Count(want, "opened "); n != 2 {
		t.Fatalf("%d signals, want 2:\n%s", n, want)
	}
	n := len(requests)
	for _, stops := range [][]int{nil, {0}, {n / 8}, {n / 2}, {n / 4, n / 3, n - n/4, n - 1}} {
		if diff := cmp.Diff(want, run(stops...)); diff != "" {
			t.Errorf("stopped at %v (-one run +this):\n%s", stops, diff)
		}
	}
}

func TestForestAndLateEvents(t *testing.T) {
	run := func(requests []request) (opened []string, stats Stats) {
		en := newEngine(t, Options{}, mustRule(t, forestRule()))
		emit := func(f signal.Finding) {
			if f.Change == signal.Closed {
				opened = append(opened, fmt.Sprintf("%s %d %v", f.Signal.Entity(), f.Signal.Events, f.Signal.Queries))
			}
		}
		serve(en, requests, emit)
		stats = en.Stats()
		en.Flush(emit)
		return opened, stats
	}
	base := inOrder(surfing(1, 0, 2*hourOf, 20))
	attack := scan("evil", 2*hourOf, 200)
	want, _ := run(slices.Concat(base, attack, scan("evil", 2*hourOf+300, 1)))
	if len(want) != 1 {
		t.Fatalf("%v", want)
	}
	// Within the bucket, the order does not matter.
	backwards := slices.Clone(attack)
	slices.Reverse(backwards)
	if got, stats := run(slices.Concat(base, backwards, scan("evil", 2*hourOf+300, 1))); cmp.Diff(want, got) != "" || stats.Backwards != 0 {
		t.Errorf("in reverse: %v, want %v; %+v", got, want, stats)
	}
	// An event of a bucket that ended does not count.
	got, stats := run(slices.Concat(base, attack, scan("evil", 2*hourOf+300, 1), scan("evil", 2*hourOf+299, 1)))
	if stats.Backwards != 1 {
		t.Errorf("%+v: want one event that was late", stats)
	}
	if len(got) != 1 || !strings.Contains(got[0], "{requests 200}") {
		t.Errorf("%v", got)
	}
	// One time from the far future neither ends the bucket nor blinds the group.
	if got, stats := run(slices.Concat(base, attack[:100], scan("evil", 9e6, 1), attack[100:], scan("evil", 2*hourOf+300, 1))); len(got) != 1 || !strings.Contains(got[0], "{requests 200}") || stats.Backwards != 1 {
		t.Errorf("%v, %+v", got, stats)
	}
}

// TestForestAndOldTimes has events from years ago, which do not end the learning, and
// logs that start over, which begin it.
func TestForestAndOldTimes(t *testing.T) {
	learns := func(requests []request) (hours float64) {
		en := newEngine(t, Options{}, mustRule(t, forestRule()))
		m := en.parts[0].method.(*isolation)
		e := event.New()
		for i := range requests {
			requests[i].fill(e, i+1)
			if en.Observe(e, func(signal.Finding) {}); m.model != nil {
				return requests[i].at / hourOf
			}
		}
		return -1
	}
	base := inOrder(surfing(1, 0, 3*hourOf, 20))
	f := func(name string, want float64, requests []request) {
		t.Helper()
		if got := learns(requests); got < want-0.2 || got > want+0.2 {
			t.Errorf("%s: the rule has learnt after %.2f hours, want %.2f", name, got, want)
		}
	}
	whole := learns(base)
	f("ordinary traffic", 1.1, base)
	quarter := len(base) / 12
	for _, at := range []int{0, 1, quarter, 2 * quarter} {
		f("an event from years ago", whole, slices.Concat(base[:at], scan("old", -9e6, 1), base[at:]))
		if at > 1 { // at first, it may be where a quiet log begins
			f("from the hour before", whole, slices.Concat(base[:at], scan("old", -0.9*hourOf, 1), base[at:]))
		}
		f("several of one minute", whole, slices.Concat(base[:at], scan("old", -9e6, 1), scan("older", -9e6, 1), base[at:]))
		f("several, some time apart", whole, slices.Concat(base[:at], scan("old", -9e6, 1), base[at:at+300], scan("older", -8e6, 1), base[at+300:]))
	}
	before := inOrder(surfing(2, -20*hourOf, -17*hourOf, 20))
	f("a log that starts over", whole-20, slices.Concat(base[:quarter], before))
	f("one time from the far future at first", whole, slices.Concat(scan("far", 9e6, 1), base))
}

// TestFarBeyondIsNeverKnown learns vectors of which some are odd in many ways: to
// the forest, one that is huge in one way is less strange than these.
func TestFarBeyondIsNeverKnown(t *testing.T) {
	r := mustRule(t, forestRule())
	x := newExperience([]string{"a", "b", "c", "d", "hour"}, r.Options.IsolationForest)
	random := rand.New(rand.NewPCG(8, 8))
	row := make([]float64, 5)
	for i := range 2000 {
		for j := range row[:4] {
			row[j] = scale(float64(20 + random.IntN(60)))
			if i%100 == 0 {
				row[j] = scale(float64(1 + 98*random.IntN(2)))
			}
		}
		row[4] = float64(random.IntN(24))
		x.learn(row, start().UnixNano()+int64(i)*1e9, false)
	}
	x.grow(start().UnixNano() + 3600e9)
	like := []float64{scale(50), scale(50), scale(50), scale(50), 12}
	f := func(name string, value float64, known bool) {
		t.Helper()
		row := slices.Clone(like)
		row[1] = scale(value)
		if raw := x.model.Score(row); raw > x.known {
			t.Fatalf("%s: it scores %v and %v is known, the test shows nothing", name, raw, x.known)
		}
		if got := x.score(row); (got <= knownScore) != known {
			t.Errorf("%s scores %v", name, got)
		}
	}
	f("the usual", 50, true)
	f("the largest", 99, true)
	f("a little more", 150, true)
	f("five times as much", 500, false)
	f("next to nothing", 0.1, false)
}

// TestForestWitnesses judges a bucket at an event of somebody else, of which another
// rule tells, and one at the end: each signal names its own user.
func TestForestWitnesses(t *testing.T) {
	en := newEngine(t, Options{}, mustRule(t, threshold("0/0/0", []string{"@usr.id:visitor | name: a"}, []string{"low: a > 0"})), mustRule(t, forestRule()))
	hosts := map[string][]string{}
	emit := func(f signal.Finding) {
		if f.Change == signal.Opened && f.Signal.RuleID == "forest" {
			for _, e := range f.Signal.Entities {
				if e.Kind == signal.KindUser {
					hosts[f.Signal.Entity()] = append(hosts[f.Signal.Entity()], e.Value)
				}
			}
		}
	}
	requests := inOrder(surfing(1, 0, 2*hourOf, 20), scan("evil", 2*hourOf, 200), scan("worse", 2*hourOf, 200))
	e := event.New()
	for i := range requests {
		requests[i].fill(e, i+1)
		e.Set("usr.id", event.StringValue("user of "+requests[i].client))
		en.Observe(e, emit)
	}
	last := scan("evil", 2*hourOf+300, 1)
	last[0].fill(e, 1)
	e.Set("usr.id", event.StringValue("visitor"))
	en.Observe(e, emit)
	en.Flush(emit)
	if diff := cmp.Diff(map[string][]string{"evil": {"user of evil"}, "worse": {"user of worse"}}, hosts); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

// BenchmarkForest counts requests of many clients, an hour every 100,000 requests.
func BenchmarkForest(b *testing.B) {
	for _, clients := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			en := newEngine(b, Options{}, mustRule(b, strings.Replace(forestRule(), "bucketDuration: 300", "bucketDuration: 3600", 1)))
			names := make([]string, clients)
			for i := range names {
				names[i] = fmt.Sprintf("10.1.%d.%d", i/250, i%250)
			}
			e := event.New()
			emit := func(signal.Finding) {}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				r := request{at: float64(i) * 0.036, client: names[i*7%clients], status: 200, path: i % 50, bytes: 900 + i%77}
				e.Reset()
				e.Time, e.Line = start().UnixNano()+int64(r.at*1e9), int64(i)
				e.Set("o", event.StringValue("web"))
				e.Set("ip", event.StringValue(r.client))
				e.Set("s", event.IntValue(int64(r.status)))
				e.Set("p", event.IntValue(int64(r.path)))
				e.Set("n", event.IntValue(int64(r.bytes)))
				en.Observe(e, emit)
			}
			b.ReportMetric(float64(en.Stats().Bytes)/float64(1<<20), "MiB")
		})
	}
}
