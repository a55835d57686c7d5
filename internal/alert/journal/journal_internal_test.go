package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func replayed(t *testing.T, dir string) (frames []string, j *Journal) {
	t.Helper()
	j, err := Open(dir, "x", func(frame []byte) error { frames = append(frames, string(frame)); return nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return frames, j
}

func TestJournalSurvives(t *testing.T) {
	dir := t.TempDir()
	_, j := replayed(t, dir)
	for _, text := range []string{"one", "", "three"} {
		if err := j.Append([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	// It is not closed: what was appended is there after kill -9.
	got, _ := replayed(t, dir)
	if diff := cmp.Diff([]string{"one", "", "three"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestJournalCutsWhatBrokeOff cuts the file at every byte: all whole frames are read, and
// what is appended behind the cut is read too.
func TestJournalCutsWhatBrokeOff(t *testing.T) {
	whole := slices.Concat(appendFrame(nil, []byte("first")), appendFrame(nil, []byte("second")))
	one := len(appendFrame(nil, []byte("first")))
	for at := range whole {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x.0.log"), whole[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		want := []string{"first", "new"}
		if at < one {
			want = want[1:]
		}
		_, j := replayed(t, dir)
		if (len(j.Notes) > 0) != (at != 0 && at != one) {
			t.Errorf("cut at %d: notes %v", at, j.Notes)
		}
		if err := j.Append([]byte("new")); err != nil {
			t.Fatal(err)
		}
		got, _ := replayed(t, dir)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("cut at %d: %s", at, diff)
		}
	}
}

func TestJournalFindsAFlippedBit(t *testing.T) {
	whole := slices.Concat(appendFrame(nil, []byte("first")), appendFrame(nil, []byte("second")))
	for at := range whole {
		bad := bytes.Clone(whole)
		bad[at] ^= 4
		var got []string
		if _, err := scanFrames(bad, func(f []byte) error { got = append(got, string(f)); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) > 1 || len(got) == 1 && got[0] != "first" {
			t.Errorf("bit at %d: %q", at, got)
		}
	}
}

func TestJournalCompacts(t *testing.T) {
	dir := t.TempDir()
	_, j := replayed(t, dir)
	for range 100 {
		if err := j.Append([]byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	err := j.Compact(func() ([][]byte, error) {
		return [][]byte{[]byte("all of it")}, j.Append([]byte("meanwhile"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append([]byte("after")); err != nil {
		t.Fatal(err)
	}
	got, _ := replayed(t, dir)
	if diff := cmp.Diff([]string{"all of it", "meanwhile", "after"}, got); diff != "" {
		t.Error(diff)
	}
	names, err := filepath.Glob(filepath.Join(dir, "x.*"))
	if err != nil || len(names) != 2 {
		t.Errorf("files %v, %v", names, err)
	}
}

func FuzzScanFrames(f *testing.F) {
	f.Add(appendFrame(nil, []byte("first")))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		var again []byte
		n, err := scanFrames(data, func(frame []byte) error { again = appendFrame(again, frame); return nil })
		if err != nil || n > len(data) || !bytes.Equal(again, data[:n]) {
			t.Fatalf("read %d of %d bytes, %v", n, len(data), err)
		}
	})
}
