package detect

import (
	"testing"

	"github.com/sasumata/sasumata/internal/query"
)

// methodTest returns the closure of a table of timelines.
func methodTest(t *testing.T, opts Options) func(name string, rules []string, timeline, want string) {
	t.Helper()
	return func(name string, rules []string, timeline, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			timelineTest(t, opts, rules, timeline, want)
		})
	}
}

func one(rule string) []string { return []string{rule} }

func mustQuery(t testing.TB, text string) *query.Query {
	t.Helper()
	q, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestNewValue(t *testing.T) {
	f := methodTest(t, Options{})
	newValue := func(windows, options, metrics string) []string {
		return one(threshold(windows, []string{"@o:f | name: a, aggregation: new_value, metrics: [" + metrics + "], groupByFields: ['@u']"}, []string{"low: "},
			"option detectionMethod: new_value", "option newValueOptions: {"+options+"}"))
	}
	const day = "86400"
	week := newValue("0/0/0", "forgetAfter: 28, learningDuration: 7", "'@app'")
	f("values are learnt in silence", week, "0 o=f u=1 app=a\n1 o=f u=1 app=b\n604799 o=f u=1 app=c\n604800 o=f u=1 app=a", ``)
	f("an unseen value after the learning time", week, "0 o=f u=1 app=a\n604800 o=f u=1 app=b", `
		opened low u=1 events=1 a=1 at 604800 of 604800..604800
		closed low u=1 events=1 a=1 at 604800 of 604800..604800 closed 604800`)
	f("a new value is known at once", week, "0 o=f u=1 app=a\n604800 o=f u=1 app=b\n604801 o=f u=1 app=b", `
		opened low u=1 events=1 a=1 at 604800 of 604800..604800
		closed low u=1 events=1 a=1 at 604800 of 604800..604800 closed 604800`)
	f("each group learns for itself", week, "0 o=f u=1 app=a\n604800 o=f u=2 app=b\n604801 o=f u=2 app=c", ``)
	f("a signal for each value with keepAlive 0", week, "0 o=f u=1 app=a\n700000 o=f u=1 app=b\n700001 o=f u=1 app=c", `
		opened low u=1 events=1 a=1 at 700000 of 700000..700000
		closed low u=1 events=1 a=1 at 700000 of 700000..700000 closed 700000
		opened low u=1 events=1 a=1 at 700001 of 700001..700001
		closed low u=1 events=1 a=1 at 700001 of 700001..700001 closed 700001`)
	f("a second value joins an open signal", newValue("0/3600/86400", "forgetAfter: 28, learningDuration: 0", "'@app'"),
		"0 o=f u=1 app=a\n10 o=f u=1 app=a\n20 o=f u=1 app=b", `
		opened low u=1 events=1 a=1 at 0 of 0..0
		updated low u=1 events=3 a=1 at 0 of 0..20
		closed low u=1 events=3 a=1 at 0 of 0..20 closed 3620`)
	f("no learning time: the first value is new", newValue("0/0/0", "forgetAfter: 28, learningDuration: 0", "'@app'"), "5 o=f u=1 app=a", `
		opened low u=1 events=1 a=1 at 5 of 5..5
		closed low u=1 events=1 a=1 at 5 of 5..5 closed 5`)
	f("a forgotten value is new again", newValue("0/0/0", "forgetAfter: 1, learningDuration: 0", "'@app'"),
		"0 o=f u=1 app=a\n10 o=f u=1 app=b\n86399 o=f u=1 app=a\n86410 o=f u=1 app=b", `
		opened low u=1 events=1 a=1 at 0 of 0..0
		closed low u=1 events=1 a=1 at 0 of 0..0 closed 0
		opened low u=1 events=1 a=1 at 10 of 10..10
		closed low u=1 events=1 a=1 at 10 of 10..10 closed 10
		opened low u=1 events=1 a=1 at 86410 of 86410..86410
		closed low u=1 events=1 a=1 at 86410 of 86410..86410 closed 86410`)
	f("a sighting keeps a value known", newValue("0/0/0", "forgetAfter: 1, learningDuration: 1", "'@app'"),
		"0 o=f u=1 app=a\n80000 o=f u=1 app=a\n160000 o=f u=1 app=a", ``)
	f("a threshold of one learns one value", newValue("0/0/0", "forgetAfter: 28, learningMethod: threshold, learningThreshold: 1", "'@app'"),
		"0 o=f u=1 app=a\n1 o=f u=1 app=a\n2 o=f u=1 app=b", `
		opened low u=1 events=1 a=1 at 2 of 2..2
		closed low u=1 events=1 a=1 at 2 of 2..2 closed 2`)
	f("a threshold of none learns nothing first", newValue("0/0/0", "forgetAfter: 28, learningMethod: threshold, learningThreshold: 0", "'@app'"), "0 o=f u=1 app=a\n1 o=f u=1 app=a", `
		opened low u=1 events=1 a=1 at 0 of 0..0
		closed low u=1 events=1 a=1 at 0 of 0..0 closed 0`)
	tuple := newValue("0/0/0", "forgetAfter: 28, learningDuration: 1", "'@app', '@os'")
	f("several metrics are a tuple", tuple, "0 o=f u=1 app=a os=x\n1 o=f u=1 app=b os=y\n"+day+" o=f u=1 app=a os=x\n86401 o=f u=1 app=a os=y", `
		opened low u=1 events=1 a=1 at 86401 of 86401..86401
		closed low u=1 events=1 a=1 at 86401 of 86401..86401 closed 86401`)
	f("a tuple needs all its values", tuple, "0 o=f u=1 app=a os=x\n86401 o=f u=1 app=c", ``)
	f("each element of an array is a value", newValue("0/0/0", "forgetAfter: 28, learningDuration: 1", "'@app'"), "0 o=f u=1 app=[a,b]\n86400 o=f u=1 app=[b,a]\n86401 o=f u=1 app=[a,c]", `
		opened low u=1 events=1 a=1 at 86401 of 86401..86401
		closed low u=1 events=1 a=1 at 86401 of 86401..86401 closed 86401`)
	f("one time from the far future empties no memory", newValue("0/0/0", "forgetAfter: 1, learningDuration: 1", "'@app'"),
		"0 o=f u=1 app=a\n999999999 o=f u=1 app=a\n80000 o=f u=1 app=a\n90000 o=f u=1 app=a", `
		opened low u=1 events=1 a=1 at 999999999 of 999999999..999999999
		closed low u=1 events=1 a=1 at 999999999 of 999999999..999999999 closed 999999999`)
}

func TestImpossibleTravel(t *testing.T) {
	f := methodTest(t, Options{})
	travel := func(windows, options string) []string {
		return one(threshold(windows, []string{"@o:s | name: a, aggregation: geo_data, metric: '@geo', groupByFields: ['@u']"}, []string{"low: "},
			"option detectionMethod: impossible_travel", "option impossibleTravelOptions: {"+options+"}"))
	}
	const (
		tokyo   = " o=s u=1 geo.location.latitude=35.68 geo.location.longitude=139.69"
		osaka   = " o=s u=1 geo.location.latitude=34.69 geo.location.longitude=135.50"
		paris   = " o=s u=1 geo.location.latitude=48.86 geo.location.longitude=2.35"
		newYork = " o=s u=1 geo.location.latitude=40.71 geo.location.longitude=-74.01"
	)
	plain := travel("0/3600/86400", "baselineUserLocations: false")
	f("Tokyo and Paris within an hour", plain, "0"+tokyo+"\n3600"+paris, `
		opened low u=1 events=2 a=1 at 3600 of 0..3600
		closed low u=1 events=2 a=1 at 3600 of 0..3600 closed 7200`)
	f("Tokyo and Paris within ten hours: 9715 km at 972 km/h", plain, "0"+tokyo+"\n36000"+paris, ``)
	f("Tokyo and Paris within nine hours and a half", plain, "0"+tokyo+"\n34200"+paris, `
		opened low u=1 events=2 a=1 at 34200 of 0..34200
		closed low u=1 events=2 a=1 at 34200 of 0..34200 closed 37800`)
	f("Tokyo and Osaka are too near", plain, "0"+tokyo+"\n1"+osaka, ``)
	f("at one instant", plain, "5"+tokyo+"\n5"+paris, `
		opened low u=1 events=2 a=1 at 5 of 5..5
		closed low u=1 events=2 a=1 at 5 of 5..5 closed 3605`)
	f("an event without a place does not count", plain, "0"+tokyo+"\n1 o=s u=1\n2 o=s u=1 geo.location.latitude=1\n3 o=s u=1 geo.location.latitude=99 geo.location.longitude=0\n4"+tokyo, ``)
	f("two users are two", plain, "0"+tokyo+"\n1 o=s u=2 geo.location.latitude=48.86 geo.location.longitude=2.35", ``)
	f("a late login is compared too", plain, "3600"+tokyo+"\n0"+paris+"\n3700"+tokyo, `
		opened low u=1 events=2 a=1 at 0 of 0..3600
		closed low u=1 events=2 a=1 at 0 of 0..3600 closed 7200`)
	baseline := travel("0/3600/86400", "baselineUserLocations: true")
	f("the first day is for learning", baseline, "0"+tokyo+"\n3600"+paris+"\n86399"+newYork, ``)
	f("a journey between usual places is usual", baseline, "0"+tokyo+"\n3600"+paris+"\n90000"+tokyo+"\n90060"+paris, ``)
	f("a journey to a new place is not", baseline, "0"+tokyo+"\n3600"+paris+"\n90000"+tokyo+"\n90060"+newYork, `
		opened low u=1 events=2 a=1 at 90060 of 90000..90060
		closed low u=1 events=2 a=1 at 90060 of 90000..90060 closed 93660`)
	f("a week of learning", travel("0/3600/86400", "baselineUserLocations: true, baselineUserLocationsDuration: 7"), "0"+tokyo+"\n90000"+tokyo+"\n90060"+newYork, ``)
	f("one time from the far future does not end the watch", plain, "0"+tokyo+"\n999999999"+tokyo+"\n10"+tokyo+"\n20"+paris, `
		opened low u=1 events=2 a=1 at 20 of 10..20
		closed low u=1 events=2 a=1 at 20 of 10..20 closed 3620`)
}

func TestSequences(t *testing.T) {
	f := methodTest(t, Options{})
	const byIP = "groupByFields: ['@ip']"
	a, b, c := "@o:a | name: a, "+byIP, "@o:b | name: b, "+byIP, "@o:c | name: c, "+byIP
	then := one(threshold("300/3600/7200", []string{a, b}, []string{"low: a > 0 THEN b > 0"}))
	f("one then the other", then, "0 o=a ip=1\n100 o=b ip=1", `
		opened low ip=1 events=2 a=1 b=1 at 100 of 0..100
		closed low ip=1 events=2 a=1 b=1 at 100 of 0..100 closed 3700`)
	f("the other way round", then, "0 o=b ip=1\n100 o=a ip=1", ``)
	f("the second step is too late", then, "0 o=a ip=1\n300 o=b ip=1", ``)
	f("groups do not mix", then, "0 o=a ip=1\n1 o=b ip=2", ``)
	f("the first step comes late", then, "100 o=b ip=1\n0 o=a ip=1", `
		opened low ip=1 events=2 a=1 b=1 at 0 of 0..100
		closed low ip=1 events=2 a=1 b=1 at 0 of 0..100 closed 3700`)
	f("at one instant the order is unknown", then, "5 o=a ip=1\n5 o=b ip=1", `
		opened low ip=1 events=2 a=1 b=1 at 5 of 5..5
		closed low ip=1 events=2 a=1 b=1 at 5 of 5..5 closed 3605`)
	f("one event is not two steps", one(threshold("300/3600/7200", []string{a, "@ip:1 | name: b, " + byIP}, []string{"low: a > 0 THEN b > 0"})), "5 o=a ip=1", ``)
	f("a second event that is both is", one(threshold("300/3600/7200", []string{a, "@ip:1 | name: b, " + byIP}, []string{"low: a > 0 THEN b > 0"})), "5 o=a ip=1\n6 o=a ip=1", `
		opened low ip=1 events=2 a=2 b=2 at 6 of 5..6
		closed low ip=1 events=2 a=2 b=2 at 6 of 5..6 closed 3606`)
	f("failures, then a success", one(threshold("300/3600/7200", []string{a, b}, []string{"high: a > 4 THEN b > 0"})), "0 o=b ip=1\n1 o=a ip=1 x4/1\n6 o=b ip=1\n7 o=a ip=1\n8 o=b ip=1", `
		opened high ip=1 events=8 a=5 b=3 at 8 of 0..8
		closed high ip=1 events=8 a=5 b=3 at 8 of 0..8 closed 3608`)
	f("three steps", one(threshold("300/3600/7200", []string{a, b, c}, []string{"low: a > 0 THEN b > 1 THEN c > 0"})), "0 o=a ip=1\n1 o=b ip=1\n2 o=c ip=1\n3 o=b ip=1\n4 o=c ip=1", `
		opened low ip=1 events=5 a=1 b=2 c=2 at 4 of 0..4
		closed low ip=1 events=5 a=1 b=2 c=2 at 4 of 0..4 closed 3604`)
	f("the same query twice needs two events", one(threshold("300/3600/7200", []string{a}, []string{"low: a > 0 THEN a > 0"})), "0 o=a ip=1\n100 o=a ip=1", `
		opened low ip=1 events=2 a=2 at 100 of 0..100
		closed low ip=1 events=2 a=2 at 100 of 0..100 closed 3700`)
	f("distinct values, then an event", one(threshold("300/3600/7200", []string{"@o:a | name: a, aggregation: cardinality, distinctFields: ['@u'], " + byIP, b}, []string{"low: a > 1 THEN b > 0"})),
		"0 o=a ip=1 u=1\n1 o=a ip=1 u=1\n2 o=b ip=1\n3 o=a ip=1 u=2\n4 o=b ip=1", `
		opened low ip=1 events=5 a=2 b=2 at 4 of 0..4
		closed low ip=1 events=5 a=2 b=2 at 4 of 0..4 closed 3604`)
	f("the THEN of one log waits for the other", then, "100000 o=b ip=1\n0 o=a ip=1\n100001 o=b ip=1\n1 o=b ip=1", `
		opened low ip=1 events=2 a=1 b=1 at 1 of 0..1
		closed low ip=1 events=2 a=1 b=1 at 1 of 0..1 closed 3601`)

	sequence := func(cases []string, steps, transitions string, queries ...string) []string {
		return one(threshold("0/300/600", queries, cases, "option detectionMethod: sequence_detection",
			"option sequenceDetectionOptions: {steps: ["+steps+"], stepTransitions: ["+transitions+"]}"))
	}
	const (
		stepX = "{name: x, condition: a > 2, evaluationWindow: 60}, "
		stepY = "{name: y, condition: b > 0, evaluationWindow: 60}, "
		stepZ = "{name: z, condition: c > 0, evaluationWindow: 60}"
		xy    = "{parent: x, child: y, evaluationWindow: 900}"
	)
	two := sequence([]string{"low: y > 0"}, stepX+stepY, xy, a, b)
	f("a child within the transition's window", two, "0 o=a ip=1 x3/10\n919 o=b ip=1", `
		opened low ip=1 events=2 x=1 y=1 at 919 of 20..919
		closed low ip=1 events=2 x=1 y=1 at 919 of 20..919 closed 1219`)
	f("a child after the transition's window", two, "0 o=a ip=1 x3/10\n920 o=b ip=1", ``)
	f("a step has its own window", two, "0 o=a ip=1 x3/30\n100 o=b ip=1", ``)
	f("the child came before the parent was done", two, "0 o=a ip=1 x2/10\n15 o=b ip=1\n20 o=a ip=1", ``)
	f("the parent may be a case of its own", sequence([]string{"high: y > 0", "info: x > 0"}, stepX+stepY, xy, a, b), "0 o=a ip=1 x3/10\n100 o=b ip=1", `
		opened info ip=1 events=3 x=1 y=0 at 20 of 0..20
		escalated high ip=1 events=4 x=1 y=1 at 20 of 0..100
		closed high ip=1 events=4 x=1 y=1 at 20 of 0..100 closed 400`)
	f("a step that nothing leads to stands alone", sequence([]string{"low: y > 0"}, stepX+stepY, "", a, b), "5 o=b ip=1", `
		opened low ip=1 events=1 x=0 y=1 at 5 of 5..5
		closed low ip=1 events=1 x=0 y=1 at 5 of 5..5 closed 305`)
	f("the steps may stand in any order", sequence([]string{"low: y > 0"}, stepY+stepX, xy, a, b), "0 o=a ip=1 x3/1\n5 o=b ip=1", `
		opened low ip=1 events=4 y=1 x=1 at 5 of 0..5
		closed low ip=1 events=4 y=1 x=1 at 5 of 0..5 closed 305`)
	chain := xy + ", {parent: y, child: z, evaluationWindow: 60}"
	f("a chain of three", sequence([]string{"low: z > 0"}, stepX+stepY+stepZ, chain, a, b, c), "0 o=a ip=1 x3/10\n500 o=b ip=1\n559 o=c ip=1", `
		opened low ip=1 events=5 x=1 y=1 z=1 at 559 of 0..559
		closed low ip=1 events=5 x=1 y=1 z=1 at 559 of 0..559 closed 859`)
	f("a chain with a missing link", sequence([]string{"low: z > 0"}, stepX+stepY+stepZ, chain, a, b, c), "0 o=a ip=1 x3/10\n559 o=c ip=1", ``)
	f("either parent will do", sequence([]string{"low: z > 0"}, stepX+stepY+stepZ, "{parent: x, child: z, evaluationWindow: 60}, {parent: y, child: z, evaluationWindow: 60}", a, b, c), "0 o=b ip=1\n10 o=c ip=1", `
		opened low ip=1 events=2 x=0 y=1 z=1 at 10 of 0..10
		closed low ip=1 events=2 x=0 y=1 z=1 at 10 of 0..10 closed 310`)
}
