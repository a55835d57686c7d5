package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/rule/match"
)

func newSigmaBench(s streams) *cobra.Command {
	flags := &sigmaFlags{}
	routing, passes, full, limit := "on", 5, false, 0
	cmd := &cobra.Command{
		Use:   "bench --rules DIR EVENTS.ndjson",
		Short: "Measure the cost of decoding and matching events",
		Long: `Bench decodes and matches every event of a file on one thread, several times, and
prints the CPU time per event of the best pass. A first pass is the sample from
which the index learns, as it does while the platform runs. With --routing on the
fields product, category and service of an event are its log source.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			mode := match.Lenient
			switch routing {
			case "on":
			case "off":
				mode = match.NoRouting
			default:
				return usageError(fmt.Errorf("--routing %q: want on or off", routing))
			}
			c, err := flags.load(s)
			if err != nil {
				return err
			}
			if limit > 0 && limit < len(c.Rules) {
				c.Rules = spread(c.Rules, limit)
			}
			set, err := c.Compile(match.Options{})
			if err != nil {
				fmt.Fprintln(s.err, err)
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return usageError(err)
			}
			return benchSigma(s, set, bytes.Split(bytes.TrimSpace(data), []byte("\n")), mode, max(passes, 3), full)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&routing, "routing", routing, "on or off")
	cmd.Flags().IntVar(&passes, "passes", passes, "how often the events are matched, at least three times")
	cmd.Flags().IntVar(&limit, "limit", 0, "keep `N` rules of all, evenly spread")
	cmd.Flags().BoolVar(&full, "check", false, "compare each event with a full scan of all rules first")
	return cmd
}

// spread returns n of the rules, evenly spread.
func spread[T any](all []T, n int) []T {
	kept := make([]T, 0, n)
	for i := range n {
		kept = append(kept, all[i*len(all)/n])
	}
	return kept
}

// Short files are matched more often than asked for, until this many nanoseconds
// of CPU time are over: other programs on the machine disturb a short pass.
const (
	longEnough = 1e9
	maxPasses  = 200
)

// benchSample is every how many events the first pass takes one for the sample.
const benchSample = 8

func benchSigma(s streams, set *match.Set, lines [][]byte, mode match.Routing, passes int, full bool) error {
	profile := match.NewProfile()
	m := set.NewMatcher()
	for i, line := range lines {
		if err := m.Scan(line); err != nil {
			return runError(fmt.Errorf("line %d: %w", i+1, err))
		}
		if i%benchSample == 0 {
			m.Observe(profile)
		}
		if full {
			src := m.Source()
			if want, got := m.FullScan(src, mode), m.Match(src, mode); fmt.Sprint(want) != fmt.Sprint(got) {
				return runError(fmt.Errorf("line %d: the index finds %v, a full scan %v", i+1, got, want))
			}
		}
	}
	set = set.Tuned(profile)
	m = set.NewMatcher()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	best, matches, done := math.Inf(1), 0, 0
	for began := threadTime(); done <= passes || done < maxPasses && threadTime()-began < longEnough; done++ {
		matches = 0
		start := threadTime()
		for _, line := range lines {
			if err := m.Scan(line); err != nil {
				return runError(err)
			}
			matches += len(m.Match(m.Source(), mode))
		}
		best = min(best, float64(threadTime()-start)/float64(len(lines)))
	}
	costs := make([]match.Cost, set.Len())
	m.TakeCosts(costs)
	var evaluated, tests uint64
	for _, c := range costs {
		evaluated += c.Evaluated
		tests += c.Tests
	}
	n := float64(len(lines))
	return runError(writeRow(s.out, map[string]any{
		"events": len(lines), "cpu_ns_per_event": math.Round(best), "matches_per_event": math.Round(float64(matches)/n*1e4) / 1e4,
		"rules": set.Len(), "evaluated_per_event": math.Round(float64(evaluated)/n/float64(done)*100) / 100,
		"tests_per_event": math.Round(float64(tests)/n/float64(done)*100) / 100,
	}))
}
