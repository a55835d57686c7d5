package queue

import (
	"context"
	"crypto/rand"
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
type Ack struct{ sequence uint64 }

// openReader makes the consumer anew: it begins with the oldest batch that is there, so
// that batches come in their order also after a restart.
func (q *Queue) openReader(ctx context.Context) error {
	if q.reader != nil {
		q.reader.Stop()
		q.reader = nil
	}
	q.read = 0
	names := q.stream.ConsumerNames(ctx)
	for name := range names.Name() {
		if err := q.stream.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return err
		}
	}
	if err := names.Err(); err != nil {
		return err
	}
	var err error
	q.consumer, err = q.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		// No other reader has the name: that of a stream which somebody put in the place
		// of this one must not answer to it.
		Durable: consumerName + rand.Text(), AckPolicy: jetstream.AckExplicitPolicy,
		// A batch is acknowledged when a state that covers it is on the disk; that none
		// comes again meanwhile is for the reader to decide.
		AckWait: unlimited, MaxAckPending: -1,
	})
	if err != nil {
		return err
	}
	q.reader, err = q.consumer.Messages(jetstream.PullMaxBytes(aheadBytes),
		jetstream.WithMessagesErrOnMissingHeartbeat(false)) // a machine that was asleep is no fault
	return err
}

// renewal is how long it may take to begin a reader anew; idle is how long one is believed
// that brings nothing.
const (
	renewal = 5 * time.Second
	idle    = 5 * time.Second
)

// renew makes the reader begin anew. Batches that were read come again, and are left out.
func (q *Queue) renew(ctx context.Context) error {
	q.broken.Store(false)
	// The context may be that of a short wait: half a reader is worth nothing.
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewal)
	defer cancel()
	err := error(nil)
	if q.server == nil {
		err = q.here(within)
	}
	if err == nil {
		err = q.openReader(within)
	}
	if err != nil {
		q.broken.Store(true)
	}
	return away(err)
}

// Rewind makes Next begin again behind the batch. Those that are done with do not come.
func (q *Queue) Rewind(after uint64) {
	q.after = max(after, q.done.Load())
	q.broken.Store(true)
}

// Next waits for the next batch. Those up to Options.After are acknowledged and left
// out. Servers that do not answer are waited for. The error is that of the context when
// it is done, and a *LostError when the queue was removed meanwhile.
func (q *Queue) Next(ctx context.Context) (*Batch, error) {
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		msg, err := q.next(ctx)
		switch {
		case errors.Is(err, ErrAway) || errors.Is(err, context.Canceled):
			select {
			case <-ctx.Done():
			case <-time.After(again):
			}
			continue
		case err != nil:
			return nil, fmt.Errorf("read the queue: %w", err)
		case msg == nil:
			continue
		}
		meta, err := msg.Metadata()
		if err != nil {
			return nil, fmt.Errorf("read the queue: %w", err)
		}
		message := meta.Sequence.Stream
		if q.lacks(ctx, message) {
			q.broken.Store(true)
			continue
		}
		q.read = message
		sequence := q.shifts.number(message)
		q.mu.Lock()
		q.acks[sequence] = msg.Reply()
		q.mu.Unlock()
		if sequence > q.after {
			q.after = sequence
			return q.batch(msg, sequence), nil
		}
		if sequence > q.done.Load() {
			continue // it was read before, and is acknowledged when it is done with
		}
		if err := q.Done(Ack{sequence}); err != nil && !errors.Is(err, ErrAway) {
			return nil, err
		}
	}
}

// next returns the next message, nil when the reader has to begin anew.
func (q *Queue) next(ctx context.Context) (jetstream.Msg, error) {
	if q.broken.Load() {
		return nil, q.renew(ctx)
	}
	within := ctx
	if q.server == nil {
		var cancel func()
		within, cancel = context.WithTimeout(ctx, idle)
		defer cancel()
	}
	msg, err := q.reader.Next(jetstream.NextContext(within))
	switch {
	case err != nil && within.Err() != nil:
		q.look(ctx)
		return nil, nil //nolint:nilnil // the caller looks at its context
	case err != nil && q.server == nil:
		q.broken.Store(true) // whatever it is: the next reader says when it lasts
		return nil, nil      //nolint:nilnil // the comment says it
	}
	return msg, err
}

// lacks reports whether messages before this one were sent and never came: a connection
// between two servers may have broken.
func (q *Queue) lacks(ctx context.Context, message uint64) bool {
	if q.server != nil || q.read == 0 || message <= q.read+1 {
		return false
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewal)
	defer cancel()
	_, err := q.stream.GetMsg(within, q.read+1)
	return !errors.Is(err, jetstream.ErrMsgNotFound)
}

// look makes an idle reader begin anew when its servers do not know that it waits, or
// sent it what never came.
func (q *Queue) look(ctx context.Context) {
	now := time.Now() //nolint:forbidigo // the network goes by the clock of the machine
	if q.server != nil || now.Sub(q.looked) < idle || !q.Connected() {
		return
	}
	q.looked = now
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewal)
	defer cancel()
	info, err := q.consumer.Info(within)
	q.broken.Store(q.broken.Load() || err != nil || info.NumWaiting == 0 || info.Delivered.Stream > q.read)
}

func (q *Queue) batch(msg jetstream.Msg, sequence uint64) *Batch {
	b := &Batch{Sequence: sequence, ack: Ack{sequence}}
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

// Done acknowledges the batch, and may be called when those before are done with, too: it
// will never be seen again. The error is ErrAway when servers do not answer.
func (q *Queue) Done(a Ack) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	subject, ok := q.acks[a.sequence]
	if !ok {
		return nil
	}
	if err := q.conn.PublishMsg(&nats.Msg{Subject: subject, Data: []byte("+ACK")}); err != nil {
		return fmt.Errorf("acknowledge a batch: %w", q.unreachable(err))
	}
	delete(q.acks, a.sequence)
	q.done.Store(max(q.done.Load(), a.sequence))
	return nil
}
