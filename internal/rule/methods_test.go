package rule

import (
	"encoding/json"
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
