package container

import (
	"encoding/json"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// quietWatcher watches nothing: a test tells it what happens.
func quietWatcher(now *time.Time) *Watcher {
	return &Watcher{
		Every: time.Minute, Now: func() time.Time { return *now }, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
		news: make(chan record.Record, maxWaiting), Baselines: map[string]Baseline{}, containers: map[string]*tracked{},
	}
}

// names returns the events so far.
func names(t *testing.T, w *Watcher) (all []string) {
	t.Helper()
	for len(w.news) > 0 {
		var e struct{ Evt struct{ Name string } }
		if err := json.Unmarshal([]byte((<-w.news).Text), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Evt.Name)
	}
	return all
}

// TestWhenSamplesAreTold has an event when a level is reached, and one a minute else.
func TestWhenSamplesAreTold(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	w := quietWatcher(&now)
	one := &tracked{container: &Container{ID: testID, Name: "web"}, allowance: maxBurst}
	f := func(after time.Duration, cpu float64, connections int64, want bool) {
		t.Helper()
		now = now.Add(after)
		one.now = Sample{At: now, CPU: cpu, CPUOfLimit: cpu / 2, MemoryOfLimit: math.NaN(), Disk: math.NaN(), ReceivedRate: math.NaN(), SentRate: math.NaN(), Connections: connections}
		w.weigh(one)
		if got := len(names(t, w)) == 1; got != want {
			t.Errorf("%v %v gives %v", cpu, connections, got)
		}
	}
	f(0, math.NaN(), 5, false) // nothing to compare with
	f(time.Second, 3, 5, true) // the first
	f(time.Second, 49, 99, false)
	f(time.Second, 90, 5, true) // at once
	f(time.Second, 90.5, 5, false)
	f(time.Second, 89, 5, false)
	f(time.Second, 91, 5, false) // again: it was told
	f(time.Second, 95, 5, true)
	f(time.Second, 20, 999, true)
	f(time.Second, 20, 1000, true)
	f(time.Second, 20, 1999, false)
	f(50*time.Second, 20, 5, false)
	f(time.Second, 20, 5, true) // a minute later
	f(time.Second, 91, 5, true)
}

// TestOOM tells of a process that was killed, and only once when the engine does, too.
func TestOOM(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	w := quietWatcher(&now)
	one := &tracked{container: &Container{ID: testID, Name: "web"}, allowance: maxBurst}
	f := func(kills int64, want ...string) {
		t.Helper()
		now = now.Add(10 * time.Second)
		one.now = Sample{At: now, OOMKills: kills}
		w.weigh(one)
		if diff := cmp.Diff(want, names(t, w)); diff != "" {
			t.Error(diff)
		}
	}
	f(2, "container_sample") // of before anybody looked
	f(2)
	f(3, "container_oom")
	f(3)
	one.oom = now.Add(7 * time.Second) // of the engine
	f(4)
}

// TestFlood holds events back of a container that makes too many, and counts them.
func TestFlood(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	w := quietWatcher(&now)
	one, other := &tracked{container: &Container{ID: testID}, allowance: maxBurst}, &tracked{container: &Container{ID: testID}, allowance: maxBurst}
	for range 100 {
		w.tell(one, "container_started", "", nil)
	}
	w.tell(other, "container_started", "", nil)
	if got := len(w.news); got != maxBurst+1 || w.counts.Held.Load() != 70 {
		t.Error(got, w.counts.Held.Load())
	}
	now = now.Add(4 * refill)
	for range 100 {
		w.tell(one, "container_started", "", nil)
	}
	if got := len(w.news); got != maxBurst+5 {
		t.Error(got)
	}
	for range 2 * maxWaiting { // nobody queues anything
		one.allowance, one.allowed = maxBurst, time.Time{}
		w.tell(one, "container_started", "", nil)
	}
	if len(w.news) != maxWaiting || w.Counters.Dropped.Load() == 0 {
		t.Error(len(w.news), w.Counters.Dropped.Load())
	}
}

// TestEnds tells crashes from ends that somebody wanted.
func TestEnds(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	f := func(policy, code string, killed bool, want string) {
		t.Helper()
		w := quietWatcher(&now)
		one := &tracked{container: &Container{ID: testID, RestartPolicy: policy}, allowance: maxBurst, killed: killed}
		w.died(one, code)
		if diff := cmp.Diff([]string{want}, names(t, w)); diff != "" {
			t.Errorf("%s %s %v: %s", policy, code, killed, diff)
		}
	}
	f("no", "0", false, "container_stopped")
	f("no", "1", false, "container_crashed")
	f("no", "137", true, "container_stopped")
	f("always", "0", false, "container_crashed")
	f("always", "143", true, "container_stopped")
	f("on-failure", "0", false, "container_stopped")
	f("on-failure", "2", false, "container_crashed")
}

// TestJudge tells of powers once a run, and of drift once.
func TestJudge(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	w := quietWatcher(&now)
	one := &tracked{container: &Container{ID: testID, Name: "web", Config: Config{Privileged: true}}, allowance: maxBurst}
	f := func(want ...string) {
		t.Helper()
		w.judge(one)
		if diff := cmp.Diff(want, names(t, w)); diff != "" {
			t.Error(diff)
		}
	}
	f("container_powerful")
	f()
	changed := *one.container
	changed.PidMode, changed.Started = "host", now
	one.container = &changed
	f("container_powerful", "container_drifted")
	f()
	anew := &tracked{container: &Container{ID: strings.Repeat("f", 64), Name: "web"}, allowance: maxBurst}
	one = anew
	f("container_drifted") // it is known by its name
}

// TestRecord is what an event looks like.
func TestRecord(t *testing.T) {
	now := time.Unix(1_800_000_000, 5)
	w := quietWatcher(&now)
	w.Host = "docker1"
	got := w.record(&Container{ID: testID, Name: "shop-web-1", Image: "shop/web:1", State: State{Status: "running"}, Project: "shop", Service: "web"}, "container_started", "was started", details{"exit_code": 1}, now)
	want := record.Record{
		Text:   `{"container":{"compose":{"project":"shop","service":"web"},"exit_code":1,"id":"` + testID + `","image":{"name":"shop/web:1"},"name":"shop-web-1","restarts":0,"state":"running"},"evt":{"name":"container_started"},"message":"container shop-web-1 was started","timestamp":"2027-01-15T08:00:00.000000005Z"}`,
		Source: "container", Service: "web", Host: "docker1", Received: now.UnixNano(),
		Tags: []string{"container_id:" + testID, "container_name:shop-web-1", "image:shop/web:1", "compose_project:shop", "compose_service:web"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
