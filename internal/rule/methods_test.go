package rule

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bucketRule is a rule with the keys of our own that methods have.
const bucketRule = `name: Bucket
queries:
  - {query: "@evt.outcome:failure", groupByFields: ["@network.client.ip", service]}
cases:
  - {status: medium}
groupSignalsBy: [service]
groupByPrefix: {"@network.client.ip": {ipv4: 24, ipv6: 64}}
options:
  detectionMethod: leaky_bucket
  keepAlive: 60
  maxSignalDuration: 3600
  leakyBucket: {capacity: 5, leakSpeed: 10.5, distinct: "@usr.id", blackhole: 60}
`

func TestOwnKeysAreReadAndWrittenBack(t *testing.T) {
	r, err := Decode("bucket.yaml", []byte(bucketRule))
	if err != nil {
		t.Fatal(err)
	}
	if b := r.Options.LeakyBucket; b.Capacity != 5 || b.LeakSpeed != 10.5 || b.Distinct != "@usr.id" || b.Blackhole != 60 {
		t.Errorf("%+v", b)
	}
	if p := r.GroupByPrefix["@network.client.ip"]; p.IPv4 != 24 || p.IPv6 != 64 {
		t.Errorf("%+v", p)
	}
	written := r.AppendJSON(nil)
	again, err := Decode("bucket.yaml", written)
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if diff := cmp.Diff(string(written), string(again.AppendJSON(nil))); diff != "" {
		t.Errorf("written twice (-first +second):\n%s", diff)
	}
	var got struct {
		GroupByPrefix map[string]map[string]int
	}
	if err := json.Unmarshal(written, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]map[string]int{"@network.client.ip": {"ipv4": 24, "ipv6": 64}}, got.GroupByPrefix); diff != "" {
		t.Errorf("groupByPrefix (-want +got):\n%s", diff)
	}
	if hints := r.Hints(); len(hints) > 0 {
		t.Errorf("hints: %v", hints)
	}
}

