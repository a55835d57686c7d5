package search_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/search"
)

func TestAges(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "1.5h": 90 * time.Minute, "2w": 14 * 24 * time.Hour, "": 0, "5": 0, "d": 0, "-1d": 0, "NaNd": 0, "99999999999d": 0} {
		if got, err := search.Age(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}

func TestQuestions(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	names := search.Names{Query: "query", Since: "from", Until: "to"}
	want, err := search.Parse(search.Question{Query: "source:nginx", Since: "24h", Until: "2026-01-31T11:00:00Z"}, names, now)
	if err != nil || want.Since != now.Add(-24*time.Hour).UnixNano() || want.Until != now.Add(-time.Hour).UnixNano() {
		t.Errorf("%+v, %v", want, err)
	}
	if want, err := search.Parse(search.Question{}, names, now); err != nil || want.Since != 0 || want.Until != 0 {
		t.Errorf("%+v, %v", want, err)
	}
	for part, q := range map[string]search.Question{
		`query: column`:            {Query: "@a:["},
		`from "yesterday"`:         {Since: "yesterday"},
		`to "x" is no time`:        {Until: "x"},
		`from is not before to`:    {Since: "1h", Until: "2h"},
		`or how long ago, such as`: {Since: "24"},
	} {
		if _, err := search.Parse(q, names, now); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
