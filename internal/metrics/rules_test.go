package metrics

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

const downRule = `
groups:
  - name: test
    interval: 30s
    rules:
      - record: job:up:min
        expr: min by (job) (up)
      - alert: Down
        expr: job:up:min == 0
        for: 2m
        keep_firing_for: 5m
        labels: {severity: high, team: "{{ $labels.job }}s"}
        annotations:
          summary: '{{ $labels.job }} is down ({{ $value | printf "%.1f" }})'
`

func TestARuleMakesASignal(t *testing.T) {
	h := build(t, t.TempDir(), downRule, nil)
	group := h.groups()[0]
	var changes []string
	for i := range 40 { // 20 minutes: down from the first to the eighth
		after := time.Duration(i) * 30 * time.Second
		up := 1.0
		if after >= time.Minute && after < 8*time.Minute {
			up = 0
		}
		h.add(after, up, "__name__", "up", "job", "db", "instance", "db:1")
		h.move(start.Add(after))
		group.Eval(t.Context(), start.Add(after))
		if i == 1 {
			for _, r := range group.AlertingRules() {
				r.SetRestored(true) // as Run does
			}
		}
		for _, f := range h.told() {
			if f.Change == signal.Opened || f.Change == signal.Closed {
				changes = append(changes, f.Change.String()+" "+after.String()+" "+f.Signal.Severity.String()+" "+f.Signal.Title)
			}
			if f.Signal.FirstSeen != start.Add(time.Minute).UnixNano() {
				t.Errorf("first seen %s", time.Unix(0, f.Signal.FirstSeen).UTC())
			}
		}
	}
	want := "opened 3m0s high db is down (0.0)\nclosed 13m0s high db is down (0.0)"
	if got := strings.Join(changes, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTheTimeOfARuleGoesOnAfterAStart(t *testing.T) {
	dir := t.TempDir()
	step := func(h *house, from, to int) {
		group := h.groups()[0]
		for i := from; i < to; i++ {
			after := time.Duration(i) * 30 * time.Second
			h.add(after, 0, "__name__", "up", "job", "db")
			h.move(start.Add(after))
			group.Eval(t.Context(), start.Add(after))
			if i == from+1 {
				group.RestoreForState(start.Add(after))
			}
		}
	}
	before := build(t, dir, downRule, nil)
	step(before, 0, 4) // holds for a minute and a half
	if all := before.told(); len(all) != 0 {
		t.Fatalf("told %+v before its two minutes", all)
	}
	if err := before.db.Close(); err != nil { // and no more is written
		t.Fatal(err)
	}
	before.db = nil
	after := build(t, dir, downRule, nil)
	step(after, 5, 8)
	all := after.told()
	if len(all) == 0 || all[0].Change != signal.Opened {
		t.Fatalf("told %+v, want that it opened: it held for a minute and a half before the start", all)
	}
}

func TestRulesAreReadAnew(t *testing.T) {
	h := build(t, t.TempDir(), downRule, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	eventually(t, "the rules", func() bool { return len(h.manager.RuleGroups()) == 1 })
	next := *h.cfg()
	name := filepath.Join(t.TempDir(), "more.yaml")
	next.RuleFiles = append(next.RuleFiles, name)
	if _, err := h.Prepare(&next); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("got %v, want that the file is not there", err)
	}
	if err := os.WriteFile(name, []byte("groups: [{name: more, rules: [{alert: A, expr: 'up =='}]}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Prepare(&next); err == nil || !strings.Contains(err.Error(), "parse error") {
		t.Errorf("got %v, want that the expression is wrong", err)
	}
	if err := os.WriteFile(name, []byte("groups: [{name: more, rules: [{alert: A, expr: up == 0}]}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	use, err := h.Prepare(&next)
	if err != nil {
		t.Fatal(err)
	}
	use(t.Context())
	if got := len(h.manager.RuleGroups()); got != 2 {
		t.Errorf("%d groups, want 2", got)
	}
}
