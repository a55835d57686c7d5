package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/disk"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// deadDir is the folder of dead letters in the data folder. They are files, and not in
	// the queue: what is wrong with one of them must not reach the other.
	deadDir = "dead-letters"
	// deadKey is what the position in the replayed letters is found by; no file has such a
	// path.
	deadKey = "dead letters"
	// deadMessage is the message of their events: the text was not searched for secrets.
	deadMessage = "a record could not be looked at: it is among the dead letters"
)

// replayed is the position of a batch that was made of a dead letter. It is on the disk
// together with the records or not at all, so a letter is replayed once whatever happens.
type replayed struct {
	// Letter is its id.
	Letter string `json:"letter"`
	// Tries is how often it was replayed, this time included.
	Tries int `json:"tries"`
	// Only is the stage that is to be done; Parse means all of them.
	Only dead.Stage `json:"only"`
}

// replayOf reads the position of a batch; the zero replayed when it is of no letter.
func replayOf(key string, position []byte) (r replayed) {
	if key != deadKey || json.Unmarshal(position, &r) != nil {
		return replayed{}
	}
	return r
}

// origin is where a letter comes from.
type origin struct {
	stage  dead.Stage
	batch  uint64
	number int64 // of the event; 0 for a whole batch
	tries  int
}

// bury sets records aside at which the program failed.
func (c *consumer) bury(ctx context.Context, from origin, records []record.Record, failure any) {
	c.metrics.dead.Add(int64(len(records)))
	l := &dead.Letter{Head: dead.Head{
		Time: c.now().UTC(), Stage: from.stage, Error: fmt.Sprint(failure), Tries: from.tries, Number: from.number,
		Queue: c.queue.Place(0).Queue, Batch: from.batch,
	}, Records: make([]dead.Record, len(records))}
	for i := range records {
		l.Records[i] = dead.Of(&records[i])
	}
	err := c.dead.Add(l)
	if err != nil {
		c.metrics.deadDropped.Add(int64(len(records)))
	}
	c.log.ErrorContext(ctx, "BUG: records could not be looked at, and are set aside", "failure", failure, "stage", from.stage, "letter", l.ID,
		"records", len(records), "source", l.Source, "error", err, "stack", string(debug.Stack()))
}

// rescue buries the record of an event at which detection failed.
func (c *consumer) rescue(ctx context.Context, e *event.Event, failure any) {
	at := e.Line - c.current.first
	if at < 0 || at >= int64(len(c.current.from)) {
		panic("BUG: an event is of no record of its batch")
	}
	from := origin{stage: dead.Detect, batch: c.current.sequence, number: e.Line, tries: c.current.replay.Tries}
	c.bury(ctx, from, c.current.from[at:at+1], failure)
}

// survive makes the event of a record also when the program fails at it: whoever writes
// logs must not be able to stop the server with a line.
func (m *machine) survive(e *event.Event, b *batch, i int) {
	r, number := &b.block.Arrived[i], b.block.First+int64(i)
	defer func() {
		failure := recover()
		if failure == nil {
			return
		}
		m.parser.dead(origin{stage: dead.Parse, batch: b.block.Batch, number: number, tries: b.block.Tries}, r, failure)
		*m = *m.parser.machine() // nobody knows in which state the old one is
		m.threats = m.parser.lists()
		e.Reset()
		e.Message, e.Line, e.Time = deadMessage, number, r.Received
		e.Source, e.Service, e.Host = r.Source, r.Service, r.Host
	}()
	m.arrived(e, r, number)
}

// settle drops the letter that was queued last, if the program ended in between.
func (s *Server) settle(ctx context.Context) error {
	position, err := s.position(ctx, deadKey)
	if err != nil {
		return err
	}
	err = s.dead.Drop(replayOf(deadKey, position).Letter)
	if errors.Is(err, dead.ErrNone) {
		return nil
	}
	return err
}

// replay queues a letter again, and drops it.
func (s *Server) replay(ctx context.Context, id string) error {
	if !s.opened.Load() {
		return queue.ErrAway
	}
	s.replaying.Lock()
	defer s.replaying.Unlock()
	before, _ := s.dead.Get(id)
	if err := s.settle(ctx); err != nil {
		return err
	}
	l, err := s.dead.Get(id)
	if errors.Is(err, dead.ErrNone) && before != nil {
		return nil // it was queued when nobody answered
	}
	if err != nil {
		return err
	}
	if l.Queue == s.queue.Place(0).Queue && l.Batch > s.consumer.released.Load() {
		return api.ErrYoung // it may come again
	}
	position, err := json.Marshal(replayed{Letter: id, Tries: l.Tries + 1, Only: l.Stage})
	if err != nil {
		return err
	}
	records := make([]record.Record, len(l.Records))
	for i := range records {
		records[i] = l.Records[i].Record()
	}
	// What is queued is published to its end: whoever asked may be gone.
	err = s.publish(context.WithoutCancel(ctx), queue.Submission{Key: deadKey, Position: position, Records: records})
	if err != nil {
		return err
	}
	s.metrics.deadReplayed.Add(int64(len(records)))
	s.log.InfoContext(ctx, "a dead letter is replayed", "letter", id, "records", len(records), "tries", l.Tries+1)
	return s.dead.Drop(id)
}

// drop removes a letter for good.
func (s *Server) drop(ctx context.Context, id string) error {
	s.replaying.Lock()
	defer s.replaying.Unlock()
	if err := s.dead.Drop(id); err != nil {
		return err
	}
	s.log.WarnContext(ctx, "a dead letter is dropped", "letter", id)
	return nil
}

// DeadFolder are the dead letters in the data folder of a server.
type DeadFolder struct {
	box  *dead.Box
	data string
}

// OpenDead opens the dead letters in the data folder of a server, which must be there.
func OpenDead(data string) (*DeadFolder, error) {
	if _, err := os.Stat(data); err != nil {
		return nil, fmt.Errorf("open the data folder: %w", err)
	}
	box, err := dead.Open(filepath.Join(data, deadDir), 0)
	if err == nil && len(box.Problems()) > 0 {
		err = errors.New(strings.Join(box.Problems(), "; "))
	}
	if err != nil {
		return nil, err
	}
	return &DeadFolder{box, data}, nil
}

// Letters returns the letters, the oldest first.
func (f *DeadFolder) Letters(context.Context) ([]dead.Head, error) { return f.box.List(), nil }

// Letter returns one of them.
func (f *DeadFolder) Letter(_ context.Context, id string) (*dead.Letter, error) { return f.box.Get(id) }

// Drop removes one for good. The server must not run.
func (f *DeadFolder) Drop(_ context.Context, id string) error {
	lock, err := disk.LockFile(filepath.Join(f.data, stateName) + ".lock")
	if err != nil {
		return fmt.Errorf("the server that uses %s can drop it (--token-file): %w", f.data, err)
	}
	return errors.Join(f.box.Drop(id), lock.Close())
}
