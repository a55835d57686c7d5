package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// requests makes events as the pipeline of an access log does: 20 attributes, a
// message of 200 bytes, five thousand clients.
type requests struct {
	random *rand.Rand
	e      *event.Event
	at     int64
}

func newRequests() *requests {
	return &requests{random: rand.New(rand.NewPCG(1, 1)), e: event.New(), at: 1_760_000_000e9}
}

func (r *requests) next() *event.Event {
	e := r.e
	e.Reset()
	n := r.random.IntN(5000)
	r.at += r.random.Int64N(2e9)
	ip := fmt.Sprintf("203.%d.%d.%d", n%100, n/100, n%250)
	url := fmt.Sprintf("/shop/item/%d", r.random.IntN(20_000))
	status := []int64{200, 200, 200, 200, 304, 404, 500}[r.random.IntN(7)]
	agent := fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/%d.0 Safari/537.36", 100+n%40)
	e.Time, e.Source, e.Status = r.at/1e9*1e9, "nginx", "ok"
	e.Message = fmt.Sprintf(`%s - - [10/Oct/2025:13:55:36 +0900] "GET %s HTTP/1.1" %d %d "https://shop.example/" "%s"`, ip, url, status, r.random.IntN(50_000), agent)
	e.Set("network.client.ip", event.StringValue(ip))
	e.Set("network.bytes_written", event.IntValue(int64(r.random.IntN(50_000))))
	e.Set("http.method", event.StringValue("GET"))
	e.Set("http.url", event.StringValue(url))
	e.Set("http.version", event.StringValue("1.1"))
	e.Set("http.status_code", event.IntValue(status))
	e.Set("http.referer", event.StringValue("https://shop.example/"))
	e.Set("http.useragent", event.StringValue(agent))
	e.Set("http.url_details.path", event.StringValue(url))
	e.Set("http.useragent_details.browser.family", event.StringValue("Chrome"))
	e.Set("http.useragent_details.browser.major", event.StringValue(fmt.Sprint(100+n%40)))
	e.Set("http.useragent_details.os.family", event.StringValue("Linux"))
	e.Set("http.useragent_details.device.category", event.StringValue("Desktop"))
	e.Set("evt.category", event.StringValue("web"))
	e.Set("evt.outcome", event.StringValue("success"))
	if n == 7 && status == 500 {
		e.Set("security.attack", event.BoolValue(true))
		rules := e.NewArray()
		e.Append(rules, event.StringValue("sql_injection"))
		e.Set("security.rules", rules)
	}
	return e
}

// BenchmarkSearch asks a million events.
func BenchmarkSearch(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "logs")
	s, err := Create(dir)
	if err != nil {
		b.Fatal(err)
	}
	w := s.Writer(WriterOptions{})
	for r := newRequests(); r.at < 1_761_000_000e9; {
		if err := w.Append(r.next()); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Commit(nil); err != nil {
		b.Fatal(err)
	}
	s.Close()
	s = reopened(b, dir)
	for _, c := range []struct{ name, text string }{
		{"status", "@http.status_code:500"},
		{"two_fields", "@http.status_code:>=500 @network.client.ip:203.7.0.7"},
		{"no_such_address", "@network.client.ip:198.51.100.1"},
		{"network", "CIDR(@network.client.ip, 203.7.0.0/16)"},
		{"url_pattern", "@http.url:*item/777*"},
		{"word", "safari 777"},
		{"list", "@security.rules:sql_injection"},
		{"everywhere", "*:sql_injection"},
	} {
		q, err := query.Parse(c.text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				result, err := s.Count(b.Context(), Search{Query: q})
				if err != nil || len(result.Problems) > 0 {
					b.Fatal(err, result.Problems)
				}
				b.ReportMetric(float64(result.Rows), "events")
				b.ReportMetric(float64(result.Matched), "matched")
			}
		})
	}
	for _, text := range []string{"count by @network.client.ip", "count by @http.status_code", "avg(@network.bytes_written) by @http.method"} {
		stats, err := ParseStats(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := s.Stats(b.Context(), Search{}, stats); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("newest_100", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Newest(b.Context(), Search{}, 100); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("every_event", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Each(b.Context(), Search{}, func(*event.Event) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}
