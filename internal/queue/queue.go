// Package queue is the durable spool between sources and detection: what it has
// acknowledged is on the disk until the reader acknowledges it in turn, whatever
// happens to the program. It is a stream of a NATS server inside the process, which
// listens nowhere, or of servers elsewhere.
package queue

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sasumata/sasumata/internal/disk"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// The limits of a queue.
const (
	// DefaultMaxBytes is how much a queue holds on disk when Options names no other.
	DefaultMaxBytes = 1 << 30
	// MinMaxBytes is the smallest size: a few of the largest batches must fit.
	MinMaxBytes = 64 << 20
	// DefaultReserve is how many bytes of the disk are left free when Options names no
	// other number: to write a state, to rotate a log, and for the server below, which
	// gives up on a disk that is full to the last byte.
	DefaultReserve = 128 << 20
	// maxPayload is the size in bytes of the largest message: a batch that does not
	// compress, and its position.
	maxPayload = 8 << 20
	// maxPosition is the size in bytes of the largest position.
	maxPosition = 16 << 10
	// duplicates is for how long a batch is known by its id.
	duplicates = 2 * time.Minute
	// ready is how long the server may take to begin. A
	// disk that is slower than that is broken.
	ready = time.Minute
	// goodbye is how long the last acknowledgements may take.
	goodbye = 2 * time.Second
	// answer is how long one batch may take to be written: the disk is full or broken
	// when it takes longer.
	answer = 20 * time.Second
)

// The names that the queue has on disk: to change them is to lose what is queued.
const (
	streamName   = "RECORDS"
	consumerName = "detection-" // and what no other has
	subjects     = "in."
	positioned   = "at." // and a hash of the key
	keyKey       = "Sasumata-Key"
	idKey        = "queue_id"
	shiftKey     = "queue_shift"
	positionKey  = "Sasumata-Position"
)

// Options says where the queue is and how large it may become.
type Options struct {
	// Dir is the folder that it lives in; it is made if need be. No other queue may
	// use it at the time. It means nothing with a Cluster.
	Dir string
	// Cluster are the servers that keep the queue; nil means one inside the process.
	Cluster *Cluster
	// MaxBytes is how much the queue may hold on disk; 0 means DefaultMaxBytes.
	MaxBytes int64
	// Reserve is how many bytes of its disk are left free: with fewer, the queue is full;
	// 0 means DefaultReserve.
	Reserve uint64
	// After is the last batch that its readers are done with for good; the zero Place
	// when there was none.
	After Place
	// Newest is the last batch that any reader of that queue has seen, if it is later.
	Newest uint64
	// Another takes a queue that is not the one of After: what waited there is given up.
	Another bool
}

// Place is a batch of a queue.
type Place struct {
	// Queue is the id of the queue: numbers of another one mean nothing here.
	Queue string `json:"queue"`
	// Sequence is the number of the batch, from 1.
	Sequence uint64 `json:"sequence"`
}

// Queue is an open queue. Publish, Last, Stats and Done may be called by any number of
// goroutines, Next and Rewind by one.
type Queue struct {
	server *server.Server // nil with a cluster
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	codec  *record.Codec
	opts   Options
	names  names
	id     string
	shifts shifts
	stored uint64
	forgot Forgotten

	reader   jetstream.MessagesContext
	consumer jetstream.Consumer
	broken   atomic.Bool   // the reader has to begin anew
	after    uint64        // the last batch that Next returned
	read     uint64        // that of the stream, of this reader
	done     atomic.Uint64 // the last batch that is done with
	looked   time.Time     // when an idle reader was last looked at

	mu   sync.Mutex
	acks map[uint64]string // where batches are acknowledged that were read
}

// names are what the parts of a queue are called by its server.
type names struct{ stream, subjects string }

// Open opens the queue, or makes it. Batches that were read and not acknowledged come
// again, in their order. The error wraps ErrAway when the servers of a cluster cannot be
// reached, and is a *LostError when the queue is not that of Options.After.
func Open(ctx context.Context, opts Options) (*Queue, error) {
	if opts.MaxBytes == 0 {
		opts.MaxBytes = DefaultMaxBytes
	}
	if opts.Reserve == 0 {
		opts.Reserve = DefaultReserve
	}
	q := &Queue{codec: record.NewCodec(), opts: opts, acks: map[uint64]string{}, names: names{streamName, subjects}}
	if err := q.start(ctx, opts); err != nil {
		return nil, errors.Join(fmt.Errorf("open the queue %s: %w", opts.where(), err), q.Close())
	}
	return q, nil
}

// where names the queue in messages.
func (o *Options) where() string {
	if o.Cluster != nil {
		return o.Cluster.Stream + " of " + o.Cluster.URL
	}
	return o.Dir
}

func (q *Queue) start(ctx context.Context, opts Options) (err error) {
	if opts.Cluster != nil {
		err = q.connect(opts.Cluster)
	} else {
		err = q.embed(opts)
	}
	if err != nil {
		return err
	}
	if q.js, err = jetstream.New(q.conn, jetstream.WithDefaultTimeout(answer)); err != nil {
		return err
	}
	if err := q.openStream(ctx, opts); err != nil {
		return away(err)
	}
	return away(q.openReader(ctx))
}

