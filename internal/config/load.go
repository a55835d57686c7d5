package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/metrics"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/sensor"
	"github.com/sasumata/sasumata/internal/source"
)

// maxBytes is the size of the largest configuration and token file.
const maxBytes = 1 << 20

// maxSender is the length in bytes of the longest name of a sender.
const maxSender = 200

// maxServices is how many services may have a limit of their own in the log store: each is
// looked for in every part that is old enough.
const maxServices = 1000

// Load reads the file. The error of a wrong one is document.Faults.
func Load(path string) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(path, data)
}

// read reads a file up to the limit.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxBytes)
	}
	return data, nil
}

// Parse reads a configuration and the token files that it names. The error holds all
// that is wrong (document.Faults).
func Parse(path string, data []byte) (*Config, error) {
	c := Default()
	c.Alert, c.Metrics = alert.Default(), metrics.Default()
	k := checker{document.Checker{Here: document.Pos{File: path, Line: 1, Col: 1}}}
	if err := document.Decode(path, data, c, document.Options{MaxBytes: maxBytes}); err != nil {
		wrong, ok := errors.AsType[document.Faults](err)
		if !ok {
			return nil, err
		}
		k.Faults = wrong
	}
	k.config(c)
	if len(k.Faults) > 0 {
		slices.SortStableFunc(k.Faults, func(a, b document.Fault) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
		})
		return nil, k.Faults
	}
	return c, nil
}

// checker collects what is wrong with values that could be read.
type checker struct{ document.Checker }

func (k *checker) config(c *Config) {
	var err error
	if c.Zone, err = time.LoadLocation(c.TimeZone); err != nil {
		k.Fault(true, c.At, "timezone", "timezone %q is no time zone, want a name such as Asia/Tokyo", c.TimeZone)
	}
	k.Fault(c.Data == "", c.At, "data", "data wants the name of a folder")
	k.Fault(c.SilentAfter < 0, c.At, "silent_after", "silent_after cannot be negative; 0 switches it off")
	k.Fault(c.Checkpoint < 100*time.Millisecond || c.Checkpoint > time.Hour, c.At, "checkpoint", "checkpoint wants a duration from 100ms to 1h")
	k.Fault(c.StopWithin < time.Second || c.StopWithin > time.Hour, c.At, "stop_within", "stop_within wants a duration from 1s to 1h")
	k.queue(&c.Queue)
	k.Fault(c.HTTP.MaxBody < 1<<10 || c.HTTP.MaxBody > 64<<20, c.HTTP.At, "max_body_bytes", "max_body_bytes wants a number from 1024 to %d", 64<<20)
	k.Fault(c.Troubles.DetectionLag < time.Second, c.Troubles.At, "detection_lag", "detection_lag wants at least 1s")
	k.Fault(c.Troubles.ClockSkew < 0 || c.Troubles.ClockSkew > 0 && c.Troubles.ClockSkew < 10*time.Second, c.Troubles.At, "clock_skew", "clock_skew wants at least 10s, or 0s for any")
	k.address(c.HTTP.Listen, c.HTTP.At)
	k.connections(c.HTTP.MaxConns, c.HTTP.MaxPerHost, c.HTTP.At)
	k.tls(c.HTTP.TLS)
	c.Proxies, err = auth.ParseProxies(c.HTTP.Proxies)
	k.Fault(err != nil, c.HTTP.At, "trusted_proxies", "trusted_proxies: %v", err)
	k.tokens(c)
	k.store(&c.Store)
	k.state(&c.State)
	k.Fault(c.Signals.Retention != 0 && c.Signals.Retention < 24*time.Hour, c.Signals.At, "retention", "retention wants at least 1d, or 0s to keep signals for ever")
	k.access(&c.Access)
	k.logs(&c.Logs)
	for i := range c.Syslog {
		k.syslog(&c.Syslog[i], DefaultSyslog)
	}
	for i := range c.GELF {
		k.syslog(&c.GELF[i], DefaultGELF)
	}
	k.files(c.Files)
	k.journal(c.Journal)
	k.docker(c.Docker)
	k.sensor(c)
	k.containers(c.Containers)
	for i := range c.NATS {
		k.nats(&c.NATS[i])
	}
	for i := range c.Kafka {
		k.kafka(&c.Kafka[i])
	}
	k.alert(c)
	k.responses(c)
	k.metrics(c)
}

