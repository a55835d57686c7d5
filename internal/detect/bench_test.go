package detect

import (
	"fmt"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// manyRules returns rules as a platform has them: a third for logins, a third for
// the calls of a cloud's audit log, a third for web requests.
func manyRules(t testing.TB, n int) []*rule.Rule {
	t.Helper()
	rules := make([]*rule.Rule, n)
	for i := range rules {
		var queries, cases []string
		switch i % 3 {
		case 0:
			queries = []string{
				"@evt.category:authentication @evt.outcome:failure | name: a, groupByFields: ['@network.client.ip']",
				"@evt.category:authentication @evt.outcome:success | name: b, groupByFields: ['@network.client.ip']",
			}
			cases = []string{fmt.Sprintf("high: a > %d && b > 0", i+5), fmt.Sprintf("info: a > %d", i+5)}
		case 1:
			queries = []string{fmt.Sprintf("source:cloudtrail @evt.name:Call%d -@userIdentity.type:AWSService | name: a, groupByFields: ['@userIdentity.arn']", i)}
			cases = []string{"low: a > 0"}
		default:
			queries = []string{fmt.Sprintf("source:nginx @http.status_code:[400 TO 499] @http.url:*probe%d* | name: a, groupByFields: ['@network.client.ip']", i)}
			cases = []string{"low: a > 3"}
		}
		text := threshold("300/3600/86400", queries, cases, fmt.Sprintf("id: rule%d", i))
		rules[i] = mustRule(t, text)
	}
	return rules
}

// loginEvent fills in a failed login.
func loginEvent(e *event.Event, ip string, at int64) {
	e.Reset()
	e.Time, e.Line = at, 1
	e.Source, e.Host = "sshd", "web-1"
	e.Raw = "Nov 21 20:04:00 web-1 sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2"
	e.Message = e.Raw
	e.Set(event.EvtCategory, event.StringValue("authentication"))
	e.Set(event.EvtOutcome, event.StringValue("failure"))
	e.Set(event.EvtName, event.StringValue("login"))
	e.Set(event.ClientIP, event.StringValue(ip))
	e.Set(event.UserName, event.StringValue("root"))
}

// otherEvent fills in an event that no rule matches.
func otherEvent(e *event.Event, at int64) {
	loginEvent(e, "192.0.2.1", at)
	e.Set(event.EvtCategory, event.StringValue("process"))
}

func TestObserveDoesNotAllocate(t *testing.T) {
	f := func(name string, fill func(e *event.Event, at int64)) {
		t.Helper()
		en := newEngine(t, Options{}, manyRules(t, 30)...)
		e := event.New()
		at := start().UnixNano()
		emit := func(signal.Finding) {}
		step := func() {
			at += 1e6
			fill(e, at)
			en.Observe(e, emit)
		}
		for range 400 {
			step()
		}
		// An update is sent each time the events double, which allocates: none is due
		// in the next events.
		if n := testing.AllocsPerRun(100, step); n != 0 {
			t.Errorf("%s: %v allocations an event, want 0", name, n)
		}
	}
	f("an event that no rule matches", otherEvent)
	f("a repeated match of open signals", func(e *event.Event, at int64) { loginEvent(e, "192.0.2.1", at) })
}

func BenchmarkObserve(b *testing.B) {
	for _, n := range []int{30, 3000} {
		rules := manyRules(b, n)
		b.Run(fmt.Sprintf("rules=%d/nothing", n), func(b *testing.B) {
			bench(b, rules, func(e *event.Event, i int, at int64) { otherEvent(e, at) })
		})
		b.Run(fmt.Sprintf("rules=%d/match", n), func(b *testing.B) {
			bench(b, rules, func(e *event.Event, i int, at int64) { loginEvent(e, "192.0.2.1", at) })
		})
		ips := make([]string, 10_000)
		for i := range ips {
			ips[i] = fmt.Sprintf("10.1.%d.%d", i/250, i%250)
		}
		b.Run(fmt.Sprintf("rules=%d/10000addresses", n), func(b *testing.B) {
			bench(b, rules, func(e *event.Event, i int, at int64) { loginEvent(e, ips[i%len(ips)], at) })
		})
	}
}

// bench measures Observe with the filling of the event; the empty engine of
// rules=0 is what to subtract.
func bench(b *testing.B, rules []*rule.Rule, fill func(e *event.Event, i int, at int64)) {
	b.Helper()
	en := newEngine(b, Options{}, rules...)
	e := event.New()
	at := start().UnixNano()
	emit := func(signal.Finding) {}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		at += 1e7
		fill(e, i, at)
		en.Observe(e, emit)
	}
}

func BenchmarkFill(b *testing.B) {
	bench(b, nil, func(e *event.Event, _ int, at int64) { loginEvent(e, "192.0.2.1", at) })
}
