package suppression

import (
	"strings"
	"testing"
	"time"
)

func TestSchedules(t *testing.T) {
	f := func(text, want, at string, holds bool) {
		t.Helper()
		s, err := ParseSchedule(text)
		if err != nil {
			t.Error(err)
			return
		}
		if s.String() != want {
			t.Errorf("%q is %q, want %q", text, s, want)
		}
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if s.Holds(when.UnixNano()) != holds {
			t.Errorf("%q at %s (%s): want %t", text, at, when.In(s.zone), holds)
		}
		from, to := s.Next(when)
		if holds != (!when.Before(from) && when.Before(to)) || !when.Before(to) || !s.Holds(from.UnixNano()) || s.Holds(to.UnixNano()) && s.lasts < 24*time.Hour {
			t.Errorf("%q at %s: the next window is %s to %s", text, at, from, to)
		}
	}
	const tokyo = "sat,sun 02:00 2h Asia/Tokyo"
	f(tokyo, "sun,sat 02:00 2h Asia/Tokyo", "2026-01-17T02:00:00+09:00", true)
	f(tokyo, "sun,sat 02:00 2h Asia/Tokyo", "2026-01-17T03:59:59+09:00", true)
	f(tokyo, "sun,sat 02:00 2h Asia/Tokyo", "2026-01-17T04:00:00+09:00", false)
	f(tokyo, "sun,sat 02:00 2h Asia/Tokyo", "2026-01-17T01:59:59+09:00", false)
	f(tokyo, "sun,sat 02:00 2h Asia/Tokyo", "2026-01-17T02:00:00Z", false)
	f(tokyo, "sun,sat 02:00 2h Asia/Tokyo", "2026-01-19T02:00:00+09:00", false) // a Monday
	// Over midnight: what began on a Friday goes on.
	f("mon-fri 23:30 1h30m", "mon,tue,wed,thu,fri 23:30 1h30m UTC", "2026-01-17T00:59:00Z", true)
	f("mon-fri 23:30 1h30m", "mon,tue,wed,thu,fri 23:30 1h30m UTC", "2026-01-19T00:30:00Z", false) // of a Sunday
	f("fri-mon 00:00 1d UTC", "sun,mon,fri,sat 00:00 24h UTC", "2026-01-18T12:00:00Z", true)
	f("fri-mon 00:00 1d UTC", "sun,mon,fri,sat 00:00 24h UTC", "2026-01-20T00:00:00Z", false)
	f("daily 03:00 1m", "daily 03:00 1m UTC", "2026-01-20T03:00:59Z", true)
	f("wed 12:00 7d", "wed 12:00 168h UTC", "2026-01-21T11:59:00Z", true)
	// Clocks are put forward at 02:00: the window begins an hour later and is no shorter.
	f("sun 02:30 1h Europe/Berlin", "sun 02:30 1h Europe/Berlin", "2026-03-29T01:31:00Z", true)
	f("sun 02:30 1h Europe/Berlin", "sun 02:30 1h Europe/Berlin", "2026-03-29T02:31:00Z", false)
	// 02:30 comes twice: it is the first.
	f("sun 02:30 30m Europe/Berlin", "sun 02:30 30m Europe/Berlin", "2026-10-25T00:35:00Z", true)
	f("sun 02:30 30m Europe/Berlin", "sun 02:30 30m Europe/Berlin", "2026-10-25T01:35:00Z", false)
}

func TestWrongSchedules(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := ParseSchedule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	f("", "want days, time, length and time zone")
	f("sat 02:00", "want days, time, length")
	f("sat 02:00 2h UTC again", "want days, time, length")
	f("saturday 02:00 2h", `"saturday" is no day, want mon`)
	f("sat-daily 02:00 2h", "is no day")
	f("sat, 02:00 2h", `"" is no day`)
	f("sat 24:00 2h", `"24:00" is no time of the day`)
	f("sat 02:00 2", "is no length of a window")
	f("sat 02:00 30s", "want 1m to 7d")
	f("sat 02:00 8d", "want 1m to 7d")
	f("sat 02:00 -1h", "want 1m to 7d")
	f("sat 02:00 61.5s", "want 1m to 7d")
	f("sat 02:00 1h Mars/Phobos", `no time zone is called "Mars/Phobos"`)
	f("sat 02:00 1h ../../etc/passwd", "no time zone is called")
	f("sat 02:00 1h Local", "want the name of a time zone")
	f(strings.Repeat("sat,", 100)+"sat 02:00 1h", "at most 200 bytes")
}

func TestHoldsDoesNotAllocate(t *testing.T) {
	s, err := ParseSchedule("wed 12:00 7d America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { s.Holds(1_769_817_600_000_000_000) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	none := Schedule{}
	if !none.Holds(1) || none.String() != "" {
		t.Error("no schedule holds always")
	}
}

func FuzzSchedule(f *testing.F) {
	for _, text := range []string{"sat,sun 02:00 2h Asia/Tokyo", "mon-fri 23:30 1h30m", "daily 00:00 7d UTC", "fri-mon 3:4 1d"} {
		f.Add(text, int64(1_769_817_600_000_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, at int64) {
		s, err := ParseSchedule(text)
		if err != nil {
			return
		}
		again, err := ParseSchedule(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is %q, which is %q (%v)", text, s, again, err)
		}
		at = min(max(at, -1<<60), 1<<62)
		from, to := s.Next(time.Unix(0, at))
		if is := at >= from.UnixNano() && at < to.UnixNano(); is != s.Holds(at) || to.Sub(from) != s.lasts {
			t.Fatalf("%q at %s: %t, the next is %s to %s", text, time.Unix(0, at).UTC(), s.Holds(at), from, to)
		}
	})
}