// metrics checks series and their rules. There are none, unless the configuration says so.
func (k *checker) metrics(c *Config) {
	pos, ok := c.At["metrics"]
	if !ok {
		c.Metrics = nil
		return
	}
	if c.Metrics == nil {
		c.Metrics = metrics.Default() // the key without a value
	}
	k.Faults = append(k.Faults, c.Metrics.Check(pos)...)
}

// sensor checks what is watched. The key without a value means the best way there is.
func (k *checker) sensor(c *Config) {
	pos, ok := c.At["sensor"]
	if !ok {
		return
	}
	if c.Sensor == nil {
		c.Sensor = &sensor.Config{}
	}
	k.Faults = append(k.Faults, c.Sensor.Check(pos)...)
}

// alert checks who is told. Nobody is, unless the configuration says so.
func (k *checker) alert(c *Config) {
	pos, ok := c.At["alert"]
	if !ok {
		c.Alert = nil
		return
	}
	c.Alert.Zone = cmp.Or(c.Zone, time.UTC)
	k.Faults = append(k.Faults, c.Alert.Check(pos)...)
}

// responses checks what is done about signals. What the rest of the configuration says is
// one's own is never blocked.
func (k *checker) responses(c *Config) {
	pos, ok := c.At["responses"]
	if !ok {
		pos = k.Here
	}
	if c.Responses == nil {
		c.Responses = respond.Default() // the key without a value
	}
	c.Responses.Proxies, c.Responses.Own = c.Proxies, nil
	for _, text := range c.Content.Own {
		if p, err := respond.ParseNetwork(text); err == nil { // else content is wrong
			c.Responses.Own = append(c.Responses.Own, p)
		}
	}
	k.Faults = append(k.Faults, c.Responses.Check(pos)...)
}

func (k *checker) store(s *Store) {
	k.Fault(s.Flush < 100*time.Millisecond || s.Flush > time.Hour, s.At, "flush", "flush wants a duration from 100ms to 1h")
	k.Fault(s.MaxAge < 0, s.At, "max_age", "max_age cannot be negative; 0 is no limit")
	k.Fault(s.MaxBytes < 0, s.At, "max_bytes", "max_bytes cannot be negative; 0 is no limit")
	k.Fault(s.MinFree < 0, s.At, "min_free_bytes", "min_free_bytes cannot be negative")
	seen := map[string]bool{}
	for i := range s.Sources {
		one := &s.Sources[i]
		k.Fault(one.MaxAge < 0, one.At, "max_age", "max_age cannot be negative; 0 is no limit")
		k.Fault(seen[one.Source], one.At, "source", "source %q stands here twice", one.Source)
		seen[one.Source] = true
	}
	services := map[string]bool{}
	for i := range s.Services {
		one := &s.Services[i]
		k.Fault(one.MaxAge < 0, one.At, "max_age", "max_age cannot be negative; 0 is no limit")
		k.Fault(services[one.Service], one.At, "service", "service %q stands here twice", one.Service)
		services[one.Service] = true
	}
	k.Fault(len(s.Services) > maxServices, s.At, "services", "services wants at most %d", maxServices)
}

func (k *checker) logs(l *Logs) {
	k.Fault(l.Dir != "" && !filepath.IsAbs(l.Dir), l.At, "dir", "dir %q wants to begin with /: a server has no current folder", l.Dir)
	k.Fault(l.MaxMiB < 1 || l.MaxMiB > 1<<20, l.At, "max_mib", "max_mib wants a number from 1 to %d", 1<<20)
	k.Fault(l.Keep < 1 || l.Keep > 10_000, l.At, "keep", "keep wants a number from 1 to 10000")
	for _, one := range []struct {
		key, text string
		into      **query.Query
	}{{"access", l.Access, &l.AccessQuery}, {"security", l.Security, &l.SecurityQuery}, {"error", l.Error, &l.ErrorQuery}} {
		q, err := query.Parse(one.text)
		k.Fault(err != nil, l.At, one.key, "%s: %v", one.key, err)
		*one.into = q
	}
}

// address checks a place to listen at.
func (k *checker) address(address string, at map[string]document.Pos) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		var n int
		n, err = strconv.Atoi(port)
		if n < 0 || n > 65535 {
			err = errors.New("no port")
		}
	}
	k.Fault(err != nil, at, "listen", "listen %q is no address, want the form 127.0.0.1:8480 or [::1]:8480", address)
}

