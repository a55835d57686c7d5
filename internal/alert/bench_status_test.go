package alert

import (
	"fmt"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// BenchmarkStatus asks how it goes while as much is open as may be.
func BenchmarkStatus(b *testing.B) {
	c := Default()
	c.Dir = b.TempDir()
	c.Escalation = []Step{{Severity: []string{"critical", "high"}, After: time.Hour, Receiver: "console"}}
	m, err := New(b.Context(), options(c))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = m.Close() })
	for i := range 50_000 {
		n := Notice{Kind: KindSignal, Rule: fmt.Sprint("rule ", i%100), Severity: signal.High, Began: time.Now(), Labels: []Label{{"ip", fmt.Sprint("10.0.", i/250, ".", i%250)}}}
		m.outbox.remember(&entry{Notice: n, Last: n.Began, Places: map[string]*place{}})
	}
	for b.Loop() {
		_ = m.Status()
	}
}
