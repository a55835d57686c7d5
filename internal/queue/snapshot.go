package queue

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// ErrElsewhere says that a queue is kept by servers elsewhere, which have a backup of their
// own.
var ErrElsewhere = errors.New("the queue is kept by NATS servers elsewhere")

const (
	// maxConfig is the size in bytes of the largest configuration of a stream.
	maxConfig = 64 << 10
	// piece is the size in bytes of a piece of a snapshot.
	piece = 1 << 20
	// maxPause is how long the server may take for the next piece of a snapshot.
	maxPause = 30 * time.Second
)

// Snapshot writes all that the queue holds at one moment, while it is used: what Restore
// reads. The error is ErrElsewhere for a queue with a Cluster.
func (q *Queue) Snapshot(ctx context.Context, w io.Writer) error {
	if q.server == nil {
		return ErrElsewhere
	}
	if err := q.snapshot(ctx, w); err != nil {
		return fmt.Errorf("copy the queue: %w", err)
	}
	return nil
}

// SnapshotDir does what Snapshot does, for a queue in a folder that nobody uses. It reports
// false when there is none.
func SnapshotDir(ctx context.Context, dir string, w io.Writer) (bool, error) {
	if _, err := os.Stat(filepath.Join(dir, "jetstream", "$G", "streams", streamName)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	q := &Queue{}
	err := q.embed(Options{Dir: dir, MaxBytes: 1 << 60})
	if err == nil {
		err = q.snapshot(ctx, w)
	}
	if err = errors.Join(err, q.Close()); err != nil {
		return false, fmt.Errorf("copy the queue %s: %w", dir, err)
	}
	return true, nil
}

// snapshot asks the server for a copy of the stream. It comes in pieces, each of which the
// server wants to be acknowledged before it sends more than a few MiB.
func (q *Queue) snapshot(ctx context.Context, w io.Writer) error {
	inbox := nats.NewInbox()
	pieces, err := q.conn.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer func() { _ = pieces.Unsubscribe() }()
	ask, err := json.Marshal(server.JSApiStreamSnapshotRequest{DeliverSubject: inbox, NoConsumers: true, CheckMsgs: true, ChunkSize: piece})
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	reply, err := q.conn.RequestWithContext(within, fmt.Sprintf(server.JSApiStreamSnapshotT, streamName), ask)
	if err != nil {
		return err
	}
	var said server.JSApiStreamSnapshotResponse
	if err := json.Unmarshal(reply.Data, &said); err != nil {
		return err
	}
	if said.Error != nil {
		return errors.New(said.Error.Description)
	}
	if said.Config == nil {
		return errors.New("the server does not say how the stream is configured")
	}
	config, err := json.Marshal(said.Config)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(config, '\n')); err != nil {
		return err
	}
	return copyPieces(ctx, w, pieces)
}

func copyPieces(ctx context.Context, w io.Writer, pieces *nats.Subscription) error {
	for {
		wait, cancel := context.WithTimeout(ctx, maxPause)
		one, err := pieces.NextMsgWithContext(wait)
		cancel()
		if err != nil {
			return err
		}
		if len(one.Data) == 0 {
			if code := one.Header.Get("Status"); code != "" && code != "204" {
				return fmt.Errorf("it broke off: %s %s", code, one.Header.Get("Description"))
			}
			return nil
		}
		if _, err := w.Write(one.Data); err != nil {
			return err
		}
		if one.Reply != "" {
			if err := one.Respond(nil); err != nil {
				return err
			}
		}
	}
}

// Restore makes a queue in the folder of what Snapshot wrote. There must be none.
func Restore(dir string, r io.Reader) error {
	if err := restore(dir, r); err != nil {
		return fmt.Errorf("restore the queue: %w", err)
	}
	return nil
}

func restore(dir string, r io.Reader) error {
	in := bufio.NewReaderSize(r, maxConfig)
	line, err := in.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("what the stream is: %w", err)
	}
	var config server.StreamConfig
	if err := json.Unmarshal(bytes.TrimSpace(line), &config); err != nil {
		return fmt.Errorf("what the stream is: %w", err)
	}
	if config.Name != streamName || config.Metadata[idKey] == "" || config.MaxBytes <= 0 || config.MaxBytes > 1<<60 {
		return errors.New("this is no queue of sasumata")
	}
	q := &Queue{}
	if err = q.embed(Options{Dir: dir, MaxBytes: config.MaxBytes}); err == nil {
		_, err = q.server.GlobalAccount().RestoreStreamV2(&config, in)
	}
	return errors.Join(err, q.Close())
}
