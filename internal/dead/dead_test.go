package dead_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/queue/record"
)

func letter(stage dead.Stage, tries int, texts ...string) *dead.Letter {
	l := &dead.Letter{Head: dead.Head{Stage: stage, Tries: tries, Error: "why", Time: time.Unix(1e9, 0).UTC()}}
	for i, text := range texts {
		l.Records = append(l.Records, dead.Of(&record.Record{Text: text, Source: "nginx", Tags: []string{"a:b"}, Received: int64(i)}))
	}
	return l
}

func open(t *testing.T, dir string, most int64) *dead.Box {
	t.Helper()
	b, err := dead.Open(dir, most)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLetters sets letters aside, reads them in another run, and drops one.
func TestLetters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dead")
	b := open(t, dir, 0)
	first, again := letter(dead.Store, 0, "one", "br\xffoken"), letter(dead.Store, 1, "one", "br\xffoken")
	again.Time = again.Time.Add(time.Second)
	for _, l := range []*dead.Letter{again, first, letter(dead.Store, 0, "one", "br\xffoken")} {
		if err := b.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "x.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir, 0)
	if diff := cmp.Diff([]dead.Head{first.Head, again.Head}, b.List()); diff != "" || len(b.Problems()) != 1 {
		t.Errorf("problems %q, letters (-want +got):\n%s", b.Problems(), diff)
	}
	got, err := b.Get(first.ID)
	if err != nil || got.Lines != 2 || got.Source != "nginx" {
		t.Fatalf("%+v, %v", got, err)
	}
	want := record.Record{Text: "br\xffoken", Source: "nginx", Tags: []string{"a:b"}, Received: 1}
	if diff := cmp.Diff(want, got.Records[1].Record()); diff != "" {
		t.Errorf("a record (-want +got):\n%s", diff)
	}
	if err := b.Drop(first.ID); err != nil {
		t.Error(err)
	}
	for _, id := range []string{first.ID, "x", "../x", ""} {
		if _, err := b.Get(id); !errors.Is(err, dead.ErrNone) || !errors.Is(b.Drop(id), dead.ErrNone) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if n, bytes := open(t, dir, 0).Size(); n != 1 || bytes != again.Bytes {
		t.Errorf("%d letters of %d bytes", n, bytes)
	}
}

func TestLettersHaveALimit(t *testing.T) {
	b := open(t, t.TempDir(), 1000)
	for i := range 3 {
		err := b.Add(letter(dead.Parse, 0, strings.Repeat(string(rune('a'+i)), 200)))
		if errors.Is(err, dead.ErrFull) != (i == 2) || i < 2 && err != nil {
			t.Errorf("letter %d: %v", i, err)
		}
	}
	if err := b.Drop(b.List()[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := b.Add(letter(dead.Parse, 0, strings.Repeat("c", 200))); err != nil {
		t.Errorf("there is room: %v", err)
	}
}
