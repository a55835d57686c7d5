package store

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

// allocated returns how many bytes a function takes, and gives back.
func allocated(use func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	use()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Whoever writes a log chooses keys: a long one must not be written once for every
// value below it.
func TestLongKeysAreNotRepeated(t *testing.T) {
	e := event.New()
	outer := e.NewObject()
	e.AddMember(e.Root(), strings.Repeat("k", 1<<18), outer)
	for i := range 2000 {
		v := event.IntValue(int64(i))
		switch i % 4 {
		case 0:
			v = e.NewArray()
		case 1:
			v = e.NewObject()
		}
		e.AddMember(outer, fmt.Sprint("m", i), v)
	}
	took := allocated(func() {
		s := stored(t, WriterOptions{}, e, e)
		for _, text := range all(t, s, Search{}) {
			if text != whole(e) {
				t.Error("the event came back as another")
			}
		}
	})
	if took > 100<<20 {
		t.Errorf("%d MiB for an event of 300 kB", took>>20)
	}
}

// Whoever writes a log chooses how many layouts there are: those that are too many are
// forgotten, and cost no more than that.
func TestLayoutsAreForgotten(t *testing.T) {
	var events []*event.Event
	add := func(format string, args ...any) { events = append(events, fromJSON(t, fmt.Sprintf(format, args...))) }
	long := strings.Repeat("長", 5000)
	for i := range 9000 {
		switch {
		case i%3 == 0:
			add(`{"a":{"b":%d,"c":{}},"d":"x"}`, i)
		case i < 8500:
			add(`{"a":{"b":%d,"鍵%d":{"x":true,"y":[1]}},"d":2}`, i, i)
		default:
			add(`{"a":{"b":%d,"%s%d":1},"d":2}`, i, long, i)
		}
	}
	b := newBuffer("2026-01-01", "nginx", false)
	for _, e := range events {
		b.append(e)
	}
	l := &b.layouts
	if n := len(l.steps); n > maxSteps || n < maxSteps/2 || len(l.known) != n-1 || l.keys > maxStepKeys {
		t.Errorf("%d steps of %d and %d bytes are known", len(l.known), n, l.keys)
	}
	keys := 0
	for known, at := range l.known {
		if s := &l.steps[at]; known[stepKey:] != s.key || known[stepKey-1] != s.kind {
			t.Errorf("the step %d is known as %q", at, known)
		}
		keys += len(known)
	}
	if keys != l.keys {
		t.Errorf("the keys have %d bytes instead of %d", keys, l.keys)
	}
	for i, text := range all(t, stored(t, WriterOptions{PartRows: 8000}, events...), Search{}) {
		if want := whole(events[i]); text != want {
			t.Fatalf("event %d came back as %s instead of %s", i, text, want)
		}
	}
}

// No event that a store takes may make the others of its part unreadable.
func TestLargestEventsComeBack(t *testing.T) {
	full := event.New()
	for i := 0; !full.Truncated(); i++ {
		full.AddMember(full.Root(), fmt.Sprint("k", i), event.IntValue(int64(i)))
	}
	list := event.New()
	items := list.NewArray()
	list.AddMember(list.Root(), "list", items)
	for !list.Truncated() {
		list.Append(items, event.StringValue("x"))
	}
	tagged := event.New()
	for i := range 2 * event.MaxNodes {
		tagged.Tags = append(tagged.Tags, fmt.Sprint("tag:", i))
	}
	deep := event.New()
	deep.Set(strings.Repeat("a.", 9000)+"z", event.IntValue(1))
	late := event.New()
	late.Time = math.MaxInt64
	events := []*event.Event{full, list, tagged, deep, late}
	s := stored(t, WriterOptions{}, events...)
	got := map[string]bool{}
	for _, text := range all(t, s, Search{}) {
		got[text] = true
	}
	for i, e := range events {
		if !got[whole(e)] {
			t.Errorf("event %d came back as another", i)
		}
	}
	if n := len(all(t, s, Search{Since: 1})); n != 1 {
		t.Errorf("%d events have a time, want 1", n)
	}
}

func TestTagsThatMakeNoSense(t *testing.T) {
	g := &group{part: &Part{Name: "x"}}
	f := func(text string, want ...string) {
		t.Helper()
		e := event.New()
		if err := g.tags(e, text); (err == nil) != (want != nil) || err == nil && !slices.Equal(e.Tags, want) {
			t.Errorf("%q: %q, %v", text, e.Tags, err)
		}
	}
	f(`["a"]`, "a")
	f(`["a","","\"]"]`, "a", "", `"]`)
	for _, text := range []string{"x", "[", "[]", "[1]", `["a"`, `["a",`, `["a",]`, `["a"]]`, `["a" "b"]`, `["a"],`, `"a"`, `[["a"]]`, `{"a":"b"}`} {
		f(text)
	}
}

func TestEventsWithoutATimeComeLast(t *testing.T) {
	early, untimed, late := event.New(), event.New(), event.New()
	early.Time, late.Time = -5, 5 // 1969
	untimed.Source = "other"
	for _, source := range []string{"", "other"} { // in one part with others, and in its own
		untimed.Source = source
		s := stored(t, WriterOptions{}, untimed, early, late)
		for limit := 1; limit <= 3; limit++ {
			found, _, err := s.Newest(t.Context(), Search{}, limit)
			if err != nil {
				t.Fatal(err)
			}
			var times []int64
			for _, e := range found {
				times = append(times, e.Time)
			}
			if want := []int64{5, -5, 0}[:limit]; !slices.Equal(times, want) {
				t.Errorf("times %v, want %v", times, want)
			}
		}
	}
}

func TestWhatIsOldCountsForTheSize(t *testing.T) {
	s := &Store{parts: []Part{
		{Name: "untimed", Rows: 1, Untimed: 1, Bytes: 10},
		{Name: "1969", Rows: 1, First: -9, Last: -9, Bytes: 10},
		{Name: "old", Rows: 1, First: 5, Last: 5, Bytes: 100},
		{Name: "new", Rows: 1, First: 50, Last: 50, Bytes: 10},
	}}
	f := func(r Retention, want ...string) {
		t.Helper()
		var got []string
		for _, p := range s.Plan(r) {
			got = append(got, p.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v takes %q, want %q", r, got, want)
		}
	}
	f(Retention{})
	f(Retention{Before: 50}, "1969", "old")
	f(Retention{Before: 6, MaxBytes: 20}, "1969", "old")
	f(Retention{MaxBytes: 120}, "untimed")
	f(Retention{MaxBytes: 115}, "untimed", "1969")
	f(Retention{Before: 6, MaxBytes: 10}, "untimed", "1969", "old")
}
