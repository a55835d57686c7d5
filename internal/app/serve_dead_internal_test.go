package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/signal"
)

// lettersIn returns the dead letters of a server.
func lettersIn(t *testing.T, dir string) (all []*dead.Letter) {
	t.Helper()
	box, err := dead.Open(filepath.Join(dir, "data", deadDir), 0)
	if err != nil || len(box.Problems()) > 0 {
		t.Fatal(err, box.Problems())
	}
	for _, head := range box.List() {
		l, err := box.Get(head.ID)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// poisoned is a writer of a log store that fails at events which hold a text.
type poisoned struct {
	storeWriter

	append, commit string
	held           bool // an event that Commit fails at
}

func (p *poisoned) Append(e *event.Event) error {
	if p.append != "" && strings.Contains(e.Raw, p.append) {
		panic("it cannot be appended")
	}
	p.held = p.held || p.commit != "" && strings.Contains(e.Raw, p.commit)
	return p.storeWriter.Append(e)
}

func (p *poisoned) Commit(positions map[string]uint64) error {
	if p.held {
		panic("it cannot be written")
	}
	return p.storeWriter.Commit(positions)
}

// poison makes the log store of a server fail at texts.
func poison(s *Server, atAppend, atCommit string) {
	begun := s.keeper.begun
	s.keeper.begun = func() storeWriter { return &poisoned{storeWriter: begun(), append: atAppend, commit: atCommit} }
	s.keeper.writer = s.keeper.begun()
}

// TestServeSurvivesTheStore fails in the log store at one batch among others, which must
// all be there, and then replays it: first in vain, then with a store that works.
func TestServeSurvivesTheStore(t *testing.T) {
	f := func(atAppend, atCommit string) {
		t.Helper()
		dir := t.TempDir()
		opts := serveOptions(dir)
		opts.Troubles = 10 * time.Millisecond
		opts.Config.Store.Flush, opts.Config.Store.MaxAge = 300*time.Millisecond, 0
		opts.Config.Files = []config.File{}
		s, err := NewServer(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		poison(s, atAppend, atCommit)
		for i := range 10 { // before detection begins: several batches wait in the store
			var records []record.Record
			for line := range strings.Lines(failures(i, i+1)) {
				records = append(records, record.Record{Text: strings.TrimSpace(line), Source: "sshd", Received: 1})
			}
			if err := s.publish(t.Context(), queue.Submission{Records: records}); err != nil {
				t.Fatal(err)
			}
		}
		stop := runs(t, s)
		s.until(t, 60)
		eventually(t, "a letter", func() bool { n, _ := s.dead.Size(); return n == 1 })
		eventually(t, "a signal", func() bool { return strings.Contains(signalsOf(t, dir), "sasumata_dead_letter") })
		again := func(tries int) {
			t.Helper()
			id := s.dead.List()[0].ID
			eventually(t, "a replay", func() bool {
				err := s.replay(t.Context(), id)
				if err != nil && !errors.Is(err, api.ErrYoung) {
					t.Fatal(err)
				}
				return err == nil
			})
			eventually(t, "the letter again", func() bool { l := s.dead.List(); return len(l) == 1 && l[0].Tries == tries })
		}
		again(1)
		again(2)
		stop()
		letters := lettersIn(t, dir)
		if len(letters) != 1 || letters[0].Lines != 6 || letters[0].Stage != dead.Store || s.metrics.dead.Load() != 18 {
			t.Fatalf("%d records are dead, letters %+v", s.metrics.dead.Load(), letters)
		}
		if n := len(storedIn(t, dir)); n != 54 {
			t.Errorf("%d events in the store, want 54", n)
		}
		before := signalsOf(t, dir)
		s, stop = serving(t, opts)
		if err := s.replay(t.Context(), letters[0].ID); err != nil {
			t.Error(err)
		}
		s.until(t, 78)
		if n := strings.Count(signalsOf(t, dir), "brute_force_by_ip"); n != strings.Count(before, "brute_force_by_ip") {
			t.Errorf("what was detected in is detected in again: %d lines", n)
		}
		stop()
		if n, left := len(storedIn(t, dir)), lettersIn(t, dir); n != 60 || len(left) != 0 {
			t.Errorf("%d events in the store, want 60; letters %+v", n, left)
		}
	}
	f("203.0.113.4 ", "")
	f("", "203.0.113.4 ")
}

// TestReplayIsDoneOnce ends the program between the two steps of a replay.
func TestReplayIsDoneOnce(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	told := 0
	opts.Console = func(signal.Finding) error {
		if told++; told == 1 {
			panic("it cannot be told")
		}
		return nil
	}
	appendLog(t, dir, failures(0, 1))
	s, stop := serving(t, opts)
	s.until(t, 6)
	stop()
	letter := lettersIn(t, dir)[0]
	name := filepath.Join(opts.Config.Data, deadDir, letter.ID+".json")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s, stop = serving(t, opts)
	if err := s.replay(t.Context(), letter.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.replay(t.Context(), letter.ID); !errors.Is(err, dead.ErrNone) {
		t.Errorf("twice: %v", err)
	}
	s.until(t, 7)
	stop()
	if err := os.WriteFile(name, data, 0o600); err != nil { // as if it was killed before it was dropped
		t.Fatal(err)
	}
	s, stop = serving(t, opts)
	if n, _ := s.dead.Size(); n != 0 {
		t.Error("a letter that was replayed is there")
	}
	stop()
	if n := len(storedIn(t, dir)); n != 6 || s.consumer.served.Records != 7 {
		t.Errorf("%d events in the store, %d records", n, s.consumer.served.Records)
	}
	if n := strings.Count(signalsOf(t, dir), fmt.Sprintf("%q", "brute_force_by_ip")); n == 0 {
		t.Error("what was replayed was not detected in")
	}
}
