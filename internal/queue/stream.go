package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// LostError says that a queue is not the one that its reader knows: that one was removed,
// or somebody put another in its place, or it is elsewhere.
type LostError struct {
	// Known is the id of the queue that the reader knows, Found that of the queue that is
	// there, "" when there is none.
	Known, Found string
}

// Error says what is there instead.
func (e *LostError) Error() string {
	if e.Found == "" {
		return fmt.Sprintf("the queue %s, which was used until now, is not there", e.Known)
	}
	return fmt.Sprintf("the queue %s, which was used until now, is not there, but another one, %s", e.Known, e.Found)
}

// Forgotten are batches that a server stored and does not know any more, as after a power
// cut: From and To are their numbers, as far as readers have seen them. Those after Lost
// were not seen by all readers; what came behind To is not known to anybody.
type Forgotten struct{ From, To, Lost uint64 }

// Forgot returns what the server forgot since the queue was opened the last time; the
// zero Forgotten when it forgot nothing.
func (q *Queue) Forgot() Forgotten { return q.forgot }

// openStream opens the stream and decides behind which batch reading begins.
func (q *Queue) openStream(ctx context.Context, opts Options) error {
	config := jetstream.StreamConfig{
		Name: q.names.stream, Subjects: []string{q.names.subjects + ">"}, Storage: jetstream.FileStorage,
		Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew, MaxBytes: opts.MaxBytes,
		Duplicates: duplicates, MaxMsgSize: maxPayload,
	}
	if opts.Cluster != nil {
		config.Replicas = opts.Cluster.Replicas
	}
	known := opts.After.Queue
	stream, err := q.js.Stream(ctx, q.names.stream)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound) && known != "" && !opts.Another:
		return &LostError{Known: known}
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return q.makeStream(ctx, config)
	case err != nil:
		return err
	}
	info := stream.CachedInfo()
	if q.id = info.Config.Metadata[idKey]; q.id == "" {
		return fmt.Errorf("the stream %s was not made by sasumata: want the name of another one, or of none", q.names.stream)
	}
	if known != "" && known != q.id && !opts.Another {
		return &LostError{Known: known, Found: q.id}
	}
	if err := q.alone(ctx, stream); err != nil {
		return err
	}
	if q.shifts, err = parseShifts(info.Config.Metadata[shiftKey]); err != nil {
		return err
	}
	config.Metadata, config.FirstSeq = info.Config.Metadata, info.Config.FirstSeq
	if config.Replicas == 0 {
		config.Replicas = info.Config.Replicas
	}
	last := info.State.LastSeq
	q.stored = q.shifts.number(last+1) - 1
	if known == q.id {
		q.begin(opts.After.Sequence)
		q.recall(last, max(q.after, opts.Newest))
		config.Metadata[shiftKey] = q.shifts.String()
	}
	q.stream, err = q.js.UpdateStream(ctx, config)
	return err
}

// begin makes reading begin behind the batch, with which all are done.
func (q *Queue) begin(after uint64) {
	q.after = after
	q.done.Store(after)
}

// recall makes new batches count on behind the newest one that a reader has seen, also
// when the server forgot the number of its last message, which is that: new ones would
// look as if they had been read. What is still there keeps its number, and is read.
func (q *Queue) recall(last, newest uint64) {
	if q.stored >= newest {
		return
	}
	q.forgot = Forgotten{From: q.stored + 1, To: newest, Lost: max(q.stored, q.after)}
	q.shifts = q.shifts.add(last, newest-last)
	q.stored = newest
}

func (q *Queue) makeStream(ctx context.Context, config jetstream.StreamConfig) (err error) {
	q.id = rand.Text()
	config.Metadata = map[string]string{idKey: q.id}
	q.stream, err = q.js.CreateStream(ctx, config)
	return err
}

// shifts say how the numbers of batches differ from those of the messages of a stream:
// each step is for messages behind one, up to the next step.
type shifts []shift

type shift struct{ behind, by uint64 }

// maxShifts is how many steps are kept: a server that forgets more often than that, while
// the same batches wait, has other troubles.
const maxShifts = 64

// add adds a step for the messages behind the last one.
func (s shifts) add(behind, by uint64) shifts {
	n := len(s)
	for n > 0 && s[n-1].behind >= behind {
		n--
	}
	return append(s[max(0, n-maxShifts+1):n:n], shift{behind, by})
}

// number returns that of the batch in the message.
func (s shifts) number(message uint64) uint64 {
	for _, step := range slices.Backward(s) {
		if message > step.behind {
			return message + step.by
		}
	}
	return message
}

// String returns what parseShifts reads.
func (s shifts) String() string {
	parts := make([]string, len(s))
	for i, one := range s {
		parts[i] = fmt.Sprintf("%d+%d", one.behind, one.by)
	}
	return strings.Join(parts, " ")
}

func parseShifts(text string) (all shifts, err error) {
	for part := range strings.FieldsSeq(text) {
		behind, by, _ := strings.Cut(part, "+")
		var one shift
		one.behind, err = strconv.ParseUint(behind, 10, 63)
		if err == nil {
			one.by, err = strconv.ParseUint(by, 10, 63)
		}
		if err != nil || len(all) > 0 && all[len(all)-1].behind >= one.behind || len(all) == maxShifts {
			return nil, fmt.Errorf("the stream has %s %q, which sasumata never wrote", shiftKey, text)
		}
		all = append(all, one)
	}
	return all, nil
}
