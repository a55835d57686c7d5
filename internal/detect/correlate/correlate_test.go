package correlate_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/detect/correlate"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// record is one event of a stream: its second, the rules that it matches (a, b,
// c) and its fields.
type record struct {
	at     int
	rules  string
	fields map[string]string
}

func (r record) Text(path string) ([]byte, bool) {
	text, ok := r.fields[path]
	return []byte(text), ok
}

func (r record) Number(path string) (float64, bool) {
	n, err := strconv.ParseFloat(r.fields[path], 64)
	return n, err == nil
}

// rec reads "12 ab user=x ip=y".
func rec(line string) record {
	words := strings.Fields(line)
	at, _ := strconv.Atoi(words[0])
	r := record{at: at, rules: words[1], fields: map[string]string{}}
	for _, pair := range words[2:] {
		key, value, _ := strings.Cut(pair, "=")
		r.fields[key] = value
	}
	return r
}

const bases = "title: a\nname: a\nlogsource:\n  category: t\ndetection:\n  s: x\n  condition: s\n---\n" +
	"title: b\nname: b\nlogsource:\n  category: t\ndetection:\n  s: x\n  condition: s\n---\n" +
	"title: c\nname: c\nlogsource:\n  category: t\ndetection:\n  s: x\n  condition: s\n"

// plan compiles correlations, given as "name: body" with lines divided by ;.
func plan(t testing.TB, correlations ...string) *correlate.Plan {
	t.Helper()
	text := bases
	for _, c := range correlations {
		name, body, _ := strings.Cut(c, ": ")
		text += "---\ntitle: " + name + "\nname: " + name + "\ncorrelation:\n  " + strings.ReplaceAll(body, "; ", "\n  ") + "\n"
	}
	c := &sigma.Collection{}
	if faults := c.Add("c.yml", []byte(text), sigma.Options{}); len(faults) > 0 {
		t.Fatalf("%v\n%s", faults, text)
	}
	p, err := correlate.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func feed(e *correlate.Engine, r record, fire func(correlate.Firing)) {
	var matched []int
	for _, name := range r.rules {
		if name >= 'a' && name <= 'c' {
			matched = append(matched, int(name-'a'))
		}
	}
	e.Observe(int64(r.at)*int64(time.Second), matched, r, fire)
}

// fired runs the stream and returns "name@second(group)=value" for each firing.
func fired(t *testing.T, p *correlate.Plan, opts correlate.Options, stream ...string) []string {
	t.Helper()
	var got []string
	e := correlate.New(p, opts)
	for _, line := range stream {
		feed(e, rec(line), func(f correlate.Firing) {
			got = append(got, fmt.Sprintf("%s@%d(%s)=%g", f.Rule.Name, f.Time/int64(time.Second), strings.Join(f.Group, ","), f.Value))
		})
	}
	return got
}

func TestCounts(t *testing.T) {
	f := func(body string, stream []string, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, fired(t, plan(t, "x: "+body), correlate.Options{}, stream...)); d != "" {
			t.Errorf("%s (-want +got):\n%s", body, d)
		}
	}
	users := []string{"100 a u=joe", "105 a u=ann", "110 a u=joe", "111 b u=joe", "160 a u=joe", "161 a u=joe", "162 a"}
	f("type: event_count; rules: a; group-by: u; timespan: 1m; condition:;   gte: 2", users, "x@110(joe)=2", "x@160(joe)=2", "x@161(joe)=3")
	f("type: event_count; rules: [a, b]; timespan: 1m; condition:;   gt: 3;   lt: 5", users, "x@111()=4", "x@160()=4")
	f("type: event_count; rules: a; group-by: u; timespan: 1m; condition:;   eq: 1", users, "x@100(joe)=1", "x@105(ann)=1", "x@162()=1")
	ips := []string{"1 a ip=1", "2 a ip=1", "3 a ip=2", "4 a", "70 a ip=1"}
	f("type: value_count; rules: a; timespan: 1m; condition:;   field: ip;   gte: 2", ips, "x@3()=2", "x@4()=2")
	sums := []string{"1 a n=1.5", "2 a n=x", "3 a n=2.5", "62 a n=1"}
	f("type: value_sum; rules: a; timespan: 1m; condition:;   field: n;   gte: 3", sums, "x@3()=4", "x@62()=3.5")
	f("type: value_avg; rules: a; timespan: 1m; condition:;   field: n;   gte: 1", sums, "x@1()=1.5", "x@3()=1.3333333333333333", "x@62()=1.75")
	f("type: value_median; rules: a; timespan: 1m; condition:;   field: n;   gte: 2", sums, "x@3()=2")
	f("type: value_percentile; rules: a; timespan: 1m; condition:;   field: n;   percentile: 100;   gte: 2", sums, "x@3()=2.5", "x@62()=2.5")
	// An event that matches two rules counts once.
	f("type: event_count; rules: [a, b]; timespan: 1m; condition:;   gte: 2", []string{"1 ab", "2 ab"}, "x@2()=2")
	// Aliases name the field of each rule.
	f("type: event_count; rules: [a, b]; group-by: who; aliases:;   who:;     a: u;     b: user; timespan: 1m; condition:;   gte: 2",
		[]string{"1 a u=joe", "2 b user=joe", "3 b u=joe"}, "x@2(joe)=2")
}

