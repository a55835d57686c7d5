package config

import (
	"net/url"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/source"
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
	// TLS says whom to trust, and who connects.
	TLS *ClientTLS `doc:"tls"`

	At map[string]document.Pos `doc:",positions"`

	// Token is that of TokenFile, read.
	Token string
}

// ClientTLS is what a connection to others is encrypted with.
type ClientTLS struct {
	document.Pos

	// CA is a file with the certificates that sign those of servers; without one the
	// system's are trusted.
	CA string `doc:"ca_file"`
	// Cert and Key are files with the certificate that is shown, and its key.
	Cert string `doc:"cert_file"`
	Key  string `doc:"key_file"`
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
		c.CA, c.Cert, c.Key = q.TLS.CA, q.TLS.Cert, q.TLS.Key
	}
	return c
}

// maxReplicas is the largest number of replicas that NATS knows.
const maxReplicas = 5

func (k *checker) queue(q *Queue) {
	k.fault(q.MaxBytes != 0 && q.MaxBytes < queue.MinMaxBytes, q.At, "max_bytes", "max_bytes wants at least %d: a few of the largest batches must fit", queue.MinMaxBytes)
	if q.URL == "" {
		for _, key := range []string{"stream", "replicas", "credentials_file", "token_file", "tls"} {
			_, set := q.At[key]
			k.fault(set, q.At, key, "%s is for a queue of NATS servers: url is missing", key)
		}
		_, set := q.At["url"]
		k.fault(set, q.At, "url", "url wants the form nats://host:4222")
		return
	}
	for one := range strings.SplitSeq(q.URL, ",") {
		at, err := url.Parse(strings.TrimSpace(one))
		wrong := err != nil || at.Scheme != "nats" && at.Scheme != "tls" || at.Hostname() == "" || at.Path != "" || at.RawQuery != ""
		if secret := err == nil && at.User != nil; secret || strings.Contains(one, "@") {
			k.fault(true, q.At, "url", "url holds a secret: want it in token_file or credentials_file")
			continue
		}
		k.fault(wrong, q.At, "url", "url %q, want the form nats://host:4222 or tls://host:4222, with commas between several", one)
	}
	k.fault(strings.ContainsFunc(q.Stream, notOfStreams) || len(q.Stream) > 200, q.At, "stream", "stream %q wants letters, digits, - and _", q.Stream)
	k.fault(q.Replicas < 0 || q.Replicas > maxReplicas, q.At, "replicas", "replicas wants a number from 1 to %d", maxReplicas)
	k.fault(q.Credentials != "" && q.TokenFile != "", q.At, "token_file", "token_file and credentials_file: want one of them")
	if q.Credentials != "" {
		_, err := private(q.Credentials)
		k.fault(err != nil, q.At, "credentials_file", "credentials_file: %v", err)
	}
	if q.TokenFile != "" {
		var err error
		q.Token, err = Secret(q.TokenFile)
		k.fault(err != nil, q.At, "token_file", "token_file: %v", err)
	}
	k.clientTLS(q.TLS)
}

func notOfStreams(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// clientTLS checks that the files are there.
func (k *checker) clientTLS(t *ClientTLS) {
	if t == nil {
		return
	}
	if (t.Cert == "") != (t.Key == "") {
		k.faults = append(k.faults, t.Fault("tls: cert_file and key_file want each other"))
		return
	}
	if t.CA != "" {
		if _, err := read(t.CA); err != nil {
			k.faults = append(k.faults, t.Fault("tls: ca_file: %v", err))
		}
	}
	if t.Cert != "" {
		if err := (source.TLSFiles{Cert: t.Cert, Key: t.Key}).Check(); err != nil {
			k.faults = append(k.faults, t.Fault("tls: %v", err))
		}
	}
}
