package sigma_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// labelled is one event with its log source.
type labelled struct {
	src  match.Source
	text []byte
}

func labelledEvents(tb testing.TB, sets ...string) []labelled {
	tb.Helper()
	var all []labelled
	for _, set := range sets {
		for _, line := range lines(tb, "match/"+set+".jsonl.gz") {
			var row struct {
				LogSource struct {
					Product           string
					Category, Service []string
				}
				Event json.RawMessage
			}
			if err := json.Unmarshal(line, &row); err != nil {
				tb.Fatal(err)
			}
			l := row.LogSource
			all = append(all, labelled{match.Source{Product: l.Product, Categories: l.Category, Services: l.Service}, row.Event})
		}
	}
	return all
}

// BenchmarkGrowth measures decoding and matching of events with ever more of the
// published rules, evenly spread: with the log source of the events (strict), and
// every rule against every event (none).
func BenchmarkGrowth(b *testing.B) {
	all := published(b, "sigma/")
	for _, kind := range [][]string{{"windows", "evtxattack", "regr_evtx"}, {"linux", "linux_proc"}, {"auditd", "auditd"}, {"web", "web"}} {
		events := labelledEvents(b, kind[1:]...)
		for _, n := range []int{30, 300, 3000} {
			some := &sigma.Collection{}
			for i := range n {
				some.Rules = append(some.Rules, all.Rules[i*len(all.Rules)/n])
			}
			set, err := some.Compile(match.Options{})
			if err != nil {
				b.Fatal(err)
			}
			var texts [][]byte
			for _, e := range events {
				texts = append(texts, e.text)
			}
			for name, routing := range map[string]match.Routing{"strict": match.Strict, "none": match.NoRouting} {
				b.Run(fmt.Sprintf("%s/%s/%d", kind[0], name, n), func(b *testing.B) {
					m := sampled(b, set, texts)
					for _, e := range events { // builds the indexes
						_ = m.Scan(e.text)
						m.Match(e.src, routing)
					}
					for i := 0; b.Loop(); i++ {
						e := &events[i%len(events)]
						if err := m.Scan(e.text); err != nil {
							b.Fatal(err)
						}
						m.Match(e.src, routing)
					}
				})
			}
		}
	}
}
