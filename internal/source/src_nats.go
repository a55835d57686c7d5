package source

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// natsPending is how many bytes of messages may wait in memory, where nobody asks for
	// them; further ones are dropped and counted.
	natsPending = 64 << 20
	// natsWait is how long a JetStream is asked for the next message at a time.
	natsWait = 5 * time.Second
	// natsProgress is how often a JetStream is told that messages are not forgotten.
	natsProgress = 10 * time.Second
)

// NATS takes messages of subjects. Of a JetStream, a message is acknowledged when it is
// on the disk: it can come twice, and is not lost. Otherwise what comes while nobody
// listens, or faster than it can be queued, is lost: nobody would send it again.
type NATS struct {
	Broker

	// Servers are the addresses, as nats://host:4222.
	Servers []string
	// Subjects are those to take, with NATS's wildcards. Group shares them among servers
	// that name the same; "" takes all of them.
	Subjects []string
	Group    string
	// Stream is a JetStream and Consumer its durable consumer, which is made if it is not
	// there; "" is none.
	Stream, Consumer string
	// User and Password, or Token, or Credentials, a file of NATS's own kind, say who this
	// is; "" is nobody.
	User, Password, Token, Credentials string
	// Restart is how long it takes until a stream is asked again after a failure; 0 means a
	// second.
	Restart time.Duration
}

