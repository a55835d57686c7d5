package app

import (
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
)

// Lines as servers write them, made up by hand.
const (
	nginxLine = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "GET /presentations/tea-ceremony-2026/images/kettle-and-bowl.png?size=large&lang=ja HTTP/1.1" 200 203023 "https://www.example.com/presentations/tea-ceremony-2026/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"`
	sshdLine  = `May 17 10:05:03 web1 sshd[24200]: Failed password for invalid user webmaster from 203.0.113.31 port 38926 ssh2`
	jsonLine  = `{"timestamp":"2026-05-17T10:05:03.787Z","status":"info","message":"_check_and_login: login_successful","custom":{"usr":{"id":"a@example.com"},"evt":{"category":"authentication","name":"authentication","outcome":"success"},"network":{"client":{"ip":"203.0.113.9"}}}}`
)

// journey is one line's whole way, on one goroutine.
type journey struct {
	machine *machine
	engine  *detect.Engine
	summary *report.Summary
	event   *event.Event
	number  int64
}

func newJourney(tb testing.TB) *journey {
	tb.Helper()
	c, err := LoadContent(Sources{})
	if err != nil {
		tb.Fatal(err)
	}
	in := Intake{Clock: dates.Clock{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}, Workers: 1}
	p := in.parser(c, true)
	return &journey{machine: p.machine(), engine: newEngine(c, func(text string) { tb.Fatal(text) }, nil), summary: report.NewSummary(), event: event.New()}
}

func (j *journey) line(text string) {
	j.number++
	j.machine.line(j.event, text, j.number)
	j.summary.Observe(j.event)
	j.engine.Observe(j.event, func(signal.Finding) {})
}

// In steady state a line costs no memory, whatever it is: not when it is parsed,
// not when it is inspected, not when it counts for rules.
func TestLineAllocatesNothingInSteadyState(t *testing.T) {
	for name, text := range map[string]string{"nginx": nginxLine, "sshd": sshdLine, "json": jsonLine} {
		j := newJourney(t)
		for range 2000 {
			j.line(text)
		}
		if !j.event.Parsed || j.event.Text(event.ClientIP) == "" {
			t.Fatalf("%s: not understood", name)
		}
		if got := testing.AllocsPerRun(1000, func() { j.line(text) }); got >= 1 {
			t.Errorf("%s: %v allocations a line, want none", name, got)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	for _, l := range []struct{ name, text string }{{"nginx", nginxLine}, {"sshd", sshdLine}, {"json", jsonLine}} {
		b.Run(l.name, func(b *testing.B) {
			j := newJourney(b)
			b.SetBytes(int64(len(l.text)) + 1)
			b.ReportAllocs()
			for range 100 { // what is made at the first request is made
				j.line(l.text)
			}
			for b.Loop() {
				j.line(l.text)
			}
		})
	}
}
