package quiet

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var monday = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

// usual lets a desk see an ordinary day: a rule every ten minutes at one host.
func usual(d *Desk, days int) (now time.Time, told []Group) {
	now = monday
	for range days * 24 * 6 {
		told = append(told, d.Due(now)...)
		d.Observe(Alert{At: now, Rule: "web error", Entity: "www"})
		now = now.Add(10*time.Minute + time.Second)
	}
	return now, told
}

func TestDeskLearnsWhatIsUsual(t *testing.T) {
	_, told := usual(NewDesk(45), 3)
	for _, g := range told {
		if !g.Digest {
			t.Errorf("told what happens all the time: %+v", g)
		}
	}
	if len(told) != 2 && len(told) != 3 {
		t.Errorf("%d digests", len(told))
	}
	if reason := told[0].Reason(); !strings.Contains(reason, "were not told one by one") || told[0].Alerts < 100 {
		t.Errorf("%s, %d", reason, told[0].Alerts)
	}
}

func TestDeskTellsWhatIsNewAsOne(t *testing.T) {
	d := NewDesk(45)
	now, _ := usual(d, 3)
	for i, rule := range []string{"scan", "forbidden file", "web error", "scan", "scan"} {
		d.Observe(Alert{ID: fmt.Sprint(i), At: now.Add(time.Duration(i) * time.Second), Rule: rule, Entity: "www"})
	}
	d.Observe(Alert{ID: "9", At: now.Add(10 * time.Second), Rule: "scan", Entity: "db"})
	var groups []Group
	for _, g := range d.Due(now.Add(2 * time.Minute)) {
		if !g.Digest {
			groups = append(groups, g)
		}
	}
	want := []Group{
		{Entity: "www", Alerts: 4, Rules: []GroupRule{
			{Rule: "forbidden file", Alerts: 1, News: true, First: []string{"1"}}, {Rule: "scan", Alerts: 3, News: true, First: []string{"0", "3", "4"}},
		}},
		{Entity: "db", Alerts: 1, Rules: []GroupRule{{Rule: "scan", Alerts: 1, News: true, First: []string{"9"}}}},
	}
	byName := cmpopts.SortSlices(func(a, b GroupRule) bool { return a.Rule < b.Rule })
	if diff := cmp.Diff(want, groups, cmpopts.IgnoreFields(Group{}, "At", "Surprise", "Unrest"), cmpopts.IgnoreFields(GroupRule{}, "Surprise"), byName); diff != "" {
		t.Error(diff)
	}
	if reason := groups[0].Reason(); !strings.HasPrefix(reason, "new here: ") {
		t.Error(reason)
	}
}

// TestDeskKeepsToItsBudget gives a desk something new every minute at a host of its own.
func TestDeskKeepsToItsBudget(t *testing.T) {
	d := NewDesk(20)
	told := 0
	for i := range 5 * 24 * 60 {
		now := monday.Add(time.Duration(i) * time.Minute)
		told += len(d.Due(now))
		d.Observe(Alert{At: now, Rule: fmt.Sprint("rule ", i), Entity: fmt.Sprint("host ", i)})
	}
	if told < 50 || told > 5*21 {
		t.Errorf("told %d in five days", told)
	}
	if len(d.Entities) > maxDeskEntities {
		t.Errorf("%d entities", len(d.Entities))
	}
}

// TestDeskIsTheSameAfterARestart writes a desk down in the middle, and reads it.
func TestDeskIsTheSameAfterARestart(t *testing.T) {
	one := NewDesk(45)
	now, _ := usual(one, 2)
	text, err := json.Marshal(one)
	if err != nil {
		t.Fatal(err)
	}
	var two Desk
	if err := json.Unmarshal(text, &two); err != nil {
		t.Fatal(err)
	}
	two.Wake()
	for _, d := range []*Desk{one, &two} {
		d.Observe(Alert{ID: "1", At: now, Rule: "scan", Entity: "www"})
	}
	if diff := cmp.Diff(one.Due(now.Add(time.Hour)), two.Due(now.Add(time.Hour))); diff != "" {
		t.Error(diff)
	}
}
