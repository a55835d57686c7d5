package alert

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

func TestPace(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
	p := &pace{}
	f := func(key string, want time.Duration) {
		t.Helper()
		at := p.next(key)
		if got := at.Sub(now); !at.IsZero() && got != want || at.IsZero() && want != 0 {
			t.Errorf("%s is tried again after %s, want %s", key, got, want)
		}
		if want == 0 {
			return
		}
		if wait, err := p.ready(key, now); !errors.Is(err, errResting) || wait != (want < soon) {
			t.Errorf("ready at once: %t, %v", wait, err)
		}
		if _, err := p.ready(key, now.Add(want)); err != nil {
			t.Errorf("not ready in time: %v", err)
		}
	}
	for _, want := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second} {
		p.note("a", now, true, errors.New("down"))
		f("b", want) // whoever else it is for: it is down
	}
	for range 10 {
		p.note("a", now, true, errors.New("down"))
	}
	f("a", longestWait)
	p.note("b", now, true, nil)
	f("a", 0)
	p.note("a", now, false, errors.New("refused"))
	f("a", time.Minute)
	f("b", 500*time.Millisecond) // another notice does not wait for it
	for range 10 {
		p.note("a", now, false, errors.New("refused"))
	}
	f("a", longestRefused)
	p.note("a", now, true, nil)
	f("a", 0)
	header := func(after, date string) http.Header {
		h := http.Header{}
		h.Set("Retry-After", after)
		h.Set("Date", date)
		return h
	}
	g := func(h http.Header, want time.Duration) {
		t.Helper()
		one := &pace{}
		one.note("a", now, true, fmt.Errorf("call: %w", later(h, errors.New("503"))))
		if got := one.next("a").Sub(now); got != want {
			t.Errorf("%v: tried again after %s, want %s", h, got, want)
		}
	}
	g(header("120", ""), 2*time.Minute)
	g(header("999999", ""), longestAsked)
	g(header("-5", ""), firstWait)
	g(header("soon", ""), firstWait)
	g(header("Fri, 16 Jan 2026 10:00:30 GMT", "Fri, 16 Jan 2026 10:00:00 GMT"), 30*time.Second)
	g(header("Fri, 16 Jan 2026 10:00:30 GMT", ""), firstWait)
}

// TestWebhookThatIsDown answers 503 and 429, and hangs: it is told each time when it is
// back, and left alone meanwhile.
func TestWebhookThatIsDown(t *testing.T) {
	t.Parallel()
	f := func(name string, change func(*sink), down func(*testing.T, *started, *sink)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hook := newSink(t)
			change(hook)
			s := start(t, configured(t, fmt.Sprintf("receivers: [{name: mail, webhook: {url_file: %s, timeout: 200ms}}]\n", secretIn(t, hook.URL))))
			n := bruteForce(signal.High)
			s.put(t, n)
			if down != nil {
				down(t, s, hook)
			}
			waitFor(t, "the webhook", func() bool { return len(hook.requests()) == 1 && len(s.Undelivered()) == 0 })
			if s.told("■") != 1 {
				t.Error("the console was not told once")
			}
		})
	}
	f("503 twice", func(h *sink) { h.statuses = []int{503, 503} }, nil)
	f("429", func(h *sink) { h.statuses, h.after = []int{429}, "120" }, func(t *testing.T, s *started, h *sink) {
		t.Helper()
		waitFor(t, "the refusal", func() bool { return len(s.Undelivered()) == 1 && s.Undelivered()[0].Attempts == 1 })
		if wait := s.Undelivered()[0].Next.Sub(s.now()); wait < 110*time.Second || wait > 2*time.Minute {
			t.Errorf("it is tried again after %s", wait)
		}
		s.clock.forward(2 * time.Minute)
	})
	hang := make(chan struct{})
	f("hanging", func(h *sink) { h.hang = hang }, func(t *testing.T, s *started, h *sink) {
		t.Helper()
		waitFor(t, "the timeout", func() bool {
			list := s.Undelivered()
			return len(list) == 1 && strings.Contains(list[0].Error, "Client.Timeout")
		})
		h.mu.Lock()
		h.hang = nil
		h.mu.Unlock()
		s.clock.forward(time.Minute)
	})
}

// TestSlackThatIsDown has an endpoint of the form of Slack's that is busy, and then says
// in its own words that it is not to be had.
func TestSlackThatIsDown(t *testing.T) {
	t.Parallel()
	slack := newSink(t, 429, 503)
	slack.answer = "channel_is_archived" // what is not ok is an error, be it with status 200
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	text := fmt.Sprintf("route: {receiver: slack, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\nreceivers: [{name: slack, slack_configs: [{api_url: %q, title: '{{ template \"sasumata.slack.title\" . }}'}]}]\n", slack.URL)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, configured(t, "file: "+path+"\n"))
	s.put(t, bruteForce(signal.High))
	waitFor(t, "what it says", func() bool {
		list := s.Undelivered()
		return len(list) == 1 && strings.Contains(list[0].Error, "channel_is_archived")
	})
	slack.mu.Lock()
	slack.answer, slack.got = "ok", nil
	slack.mu.Unlock()
	s.clock.forward(longestRefused)
	waitFor(t, "Slack", func() bool { return len(slack.requests()) == 1 && len(s.Undelivered()) == 0 })
}

// TestALimitKeepsItsCountsOnReload changes the limit while it is used up.
func TestALimitKeepsItsCountsOnReload(t *testing.T) {
	t.Parallel()
	hook := newSink(t)
	yaml := "per_hour: %d\nreceivers: [{name: mail, webhook: {url_file: " + secretIn(t, hook.URL) + "}}]\n"
	s := start(t, configured(t, fmt.Sprintf(yaml, 2)))
	put := func(i int) {
		t.Helper()
		n := bruteForce(signal.High)
		n.ID, n.Labels[0].Value = fmt.Sprint(i), fmt.Sprintf("192.0.2.%d", i)
		s.put(t, n)
	}
	reload := func(perHour int) {
		t.Helper()
		use, err := s.Reload(configured(t, fmt.Sprintf(yaml, perHour)))
		if err != nil {
			t.Fatal(err)
		}
		use(t.Context())
	}
	put(1)
	put(2)
	waitFor(t, "two", func() bool { return len(hook.requests()) == 2 })
	reload(3)
	put(3)
	waitFor(t, "the third", func() bool { return len(hook.requests()) == 3 })
	put(4)
	waitFor(t, "the limit", func() bool { return s.counters.held.Load() > 0 })
	reload(0)
	waitFor(t, "the one that was held back", func() bool { return len(hook.requests()) == 4 && len(s.Undelivered()) == 0 })
}
