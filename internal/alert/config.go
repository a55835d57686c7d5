package alert

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
)

// The values of what a Config does not say.
const (
	// DefaultSuppress is for how long the same notice is not told again.
	DefaultSuppress = 5 * time.Minute
	// DefaultPerHour is how many notifications a receiver gets within an hour.
	DefaultPerHour = 60
	// DefaultPerDay is for how many notices a day triage aims.
	DefaultPerDay = 45
	// DefaultMaxSilence is the length of the longest silence.
	DefaultMaxSilence = 30 * 24 * time.Hour
	// DefaultFailing is after which time without success a receiver is reported.
	DefaultFailing = 10 * time.Minute
	// DefaultAckFor is for how long an acknowledgement holds escalation back.
	DefaultAckFor = 24 * time.Hour
)

// Config says who is told, how, and how often. Its comments are the reference in
// docs/alerting.md.
type Config struct {
	// File is an alertmanager.yml; without one there is the default routing: critical to
	// console, mail and Slack, high to console and mail, all else to the console.
	File string `doc:"file"`
	// Language of the texts is en or ja.
	Language string `doc:"language"`
	// URL is where this server is reached, for links.
	URL string `doc:"url"`
	// Suppress is for how long the same notice is not told again by the default routing.
	Suppress time.Duration `doc:"suppress"`
	// Email and Slack are receivers of the default routing.
	Email *Email `doc:"email"`
	Slack *Slack `doc:"slack"`
	// Receivers are those that an alertmanager.yml cannot describe, by the names under
	// which it lists them; console, mail and slack are those of the default routing.
	Receivers []Receiver `doc:"receivers"`
	// PerHour is how many notifications a receiver gets within an hour if it does not say
	// itself; what is beyond comes as one summary. 0 is no limit.
	PerHour int `doc:"per_hour"`
	// Triage picks what is worth a notice among signals of low severity.
	Triage Triage `doc:"triage"`
	// Escalation tells others what nobody acknowledged.
	Escalation []Step `doc:"escalation"`
	// OnCall are receivers that stand for a person who changes.
	OnCall []Rota `doc:"on_call"`
	// Heartbeat is called as long as all goes well.
	Heartbeat *Heartbeat `doc:"heartbeat"`
	// MaxSilence is the length of the longest silence.
	MaxSilence time.Duration `doc:"max_silence"`
	// Failing is after which time without success a receiver is reported to others.
	Failing time.Duration `doc:"failing_after"`
	// AckFor is for how long an acknowledgement holds escalation back.
	AckFor time.Duration `doc:"acknowledged_for"`

	At map[string]document.Pos `doc:",positions"`

	// Dir is the folder for what has to survive; Zone that of times in texts.
	Dir  string
	Zone *time.Location
}

// Email is mail over SMTP.
type Email struct {
	Smarthost string   `doc:"smarthost,required"`
	From      string   `doc:"from,required"`
	To        []string `doc:"to,required,single"`
	Username  string   `doc:"username"`
	// PasswordFile holds the password; only its owner may read it.
	PasswordFile string `doc:"password_file"`
	// Plain permits a server without encryption.
	Plain bool `doc:"allow_plain"`
	// CAFile holds the certificates that the server's is checked against.
	CAFile string `doc:"ca_file"`

	At map[string]document.Pos `doc:",positions"`
}

// Slack is an incoming webhook of Slack, or of what speaks like it.
type Slack struct {
	// URLFile holds its address, which is a secret.
	URLFile string `doc:"url_file,required"`
	Channel string `doc:"channel"`

	At map[string]document.Pos `doc:",positions"`
}

// Triage picks what is worth a notice among signals of low severity. See the type Desk.
type Triage struct {
	// Below is the severity from which on signals are told one by one; 'info' tells all.
	Below string `doc:"below"`
	// PerDay is for how many notices a day it aims.
	PerDay int `doc:"per_day"`

	At map[string]document.Pos `doc:",positions"`

	Severity signal.Severity
}

// Step is a step of escalation: who is told when nobody acknowledged.
type Step struct {
	document.Pos

	// Severity are those that are escalated.
	Severity []string `doc:"severity,required,single"`
	// After is the age at which.
	After time.Duration `doc:"after,required"`
	// Receiver is told.
	Receiver string `doc:"receiver,required"`

	At map[string]document.Pos `doc:",positions"`
}

// Rota is a receiver that stands for a person who changes.
type Rota struct {
	document.Pos

	// Name is that of the receiver.
	Name string `doc:"name,required"`
	// From is when the first of the people begins, as RFC 3339; Every how long each has.
	From  string        `doc:"from,required"`
	Every time.Duration `doc:"every,required"`
	// People are receivers.
	People []string `doc:"people,required,single"`

	At map[string]document.Pos `doc:",positions"`

	Begin time.Time
}

// Heartbeat is a dead man's switch: somebody else notices when it stays away.
type Heartbeat struct {
	// URLFile holds the address that is called with POST.
	URLFile string        `doc:"url_file,required"`
	Every   time.Duration `doc:"every"`

	At map[string]document.Pos `doc:",positions"`
}

