package detect

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// start is second 0 of the timelines.
func start() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// mustRule decodes a rule or ends the test.
func mustRule(t testing.TB, text string) *rule.Rule {
	t.Helper()
	r, err := rule.Decode("test.yaml", []byte(text))
	if err != nil {
		t.Fatalf("decode rule: %v\n%s", err, text)
	}
	return r
}

// threshold writes a rule: windows "300/3600/7200", queries "NAME: SEARCH | what"
// and cases "severity Name: condition".
func threshold(windows string, queries, cases []string, more ...string) string {
	var b strings.Builder
	w := strings.Split(windows, "/")
	fmt.Fprintf(&b, "name: Test\nmessage: ''\noptions: {evaluationWindow: %s, keepAlive: %s, maxSignalDuration: %s", w[0], w[1], w[2])
	for _, m := range more {
		if option, ok := strings.CutPrefix(m, "option "); ok {
			b.WriteString(", " + option)
		}
	}
	b.WriteString("}\nqueries:\n")
	for _, q := range queries {
		search, rest, _ := strings.Cut(q, " | ")
		fmt.Fprintf(&b, "- {query: '%s', %s}\n", search, rest)
	}
	b.WriteString("cases:\n")
	for _, c := range cases {
		head, condition, _ := strings.Cut(c, ": ")
		severity, name, _ := strings.Cut(head, " ")
		fmt.Fprintf(&b, "- {status: %s, name: '%s', condition: '%s', notifications: []}\n", severity, name, condition)
	}
	for _, m := range more {
		if !strings.HasPrefix(m, "option ") {
			b.WriteString(m + "\n")
		}
	}
	return b.String()
}

// play runs a timeline, one event a line: "SECONDS key=value .. [xCOUNT/EVERY]",
// with {i} for the number of the repetition. A key "tag" is a tag, "time=none" an
// event without a time, "flush" closes what is open, and a value [a,b] is an array.
func play(t testing.TB, en *Engine, timeline string, emit func(signal.Finding)) {
	t.Helper()
	e := event.New()
	for n, line := range strings.Split(strings.TrimSpace(timeline), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if words[0] == "flush" {
			en.Flush(emit)
			continue
		}
		at, err := strconv.ParseFloat(words[0], 64)
		if err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		count, every := 1, 0.0
		if last := words[len(words)-1]; last[0] == 'x' && !strings.Contains(last, "=") {
			if _, err := fmt.Sscanf(last, "x%d/%g", &count, &every); err != nil {
				t.Fatalf("line %d: %v", n+1, err)
			}
			words = words[:len(words)-1]
		}
		for i := range count {
			e.Reset()
			e.Line = int64(n + 1)
			e.Time = start().UnixNano() + int64((at+float64(i)*every)*1e9)
			for _, word := range words[1:] {
				setWord(e, strings.ReplaceAll(word, "{i}", strconv.Itoa(i)))
			}
			e.Raw = fmt.Sprintf("%s #%d", line, i)
			en.Observe(e, emit)
		}
	}
}

func setWord(e *event.Event, word string) {
	key, value, _ := strings.Cut(word, "=")
	switch {
	case key == "tag":
		e.AddTag(value)
	case key == "host":
		e.Host = value
	case key == "service":
		e.Service = value
	case key == "source":
		e.Source = value
	case key == "time":
		e.Time = 0
	case strings.HasPrefix(value, "["):
		list := e.NewArray()
		for element := range strings.SplitSeq(strings.Trim(value, "[]"), ",") {
			e.Append(list, event.StringValue(element))
		}
		e.Set(key, list)
	default:
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			e.Set(key, event.IntValue(n))
			return
		}
		e.Set(key, event.StringValue(value))
	}
}

