package anomaly

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// ReadSeries reads a series in CSV and calls observe for each row. The columns are
// those that the header calls timestamp (or time) and value, the first and second
// otherwise; the header may be missing. Times are RFC 3339, the same without a
// zone (UTC) or with a blank for the T, or seconds since the Unix epoch. An empty
// value is not a number (NaN).
//
// Rows are handed on as they are read, so memory is bounded by the longest line,
// 1 MiB. An error names the line; it ends the reading, as does the first error
// that observe returns, unchanged.
func ReadSeries(r io.Reader, observe func(t time.Time, value float64) error) error {
	lines := newCSVLines(r)
	times, values := 0, 1
	for first := true; ; first = false {
		fields, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if first {
			if t, v, ok := seriesHeader(fields); ok {
				times, values = t, v
				continue
			}
		}
		if len(fields) <= max(times, values) {
			return fmt.Errorf("line %d: %d columns, want a timestamp and a value", lines.line, len(fields))
		}
		t, err := parseTime(fields[times])
		if err != nil {
			return fmt.Errorf("line %d: %w", lines.line, err)
		}
		v, err := parseNumber(fields[values])
		if err != nil {
			return fmt.Errorf("line %d: %w", lines.line, err)
		}
		if err := observe(t, v); err != nil {
			return err
		}
	}
}

// seriesHeader finds the columns in a header; it is not ok when the row holds data.
func seriesHeader(fields []string) (times, values int, ok bool) {
	if len(fields) < 2 {
		return 0, 0, false
	}
	if _, err := parseTime(fields[0]); err == nil {
		return 0, 0, false
	}
	times, values = 0, 1
	for i, name := range fields {
		switch strings.ToLower(name) {
		case "timestamp", "time":
			times = i
		case "value":
			values = i
		}
	}
	return times, values, true
}

// parseTime reads a time in one of the forms that ReadSeries names.
func parseTime(text string) (time.Time, error) {
	for _, layout := range [...]string{"2006-01-02 15:04:05", time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(seconds) > 1e12 || math.IsNaN(seconds) {
		return time.Time{}, fmt.Errorf("%s is no time, want a form such as 2026-01-31T12:00:00Z", quote(text))
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), nil
}

// parseNumber reads a number; an empty text is NaN, one too large is infinite.
func parseNumber(text string) (float64, error) {
	if text == "" {
		return math.NaN(), nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s is no number", quote(text))
	}
	return x, nil
}
