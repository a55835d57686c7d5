package detect

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

func TestLeakyBuckets(t *testing.T) {
	f := methodTest(t, Options{})
	const failures = "@o:f | name: a, groupByFields: ['@ip']"
	leaky := func(windows, options string, queries, cases []string) []string {
		return one(threshold(windows, queries, cases, "option detectionMethod: leaky_bucket", "option leakyBucket: {"+options+"}"))
	}
	plain := leaky("0/60/3600", "capacity: 5, leakSpeed: 10", []string{failures}, []string{"low: "})
	f("the sixth event overflows", plain, "0 o=f ip=1 x5/1\n5 o=f ip=1", `
		opened low ip=1 events=6 a=5.5 at 5 of 0..5
		closed low ip=1 events=6 a=5.5 at 5 of 0..5 closed 65`)
	f("what leaks does not overflow", plain, "0 o=f ip=1 x100/10", ``)
	f("one leak makes room for one more", plain, "0 o=f ip=1 x5/0\n10 o=f ip=1\n10 o=f ip=1", `
		opened low ip=1 events=7 a=6 at 10 of 0..10
		closed low ip=1 events=7 a=6 at 10 of 0..10 closed 70`)
	f("an overflow empties the bucket", plain, "0 o=f ip=1 x11/0", `
		opened low ip=1 events=6 a=6 at 0 of 0..0
		closed low ip=1 events=6 a=6 at 0 of 0..0 closed 60`)
	f("the second overflow goes on with the signal", plain, "0 o=f ip=1 x12/0", `
		opened low ip=1 events=6 a=6 at 0 of 0..0
		updated low ip=1 events=12 a=6 at 0 of 0..0
		closed low ip=1 events=12 a=6 at 0 of 0..0 closed 60`)
	f("buckets are by group", plain, "0 o=f ip=1 x5/0\n0 o=f ip=2 x5/0", ``)
	f("a capacity of none matches each event", leaky("0/0/0", "capacity: 0, leakSpeed: 10", []string{failures}, []string{"low: "}), "0 o=f ip=1", `
		opened low ip=1 events=1 a=1 at 0 of 0..0
		closed low ip=1 events=1 a=1 at 0 of 0..0 closed 0`)
	f("the blackhole swallows what follows", leaky("0/0/0", "capacity: 1, leakSpeed: 10, blackhole: 60", []string{failures}, []string{"low: "}), "0 o=f ip=1 x59/1\n60 o=f ip=1 x2/0", `
		opened low ip=1 events=2 a=1.9 at 1 of 0..1
		closed low ip=1 events=2 a=1.9 at 1 of 0..1 closed 1`)
	f("after the blackhole it counts again", leaky("0/0/0", "capacity: 1, leakSpeed: 10, blackhole: 60", []string{failures}, []string{"low: "}), "0 o=f ip=1 x2/1\n61 o=f ip=1 x2/0", `
		opened low ip=1 events=2 a=1.9 at 1 of 0..1
		closed low ip=1 events=2 a=1.9 at 1 of 0..1 closed 1
		opened low ip=1 events=2 a=2 at 61 of 61..61
		closed low ip=1 events=2 a=2 at 61 of 61..61 closed 61`)
	f("only different values pour", leaky("0/0/0", "capacity: 2, leakSpeed: 60, distinct: '@u'", []string{failures}, []string{"low: "}), "0 o=f ip=1 u=1 x9/1\n10 o=f ip=1 u=2\n11 o=f ip=1 u=3\n12 o=f ip=1 u=4", `
		opened low ip=1 events=11 a=2.8166666666666664 at 11 of 0..11
		closed low ip=1 events=11 a=2.8166666666666664 at 11 of 0..11 closed 11`)
	f("an event without the value does not pour", leaky("0/0/0", "capacity: 2, leakSpeed: 60, distinct: '@u'", []string{failures}, []string{"low: "}), "0 o=f ip=1 x9/1", ``)
	f("a success while the bucket is high", leaky("0/60/3600", "capacity: 5, leakSpeed: 10", []string{failures, "@o:s | name: b, aggregation: none, groupByFields: ['@ip']"}, []string{"high Successful: a > 3 && b > 0", "info Attempted: a > 5"}),
		"0 o=f ip=1 x6/0\n20 o=s ip=1", `
		opened info Attempted ip=1 events=6 a=6 b=0 at 0 of 0..0
		escalated high Successful ip=1 events=7 a=4 b=1 at 0 of 0..20
		closed high Successful ip=1 events=7 a=4 b=1 at 0 of 0..20 closed 80`)
	f("a condition beside an overflow", leaky("0/60/3600", "capacity: 5, leakSpeed: 10", []string{failures, "@o:s | name: b, aggregation: none, groupByFields: ['@ip']"}, []string{"high Successful: a > 3 && b > 0", "info Attempted: "}),
		"0 o=f ip=1 x5/0\n0 o=s ip=2\n1 o=f ip=1\n2 o=f ip=1", `
		opened info Attempted ip=1 events=6 a=5.9 b=0 at 1 of 0..1
		closed info Attempted ip=1 events=7 a=5.9 b=0 at 1 of 0..2 closed 62`)
	f("a flood fills no more than one beyond the capacity", leaky("0/60/3600", "capacity: 5, leakSpeed: 10", []string{failures, "@o:s | name: b, aggregation: none, groupByFields: ['@ip']"}, []string{"high: a > 0 && b > 0"}),
		"0 o=f ip=1 x1000/0\n60 o=s ip=1", ``)
	f("a late event leaks nothing", plain, "10 o=f ip=1 x5/0\n5 o=f ip=1", `
		opened low ip=1 events=6 a=6 at 5 of 5..10
		closed low ip=1 events=6 a=6 at 5 of 5..10 closed 70`)
}

