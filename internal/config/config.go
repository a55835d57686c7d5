// Package config reads the configuration of the server: one YAML document whose faults
// come all at once, each with its place.
package config

import (
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/metrics"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/sensor"
	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/store"
)

// The values of what a configuration does not say.
const (
	// DefaultData is the folder for everything that is kept.
	DefaultData = "/var/lib/sasumata"
	// DefaultListen is where HTTP is served: on this machine only.
	DefaultListen = "127.0.0.1:8480"
	// DefaultSyslog is where syslog is received when a listener names no place.
	DefaultSyslog = "127.0.0.1:5514"
	// DefaultGELF is where GELF is received when a listener names no place.
	DefaultGELF = "127.0.0.1:12201"
	// DefaultCheckpoint is how often what detection knows is written down.
	DefaultCheckpoint = 2 * time.Second
	// DefaultSilence is after which time without a record a source is told to be silent.
	DefaultSilence = 15 * time.Minute
	// DefaultLag is how long what is detected in may have waited, DefaultSkew how far the
	// clock of a sender may be from ours.
	DefaultLag  = time.Minute
	DefaultSkew = 5 * time.Minute
	// DefaultStop is how long stopping may take.
	DefaultStop = 20 * time.Second
	// DefaultFlush is how long an event waits to be written to the log store.
	DefaultFlush = 10 * time.Second
	// DefaultMaxAge and DefaultMaxStore are how old and how large logs may become.
	DefaultMaxAge   = 90 * 24 * time.Hour
	DefaultMaxStore = 10 << 30
	// DefaultMinFree is how many bytes of the disk the log store leaves free.
	DefaultMinFree = 512 << 20
)

// Config is a configuration. Its comments are the reference in docs/serve.md.
type Config struct {
	// Data is the folder for the queue, the state and the signals.
	Data string `doc:"data"`
	// TimeZone is that of times in logs that name none.
	TimeZone string `doc:"timezone"`
	// SilentAfter is after which time without a record a source is told to be silent;
	// 0 never.
	SilentAfter time.Duration `doc:"silent_after"`
	// Checkpoint is how often what detection knows is written to the disk.
	Checkpoint time.Duration `doc:"checkpoint"`
	// StopWithin is how long stopping may take.
	StopWithin time.Duration `doc:"stop_within"`
	// HTTP is the listener of the intake, of metrics and of health checks.
	HTTP HTTP `doc:"http"`
	// Syslog are listeners.
	Syslog []Syslog `doc:"syslog"`
	// GELF are listeners for Graylog's senders.
	GELF []Syslog `doc:"gelf"`
	// Files are logs to follow; nil means DefaultFiles.
	Files []File `doc:"files"`
	// Journal is that of systemd; nil means that it is followed where there are no files of
	// syslog, when no Files are named either.
	Journal *Journal `doc:"journal"`
	// Docker are the logs of Docker's containers; nil means that the engine is asked where it
	// can be, when no Files are named either.
	Docker *Docker `doc:"docker"`
	// Sensor watches what processes do; nil means that nothing does.
	Sensor *sensor.Config `doc:"sensor"`
	// Containers is how containers are watched; nil means as Docker: where its engine can be
	// asked.
	Containers *Containers `doc:"containers"`
	// NATS and Kafka are brokers to take messages from.
	NATS  []NATS  `doc:"nats"`
	Kafka []Kafka `doc:"kafka"`
	// Queue is what is between the sources and detection.
	Queue Queue `doc:"queue"`
	// Store is the log store.
	Store Store `doc:"store"`
	// State is the database for what people and the server decide.
	State State `doc:"state"`
	// Signals says for how long signals are kept.
	Signals Signals `doc:"signals"`
	// Access is how people sign in.
	Access Access `doc:"access"`
	// Logs are four files of what is of interest.
	Logs Logs `doc:"logs"`
	// Alert says who is told of signals; nil means nobody but the terminal.
	Alert *alert.Config `doc:"alert"`
	// Responses says what is done about signals; by default there are dry runs by hand only.
	Responses *respond.Config `doc:"responses"`
	// Metrics says which series of numbers there are, and which rules look at them; nil means
	// that there are none.
	Metrics *metrics.Config `doc:"metrics"`
	// Troubles says what the server takes for a trouble.
	Troubles Troubles `doc:"troubles"`
	// Content says what rules there are beside the built-in ones.
	Content Content `doc:"content"`

	At map[string]document.Pos `doc:",positions"`

	// Zone is the TimeZone, read.
	Zone *time.Location
	// Tokens are those of HTTP.Tokens, read, Readers those of HTTP.Readers, Analysts those of
	// HTTP.Analysts, Operators those of HTTP.Operators.
	Tokens, Readers, Analysts, Operators []auth.Token
	// Proxies are HTTP.Proxies, read.
	Proxies auth.Proxies
}

