package store

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
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
	for range 30 {
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
		if err != nil || found != 40 || len(result.Problems) != 1 || !strings.Contains(result.Problems[0].What, "checksum") {
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

// A line that another run is writing is no damage. On a busy machine the line may come
// later than a reader waits for it, so there are several attempts.
func TestALineUnderWayIsWaitedFor(t *testing.T) {
	s, _ := small(t)
	name := filepath.Join(s.dir, manifestName)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	problems := []Problem{{}}
	for attempt := 0; len(problems) > 0 && attempt < 50; attempt++ {
		if err := errors.Join(os.WriteFile(name, good[:len(good)-20], 0o600), os.WriteFile(name+".whole", good, 0o600)); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			time.Sleep(5 * time.Millisecond) // the reader comes first
			done <- os.Rename(name+".whole", name)
		}()
		reader := reopened(t, s.dir)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if problems = reader.Problems(); len(problems) == 0 && len(reader.Parts()) != 3 {
			t.Fatalf("%d parts", len(reader.Parts()))
		}
	}
	if len(problems) > 0 {
		t.Errorf("problems %v", problems)
	}
}

func TestDamageInTheManifestTakesOnePart(t *testing.T) {
	s, _ := small(t)
	name := filepath.Join(s.dir, manifestName)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-30] ^= 1
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if again := reopened(t, s.dir); len(again.Parts()) != 2 || len(again.Problems()) != 1 {
		t.Errorf("%d parts, problems %v", len(again.Parts()), again.Problems())
	}
}

// A store whose manifest is lost is set aside; no run that breaks off later takes the
// place of what is there.
func TestWhatIsSetAsideStays(t *testing.T) {
	s, _ := small(t)
	for range 2 {
		if err := os.RemoveAll(filepath.Join(s.dir, manifestName)); err != nil {
			t.Fatal(err)
		}
		w, err := Create(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil { // and the next one begins with the first number
			t.Fatal(err)
		}
		if w, err = Create(s.dir); err != nil {
			t.Fatal(err)
		}
		into := w.Writer(WriterOptions{PartRows: 1})
		e := event.New()
		e.Source, e.Time = "nginx", 1_760_000_000_000_000_000
		if err := errors.Join(into.Append(e), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	last, err := Create(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	if aside, err := filepath.Glob(filepath.Join(s.dir, asideName, "*")); err != nil || len(aside) != 5 {
		t.Errorf("%d parts are set aside, want 5: %v, error %v", len(aside), aside, err)
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
		if err := w.Sweep(time.Unix(0, 0), 0); err != nil {
			t.Fatal(err)
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

// FuzzDamagedPart changes bytes of a part, cuts it and makes it longer: its events come
// back as they were, or it is reported.
func FuzzDamagedPart(f *testing.F) {
	b := newBuffer("2026-01-01", "nginx", false)
	var want []string
	for _, text := range []string{`{"a":1,"b":"x","c":[1,{"k":null}]}`, `{"a":"s","d":2.5,"e":true}`, `{"http":{"status_code":200}}`} {
		e := fromJSON(f, text)
		b.append(e)
		e.Source = "nginx"
		want = append(want, whole(e))
	}
	good, err := b.file(newMaker(), 2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte(""), uint8(0))
	f.Add(uint32(len(good)-100), []byte("\x7f\xff\xff"), uint8(0))
	f.Add(uint32(100), []byte("\x00\x80\xff\xff\x0f"), uint8(1))
	f.Add(uint32(len(good)-1), []byte("1PAR1"), uint8(2))
	f.Fuzz(func(t *testing.T, at uint32, bytes []byte, how uint8) {
		data := slices.Clone(good)
		at %= uint32(len(data))
		n := copy(data[at:], bytes)
		switch how % 3 {
		case 1:
			data = data[:int(at)+n]
		case 2:
			data = append(data, bytes[n:]...)
		}
		dir := t.TempDir()
		p := Part{
			Name: "day=2026-01-01/source=nginx/part-00000001.parquet", Source: "nginx",
			Rows: 3, Untimed: 3, Bytes: int64(len(good)), Sums: sums(good),
		}
		line, err := (&change{Add: []Part{p}}).line()
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
		var got []string
		result, err := s.Each(t.Context(), Search{}, func(e *event.Event) error {
			got = append(got, whole(e))
			return nil
		})
		reported := len(s.Problems()) + len(result.Problems)
		switch {
		case err != nil:
			t.Error(err)
		case slices.Equal(data, good) != (reported == 0), reported == 0 && !slices.Equal(got, want), reported > 0 && len(got) > 0:
			t.Errorf("%d problems, events %q", reported, got)
		}
	})
}

func FuzzManifestLine(f *testing.F) {
	c := change{Add: []Part{{Name: "day=2026-01-01/source=x/part-00000001.parquet", Rows: 1, Bytes: 9, Sums: []byte("1234")}}, Next: 2}
	line, err := c.line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(line[9:]))
	f.Add(`{"add":[{"name":"../../etc/passwd","rows":1,"bytes":1,"sums":"MTIzNA=="}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		sum := fmt.Sprintf("%08x ", crc32.Checksum([]byte(text), castagnoli()))
		c, err := parseLine([]byte(sum + text))
		if err != nil {
			return
		}
		for _, p := range c.Add {
			if !filepath.IsLocal(p.Name) {
				t.Errorf("a part outside of the store: %q", p.Name)
			}
		}
		if _, err := c.line(); err != nil {
			t.Error(err)
		}
	})
}

func FuzzShape(f *testing.F) {
	f.Add("1:as0:{3:b.ci}1:x{1:kn1:yx}", `{"a":[1],"b":2}`)
	f.Add("1:a{", `{`)
	f.Add("99999999999:a", `{"a"`)
	f.Fuzz(func(t *testing.T, text, more string) {
		layout, err := parseShape(text)
		if err != nil {
			return
		}
		e := event.New()
		g := &group{part: &Part{Name: "x"}}
		if err := g.build(e, 0, &plan{layout, make([]*vector, len(layout.leaves))}, more); err != nil {
			return
		}
		whole(e)
	})
}
