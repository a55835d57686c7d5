package alert

import (
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
	// DefaultPerDay is how many notices a day signals of low severity may make.
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
	// Alertmanager is another one, or several, to which all notices go instead of the default
	// routing.
	Alertmanager *Alertmanager `doc:"alertmanager"`
	// Receivers are those that an alertmanager.yml cannot describe, by the names under
	// which it lists them; console, mail and slack are those of the default routing.
	Receivers []Receiver `doc:"receivers"`
	// PerHour is how many notifications a receiver gets within an hour if it does not say
	// itself; what is beyond comes as one summary. 0 is no limit.
	PerHour int `doc:"per_hour"`
	// Quiet picks what is worth a notice among signals of low severity.
	Quiet Quiet `doc:"quiet,was=triage"`
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

// Quiet picks what is worth a notice among signals of low severity. See the package quiet.
type Quiet struct {
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
		AckFor: DefaultAckFor, Quiet: Quiet{Below: signal.Medium.String(), PerDay: DefaultPerDay, Severity: signal.Medium}, Zone: time.UTC,
	}
}
