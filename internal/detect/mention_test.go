package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// named writes the entities of a signal, and how many events named others.
func named(s *signal.Signal) string {
	var parts []string
	for _, e := range s.Entities {
		parts = append(parts, fmt.Sprintf("%s:%s/%d", e.Kind, e.Value, e.Events))
	}
	for _, u := range s.Unlisted {
		parts = append(parts, fmt.Sprintf("+%s/%d", u.Kind, u.Events))
	}
	return strings.Join(parts, " ")
}

func TestSignalsNameWhoDecided(t *testing.T) {
	const (
		ip  = "network.client.ip="
		byU = "groupByFields: ['@usr.id']"
	)
	f := func(name, rule, timeline string, want ...string) {
		t.Helper()
		var got []string
		play(t, newEngine(t, Options{}, mustRule(t, rule)), timeline, func(f signal.Finding) {
			if f.Change != signal.Closed {
				got = append(got, f.Change.String()+" "+named(f.Signal))
			}
		})
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	travel := threshold("0/300/600", []string{"@o:s | name: a, aggregation: geo_data, metric: '@geo', " + byU}, []string{"low: "}, "option detectionMethod: impossible_travel")
	f("both ends of a journey, and no place before", travel,
		"0 o=s usr.id=bob "+ip+"192.0.2.9 geo.location.latitude=35 geo.location.longitude=139\n"+
			"50000 o=s usr.id=bob "+ip+"192.0.2.1 geo.location.latitude=35 geo.location.longitude=139\n"+
			"50060 o=s usr.id=bob "+ip+"198.51.100.1 geo.location.latitude=51 geo.location.longitude=0",
		"opened user:bob/2 ip:198.51.100.1/1 ip:192.0.2.1/1")
	brute := threshold("60/300/600", []string{"@o:f | name: a, " + byU}, []string{"low: a > 3"})
	f("the addresses of guesses at one user, without those before the window", brute,
		"0 o=f usr.id=bob "+ip+"192.0.2.9\n100 o=f usr.id=bob "+ip+"192.0.2.1\n101 o=f usr.id=bob "+ip+"192.0.2.1\n102 o=f usr.id=bob "+ip+"192.0.2.2\n103 o=f usr.id=bob "+ip+"192.0.2.3",
		"opened user:bob/4 ip:192.0.2.3/1 ip:192.0.2.1/2 ip:192.0.2.2/1")
	then := threshold("60/300/600", []string{"@o:f | name: a, " + byU, "@o:s | name: b, " + byU}, []string{"high: a > 1 THEN b > 0"})
	f("the steps of a sequence", then,
		"0 o=f usr.id=bob "+ip+"192.0.2.1\n1 o=f usr.id=bob "+ip+"192.0.2.2\n2 o=s usr.id=bob "+ip+"192.0.2.3",
		"opened user:bob/3 ip:192.0.2.3/1 ip:192.0.2.1/1 ip:192.0.2.2/1")
	worse := threshold("60/300/600", []string{"@o:f | name: a, " + byU, "@o:s | name: b, aggregation: none, " + byU}, []string{"high: b > 0 && a > 1", "low: b > 0"})
	f("events between that change nothing are told with the next change", worse,
		"0 o=s usr.id=bob "+ip+"192.0.2.1\n1 o=f usr.id=bob "+ip+"192.0.2.2\n2 o=f usr.id=bob "+ip+"192.0.2.2\n3 o=s usr.id=bob "+ip+"192.0.2.3",
		"opened user:bob/1 ip:192.0.2.1/1", "escalated user:bob/4 ip:192.0.2.1/1 ip:192.0.2.3/1 ip:192.0.2.2/2")
	var many strings.Builder
	for i := range 15 {
		fmt.Fprintf(&many, "%d o=f usr.id=bob %s192.0.2.%d\n", i, ip, i)
	}
	f("ten of a kind before it opened, the latest; more are counted", threshold("60/300/600", []string{"@o:f | name: a, " + byU}, []string{"low: a > 14"}), many.String(),
		"opened user:bob/15 ip:192.0.2.14/1 ip:192.0.2.10/1 ip:192.0.2.11/1 ip:192.0.2.12/1 ip:192.0.2.13/1 ip:192.0.2.4/1 ip:192.0.2.5/1 ip:192.0.2.6/1 ip:192.0.2.7/1 ip:192.0.2.8/1 ip:192.0.2.9/1 +ip/4")
	roof := threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@network.client.ip', '@usr.id']"}, []string{"low: a > 1"}, "groupSignalsBy: ['@network.client.ip']")
	f("groups that share a signal", roof, "0 o=f usr.id=bob "+ip+"192.0.2.1\n1 o=f usr.id=bob "+ip+"192.0.2.1\n2 o=f usr.id=eve "+ip+"192.0.2.1\n3 o=f usr.id=eve "+ip+"192.0.2.1",
		"opened ip:192.0.2.1/2 user:bob/2", "updated ip:192.0.2.1/4 user:bob/2 user:eve/2")
	optional := threshold("60/300/600", []string{"@o:f | name: a, hasOptionalGroupByFields: true, groupByFields: ['@network.client.ip', '@usr.id']"}, []string{"low: a > 1"})
	f("a missing group value is no entity, and takes no other's count", optional, "0 o=f usr.id=bob host=a\n1 o=f usr.id=bob host=b", "opened user:bob/2 host:b/1 host:a/1")
}

// An attacker who changes his address with every event costs no allocation, neither
// before a signal opens nor while it is open.
func TestMentionsAllocateNothing(t *testing.T) {
	for name, first := range map[string]string{"no signal": "f", "an open signal": "s"} {
		en := newEngine(t, Options{}, mustRule(t, threshold("3600/86400/86400",
			[]string{"@o:f | name: a, groupByFields: ['@usr.id']", "@o:s | name: b, aggregation: none, groupByFields: ['@usr.id']"}, []string{"low: b > 0"})))
		emit := func(signal.Finding) {}
		e := event.New()
		e.Set("o", event.StringValue(first))
		e.Set(event.UserID, event.StringValue("bob"))
		var texts []string
		for i := range 256 {
			texts = append(texts, fmt.Sprintf("192.0.2.%d", i))
		}
		e.Time = start().UnixNano()
		n := 0
		send := func() {
			n++
			e.Set(event.ClientIP, event.StringValue(texts[n%256]))
			en.Observe(e, emit)
		}
		send()
		e.Set("o", event.StringValue("f"))
		for range 600 {
			send()
		}
		if open := en.Stats().Open == 1; open != (first == "s") {
			t.Fatalf("%s: a signal is open: %v", name, open)
		}
		if got := testing.AllocsPerRun(500, send); got != 0 {
			t.Errorf("%s: %v allocations an event, want 0", name, got)
		}
	}
}
