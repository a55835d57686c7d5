package config

import (
	"net/url"
	"time"
)

// The limits of sessions.
const (
	minIdle  = time.Minute
	maxLasts = 30 * 24 * time.Hour
)

func (k *checker) access(a *Access) {
	if a.URL != "" {
		at, err := url.Parse(a.URL)
		wrong := err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.Path != "" || at.RawQuery != "" || at.Fragment != "" || at.User != nil
		k.fault(wrong, a.At, "url", "url %q, want an address such as https://logs.example.com, without a path", a.URL)
	}
	k.fault(a.Idle < minIdle || a.Idle > maxLasts, a.At, "session_idle", "session_idle wants a duration from %s to %s", minIdle, maxLasts)
	k.fault(a.Max < a.Idle || a.Max > maxLasts, a.At, "session_max", "session_max wants a duration from session_idle (%s) to %s", a.Idle, maxLasts)
}