// Default returns the configuration of a server that was told nothing.
func Default() *Config {
	return &Config{
		Language: "en", Suppress: DefaultSuppress, PerHour: DefaultPerHour, MaxSilence: DefaultMaxSilence, Failing: DefaultFailing,
		AckFor: DefaultAckFor, Triage: Triage{Below: signal.Medium.String(), PerDay: DefaultPerDay, Severity: signal.Medium}, Zone: time.UTC,
	}
}

// Check fills in what follows from the rest, and returns what is wrong. Here is the place
// of faults that have none of their own.
func (c *Config) Check(here document.Pos) document.Faults {
	k := checker{here: here}
	k.oneOf(c.Language, c.At, "language", "en", "ja")
	k.fault(c.File != "" && !filepath.IsAbs(c.File), c.At, "file", "file %q wants to begin with /: a server has no current folder", c.File)
	k.fault(c.File != "" && (c.Email != nil || c.Slack != nil), c.At, "file", "file brings its own receivers: email and slack are for the default routing")
	if u, err := url.Parse(c.URL); c.URL != "" {
		k.fault(err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http", c.At, "url", "url %q wants the form https://sasumata.example.com", c.URL)
	}
	k.between(c.Suppress, time.Second, 24*time.Hour, c.At, "suppress")
	k.between(c.MaxSilence, time.Minute, 366*24*time.Hour, c.At, "max_silence")
	k.between(c.Failing, 10*time.Second, 24*time.Hour, c.At, "failing_after")
	k.between(c.AckFor, time.Minute, 366*24*time.Hour, c.At, "acknowledged_for")
	k.fault(c.PerHour < 0, c.At, "per_hour", "per_hour cannot be negative; 0 is no limit")
	k.fault(c.Triage.PerDay < 1 || c.Triage.PerDay > 100_000, c.Triage.At, "per_day", "per_day wants a number from 1 to 100000")
	if severity, ok := k.severity(c.Triage.Below, c.Triage.At, "below"); ok {
		c.Triage.Severity = severity
	}
	k.channels(c)
	names := map[string]bool{}
	for i := range c.Receivers {
		r := &c.Receivers[i]
		k.fault(names[r.Name], r.At, "name", "two receivers have the name %q", r.Name)
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
		k.fault(err != nil && r.From != "", r.At, "from", "from %q is no time, want the form 2026-01-05T09:00:00+09:00", r.From)
		k.between(r.Every, time.Minute, 366*24*time.Hour, r.At, "every")
		k.fault(slices.Contains(r.People, r.Name), r.At, "people", "%q stands for itself", r.Name)
		k.fault(names[r.Name], r.At, "name", "two receivers have the name %q", r.Name)
		names[r.Name] = true
	}
	if h := c.Heartbeat; h != nil {
		if h.Every == 0 {
			h.Every = time.Minute
		}
		k.between(h.Every, time.Second, 24*time.Hour, h.At, "every")
		k.secretFile(h.URLFile, h.At, "url_file")
	}
	return k.faults
}

// channels checks the receivers of the default routing.
func (k *checker) channels(c *Config) {
	if e := c.Email; e != nil {
		k.fault(!hostPort(e.Smarthost) && e.Smarthost != "", e.At, "smarthost", "smarthost %q wants the form mail.example.com:587", e.Smarthost)
		wrong := func(address string) bool {
			return strings.ContainsAny(address, "\r\n") || !strings.Contains(address, "@")
		}
		k.fault(e.From != "" && wrong(e.From), e.At, "from", "from %q is no address", e.From)
		k.fault(slices.ContainsFunc(e.To, wrong), e.At, "to", "to wants addresses")
		k.fault((e.Username == "") != (e.PasswordFile == ""), e.At, "username", "username and password_file go together")
		if e.PasswordFile != "" {
			k.secretFile(e.PasswordFile, e.At, "password_file")
		}
	}
	if c.Slack != nil {
		k.secretFile(c.Slack.URLFile, c.Slack.At, "url_file")
	}
}

// checker collects what is wrong with values that could be read.
type checker struct {
	here   document.Pos
	faults document.Faults
}

func (k *checker) fault(wrong bool, at map[string]document.Pos, key, format string, args ...any) {
	if !wrong {
		return
	}
	pos, ok := at[key]
	if !ok {
		pos = k.here
	}
	k.faults = append(k.faults, pos.Fault(format, args...))
}

func (k *checker) oneOf(value string, at map[string]document.Pos, key string, known ...string) {
	if slices.Contains(known, value) {
		return
	}
	k.fault(true, at, key, "%s %q, want %s", key, value, strings.Join(known, ", "))
	k.faults[len(k.faults)-1].Suggestion = document.Suggest(value, known)
}

func (k *checker) between(d, least, most time.Duration, at map[string]document.Pos, key string) {
	k.fault(d < least || d > most, at, key, "%s wants a duration from %s to %s", key, least, most)
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
	k.fault(path != "" && !filepath.IsAbs(path), at, key, "%s %q wants to begin with /: a server has no current folder", key, path)
	if path != "" && filepath.IsAbs(path) {
		_, err := readSecret(path)
		k.fault(err != nil, at, key, "%s: %v", key, err)
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

var _ fmt.Stringer = signal.Info
