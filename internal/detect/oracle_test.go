package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// oracle is the meaning of a rule with the queries a (count of k:a), b (count of
// k:b) and u (distinct u of k:u), written down without any thought of speed: it
// keeps every event of a group and looks at all of them again.
type oracle struct {
	window, keepAlive, most int64
	seen                    map[int64][]seenEvent
	open                    map[int64]*oracleSignal
	out                     []string
}

type seenEvent struct {
	t    int64
	k    string
	user int64
}

type oracleSignal struct {
	first, last, events, pending int64
	severity                     int
}

// observe returns through out what opens, escalates and closes.
func (o *oracle) observe(group int64, ev seenEvent) {
	if s := o.open[group]; s != nil && ev.t >= min(s.last+o.keepAlive, s.first+o.most) {
		o.close(group)
	}
	o.seen[group] = append(o.seen[group], ev)
	var a, b, inside int64
	first := ev.t
	users := map[int64]bool{}
	for _, old := range o.seen[group] {
		if old.t <= ev.t-o.window {
			continue
		}
		inside++
		first = min(first, old.t)
		switch old.k {
		case "a":
			a++
		case "b":
			b++
		case "u":
			users[old.user] = true
		}
	}
	severity := -1
	switch {
	case a > 3 && b >= 2:
		severity = int(signal.High)
	case len(users) > 2 || b > 5:
		severity = int(signal.Medium)
	case a > 3:
		severity = int(signal.Low)
	}
	s := o.open[group]
	switch {
	case severity < 0 && s != nil:
		s.pending++
	case severity >= 0 && s == nil:
		o.open[group] = &oracleSignal{first: first, last: ev.t, events: inside, severity: severity}
		o.out = append(o.out, fmt.Sprintf("opened %d %d events=%d first=%d at %d a=%d b=%d u=%d", group, severity, inside, first, ev.t, a, b, len(users)))
	case severity >= 0:
		s.events += s.pending + 1
		s.pending, s.last = 0, ev.t
		if severity > s.severity {
			s.severity = severity
			o.out = append(o.out, fmt.Sprintf("escalated %d %d events=%d", group, severity, s.events))
		}
	}
}

func (o *oracle) close(group int64) {
	s := o.open[group]
	o.out = append(o.out, fmt.Sprintf("closed %d events=%d last=%d", group, s.events, s.last))
	delete(o.open, group)
}

// TestAgainstTheOracle plays random timelines in the order of time and compares
// with the oracle.
func TestAgainstTheOracle(t *testing.T) {
	const text = `
name: Oracle
message: ''
options: {evaluationWindow: 60, keepAlive: 300, maxSignalDuration: 600}
queries:
- {name: a, query: '@k:a', groupByFields: ['@g']}
- {name: b, query: '@k:b', groupByFields: ['@g']}
- {name: u, query: '@k:u', groupByFields: ['@g'], aggregation: cardinality, distinctFields: ['@user']}
cases:
- {status: high, condition: 'a > 3 && b >= 2'}
- {status: medium, condition: 'u > 2 || b > 5'}
- {status: low, condition: 'a > 3'}
`
	r := mustRule(t, text)
	total := 0
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		o := &oracle{window: 60e9, keepAlive: 300e9, most: 600e9, seen: map[int64][]seenEvent{}, open: map[int64]*oracleSignal{}}
		en := newEngine(t, Options{}, r)
		perGroup := map[string][]string{}
		emit := func(f signal.Finding) {
			s := f.Signal
			group := s.Group[0].Value
			var line string
			switch f.Change {
			case signal.Opened:
				line = fmt.Sprintf("opened %s %d events=%d first=%d at %d a=%g b=%g u=%g", group, s.Severity, s.Events, s.FirstSeen, s.Time, s.Queries[0].Count, s.Queries[1].Count, s.Queries[2].Count)
			case signal.Escalated:
				line = fmt.Sprintf("escalated %s %d events=%d", group, s.Severity, s.Events)
			case signal.Closed:
				line = fmt.Sprintf("closed %s events=%d last=%d", group, s.Events, s.LastSeen)
			default:
				return
			}
			perGroup[group] = append(perGroup[group], line)
		}
		now := start().UnixNano()
		e := event.New()
		for range 600 {
			now += random.Int64N(3) * random.Int64N(1+int64(seed%40)) * 1e9
			group, user := random.Int64N(3), random.Int64N(4)
			k := []string{"a", "b", "u", "-"}[random.IntN(4)]
			e.Reset()
			e.Time = now
			e.Set("k", event.StringValue(k))
			e.Set("g", event.IntValue(group))
			e.Set("user", event.IntValue(user))
			en.Observe(e, emit)
			if k != "-" {
				o.observe(group, seenEvent{now, k, user})
			}
		}
		en.Flush(emit)
		want := map[string][]string{}
		for g := range int64(3) {
			if o.open[g] != nil {
				o.close(g)
			}
		}
		for _, line := range o.out {
			var verb, group string
			_, _ = fmt.Sscan(line, &verb, &group)
			want[group] = append(want[group], line)
			total++
		}
		if diff := cmp.Diff(want, perGroup); diff != "" {
			t.Fatalf("seed %d (-oracle +engine):\n%s", seed, diff)
		}
	}
	if total < 1000 {
		t.Errorf("only %d findings were compared", total)
	}
}

