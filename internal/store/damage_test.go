package store

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// small returns a store of three parts with generated events, and the folder.
func small(tb testing.TB) (s *Store, events []*event.Event) {
	tb.Helper()
	r := generator{rand.New(rand.NewPCG(3, 9))}
	for range 60 {
		e := r.event(tb)
		e.Source = "nginx"
		e.Time = 1_760_000_000_000_000_000
		events = append(events, e)
	}
	return stored(tb, WriterOptions{PartRows: 20, GroupRows: 10}, events...), events
}

func TestDamageIsReportedAndNeverRead(t *testing.T) {
	s, events := small(t)
	name := filepath.Join(s.dir, s.Parts()[1].Name)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, e := range events {
		known[whole(e)] = true
	}
	random := rand.New(rand.NewPCG(5, 5))
	for range 60 {
		bad := slices.Clone(good)
		at := random.IntN(len(bad))
		bad[at] ^= byte(1 + random.IntN(255))
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		found := 0
		result, err := s.Each(t.Context(), Search{}, func(e *event.Event) error {
			if found++; !known[whole(e)] {
				t.Errorf("byte %d: an event that nobody stored: %s", at, whole(e))
			}
			return nil
		})
		if err != nil || found != 40 || len(result.Problems) == 0 {
			t.Fatalf("byte %d: %d events, problems %v, error %v", at, found, result.Problems, err)
		}
		damaged := 0
		err = s.Verify(t.Context(), func(p Part, err error) error {
			if _, ok := errors.AsType[*DamageError](err); ok && p.Name == s.Parts()[1].Name {
				damaged++
			} else if err != nil {
				t.Error(err)
			}
			return nil
		})
		if err != nil || damaged != 1 {
			t.Fatalf("byte %d: %d parts are damaged, error %v", at, damaged, err)
		}
	}
}

func TestCutPartsAreLeftOut(t *testing.T) {
	s, _ := small(t)
	cut, gone := s.Parts()[0].Name, s.Parts()[2].Name
	if err := os.Truncate(filepath.Join(s.dir, cut), 100); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(s.dir, gone)); err != nil {
		t.Fatal(err)
	}
	reader := reopened(t, s.dir)
	if n := len(all(t, reader, Search{})); n != 20 || len(reader.Problems()) != 2 {
		t.Errorf("%d events, problems %v", n, reader.Problems())
	}
	w, err := Edit(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Parts()) != 1 || len(w.Problems()) != 2 {
		t.Errorf("parts %v, problems %v", w.Parts(), w.Problems())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, asideName, strings.ReplaceAll(cut, "/", "_"))); err != nil {
		t.Error(err)
	}
	if again := reopened(t, s.dir); len(again.Parts()) != 1 || len(again.Problems()) != 0 {
		t.Errorf("then parts %v, problems %v", again.Parts(), again.Problems())
	}
}

func TestHalfALineOfTheManifestIsLeftOut(t *testing.T) {
	s, _ := small(t)
	name := filepath.Join(s.dir, manifestName)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{string(good) + "12345678 {\"add\"", string(good) + string(good[:len(good)/2]), string(good) + "\n\x00\xff\n"} {
		if err := os.WriteFile(name, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		reader := reopened(t, s.dir)
		if len(reader.Parts()) != 3 || len(reader.Problems()) == 0 {
			t.Errorf("%q: %d parts, problems %v", bad[len(good):], len(reader.Parts()), reader.Problems())
		}
	}
	w, err := Edit(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if again := reopened(t, s.dir); len(again.Parts()) != 3 || len(again.Problems()) != 0 {
		t.Errorf("the next run leaves %d parts, problems %v", len(again.Parts()), again.Problems())
	}
}

func TestRetentionTakesTheOldestParts(t *testing.T) {
	var events []*event.Event
	for day := range 5 {
		e := event.New()
		e.Source, e.Time = "nginx", (int64(day)+1)*86400e9
		events = append(events, e)
	}
	untimed := event.New()
	untimed.Source = "nginx"
	s := stored(t, WriterOptions{}, append(events, untimed)...)
	dir := s.dir
	edit := func(r Retention, want int) {
		t.Helper()
		w, err := Edit(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if err := w.Remove(w.Plan(r)); err != nil {
			t.Fatal(err)
		}
		if n := len(all(t, w, Search{})); n != want || len(w.Problems()) > 0 {
			t.Errorf("%+v leaves %d events, want %d; %v", r, n, want, w.Problems())
		}
		if n := len(all(t, reopened(t, dir), Search{})); n != want {
			t.Errorf("%+v leaves %d events for the next run, want %d", r, n, want)
		}
	}
	edit(Retention{}, 6)
	edit(Retention{Before: 3 * 86400e9}, 4)
	edit(Retention{MaxBytes: 2*s.Parts()[1].Bytes + 100}, 2)
	edit(Retention{MaxBytes: 1}, 0)
	if left, _ := filepath.Glob(filepath.Join(dir, "day=*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// FuzzDamagedPart reads parts with checksums that fit the damage: whatever a reader of
// Parquet may do with such bytes, the store reports it.
func FuzzDamagedPart(f *testing.F) {
	events := make([]*event.Event, 0, 4)
	for _, text := range []string{`{"a":1,"b":"x","c":[1,{"k":null}]}`, `{"a":"s","d":2.5,"e":true}`, `{"http":{"status_code":200}}`} {
		events = append(events, fromJSON(f, text))
	}
	b := newBuffer("2026-01-01", "nginx", false)
	for _, e := range events {
		b.append(e)
	}
	good, err := b.file(2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte(""), false)
	f.Add(uint32(len(good)-100), []byte("\x7f\xff\xff"), false)
	f.Add(uint32(100), []byte("\x00\x80\xff\xff\x0f"), true)
	q, err := query.Parse(`@a:>0 OR @http.status_code:200 OR *:x`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at uint32, bytes []byte, cut bool) {
		data := slices.Clone(good)
		at %= uint32(len(data))
		n := copy(data[at:], bytes)
		if cut {
			data = data[:int(at)+n]
		}
		if len(data) == 0 {
			return
		}
		dir := t.TempDir()
		p := Part{
			Name: "day=2026-01-01/source=nginx/part-00000001.parquet", Source: "nginx",
			Rows: 3, Untimed: 3, Bytes: int64(len(data)), Sums: sums(data),
		}
		line, err := (&change{Add: []Part{p}}).appendLine(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, p.Name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(filepath.Join(dir, p.Name), data, 0o600), os.WriteFile(filepath.Join(dir, manifestName), line, 0o600)); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		rows := 0
		_, err = s.Each(t.Context(), Search{Query: q}, func(*event.Event) error { rows++; return nil })
		if err != nil || rows > 3 {
			t.Errorf("%d events, error %v", rows, err)
		}
	})
}
