package triage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
)

// crowd returns signals as a busy day has them: 130 rules, ten thousand addresses.
func crowd(n int) []*signal.Signal {
	random := rand.New(rand.NewPCG(1, 2))
	categories := []string{"authentication", "web", "malware", "network", "audit"}
	list := make([]*signal.Signal, n)
	for i := range list {
		ip := random.IntN(10_000)
		s := sample(i, signal.Severity(random.IntN(5)), fmt.Sprintf("198.51.%d.%d", ip/250, ip%250))
		rule := random.IntN(130)
		s.RuleID, s.Rule = fmt.Sprint("rule_", rule), fmt.Sprint("Rule ", rule)
		s.Tags = []string{"category:" + categories[rule%5], "technique:T1110-brute-force", "source:sshd", fmt.Sprint("env:e", random.IntN(3))}
		s.Entities = append(s.Entities, signal.Entity{Kind: signal.KindUser, Value: fmt.Sprint("user", random.IntN(2000))}, signal.Entity{Kind: signal.KindHost, Value: fmt.Sprint("web", random.IntN(50))})
		for j := range 5 {
			s.Samples = append(s.Samples, signal.Sample{Time: s.Time, Line: int64(j), Text: "2026-01-16T09:00:00Z web1 sshd[4242]: Failed password for invalid user admin from 198.51.100.7 port 52222 ssh2"})
		}
		list[i] = s
	}
	return list
}

// BenchmarkBook opens 100,000 signals, and then looks for some of them: the median and
// the 99th percentile in milliseconds.
func BenchmarkBook(b *testing.B) {
	for _, engine := range databasetest.Engines() {
		b.Run(engine.Name, func(b *testing.B) {
			db := databasetest.Open(b, engine.Config(b))
			book, err := NewBook(b.Context(), db, func() time.Time { return noon }, "alert")
			if err != nil {
				b.Fatal(err)
			}
			list := crowd(100_000)
			began := time.Now()
			for chunk := range slices.Chunk(list, 250) { // four times a second, 1000 a second
				if err := book.Observe(b.Context(), chunk); err != nil {
					b.Fatal(err)
				}
			}
			rate := float64(len(list)) / time.Since(began).Seconds()
			began = time.Now()
			if err := book.Load(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.Logf("read into memory in %s", time.Since(began))
			size, err := db.Size(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			for _, text := range []string{
				"*", "state:open status:critical", `status:high tag:"category:authentication" @network.client.ip:198.51.12.7`, `status:high tag:"category:authentication"`, "env:e1 category:web status:low", "@usr.name:user77", "host:web3 rule.id:rule_7",
				"@network.client.ip:198.51.12.*", "category:none", "@events:>100", "brute",
			} {
				b.Run(text, func(b *testing.B) {
					q, err := query.Parse(text)
					if err != nil {
						b.Fatal(err)
					}
					var took []time.Duration
					found := 0
					summary := []time.Duration{}
					for b.Loop() {
						began := time.Now()
						if _, err := book.Summarize(b.Context(), Search{Query: q}, 10, 60); err != nil {
							b.Fatal(err)
						}
						summary = append(summary, time.Since(began))
						began = time.Now()
						page, err := book.List(b.Context(), Search{Query: q, Limit: 50, Sort: []string{"opened", "severity"}[len(took)%2]})
						if err != nil {
							b.Fatal(err)
						}
						took, found = append(took, time.Since(began)), len(page.Signals)
					}
					slices.Sort(took)
					slices.Sort(summary)
					b.ReportMetric(float64(summary[len(summary)/2].Microseconds())/1000, "summary-p50-ms")
					b.ReportMetric(float64(summary[len(summary)*99/100].Microseconds())/1000, "summary-p99-ms")
					b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
					b.ReportMetric(float64(found), "signals")
					b.ReportMetric(rate, "opened/s")
					b.ReportMetric(float64(size)/float64(len(list)), "B/signal")
				})
			}
		})
	}
}
