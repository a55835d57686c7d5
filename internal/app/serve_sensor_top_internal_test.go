package app

import (
	"slices"
	"testing"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/sensor"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestMinerIsFoundByTheEngine has a server that may ask the engine only, with no right to look at
// processes.
func TestMinerIsFoundByTheEngine(t *testing.T) {
	id, docker := inContainerOf(t)
	found := &foundSignals{}
	opts := serveOptions(t.TempDir())
	opts.Config.Sensor = &sensor.Config{Mode: string(sensor.Top)}
	opts.Config.Docker = &config.Docker{Address: engineAddress()}
	if faults := opts.Config.Sensor.Check(document.Pos{}); len(faults) > 0 {
		t.Fatal(faults)
	}
	opts.Console = found.see
	s, stop := serving(t, opts)
	defer stop()
	eventually(t, "the sensor knows what runs", func() bool {
		s.sensing.mu.Lock()
		defer s.sensing.mu.Unlock()
		return s.sensing.at != nil && s.sensing.at.Processes() > 0
	})
	docker("exec", "-d", id, "/bin/sh", "-c", "sleep 60; true # stratum+tcp://pool.example.com:3333")
	eventually(t, "the signal of the miner", func() bool { return len(found.of("miner")) > 0 })
	if one := found.of("miner")[0]; !slices.ContainsFunc(one.Group, func(g signal.GroupValue) bool { return g.Value == id }) {
		t.Errorf("%+v", one.Group)
	}
}

// TestListed reads what engines answer, and nothing else.
func TestListed(t *testing.T) {
	titles := []string{"PID", "PPID", "UID", "COMMAND"}
	good := container.Processes{Titles: titles, Rows: [][]string{{"7", "1", "0", "/bin/sh -c x"}}}
	all, err := listed(nil, "c1", good)
	if want := (sensor.Listed{Container: "c1", PID: 7, Parent: 1, Command: "/bin/sh -c x"}); err != nil || len(all) != 1 || all[0] != want {
		t.Errorf("%+v, error %v", all, err)
	}
	for _, bad := range []container.Processes{
		{Titles: []string{"USER", "PID"}, Rows: [][]string{{"root", "1"}}},
		{Titles: titles, Rows: [][]string{{"7", "1", "0"}}},
		{Titles: titles, Rows: [][]string{{"7", "-1", "0", "x"}}},
		{Titles: titles, Rows: [][]string{{"7", "1", "root", "x"}}},
	} {
		if all, err := listed(nil, "c1", bad); err == nil {
			t.Errorf("%q: %+v", bad, all)
		}
	}
}
