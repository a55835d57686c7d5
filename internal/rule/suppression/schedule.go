package suppression

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule is a window that comes back: on some days of the week, from a time of the day
// for a while, in a time zone. The zero Schedule is none: it holds always.
//
// A day's window begins at that time of the clock on the wall there. Where that does not
// exist, because clocks are put forward, it begins as much later; where it comes twice, at
// the first. It lasts as long as it says, whatever clocks are put to meanwhile.
type Schedule struct {
	days  [7]bool // from Sunday
	clock time.Duration
	lasts time.Duration
	zone  *time.Location
}

// The limits of a schedule.
const (
	minWindow = time.Minute
	// MaxWindow is how long a window may last: then the next one begins.
	MaxWindow = 7 * 24 * time.Hour
	// maxSchedule is the length in bytes of the longest schedule.
	maxSchedule = 200
)

// scheduleForm says how a schedule is written.
const scheduleForm = "want days, time, length and time zone, such as: sat,sun 02:00 2h Asia/Tokyo"

// dayNames are the days of the week as schedules have them, from Sunday.
func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// ParseSchedule reads days, time, length and time zone with blanks between: "sat,sun 02:00
// 2h Asia/Tokyo", "mon-fri 22:30 90m UTC", "daily 03:00 1h". Without a time zone it is UTC.
func ParseSchedule(text string) (Schedule, error) {
	if len(text) > maxSchedule {
		return Schedule{}, fmt.Errorf("a schedule has at most %d bytes", maxSchedule)
	}
	parts := strings.Fields(text)
	if len(parts) == 3 {
		parts = append(parts, "UTC")
	}
	if len(parts) != 4 {
		return Schedule{}, fmt.Errorf("schedule %q: %s", text, scheduleForm)
	}
	var s Schedule
	for one := range strings.SplitSeq(strings.ToLower(parts[0]), ",") {
		if err := s.addDays(one); err != nil {
			return Schedule{}, fmt.Errorf("schedule %q: %w", text, err)
		}
	}
	at, err := time.Parse("15:04", parts[1])
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %q is no time of the day, want a form such as 02:00", text, parts[1])
	}
	s.clock = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	if s.lasts, err = window(parts[2]); err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", text, err)
	}
	if parts[3] == "Local" {
		return Schedule{}, fmt.Errorf("schedule %q: want the name of a time zone, such as Asia/Tokyo or UTC", text)
	}
	if s.zone, err = time.LoadLocation(parts[3]); err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: no time zone is called %q: want a name such as Asia/Tokyo or UTC", text, parts[3])
	}
	return s, nil
}

// addDays adds a day, days from one to another, or all.
func (s *Schedule) addDays(text string) error {
	if text == "daily" {
		s.days = [7]bool{true, true, true, true, true, true, true}
		return nil
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, to := slices.Index(dayNames(), first), slices.Index(dayNames(), last)
	if from < 0 || to < 0 {
		return fmt.Errorf("%q is no day, want mon, tue, .. sun, mon-fri or daily", text)
	}
	for day := from; ; day = (day + 1) % 7 {
		s.days[day] = true
		if day == to {
			return nil
		}
	}
}

// window reads how long a window lasts.
func window(text string) (time.Duration, error) {
	d, err := ParseLength(text)
	if err != nil || d < minWindow || d > MaxWindow || d%time.Second != 0 {
		return 0, fmt.Errorf("%q is no length of a window, want 1m to 7d in a form such as 90m, 2h or 1d", text)
	}
	return d, nil
}

// ParseLength reads a length of time up to 100 years: days or weeks (7d, 2w), or hours,
// minutes and seconds (1h30m).
func ParseLength(text string) (time.Duration, error) {
	const longest = 100 * 365 * 24 * time.Hour
	d, err := time.ParseDuration(text)
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, is := strings.CutSuffix(text, unit); is {
			var n int
			if n, err = strconv.Atoi(number); err == nil && n >= 0 && n <= int(longest/length) {
				d = time.Duration(n) * length
			}
		}
	}
	if err != nil || d <= 0 || d > longest {
		return 0, fmt.Errorf("%.40q is no length of time, want a form such as 7d, 12h or 30m", text)
	}
	return d, nil
}

// IsZero reports whether there is none.
func (s Schedule) IsZero() bool { return s.zone == nil }

// String returns the schedule as ParseSchedule reads it; "" for none.
func (s Schedule) String() string {
	if s.IsZero() {
		return ""
	}
	var days []string
	for i, name := range dayNames() {
		if s.days[i] {
			days = append(days, name)
		}
	}
	text := strings.Join(days, ",")
	if len(days) == 7 {
		text = "daily"
	}
	lasts := strings.TrimSuffix(s.lasts.String(), "0s")
	if strings.HasSuffix(lasts, "h0m") {
		lasts = strings.TrimSuffix(lasts, "0m")
	}
	return fmt.Sprintf("%s %02d:%02d %s %s", text, s.clock/time.Hour, s.clock%time.Hour/time.Minute, lasts, s.zone)
}

// MarshalText returns what String does.
func (s Schedule) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads it; an empty text is none.
func (s *Schedule) UnmarshalText(text []byte) (err error) {
	*s = Schedule{}
	if len(text) > 0 {
		*s, err = ParseSchedule(string(text))
	}
	return err
}

// DecodeDocument reads it from a document.
func (s *Schedule) DecodeDocument(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("the schedule is empty: " + scheduleForm)
	}
	return s.UnmarshalText([]byte(text))
}

// Holds reports whether the time, in nanoseconds since 1970 UTC, is in a window. It
// allocates nothing.
func (s *Schedule) Holds(at int64) bool {
	if s.IsZero() {
		return true
	}
	t := time.Unix(0, at)
	for back := range s.reach() {
		if from, is := s.begins(t, -back); is && !t.Before(from) && t.Before(from.Add(s.lasts)) {
			return true
		}
	}
	return false
}

// Next returns the window that the time is in, or else the next one.
func (s *Schedule) Next(after time.Time) (from, to time.Time) {
	for day := -s.reach(); day <= 8; day++ {
		if begin, is := s.begins(after, day); is && after.Before(begin.Add(s.lasts)) {
			return begin, begin.Add(s.lasts)
		}
	}
	return time.Time{}, time.Time{} // never: a schedule has a day of the week
}

// reach returns how many days back a window may have begun, and one for clocks that are
// put forward or back.
func (s *Schedule) reach() int { return int((s.lasts+24*time.Hour-1)/(24*time.Hour)) + 2 }

// begins returns when the window of a day begins that is so many days from the time, and
// whether there is one.
func (s *Schedule) begins(t time.Time, days int) (time.Time, bool) {
	year, month, day := t.In(s.zone).Date()
	if !s.days[time.Date(year, month, day+days, 0, 0, 0, 0, time.UTC).Weekday()] {
		return time.Time{}, false
	}
	begin := time.Date(year, month, day+days, int(s.clock/time.Hour), int(s.clock%time.Hour/time.Minute), 0, 0, s.zone)
	_, offset := begin.Zone()
	_, before := begin.Add(-3 * time.Hour).Zone()
	if put := time.Duration(before-offset) * time.Second; put > 0 { // back: it may come twice
		if first := begin.Add(-put); first.Hour() == begin.Hour() && first.Minute() == begin.Minute() {
			return first, true
		}
	}
	return begin, true
}
