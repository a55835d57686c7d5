package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

func TestFootersAreReadOnce(t *testing.T) {
	s, _ := small(t)
	first, err := s.Count(t.Context(), Search{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Count(t.Context(), Search{})
	if err != nil || first.Bytes == 0 || second.Bytes != 0 || second.Matched != 60 {
		t.Errorf("read %d and then %d bytes for %d events, error %v", first.Bytes, second.Bytes, second.Matched, err)
	}
	if len(s.outlines.all) != 3 || s.outlines.cost == 0 {
		t.Errorf("%d outlines, %d columns", len(s.outlines.all), s.outlines.cost)
	}
}

// A file that another took the place of is not the one whose footer is known.
func TestAnotherFileIsReadAnew(t *testing.T) {
	s, _ := small(t)
	if n := len(all(t, s, Search{})); n != 60 {
		t.Fatalf("%d events", n)
	}
	p := s.Parts()[1]
	name := filepath.Join(s.dir, p.Name)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-20] ^= 1 // in the footer, which no search would look at again
	for _, replace := range []func() error{
		func() error { return os.WriteFile(name, data, 0o600) },
		func() error { // with the time of the other
			return orErr(os.WriteFile(name+".x", data, 0o600), os.Chtimes(name+".x", time.Time{}, info.ModTime()), os.Rename(name+".x", name))
		},
	} {
		if err := replace(); err != nil {
			t.Fatal(err)
		}
		result, err := s.Count(t.Context(), Search{})
		if err != nil || result.Matched != 40 || len(result.Problems) != 1 || !strings.Contains(result.Problems[0].What, "checksum") {
			t.Errorf("%d events, problems %v, error %v", result.Matched, result.Problems, err)
		}
	}
}

func orErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestOutlinesGoWithTheirParts(t *testing.T) {
	s, _ := small(t)
	w, err := Edit(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	all(t, w, Search{})
	if err := w.Remove(w.Parts()[:2]); err != nil {
		t.Fatal(err)
	}
	if n := len(w.outlines.all); n != 1 {
		t.Errorf("%d outlines are kept of one part", n)
	}
}

func TestOutlinesAreBounded(t *testing.T) {
	var k outlines
	for i := range 1000 {
		k.keep(fmt.Sprint(i), &outline{cost: maxOutlines / 10})
		k.keep(fmt.Sprint(i), &outline{cost: maxOutlines / 10}) // by another search
	}
	if len(k.all) != 10 || k.cost > maxOutlines || k.all["999"] == nil {
		t.Errorf("%d outlines, %d columns", len(k.all), k.cost)
	}
	k.keep("large", &outline{cost: maxOutlines + 1})
	if k.all["large"] != nil || k.cost > maxOutlines {
		t.Errorf("%d columns", k.cost)
	}
}

// A footer that cannot be read is not kept, nor is what was half read.
func TestDamageIsNotKept(t *testing.T) {
	e := event.New()
	e.Message = "x"
	s := stored(t, WriterOptions{}, e)
	name := filepath.Join(s.dir, s.Parts()[0].Name)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte("X"), good[1:]...)
	for _, data := range [][]byte{bad, good, bad} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := s.Count(t.Context(), Search{})
		if damaged := data[0] == 'X'; err != nil || damaged != (len(result.Problems) == 1) || damaged == (result.Matched == 1) {
			t.Errorf("%+v, error %v", result, err)
		}
	}
}
