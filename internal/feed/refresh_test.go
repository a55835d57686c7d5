package feed_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/feed"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// TestRefresherSwaps changes the list while others look addresses up, and stops
// when the new list answers.
func TestRefresherSwaps(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).UnixNano())
	s := newSite(t, "203.0.113.1\n")
	u := s.updater(t, nil)
	u.Now = func() time.Time { return time.Unix(0, now.Load()) }
	swaps := make(chan *threat.Set, 8)
	r := &feed.Refresher{Updater: u, Feeds: []*threat.Feed{s.feed()}, Every: time.Millisecond, Changed: func(set *threat.Set) { swaps <- set }}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	if set := <-swaps; set.Len() != 0 {
		t.Fatal("there are lists before anything was fetched")
	}
	first, second := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	if set := <-swaps; len(set.Lookup(first)) != 1 {
		t.Fatal("the first list is not there")
	}
	done := make(chan struct{})
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					set := r.Set()
					if a, b := len(set.Lookup(first)), len(set.Lookup(second)); a+b != 1 {
						t.Errorf("a Set of neither list: %d and %d", a, b)
						return
					}
				}
			}
		})
	}
	s.serve("203.0.113.2\n", `"2"`)
	now.Add(int64(time.Hour))
	if set := <-swaps; len(set.Lookup(second)) != 1 || len(set.Lookup(first)) != 0 {
		t.Error("the second list is not there")
	}
	close(done)
	asking.Wait()
	r.Stop()
	if all := r.Status(); len(all) != 1 || all[0].State.Entries != 1 || all[0].Err != nil {
		t.Errorf("status %+v", all)
	}
}

func TestRefresherReadsFilesThatChanged(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "own.txt")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
		if err := os.Chtimes(path, now, now); err != nil {
			t.Fatal(err)
		}
	}
	write("203.0.113.1\n")
	var told []feed.Result
	r := &feed.Refresher{
		Updater: &feed.Updater{Now: func() time.Time { return now }}, Every: time.Hour, Told: func(one feed.Result) { told = append(told, one) },
		Feeds: []*threat.Feed{{ID: "own", File: path, Enabled: true, Intention: threat.Malicious}},
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Stop()
	f := func(text, addr string, on bool, events int) {
		t.Helper()
		if text != "" {
			write(text)
		}
		r.Refresh(t.Context())
		if got := len(r.Set().Lookup(netip.MustParseAddr(addr))) == 1; got != on || len(told) != events {
			t.Errorf("%q: %s is listed: %v; told %+v", text, addr, got, told)
		}
	}
	f("", "203.0.113.1", true, 0)
	f("203.0.113.2\n203.0.113.3\n", "203.0.113.2", true, 1)
	f("", "203.0.113.1", false, 1)
	f("<html>", "203.0.113.2", true, 2)
	f("", "203.0.113.2", true, 2)
	f("203.0.113.4\n", "203.0.113.4", true, 3)
	if told[0].Before != 1 || told[0].After != 2 || told[1].Err == nil || told[1].After != 2 || told[2].Before != 2 {
		t.Errorf("told %+v", told)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	f("", "203.0.113.4", true, 3)
}

func TestRefresherLeavesFailingFeedsAlone(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	s := newSite(t, "<html>")
	var told []feed.Outcome
	tried := make(chan struct{}, 100)
	r := &feed.Refresher{
		Updater: s.updater(t, &now), Feeds: []*threat.Feed{s.feed()}, Every: time.Hour,
		Told: func(r feed.Result) { told = append(told, r.Outcome); tried <- struct{}{} },
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-tried
	r.Stop() // from here on it is our turn
	told, s.asked = nil, 0
	begin := now
	var at []time.Duration
	for now = begin; now.Before(begin.Add(40 * time.Minute)); now = now.Add(10 * time.Second) {
		before := s.asked
		r.Refresh(t.Context())
		if s.asked > before {
			at = append(at, now.Sub(begin))
		}
	}
	// The goroutine tried once; then 1, 2, 4, 8 minutes, and never more than a
	// quarter of the feed's hour.
	if len(at) < 3 || len(at) > 6 || at[len(at)-1]-at[len(at)-2] > 15*time.Minute || at[1]-at[0] <= at[0] {
		t.Errorf("tried at %v", at)
	}
	if len(told) != len(at) || told[0] != feed.Failed {
		t.Errorf("told %v", told)
	}
	s.serve(addresses(3), `"9"`)
	now = now.Add(20 * time.Minute)
	r.Refresh(t.Context())
	if r.Set().Len() == 0 || told[len(told)-1] != feed.Changed {
		t.Errorf("after the failures: %v, %d ranges", told, r.Set().Len())
	}
}