func TestAnomalyDetection(t *testing.T) {
	f := methodTest(t, Options{})
	anomaly := func(query, condition, options string) []string {
		return one(threshold("300/3600/86400", []string{query}, []string{"medium: " + condition}, "option detectionMethod: anomaly_detection", "option anomalyDetectionOptions: {"+options+"}"))
	}
	const (
		failures = "@o:f | name: a, groupByFields: ['@u']"
		hour     = "bucketDuration: 300, learningDuration: 1, detectionTolerance: 3"
	)
	plain := anomaly(failures, "a > 0.995", hour)
	f("more than ever after the learning time", plain, "0 o=f u=1 x12/300\n3600 o=f u=1 x20/1", `
		opened medium u=1 events=5 a=5 at 3604 of 3600..3604
		updated medium u=1 events=10 a=5 at 3604 of 3600..3609
		updated medium u=1 events=20 a=5 at 3604 of 3600..3619
		closed medium u=1 events=20 a=5 at 3604 of 3600..3619 closed 7219`)
	f("as many as ever", plain, "0 o=f u=1 x120/30\n3600 o=f u=1 x10/30", ``)
	f("a burst while learning", plain, "0 o=f u=1 x6/300\n1800 o=f u=1 x1000/0.1", ``)
	f("a group that is seen for the first time never fires", plain, "0 o=f u=2 x12/300\n3600 o=f u=1 x1000/0.1", ``)
	f("what happened before is not unusual", plain, "0 o=f u=1 x50/1\n300 o=f u=1 x12/300\n3900 o=f u=1 x50/1", ``)
	f("a baseline while learning", anomaly(failures, "a > 0.995", hour+", learningPeriodBaseline: 10"), "0 o=f u=1\n300 o=f u=1 x10/1", `
		opened medium u=1 events=10 a=10 at 309 of 300..309
		closed medium u=1 events=10 a=10 at 309 of 300..309 closed 3909`)
	f("not in the first bucket, baseline or not", anomaly(failures, "a > 0.995", hour+", learningPeriodBaseline: 10"), "0 o=f u=1 x100/1", ``)
	f("a tolerant rule bears more", anomaly(failures, "a > 0.995", "bucketDuration: 300, learningDuration: 1, detectionTolerance: 5"), "0 o=f u=1 x12/300\n3600 o=f u=1 x6/1", ``)
	f("an eager rule less", anomaly(failures, "a > 0.995", "bucketDuration: 300, learningDuration: 1, detectionTolerance: 1"), "0 o=f u=1 x12/300\n3600 o=f u=1 x4/1", `
		opened medium u=1 events=4 a=4 at 3603 of 3600..3603
		closed medium u=1 events=4 a=4 at 3603 of 3600..3603 closed 7203`)
	f("no condition is a score over 0.995", anomaly(failures, "", hour), "0 o=f u=1 x12/300\n3600 o=f u=1 x5/1", `
		opened medium u=1 events=5 a=5 at 3604 of 3600..3604
		closed medium u=1 events=5 a=5 at 3604 of 3600..3604 closed 7204`)
	f("distinct values, not events", anomaly("@o:f | name: a, aggregation: cardinality, distinctFields: ['@x'], groupByFields: ['@u']", "a > 0.995", hour),
		"0 o=f u=1 x=1 x12/300\n3600 o=f u=1 x=1 x50/1\n3700 o=f u=1 x={i} x6/1", `
		opened medium u=1 events=55 a=5 at 3704 of 3600..3704
		closed medium u=1 events=56 a=5 at 3704 of 3600..3705 closed 7305`)
	f("a sum", anomaly("@o:f | name: a, aggregation: sum, metric: '@bytes', groupByFields: ['@u']", "a > 0.995", hour),
		"0 o=f u=1 bytes=100 x12/300\n3600 o=f u=1 bytes=105\n3601 o=f u=1 bytes=500", `
		opened medium u=1 events=2 a=605 at 3601 of 3600..3601
		closed medium u=1 events=2 a=605 at 3601 of 3600..3601 closed 7201`)
	f("quiet time is learnt too", plain, "0 o=f u=1\n3600 o=f u=1 x20/0", `
		opened medium u=1 events=4 a=4 at 3600 of 3600..3600
		updated medium u=1 events=8 a=4 at 3600 of 3600..3600
		updated medium u=1 events=16 a=4 at 3600 of 3600..3600
		closed medium u=1 events=20 a=4 at 3600 of 3600..3600 closed 7200`)
	f("after hours of quiet the first event counts as well", plain, "0 o=f u=1\n36000 o=f u=1 x5/1", `
		opened medium u=1 events=4 a=4 at 36003 of 36000..36003
		closed medium u=1 events=5 a=4 at 36003 of 36000..36004 closed 39604`)
	f("one time from the far future does not blind", plain, "0 o=f u=1 x12/300\n9999999 o=f u=1\n3600 o=f u=1 x5/1", `
		opened medium u=1 events=5 a=5 at 3604 of 3600..3604
		closed medium u=1 events=5 a=5 at 3604 of 3600..3604 closed 7204`)
	f("a log that starts over is learnt again", plain, "900000 o=f u=1 x12/300\n0 o=f u=1 x24/300\n7200 o=f u=1 x5/0", `
		opened medium u=1 events=5 a=5 at 7200 of 7200..7200
		closed medium u=1 events=5 a=5 at 7200 of 7200..7200 closed 10800`)
}

