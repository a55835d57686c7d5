package app

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/source"
)

// watchedLists are two lists that a content watches.
type watchedLists struct {
	dir, a, b string
	content   *Content
	watch     *ThreatWatch
	warned    chan string
}

func watchLists(t *testing.T, a, b string) *watchedLists {
	t.Helper()
	dir := t.TempDir()
	w := &watchedLists{dir: dir, a: filepath.Join(dir, "a.txt"), b: filepath.Join(dir, "b.txt"), warned: make(chan string, 100)}
	writeList(t, w.a, a)
	writeList(t, w.b, b)
	writeList(t, filepath.Join(dir, feedsFile), `feeds:
  - {id: a, file: a.txt, category: brute_force, maxAge: 1d, enabled: true}
  - {id: b, file: b.txt, category: tor, maxAge: 10d, enabled: true}
  - {id: never, url: "https://feeds.example.com/", category: tor, enabled: true}
  - {id: off, url: "https://feeds.example.com/", category: tor}
`)
	src := ThreatSources{Dir: dir, Watch: true, Now: time.Now()}
	var err error
	if w.content, err = LoadContent(Sources{Only: PipelinePart, Threats: src}); err != nil {
		t.Fatal(err)
	}
	w.watch = w.content.WatchThreats(t.Context(), src, WatchOptions{Now: time.Now, Every: time.Millisecond, Warn: func(text string) { w.warned <- text }})
	t.Cleanup(w.watch.Stop)
	return w
}

func writeList(t *testing.T, path, text string) {
	t.Helper()
	if err := atomicfile.Write(path, 0o600, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// TestBlocksMeetOneSet changes lists while blocks are parsed: the events of a block
// are marked by the same lists, all of them or none.
func TestBlocksMeetOneSet(t *testing.T) {
	const first, second = "203.0.113.1\n", "203.0.113.2\n"
	w := watchLists(t, first, second)
	in := Intake{Threats: w.watch}
	p := in.parser(w.content, false)
	m := p.machine()
	b := &batch{block: &source.Block{First: 1}}
	for i := range 200 {
		b.block.Lines = append(b.block.Lines, fmt.Sprintf("Mar  1 10:00:00 h sshd[1]: Failed password for root from 203.0.113.%d port 22 ssh2", 1+i%2))
	}
	// marks says how the lines of each address are marked.
	marks := func() (said [2]string) {
		t.Helper()
		m.block(b)
		for i, e := range b.events {
			var text strings.Builder
			if v, ok := e.Get(threat.AttrResults + ".additional_data.feed"); ok {
				text.Write(e.AppendJSON(nil, v))
			}
			if i < 2 {
				said[i] = text.String()
			} else if said[i%2] != text.String() {
				t.Fatalf("line %d of a block is marked %q, one before it %q", i, text.String(), said[i%2])
			}
		}
		return said
	}
	until := func(want [2]string) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); marks() != want; {
			if time.Now().After(deadline) {
				t.Fatalf("never %q, now %q", want, marks())
			}
		}
	}
	const onA, onB = `["a"]`, `["b"]`
	until([2]string{onA, onB})
	for range 5 {
		writeList(t, w.a, second)
		until([2]string{"", `["a","b"]`})
		writeList(t, w.b, first)
		until([2]string{onB, onA})
		writeList(t, w.a, first)
		writeList(t, w.b, second)
		until([2]string{onA, onB})
	}
}

func TestStateOfLists(t *testing.T) {
	w := watchLists(t, "203.0.113.1\n203.0.113.2\n", "203.0.113.2\n")
	state := func(now time.Time) report.ThreatLists {
		s := w.watch.State(now)
		s.Oldest = s.Oldest.Truncate(24 * time.Hour)
		return s
	}
	want := report.ThreatLists{Lists: 2, Entries: 3, Missing: []string{"never"}}
	if d := cmp.Diff(want, state(time.Now())); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	later := time.Now().Add(48*time.Hour + time.Minute)
	want.Oldest, want.Old = 48*time.Hour, []string{"a"}
	if d := cmp.Diff(want, state(later)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	writeList(t, w.b, "<html>")
	if text := <-w.warned; !strings.Contains(text, "a web page") {
		t.Errorf("warned of %s", text)
	}
	w.watch.Stop()
	want.Failed = []string{"b"}
	if d := cmp.Diff(want, state(later)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	w.watch.Tell(later)
	w.watch.Tell(later)
	close(w.warned)
	var texts []string
	for text := range w.warned {
		texts = append(texts, text)
	}
	if len(texts) != 1 || !strings.Contains(texts[0], "the threat list a is 2 days old, older than 24 hours") {
		t.Errorf("told at the end: %q", texts)
	}
	if feeds := w.watch.Feeds(); len(feeds) != 2 || feeds[1].Entries != 1 {
		t.Errorf("feeds %+v", feeds)
	}
}

// TestContentIsWatchedOnlyIfAsked makes sure that runs that end keep no list but the
// Set.
func TestContentIsWatchedOnlyIfAsked(t *testing.T) {
	w := watchLists(t, "203.0.113.1\n", "203.0.113.2\n")
	src := ThreatSources{Dir: w.dir, Watch: true, Now: time.Now()}
	if again := w.content.WatchThreats(t.Context(), src, WatchOptions{Now: time.Now}); again != nil {
		t.Error("a content is watched twice")
	}
	src.Watch = false
	c, err := LoadContent(Sources{Only: PipelinePart, Threats: src})
	if err != nil {
		t.Fatal(err)
	}
	if c.threats != nil || c.WatchThreats(t.Context(), src, WatchOptions{Now: time.Now}) != nil {
		t.Error("a content keeps its lists")
	}
}
