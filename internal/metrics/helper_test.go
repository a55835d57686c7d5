package metrics

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
)

// start is the time of the first sample in tests.
var start = time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)

// house is an engine in a folder, whose clock stands still unless it is moved.
type house struct {
	*Engine
	t   *testing.T
	mu  sync.Mutex
	at  time.Time
	all []signal.Finding
}

// build opens an engine in the folder with the configuration, and loads the rules.
func build(t *testing.T, dir, ruleText string, change func(*Options)) *house {
	t.Helper()
	h := &house{t: t, at: start}
	c := Default()
	c.Dir, c.Instance, c.NoHost, c.NoDefaultRules = filepath.Join(dir, "metrics"), "h", true, true
	if ruleText != "" {
		name := filepath.Join(dir, "rules.yaml")
		if err := os.WriteFile(name, []byte(ruleText), 0o600); err != nil {
			t.Fatal(err)
		}
		c.RuleFiles = []string{name}
	}
	o := Options{Config: c, Now: h.now, Log: slog.New(slog.DiscardHandler), Tell: h.tell}
	if change != nil {
		change(&o)
	}
	if faults := c.Check(document.Pos{}); len(faults) > 0 {
		t.Fatal(faults)
	}
	var err error
	if h.Engine, err = Open(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *house) move(to time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = to
}

func (h *house) tell(news []signal.Finding) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, news...)
}

func (h *house) told() []signal.Finding {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.all
	h.all = nil
	return list
}

// add stores a sample so long after the start.
func (h *house) add(after time.Duration, value float64, pairs ...string) {
	h.t.Helper()
	to := h.db.Appender(h.t.Context())
	_, err := to.Append(0, labels.FromStrings(pairs...), start.Add(after).UnixMilli(), value)
	if err == nil {
		err = to.Commit()
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// groups loads the rules without their clock.
func (h *house) groups() []*rules.Group {
	h.t.Helper()
	files, err := h.cfg().ruleFiles(h.opts.Rules)
	if err == nil {
		err = h.useRules(h.cfg(), files)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return h.manager.RuleGroups()
}

// eventually waits for the condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

func pushedLabels(name string) labels.Labels { return labels.FromStrings("__name__", name) }