// describe writes a finding in one line; times are seconds from the start.
func describe(f signal.Finding) string {
	s := f.Signal
	seconds := func(ns int64) string {
		return strconv.FormatFloat(float64(ns-start().UnixNano())/1e9, 'f', -1, 64)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", f.Change, s.Severity)
	if s.Case != "" {
		b.WriteString(" " + s.Case)
	}
	for _, g := range s.Group {
		fmt.Fprintf(&b, " %s=%s", g.Path, g.Value)
	}
	fmt.Fprintf(&b, " events=%d", s.Events)
	for _, q := range s.Queries {
		fmt.Fprintf(&b, " %s=%g", q.Name, q.Count)
	}
	fmt.Fprintf(&b, " at %s of %s..%s", seconds(s.Time), seconds(s.FirstSeen), seconds(s.LastSeen))
	if s.Closed != 0 {
		b.WriteString(" closed " + seconds(s.Closed))
	}
	return b.String()
}

// timelineTest plays a timeline against rules and compares all findings, and that
// nothing is left of them after the end.
func timelineTest(t *testing.T, opts Options, rules []string, timeline, want string) {
	t.Helper()
	var all []*rule.Rule
	for _, text := range rules {
		all = append(all, mustRule(t, text))
	}
	en := newEngine(t, opts, all...)
	var got []string
	emit := func(f signal.Finding) {
		line := describe(f)
		if len(rules) > 1 {
			line = f.Signal.RuleID + " " + line
		}
		got = append(got, line)
	}
	play(t, en, timeline, emit)
	en.Flush(emit)
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if s := en.Stats(); s.Open != 0 || s.Groups != 0 || s.Bytes != 0 {
		t.Errorf("after the end: %d signals open, %d groups, %d bytes", s.Open, s.Groups, s.Bytes)
	}
}

func TestTimelines(t *testing.T) {
	const (
		byIP      = "groupByFields: ['@ip']"
		failures  = "@o:f | name: a, aggregation: count, " + byIP
		successes = "@o:s | name: b, aggregation: count, " + byIP
	)
	brute := threshold("300/3600/7200", []string{failures, successes}, []string{"high Successful: a > 5 && b > 0", "info Attempted: a > 5"})
	one := threshold("300/3600/7200", []string{failures}, []string{"low: a > 2"})
	short := threshold("60/300/600", []string{failures}, []string{"low: a > 1"})
	f := func(name, ruleText, timeline, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			timelineTest(t, Options{Tables: rule.TablesFunc(func(table, column, value string) bool {
				return table == "bad" && column == "ip" && value == "6.6.6.6"
			})}, []string{ruleText}, timeline, want)
		})
	}

	// The window.
	f("nothing below the threshold", one, `0 o=f ip=1 x2/1`, ``)
	f("the event that passes the threshold opens", one, `0 o=f ip=1 x3/1`, `
		opened low ip=1 events=3 a=3 at 2 of 0..2
		closed low ip=1 events=3 a=3 at 2 of 0..2 closed 3602`)
	f("an event exactly a window ago is out", one, "0 o=f ip=1\n100 o=f ip=1\n300 o=f ip=1", ``)
	f("an event just inside the window is in", one, "0 o=f ip=1\n100 o=f ip=1\n299.999 o=f ip=1", `
		opened low ip=1 events=3 a=3 at 299.999 of 0..299.999
		closed low ip=1 events=3 a=3 at 299.999 of 0..299.999 closed 3899.999`)
	f("the window slides, it does not tumble", one, "200 o=f ip=1\n290 o=f ip=1\n310 o=f ip=1", `
		opened low ip=1 events=3 a=3 at 310 of 200..310
		closed low ip=1 events=3 a=3 at 310 of 200..310 closed 3910`)
	f("events at one instant all count", one, `5 o=f ip=1 x3/0`, `
		opened low ip=1 events=3 a=3 at 5 of 5..5
		closed low ip=1 events=3 a=3 at 5 of 5..5 closed 3605`)
	f("at least is not more than", threshold("300/3600/7200", []string{failures}, []string{"low: a >= 2"}), `0 o=f ip=1 x2/1`, `
		opened low ip=1 events=2 a=2 at 1 of 0..1
		closed low ip=1 events=2 a=2 at 1 of 0..1 closed 3601`)
	f("events that match no query do not count", one, "0 o=f ip=1 x2/1\n3 o=x ip=1 x9/1", ``)

	// Groups.
	f("groups are counted apart", one, "0 o=f ip=1 x2/1\n2 o=f ip=2 x2/1", ``)
	f("an event without the group value does not count", one, `0 o=f x9/1`, ``)
	f("empty text is no group value", one, `0 o=f ip= x9/1`, ``)
	f("an optional group value is N/A", threshold("300/3600/7200", []string{failures + ", hasOptionalGroupByFields: true"}, []string{"low: a > 2"}), "0 o=f x2/1\n9 o=f ip=", `
		opened low ip=N/A events=3 a=3 at 9 of 0..9
		closed low ip=N/A events=3 a=3 at 9 of 0..9 closed 3609`)
	f("an array counts in the group of each element", one, `0 o=f ip=[1,2] x3/1`, `
		opened low ip=1 events=3 a=3 at 2 of 0..2
		opened low ip=2 events=3 a=3 at 2 of 0..2
		closed low ip=1 events=3 a=3 at 2 of 0..2 closed 3602
		closed low ip=2 events=3 a=3 at 2 of 0..2 closed 3602`)
	f("an element that is there twice counts once", one, `0 o=f ip=[1,1]`, ``)
	f("two group values do not run into each other",
		threshold("300/3600/7200", []string{"@o:f | name: a, groupByFields: ['@x', '@y']"}, []string{"low: a > 1"}),
		"0 o=f x=ab y=c\n1 o=f x=a y=bc", ``)
	f("a number and its text are one group", one, "0 o=f ip=7\n1 o=f ip=[7]\n2 o=f ip=7", `
		opened low ip=7 events=3 a=3 at 2 of 0..2
		closed low ip=7 events=3 a=3 at 2 of 0..2 closed 3602`)
	f("no group fields make one group", threshold("300/3600/7200", []string{"@o:f | name: a"}, []string{"low: a > 2"}), "0 o=f ip=1\n1 o=f ip=2\n2 o=f", `
		opened low events=3 a=3 at 2 of 0..2
		closed low events=3 a=3 at 2 of 0..2 closed 3602`)
	f("the host and a tag may group", threshold("300/3600/7200", []string{"@o:f | name: a, groupByFields: [host, team]"}, []string{"low: a > 1"}),
		"0 o=f host=h tag=team:x\n1 o=f host=h tag=team:y\n2 o=f host=h tag=team:x", `
		opened low host=h team=x events=2 a=2 at 2 of 0..2
		closed low host=h team=x events=2 a=2 at 2 of 0..2 closed 3602`)

	// Several queries.
	f("queries join on equal group values", brute, "0 o=f ip=1 x6/1\n10 o=s ip=2\n11 o=s ip=1", `
		opened info Attempted ip=1 events=6 a=6 b=0 at 5 of 0..5
		escalated high Successful ip=1 events=7 a=6 b=1 at 5 of 0..11
		closed high Successful ip=1 events=7 a=6 b=1 at 5 of 0..11 closed 3611`)
	f("queries join on the place of the field, not its name",
		threshold("300/3600/7200", []string{"@o:f | name: a, groupByFields: ['@x']", "@o:s | name: b, groupByFields: ['@y']"}, []string{"low: a > 0 && b > 0"}),
		"0 o=f x=k\n1 o=s y=j\n2 o=s y=k", `
		opened low x=k events=2 a=1 b=1 at 2 of 0..2
		closed low x=k events=2 a=1 b=1 at 2 of 0..2 closed 3602`)
	f("the success may come first", brute, "0 o=s ip=1\n1 o=f ip=1 x6/1", `
		opened high Successful ip=1 events=7 a=6 b=1 at 6 of 0..6
		closed high Successful ip=1 events=7 a=6 b=1 at 6 of 0..6 closed 3606`)
	f("the success has left the window", brute, "0 o=s ip=1\n300 o=f ip=1 x6/1", `
		opened info Attempted ip=1 events=6 a=6 b=0 at 305 of 300..305
		closed info Attempted ip=1 events=6 a=6 b=0 at 305 of 300..305 closed 3905`)
	f("an event that two queries match is one event",
		threshold("300/3600/7200", []string{failures, "@ip:1 | name: b, " + byIP}, []string{"low: a > 1 && b > 1"}), `0 o=f ip=1 x2/1`, `
		opened low ip=1 events=2 a=2 b=2 at 1 of 0..1
		closed low ip=1 events=2 a=2 b=2 at 1 of 0..1 closed 3601`)
	f("either query is enough", threshold("300/3600/7200", []string{failures, successes}, []string{"low: a > 8 || b > 1"}), `0 o=s ip=1 x2/1`, `
		opened low ip=1 events=2 a=0 b=2 at 1 of 0..1
		closed low ip=1 events=2 a=0 b=2 at 1 of 0..1 closed 3601`)

	// Cases.
	f("the first case that holds wins", threshold("300/3600/7200", []string{failures}, []string{"low First: a > 1", "high Second: a > 1"}), `0 o=f ip=1 x2/1`, `
		opened low First ip=1 events=2 a=2 at 1 of 0..1
		closed low First ip=1 events=2 a=2 at 1 of 0..1 closed 3601`)
	f("a less severe case only updates", threshold("60/300/7200", []string{failures}, []string{"high Many: a > 2", "low Few: a > 1"}), "0 o=f ip=1 x3/0\n100 o=f ip=1 x2/0", `
		opened low Few ip=1 events=2 a=2 at 0 of 0..0
		escalated high Many ip=1 events=3 a=3 at 0 of 0..0
		closed high Many ip=1 events=5 a=3 at 0 of 0..100 closed 400`)

	// The life of a signal.
	f("updates are sent when the events doubled", one, `0 o=f ip=1 x30/1`, `
		opened low ip=1 events=3 a=3 at 2 of 0..2
		updated low ip=1 events=6 a=3 at 2 of 0..5
		updated low ip=1 events=12 a=3 at 2 of 0..11
		updated low ip=1 events=24 a=3 at 2 of 0..23
		closed low ip=1 events=30 a=3 at 2 of 0..29 closed 3629`)
	f("a match just inside keepAlive goes on", short, "0 o=f ip=1 x2/0\n240 o=f ip=1\n299 o=f ip=1", `
		opened low ip=1 events=2 a=2 at 0 of 0..0
		updated low ip=1 events=4 a=2 at 0 of 0..299
		closed low ip=1 events=4 a=2 at 0 of 0..299 closed 599`)
	f("a match at keepAlive opens another", short, "0 o=f ip=1 x2/0\n299 o=f ip=1\n300 o=f ip=1", `
		opened low ip=1 events=2 a=2 at 0 of 0..0
		closed low ip=1 events=2 a=2 at 0 of 0..0 closed 300
		opened low ip=1 events=2 a=2 at 300 of 299..300
		closed low ip=1 events=2 a=2 at 300 of 299..300 closed 600`)
	f("an event below the threshold does not keep a signal alive", short, "0 o=f ip=1 x2/0\n200 o=f ip=1\n320 o=f ip=1 x2/0", `
		opened low ip=1 events=2 a=2 at 0 of 0..0
		closed low ip=1 events=2 a=2 at 0 of 0..0 closed 300
		opened low ip=1 events=2 a=2 at 320 of 320..320
		closed low ip=1 events=2 a=2 at 320 of 320..320 closed 620`)
	f("events between two matches count", short, "0 o=f ip=1 x2/0\n100 o=f ip=1\n250 o=f ip=1 x2/0", `
		opened low ip=1 events=2 a=2 at 0 of 0..0
		updated low ip=1 events=5 a=2 at 0 of 0..250
		closed low ip=1 events=5 a=2 at 0 of 0..250 closed 550`)
	f("maxSignalDuration closes whatever happens", short, `0 o=f ip=1 x62/10`, `
		opened low ip=1 events=2 a=2 at 10 of 0..10
		updated low ip=1 events=4 a=2 at 10 of 0..30
		updated low ip=1 events=8 a=2 at 10 of 0..70
		updated low ip=1 events=16 a=2 at 10 of 0..150
		updated low ip=1 events=32 a=2 at 10 of 0..310
		closed low ip=1 events=60 a=2 at 10 of 0..590 closed 600
		opened low ip=1 events=6 a=6 at 600 of 550..600
		closed low ip=1 events=7 a=6 at 600 of 550..610 closed 910`)
	f("a window of 0 looks at each event alone", threshold("0/0/0", []string{failures}, []string{"low: a > 0"}), `0 o=f ip=1 x2/1`, `
		opened low ip=1 events=1 a=1 at 0 of 0..0
		closed low ip=1 events=1 a=1 at 0 of 0..0 closed 0
		opened low ip=1 events=1 a=1 at 1 of 1..1
		closed low ip=1 events=1 a=1 at 1 of 1..1 closed 1`)
	f("a window of 0 never holds two events", threshold("0/300/600", []string{failures}, []string{"low: a > 1"}), `0 o=f ip=1 x9/0`, ``)
	f("a window of 0 with keepAlive is one signal", threshold("0/300/600", []string{failures}, []string{"low: a > 0"}), "0 o=f ip=1\n299 o=f ip=1\n599 o=f ip=1", `
		opened low ip=1 events=1 a=1 at 0 of 0..0
		updated low ip=1 events=2 a=1 at 0 of 0..299
		closed low ip=1 events=2 a=1 at 0 of 0..299 closed 599
		opened low ip=1 events=1 a=1 at 599 of 599..599
		closed low ip=1 events=1 a=1 at 599 of 599..599 closed 899`)
	f("the end of the input closes in the order of time", short, "0 o=f ip=2 x2/0\n1 o=f ip=1 x2/0\n10 o=f ip=2", `
		opened low ip=2 events=2 a=2 at 0 of 0..0
		opened low ip=1 events=2 a=2 at 1 of 1..1
		closed low ip=1 events=2 a=2 at 1 of 1..1 closed 301
		closed low ip=2 events=3 a=2 at 0 of 0..10 closed 310`)
	f("time that passes elsewhere closes", short, "0 o=f ip=1 x2/0\n400 o=x x1100/0", `
		opened low ip=1 events=2 a=2 at 0 of 0..0
		closed low ip=1 events=2 a=2 at 0 of 0..0 closed 300`)

	// Aggregations.
	cardinality := threshold("300/3600/7200", []string{"@o:f | name: users, aggregation: cardinality, distinctFields: ['@usr.id'], " + byIP}, []string{"low: users > 2"})
	f("distinct values are counted, not events", cardinality, "0 o=f ip=1 usr.id=u x9/1\n20 o=f ip=1 usr.id=v\n21 o=f ip=1 usr.id=w", `
		opened low ip=1 events=11 users=3 at 21 of 0..21
		closed low ip=1 events=11 users=3 at 21 of 0..21 closed 3621`)
	f("a value leaves the window with its last event", cardinality, "0 o=f ip=1 usr.id=u\n200 o=f ip=1 usr.id=v\n250 o=f ip=1 usr.id=u\n450 o=f ip=1 usr.id=w", `
		opened low ip=1 events=3 users=3 at 450 of 200..450
		closed low ip=1 events=3 users=3 at 450 of 200..450 closed 4050`)
	f("a value that left is not counted", cardinality, "0 o=f ip=1 usr.id=u\n200 o=f ip=1 usr.id=v\n300 o=f ip=1 usr.id=w", ``)
	f("events without the distinct value do not count", cardinality, `0 o=f ip=1 x9/1`, ``)
	f("two distinct fields are a tuple",
		threshold("300/3600/7200", []string{"@o:f | name: a, aggregation: cardinality, distinctFields: ['@x', '@y'], " + byIP}, []string{"low: a > 2"}),
		"0 o=f ip=1 x=1 y=1\n1 o=f ip=1 x=1 y=2\n2 o=f ip=1 x=1 y=1\n3 o=f ip=1 x=2 y=1", `
		opened low ip=1 events=4 a=3 at 3 of 0..3
		closed low ip=1 events=4 a=3 at 3 of 0..3 closed 3603`)
	f("a sum", threshold("300/3600/7200", []string{"@o:f | name: a, aggregation: sum, metric: '@bytes', " + byIP}, []string{"low: a > 100"}),
		"0 o=f ip=1 bytes=60\n1 o=f ip=1 bytes=none\n300 o=f ip=1 bytes=50\n301 o=f ip=1 bytes=51", `
		opened low ip=1 events=2 a=101 at 301 of 300..301
		closed low ip=1 events=2 a=101 at 301 of 300..301 closed 3901`)
	f("a maximum", threshold("300/3600/7200", []string{"@o:f | name: a, aggregation: max, metrics: ['@bytes'], " + byIP}, []string{"low: a > 100"}),
		"0 o=f ip=1 bytes=60 x9/1\n10 o=f ip=1 bytes=101", `
		opened low ip=1 events=10 a=101 at 10 of 0..10
		closed low ip=1 events=10 a=101 at 10 of 0..10 closed 3610`)
	f("none matches event by event", threshold("300/3600/7200", []string{"@o:f | name: a, aggregation: none, " + byIP}, []string{"low: "}), "0 o=f ip=1\n10 o=f ip=1", `
		opened low ip=1 events=1 a=1 at 0 of 0..0
		updated low ip=1 events=2 a=1 at 0 of 0..10
		closed low ip=1 events=2 a=1 at 0 of 0..10 closed 3610`)

	// What a rule adds.
	lowered := threshold("0/0/0", []string{failures}, []string{"high: a > 0"}, "option decreaseCriticalityBasedOnEnv: true")
	f("an environment for tests is one level down", lowered, "0 o=f ip=1 tag=env:staging-eu", `
		opened medium ip=1 events=1 a=1 at 0 of 0..0
		closed medium ip=1 events=1 a=1 at 0 of 0..0 closed 0`)
	f("production is not", lowered, "0 o=f ip=1 tag=env:production", `
		opened high ip=1 events=1 a=1 at 0 of 0..0
		closed high ip=1 events=1 a=1 at 0 of 0..0 closed 0`)
	f("only addresses in the table count",
		threshold("0/0/0", []string{failures}, []string{"low: a > 0"}, "referenceTables: [{tableName: bad, columnName: ip, logFieldPath: '@ip', checkPresence: true, ruleQueryName: a}]"),
		"0 o=f ip=1.1.1.1\n1 o=f ip=6.6.6.6\n2 o=f", `
		opened low ip=6.6.6.6 events=1 a=1 at 1 of 1..1
		closed low ip=6.6.6.6 events=1 a=1 at 1 of 1..1 closed 1`)
	f("only addresses outside the table count",
		threshold("0/0/0", []string{failures}, []string{"low: a > 0"}, "referenceTables: [{tableName: bad, columnName: ip, logFieldPath: '@ip', checkPresence: false}]"),
		"0 o=f ip=1.1.1.1\n1 o=f ip=6.6.6.6", `
		opened low ip=1.1.1.1 events=1 a=1 at 0 of 0..0
		closed low ip=1.1.1.1 events=1 a=1 at 0 of 0..0 closed 0`)
	f("filters require and suppress",
		threshold("0/0/0", []string{failures}, []string{"low: a > 0"}, "filters: [{action: require, query: '@k:1'}, {action: suppress, query: '@ip:2'}]"),
		"0 o=f ip=1\n1 o=f ip=1 k=1\n2 o=f ip=2 k=1", `
		opened low ip=1 events=1 a=1 at 1 of 1..1
		closed low ip=1 events=1 a=1 at 1 of 1..1 closed 1`)

	// Events that are late, or have no time.
	f("a late event inside the window counts", one, "100 o=f ip=1\n150 o=f ip=1\n20 o=f ip=1", `
		opened low ip=1 events=3 a=3 at 20 of 20..150
		closed low ip=1 events=3 a=3 at 20 of 20..150 closed 3750`)
	f("a late event completes a window that is over", one, "0 o=f ip=1\n10 o=f ip=1\n305 o=f ip=1\n9 o=f ip=1", `
		opened low ip=1 events=3 a=3 at 9 of 0..10
		closed low ip=1 events=3 a=3 at 9 of 0..10 closed 3610`)
	f("a late event counts only in windows that hold it", one, "0 o=f ip=1\n290 o=f ip=1\n304 o=f ip=1\n5 o=f ip=1", `
		opened low ip=1 events=3 a=3 at 5 of 0..290
		closed low ip=1 events=3 a=3 at 5 of 0..290 closed 3890`)
	f("one time from the far future disturbs nothing", one, "0 o=f ip=1 x2/1\n9999999 o=f ip=1\n3 o=f ip=1", `
		opened low ip=1 events=3 a=3 at 3 of 0..3
		closed low ip=1 events=3 a=3 at 3 of 0..3 closed 3603`)
	f("a log that starts over is read again", one, "100000 o=f ip=1 x2/1\n0 o=f ip=1 x3/1", `
		opened low ip=1 events=3 a=3 at 2 of 0..2
		closed low ip=1 events=3 a=3 at 2 of 0..2 closed 3602`)
	f("a signal does not swallow what was long before it", one, "100000 o=f ip=1 x3/1\n0 o=f ip=1 x3/1", `
		opened low ip=1 events=3 a=3 at 100002 of 100000..100002
		closed low ip=1 events=3 a=3 at 100002 of 100000..100002 closed 103602
		opened low ip=1 events=3 a=3 at 2 of 0..2
		closed low ip=1 events=3 a=3 at 2 of 0..2 closed 3602`)
	f("two logs in turn are both counted", one, "100000 o=f ip=1\n0 o=f ip=1\n100001 o=f ip=1\n1 o=f ip=1\n2 o=f ip=1", `
		opened low ip=1 events=3 a=3 at 2 of 0..2
		closed low ip=1 events=3 a=3 at 2 of 0..2 closed 3602`)
	f("an event without a time has the time of the one before", one, "50 o=x\n0 o=f ip=1 time=none x3/9", `
		opened low ip=1 events=3 a=3 at 50 of 50..50
		closed low ip=1 events=3 a=3 at 50 of 50..50 closed 3650`)
}