func TestTemporal(t *testing.T) {
	f := func(body string, stream []string, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, fired(t, plan(t, "x: "+body), correlate.Options{}, stream...)); d != "" {
			t.Errorf("%s (-want +got):\n%s", body, d)
		}
	}
	f("type: temporal; rules: [a, b]; timespan: 1m", []string{"1 b", "2 a", "61 a", "62 b"}, "x@2()=2", "x@62()=2")
	f("type: temporal_ordered; rules: [a, b]; timespan: 1m", []string{"1 b", "2 a", "3 b", "4 a", "63 b", "64 b"}, "x@3()=2", "x@4()=2", "x@63()=2")
	f("type: temporal_ordered; rules: [a, b]; timespan: 1m", []string{"1 ab"})
	f("type: temporal_ordered; rules: [a, b, c]; timespan: 1m; condition:;   gte: 2", []string{"1 a", "2 c", "3 b"}, "x@3()=2")
	f("type: temporal; rules: [a, b, c]; timespan: 1m; condition:;   gte: 2", []string{"1 a", "2 c", "3 b"}, "x@2()=2", "x@3()=3")
	f("type: temporal; rules: [a, b, c]; timespan: 1m; condition: a and (b or c)", []string{"1 a", "2 c"}, "x@2()=2")
	f("type: temporal; timespan: 1m; condition: a and not b", []string{"1 b", "2 a", "62 a"}, "x@62()=1")
	f("type: temporal_ordered; timespan: 1m; condition: (a and b) or c", []string{"1 b", "2 a", "3 b", "100 c"}, "x@3()=2", "x@100()=1")
}