func TestThirdParty(t *testing.T) {
	f := methodTest(t, Options{})
	thirdParty := func(windows, options string) []string {
		return one("name: Findings\nmessage: ''\nqueries: []\ncases: []\nthirdPartyCases:\n- {query: '@severity:>=7', status: high, name: severe}\n- {query: '@severity:>=4', status: medium}\n" +
			"options: {detectionMethod: third_party, " + windows + "thirdPartyRuleOptions: {" + options + "rootQueries: [{query: '@product:guard @on:*', groupByFields: ['@on']}, {query: '@product:guard', groupByFields: []}]}}\n")
	}
	day := thirdParty("", "defaultStatus: low, ")
	f("the case gives the severity", day, "0 product=guard on=a severity=8", `
		opened high severe on=a events=1 at 0 of 0..0
		closed high severe on=a events=1 at 0 of 0..0 closed 86400`)
	f("no case: the default", day, "0 product=guard on=a severity=1", `
		opened low on=a events=1 at 0 of 0..0
		closed low on=a events=1 at 0 of 0..0 closed 86400`)
	f("findings are rolled up for a day", day, "0 product=guard on=a severity=5\n80000 product=guard on=a severity=8\n86400 product=guard on=a severity=5", `
		opened medium on=a events=1 at 0 of 0..0
		escalated high severe on=a events=2 at 0 of 0..80000
		closed high severe on=a events=2 at 0 of 0..80000 closed 86400
		opened medium on=a events=1 at 86400 of 86400..86400
		closed medium on=a events=1 at 86400 of 86400..86400 closed 172800`)
	f("the first root query that can group has it", day, "0 product=guard on=a severity=5\n1 product=guard severity=5", `
		opened medium on=a events=1 at 0 of 0..0
		opened medium events=1 at 1 of 1..1
		closed medium on=a events=1 at 0 of 0..0 closed 86400
		closed medium events=1 at 1 of 1..1 closed 86401`)
	f("other products are not asked", day, "0 product=x on=a severity=8", ``)
	f("keepAlive 0 is a signal for each finding", thirdParty("keepAlive: 0, maxSignalDuration: 600, ", "defaultStatus: low, "), "0 product=guard on=a x2/1", `
		opened low on=a events=1 at 0 of 0..0
		closed low on=a events=1 at 0 of 0..0 closed 0
		opened low on=a events=1 at 1 of 1..1
		closed low on=a events=1 at 1 of 1..1 closed 1`)

	var title string
	en := newEngine(t, Options{}, mustRule(t, thirdParty("", "signalTitleTemplate: 'Guard - {{ @triggering_event.name }} on {{@on}}', ")[0]))
	play(t, en, "0 product=guard on=a name=miner", func(f signal.Finding) { title = f.Signal.Title })
	if title != "Guard - miner on a" {
		t.Errorf("the title is %q", title)
	}
}

