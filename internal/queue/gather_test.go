package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// TestGatherer lets many senders hand in while the disk is busy.
func TestGatherer(t *testing.T) {
	var mu sync.Mutex
	var batches []int
	seen := map[string]int{}
	g := queue.NewGatherer(func(_ context.Context, s queue.Submission) error {
		mu.Lock()
		defer mu.Unlock()
		batches = append(batches, len(s.Records))
		for _, r := range s.Records {
			seen[r.Text]++
		}
		return nil
	})
	var senders sync.WaitGroup
	mu.Lock() // the disk is busy
	for i := range 50 {
		senders.Go(func() {
			if err := g.Put(t.Context(), lines(fmt.Sprint(i, "a"), fmt.Sprint(i, "b"))); err != nil {
				t.Error(err)
			}
		})
	}
	mu.Unlock()
	if err := g.Put(t.Context(), make([]record.Record, 2*record.MaxBatch+1)); err != nil {
		t.Error(err)
	}
	senders.Wait()
	g.Close()
	if seen[""] != 2*record.MaxBatch+1 || len(seen) != 101 {
		t.Errorf("%d empty records, %d texts", seen[""], len(seen))
	}
	for text, n := range seen {
		if text != "" && n != 1 {
			t.Errorf("%s came %d times", text, n)
		}
	}
	for _, n := range batches {
		if n > record.MaxBatch {
			t.Errorf("a batch of %d records", n)
		}
	}
	if err := g.Put(t.Context(), lines("late")); err == nil {
		t.Error("records were taken behind Close")
	}
}

func TestGathererSaysWhatWentWrong(t *testing.T) {
	g := queue.NewGatherer(func(context.Context, queue.Submission) error { return record.ErrFull })
	if err := g.Put(t.Context(), lines("a")); !errors.Is(err, record.ErrFull) {
		t.Error(err)
	}
	g.Close()
}

// TestGatheredBatchesFit hands in the largest records: whatever is gathered, the codec
// must take it.
func TestGatheredBatchesFit(t *testing.T) {
	codec := record.NewCodec()
	g := queue.NewGatherer(func(_ context.Context, s queue.Submission) error {
		_, err := codec.Encode(s.Records)
		return err
	})
	large := make([]record.Record, 13)
	for i := range large {
		large[i] = record.Record{Text: strings.Repeat("x", record.MaxText), Received: int64(i) << 60}
	}
	var senders sync.WaitGroup
	for range 3 {
		senders.Go(func() {
			if err := g.Put(t.Context(), large); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	g.Close()
}