func (k *checker) tokens(c *Config) {
	secrets := map[string]string{} // whose they are
	k.secrets(c.HTTP.Tokens, secrets, func(name, secret string) { c.Tokens = append(c.Tokens, auth.NewToken(name, secret)) })
	k.secrets(c.HTTP.Readers, secrets, func(name, secret string) { c.Readers = append(c.Readers, auth.NewToken(name, secret)) })
	k.secrets(c.HTTP.Operators, secrets, func(name, secret string) { c.Operators = append(c.Operators, auth.NewToken(name, secret)) })
	k.secrets(c.HTTP.Analysts, secrets, func(name, secret string) { c.Analysts = append(c.Analysts, auth.NewToken(name, secret)) })
}

// secrets reads the files of tokens.
func (k *checker) secrets(tokens []Token, secrets map[string]string, use func(name, secret string)) {
	names := map[string]bool{}
	for _, t := range tokens {
		if t.Name == "" || t.File == "" {
			continue // reported as missing
		}
		if names[t.Name] {
			k.Faults = append(k.Faults, t.Fault("two tokens have the name %q", t.Name))
		}
		names[t.Name] = true
		if len(t.Name) > maxSender {
			k.Faults = append(k.Faults, t.Fault("the name of a sender has more than %d bytes", maxSender))
		}
		secret, err := Secret(t.File)
		if err != nil {
			k.Faults = append(k.Faults, t.Fault("the token of %q: %v", t.Name, err))
			continue
		}
		if other, ok := secrets[secret]; ok {
			k.Faults = append(k.Faults, t.Fault("the tokens of %q and %q are one: nobody could say who it is", other, t.Name))
		}
		secrets[secret] = t.Name
		use(t.Name, secret)
	}
}

// Private reads a small file that nobody else can read.
func Private(path string) ([]byte, error) { return private(path) }

// private reads a file that nobody else can read.
func private(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path) // a pipe would wait to be opened
	}
	if others := info.Mode().Perm() & 0o077; others != 0 && runtime.GOOS != "windows" && !handedByRoot(info) {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	return read(path)
}

// Secret reads a secret from a file that nobody else can read.
func Secret(path string) (string, error) {
	data, err := private(path)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(data))
	if len(secret) < auth.MinToken {
		return "", fmt.Errorf("%s has fewer than %d characters; openssl rand -hex 32 makes a good one", path, auth.MinToken)
	}
	if strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s wants one line of letters, digits and punctuation", path)
	}
	return secret, nil
}

func (k *checker) syslog(s *Syslog, place string) {
	if s.Listen == "" {
		s.Listen = place
	}
	k.address(s.Listen, s.At)
	k.label(&s.Label, s.At)
	if s.Protocol != "" && s.Protocol != "udp" && s.Protocol != "tcp" {
		fault := s.At["protocol"].Fault("protocol %q, want udp or tcp", s.Protocol)
		fault.Suggestion = document.Suggest(s.Protocol, []string{"udp", "tcp"})
		k.Faults = append(k.Faults, fault)
	}
	k.Fault(s.MaxMessage < 0 || s.MaxMessage > source.DefaultMaxLine, s.At, "max_message_bytes", "max_message_bytes wants a number up to %d", source.DefaultMaxLine)
	k.connections(s.MaxConns, s.MaxPerHost, s.At)
	k.Fault(s.Idle < 0, s.At, "idle_timeout", "idle_timeout cannot be negative")
	k.tls(s.TLS)
	if s.Protocol == "udp" {
		for _, key := range []string{"max_connections", "max_connections_per_host", "idle_timeout", "tls"} {
			_, set := s.At[key]
			k.Fault(set, s.At, key, "%s is for tcp: udp has no connections", key)
		}
	}
}

// connections checks how many there may be.
func (k *checker) connections(all, perHost int, at map[string]document.Pos) {
	const most = 1_000_000 // files that a program may have open
	k.Fault(all < 0 || all > most, at, "max_connections", "max_connections wants a number up to %d; 0 means the default", most)
	k.Fault(perHost < 0 || perHost > most, at, "max_connections_per_host", "max_connections_per_host wants a number up to %d; 0 means the default", most)
}

// label checks what is said of records: a batch takes no longer names.
func (k *checker) label(l *Label, at map[string]document.Pos) {
	for key, name := range map[string]string{"source": l.Source, "service": l.Service, "host": l.Host} {
		k.Fault(len(name) > record.MaxName, at, key, "%s has more than %d bytes", key, record.MaxName)
	}
	long := func(tag string) bool { return len(tag) > record.MaxName }
	wrong := len(l.Tags) > record.MaxTags || slices.ContainsFunc(l.Tags, long)
	k.Fault(wrong, at, "tags", "tags wants at most %d tags of at most %d bytes", record.MaxTags, record.MaxName)
}