func TestSignalCorrelation(t *testing.T) {
	f := methodTest(t, Options{})
	scan := threshold("60/60/60", []string{"@o:scan | name: a, groupByFields: ['@ip']"}, []string{"low: a > 1"}, "id: scan")
	login := threshold("60/60/60", []string{"@o:login | name: a, groupByFields: ['@ip', '@usr']"}, []string{"low: a > 0"}, "id: login")
	both := func(condition string, more ...string) string {
		return threshold("300/300/600", []string{
			" | name: s, ruleId: scan, aggregation: event_count, correlatedByFields: ['@ip']",
			" | name: l, defaultRuleId: login, aggregation: event_count, correlatedByFields: ['@ip']",
		}, []string{"high: " + condition}, append([]string{"id: both", "type: signal_correlation"}, more...)...)
	}
	rules := []string{scan, login, both("s > 0 && l > 0")}
	f("signals of two rules come together", rules, "0 o=scan ip=1 x2/1\n100 o=login ip=1 usr=bob", `
		scan opened low ip=1 events=2 a=2 at 1 of 0..1
		login opened low ip=1 usr=bob events=1 a=1 at 100 of 100..100
		both opened high ip=1 events=2 s=1 l=1 at 100 of 1..100
		scan closed low ip=1 events=2 a=2 at 1 of 0..1 closed 60
		login closed low ip=1 usr=bob events=1 a=1 at 100 of 100..100 closed 160
		both closed high ip=1 events=2 s=1 l=1 at 100 of 1..100 closed 400`)
	f("signals of two addresses do not", rules, "0 o=scan ip=1 x2/1\n100 o=login ip=2 usr=bob", `
		scan opened low ip=1 events=2 a=2 at 1 of 0..1
		login opened low ip=2 usr=bob events=1 a=1 at 100 of 100..100
		scan closed low ip=1 events=2 a=2 at 1 of 0..1 closed 60
		login closed low ip=2 usr=bob events=1 a=1 at 100 of 100..100 closed 160`)
	f("events that open nothing do not count", rules, "0 o=scan ip=1\n100 o=login ip=1 usr=bob", `
		login opened low ip=1 usr=bob events=1 a=1 at 100 of 100..100
		login closed low ip=1 usr=bob events=1 a=1 at 100 of 100..100 closed 160`)
	f("signals after each other", []string{scan, login, both("s > 0 THEN l > 0")}, "0 o=login ip=1 usr=bob\n61 o=scan ip=1 x2/0\n130 o=login ip=1 usr=bob", `
		login opened low ip=1 usr=bob events=1 a=1 at 0 of 0..0
		scan opened low ip=1 events=2 a=2 at 61 of 61..61
		login closed low ip=1 usr=bob events=1 a=1 at 0 of 0..0 closed 60
		login opened low ip=1 usr=bob events=1 a=1 at 130 of 130..130
		both opened high ip=1 events=3 s=1 l=2 at 130 of 0..130
		scan closed low ip=1 events=2 a=2 at 61 of 61..61 closed 121
		login closed low ip=1 usr=bob events=1 a=1 at 130 of 130..130 closed 190
		both closed high ip=1 events=3 s=1 l=2 at 130 of 0..130 closed 430`)
	f("a value that the rule does not group by comes from the log", []string{
		scan,
		threshold("300/300/600", []string{" | name: s, ruleId: scan, aggregation: event_count, correlatedByFields: ['@site']"}, []string{"high: s > 1"}, "id: both", "type: signal_correlation"),
	},
		"0 o=scan ip=1 site=x x2/0\n1 o=scan ip=2 site=x x2/0", `
		scan opened low ip=1 events=2 a=2 at 0 of 0..0
		scan opened low ip=2 events=2 a=2 at 1 of 1..1
		both opened high site=x events=2 s=2 at 1 of 0..1
		scan closed low ip=1 events=2 a=2 at 0 of 0..0 closed 60
		scan closed low ip=2 events=2 a=2 at 1 of 1..1 closed 61
		both closed high site=x events=2 s=2 at 1 of 0..1 closed 301`)
	f("a search over signals", []string{
		scan,
		threshold("0/0/0", []string{"status:low @workflow.rule.type:log_detection | name: s, dataSource: signals, groupByFields: ['@ip']"}, []string{"info: s > 0"}, "id: any"),
	},
		"0 o=scan ip=1 x2/0", `
		scan opened low ip=1 events=2 a=2 at 0 of 0..0
		any opened info ip=1 events=1 s=1 at 0 of 0..0
		any closed info ip=1 events=1 s=1 at 0 of 0..0 closed 0
		scan closed low ip=1 events=2 a=2 at 0 of 0..0 closed 60`)

	// A rule over all signals sees its own too: that ends by itself.
	en := newEngine(t, Options{}, mustRule(t, scan), mustRule(t, threshold("0/0/0", []string{"* | name: s, dataSource: signals"}, []string{"info: s > 0"}, "id: all")))
	opened := 0
	play(t, en, "0 o=scan ip=1 x2/0", func(f signal.Finding) {
		if f.Change == signal.Opened {
			opened++
		}
	})
	if opened != 1+maxDepth || en.Stats().Chained != 1 {
		t.Errorf("%d signals opened and %d were left out, want %d and 1", opened, en.Stats().Chained, 1+maxDepth)
	}
}

