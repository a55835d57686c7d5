package alert

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
)

// Names of what the program that is killed is told.
const (
	childDir    = "SASUMATA_ALERT_CHILD"
	childConfig = "SASUMATA_ALERT_CONFIG"
	childFrom   = "SASUMATA_ALERT_FROM"
)

// child puts notices from a number on, and says of each that it was taken; without a
// number it waits until all are told.
func child(dir, yaml, from string) error {
	c := Default()
	if err := document.Decode("c", []byte(yaml), c, document.Options{}); err != nil {
		return err
	}
	c.Dir = dir
	if faults := c.Check(document.Pos{}); len(faults) > 0 {
		return faults
	}
	m, err := New(context.Background(), Options{Config: c, Console: &buffer{}, Now: time.Now, Keep: 10 * time.Millisecond, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	running := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { running <- m.Run(ctx) }()
	if from == "" {
		for len(m.Undelivered()) > 0 {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
		return <-running
	}
	n, err := strconv.Atoi(from)
	if err != nil {
		return err
	}
	for ; ; n++ {
		one := bruteForce(signal.High)
		one.Labels = []Label{{"ip", fmt.Sprint("host-", n)}}
		one.ID = fmt.Sprint(n)
		if err := m.Put(ctx, one); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, "put", n)
		time.Sleep(3 * time.Millisecond)
	}
}

// TestKilled kills a manager at any moment, again and again: all that it took is told, and
// hardly anything twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir, os.Getenv(childConfig), os.Getenv(childFrom)); err != nil {
			t.Fatal(err)
		}
		return
	}
	hook := newSink(t)
	yaml := fmt.Sprintf("per_hour: 0\nreceivers: [{name: mail, webhook: {url_file: %s}}]\n", secretIn(t, hook.URL))
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := func(from string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), childDir+"="+dir, childConfig+"="+yaml, childFrom+"="+from)
		return cmd
	}
	const kills = 8
	taken := 0
	for range kills {
		cmd := run(strconv.Itoa(taken))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		stopAt := taken + 3 + rand.IntN(30)
		for lines.Scan() {
			text, ok := strings.CutPrefix(lines.Text(), "put ")
			if !ok {
				t.Fatal(lines.Text())
			}
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			if taken = n + 1; taken >= stopAt {
				break
			}
		}
		_ = cmd.Process.Kill()
		for lines.Scan() { // it may have said more before it was killed
			if n, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "put ")); err == nil {
				taken = n + 1
			}
		}
		_ = cmd.Wait()
	}
	if out, err := run("").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	told := map[string]int{}
	for _, r := range hook.requests() {
		var body struct{ Notices []heard }
		if err := json.Unmarshal([]byte(r.body), &body); err != nil {
			t.Fatal(err)
		}
		for _, n := range body.Notices {
			told[n.Labels["ip"]]++
		}
	}
	twice := 0
	for n := range taken {
		switch count := told[fmt.Sprint("host-", n)]; {
		case count == 0:
			t.Errorf("notice %d was taken and never told", n)
		case count > 1:
			twice += count - 1
		}
	}
	// What a receiver took at the moment of a kill is sent once more: a few are under way.
	if twice > kills*5 {
		t.Errorf("%d of %d were told twice", twice, taken)
	}
	t.Logf("%d notices, %d kills, %d told twice", taken, kills, twice)
}

// heard is what a receiver of JSON gets.
type heard = struct {
	Labels map[string]string `json:"labels"`
}
