package shelf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/rule"
)

func opened(t *testing.T) (*Shelf, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "rules")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// TestEditions: what is written is there after a restart, with what was before; what is
// undone, or taken away, is not.
func TestEditions(t *testing.T) {
	s, dir := opened(t)
	at := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
	put := func(e Edition) (undo func() error) {
		t.Helper()
		undo, err := s.Put("My.Rule:1", &e)
		if err != nil {
			t.Fatal(err)
		}
		return undo
	}
	is := func(text string, there bool, versions ...int64) {
		t.Helper()
		got, ok, err := s.Text("My.Rule:1")
		list, err2 := s.Editions("My.Rule:1")
		if err != nil || err2 != nil || got != text || ok != there || len(list) != len(versions) {
			t.Fatalf("%q %v with %d editions, errors %v, %v", got, ok, len(list), err, err2)
		}
		for i, v := range versions {
			if list[i].Version != v {
				t.Errorf("edition %d has the version %d, want %d", i, list[i].Version, v)
			}
		}
	}
	is("", false)
	if err := put(Edition{Text: "a", By: "mika", At: at})(); err != nil {
		t.Fatal(err)
	}
	is("", false)
	put(Edition{Text: "b", By: "mika", At: at})
	is("b", true, 1)
	if err := put(Edition{Text: "c", By: "mika", At: at})(); err != nil {
		t.Fatal(err)
	}
	is("b", true, 1)
	undo := put(Edition{Removed: true, By: "mika", At: at})
	is("", false, 1, 2)
	if err := undo(); err != nil {
		t.Fatal(err)
	}
	is("b", true, 1)
	var err error
	if s, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	put(Edition{Text: "d", By: "ken", At: at})
	is("d", true, 1, 2)
	for range MaxEditions {
		put(Edition{Text: "e", By: "ken", At: at})
	}
	list, err := s.Editions("My.Rule:1")
	if err != nil || len(list) != MaxEditions || list[MaxEditions-1].Version != MaxEditions+2 {
		t.Errorf("%d editions, error %v", len(list), err)
	}
	if _, err := s.Put("other", &Edition{Removed: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("took away what is not there: %v", err)
	}
	if list, _ := s.Editions("other"); len(list) != 0 {
		t.Errorf("and remembers it: %v", list)
	}
}

// TestPathStaysInside: no id names a file elsewhere, nor that of another id.
func TestPathStaysInside(t *testing.T) {
	s, dir := opened(t)
	seen := map[string]string{}
	for _, id := range []string{"a", "A", ".", "..", "../a", "a/b", `a\b`, "%61", "a.b", ".a", "con:", "ä", "\x00", "a_test", "sigma:0d894093-71bc-43c3-8c4d-ecfc28dcf5d9"} {
		path := strings.ToLower(s.Path(id))
		if filepath.Dir(path) != strings.ToLower(Current(dir)) || strings.ContainsAny(filepath.Base(path), `\:`+"\x00") || filepath.Base(path)[0] == '.' {
			t.Errorf("%q is at %s", id, path)
		}
		if other, ok := seen[path]; ok {
			t.Errorf("%q and %q are both at %s", id, other, path)
		}
		seen[path] = id
		if !rule.IsRuleFile(path) {
			t.Errorf("%q is not read from %s", id, path)
		}
	}
}

func TestModes(t *testing.T) {
	s, dir := opened(t)
	r := &rule.Rule{ID: "one", Enabled: true}
	apply := func(want string) {
		t.Helper()
		modes, err := ReadModes(dir)
		if err != nil {
			t.Fatal(err)
		}
		one := *r
		if modes.Apply(&one); Of(&one) != want {
			t.Errorf("it runs as %s, want %s", Of(&one), want)
		}
	}
	apply(Enabled)
	for _, name := range []string{Simulated, Disabled, Enabled, Simulated} {
		if _, err := s.Switch("one", Mode{Mode: name, Reason: "noisy", By: "mika"}); err != nil {
			t.Fatal(err)
		}
		apply(name)
	}
	undo, err := s.Switch("one", Mode{Mode: Disabled})
	if err != nil || undo() != nil {
		t.Fatal(err)
	}
	apply(Simulated)
	if _, err := s.Switch("one", Mode{Mode: "simulated"}); err == nil || !strings.Contains(err.Error(), `did you mean "simulate"?`) {
		t.Errorf("error %v", err)
	}
	for _, text := range []string{"{", `{"one":{"mode":"off"}}`} {
		if err := os.WriteFile(filepath.Join(dir, "modes.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadModes(dir); err == nil || !strings.Contains(err.Error(), "modes.json") {
			t.Errorf("%s: error %v", text, err)
		}
	}
}