// HTTP is the HTTP listener.
type HTTP struct {
	// Listen is the address, as host:port.
	Listen string `doc:"listen"`
	// Tokens are what senders are known by. Without any, the intake takes nothing.
	Tokens []Token `doc:"tokens"`
	// Readers are the tokens of those who may search the logs. Without any, nobody may.
	Readers []Token `doc:"readers"`
	// Analysts are the tokens of those who may change signals, and read all that readers may.
	Analysts []Token `doc:"analysts"`
	// Operators are the tokens of those who may silence notices, and look at dead letters,
	// replay and drop them. Without any, nobody may.
	Operators []Token `doc:"operators"`
	// Proxies are addresses and networks of proxies, whose word for the client's address is
	// taken; nobody's by default.
	Proxies []string `doc:"trusted_proxies,single"`
	// MaxBody is the size in bytes of the largest body.
	MaxBody int64 `doc:"max_body_bytes"`
	// MaxConns is how many connections are served at a time, MaxPerHost how many of one
	// host; 0 means as many as there are files for, and the default of source.
	MaxConns   int `doc:"max_connections"`
	MaxPerHost int `doc:"max_connections_per_host"`
	// TLS encrypts the connections; nil means that they are not.
	TLS *TLS `doc:"tls"`

	At map[string]document.Pos `doc:",positions"`
}

// Access is how people sign in.
type Access struct {
	// URL is the address that browsers know the server by, such as
	// https://logs.example.com, when a proxy is before it. One of https means that the
	// proxy encrypts.
	URL string `doc:"url"`
	// Idle is for how long a session may do nothing, Max how long it lasts.
	Idle time.Duration `doc:"session_idle"`
	Max  time.Duration `doc:"session_max"`
	// OIDC are providers at which people sign in.
	OIDC []OIDC `doc:"oidc"`

	At map[string]document.Pos `doc:",positions"`
}

// Signals says for how long signals are kept.
type Signals struct {
	// Retention is how long a signal is kept that is archived and does not change any more;
	// 0 is for ever.
	Retention time.Duration `doc:"retention"`

	At map[string]document.Pos `doc:",positions"`
}

// DefaultRetention is more than a year, so that one can be compared with the one before.
const DefaultRetention = 400 * 24 * time.Hour

// Token is what one sender or reader is known by.
type Token struct {
	document.Pos

	// Name is whose it is; the records of a sender have the tag sender:NAME.
	Name string `doc:"name,required"`
	// File holds the token; only its owner may read it.
	File string `doc:"token_file,required"`
}

// Label is what is said of records that do not say it themselves.
type Label struct {
	Source  string   `doc:"source"`
	Service string   `doc:"service"`
	Host    string   `doc:"host"`
	Tags    []string `doc:"tags,single"`
}

// Syslog is a listener for syslog or GELF.
type Syslog struct {
	document.Pos
	Label

	// Protocol is udp or tcp.
	Protocol string `doc:"protocol,required"`
	// Listen is the address, as host:port.
	Listen string `doc:"listen"`
	// MaxMessage is the length in bytes at which a message is cut.
	MaxMessage int `doc:"max_message_bytes"`
	// MaxConns is how many connections are served at a time, MaxPerHost how many of one
	// host; 0 means as many as there are files for, and the default of source.
	MaxConns   int `doc:"max_connections"`
	MaxPerHost int `doc:"max_connections_per_host"`
	// Idle is for how long a connection may say nothing.
	Idle time.Duration `doc:"idle_timeout"`
	// TLS encrypts the connections; nil means that they are not.
	TLS *TLS `doc:"tls"`

	At map[string]document.Pos `doc:",positions"`
}

// File is a log to follow, or several.
type File struct {
	document.Pos
	Label

	// Path is the file's, with the wildcards * ? [ for several; - is the standard input.
	Path string `doc:"path,required"`
	// From is where a file that is there at the very first start is read from: end or
	// beginning.
	From string `doc:"from"`
	// Multiline says which lines are one record: off, auto, or a regular expression for the
	// first line of a record.
	Multiline string `doc:"multiline"`
	// MultilineLines and MultilineBytes are the size of the largest record; 0 means the
	// defaults. MultilineWait is how long a record waits for its next line.
	MultilineLines int           `doc:"multiline_max_lines"`
	MultilineBytes int           `doc:"multiline_max_bytes"`
	MultilineWait  time.Duration `doc:"multiline_timeout"`

	At map[string]document.Pos `doc:",positions"`

	// Join is Multiline, read, with the limits.
	Join source.Join
}

// Stdin is the path of the standard input.
const Stdin = "-"

// FromStart reports whether the file is read from its beginning.
func (f *File) FromStart() bool { return f.From == beginning }

const beginning, end = "beginning", "end"

// Store is the log store.
type Store struct {
	// Disabled leaves events out of it: there are signals only.
	Disabled bool `doc:"disabled"`
	// Flush is how long an event may wait to be written; a search does not wait.
	Flush time.Duration `doc:"flush"`
	// MaxAge is how old events may become, by their own time; 0 is no limit.
	MaxAge time.Duration `doc:"max_age"`
	// MaxBytes is how much the store may hold; 0 is no limit. The oldest events go first.
	MaxBytes int64 `doc:"max_bytes"`
	// MinFree is how many bytes of the disk are to stay free: with fewer, the oldest
	// events go that are a day old.
	MinFree int64 `doc:"min_free_bytes"`
	// Sources have limits of their own.
	Sources []StoreSource `doc:"sources"`
	// Services have limits of their own, which win over those of their sources.
	Services []StoreService `doc:"services"`

	At map[string]document.Pos `doc:",positions"`
}