func TestGroupSignalsBy(t *testing.T) {
	f := methodTest(t, Options{})
	rule := one(threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@site', '@ip']"}, []string{"low: a > 1"}, "groupSignalsBy: ['@site']"))
	f("events count by all values, signals by some", rule, "0 o=f site=x ip={i} x9/0\n1 o=f site=x ip=1\n2 o=f site=x ip=2\n3 o=f site=y ip=1 x2/0", `
		opened low site=x events=2 a=2 at 1 of 0..1
		opened low site=y events=2 a=2 at 3 of 3..3
		closed low site=x events=3 a=2 at 1 of 0..2 closed 302
		closed low site=y events=2 a=2 at 3 of 3..3 closed 303`)
	f("the windows need not match", rule, "0 o=f site=x ip=1\n61 o=f site=x ip=1", ``)
}

func TestGroupByPrefix(t *testing.T) {
	f := methodTest(t, Options{})
	rule := one(threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"low: a > 1"}, "groupByPrefix: {'@ip': {ipv4: 24, ipv6: 64}}"))
	f("addresses of one network are one group", rule, "0 o=f ip=192.0.2.1\n1 o=f ip=192.0.2.200\n2 o=f ip=192.0.3.1", `
		opened low ip=192.0.2.0/24 events=2 a=2 at 1 of 0..1
		closed low ip=192.0.2.0/24 events=2 a=2 at 1 of 0..1 closed 301`)
	f("so are the addresses of one IPv6 customer", rule, "0 o=f ip=2001:db8:1:2::1\n1 o=f ip=2001:DB8:1:2:ffff::9\n2 o=f ip=2001:db8:1:3::1", `
		opened low ip=2001:db8:1:2::/64 events=2 a=2 at 1 of 0..1
		closed low ip=2001:db8:1:2::/64 events=2 a=2 at 1 of 0..1 closed 301`)
	f("an IPv4 address written as IPv6 is IPv4", rule, "0 o=f ip=::ffff:192.0.2.1\n1 o=f ip=192.0.2.200", `
		opened low ip=192.0.2.0/24 events=2 a=2 at 1 of 0..1
		closed low ip=192.0.2.0/24 events=2 a=2 at 1 of 0..1 closed 301`)
	f("what is no address stays as it is", rule, "0 o=f ip=1.2.3\n1 o=f ip=fe80::1%eth0\n2 o=f ip=web x2/0", `
		opened low ip=web events=2 a=2 at 2 of 2..2
		closed low ip=web events=2 a=2 at 2 of 2..2 closed 302`)
	f("a length that is not named keeps the address", one(threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"low: a > 1"}, "groupByPrefix: {ip: {ipv6: 48}}")),
		"0 o=f ip=192.0.2.1\n1 o=f ip=192.0.2.2\n2 o=f ip=192.0.2.2", `
		opened low ip=192.0.2.2 events=2 a=2 at 2 of 1..2
		closed low ip=192.0.2.2 events=2 a=2 at 2 of 1..2 closed 302`)
}

