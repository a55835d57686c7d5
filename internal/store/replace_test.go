package store

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// files returns the files below the folder whose names have the suffix.
func files(tb testing.TB, dir, suffix string) []string {
	tb.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() && filepath.Ext(name) == suffix {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// trickle returns a store that is open for writing, into which the events came a few at
// a time.
func trickle(tb testing.TB, each int, events []*event.Event) *Store {
	tb.Helper()
	s, err := Create(filepath.Join(tb.TempDir(), "logs"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	w := s.Writer(WriterOptions{})
	for some := range slices.Chunk(events, each) {
		for _, e := range some {
			if err := w.Append(e); err != nil {
				tb.Fatal(err)
			}
		}
		if err := w.Commit(nil); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

func generated(tb testing.TB, n int) []*event.Event {
	tb.Helper()
	r := generator{rand.New(rand.NewPCG(5, 6))}
	events := make([]*event.Event, n)
	for i := range events {
		events[i] = r.event(tb)
	}
	return events
}

func sorted(texts []string) []string {
	slices.Sort(texts)
	return texts
}

// compacted joins parts until nothing is left to join, and returns how many times.
func compacted(tb testing.TB, s *Store, now time.Time) int {
	tb.Helper()
	for n := 0; ; n++ {
		done, err := s.Compact(tb.Context(), now)
		if err != nil {
			tb.Fatal(err)
		}
		if done == (Compaction{}) {
			return n
		}
		if done.Before <= done.After || n > 1000 {
			tb.Fatalf("%d parts became %d", done.Before, done.After)
		}
	}
}

func TestCompactionKeepsEveryEvent(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	s := trickle(t, 10, generated(t, 600))
	want, before := sorted(all(t, s, Search{})), len(s.Parts())
	early := reopened(t, s.dir)
	if compacted(t, s, time.Unix(0, 0)) == 0 || len(s.Parts()) > before/3 {
		t.Errorf("%d parts became %d", before, len(s.Parts()))
	}
	if got := sorted(all(t, s, Search{})); !slices.Equal(got, want) {
		t.Error("other events are in the store")
	}
	if got := sorted(all(t, early, Search{})); !slices.Equal(got, want) {
		t.Error("who began to read before finds other events")
	}
	if got := sorted(all(t, reopened(t, s.dir), Search{})); !slices.Equal(got, want) {
		t.Error("the next run finds other events")
	}
	if err := s.Sweep(time.Unix(0, 0), time.Hour); err != nil || len(files(t, s.dir, goneSuffix)) == 0 {
		t.Errorf("files that may be read still are removed; error %v", err)
	}
	if err := s.Sweep(time.Unix(0, 0), 0); err != nil || len(files(t, s.dir, goneSuffix)) > 0 || len(files(t, s.dir, partSuffix)) != len(s.Parts()) {
		t.Errorf("files that nobody wants are left; error %v", err)
	}
	result, err := early.Count(t.Context(), Search{})
	if err != nil || len(result.Problems) == 0 {
		t.Errorf("events that are gone are not reported: %+v, error %v", result, err)
	}
}

func TestAnEventIsJoinedAFewTimesOnly(t *testing.T) {
	s, err := Create(filepath.Join(t.TempDir(), "logs"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, e := s.Writer(WriterOptions{}), event.New()
	e.Source, e.Time = "nginx", 1
	const commits, each = 300, 100
	written := int64(0)
	for range commits {
		for range each {
			if err := w.Append(e); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Commit(nil); err != nil {
			t.Fatal(err)
		}
		for {
			done, err := s.Compact(t.Context(), time.Unix(0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if done == (Compaction{}) {
				break
			}
			written += done.Rows
		}
	}
	if n := len(s.Parts()); n > 3*fanIn || written > 3*commits*each {
		t.Errorf("%d parts are left; %d events were written anew, of %d", n, written, commits*each)
	}
	if r, err := s.Count(t.Context(), Search{}); err != nil || r.Matched != commits*each {
		t.Errorf("%d events are left, error %v", r.Matched, err)
	}
}

func TestWhatIsLeftOfADayIsJoined(t *testing.T) {
	e := event.New()
	e.Source, e.Time = "nginx", 86400e9
	s := trickle(t, 1, []*event.Event{e, e, e})
	day := time.Unix(86400, 0)
	if n := compacted(t, s, day); n != 0 {
		t.Error("a day that goes on is joined already")
	}
	if n := compacted(t, s, day.Add(48*time.Hour)); n != 0 {
		t.Error("parts that just came are joined already")
	}
	for _, p := range s.Parts() {
		long := day.Add(time.Hour)
		if err := os.Chtimes(filepath.Join(s.dir, p.Name), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if n := compacted(t, s, day.Add(48*time.Hour)); n != 1 || len(s.Parts()) != 1 {
		t.Errorf("joined %d times, %d parts are left", n, len(s.Parts()))
	}
}

func TestABrokenReplacementIsUndone(t *testing.T) {
	s := trickle(t, 2, generated(t, 40))
	want, dir := sorted(all(t, s, Search{})), s.dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Killed behind the renames, before the manifest was written; and long before that,
	// before Sweep.
	for i, name := range files(t, dir, partSuffix) {
		name = filepath.Join(dir, name)
		if i%2 == 0 {
			if err := os.Rename(name, name+goneSuffix); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(name+goneSuffix, []byte("of an older part"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := sorted(all(t, reopened(t, dir), Search{})); !slices.Equal(got, want) {
		t.Error("events are missing for who only reads")
	}
	s, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := sorted(all(t, s, Search{})); !slices.Equal(got, want) || len(s.Problems()) > 0 {
		t.Errorf("events are missing; %v", s.Problems())
	}
	if left := files(t, dir, goneSuffix); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestPartsThatCannotBeReadAreNotJoined(t *testing.T) {
	e := event.New()
	e.Source, e.Time = "nginx", 1
	s := trickle(t, 1, slices.Repeat([]*event.Event{e}, fanIn))
	name := filepath.Join(s.dir, s.Parts()[3].Name)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data[20] ^= 1
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Compact(t.Context(), time.Unix(0, 0)); err == nil {
		t.Error("a damaged part was joined")
	}
	if _, err := s.Compact(t.Context(), time.Unix(0, 0)); err != nil {
		t.Errorf("it is tried again and again: %v", err)
	}
	if n := len(files(t, s.dir, partSuffix)); n != fanIn || len(s.Parts()) != fanIn {
		t.Errorf("%d files, %d parts", n, len(s.Parts()))
	}
}

func TestDeletionTakesWhatTheSearchWants(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	r := generator{rand.New(rand.NewPCG(7, 8))}
	for asked := 0; asked < 10; {
		q, err := query.Parse(r.query(2))
		if err != nil {
			continue // the language has no ranges of everything
		}
		asked++
		events := make([]*event.Event, 60)
		for i := range events {
			events[i] = r.event(t)
		}
		s := trickle(t, 9, events)
		var want []string
		for _, e := range events {
			if !q.Match(e) {
				want = append(want, whole(e))
			}
		}
		done, err := s.Delete(t.Context(), Search{Query: q}, AuditEntry{Actor: "tester", Search: q.String()}, time.Now)
		if err != nil || done.Events != int64(len(events)-len(want)) || len(done.Problems) > 0 {
			t.Errorf("%s: %+v of %d, error %v", q, done, len(events)-len(want), err)
		}
		if err := s.Sweep(time.Unix(0, 0), 0); err != nil {
			t.Fatal(err)
		}
		if got := sorted(all(t, reopened(t, s.dir), Search{})); !slices.Equal(got, sorted(want)) {
			t.Errorf("%s: %d events are left, want %d", q, len(got), len(want))
		}
		if n := len(files(t, s.dir, partSuffix)); n != len(s.Parts()) {
			t.Errorf("%s: %d files of %d parts: what was deleted is on the disk", q, n, len(s.Parts()))
		}
		audited(t, s, done)
	}
}

// audited looks for both entries of a deletion.
func audited(t *testing.T, s *Store, done Deletion) {
	t.Helper()
	f, err := os.Open(filepath.Join(s.dir, auditName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var entries []AuditEntry
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var one AuditEntry
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, one)
	}
	if len(entries) != 2 || entries[0].Outcome != "begun" || entries[1].Outcome != "done" ||
		entries[1].Actor != "tester" || entries[1].Events != done.Events || entries[1].Parts != done.Parts || entries[1].Time.IsZero() {
		t.Errorf("the audit trail says %+v", entries)
	}
}

func TestWhatCannotBeWrittenWaits(t *testing.T) {
	s, err := Create(filepath.Join(t.TempDir(), "logs"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := event.New()
	e.Source, e.Time = "nginx", 1
	inTheWay := filepath.Join(s.dir, "day=1970-01-01")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := s.Writer(WriterOptions{})
	if err := w.Append(e); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(map[string]uint64{"q": 1}); err == nil || len(s.Positions()) > 0 {
		t.Fatalf("nothing is wrong with a folder that cannot be made; positions %v", s.Positions())
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(map[string]uint64{"q": 2}); err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, s, Search{})); n != 1 || s.Positions()["q"] != 2 {
		t.Errorf("%d events, positions %v", n, s.Positions())
	}
}
