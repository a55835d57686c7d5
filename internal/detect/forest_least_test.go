package detect

import (
	"testing"

	"github.com/sasumata/sasumata/internal/rule"
)

// An event is kept for the signal of its bucket from the last power of two on with
// which a case can hold.
func TestLeastEvents(t *testing.T) {
	f := func(want int64, conditions ...string) {
		t.Helper()
		c := compiled{queries: []compiledQuery{{}, {}, {aggregation: aggregateCardinality}, {aggregation: aggregateSum}}}
		for _, text := range conditions {
			var k compiledCase
			if text != "" {
				expr, err := rule.ParseCondition(text, []string{"requests", "errors", "paths", "bytes", "score"})
				if err != nil {
					t.Fatal(err)
				}
				k.expr = expr
			}
			c.cases = append(c.cases, k)
		}
		if got := c.leastEvents(); got != want {
			t.Errorf("%q: %d, want %d", conditions, got, want)
		}
	}
	f(0, "")
	f(0, "score > 0.7")
	f(0, "score > 0.7 && requests >= 1")
	f(1, "score > 0.7 && requests > 1")
	f(63, "score > 0.7 && requests >= 100")
	f(63, "requests >= 127 && score > 0.7")
	f(64*2-1, "requests > 127 && score > 0.7")
	f(0, "paths > 100 && bytes > 1000000")
	f(7, "requests >= 100 || errors >= 10 && score > 0.9")
	f(0, "requests >= 100 && score > 0.7", "score > 0.95")
	f(1<<40, "requests > 10000000000000")
	f(1 << 40) // no case at all
}
