package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// oracleRun plays a random timeline of the kinds a and b, in the order of time with
// no two events at one instant, and compares the times at which signals open with
// those that the oracle gives.
func oracleRun(t *testing.T, text string, oracle func() func(at int64, kind string) bool) {
	t.Helper()
	total := 0
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 9))
		en := newEngine(t, Options{}, mustRule(t, text))
		matches := oracle()
		var got, want []string
		emit := func(f signal.Finding) {
			if f.Change == signal.Opened {
				got = append(got, fmt.Sprint((f.Signal.Time-start().UnixNano())/1e9))
			}
		}
		e := event.New()
		second := int64(0)
		for range 300 {
			second += 1 + random.Int64N(1+int64(seed%30))
			kind := []string{"a", "b"}[random.IntN(2)]
			e.Reset()
			e.Time = start().UnixNano() + second*1e9
			e.Set("o", event.StringValue(kind))
			en.Observe(e, emit)
			if matches(second, kind) {
				want = append(want, fmt.Sprint(second))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: seconds of signals (-oracle +engine):\n%s", seed, diff)
		}
		total += len(want)
	}
	if total < 500 {
		t.Errorf("only %d signals were compared", total)
	}
}

func TestThenAgainstAnOracle(t *testing.T) {
	const window = 60
	text := threshold("60/60/60", []string{"@o:a | name: a", "@o:b | name: b"}, []string{"low: a > 2 THEN b > 1"})
	oracleRun(t, text, func() func(int64, string) bool {
		var as, bs, done []int64
		open := int64(-1)
		since := func(times []int64, from, to int64) (n int) {
			for _, at := range times {
				if at > from && at <= to {
					n++
				}
			}
			return n
		}
		lastMatch := int64(-1)
		first := int64(-1)
		return func(at int64, kind string) bool {
			if open >= 0 && (at >= lastMatch+window || at >= first+window) {
				open = -1
			}
			if kind == "a" {
				if as = append(as, at); since(as, at-window, at) > 2 {
					done = append(done, at)
				}
				return false
			}
			bs = append(bs, at)
			for _, d := range done {
				if at-d < window && since(bs, max(d, at-window), at) > 1 {
					if open < 0 {
						open, lastMatch = at, at
						first = at
						for _, list := range [][]int64{as, bs} {
							for _, x := range list {
								if x > at-window {
									first = min(first, x)
								}
							}
						}
						return true
					}
					lastMatch = at
					return false
				}
			}
			return false
		}
	})
}

// TestLeakyBucketAgainstTokens compares with a limiter that hands out tokens, as
// CrowdSec's buckets are made: a burst of the capacity, one more every leakSpeed.
func TestLeakyBucketAgainstTokens(t *testing.T) {
	const capacity, leak = 4, 7
	text := threshold("0/0/0", []string{"@o:a | name: a"}, []string{"low: "}, "option detectionMethod: leaky_bucket", "option leakyBucket: {capacity: 4, leakSpeed: 7}")
	oracleRun(t, text, func() func(int64, string) bool {
		sevenths, last := int64(capacity*leak), int64(0) // tokens in sevenths
		return func(at int64, kind string) bool {
			if kind != "a" {
				return false
			}
			sevenths = min(sevenths+at-last, capacity*leak)
			last = at
			if sevenths < leak {
				sevenths = capacity * leak // the bucket overflows and is gone
				return true
			}
			sevenths -= leak
			return false
		}
	})
}