// Run takes messages until the context is done. The error is one of Sink, or says what is
// wrong with the options.
func (n *NATS) Run(ctx context.Context) error {
	if n.Restart <= 0 {
		n.Restart = time.Second
	}
	conn, err := n.connect(ctx)
	if err != nil {
		return fmt.Errorf("take messages of NATS: %w", err)
	}
	defer conn.Close()
	if n.Stream != "" {
		return n.pull(ctx, conn)
	}
	whole := ctx
	ctx, cancel := context.WithCancelCause(whole)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, subject := range n.Subjects {
		sub, err := conn.QueueSubscribeSync(subject, n.Group)
		if err == nil {
			err = sub.SetPendingLimits(-1, natsPending/len(n.Subjects))
		}
		if err != nil {
			return fmt.Errorf("take messages of NATS: the subject %s: %w", subject, err)
		}
		running.Go(func() {
			if err := n.listen(ctx, sub); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	if whole.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

func (n *NATS) connect(ctx context.Context) (*nats.Conn, error) {
	options := nats.Options{
		Servers: n.Servers, Name: "sasumata", AllowReconnect: true, MaxReconnect: -1, ReconnectWait: n.Restart, RetryOnFailedConnect: true,
		IgnoreAuthErrorAbort: true, Timeout: 5 * time.Second, PingInterval: 30 * time.Second, MaxPingsOut: 2,
		User: n.User, Password: n.Password, Token: n.Token, SubChanLen: nats.DefaultMaxChanLen,
		DisconnectedErrCB: func(_ *nats.Conn, err error) {
			if err != nil {
				n.trouble(ctx, "the connection ended", err)
			}
		},
		ReconnectErrCB: func(_ *nats.Conn, err error) { n.trouble(ctx, "there is no connection", err) },
		ConnectedCB:    func(*nats.Conn) { n.well("") },
		ReconnectedCB:  func(*nats.Conn) { n.well("") },
		AsyncErrorCB: func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if !errors.Is(err, nats.ErrSlowConsumer) { // these are counted as dropped
				n.trouble(ctx, "the server complains", err)
			}
		},
	}
	if n.Credentials != "" {
		if err := nats.UserCredentials(n.Credentials)(&options); err != nil {
			return nil, err
		}
	}
	if n.TLS != nil {
		var err error
		if options.TLSConfig, err = n.TLS.Config(); err != nil {
			return nil, err
		}
		options.Secure = true
	}
	return options.Connect()
}

// listen takes the messages of a subject.
func (n *NATS) listen(ctx context.Context, sub *nats.Subscription) error {
	dropped := 0
	for {
		first, err := sub.NextMsgWithContext(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the program stops
		}
		if err != nil && !errors.Is(err, nats.ErrSlowConsumer) {
			return fmt.Errorf("take messages of NATS: %w", err)
		}
		var records []record.Record
		size := 0
		for msg := first; msg != nil; msg, _ = sub.NextMsg(time.Microsecond) {
			records = append(records, n.record(msg.Data, "subject:"+msg.Subject))
			size += records[len(records)-1].Size()
			if len(records) == record.MaxBatch || size > brokerBatch {
				break
			}
		}
		if now, err := sub.Dropped(); err == nil && now > dropped {
			n.Counters.Dropped.Add(int64(now - dropped))
			dropped = now
		}
		if len(records) == 0 {
			continue
		}
		stored, err := n.store(ctx, records, func() {})
		if err != nil {
			return err
		}
		if !stored {
			n.Counters.Dropped.Add(int64(len(records)))
			return nil
		}
	}
}

// pull asks a JetStream for messages.
func (n *NATS) pull(ctx context.Context, conn *nats.Conn) error {
	js, err := jetstream.New(conn)
	if err != nil {
		return fmt.Errorf("take messages of NATS: %w", err)
	}
	var consumer jetstream.Consumer
	for ctx.Err() == nil {
		if consumer == nil {
			consumer, err = n.consumer(ctx, js)
		}
		var batch []jetstream.Msg
		if err == nil {
			batch, err = n.fetch(ctx, consumer)
		}
		switch {
		case len(batch) > 0: // also when the program stops
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the program stops
		case err != nil:
			consumer = nil
			n.trouble(ctx, "the stream "+n.Stream, err)
			pause(ctx, n.Restart)
			continue
		default:
			continue
		}
		n.well("")
		if err := n.take(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// consumer finds the consumer, or makes it.
func (n *NATS) consumer(ctx context.Context, js jetstream.JetStream) (jetstream.Consumer, error) {
	consumer, err := js.Consumer(ctx, n.Stream, n.Consumer)
	if !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return consumer, err
	}
	return js.CreateConsumer(ctx, n.Stream, jetstream.ConsumerConfig{
		Durable: n.Consumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 6 * natsProgress, FilterSubjects: n.Subjects, MaxAckPending: 2 * record.MaxBatch,
	})
}

// fetch waits for a message, and returns those that are there then.
func (*NATS) fetch(ctx context.Context, consumer jetstream.Consumer) (all []jetstream.Msg, err error) {
	wait, cancel := context.WithTimeout(ctx, natsWait)
	defer cancel()
	first, err := consumer.Fetch(1, jetstream.FetchContext(wait))
	if err != nil {
		return nil, err
	}
	for msg := range first.Messages() {
		all = append(all, msg)
	}
	if err := first.Error(); len(all) == 0 || ctx.Err() != nil {
		if errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
		return all, err
	}
	rest, err := consumer.FetchNoWait(record.MaxBatch - 1)
	if err != nil {
		return all, nil // the next time tells
	}
	for msg := range rest.Messages() {
		all = append(all, msg)
	}
	return all, nil
}

// take queues messages and acknowledges them.
func (n *NATS) take(ctx context.Context, batch []jetstream.Msg) error {
	for len(batch) > 0 {
		var records []record.Record
		size := 0
		for _, msg := range batch {
			records = append(records, n.record(msg.Data(), "subject:"+msg.Subject()))
			if size += records[len(records)-1].Size(); size > brokerBatch {
				break
			}
		}
		told := n.Now()
		stored, err := n.store(ctx, records, func() {
			if n.Now().Sub(told) < natsProgress {
				return
			}
			told = n.Now()
			for _, msg := range batch {
				_ = msg.InProgress() // it would come again
			}
		})
		if err != nil {
			return err
		}
		if !stored {
			for _, msg := range batch {
				_ = msg.Nak() // it comes again at once, or some time later
			}
			return nil
		}
		for _, msg := range batch[:len(records)] {
			if err := msg.Ack(); err != nil {
				n.trouble(ctx, "a message cannot be acknowledged, and comes again", err)
			}
		}
		batch = batch[len(records):]
	}
	return nil
}
