package store

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// TestLargeEventsAreJoinedOnce joins parts that are small on the disk and fill the memory:
// no fewer could be made of them, again and again.
func TestLargeEventsAreJoinedOnce(t *testing.T) {
	s, err := Create(filepath.Join(t.TempDir(), "logs"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, e := s.Writer(WriterOptions{Memory: 4 * defaultPartBytes}), event.New()
	e.Source, e.Time = "nginx", 1
	long := strings.Repeat("x", 1<<20)
	const each = 70
	for i := range fanIn * each {
		e.Message = fmt.Sprint(i, long)
		if err := w.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(nil); err != nil {
		t.Fatal(err)
	}
	if before := len(s.Parts()); before < fanIn {
		t.Fatalf("%d parts, too few for the test", before)
	}
	compacted(t, s, time.Unix(0, 0))
	if r, err := s.Count(t.Context(), Search{}); err != nil || r.Matched != fanIn*each {
		t.Errorf("%d events are left, error %v", r.Matched, err)
	}
}

// TestPartsAreReplacedOnce joins the same parts twice at the same time.
func TestPartsAreReplacedOnce(t *testing.T) {
	s := trickle(t, 1, slices.Repeat(generated(t, 1), fanIn))
	old := s.Parts()
	if _, err := s.replace(t.Context(), old, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.replace(t.Context(), old, nil); err == nil {
		t.Error("parts that are gone were replaced")
	}
	if n := len(all(t, s, Search{})); n != fanIn {
		t.Errorf("%d events are in the store, want %d", n, fanIn)
	}
	if n := len(files(t, s.dir, partSuffix)); n != len(s.Parts()) {
		t.Errorf("%d files of %d parts", n, len(s.Parts()))
	}
}

// TestAllAtOnce appends, joins and searches at the same time.
func TestAllAtOnce(t *testing.T) {
	s, err := Create(filepath.Join(t.TempDir(), "logs"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const commits, each = 40, 3
	var others sync.WaitGroup
	done := make(chan struct{})
	repeat := func(f func()) {
		others.Go(func() {
			for {
				f()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 2 { // one of them comes too late now and then
		repeat(func() { _, _ = s.Compact(t.Context(), time.Unix(0, 0)) })
	}
	last := int64(0)
	repeat(func() {
		r, err := s.Count(t.Context(), Search{})
		if err != nil || r.Matched < last || r.Matched%each != 0 || len(r.Problems) > 0 {
			t.Errorf("%d events behind %d; %v, error %v", r.Matched, last, r.Problems, err)
		}
		last = r.Matched
	})
	repeat(func() {
		other, err := Open(s.dir)
		if _, ok := errors.AsType[*MissingError](err); ok {
			return
		}
		if err != nil {
			t.Error(err)
			return
		}
		r, err := other.Count(t.Context(), Search{})
		if err = errors.Join(err, other.Close()); err != nil || r.Matched%each != 0 || len(r.Problems)+len(other.Problems()) > 0 {
			t.Errorf("another run finds %d events; %v %v, error %v", r.Matched, r.Problems, other.Problems(), err)
		}
	})
	w, e := s.Writer(WriterOptions{}), event.New()
	e.Source, e.Time = "nginx", 1
	for range commits {
		for range each {
			if err := w.Append(e); err != nil {
				t.Error(err)
			}
		}
		if err := w.Commit(map[string]uint64{"q": 1}); err != nil {
			t.Error(err)
		}
		if err := s.Sweep(time.Unix(0, 0), time.Hour); err != nil {
			t.Error(err)
		}
	}
	close(done)
	others.Wait()
	if n := len(all(t, s, Search{})); n != commits*each {
		t.Errorf("%d events are in the store, want %d", n, commits*each)
	}
	if n := len(files(t, s.dir, partSuffix)); n != len(s.Parts()) {
		t.Errorf("%d files of %d parts", n, len(s.Parts()))
	}
}

// TestDeletionGoesOnBehindDamage deletes from parts of which one cannot be written anew: it
// is damaged where the search does not look.
func TestDeletionGoesOnBehindDamage(t *testing.T) {
	e, noise := event.New(), make([]byte, 400_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // never fails
	e.Source, e.Time, e.Message = "nginx", 1, base64.StdEncoding.EncodeToString(noise)
	other := event.New()
	other.Source, other.Time, other.Status = "nginx", 1, "error"
	s := trickle(t, 2, slices.Repeat([]*event.Event{e, other}, 3))
	name := filepath.Join(s.dir, s.Parts()[0].Name)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data[200_000] ^= 1
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	q, err := query.Parse("status:error")
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.Delete(t.Context(), Search{Query: q}, AuditEntry{}, time.Now)
	if err != nil || done.Events != 2 || done.Parts != 2 || len(done.Problems) != 1 || len(s.Parts()) != 3 {
		t.Errorf("%+v, error %v, %d parts are left", done, err, len(s.Parts()))
	}
}

// TestRoomIsMadeOfWhatCountsNoMore looks for room while files wait to be removed: no
// events have to go before them.
func TestRoomIsMadeOfWhatCountsNoMore(t *testing.T) {
	s := trickle(t, 1, slices.Repeat(generated(t, 1), fanIn))
	if compacted(t, s, time.Unix(0, 0)) == 0 {
		t.Fatal("nothing was joined")
	}
	if err := s.Sweep(time.Now(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.MakeRoom(1, time.Now()); err != nil || len(files(t, s.dir, goneSuffix)) == 0 {
		t.Errorf("there is room, and files are removed that may be read still; error %v", err)
	}
	if _, err := s.MakeRoom(1<<62, time.Now()); err != nil || len(files(t, s.dir, goneSuffix)) > 0 {
		t.Errorf("files that count no more are left; error %v", err)
	}
}

// TestWhatCannotBeRemovedStays removes and joins parts while the manifest cannot be written.
func TestWhatCannotBeRemovedStays(t *testing.T) {
	s := trickle(t, 1, slices.Repeat(generated(t, 1), fanIn))
	if err := os.Mkdir(filepath.Join(s.dir, manifestName+newSuffix), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(s.Parts()); err == nil {
		t.Error("parts were removed")
	}
	if _, err := s.Compact(t.Context(), time.Unix(0, 0)); err == nil {
		t.Error("parts were joined")
	}
	if n := len(files(t, s.dir, partSuffix)); n != fanIn || len(s.Parts()) != fanIn || len(all(t, s, Search{})) != fanIn {
		t.Errorf("%d files, %d parts", n, len(s.Parts()))
	}
}
