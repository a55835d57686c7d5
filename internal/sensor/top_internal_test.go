package sensor

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// lists answers with one list after the other, then with the last one, then with the error.
type lists struct {
	all [][]Listed
	err error
}

func (l *lists) Processes(context.Context) ([]Listed, error) {
	if len(l.all) == 0 {
		return nil, l.err
	}
	one := l.all[0]
	if len(l.all) > 1 || l.err != nil {
		l.all = l.all[1:]
	}
	return one, nil
}

// TestTop tells what begins and ends between two lists, and not what runs already, nor that a
// server writes over its command line.
func TestTop(t *testing.T) {
	const a, b = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	shell := Listed{a, 10, 1, 0, "/bin/sh -c run"}
	postgres := Listed{a, 11, 10, 70, "postgres: user db idle"}
	ps := &lists{err: errors.New("gone"), all: [][]Listed{
		{shell, postgres},
		{shell, postgres},
		{shell, {a, 11, 10, 70, "postgres: user db SELECT"}, {b, 20, 1, 0, "init"}, {a, 12, 10, 1000, "/tmp/../tmp/a-very-long-name-of-it -o x"}},
		{{a, 10, 1, 0, "nc 192.0.2.1 4444"}, {b, 20, 1, 0, "init"}},
	}}
	got := run(t, ps, []string{"exec", "exit"})
	want := []string{
		"exec bbbb init  <  : init",
		"exec aaaa a-very-long-nam /tmp/a-very-long-name-of-it < sh /bin/sh: /tmp/../tmp/a-very-long-name-of-it -o x",
		"exec aaaa nc  <  : nc 192.0.2.1 4444",
		"exit aaaa postgres:  < nc : postgres: user db idle",
		"exit aaaa a-very-long-nam /tmp/a-very-long-name-of-it < nc : /tmp/../tmp/a-very-long-name-of-it -o x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// run runs the sensor until the engine is gone, and returns what it told in short.
func run(t *testing.T, ps Lister, kinds []string) (told []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(t.Context(), Options{
			Config: Config{Mode: string(Top), Events: kinds}, Processes: ps, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Put: func(_ context.Context, records []record.Record) error {
				for _, r := range records {
					var e struct {
						Evt       struct{ Name string }
						Container struct{ ID string }
						Process   struct {
							Name, Executable string
							CommandLine      string `json:"command_line"`
							Incomplete       bool
							Parent           struct{ Name, Executable string }
						}
					}
					if err := json.Unmarshal([]byte(r.Text), &e); err != nil || !e.Process.Incomplete {
						t.Errorf("%s: %v", r.Text, err)
					}
					p := e.Process
					told = append(told, strings.Join([]string{e.Evt.Name, e.Container.ID[:4], p.Name, p.Executable, "<", p.Parent.Name, p.Parent.Executable + ":", p.CommandLine}, " "))
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if report := s.Report(); report.Active != Top {
			t.Fatalf("%+v", report)
		}
		if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("error %v", err)
		}
	})
	return told
}

// TestTopWithoutEngine says what is missing.
func TestTopWithoutEngine(t *testing.T) {
	for _, list := range []Lister{nil, &lists{err: errors.New("the engine is away")}} {
		report := Probe(t.Context(), string(Top), list)
		if state := report.State(Top); state.Usable || state.Why == "" || state.Fix == "" {
			t.Errorf("%+v", state)
		}
	}
	if _, err := New(t.Context(), Options{Config: Config{Mode: string(Top)}, Now: time.Now}); !errors.Is(err, ErrNone) {
		t.Errorf("error %v", err)
	}
}
