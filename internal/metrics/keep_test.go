package metrics

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/signal"
)

// clerk is a keeper whose clock is set.
type clerk struct {
	*keeper
	at   time.Time
	news []signal.Finding
}

func newClerk(t *testing.T, path string) *clerk {
	t.Helper()
	c := &clerk{at: start}
	var err error
	c.keeper, err = openKeeper(path, func(news []signal.Finding) { c.news = append(c.news, news...) }, func() time.Time { return c.at }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// said returns what was told since, as words.
func (c *clerk) said() string {
	var b strings.Builder
	for _, f := range c.news {
		b.WriteString(f.Change.String() + " " + f.Signal.Rule + " " + f.Signal.ID[:4] + ";")
	}
	c.news = nil
	return b.String()
}

func firing(name string, at time.Time, pairs ...string) alert {
	a := alert{name: name, labels: map[string]string{"alertname": name}, annotations: map[string]string{}, active: start, seen: at, until: at.Add(2 * time.Minute), matched: true, value: 3}
	for i := 0; i+1 < len(pairs); i += 2 {
		a.labels[pairs[i]] = pairs[i+1]
	}
	return a
}

func TestAnAlertIsOneSignalFromItsBeginToItsEnd(t *testing.T) {
	c := newClerk(t, filepath.Join(t.TempDir(), "alerts.json"))
	c.take([]alert{firing("Up", start, "job", "a"), firing("Up", start, "job", "b")})
	if len(c.news) != 2 || c.news[0].Signal.ID == c.news[1].Signal.ID {
		t.Fatalf("two alerts became %+v", c.news)
	}
	id := c.news[0].Signal.ID
	c.said()
	for i := range 4 {
		c.take([]alert{firing("Up", start.Add(time.Duration(i+1)*time.Minute), "job", "a")})
	}
	if len(c.news) != 2 || c.news[1].Signal.Events != 4 || c.news[1].Change != signal.Updated || c.news[1].Signal.ID != id {
		t.Errorf("it went on five times, and was told %+v, want when it doubled", c.news)
	}
	c.said()
	over := firing("Up", start.Add(6*time.Minute), "job", "a")
	over.resolved = start.Add(6 * time.Minute)
	c.take([]alert{over, over})
	if len(c.news) != 1 || c.news[0].Change != signal.Closed || c.news[0].Signal.Closed != over.resolved.UnixNano() {
		t.Errorf("it ended, and was told %+v", c.news)
	}
	c.said()
	again := firing("Up", start.Add(7*time.Minute), "job", "a")
	again.active = start.Add(7 * time.Minute)
	c.take([]alert{again})
	if len(c.news) != 1 || c.news[0].Change != signal.Opened || c.news[0].Signal.ID == id {
		t.Errorf("it began anew, and was told %+v, want another signal", c.news)
	}
}

func TestAnAlertStaysTheSameSignalWhenTheProgramStartsAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.json")
	c := newClerk(t, path)
	c.take([]alert{firing("Up", start)})
	opened := c.said()
	// Killed: nothing is saved at the end.
	c = newClerk(t, path)
	c.at = start.Add(time.Hour)
	c.settle(c.at.Add(time.Minute))
	if got := c.said(); got != strings.Replace(opened, "opened", "updated", 1) {
		t.Errorf("told %q after the start, want the signal of %q", got, opened)
	}
	later := firing("Up", c.at.Add(time.Second))
	later.active = c.at // the rule forgot since when
	c.take([]alert{later})
	c.look()
	if got := c.said(); strings.Contains(got, "opened") || strings.Contains(got, "closed") {
		t.Errorf("told %q, want that it goes on", got)
	}
}

func TestAnAlertThatDoesNotFireAfterAStartEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.json")
	c := newClerk(t, path)
	c.know(map[string]ruleAbout{"Keeps": {keep: time.Hour}})
	c.take([]alert{firing("Ends", start), firing("Keeps", start)})
	c.said()
	c = newClerk(t, path)
	c.at = start.Add(10 * time.Minute)
	c.settle(c.at.Add(time.Minute))
	c.said()
	c.look()
	if got := c.said(); got != "" {
		t.Errorf("told %q before rules could say anything", got)
	}
	c.at = c.at.Add(2 * time.Minute)
	c.look()
	if got := c.said(); !strings.Contains(got, "closed Ends") || strings.Contains(got, "Keeps") {
		t.Errorf("told %q, want that Ends closed, and Keeps not: it keeps firing for an hour", got)
	}
	c.at = start.Add(time.Hour + time.Second)
	c.look()
	if got := c.said(); !strings.Contains(got, "closed Keeps") {
		t.Errorf("told %q, want that Keeps closed after its hour", got)
	}
}

func TestAnEndIsToldAgainAfterACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.json")
	c := newClerk(t, path)
	over := firing("Up", start.Add(time.Minute))
	c.take([]alert{firing("Up", start)})
	over.resolved = over.seen
	c.take([]alert{over})
	c.look()
	if err := c.save(); err != nil {
		t.Fatal(err)
	}
	c = newClerk(t, path)
	c.settle(start.Add(time.Hour))
	if got := c.said(); !strings.HasPrefix(got, "closed Up") {
		t.Errorf("told %q, want the end once more: nobody may have written it down", got)
	}
	c.at = over.resolved.Add(retold + time.Second)
	c.look()
	if len(c.all) != 0 {
		t.Errorf("%d alerts are kept that ended long ago", len(c.all))
	}
}

func TestTooManyAlertsAreDroppedAndCounted(t *testing.T) {
	c := newClerk(t, filepath.Join(t.TempDir(), "alerts.json"))
	list := make([]alert, maxOpen+7)
	for i := range list {
		list[i] = firing("Many", start, "user", strconv.Itoa(i))
	}
	if got := c.take(list); got != 7 || c.count() != maxOpen {
		t.Errorf("dropped %d of %d, and %d are open", got, len(list), c.count())
	}
}

func TestADamagedFileOfAlertsSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.json")
	if err := os.WriteFile(path, []byte(`{"a":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openKeeper(path, nil, nil, nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestWhatAnAlertSays(t *testing.T) {
	a := firing("HighCPU", start, "severity", "warning", "category", "security", "instance", "web1:9100", "name", "shop", "job", "node")
	a.expr = "up == 0"
	a.annotations = map[string]string{"summary": "It is high", "description": "Very.", "summary_ja": "高い", "title_ja": "CPU", "runbook": "metrics/container_resources", "runbook_url": "https://example.com/r"}
	s := a.signal()
	if s.RuleID != "metrics/HighCPU" || s.Severity != signal.Medium || s.Category != "security" || s.Title != "It is high" || s.RuleJA != "CPU" ||
		s.Message != "Very.\n\nhttps://example.com/r" || s.MessageJA != "高い" || s.Runbook != "metrics/container_resources" || s.Condition != "up == 0" {
		t.Errorf("got %+v", s)
	}
	want := []signal.Entity{{Kind: signal.KindContainer, Value: "shop", Events: 1}, {Kind: signal.KindHost, Value: "web1", Events: 1}, {Kind: signal.KindService, Value: "node", Events: 1}}
	if diff := cmp.Diff(want, s.Entities); diff != "" {
		t.Error(diff)
	}
	group := []signal.GroupValue{{Path: "instance", Value: "web1:9100"}, {Path: "job", Value: "node"}, {Path: "name", Value: "shop"}}
	if diff := cmp.Diff(group, s.Group); diff != "" {
		t.Error(diff)
	}
	a.annotations = map[string]string{"runbook": "1. look\n2. act"}
	if s := a.signal(); s.Runbook != "" || s.Message != "HighCPU\n\n1. look\n2. act" {
		t.Errorf("steps became %q and %q", s.Runbook, s.Message)
	}
	for word, want := range map[string]signal.Severity{"critical": signal.Critical, "page": signal.Critical, "high": signal.High, "Error": signal.High, "warning": signal.Medium, "": signal.Medium, "strange": signal.Medium, "low": signal.Low, "info": signal.Info, "none": signal.Info} {
		if got := severityOf(word); got != want {
			t.Errorf("severity %q is %v, want %v", word, got, want)
		}
	}
}