// embed starts a server inside the process.
func (q *Queue) embed(opts Options) (err error) {
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return err
	}
	q.server, err = server.NewServer(&server.Options{
		ServerName: "sasumata", DontListen: true, JetStream: true, StoreDir: opts.Dir, SyncAlways: true,
		NoSigs: true, NoLog: true, MaxPayload: maxPayload, JetStreamMaxMemory: maxPayload,
		// The stream has the limit; the server must not refuse the stream.
		JetStreamMaxStore: opts.MaxBytes + maxPayload,
	})
	if err != nil {
		return err
	}
	q.server.Start()
	if !q.server.ReadyForConnections(ready) {
		return errors.New("it does not begin: is the folder writable, and no other program using it?")
	}
	q.conn, err = nats.Connect("", nats.InProcessServer(q.server), nats.MaxReconnects(0))
	return err
}

// Place returns the place of a batch of this queue.
func (q *Queue) Place(sequence uint64) Place { return Place{Queue: q.id, Sequence: sequence} }

// Stored returns the number of the last batch that was stored before the queue was
// opened, 0 when there was none.
func (q *Queue) Stored() uint64 { return q.stored }

// Submission is a batch on its way into the queue.
type Submission struct {
	// Key names the sender's line of positions; without one there is no Position.
	Key string
	// Position says how far the sender has come with this batch. It is on the disk
	// together with the records or not at all.
	Position []byte
	// ID, unless it is "", is what the batch is known by: one that was taken already
	// within the last two minutes is not taken again.
	ID string
	// Records are up to record.MaxBatch records; none, to leave a position only.
	Records []record.Record
}

// Publish returns when the batch is on the disk. The error is or wraps record.ErrFull when
// there is no room for it, and ErrAway when the servers of a cluster do not answer: it may
// be there then, and is not taken twice when the same one is published again within two
// minutes that has a Key or an ID.
func (q *Queue) Publish(ctx context.Context, s Submission) error {
	if q.server != nil {
		if free, err := disk.Free(q.opts.Dir); err == nil && free < q.opts.Reserve {
			return record.ErrFull
		}
	}
	data, err := q.codec.Encode(s.Records)
	if err != nil {
		return fmt.Errorf("queue a batch: %w", err)
	}
	if len(s.Position) > maxPosition {
		return fmt.Errorf("queue a batch: its position has more than %d bytes", maxPosition)
	}
	msg := nats.NewMsg(q.subject(s.Key))
	msg.Data = data
	if s.Key != "" {
		msg.Header.Set(keyKey, base64.StdEncoding.EncodeToString([]byte(s.Key)))
		msg.Header.Set(positionKey, base64.StdEncoding.EncodeToString(s.Position))
	}
	if q.server == nil {
		return q.send(ctx, msg, known(&s, data))
	}
	if s.ID != "" {
		msg.Header.Set(jetstream.MsgIDHeader, s.ID)
	}
	_, err = q.js.PublishMsg(ctx, msg)
	if full(err) {
		return record.ErrFull
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("queue a batch: the disk did not take it within %s: is it full, or broken?", answer)
	}
	if err != nil {
		return fmt.Errorf("queue a batch: %w", err)
	}
	return nil
}

// full reports whether the stream, or the disk behind it, has no room.
func full(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	if !ok {
		return false
	}
	const insufficientResources, storageExceeded, storeFailed = 10023, 10047, 10077
	return slices.Contains([]jetstream.ErrorCode{insufficientResources, storageExceeded, storeFailed}, api.ErrorCode)
}

// subject returns where batches with the key are.
func (q *Queue) subject(key string) string {
	if key == "" {
		return q.names.subjects + "any"
	}
	sum := sha256.Sum256([]byte(key)) // a key may be a long path
	return q.names.subjects + positioned + hex.EncodeToString(sum[:])
}

// Last returns the position of the last batch with the key that is in the queue, nil
// when there is none.
func (q *Queue) Last(ctx context.Context, key string) ([]byte, error) {
	msg, err := q.stream.GetLastMsgForSubject(ctx, q.subject(key))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look into the queue: %w", q.unreachable(err))
	}
	return base64.StdEncoding.DecodeString(msg.Header.Get(positionKey))
}

// Stats is what is in a queue.
type Stats struct {
	// Batches is the number of batches that are not acknowledged, Bytes what they take
	// on disk.
	Batches, Bytes uint64
}

// Stats returns what is in the queue.
func (q *Queue) Stats(ctx context.Context) (Stats, error) {
	info, err := q.stream.Info(ctx)
	if err != nil {
		return Stats{}, fmt.Errorf("look into the queue: %w", q.unreachable(err))
	}
	return Stats{Batches: info.State.Msgs, Bytes: info.State.Bytes}, nil
}

// Close ends the queue; nobody may be inside its methods. What was not acknowledged is
// there when it is opened again.
func (q *Queue) Close() error {
	if q.reader != nil {
		q.reader.Stop()
	}
	if q.conn != nil {
		if q.conn.IsConnected() {
			_ = q.conn.FlushTimeout(goodbye) // of acknowledgements; what they are lost for comes again
		}
		q.conn.Close()
	}
	if q.server != nil {
		q.server.Shutdown()
		q.server.WaitForShutdown()
	}
	return nil
}
