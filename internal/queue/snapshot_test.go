package queue_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/sasumata/sasumata/internal/queue"
)

// restored opens a queue that is made of the snapshot.
func restored(t *testing.T, copied []byte, after queue.Place) *queue.Queue {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "queue")
	if err := queue.Restore(dir, bytes.NewReader(copied)); err != nil {
		t.Fatal(err)
	}
	q := open(t, queue.Options{Dir: dir, After: after})
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return q
}

func TestASnapshotHoldsWhatIsNotAcknowledged(t *testing.T) {
	dir := t.TempDir()
	q := open(t, queue.Options{Dir: dir})
	for i := range 40 {
		publish(t, q, queue.Submission{Records: lines(fmt.Sprint(i), noise(i, 64<<10))})
	}
	publish(t, q, queue.Submission{Key: "k", Position: []byte("41"), Records: lines("last")})
	_, batches := take(t, q, 3)
	for _, b := range batches[:2] {
		if err := q.Done(b.Ack()); err != nil {
			t.Fatal(err)
		}
	}
	var copied bytes.Buffer
	if err := q.Snapshot(t.Context(), &copied); err != nil {
		t.Fatal(err)
	}
	publish(t, q, queue.Submission{Records: lines("later")}) // it goes on
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	other := restored(t, copied.Bytes(), q.Place(2))
	if forgot := other.Forgot(); forgot != (queue.Forgotten{}) || other.Stored() != 41 {
		t.Errorf("forgot %+v, stored %d", forgot, other.Stored())
	}
	got, all := take(t, other, 39)
	if got[0] != "2" || got[len(got)-1] != "last" || all[0].Sequence != 3 {
		t.Errorf("%q .. %q, from %d", got[0], got[len(got)-1], all[0].Sequence)
	}
	if at, err := other.Last(t.Context(), "k"); err != nil || string(at) != "41" {
		t.Errorf("%s, %v", at, err)
	}

	copied.Reset()
	if was, err := queue.SnapshotDir(t.Context(), dir, &copied); err != nil || !was {
		t.Fatal(was, err)
	}
	offline := restored(t, copied.Bytes(), q.Place(2))
	if got, _ := take(t, offline, 40); got[len(got)-1] != "later" {
		t.Errorf("%q", got[len(got)-1])
	}
}

// TestASnapshotOfAnEmptyQueue remembers where numbers go on: the state and the log store
// count on.
func TestASnapshotOfAnEmptyQueue(t *testing.T) {
	q := open(t, queue.Options{Dir: t.TempDir()})
	publish(t, q, queue.Submission{Records: lines("a")})
	publish(t, q, queue.Submission{Records: lines("b")})
	_, batches := take(t, q, 2)
	for _, b := range batches {
		if err := q.Done(b.Ack()); err != nil {
			t.Fatal(err)
		}
	}
	isEmpty(t, q)
	var copied bytes.Buffer
	if err := q.Snapshot(t.Context(), &copied); err != nil {
		t.Fatal(err)
	}
	after := q.Place(2)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	other := restored(t, copied.Bytes(), after)
	if forgot := other.Forgot(); forgot != (queue.Forgotten{}) {
		t.Errorf("forgot %+v", forgot)
	}
	publish(t, other, queue.Submission{Records: lines("c")})
	if got, all := take(t, other, 1); got[0] != "c" || all[0].Sequence != 3 {
		t.Errorf("%q, number %d", got, all[0].Sequence)
	}
}

func TestWhatIsNoSnapshot(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if err := queue.Restore(t.TempDir(), strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("", "what the stream is")
	f("{}\n", "no queue of sasumata")
	f(strings.Repeat(" ", 100<<10)+"\n", "what the stream is")
	f(`{"name":"RECORDS","max_bytes":1000,"retention":"workqueue","storage":"file","discard":"new","subjects":["in.>"],"metadata":{"queue_id":"X"}}`+"\nno tar", "restore the queue")
	if was, err := queue.SnapshotDir(t.Context(), t.TempDir(), &bytes.Buffer{}); was || err != nil {
		t.Error(was, err)
	}
	elsewhere := open(t, elsewhere(natsServer(t, server.Options{StoreDir: t.TempDir()})))
	if err := elsewhere.Snapshot(t.Context(), &bytes.Buffer{}); !errors.Is(err, queue.ErrElsewhere) {
		t.Error(err)
	}
	if err := elsewhere.Close(); err != nil {
		t.Fatal(err)
	}
}
