package detect_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

const floodRule = `id: flood
name: Brute force
message: m
queries:
- {name: a, query: '@evt.outcome:failure', groupByFields: ['@network.client.ip']}
cases:
- {status: low, condition: a >= 5}
options: {detectionMethod: threshold, evaluationWindow: 300, keepAlive: 3600, maxSignalDuration: 7200}
`

// flood sends one failure from each of many addresses, a millisecond apart, and in
// between a hundred attackers that fail six times within a minute each. It returns
// the attackers that were found, and the heap in use at the end.
func flood(tb testing.TB, addresses int) (found int, heap uint64, stats detect.Stats) {
	tb.Helper()
	r, err := rule.Decode("flood.yaml", []byte(floodRule))
	if err != nil {
		tb.Fatal(err)
	}
	engine, unsupported := detect.New([]*rule.Rule{r}, detect.Options{})
	if len(unsupported) > 0 {
		tb.Fatal(unsupported[0].Reason)
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	e := event.New()
	emit := func(f signal.Finding) {
		if f.Change == signal.Opened {
			found++
		}
	}
	send := func(ip string, at int64) {
		e.Reset()
		e.Time = at
		e.Set(event.EvtOutcome, event.StringValue("failure"))
		e.Set(event.ClientIP, event.StringValue(ip))
		engine.Observe(e, emit)
	}
	const attackers = 100
	every := max(1, addresses/(attackers*8))
	for i := range addresses {
		at := start + int64(i)*int64(time.Millisecond)
		send(fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)+fmt.Sprint(i>>24), at)
		if n := i / every; i%every < 6 && n%8 == 0 && n/8 < attackers {
			send(fmt.Sprintf("203.0.113.%d", n/8), at)
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	stats = engine.Stats()
	engine.Flush(emit)
	return found, m.HeapInuse, stats
}

// However many addresses come by, memory is bounded, and whoever attacks among
// them is found.
func TestAFloodOfAddressesHidesNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	found, heap, stats := flood(t, 600_000)
	if found != 100 {
		t.Errorf("found %d of 100 attackers", found)
	}
	if heap > 1<<30 || stats.Groups > detect.DefaultMaxGroups {
		t.Errorf("%d MiB of heap, %d groups", heap>>20, stats.Groups)
	}
	if stats.Evicted == 0 {
		t.Error("nothing was evicted: the flood is smaller than the bounds and shows nothing")
	}
}

// BenchmarkTenMillionAddresses is the same with ten million.
func BenchmarkTenMillionAddresses(b *testing.B) {
	for b.Loop() {
		found, heap, stats := flood(b, 10_000_000)
		b.ReportMetric(float64(found), "attackers-of-100")
		b.ReportMetric(float64(heap)/(1<<20), "heap-MiB")
		b.ReportMetric(float64(stats.Groups), "groups")
	}
}