func TestSuppressions(t *testing.T) {
	at := func(second int64) int64 { return start().UnixNano() + second*1e9 }
	rule := threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"high Many: a > 3", "low: a > 0"}, "id: brute", "tags: [team:web]")
	f := func(name string, s Suppression, timeline, want string) {
		t.Helper()
		methodTest(t, Options{Suppressions: []Suppression{s}})(name, one(rule), timeline, want)
	}
	byIP := Suppression{RuleQuery: mustQuery(t, "ruleId:brute"), SuppressionQuery: mustQuery(t, "@ip:1")}
	f("a signal that it matches is not found", byIP, "0 o=f ip=1 x9/1", ``)
	f("others are", byIP, "0 o=f ip=2", `
		opened low ip=2 events=1 a=1 at 0 of 0..0
		closed low ip=2 events=1 a=1 at 0 of 0..0 closed 300`)
	f("it is for other rules", Suppression{RuleQuery: mustQuery(t, "team:db"), SuppressionQuery: mustQuery(t, "@ip:1")}, "0 o=f ip=1", `
		opened low ip=1 events=1 a=1 at 0 of 0..0
		closed low ip=1 events=1 a=1 at 0 of 0..0 closed 300`)
	f("the rule is chosen by a tag and its severity", Suppression{RuleQuery: mustQuery(t, "team:web status:high type:log_detection"), SuppressionQuery: mustQuery(t, "*")}, "0 o=f ip=1", ``)
	f("only the mild severity is quiet", Suppression{SuppressionQuery: mustQuery(t, "status:low")}, "0 o=f ip=1 x4/1", `
		opened high Many ip=1 events=4 a=4 at 0 of 0..3
		closed high Many ip=1 events=4 a=4 at 0 of 0..3 closed 303`)
	f("it ends while the signal is open", Suppression{SuppressionQuery: mustQuery(t, "@ip:1"), Expiration: at(10)}, "0 o=f ip=1\n9 o=f ip=1\n10 o=f ip=1\n11 o=f ip=1", `
		opened low ip=1 events=3 a=1 at 0 of 0..10
		escalated high Many ip=1 events=4 a=4 at 0 of 0..11
		closed high Many ip=1 events=4 a=4 at 0 of 0..11 closed 311`)
	f("it begins while the signal is open", Suppression{SuppressionQuery: mustQuery(t, "@ip:1"), Start: at(2)}, "0 o=f ip=1 x9/1", `
		opened low ip=1 events=1 a=1 at 0 of 0..0
		updated low ip=1 events=2 a=1 at 0 of 0..1
		closed high Many ip=1 events=9 a=4 at 0 of 0..8 closed 308`)
	f("it is asked at each event, not once", Suppression{SuppressionQuery: mustQuery(t, "@u:backup")}, "0 o=f ip=1 u=backup\n1 o=f ip=1 u=root", `
		opened low ip=1 events=2 a=1 at 0 of 0..1
		closed low ip=1 events=2 a=1 at 0 of 0..1 closed 301`)
	f("excluded events do not count", Suppression{RuleQuery: mustQuery(t, "name:Test"), DataExclusionQuery: mustQuery(t, "@u:backup")}, "0 o=f ip=1 u=backup x9/1\n10 o=f ip=1 u=root", `
		opened low ip=1 events=1 a=1 at 10 of 10..10
		closed low ip=1 events=1 a=1 at 10 of 10..10 closed 310`)
	f("an exclusion expires", Suppression{DataExclusionQuery: mustQuery(t, "@u:backup"), Expiration: at(5)}, "0 o=f ip=1 u=backup x6/1", `
		opened low ip=1 events=1 a=1 at 5 of 5..5
		closed low ip=1 events=1 a=1 at 5 of 5..5 closed 305`)

	en := newEngine(t, Options{Suppressions: []Suppression{byIP, {DataExclusionQuery: mustQuery(t, "@u:backup")}}},
		mustRule(t, rule), mustRule(t, strings.Replace(rule, "id: brute", "id: other", 1)))
	play(t, en, "0 o=f ip=1 x3/1\n5 o=f ip=2 u=backup x2/1", func(signal.Finding) {})
	if s := en.Stats(); s.Suppressed != 3 || s.Excluded != 4 || s.Opened != 1 {
		t.Errorf("%+v", s)
	}
	want := []SuppressionStats{{Rules: 1, Signals: 1, Findings: 3}, {Rules: 2, Events: 2}}
	if d := cmp.Diff(want, en.Suppressions()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestExcludedEventIsCountedOnce has an event that ends the bucket of one rule between
// two others that it is kept from.
func TestExcludedEventIsCountedOnce(t *testing.T) {
	quiet := func(id string) *rule.Rule {
		return mustRule(t, threshold("60/300/600", []string{"@o:web | name: a, groupByFields: ['@ip']"}, []string{"low: a > 0"}, "id: "+id, "tags: [kind:quiet]"))
	}
	en := newEngine(t, Options{Suppressions: []Suppression{{RuleQuery: mustQuery(t, "kind:quiet"), DataExclusionQuery: mustQuery(t, "@o:web")}}},
		quiet("first"), mustRule(t, forestRule()), quiet("second"))
	requests := slices.Concat(inOrder(surfing(1, 0, 2*hourOf, 20)), scan("evil", 2*hourOf, 200), scan("evil", 2*hourOf+300, 1))
	opened := 0
	serve(en, requests, func(f signal.Finding) {
		if f.Change == signal.Opened {
			opened++
		}
	})
	want := []SuppressionStats{{Rules: 2, Events: int64(len(requests))}}
	if d := cmp.Diff(want, en.Suppressions()); d != "" || opened != 1 {
		t.Errorf("%d opened (-want +got):\n%s", opened, d)
	}
}

func TestLog4Shell(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		e := event.New()
		e.Raw = text
		if got := isLog4Shell(e); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		e.Reset()
		e.Set("http.useragent", event.StringValue(text))
		if got := isLog4Shell(e); got != want {
			t.Errorf("attribute %q: %v, want %v", text, got, want)
		}
	}
	f("GET /?x=${jndi:ldap://x/a} HTTP/1.1", true)
	f("${JNDI:rmi://x}", true)
	f("%24%7Bjndi:ldap://x%7D", true)
	f("%2524%257bjndi%253aldap://x", true)
	f("${${lower:j}${upper:n}di:ldap://x}", true)
	f("${${::-j}${::-n}${::-d}${::-i}:ldap://x}", true)
	f("${${env:NOTHING:-j}ndi${env:NOTHING:-:}ldap://x}", true)
	f("${ jndi : ldap://x}", true)
	f("a $5 {jndi:x} $ {jndi:x}", false)
	f("${java:version}", false)
	f("${lower:jndi}", false)
	f("the word jndi:ldap in a text", false)
	f("${", false)
	f("${}${${${${", false)

	marked := event.New()
	list := marked.NewArray()
	marked.Append(list, event.StringValue("scanner"))
	marked.Append(list, event.StringValue("log4shell"))
	marked.Set(event.SecurityCategories, list)
	if !isLog4Shell(marked) {
		t.Error("the category is not enough")
	}

	rules := one(threshold("0/300/600", []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"critical: "}, "option detectionMethod: hardcoded", "option hardcodedEvaluatorType: log4shell"))
	methodTest(t, Options{})("events that the query and the evaluator match", rules, "0 o=f ip=1 q=${jndi:x}\n1 o=x ip=1 q=${jndi:x}\n2 o=f ip=2 q=x", `
		opened critical ip=1 events=1 a=1 at 0 of 0..0
		closed critical ip=1 events=1 a=1 at 0 of 0..0 closed 300`)
	methodTest(t, Options{})("a rule without queries looks at all events", one("name: L\noptions: {detectionMethod: hardcoded, hardcodedEvaluatorType: log4shell, keepAlive: 60, maxSignalDuration: 60}\n"), "0 q=${jndi:x}\n1 q=y", `
		opened high events=1 a=1 at 0 of 0..0
		closed high events=1 a=1 at 0 of 0..0 closed 60`)
}

