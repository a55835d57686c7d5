package queue

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// unlimited is how long a batch that was read waits for its acknowledgement.
const unlimited = 365 * 24 * time.Hour

// aheadBytes is about how many bytes of batches the reader gets before it asks for them.
const aheadBytes = 4 * maxPayload

// Batch is what Publish was given, and where it stands.
type Batch struct {
	// Sequence is the number of the batch: that of the one before and one more, unless
	// batches in between were acknowledged before a restart.
	Sequence uint64
	// Key and Position are those of the Submission.
	Key      string
	Position []byte
	// Records are the records.
	Records []record.Record
	// Damaged says why the records could not be read, nil when they could.
	Damaged error

	ack Ack
}

// Ack returns what Done wants.
func (b *Batch) Ack() Ack { return b.ack }

// Ack stands for one batch that was read, and for nothing of what was in it.
type Ack struct{ subject string }

// openReader makes the consumer anew: it begins with the oldest batch that is there, so
// that batches come in their order also after a restart.
func (q *Queue) openReader(ctx context.Context) error {
	err := q.stream.DeleteConsumer(ctx, consumerName)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return err
	}
	consumer, err := q.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: consumerName, AckPolicy: jetstream.AckExplicitPolicy,
		// A batch is acknowledged when a state that covers it is on the disk; that none
		// comes again meanwhile is for the reader to decide.
		AckWait: unlimited, MaxAckPending: -1,
	})
	if err != nil {
		return err
	}
	q.reader, err = consumer.Messages(jetstream.PullMaxBytes(aheadBytes),
		jetstream.WithMessagesErrOnMissingHeartbeat(false)) // a machine that was asleep is no fault
	return err
}

// Next waits for the next batch. Those up to Options.After are acknowledged and left
// out. The error is that of the context when it is done.
func (q *Queue) Next(ctx context.Context) (*Batch, error) {
	for {
		msg, err := q.reader.Next(jetstream.NextContext(ctx))
		if err != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("read the queue: %w", err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return nil, fmt.Errorf("read the queue: %w", err)
		}
		if meta.Sequence.Stream > q.after {
			q.after = meta.Sequence.Stream
			return q.batch(msg, meta.Sequence.Stream), nil
		}
		if err := q.Done(Ack{msg.Reply()}); err != nil {
			return nil, err
		}
	}
}

func (q *Queue) batch(msg jetstream.Msg, sequence uint64) *Batch {
	b := &Batch{Sequence: sequence, ack: Ack{msg.Reply()}}
	if encoded := msg.Headers().Get(keyKey); encoded != "" {
		key, keyErr := base64.StdEncoding.DecodeString(encoded)
		position, err := base64.StdEncoding.DecodeString(msg.Headers().Get(positionKey))
		b.Key, b.Position, b.Damaged = string(key), position, errors.Join(keyErr, err)
	}
	if b.Damaged == nil {
		b.Records, b.Damaged = q.codec.Decode(msg.Data())
	}
	return b
}

// Done acknowledges the batch: it will never be seen again.
func (q *Queue) Done(a Ack) error {
	if err := q.conn.PublishMsg(&nats.Msg{Subject: a.subject, Data: []byte("+ACK")}); err != nil {
		return fmt.Errorf("acknowledge a batch: %w", err)
	}
	return nil
}