func TestMethodFaults(t *testing.T) {
	f := func(old, replacement, want string) {
		t.Helper()
		text := strings.Replace(bucketRule, old, replacement, 1)
		if text == bucketRule {
			t.Fatalf("%q is not in the rule", old)
		}
		_, err := Decode("bucket.yaml", []byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	f("capacity: 5", "capacity: -1", "bucket.yaml:12:27: capacity is -1: want 0 to 1048576")
	f("capacity: 5, ", "", `bucket.yaml:12:16: the key "capacity" is missing`)
	f("leakSpeed: 10.5", "leakSpeed: 0", "bucket.yaml:12:41: leakSpeed is 0: want 1e-06 to 31622400 seconds an event")
	f("leakSpeed: 10.5", "leakSpeed: .nan", "bucket.yaml:12:41: leakSpeed is NaN: want 1e-06 to 31622400 seconds an event")
	f(`distinct: "@usr.id"`, `distinct: "@"`, "bucket.yaml:12:57: distinct has no name")
	f("blackhole: 60", "blackhole: -1", "bucket.yaml:12:79: blackhole is -1: want 0 to 31622400")
	f("status: medium", "status: medium, condition: a > 5", "bucket.yaml:12:79: blackhole is for rules whose cases have no condition")
	f("  leakyBucket: {capacity: 5, leakSpeed: 10.5, distinct: \"@usr.id\", blackhole: 60}\n", "", "bucket.yaml:9:3: the method leaky_bucket needs leakyBucket with capacity and leakSpeed")
	f("groupSignalsBy: [service]", "groupSignalsBy: [servic]", `bucket.yaml:6:17: groupSignalsBy names "servic", by which no query groups (did you mean "service"?)`)
	f(`{"@network.client.ip"`, `{"@network.client.ipp"`, `bucket.yaml:7:16: groupByPrefix names "@network.client.ipp", by which no query groups (did you mean "@network.client.ip"?)`)
	f("ipv4: 24", "ipv4: 33", "bucket.yaml:7:46: ipv4 is 33: want 1 to 32")
	f("ipv6: 64", "ipv6: 0", "bucket.yaml:7:56: ipv6 is 0: want 1 to 128")
}

func TestDetectorFaults(t *testing.T) {
	f := func(detector, want string) {
		t.Helper()
		_, err := Decode("a.yaml", []byte("name: A\nqueries: [{query: a}]\ncases: [{status: low}]\noptions:\n  detectionMethod: anomaly_detection\n  anomalyDetectionOptions: {detector: "+detector+"}\n"))
		if got := fmt.Sprint(err); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	f("seasonal", "<nil>")
	f("deviation", "<nil>")
	f("seasonall", `a.yaml:6:39: detector "seasonall" is none of deviation, seasonal (did you mean "seasonal"?)`)
}

func TestSequenceFaults(t *testing.T) {
	rule := func(steps string) string {
		return "name: S\nqueries: [{query: a}]\ncases: [{status: low, condition: s > 0}]\noptions:\n  detectionMethod: sequence_detection\n  sequenceDetectionOptions:\n    steps:\n" + steps
	}
	f := func(steps, want string) {
		t.Helper()
		_, err := Decode("s.yaml", []byte(rule(steps)))
		if err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	f("    - {name: s, condition: a > 0 THEN a > 0, evaluationWindow: 60}\n",
		"s.yaml:8:28: THEN is not for the steps of a sequence: use a step and a transition")
	f(strings.Repeat("    - {name: s, condition: a > 0, evaluationWindow: 60}\n", maxSteps+1),
		"s.yaml:7:5: the sequence has more than 64 steps or 256 transitions")
}

// forestRule has every key of the method isolation_forest.
const forestRule = `name: Forest
queries:
  - {name: requests, query: "*", groupByFields: ["@network.client.ip"]}
  - {name: errors, query: "@http.status_code:>=400", groupByFields: ["@network.client.ip"]}
cases:
  - {status: medium, condition: score > 0.7 && requests >= 20}
  - {status: low}
options:
  detectionMethod: isolation_forest
  keepAlive: 7200
  maxSignalDuration: 86400
  isolationForestOptions:
    bucketDuration: 1800
    features: [requests, "errors / requests", hour, weekday]
    learningDuration: 48
    learningBuckets: 500
    retrainInterval: 12
    contamination: 0.01
`

func TestForestKeysAreReadAndWrittenBack(t *testing.T) {
	r, err := Decode("forest.yaml", []byte(forestRule))
	if err != nil {
		t.Fatal(err)
	}
	f := r.Options.IsolationForest
	if f.Bucket() != 1800e9 || f.Learning() != 48*3600e9 || f.Retrain() != 12*3600e9 || f.Rows() != 500 || f.Contamination != 0.01 {
		t.Errorf("%+v", f)
	}
	type feature struct {
		Name       string
		Query, Per int
	}
	var got []feature
	for i := range f.Features {
		got = append(got, feature{f.Features[i].Name(), f.Features[i].Query, f.Features[i].Per})
	}
	if diff := cmp.Diff([]feature{{"requests", 0, -1}, {"errors/requests", 1, 0}, {"hour", -1, -1}, {"weekday", -1, -1}}, got); diff != "" {
		t.Errorf("features (-want +got):\n%s", diff)
	}
	if k := r.Cases[0].Expr; !k.Eval(0, []float64{20, 0, 0.8}) || k.Eval(0, []float64{20, 0, 0.7}) || k.Eval(0, []float64{19, 0, 0.8}) {
		t.Errorf("the condition %s does not compare the score", k)
	}
	written := r.AppendJSON(nil)
	again, err := Decode("forest.yaml", written)
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if diff := cmp.Diff(string(written), string(again.AppendJSON(nil))); diff != "" {
		t.Errorf("written twice (-first +second):\n%s", diff)
	}
	if !strings.Contains(string(written), `"features":["requests","errors / requests","hour","weekday"]`) {
		t.Errorf("%s", written)
	}
	if hints := r.Hints(); len(hints) > 0 {
		t.Errorf("hints: %v", hints)
	}
	if never := r.Unreachable(); len(never) > 0 {
		t.Errorf("unreachable cases: %v", never)
	}
}

func TestForestDefaultsAndHints(t *testing.T) {
	r, err := Decode("f.yaml", []byte("name: F\nqueries: [{query: a}]\ncases: [{status: low}]\noptions: {detectionMethod: isolation_forest, keepAlive: 3600, maxSignalDuration: 7200, isolationForestOptions: {features: [a]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f := r.Options.IsolationForest; f.Bucket() != 3600e9 || f.Learning() != 24*3600e9 || f.Retrain() != 24*3600e9 || f.Rows() != 256 {
		t.Errorf("%+v", f)
	}
	var got []string
	for _, h := range r.Hints() {
		got = append(got, h.Error())
	}
	want := []string{"f.yaml:4:57: keepAlive (3600) is not longer than a bucket (3600): each strange bucket is a signal of its own"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hints (-want +got):\n%s", diff)
	}
	r, err = Decode("f.yaml", []byte(strings.Replace(forestRule, "condition: score > 0.7 && requests >= 20}\n  - {status: low}", "condition: score > 0.7}\n  - {status: low, condition: score > 0.8}", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1}, r.Unreachable()); diff != "" {
		t.Errorf("unreachable cases (-want +got):\n%s", diff)
	}
}

func TestForestFaults(t *testing.T) {
	f := func(old, replacement, want string) {
		t.Helper()
		text := strings.Replace(forestRule, old, replacement, 1)
		if text == forestRule {
			t.Fatalf("%q is not in the rule", old)
		}
		_, err := Decode("forest.yaml", []byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	f("bucketDuration: 1800", "bucketDuration: 10", "forest.yaml:13:21: bucketDuration is 10: want 60 to 86400")
	f("learningDuration: 48", "learningDuration: 0", "forest.yaml:15:23: learningDuration is 0: want 1 to 336")
	f("learningBuckets: 500", "learningBuckets: 5000", "forest.yaml:16:22: learningBuckets is 5000: want 64 to 4096")
	f("retrainInterval: 12", "retrainInterval: 0", "forest.yaml:17:22: retrainInterval is 0: want 1 to 336")
	f("contamination: 0.01", "contamination: .nan", "forest.yaml:18:20: contamination is NaN: want 0 to 0.1, the share of learnt buckets that may be attacks")
	f("[requests, ", "[request, ", `forest.yaml:14:16: the feature names "request", which is no query; there is requests, errors (did you mean "requests"?)`)
	f(`"errors / requests"`, `"errors / request"`, `forest.yaml:14:36: the feature names "request", which is no query; there is requests, errors (did you mean "requests"?)`)
	f("hour, ", "hours, ", `forest.yaml:14:47: the feature names "hours", which is no query; there is requests, errors (did you mean "hour"?)`)
	f("hour, ", "requests/hour, ", `forest.yaml:14:56: the feature names "hour", which is no query; there is requests, errors`)
	f("hour, ", "errors/, ", `forest.yaml:14:47: the feature "errors/" is incomplete: want a query such as requests, or two such as errors/requests`)
	f("hour, ", "errors/errors, ", `forest.yaml:14:47: the feature "errors/errors" is always 1`)
	f("hour, ", "errors/requests, ", `forest.yaml:14:47: the feature "errors/requests" is there twice`)
	f("hour, ", "[hour], ", `forest.yaml:14:47: want a feature, such as requests, errors/requests or hour`)
	f("hour, ", "null, ", `forest.yaml:14:15: the feature "" is incomplete: want a query such as requests, or two such as errors/requests`)
	f(`[requests, "errors / requests", hour, weekday]`, "[]", "forest.yaml:14:15: there are 0 features: want 1 to 16")
	f(`    features: [requests, "errors / requests", hour, weekday]`+"\n", "", `forest.yaml:13:5: the key "features" is missing`)
	f("name: errors", "name: hour", `forest.yaml:4:12: the name "hour" has a meaning in the method isolation_forest: give the query another one`+"\n"+
		`forest.yaml:14:27: the feature names "errors", which is no query; there is requests, hour`)
	f("score > 0.7", "skore > 0.7", `forest.yaml:6:33: condition: no query has the name "skore"; there is requests, errors, score (did you mean "score"?)`)
	f("condition: score > 0.7 && requests >= 20}\n  - {status: low}", "condition: score > 0.7 THEN score > 0.8}", "forest.yaml:6:33: THEN is not for the method isolation_forest")
	_, options, _ := strings.Cut(forestRule, "maxSignalDuration: 86400\n")
	f(options, "", "forest.yaml:9:3: the method isolation_forest needs isolationForestOptions with features")
}
