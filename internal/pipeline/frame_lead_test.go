package pipeline

import (
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

func TestLeadingTimes(t *testing.T) {
	m := NewMachine(dates.Clock{Now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), Location: time.FixedZone("", 2*3600)})
	f := func(line, want string) {
		t.Helper()
		got := "none"
		if ns, ok := m.leadingTime(line); ok {
			got = time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
	f("2026-06-02 03:04:05,123 WARN x", "2026-06-02T01:04:05.123Z")
	f("2026-06-02T03:04:05.123Z: x", "2026-06-02T03:04:05.123Z")
	f("2026-06-02 03:04:05.123 +08:00 [WRN] x", "2026-06-01T19:04:05.123Z")
	f("2026-06-02  3:04:05 8 [Warning] x", "2026-06-02T01:04:05Z")
	f("2026-06-02 03:04:05.1 UTC [1] x", "2026-06-02T03:04:05.1Z")
	f("2026/06/02 03:04:05 [error] x", "2026-06-02T01:04:05Z")
	f("2026.06.02 03:04:05 LOG3: x", "2026-06-02T01:04:05Z")
	f("[2026-06-02 03:04:05]LOGIN x", "2026-06-02T01:04:05Z")
	f("[INFO] 2026-06-02T03:04:05Z x", "2026-06-02T03:04:05Z")
	f("0 3 IN 02/Jun/2026:03:04:05 +0200 policy x", "2026-06-02T01:04:05Z")
	f("02-Jun-2026 03:04:05.123 client x", "2026-06-02T01:04:05.123Z")
	f("1:M 02 Jun 2026 03:04:05.123 # x", "2026-06-02T01:04:05.123Z")
	f("Tue Jun  2 03:04:05.123456 2026 x", "2026-06-02T01:04:05.123456Z")
	f("[Tue Jun 02 03:04:05 2026] x", "2026-06-02T01:04:05Z")
	f("Tue, 02 Jun 2026 03:04:05 GMT x", "2026-06-02T03:04:05Z")
	f("Jun 2, 2026 3:04:05 PM org.x", "2026-06-02T13:04:05Z")
	f("WARN: [Jun  2 03:04:05.643] x", "2026-06-02T01:04:05.643Z")
	f("L 06/02/2026 - 03:04:05: x", "2026-06-02T01:04:05Z")
	f("02-06-2026 03:04:05 +0300 x", "2026-06-02T00:04:05Z")
	f("2026:06:02-03:04:05: x", "2026-06-02T01:04:05Z")
	f("260602  3:04:05 [Warning] x", "2026-06-02T01:04:05Z")
	f("20260602 03:04:05 x", "2026-06-02T01:04:05Z")
	f("06-02 03:04:05.026 [WARN] x", "2026-06-02T01:04:05.026Z")
	f("1780362245.5.0 [02/Jun/2026 03:04:05] x", "2026-06-02T01:04:05.5Z")
	f("03:04:05.5 IP x", "2026-07-01T01:04:05.5Z")
	f("11:47:34 1|app | 2026-06-02 03:04:05: x", "2026-06-02T01:04:05Z")
	f("23:04:05 x", "2026-06-30T21:04:05Z")
	f("just text 1234567890 and numbers 12:34:56", "none")
	f("192.0.2.1 99 5-5 Mon", "none")
	f("2026-13-02 03:04:05 x", "none")
	f("Jan", "none")
	f("", "none")
}

func FuzzLeadingTime(f *testing.F) {
	m := NewMachine(dates.Clock{Now: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), Location: time.UTC})
	for _, s := range []string{"2026-06-02 3:04:05,1 PM", "Tue Jun  2 03:04:05 2026", "02/sept./2015:00:11:31 +0200", "[1780362245.5]", "06-02 03:04:05"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ns, ok := m.leadingTime(s); !ok && ns != 0 {
			t.Errorf("a time of %d that is none", ns)
		}
	})
}