// Logs are rotating files of JSON lines: access.log, security.log, error.log, each of the
// events that match a search, and alert.log of the signals.
type Logs struct {
	// Dir is their folder; without one there are none.
	Dir string `doc:"dir"`
	// MaxMiB is the size in MiB at which a file is rotated, Keep how many rotated ones stay.
	MaxMiB int `doc:"max_mib"`
	Keep   int `doc:"keep"`
	// Access, Security and Error say which events.
	Access   string `doc:"access"`
	Security string `doc:"security"`
	Error    string `doc:"error"`

	At map[string]document.Pos `doc:",positions"`

	// AccessQuery, SecurityQuery and ErrorQuery are the searches, read.
	AccessQuery, SecurityQuery, ErrorQuery *query.Query
}

// Troubles are limits of what is no trouble.
type Troubles struct {
	// DetectionLag is how long what is detected in may have waited.
	DetectionLag time.Duration `doc:"detection_lag"`
	// ClockSkew is how far the clock of a sender may be from ours; 0 is any.
	ClockSkew time.Duration `doc:"clock_skew"`

	At map[string]document.Pos `doc:",positions"`
}

// StoreService is the limit of one service.
type StoreService struct {
	document.Pos

	// Service is its name.
	Service string `doc:"service,required"`
	// MaxAge is how old its events may become, whatever their source; 0 is no limit.
	MaxAge time.Duration `doc:"max_age,required"`

	At map[string]document.Pos `doc:",positions"`
}

// StoreSource is the limit of one source.
type StoreSource struct {
	document.Pos

	// Source is its name, such as nginx.
	Source string `doc:"source,required"`
	// MaxAge is how old its events may become; 0 is no limit.
	MaxAge time.Duration `doc:"max_age,required"`

	At map[string]document.Pos `doc:",positions"`
}

// Retention returns what the store keeps at that time.
func (s *Store) Retention(now time.Time) store.Retention {
	before := func(age time.Duration) int64 {
		if age == 0 {
			return 0
		}
		return now.Add(-age).UnixNano()
	}
	r := store.Retention{Before: before(s.MaxAge), MaxBytes: s.MaxBytes, Sources: map[string]int64{}, Services: map[string]int64{}}
	for i := range s.Services {
		r.Services[s.Services[i].Service] = before(s.Services[i].MaxAge)
	}
	for i := range s.Sources {
		r.Sources[s.Sources[i].Source] = before(s.Sources[i].MaxAge)
	}
	return r
}

// Content says what rules there are beside the built-in ones.
type Content struct {
	Rules        []string `doc:"rules,single"`
	Pipelines    []string `doc:"pipelines,single"`
	Patterns     []string `doc:"patterns,single"`
	Blocklists   []string `doc:"blocklists,single"`
	Suppressions []string `doc:"suppressions,single"`
	// Enable are the ids of pipelines that are off by default.
	Enable []string `doc:"enable,single"`
	// NoDefaults leaves the built-in rules out.
	NoDefaults bool `doc:"no_default_rules"`
	// Threats is the folder of threat lists; Own and Allowlists win over them.
	Threats    string   `doc:"threats"`
	Own        []string `doc:"own_networks,single"`
	Allowlists []string `doc:"allowlists,single"`
	// GeoIP are databases that say where addresses are.
	GeoIP []string `doc:"geoip,single"`
}

// DefaultFiles returns the logs that are followed when a configuration names none.
func DefaultFiles() []File {
	return []File{
		{Path: "/var/log/auth.log"},
		{Path: "/var/log/syslog"},
		{Path: "/var/log/secure"},
		{Path: "/var/log/messages"},
		{Path: "/var/log/nginx/*.log", Label: Label{Source: "nginx"}},
	}
}

// Default returns the configuration of a server that was told nothing.
func Default() *Config {
	return &Config{
		Data: DefaultData, TimeZone: "UTC", SilentAfter: DefaultSilence, Checkpoint: DefaultCheckpoint, StopWithin: DefaultStop,
		HTTP: HTTP{Listen: DefaultListen, MaxBody: source.DefaultMaxBody},
		Logs: Logs{
			MaxMiB: 100, Keep: 10, Access: "@http.status_code:* OR @http.url:*", Error: "status:(error OR critical OR alert OR emergency)",
			Security: "@evt.category:(authentication OR iam OR audit OR intrusion_detection) OR @security.attack:true OR @threat_intel.results.category:*",
		},
		Store:    Store{Flush: DefaultFlush, MaxAge: DefaultMaxAge, MaxBytes: DefaultMaxStore, MinFree: DefaultMinFree},
		Troubles: Troubles{DetectionLag: DefaultLag, ClockSkew: DefaultSkew},
		Access:   Access{Idle: access.DefaultIdle, Max: access.DefaultMax},
		Signals:  Signals{Retention: DefaultRetention},
		Zone:     time.UTC,

		Responses: respond.Default(),
	}
}
