package derive

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

func request(status int64, service string) *event.Event {
	e := &event.Event{}
	e.Reset()
	e.Service = service
	if status != 0 {
		e.Set("http.status_code", event.IntValue(status))
	}
	return e
}

// lines returns what is written of a metric.
func lines(t *testing.T, s *Set, prefix string) string {
	t.Helper()
	var b, out strings.Builder
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, prefix) {
			out.WriteString(line)
		}
	}
	return out.String()
}

func TestEventsAreCounted(t *testing.T) {
	s, err := New(nil, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Observe(request(200, "shop"))
	again := request(404, "shop")
	again.Repeat = 3
	s.Observe(again)
	const first = "http_requests_total{job=\"shop\",status=\"200\"} 0\nhttp_requests_total{job=\"shop\",status=\"404\"} 0\n"
	if diff := cmp.Diff(first, lines(t, s, "http_requests_total")); diff != "" {
		t.Errorf("a series that is new is not 0: %s", diff)
	}
	s.Observe(request(200, "shop"))
	const second = "http_requests_total{job=\"shop\",status=\"200\"} 2\nhttp_requests_total{job=\"shop\",status=\"404\"} 3\n"
	if diff := cmp.Diff(second, lines(t, s, "http_requests_total")); diff != "" {
		t.Error(diff)
	}
	other, err := New(nil, false, s) // a reload
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(second, lines(t, other, "http_requests_total")); diff != "" {
		t.Errorf("a reload forgot: %s", diff)
	}
}

func TestSeriesAreBounded(t *testing.T) {
	s, err := New([]Metric{{Name: "a_total", GroupBy: []Label{{Label: "s", Field: []string{"service"}}, {Label: "m", Field: []string{"@m", "source"}, Values: []string{"GET"}}}, MaxSeries: 3}}, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		e := request(200, fmt.Sprintf("s%d\x00%s", i, strings.Repeat("x", 500)))
		e.Source = "nginx"
		if i == 0 {
			e.Set("m", event.StringValue("GET"))
		}
		s.Observe(e)
	}
	lines(t, s, "")
	got := lines(t, s, "a_total")
	if strings.Count(got, "\n") != 4 || !strings.Contains(got, `a_total{s="other",m="other"} 7`) || !strings.Contains(got, `m="GET"} 1`) || len(got) > 4*200 {
		t.Error(got)
	}
	if got := lines(t, s, "sasumata_log_metric_overflow_total"); got != "sasumata_log_metric_overflow_total{metric=\"a_total\"} 7\n" {
		t.Error(got)
	}
}

func TestAHistogram(t *testing.T) {
	s, err := New([]Metric{{Name: "d", Type: "histogram", Value: "@d", Scale: 0.001, Buckets: []float64{0.1, 1}}}, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []event.Value{event.IntValue(100), event.StringValue("500"), event.IntValue(5000), event.StringValue("no number"), event.IntValue(-1), event.StringValue("NaN")} {
		e := &event.Event{}
		e.Reset()
		e.Set("d", v)
		s.Observe(e)
	}
	lines(t, s, "")
	const want = "d_bucket{le=\"0.1\"} 1\nd_bucket{le=\"1\"} 2\nd_bucket{le=\"+Inf\"} 3\nd_sum 5.6\nd_count 3\n"
	if diff := cmp.Diff(want, lines(t, s, "d_")); diff != "" {
		t.Error(diff)
	}
	if got := lines(t, s, "sasumata_log_metric_not_numbers_total"); got != "sasumata_log_metric_not_numbers_total 3\n" {
		t.Error(got)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	s, err := New(nil, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]*event.Event{"a request": request(200, "shop"), "something else": request(0, "")} {
		s.Observe(e)
		if n := testing.AllocsPerRun(100, func() { s.Observe(e) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	s, err := New(nil, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	e := request(200, "shop")
	for b.Loop() {
		s.Observe(e)
	}
}
