package config

import (
	"net/url"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/queue"
)

// Queue is what is between the sources and detection: a folder, or a stream of NATS
// servers.
type Queue struct {
	// MaxBytes is how much it may hold.
	MaxBytes int64 `doc:"max_bytes"`
	// URL are the addresses of NATS servers, with commas between; without one the queue is
	// in the data folder.
	URL string `doc:"url"`
	// Stream is the name of the stream there; each server wants one of its own.
	Stream string `doc:"stream"`
	// Replicas is on how many servers a batch is before it is acknowledged.
	Replicas int `doc:"replicas"`
	// Credentials is a file of NATS with the proof of who connects, TokenFile one with a
	// token.
	Credentials string `doc:"credentials_file"`
	TokenFile   string `doc:"token_file"`
	// TLS encrypts the connections; nil means that only those to tls:// are.
	TLS *DialTLS `doc:"tls"`

	At map[string]document.Pos `doc:",positions"`

	// Token is that of TokenFile, read.
	Token string
}

// Cluster returns the servers of the queue, nil when it is in the data folder.
func (q *Queue) Cluster() *queue.Cluster {
	if q.URL == "" {
		return nil
	}
	c := &queue.Cluster{URL: q.URL, Stream: q.Stream, Replicas: q.Replicas, Credentials: q.Credentials, Token: q.Token}
	if c.Stream == "" {
		c.Stream = queue.DefaultStream
	}
	if q.TLS != nil {
		c.TLS = q.TLS.Dial().Config
	}
	return c
}

// maxReplicas is the largest number of replicas that NATS knows.
const maxReplicas = 5

func (k *checker) queue(q *Queue) {
	k.Fault(q.MaxBytes != 0 && q.MaxBytes < queue.MinMaxBytes, q.At, "max_bytes", "max_bytes wants at least %d: a few of the largest batches must fit", queue.MinMaxBytes)
	if q.URL == "" {
		for _, key := range []string{"stream", "replicas", "credentials_file", "token_file", "tls"} {
			_, set := q.At[key]
			k.Fault(set, q.At, key, "%s is for a queue of NATS servers: url is missing", key)
		}
		_, set := q.At["url"]
		k.Fault(set, q.At, "url", "url wants the form nats://host:4222")
		return
	}
	for one := range strings.SplitSeq(q.URL, ",") {
		at, err := url.Parse(strings.TrimSpace(one))
		wrong := err != nil || at.Scheme != "nats" && at.Scheme != "tls" || at.Hostname() == "" || at.Path != "" || at.RawQuery != ""
		if secret := err == nil && at.User != nil; secret || strings.Contains(one, "@") {
			k.Fault(true, q.At, "url", "url holds a secret: want it in token_file or credentials_file")
			continue
		}
		k.Fault(wrong, q.At, "url", "url %q, want the form nats://host:4222 or tls://host:4222, with commas between several", one)
	}
	k.Fault(strings.ContainsFunc(q.Stream, notOfStreams) || len(q.Stream) > 200, q.At, "stream", "stream %q wants letters, digits, - and _", q.Stream)
	k.Fault(q.Replicas < 0 || q.Replicas > maxReplicas, q.At, "replicas", "replicas wants a number from 1 to %d", maxReplicas)
	k.Fault(q.Credentials != "" && q.TokenFile != "", q.At, "token_file", "token_file and credentials_file: want one of them")
	if q.Credentials != "" {
		_, err := private(q.Credentials)
		k.Fault(err != nil, q.At, "credentials_file", "credentials_file: %v", err)
	}
	if q.TokenFile != "" {
		var err error
		q.Token, err = Secret(q.TokenFile)
		k.Fault(err != nil, q.At, "token_file", "token_file: %v", err)
	}
	k.dialTLS(q.TLS)
}

func notOfStreams(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
