package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/source"
)

// DefaultGroup is the consumer group of Kafka when a source names none.
const DefaultGroup = "sasumata"

// NATS are messages of NATS.
type NATS struct {
	document.Pos
	Label

	// Servers are the addresses, as nats://host:4222.
	Servers []string `doc:"servers,single,required"`
	// Subjects are those to take; with a stream, none means all of it.
	Subjects []string `doc:"subjects,single"`
	// Group shares the messages among servers that name the same.
	Group string `doc:"queue_group"`
	// Stream is a JetStream, Consumer its durable consumer.
	Stream   string `doc:"stream"`
	Consumer string `doc:"consumer"`
	// User and PasswordFile, or TokenFile, or CredentialsFile say who this is.
	User            string `doc:"user"`
	PasswordFile    string `doc:"password_file"`
	TokenFile       string `doc:"token_file"`
	CredentialsFile string `doc:"credentials_file"`
	// MaxMessage is the length in bytes at which a message is cut.
	MaxMessage int `doc:"max_message_bytes"`
	// TLS encrypts the connections; nil means that they are not.
	TLS *DialTLS `doc:"tls"`

	At map[string]document.Pos `doc:",positions"`

	// Password and Token are what the files hold.
	Password, Token string
}

// Kafka are messages of Kafka.
type Kafka struct {
	document.Pos
	Label

	// Brokers are addresses to begin with, as host:9092.
	Brokers []string `doc:"brokers,single,required"`
	// Topics are those to take, Group is the consumer group.
	Topics []string `doc:"topics,single,required"`
	Group  string   `doc:"group"`
	// From is where a partition is taken from in which the group has no offset: beginning,
	// also when it is "", or end.
	From string `doc:"from"`
	// SASL says who this is; nil means that nobody asks.
	SASL *SASL `doc:"sasl"`
	// MaxMessage is the length in bytes at which a message is cut.
	MaxMessage int `doc:"max_message_bytes"`
	// TLS encrypts the connections; nil means that they are not.
	TLS *DialTLS `doc:"tls"`

	At map[string]document.Pos `doc:",positions"`
}

// FromEnd reports whether what is in a partition at the first start is left out.
func (c *Kafka) FromEnd() bool { return c.From == end }

// SASL is by which a broker knows who this is.
type SASL struct {
	document.Pos

	// Mechanism is plain, scram-sha-256 or scram-sha-512.
	Mechanism string `doc:"mechanism,required"`
	User      string `doc:"user,required"`
	// PasswordFile holds the password; only its owner may read it.
	PasswordFile string `doc:"password_file,required"`

	At map[string]document.Pos `doc:",positions"`

	// Password is what the file holds.
	Password string
}

func (k *checker) nats(c *NATS) {
	k.label(&c.Label, c.At)
	k.broker(c.At, c.MaxMessage, c.TLS)
	k.names("servers", c.Servers, c.At, func(server string) bool {
		u, err := url.Parse(server)
		return err == nil && slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) && u.Hostname() != "" && u.User == nil
	}, "nats://host:4222, without a password")
	k.names("subjects", c.Subjects, c.At, func(subject string) bool {
		return !strings.ContainsAny(subject, " \t\r\n") && !slices.Contains(strings.Split(subject, "."), "")
	}, "logs.web or logs.>")
	k.Fault((c.Stream == "") != (c.Consumer == ""), c.At, "stream", "a stream wants its consumer, and a consumer its stream")
	k.Fault(c.Stream == "" && len(c.Subjects) == 0 && len(c.Servers) > 0, c.At, "servers", "nats wants subjects, or a stream")
	k.Fault(c.Stream != "" && c.Group != "", c.At, "queue_group", "queue_group is for subjects: servers that name the same consumer share a stream")
	for key, name := range map[string]string{"stream": c.Stream, "consumer": c.Consumer, "queue_group": c.Group} {
		k.Fault(strings.ContainsAny(name, " \t\r\n.*>/\\"), c.At, key, "%s %q wants a name without dots, wildcards, slashes and spaces", key, name)
	}
	ways := 0
	for _, way := range []string{c.User + c.PasswordFile, c.TokenFile, c.CredentialsFile} {
		if way != "" {
			ways++
		}
	}
	k.Fault(ways > 1, c.At, "user", "nats wants one of user and password_file, token_file, credentials_file")
	k.Fault((c.User == "") != (c.PasswordFile == ""), c.At, "user", "a user wants a password_file, and a password_file a user")
	c.Password = k.password(c.PasswordFile, c.At, "password_file")
	c.Token = k.password(c.TokenFile, c.At, "token_file")
	k.password(c.CredentialsFile, c.At, "credentials_file")
}

func (k *checker) kafka(c *Kafka) {
	if c.Group == "" {
		c.Group = DefaultGroup
	}
	k.label(&c.Label, c.At)
	k.from(c.From, c.At)
	k.broker(c.At, c.MaxMessage, c.TLS)
	k.names("brokers", c.Brokers, c.At, func(broker string) bool {
		host, port, err := net.SplitHostPort(broker)
		number, wrong := strconv.ParseUint(port, 10, 16)
		return err == nil && host != "" && wrong == nil && number > 0
	}, "host:9092")
	k.names("topics", c.Topics, c.At, func(topic string) bool {
		return strings.Trim(topic, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
	}, "of letters, digits, dots, _ and -")
	k.Fault(len(c.Group) > 255 || strings.ContainsAny(c.Group, " \t\r\n"), c.At, "group", "group %q wants a name without spaces", c.Group)
	if s := c.SASL; s != nil {
		mechanisms := []string{source.SASLPlain, source.SASLScram256, source.SASLScram512}
		if s.Mechanism != "" && !slices.Contains(mechanisms, s.Mechanism) {
			fault := s.At["mechanism"].Fault("mechanism %q, want %s", s.Mechanism, strings.Join(mechanisms, ", "))
			fault.Suggestion = document.Suggest(s.Mechanism, mechanisms)
			k.Faults = append(k.Faults, fault)
		}
		s.Password = k.password(s.PasswordFile, s.At, "password_file")
	}
}

// broker checks what all brokers have.
func (k *checker) broker(at map[string]document.Pos, maxMessage int, tls *DialTLS) {
	k.Fault(maxMessage < 0 || maxMessage > source.DefaultMaxLine, at, "max_message_bytes", "max_message_bytes wants a number up to %d", source.DefaultMaxLine)
	k.dialTLS(tls)
}

// names checks a list of names.
func (k *checker) names(key string, names []string, at map[string]document.Pos, good func(string) bool, form string) {
	k.Fault(len(names) > maxNames, at, key, "%s wants at most %d names", key, maxNames)
	for _, name := range names {
		k.Fault(name == "" || len(name) > 255 || !good(name), at, key, "%s: %q, want the form %s", key, name, form)
	}
}

// password reads a file that holds a secret, if there is one.
func (k *checker) password(file string, at map[string]document.Pos, key string) string {
	if file == "" {
		return ""
	}
	secret, err := password(file)
	k.Fault(err != nil, at, key, "%s: %v", key, err)
	return secret
}

func password(file string) (string, error) {
	data, err := private(file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(data), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	return secret, nil
}
