package scan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Gate is what findings are held to.
type Gate struct {
	// FailOn is the least severity that fails, as a word; "" fails on none.
	FailOn string `json:"fail_on,omitempty"`
	// KEV fails on what is known to be exploited, whatever its severity.
	KEV bool `json:"fail_on_kev,omitempty"`
	// NewOnly looks at findings that are new or reopened only.
	NewOnly bool `json:"new_only,omitempty"`
	// MaxAge is how many days findings of a severity may stay open.
	MaxAge map[string]int `json:"max_age_days,omitempty"`
	// Failed are the keys of the findings that fail: for their severity, because they
	// are known to be exploited, because they are open for too long.
	Failed    []string `json:"failed,omitempty"`
	Grave     int      `json:"failed_severity,omitempty"`
	Exploited int      `json:"failed_kev,omitempty"`
	Aged      int      `json:"failed_age,omitempty"`
}

// ParseFailOn reads --fail-on: a severity, kev, both with a comma, or never.
func (g *Gate) ParseFailOn(text string) error {
	g.FailOn, g.KEV = "", false
	if text == "never" {
		return nil
	}
	for word := range strings.SplitSeq(text, ",") {
		switch word = strings.ToLower(strings.TrimSpace(word)); word {
		case "kev":
			g.KEV = true
		case "critical", "high", "medium", "low", "info", "unknown":
			if g.FailOn != "" {
				return fmt.Errorf("%q names two severities, want the lowest that fails", text)
			}
			g.FailOn = word
		default:
			return fmt.Errorf("%q, want critical, high, medium, low, info, unknown or never, and kev besides", word)
		}
	}
	return nil
}

// ParseMaxAge reads --max-age: SEVERITY=DAYSd, several with commas.
func (g *Gate) ParseMaxAge(list []string) error {
	var errs []error
	for _, text := range list {
		word, age, ok := strings.Cut(text, "=")
		days, err := strconv.Atoi(strings.TrimSuffix(age, "d"))
		severity := ParseSeverity(word)
		if !ok || err != nil || days < 0 || days > 10_000 || severity.String() != strings.ToLower(word) {
			errs = append(errs, fmt.Errorf("%q, want a severity and days, such as high=30d", text))
			continue
		}
		if g.MaxAge == nil {
			g.MaxAge = map[string]int{}
		}
		g.MaxAge[severity.String()] = days
	}
	return errors.Join(errs...)
}

// Hold looks which findings of the list fail, and why.
func (g *Gate) Hold(list []*Finding, now time.Time) {
	g.Failed, g.Grave, g.Exploited, g.Aged = nil, 0, 0, 0
	least := ParseSeverity(g.FailOn)
	for _, f := range list {
		if !f.Active() {
			continue
		}
		aged := g.aged(f, now)
		grown := g.NewOnly && f.State == Open
		bad := g.FailOn != "" && f.Severity >= least && !grown
		known := g.KEV && f.KEV != nil && !grown
		if bad {
			g.Grave++
		}
		if known {
			g.Exploited++
		}
		if aged {
			g.Aged++
		}
		if bad || known || aged {
			g.Failed = append(g.Failed, f.Key)
		}
	}
	slices.Sort(g.Failed)
}

// aged reports whether the finding is open for longer than its severity may be.
func (g *Gate) aged(f *Finding, now time.Time) bool {
	days, ok := g.MaxAge[f.Severity.String()]
	since, err := time.Parse(time.RFC3339, f.FirstSeen)
	return ok && err == nil && now.Sub(since) > time.Duration(days)*24*time.Hour
}

// Age returns for how many whole days the finding is known; -1 for unknown.
func (f *Finding) Age(now time.Time) int {
	since, err := time.Parse(time.RFC3339, f.FirstSeen)
	if err != nil {
		return -1
	}
	return max(0, int(now.Sub(since)/(24*time.Hour)))
}
