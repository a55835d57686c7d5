package queue_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// childDir names the folder of the queue in the environment of a child.
const childDir = "SASUMATA_TEST_QUEUE"

// child publishes batches, from the number on that it is told, until it is killed,
// and prints the number of each that was acknowledged.
func child(t *testing.T, told string) {
	t.Helper()
	dir, first, _ := strings.Cut(told, "|")
	n, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	q := open(t, queue.Options{Dir: dir})
	for ; ; n++ {
		records := make([]record.Record, 20)
		for i := range records {
			records[i].Text = fmt.Sprintf("%d-%d", n, i)
		}
		publish(t, q, queue.Submission{ID: strconv.Itoa(n), Records: records})
		fmt.Fprintf(os.Stdout, "acknowledged %d\n", n)
	}
}

// TestKilled kills a program that publishes, again and again. The next one publishes
// again what the one before had no answer for.
func TestKilled(t *testing.T) {
	if told := os.Getenv(childDir); told != "" {
		child(t, told)
	}
	const kills = 10
	dir := t.TempDir()
	next := 0
	for round := range kills {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), childDir+"="+dir+"|"+strconv.Itoa(next))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		seen, enough := 0, 3+7*round
		for s := bufio.NewScanner(out); s.Scan(); {
			if number, ok := strings.CutPrefix(s.Text(), "acknowledged "); ok {
				if next, err = strconv.Atoi(number); err != nil {
					t.Fatal(err)
				}
				next++
				if seen++; seen == enough {
					if err := cmd.Process.Kill(); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		_ = cmd.Wait() // it was killed
		if seen < enough {
			t.Fatalf("round %d ended after %d batches", round, seen)
		}
	}
	q := open(t, queue.Options{Dir: dir})
	stats, err := q.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	texts, _ := take(t, q, int(stats.Batches))
	for _, text := range texts {
		count[text]++
	}
	for n := range next {
		for i := range 20 {
			text := fmt.Sprintf("%d-%d", n, i)
			if count[text] != 1 {
				t.Errorf("the record %s is there %d times", text, count[text])
			}
			delete(count, text)
		}
	}
	for text, n := range count {
		if n != 1 || !strings.HasPrefix(text, fmt.Sprint(next, "-")) {
			t.Errorf("the record %s, which was not acknowledged, is there %d times", text, n)
		}
	}
	t.Logf("%d batches were acknowledged, %d are there", next, stats.Batches)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := q.Next(ctx); err == nil {
		t.Errorf("there is one more: %d", b.Sequence)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}