// TestMatcherAgreesWithTheQueries compares the shared matcher with the queries one
// by one, over random searches and events.
func TestMatcherAgreesWithTheQueries(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	clause := func() string {
		return pick("", "", "-") + pick("@a:x", "@a:y", "@a:1", "@a:true", "@b.c:x", "@b.c:*", "source:S", "source:t", "env:p", "word", "(@a:x OR @b.c:y)", "@a:(x OR y)", "@n:>3", "@a:\"\"", "@custom.a:x")
	}
	var queries []*query.Query
	m := newMatcher()
	known := map[string]int{}
	for i := range 64 {
		text := clause()
		for range random.IntN(4) {
			text += " " + pick("", "AND ") + clause()
		}
		if random.IntN(8) == 0 {
			text = "(" + text + ") " + clause()
		}
		q, err := query.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		queries = append(queries, q)
		m.add(q, use{rule: 0, bit: 1 << i}, known)
	}
	m.build()
	e := event.New()
	scalar := func() event.Value {
		return []event.Value{event.StringValue("x"), event.StringValue("y"), event.StringValue(""), event.StringValue("1"), event.IntValue(1), event.BoolValue(true), event.FloatValue(1), event.IntValue(5)}[random.IntN(8)]
	}
	matches, untaught := 0, m.set
	for range 5000 {
		e.Reset()
		e.Source, e.Message = pick("s", "T", ""), pick("a word here", "")
		for _, path := range []string{"a", "b.c", "n"} {
			switch random.IntN(5) {
			case 0:
			case 1:
				list := e.NewArray()
				e.Append(list, scalar())
				e.Append(list, scalar())
				e.Set(path, list)
			default:
				e.Set(path, scalar())
			}
		}
		if random.IntN(9) == 0 {
			list, object := e.NewArray(), e.NewObject()
			e.SetIn(object, "c", scalar())
			e.Append(list, object)
			e.Set("b", list)
		}
		if random.IntN(9) == 0 {
			e.SetKey(e.Root(), pick("b.c", "custom.a", "d.e"), scalar())
		}
		if random.IntN(3) == 0 {
			e.AddTag("env:" + pick("p", "q"))
		}
		var got, want uint64
		m.match(e, func(uses []use) {
			for _, u := range uses {
				got |= u.bit
			}
		})
		for i, q := range queries {
			if q.Match(e) {
				want |= 1 << i
				matches++
			}
		}
		if got != want {
			for i, q := range queries {
				if (got^want)>>i&1 == 1 {
					t.Errorf("%s: matcher %v, query %v: %s", q, got>>i&1 == 1, want>>i&1 == 1, e.AppendJSON(nil, e.Root()))
				}
			}
			t.FailNow()
		}
	}
	if matches == 0 || m.set == untaught {
		t.Errorf("%d matches, the index learnt: %v; the test is worth less", matches, m.set != untaught)
	}
}

var _ rule.Tables = rule.TablesFunc(nil)