func FuzzLog4Shell(f *testing.F) {
	for _, seed := range []string{"${jndi:ldap://x}", "${${lower:j}ndi:x}", "%24%7b${::-j}", "${${${${${${${${${${", "$%7B%257"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := hasJNDI(text)
		if got && hasJNDI("") {
			t.Error("nothing is an attack")
		}
		if !hasJNDI("${jndi:" + text) {
			t.Errorf("%q behind a lookup hides it", text)
		}
	})
}

// TestLearn gives an engine the past: only rules with instantaneousBaseline learn
// from it, and nothing is found in it.
func TestLearn(t *testing.T) {
	rule := func(id, baseline string) string {
		return threshold("0/0/0", []string{"@o:f | name: a, aggregation: new_value, metrics: ['@app'], groupByFields: ['@u']"}, []string{"low: "},
			"id: "+id, "option detectionMethod: new_value", "option newValueOptions: {forgetAfter: 28, learningDuration: 1, instantaneousBaseline: "+baseline+"}")
	}
	f := func(name string, opts Options, learners int, want ...string) {
		t.Helper()
		en := newEngine(t, opts, mustRule(t, rule("slow", "false")), mustRule(t, rule("fast", "true")),
			mustRule(t, threshold("60/60/60", []string{"@o:f | name: a, groupByFields: ['@u']"}, []string{"low: a > 2"}, "id: counts")))
		if n := en.Learners(); n != learners {
			t.Errorf("%s: %d rules learn, want %d", name, n, learners)
		}
		teachAndFind(t, name, en, want)
	}
	fast, slow := "fast opened low u=1 events=1 a=1 at 1 of 1..1", "slow opened low u=1 events=1 a=1 at 1 of 1..1"
	f("those that ask for it", Options{}, 1, fast)
	f("all that learn", Options{LearnAll: true}, 2, slow, fast)
}

func teachAndFind(t *testing.T, name string, en *Engine, want []string) {
	t.Helper()
	e := event.New()
	for i := range int64(48) {
		e.Reset()
		e.Time = start().UnixNano() - (48-i)*3600e9
		for key, value := range map[string]string{"o": "f", "u": "1", "app": "a"} {
			e.Set(key, event.StringValue(value))
		}
		en.Learn(e)
	}
	var got []string
	play(t, en, "0 o=f u=1 app=a\n1 o=f u=1 app=b", func(f signal.Finding) {
		if f.Change == signal.Opened {
			got = append(got, f.Signal.RuleID+" "+describe(f))
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: findings (-want +got):\n%s", name, diff)
	}
}
