package queue_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

func open(t *testing.T, opts queue.Options) *queue.Queue {
	t.Helper()
	q, err := queue.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func publish(t *testing.T, q *queue.Queue, s queue.Submission) {
	t.Helper()
	if err := q.Publish(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func lines(texts ...string) []record.Record {
	records := make([]record.Record, len(texts))
	for i, text := range texts {
		records[i].Text = text
	}
	return records
}

// take reads n batches and returns their texts, and the last batch.
func take(t *testing.T, q *queue.Queue, n int) (texts []string, all []*queue.Batch) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for range n {
		b, err := q.Next(ctx)
		if err != nil {
			t.Fatalf("after %q: %v", texts, err)
		}
		if b.Damaged != nil {
			t.Fatal(b.Damaged)
		}
		for _, r := range b.Records {
			texts = append(texts, r.Text)
		}
		all = append(all, b)
	}
	return texts, all
}

func isEmpty(t *testing.T, q *queue.Queue) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		stats, err := q.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if stats.Batches == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d batches are still there", stats.Batches)
		}
	}
}

func TestWhatIsNotAcknowledgedComesAgainInOrder(t *testing.T) {
	opts := queue.Options{Dir: t.TempDir()}
	q := open(t, opts)
	for i := range 5 {
		publish(t, q, queue.Submission{Records: lines(fmt.Sprint(i, "a"), fmt.Sprint(i, "b"))})
	}
	got, batches := take(t, q, 3)
	if diff := cmp.Diff([]string{"0a", "0b", "1a", "1b", "2a", "2b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := q.Done(batches[1].Ack()); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	q = open(t, opts)
	publish(t, q, queue.Submission{Records: lines("new")})
	got, batches = take(t, q, 5)
	if diff := cmp.Diff([]string{"0a", "0b", "2a", "2b", "3a", "3b", "4a", "4b", "new"}, got); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	place := q.Place(batches[3].Sequence)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	opts.After = place
	q = open(t, opts)
	if got, batches = take(t, q, 1); got[0] != "new" {
		t.Errorf("behind a place: %q", got)
	}
	if err := q.Done(batches[0].Ack()); err != nil {
		t.Fatal(err)
	}
	isEmpty(t, q)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNumbersNeverGoBack opens a queue whose server forgot its newest batches, of which
// the state covers more than the store, and the other way around, and some are still there.
func TestNumbersNeverGoBack(t *testing.T) {
	opts := queue.Options{Dir: t.TempDir()}
	q := open(t, opts)
	for _, text := range []string{"1", "2", "3"} {
		publish(t, q, queue.Submission{Records: lines(text)})
	}
	id := q.Place(0).Queue
	f := func(after, newest uint64, forgot queue.Forgotten, want ...string) {
		t.Helper()
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		opts.After, opts.Newest = queue.Place{Queue: id, Sequence: after}, newest
		q = open(t, opts)
		if q.Forgot() != forgot || q.Place(0).Queue != id {
			t.Errorf("it forgot %+v, want %+v", q.Forgot(), forgot)
		}
		publish(t, q, queue.Submission{Records: lines("new")})
		_, batches := take(t, q, len(want))
		got := make([]string, len(batches))
		for i, b := range batches {
			got[i] = fmt.Sprintf("%d %s", b.Sequence, b.Records[0].Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("behind %d, newest %d (-want +got):\n%s", after, newest, diff)
		}
	}
	f(1, 0, queue.Forgotten{}, "2 2", "3 3", "4 new")
	f(2, 9, queue.Forgotten{From: 5, To: 9, Lost: 4}, "3 3", "4 new", "10 new")
	f(2, 9, queue.Forgotten{}, "3 3", "4 new", "10 new", "11 new")
	f(20, 30, queue.Forgotten{From: 12, To: 30, Lost: 20}, "31 new")
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAQueueIsTheOneThatIsKnown opens queues that are gone, and those of others.
func TestAQueueIsTheOneThatIsKnown(t *testing.T) {
	f := func(opts queue.Options) {
		t.Helper()
		opts.After = queue.Place{Queue: "another", Sequence: 7}
		q, err := queue.Open(t.Context(), opts)
		lost, ok := errors.AsType[*queue.LostError](err)
		if !ok || lost.Known != "another" {
			t.Fatalf("%v, %v", q, err)
		}
		opts.Another = true
		q = open(t, opts)
		publish(t, q, queue.Submission{Records: lines("new")})
		if got, batches := take(t, q, 1); got[0] != "new" || batches[0].Sequence != 1 {
			t.Errorf("%q with the number %d", got, batches[0].Sequence)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f(queue.Options{Dir: t.TempDir()})
	dir := t.TempDir()
	if err := open(t, queue.Options{Dir: dir}).Close(); err != nil {
		t.Fatal(err)
	}
	f(queue.Options{Dir: dir})
}

// TestRewind reads again what was read and not acknowledged.
func TestRewind(t *testing.T) {
	q := open(t, queue.Options{Dir: t.TempDir()})
	for i := range 5 {
		publish(t, q, queue.Submission{Records: lines(fmt.Sprint(i + 1))})
	}
	_, batches := take(t, q, 4)
	for _, b := range batches[:2] {
		if err := q.Done(b.Ack()); err != nil {
			t.Fatal(err)
		}
	}
	f := func(after uint64, want ...string) {
		t.Helper()
		q.Rewind(after)
		got, _ := take(t, q, len(want))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("behind %d (-want +got):\n%s", after, diff)
		}
	}
	f(3, "4", "5")
	f(0, "3", "4", "5")
	_, batches = func() ([]string, []*queue.Batch) { q.Rewind(0); return take(t, q, 3) }()
	for _, b := range batches {
		if err := q.Done(b.Ack()); err != nil {
			t.Fatal(err)
		}
	}
	isEmpty(t, q)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPositions(t *testing.T) {
	q := open(t, queue.Options{Dir: t.TempDir()})
	long := strings.Repeat("/folder", 1000)
	for i, key := range []string{"/var/log/a b.log", long, "/var/log/a b.log"} {
		publish(t, q, queue.Submission{Key: key, Position: []byte{byte(i)}})
	}
	publish(t, q, queue.Submission{Records: lines("x")})
	f := func(key string, want []byte) {
		t.Helper()
		got, err := q.Last(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.20s (-want +got):\n%s", key, diff)
		}
	}
	f("/var/log/a b.log", []byte{2})
	f(long, []byte{1})
	f("other", nil)
	_, batches := take(t, q, 4)
	for i, want := range []string{"/var/log/a b.log", long, "/var/log/a b.log", ""} {
		if batches[i].Key != want || i < 3 && (len(batches[i].Position) != 1 || batches[i].Position[0] != byte(i)) {
			t.Errorf("batch %d: key %.20q, position %v", i, batches[i].Key, batches[i].Position)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestABatchThatIsSentTwiceIsThereOnce(t *testing.T) {
	opts := queue.Options{Dir: t.TempDir()}
	q := open(t, opts)
	for range 2 {
		publish(t, q, queue.Submission{ID: "1", Records: lines("a")})
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, opts)
	publish(t, q, queue.Submission{ID: "1", Records: lines("a")})
	publish(t, q, queue.Submission{ID: "2", Records: lines("b")})
	if got, _ := take(t, q, 2); got[0] != "a" || got[1] != "b" {
		t.Errorf("%q", got)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAFullQueueRefuses fills a queue, and makes room in it.
func TestAFullQueueRefuses(t *testing.T) {
	q := open(t, queue.Options{Dir: t.TempDir(), MaxBytes: 1 << 20})
	var taken int
	var err error
	for ; err == nil && taken < 1000; taken++ {
		err = q.Publish(t.Context(), queue.Submission{Records: lines(noise(taken, 64<<10))})
	}
	if !errors.Is(err, record.ErrFull) || taken < 5 {
		t.Fatalf("after %d batches: %v", taken, err)
	}
	_, batches := take(t, q, taken-1)
	for _, b := range batches {
		if err := q.Done(b.Ack()); err != nil {
			t.Fatal(err)
		}
	}
	isEmpty(t, q)
	publish(t, q, queue.Submission{Records: lines("there is room")})
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFullDiskIsAFullQueue(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("this system does not say how much room a disk has")
	}
	q := open(t, queue.Options{Dir: t.TempDir(), Reserve: 1 << 60})
	if err := q.Publish(t.Context(), queue.Submission{Records: lines("a")}); !errors.Is(err, record.ErrFull) {
		t.Error(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// noise returns text that does not compress.
func noise(seed, n int) string {
	b, x := make([]byte, n), uint64(seed)*0x9e3779b97f4a7c15+1
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x >> 32)
	}
	return string(b)
}
