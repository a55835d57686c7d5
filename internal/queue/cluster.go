package queue

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// DefaultStream is what a stream of a cluster is called whose name nobody says.
const DefaultStream = "SASUMATA"

// Cluster are NATS servers elsewhere that keep the queue.
type Cluster struct {
	// URL are their addresses, nats://host:port or tls://host:port, with commas between.
	URL string
	// Stream is the name of the stream, which no other reader may use. It is made if
	// need be.
	Stream string
	// Replicas is on how many of them a batch is before it is acknowledged; 0 leaves a
	// stream as it is, and makes one with 1.
	Replicas int
	// Credentials is a file of NATS with the proof of who connects, Token what does it
	// otherwise; both may be "".
	Credentials, Token string
	// TLS reads how connections are encrypted; nil means that only those to tls:// are,
	// with the certificates that the system believes.
	TLS func() (*tls.Config, error)
	// Changed, unless it is nil, is told when the connection is lost, with the reason,
	// and when it is there again, with nil. It must not wait.
	Changed func(error)
}

const (
	// dial is how long a server may take to answer a connection.
	dial = 5 * time.Second
	// again is how long a server that was lost rests before it is asked anew.
	again = 500 * time.Millisecond
	// ping is how often a silent connection is asked whether it lives; it is given up
	// with the third question that nobody answers.
	ping = 5 * time.Second
	// attempt is how long a batch waits for its acknowledgement until it is sent again.
	attempt = 4 * time.Second
	// busy is how long another reader may take to be gone: one that was killed is known
	// by its connection.
	busy = 5 * time.Second
	// confirmed is how often a stream must be missed until it is believed to be gone: a
	// cluster that is just starting may not know it yet.
	confirmed = 4
	// leastPayload is the least that servers must take as one message: the largest batch
	// that does not compress, and its position.
	leastPayload = 7 << 20
)

// ErrAway says that the servers of the queue do not answer: the sender has to wait.
var ErrAway = record.ErrAway

// connect connects to the servers.
func (q *Queue) connect(c *Cluster) (err error) {
	q.names = names{stream: c.Stream, subjects: "sasumata." + c.Stream + "."}
	tell := func(err error) {
		if c.Changed != nil {
			c.Changed(err)
		}
	}
	opts := []nats.Option{
		nats.Name("sasumata"), nats.Timeout(dial), nats.MaxReconnects(-1), nats.ReconnectWait(again),
		nats.IgnoreAuthErrorAbort(), // rights may be taken and given back
		nats.ReconnectBufSize(-1),   // who publishes is to hear of it
		nats.PingInterval(ping), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(conn *nats.Conn, err error) {
			if err == nil {
				err = errors.New("the server closed the connection")
			}
			if !conn.IsClosed() {
				tell(err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			q.broken.Store(true) // what was on its way is lost, and would not come again
			tell(nil)
		}),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // the default one prints
	}
	if c.Credentials != "" {
		opts = append(opts, nats.UserCredentials(c.Credentials))
	}
	if c.Token != "" {
		opts = append(opts, nats.Token(c.Token))
	}
	if c.TLS != nil {
		secure, err := c.TLS()
		if err != nil {
			return err
		}
		opts = append(opts, nats.Secure(secure))
	}
	q.conn, err = nats.Connect(c.URL, opts...)
	switch {
	case errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired):
		return fmt.Errorf("the servers refuse who connects (queue.credentials_file and queue.token_file say who it is): %w", err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrAway, err)
	case q.conn.MaxPayload() < leastPayload:
		return fmt.Errorf("the servers take messages of %d bytes, a batch may have %d: max_payload: 8MB in their configuration", q.conn.MaxPayload(), leastPayload)
	}
	return nil
}

// Connected reports whether the servers of the queue can be reached.
func (q *Queue) Connected() bool { return q.conn.IsConnected() }

// unreachable makes ErrAway of errors that say that servers do not answer.
func (q *Queue) unreachable(err error) error {
	if q.server != nil {
		return err
	}
	return away(err)
}

// away makes ErrAway of errors that say that servers do not answer.
func away(err error) error {
	if unanswered(err) {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return err
}

// noPeers is what a cluster answers that has no servers for a stream: they do not fit, or
// are not there yet (JSClusterNoPeersErrF of nats-server).
const noPeers = 10005

// unanswered reports whether an error says that servers do not answer, or not yet.
func unanswered(err error) bool {
	if err == nil || errors.Is(err, ErrAway) {
		return false
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return api.Code == 503 && !errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || api.Code == 500 ||
			api.ErrorCode == noPeers && strings.Contains(api.Description, "offline")
	}
	for _, one := range []error{
		context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, jetstream.ErrNoStreamResponse,
		jetstream.ErrJetStreamNotEnabled, jetstream.ErrNoHeartbeat, nats.ErrConnectionClosed, jetstream.ErrConnectionClosed,
	} {
		if errors.Is(err, one) {
			return true
		}
	}
	return unsent(err)
}

// unsent reports whether an error says that nothing was sent.
func unsent(err error) bool {
	for _, one := range []error{nats.ErrReconnectBufExceeded, nats.ErrConnectionReconnecting, nats.ErrDisconnected, nats.ErrNoServers} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}

// known returns what the batch is known by. One that its sender publishes again because
// nobody answered is the same, to the byte.
func known(s *Submission, data []byte) string {
	switch {
	case s.ID != "":
		return s.ID
	case s.Key == "":
		return rand.Text()
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %s %d ", len(s.Key), s.Key, len(s.Position))
	sum.Write(s.Position)
	sum.Write(data)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// send publishes the message. As long as nobody knows whether it was taken, it is sent
// again: the servers know it by its id.
func (q *Queue) send(ctx context.Context, msg *nats.Msg, id string) error {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	msg.Header.Set(jetstream.MsgIDHeader, id)
	for sent := false; ; {
		one, done := context.WithTimeout(ctx, attempt)
		_, err := q.js.PublishMsg(one, msg)
		done()
		switch {
		case err == nil:
			return nil
		case full(err):
			return record.ErrFull
		case !unanswered(err) && ctx.Err() == nil:
			return fmt.Errorf("queue a batch: %w", err)
		case unsent(err) && !sent:
			return fmt.Errorf("queue a batch: %w: %w", ErrAway, err)
		}
		sent = sent || !unsent(err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("queue a batch: %w: %w", ErrAway, err)
		case <-time.After(again):
		}
	}
}

// alone fails when somebody else reads the stream.
func (q *Queue) alone(ctx context.Context, stream jetstream.Stream) error {
	if q.server != nil {
		return nil
	}
	for wait := time.Duration(0); ; wait += again {
		readers := 0
		all := stream.ListConsumers(ctx)
		for info := range all.Info() {
			readers += info.NumWaiting
		}
		switch {
		case all.Err() != nil:
			return all.Err()
		case readers == 0:
			return nil
		case wait >= busy:
			return fmt.Errorf("another server reads the stream %s: each wants one of its own (queue.stream)", q.names.stream)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(again):
		}
	}
}

// here opens the stream again, and fails unless it is the one that was opened.
func (q *Queue) here(ctx context.Context) error {
	var stream jetstream.Stream
	var err error
	for range confirmed {
		stream, err = q.js.Stream(ctx, q.names.stream)
		if !errors.Is(err, jetstream.ErrStreamNotFound) {
			break
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(again):
		}
	}
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return &LostError{Known: q.id}
	case err != nil:
		return err
	case stream.CachedInfo().Config.Metadata[idKey] != q.id:
		return &LostError{Known: q.id, Found: stream.CachedInfo().Config.Metadata[idKey]}
	}
	return nil
}
