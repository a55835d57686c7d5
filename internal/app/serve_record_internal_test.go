package app

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

func TestStructuredRecordsHaveTheTimeOfTheirSender(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		e := event.New()
		if !e.MergeJSON(text, event.JSONOptions{}) {
			t.Fatal(text)
		}
		if got := stamped(e); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
	f(`{"timestamp":1760000000123}`, 1760000000123000000)
	f(`{"timestamp":"2025-10-09T08:53:20.123456789Z"}`, 1760000000123456789)
	f(`{"timestamp":"2025-10-09T17:53:20+09:00"}`, 1760000000000000000)
	f(`{"timestamp":1760000000123456789}`, 0) // no milliseconds
	f(`{"timestamp":-1}`, 0)
	f(`{"timestamp":"yesterday"}`, 0)
	f(`{"timestamp":{}}`, 0)
	f(`{"@timestamp":"2025-10-09T08:53:20.123Z"}`, 1760000000123000000)
	f(`{}`, 0)
}
