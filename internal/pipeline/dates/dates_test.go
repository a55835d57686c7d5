package dates

import (
	"strings"
	"testing"
	"time"
)

// clock is a fixed present.
func clock() Clock { return Clock{Now: time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)} }

// date formats nanoseconds for comparison; "-" when there is no date.
func date(ns int64, ok bool) string {
	if !ok {
		return "-"
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
}

func TestLayout(t *testing.T) {
	f := func(pattern, text, want string) {
		t.Helper()
		l, err := Compile(pattern, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := date(l.Parse(text, clock())); got != want {
			t.Errorf("%s on %q: %s, want %s", pattern, text, got, want)
		}
		if want != "-" && l.Match(text+"]", 0, len(text)+1) != len(text) {
			t.Errorf("%s on %q: Match ends at %d", pattern, text, l.Match(text+"]", 0, len(text)+1))
		}
	}
	f("yyyy-MM-dd HH:mm:ss,SSS", "2020-03-13 08:12:00,829", "2020-03-13T08:12:00.829Z")
	f("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2020-03-13T08:12:00.829Z", "2020-03-13T08:12:00.829Z")
	f("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2020-03-13T08:12:00.829+0200", "2020-03-13T06:12:00.829Z")
	f("yyyy-MM-dd'T'HH:mm:ssZZ", "2020-03-13T08:12:00-05:30", "2020-03-13T13:42:00Z")
	f("yyyy-MM-dd HH:mm:ss Z", "2020-03-13 08:12:00 +02", "2020-03-13T06:12:00Z")
	f("yyyy-MM-dd HH:mm:ss.SSSSSSSSS z", "2020-03-13 08:12:00.123456789 UTC", "2020-03-13T08:12:00.123456789Z")
	f("yyyy-MM-dd HH:mm:ss z", "2020-07-13 08:12:00 PDT", "2020-07-13T15:12:00Z")
	f("yyyy-MM-dd HH:mm:ss z", "2020-07-13 08:12:00 Europe/Paris", "2020-07-13T06:12:00Z")
	f("yyyy-MM-dd HH:mm:ss z", "2020-07-13 08:12:00 Europe/Nowhere", "-")
	f("yyyy-MM-dd HH:mm:ss z", "2020-07-13 08:12:00 GMT+02:00", "2020-07-13T06:12:00Z")
	f("MMM dd yyyy HH:mm:ss zZZ", "Jul 13 2020 08:12:00 GMT+00:00", "2020-07-13T08:12:00Z")
	f("yyyy-MM-dd HH:mm:ss Z z", "2020-07-13 08:12:00 +0200 CEST", "2020-07-13T06:12:00Z")
	f("dd/MMM/yyyy:HH:mm:ss Z", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z")
	f("EEE MMM dd HH:mm:ss yyyy", "Wed Oct 11 14:32:52 2017", "2017-10-11T14:32:52Z")
	f("EEE, d MMMM yyyy", "Tues, 3 september 2019", "2019-09-03T00:00:00Z")
	f("M/d/yyyy h:m:s a", "2/28/2020 10:25:56 PM", "2020-02-28T22:25:56Z")
	f("M/d/yyyy h:m:s a", "2/8/2020 12:05:06 am", "2020-02-08T00:05:06Z")
	f("M/d/yyyy h:m:s a", "2/8/2020 13:05:06 AM", "-")
	f("MM/dd/yy HH:mm:ss:SSS z", "02/08/21 13:05:06:007 GMT", "2021-02-08T13:05:06.007Z")
	f("yyMMdd HH:mm:ss", "210208 13:05:06", "2021-02-08T13:05:06Z")
	f("yyyyMMddHHmmss", "20210208130506", "2021-02-08T13:05:06Z")
	f("yyyyMd", "2021123", "2021-12-03T00:00:00Z")
	f("d MMM y H:m:s", "3 Feb 2021 4:5:6", "2021-02-03T04:05:06Z")
	f("yyyy-MM-dd' 'HH:mm:ss.SSSSSS", "2021-02-03 04:05:06.000001", "2021-02-03T04:05:06.000001Z")
	f("d-MMM-yyyy::HH:mm:ss", "3-Feb-2021::04:05:06", "2021-02-03T04:05:06Z")
	f("h 'o''clock' a", "9 o'clock AM", "2025-06-15T09:00:00Z")
	f("yyyy-MM-dd", "2020-02-29", "2020-02-29T00:00:00Z")
	f("yyyy-MM-dd", "2021-02-29", "-")
	f("yyyy-MM-dd", "2021-2-03", "-")
	f("yyyy-MM-dd", "2021-02-03 ", "-")
	f("HH:mm", "24:00", "-")
	f("HH:mm", "23:60", "-")
	f("yyyy", "1500", "-") // outside of what nanoseconds hold
}

// TestMissingParts holds what is inferred from the clock.
func TestMissingParts(t *testing.T) {
	f := func(now, pattern, text, want string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		l, err := Compile(pattern, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := date(l.Parse(text, Clock{Now: at})); got != want {
			t.Errorf("%s at %s: %s, want %s", text, now, got, want)
		}
	}
	f("2025-01-02T00:00:00Z", "MMM dd HH:mm", "Dec 31 23:59", "2024-12-31T23:59:00Z")
	f("2024-12-31T00:00:00Z", "MMM dd HH:mm", "Jan 01 00:01", "2025-01-01T00:01:00Z")
	f("1971-01-01T00:00:00Z", "MMM dd HH:mm", "Jul 02 12:24", "1971-07-02T12:24:00Z")
	f("1971-01-01T00:00:00Z", "MMM dd HH:mm", "Jul 04 12:24", "1970-07-04T12:24:00Z")
	f("2025-03-01T00:00:00Z", "MMM dd HH:mm", "Feb 29 12:00", "2024-02-29T12:00:00Z")
	f("2025-06-15T12:00:00Z", "HH:mm", "11:59", "2025-06-15T11:59:00Z")
	f("2025-06-15T12:00:00Z", "HH:mm", "12:01", "2025-06-14T12:01:00Z")
	f("2025-03-01T00:00:00Z", "HH:mm Z", "23:30 -0800", "2025-02-28T07:30:00Z")
	f("2025-06-15T12:00:00Z", "yyyy-MM", "2020-05", "2020-05-01T00:00:00Z")
}

func TestZones(t *testing.T) {
	f := func(zone, want string) {
		t.Helper()
		l, err := Compile("yyyy-MM-dd HH:mm", zone, "fr")
		if err != nil {
			t.Fatal(err)
		}
		// The argument wins over the clock.
		c := clock()
		c.Location = time.FixedZone("", 3600)
		if got := date(l.Parse("2020-07-01 12:00", c)); got != want {
			t.Errorf("zone %q: %s, want %s", zone, got, want)
		}
	}
	f("", "2020-07-01T11:00:00Z")
	f("UTC", "2020-07-01T12:00:00Z")
	f("GMT", "2020-07-01T12:00:00Z")
	f("Z", "2020-07-01T12:00:00Z")
	f("+5", "2020-07-01T07:00:00Z")
	f("-05:30", "2020-07-01T17:30:00Z")
	f("+01:02:03", "2020-07-01T10:57:57Z")
	f("UTC+5", "2020-07-01T07:00:00Z")
	f("UTC-0730", "2020-07-01T19:30:00Z")
	f("PST", "2020-07-01T20:00:00Z")
	f("Asia/Tokyo", "2020-07-01T03:00:00Z")
}

func TestCompileErrors(t *testing.T) {
	f := func(pattern, zone, want string) {
		t.Helper()
		_, err := Compile(pattern, zone, "")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", pattern, err, want)
		}
	}
	f("", "", "empty")
	f("yyyy-MM-ddTHH", "", `unknown letter "T"`)
	f("yyyy 'at", "", "a quote without an end")
	f("yyyyy", "", "too long")
	f("ddd", "", "too long")
	f("yyyy", "Mars/Base", `unknown time zone "Mars/Base"`)
	f("yyyy", "+99", "unknown time zone")
	f("yyyy", "../../etc/passwd", "unknown time zone")
}

// TestMatchShorter holds that a smaller limit gives the other readings of a
// number that another digit follows.
func TestMatchShorter(t *testing.T) {
	f := func(pattern, text string, limit, want int) {
		t.Helper()
		l, err := Compile(pattern, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Match(text, 0, limit); got != want {
			t.Errorf("%s on %q up to %d: %d, want %d", pattern, text, limit, got, want)
		}
	}
	f("yyyyMd", "20211213", 8, 8)
	f("yyyyMd", "20211213", 7, 7)
	f("yyyyMd", "20211213", 6, 6)
	f("yyyyMd", "20211213", 5, -1)
	f("HH:mm", "12:345", 6, 5)
	f("HH:mm", "12:345", 4, -1)
}

func TestParseISO(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := date(ParseISO(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	f("2025-01-02T03:04:05Z", "2025-01-02T03:04:05Z")
	f("2025-01-02 03:04:05", "2025-01-02T03:04:05Z")
	f("2025-01-02T03:04:05.123456789123Z", "2025-01-02T03:04:05.123456789Z")
	f("2025-01-02T03:04:05,5+0130", "2025-01-02T01:34:05.5Z")
	f("2025-01-02T03:04:05-01:30", "2025-01-02T04:34:05Z")
	f("2025-01-02T03:04:05 +02:00", "2025-01-02T01:04:05Z")
	f("2025-01-02 03:04:05 UTC", "2025-01-02T03:04:05Z")
	f("2025-01-02T03:04", "2025-01-02T03:04:00Z")
	f("2025-01-02", "2025-01-02T00:00:00Z")
	f("2025-01-02T03:04:60Z", "2025-01-02T03:05:00Z") // a leap second
	f("2025-13-02T03:04:05Z", "-")
	f("2025-01-02X03:04:05Z", "-")
	f("2025-01-02T03:04:05.Z", "-")
	f("2025-01-02T03:04:05ZZ", "-")
	f("2025-1-2", "-")
	f("", "-")
}

func TestParseAny(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := date(ParseAny(text, clock())); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	f("1735787045678", "2025-01-02T03:04:05.678Z")
	f("-1000", "1969-12-31T23:59:59Z")
	f("1747684829.86", "-")
	f("99999999999999999", "-")
	f("2025-01-02T03:04:05Z", "2025-01-02T03:04:05Z")
	f("Thu, 02 Jan 2025 03:04:05 GMT", "2025-01-02T03:04:05Z")
	f("Thu, 2 Jan 2025 03:04:05 +0200", "2025-01-02T01:04:05Z")
	f("02 Jan 2025 03:04:05 PST", "2025-01-02T11:04:05Z")
	f("Jan  2 03:04:05", "2025-01-02T03:04:05Z")
	f("Jan 12 03:04:05", "2025-01-12T03:04:05Z")
	f("Jan 12 03:04:05 2020", "2020-01-12T03:04:05Z")
	f("Thu, 02 Jan 2025 03:04:05 Nowhere", "-")
	f("tomorrow", "-")
	f(strings.Repeat("1", 100), "-")
}

func TestParseAllocatesNothing(t *testing.T) {
	l, err := Compile("dd/MMM/yyyy:HH:mm:ss Z", "", "")
	if err != nil {
		t.Fatal(err)
	}
	c := clock()
	n := testing.AllocsPerRun(100, func() {
		l.Parse("10/Oct/2000:13:55:36 -0700", c)
		ParseAny("Jan  2 03:04:05", c)
		ParseAny("not a date", c)
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "+5", "2020-03-13T08:12:00.829+0200")
	f.Add("EEE MMM d h:m:s a z", "Europe/Paris", "Wed Oct 11 2:32:52 PM GMT+1")
	f.Add("yyyyMdHms", "", "20201112131415")
	f.Fuzz(func(t *testing.T, pattern, zone, text string) {
		ParseAny(text, clock())
		l, err := Compile(pattern, zone, "")
		if err != nil {
			return
		}
		if end := l.Match(text, 0, len(text)); end > len(text) || end < -1 {
			t.Errorf("%q on %q ends at %d", pattern, text, end)
		}
		if _, ok := l.Parse(text, clock()); ok && l.Match(text, 0, len(text)) != len(text) {
			t.Errorf("%q parses %q, but does not match it", pattern, text)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	l, err := Compile("dd/MMM/yyyy:HH:mm:ss Z", "", "")
	if err != nil {
		b.Fatal(err)
	}
	c := clock()
	b.ReportAllocs()
	for b.Loop() {
		l.Parse("10/Oct/2000:13:55:36 -0700", c)
	}
}
