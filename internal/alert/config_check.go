package alert

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/secret"
	"github.com/sasumata/sasumata/internal/signal"
)

// Check fills in what follows from the rest, and returns what is wrong. Here is the place
// of faults that have none of their own.
func (c *Config) Check(here document.Pos) document.Faults {
	k := checker{document.Checker{Here: here}}
	k.oneOf(c.Language, c.At, "language", "en", "ja")
	k.Fault(c.File != "" && !filepath.IsAbs(c.File), c.At, "file", "file %q wants to begin with /: a server has no current folder", c.File)
	k.Fault(c.File != "" && (c.Email != nil || c.Slack != nil), c.At, "file", "file brings its own receivers: email and slack are for the default routing")
	if c.Alertmanager != nil {
		k.Fault(c.File != "" || c.Email != nil || c.Slack != nil, c.At, "alertmanager", "alertmanager says itself who is told: file, email and slack are for the routing here")
		k.alertmanager(c.Alertmanager)
	}
	if u, err := url.Parse(c.URL); c.URL != "" {
		k.Fault(err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http", c.At, "url", "url %q wants the form https://sasumata.example.com", c.URL)
	}
	k.between(c.Suppress, time.Second, 24*time.Hour, c.At, "suppress")
	k.between(c.MaxSilence, time.Minute, 366*24*time.Hour, c.At, "max_silence")
	k.between(c.Failing, 10*time.Second, 24*time.Hour, c.At, "failing_after")
	k.between(c.AckFor, time.Minute, 366*24*time.Hour, c.At, "acknowledged_for")
	k.Fault(c.PerHour < 0, c.At, "per_hour", "per_hour cannot be negative; 0 is no limit")
	k.Fault(c.Quiet.PerDay < 1 || c.Quiet.PerDay > 100_000, c.Quiet.At, "per_day", "per_day wants a number from 1 to 100000")
	if severity, ok := k.severity(c.Quiet.Below, c.Quiet.At, "below"); ok {
		c.Quiet.Severity = severity
	}
	k.channels(c)
	names := map[string]bool{}
	for i := range c.Receivers {
		r := &c.Receivers[i]
		k.Fault(names[r.Name], r.At, "name", "two receivers have the name %q", r.Name)
		names[r.Name] = true
		k.receiver(r)
	}
	for i := range c.Escalation {
		step := &c.Escalation[i]
		for _, s := range step.Severity {
			k.severity(s, step.At, "severity")
		}
		k.between(step.After, time.Second, 30*24*time.Hour, step.At, "after")
	}
	for i := range c.OnCall {
		r := &c.OnCall[i]
		var err error
		r.Begin, err = time.Parse(time.RFC3339, r.From)
		k.Fault(err != nil && r.From != "", r.At, "from", "from %q is no time, want the form 2026-01-05T09:00:00+09:00", r.From)
		k.between(r.Every, time.Minute, 366*24*time.Hour, r.At, "every")
		k.Fault(slices.Contains(r.People, r.Name), r.At, "people", "%q stands for itself", r.Name)
		k.Fault(names[r.Name], r.At, "name", "two receivers have the name %q", r.Name)
		names[r.Name] = true
	}
	if h := c.Heartbeat; h != nil {
		if h.Every == 0 {
			h.Every = time.Minute
		}
		k.between(h.Every, time.Second, 24*time.Hour, h.At, "every")
		k.secretFile(h.URLFile, h.At, "url_file")
	}
	return k.Faults
}

// channels checks the receivers of the default routing.
func (k *checker) channels(c *Config) {
	if e := c.Email; e != nil {
		k.Fault(!hostPort(e.Smarthost) && e.Smarthost != "", e.At, "smarthost", "smarthost %q wants the form mail.example.com:587", e.Smarthost)
		wrong := func(address string) bool {
			return strings.ContainsAny(address, "\r\n") || !strings.Contains(address, "@")
		}
		k.Fault(e.From != "" && wrong(e.From), e.At, "from", "from %q is no address", e.From)
		k.Fault(slices.ContainsFunc(e.To, wrong), e.At, "to", "to wants addresses")
		k.Fault((e.Username == "") != (e.PasswordFile == ""), e.At, "username", "username and password_file go together")
		if e.PasswordFile != "" {
			k.secretFile(e.PasswordFile, e.At, "password_file")
		}
	}
	if c.Slack != nil {
		k.secretFile(c.Slack.URLFile, c.Slack.At, "url_file")
	}
}

// checker collects what is wrong with values that could be read.
type checker struct{ document.Checker }

func (k *checker) oneOf(value string, at map[string]document.Pos, key string, known ...string) {
	if slices.Contains(known, value) {
		return
	}
	k.Fault(true, at, key, "%s %q, want %s", key, value, strings.Join(known, ", "))
	k.Faults[len(k.Faults)-1].Suggestion = document.Suggest(value, known)
}

func (k *checker) between(d, least, most time.Duration, at map[string]document.Pos, key string) {
	k.Fault(d < least || d > most, at, key, "%s wants a duration from %s to %s", key, least, most)
}

func (k *checker) severity(name string, at map[string]document.Pos, key string) (signal.Severity, bool) {
	s, ok := ParseSeverity(name)
	if !ok {
		k.oneOf(name, at, key, "info", "low", "medium", "high", "critical")
	}
	return s, ok
}

// secretFile checks that the file of a secret can be named to a server.
func (k *checker) secretFile(path string, at map[string]document.Pos, key string) {
	k.Fault(path != "" && !filepath.IsAbs(path), at, key, "%s %q wants to begin with /: a server has no current folder", key, path)
	if path != "" && filepath.IsAbs(path) {
		_, err := secret.Read(path)
		k.Fault(err != nil, at, key, "%s: %v", key, err)
	}
}

// ParseSeverity returns the severity of that name.
func ParseSeverity(name string) (signal.Severity, bool) {
	for s := signal.Info; s <= signal.Critical; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return signal.Info, false
}

func hostPort(s string) bool {
	host, port, ok := strings.Cut(s, ":")
	return ok && host != "" && port != "" && !strings.ContainsAny(s, " \r\n")
}