func TestChains(t *testing.T) {
	p := plan(t,
		"last: type: temporal_ordered; rules: [burst, b]; group-by: u; timespan: 5m",
		"burst: type: event_count; rules: a; group-by: u; timespan: 1m; condition:;   gte: 2")
	got := fired(t, p, correlate.Options{}, "1 a u=x", "2 a u=x", "3 b u=y", "9 b u=x")
	if d := cmp.Diff([]string{"burst@2(x)=2", "last@9(x)=2"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCompileRefuses(t *testing.T) {
	f := func(want string, docs ...string) {
		t.Helper()
		text := bases
		for _, d := range docs {
			text += "---\ntitle: x\n" + strings.ReplaceAll(d, "; ", "\n") + "\n"
		}
		c := &sigma.Collection{}
		if faults := c.Add("c.yml", []byte(text), sigma.Options{}); len(faults) > 0 {
			t.Fatal(faults)
		}
		p, err := correlate.Compile(c)
		if err == nil || !strings.Contains(err.Error(), want) || p.Len() != 0 {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f(`no rule with the id or name "gone"`, "name: x; correlation:;   type: temporal;   rules: gone;   timespan: 1m")
	f("feeds itself", "name: x; correlation:;   type: temporal;   rules: y;   timespan: 1m",
		"name: y; correlation:;   type: temporal;   rules: x;   timespan: 1m")
}

func TestLateEvents(t *testing.T) {
	body := "x: type: event_count; rules: a; timespan: 1m; condition:;   gte: 2"
	late := correlate.Options{Lateness: int64(30 * time.Second)}
	got := fired(t, plan(t, body), late, "100 a", "200 a", "175 a", "150 a")
	if d := cmp.Diff([]string{"x@175()=2"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	ordered := "x: type: temporal_ordered; rules: [a, b]; timespan: 1m"
	got = fired(t, plan(t, ordered), late, "100 b", "95 a", "101 b")
	if d := cmp.Diff([]string{"x@101()=2"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	e := correlate.New(plan(t, body), late)
	feed(e, rec("100 a"), nil)
	feed(e, rec("60 a"), nil)
	if s := e.Stats(); s.Late != 1 || s.Events != 2 {
		t.Errorf("%+v", s)
	}
}

func TestStateIsBounded(t *testing.T) {
	p := plan(t, "x: type: value_count; rules: a; group-by: u; timespan: 1h; condition:;   field: ip;   gte: 100")
	e := correlate.New(p, correlate.Options{MaxBytes: 1 << 20, MaxEntries: 50})
	for i := range 20_000 {
		feed(e, rec(fmt.Sprintf("%d a u=%d ip=%d", i/100, i, i)), nil)
	}
	for i := range 200 {
		feed(e, rec(fmt.Sprintf("300 a u=hot ip=%d", i)), nil)
	}
	s := e.Stats()
	if s.Bytes > 1<<20 || s.Evicted == 0 || s.Dropped != 150 || s.Groups+int64(s.Evicted) != 20_001 {
		t.Errorf("%+v", s)
	}
	// Time clears away what no event can see any more.
	for i := range 5000 {
		feed(e, rec(fmt.Sprintf("9000 a u=new ip=%d", i%10)), nil)
	}
	if s := e.Stats(); s.Groups != 1 {
		t.Errorf("%d groups are left", s.Groups)
	}
}

// stream draws events of few users and values.
func stream(d *rand.Rand, n int) []record {
	var all []record
	at := 1000
	for range n {
		at += d.IntN(12)
		r := record{at: at, rules: string("abc"[d.IntN(3)]), fields: map[string]string{}}
		for _, field := range []string{"u", "v"} {
			if d.IntN(8) > 0 {
				r.fields[field] = strconv.Itoa(d.IntN(3))
			}
		}
		all = append(all, r)
	}
	return all
}

// recount decides about each event from the whole window behind it.
func recount(all []record, from map[rune]bool, window int, holds func(window []record) bool) []int {
	var at []int
	for i, r := range all {
		if !from[rune(r.rules[0])] {
			continue
		}
		var w []record
		for _, q := range all[:i+1] {
			u, ok := q.fields["u"]
			v, has := r.fields["u"]
			if from[rune(q.rules[0])] && q.at > r.at-window && u == v && ok == has {
				w = append(w, q)
			}
		}
		if holds(w) {
			at = append(at, i)
		}
	}
	return at
}

func TestWindowsAreExact(t *testing.T) {
	sum := func(w []record) (s float64) {
		for _, r := range w {
			n, _ := r.Number("v")
			s += n
		}
		return s
	}
	distinct := func(w []record) int {
		seen := map[string]bool{}
		for _, r := range w {
			if v, ok := r.fields["v"]; ok {
				seen[v] = true
			}
		}
		return len(seen)
	}
	ordered := func(w []record, want string) bool {
		for _, r := range w {
			if want != "" && r.rules == want[:1] {
				want = want[1:]
			}
		}
		return want == ""
	}
	ab, abc := map[rune]bool{'a': true, 'b': true}, map[rune]bool{'a': true, 'b': true, 'c': true}
	kinds := []struct {
		body  string
		from  map[rune]bool
		holds func(w []record) bool
	}{
		{"type: event_count; rules: [a, b]; group-by: u; timespan: 30s; condition:;   gte: 3", ab, func(w []record) bool { return len(w) >= 3 }},
		{"type: value_count; rules: [a, b]; group-by: u; timespan: 30s; condition:;   field: v;   gte: 2", ab, func(w []record) bool { return distinct(w) >= 2 }},
		{"type: value_sum; rules: [a, b]; group-by: u; timespan: 30s; condition:;   field: v;   gt: 3", ab, func(w []record) bool { return sum(w) > 3 }},
		{"type: value_avg; rules: [a, b]; group-by: u; timespan: 30s; condition:;   field: v;   gt: 1", ab, func(w []record) bool { return sum(w)/float64(len(w)) > 1 }},
		{"type: temporal; rules: [a, b, c]; group-by: u; timespan: 30s", abc, func(w []record) bool { return ordered(w, "a") && ordered(w, "b") && ordered(w, "c") }},
		{"type: temporal_ordered; rules: [a, b, c]; group-by: u; timespan: 30s", abc, func(w []record) bool { return ordered(w, "abc") }},
		{"type: temporal_ordered; rules: [a, b, a]; group-by: u; timespan: 30s", ab, func(w []record) bool { return ordered(w, "aba") }},
	}
	for _, k := range kinds {
		p, total := plan(t, "x: "+k.body), 0
		for seed := range uint64(40) {
			all := stream(rand.New(rand.NewPCG(seed, 7)), 120)
			want := recount(all, k.from, 30, k.holds)
			var got []int
			e := correlate.New(p, correlate.Options{})
			for i, r := range all {
				if i == 60 {
					e = reloaded(t, p, e)
				}
				feed(e, r, func(correlate.Firing) { got = append(got, i) })
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s seed %d (-want +got):\n%s", k.body, seed, d)
			}
			total += len(want)
		}
		if total == 0 {
			t.Errorf("%s never fires: the test shows nothing", k.body)
		}
	}
}

// reloaded returns an engine with the saved state of another.
func reloaded(t *testing.T, p *correlate.Plan, e *correlate.Engine) *correlate.Engine {
	t.Helper()
	var saved bytes.Buffer
	if err := e.Save(&saved); err != nil {
		t.Fatal(err)
	}
	next := correlate.New(p, correlate.Options{})
	if dropped, err := next.Load(&saved); err != nil || len(dropped) > 0 {
		t.Fatal(err)
	}
	if d := cmp.Diff(e.Stats(), next.Stats()); d != "" {
		t.Fatalf("stats after loading (-saved +loaded):\n%s", d)
	}
	return next
}

// changed gives an engine events and its state to one with another plan: it returns
// what that one drops, and how often it fires for the last event.
func changed(t *testing.T, before, now, last string, events ...string) (dropped []string, fires int) {
	t.Helper()
	e := correlate.New(plan(t, before), correlate.Options{})
	for _, line := range events {
		feed(e, rec(line), nil)
	}
	var saved bytes.Buffer
	if err := e.Save(&saved); err != nil {
		t.Fatal(err)
	}
	next := correlate.New(plan(t, now), correlate.Options{})
	dropped, err := next.Load(&saved)
	if err != nil {
		t.Fatal(err)
	}
	feed(next, rec(last), func(correlate.Firing) { fires++ })
	return dropped, fires
}

// A correlation that means something else now begins anew.
func TestLoadDropsWhatChanged(t *testing.T) {
	const body = "x: type: event_count; rules: a; timespan: 1m; condition:;   gte: 2"
	f := func(name, now string, dropped []string, fires int) {
		t.Helper()
		got, n := changed(t, body, now, "2 a", "1 a")
		if d := cmp.Diff(dropped, got); d != "" || n != fires {
			t.Errorf("%s: it fires %d times, want %d; dropped (-want +got):\n%s", name, n, fires, d)
		}
	}
	f("the same", body, nil, 1)
	f("another limit counts on", strings.Replace(body, "gte: 2", "gte: 3", 1), nil, 0)
	f("another window", strings.Replace(body, "1m", "2m", 1), []string{"x"}, 0)
	f("another group", strings.Replace(body, "rules: a;", "rules: a; group-by: u;", 1), []string{"x"}, 0)
	f("it is gone", strings.Replace(body, "x: ", "y: ", 1), []string{"x"}, 0)
}

// What a group knows of an order is of no use for another order of the same rules.
func TestLoadDropsAnotherOrder(t *testing.T) {
	const body = "x: type: temporal_ordered; rules: [a, b, c]; timespan: 1m; condition: a and b and c"
	f := func(now string, dropped []string, fires int) {
		t.Helper()
		got, n := changed(t, body, now, "3 c", "1 a", "2 b")
		if d := cmp.Diff(dropped, got); d != "" || n != fires {
			t.Errorf("%s: it fires %d times, want %d; dropped (-want +got):\n%s", now, n, fires, d)
		}
	}
	f(body, nil, 1)
	f(strings.Replace(body, "a and b and c", "b and a and c", 1), []string{"x"}, 0)
	f(strings.Replace(body, "a and b and c", "(a and b) and c", 1), nil, 1)
}

func TestLoadRefuses(t *testing.T) {
	e := correlate.New(plan(t), correlate.Options{})
	for _, text := range []string{
		"", "{", `{"version":9}`,
		`{"version":1,"tables":[{"rule":"x","groups":[{"newest":5,"entries":[{"at":2},{"at":1}]}]}]}`,
		`{"version":1,"tables":[{"rule":"x","groups":[{"newest":5,"entries":[{"at":6}]}]}]}`,
		`{"version":1,"tables":[{"rule":"x","groups":[{"newest":5,"entries":[{"at":5,"bits":9221120237041090561}]}]}]}`,
	} {
		if _, err := e.Load(strings.NewReader(text)); err == nil {
			t.Errorf("%q: want an error", text)
		}
	}
}

func BenchmarkManyGroups(b *testing.B) {
	p := plan(b, "x: type: event_count; rules: a; group-by: u; timespan: 5m; condition:;   gte: 10")
	e := correlate.New(p, correlate.Options{})
	r := record{rules: "a", fields: map[string]string{}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.at = i / 10_000
		r.fields["u"] = strconv.Itoa(i % 1_000_000)
		feed(e, r, nil)
	}
	b.ReportMetric(float64(e.Stats().Bytes)/float64(e.Stats().Groups), "B/group")
}

// FuzzLoad goes on with whatever a state holds.
func FuzzLoad(f *testing.F) {
	bodies := []string{
		"x: type: event_count; rules: a; group-by: u; timespan: 1m; condition:;   gte: 2",
		"y: type: temporal_ordered; rules: [a, b]; timespan: 1m",
		"z: type: value_median; rules: a; timespan: 1m; condition:;   field: v;   gte: 1",
		"w: type: value_count; rules: b; timespan: 1m; condition:;   field: v;   gte: 2",
	}
	opts := correlate.Options{Lateness: int64(10 * time.Second), MaxBytes: 1 << 20, MaxEntries: 100}
	p := plan(f, bodies...)
	e := correlate.New(p, opts)
	for _, r := range stream(rand.New(rand.NewPCG(1, 1)), 40) {
		feed(e, r, nil)
	}
	var saved bytes.Buffer
	if err := e.Save(&saved); err != nil {
		f.Fatal(err)
	}
	f.Add(saved.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		e := correlate.New(p, opts)
		if _, err := e.Load(bytes.NewReader(data)); err != nil {
			return
		}
		for _, r := range stream(rand.New(rand.NewPCG(1, 2)), 40) {
			feed(e, r, nil)
		}
		if s := e.Stats(); s.Bytes < 0 {
			t.Errorf("%+v", s)
		}
	})
}
