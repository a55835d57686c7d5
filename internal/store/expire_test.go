package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

// TestExpireGoesByService keeps events of three services for different times: the store, the
// audit and what Expire says must agree, and nothing is written twice for one limit.
func TestExpireGoesByService(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	s, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w, e := s.Writer(WriterOptions{}), event.New()
	for day := range 20 {
		for i, service := range []string{"short", "long", "other", ""} {
			for _, source := range []string{"nginx", "sshd"} {
				e.Reset()
				e.Raw, e.Message = "x", fmt.Sprintf("%s %d", service, i)
				e.Service, e.Source, e.Time = service, source, now.AddDate(0, 0, -day).UnixNano()
				if err := w.Append(e); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := w.Commit(nil); err != nil {
		t.Fatal(err)
	}
	limits := func(at time.Time) Retention {
		ago := func(days int) int64 { return at.AddDate(0, 0, -days).Add(-time.Hour).UnixNano() }
		return Retention{
			Before: ago(10), Sources: map[string]int64{"sshd": ago(5)},
			Services: map[string]int64{"short": ago(2), "long": 0},
		}
	}
	count := func() map[string]int {
		got := map[string]int{}
		if r, err := s.Each(t.Context(), Search{}, func(e *event.Event) error { got[e.Source+"/"+e.Service]++; return nil }); err != nil || len(r.Problems) > 0 {
			t.Fatalf("%v %v", r.Problems, err)
		}
		return got
	}
	work := func(at time.Time) (read, written int) {
		r := limits(at)
		if err := s.Remove(s.Plan(r)); err != nil {
			t.Fatal(err)
		}
		for {
			done, err := s.Expire(t.Context(), r, at)
			if err != nil {
				t.Fatal(err)
			}
			read, written = read+done.Read, written+done.Written+done.Removed
			if done.Read == 0 {
				return read, written
			}
		}
	}
	work(now)
	want := map[string]int{ // today is day 0
		"nginx/short": 3, "sshd/short": 3, "nginx/long": 20, "sshd/long": 20,
		"nginx/other": 11, "sshd/other": 6, "nginx/": 11, "sshd/": 6,
	}
	if diff := cmp.Diff(want, count()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if read, written := work(now.Add(time.Minute)); read+written > 0 {
		t.Errorf("the same limits made work again: %d %d", read, written)
	}
	work(now.AddDate(0, 0, 1))
	want["nginx/short"], want["sshd/short"], want["nginx/other"], want["nginx/"], want["sshd/other"], want["sshd/"] = 2, 2, 10, 10, 5, 5
	if diff := cmp.Diff(want, count()); diff != "" {
		t.Errorf("a day later (-want +got):\n%s", diff)
	}
	audit, err := os.ReadFile(filepath.Join(dir, auditName))
	if err != nil || !bytes.Contains(audit, []byte(`"action":"expire","actor":"retention"`)) {
		t.Errorf("%s %v", audit, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Create(dir); err != nil || len(s.Problems()) > 0 {
		t.Fatalf("%v %v", s.Problems(), err)
	}
	if _, written := work(now.AddDate(0, 0, 1)); written > 0 {
		t.Errorf("%d parts were written anew after a restart", written)
	}
	if diff := cmp.Diff(want, count()); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	// Without a service that stays, all goes, also parts of it alone.
	if err := s.Remove(s.Plan(Retention{Before: now.AddDate(0, 0, 1).UnixNano()})); err != nil || len(s.Parts()) > 0 {
		t.Errorf("%d parts are left, error %v", len(s.Parts()), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
