package alert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/signal"
)

func TestSimulate(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		var out bytes.Buffer
		err := Simulate(strings.NewReader(in), &out, Default())
		got := out.String()
		if err != nil {
			got += err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s gives %s, want %s", in, got, want)
		}
	}
	f(`{"id":7,"timestamp":1700000000000,"rule":"r","host":"h","severity":"high"}`, `"alerts":[7]`)
	f(`{"id":"a","timestamp":"2026-01-01T00:00:00Z","rule":"r","severity":"critical"}`, `"alerts":["a"]`)
	f(`{"timestamp":"soon"}`, "line 1: timestamp")
	f("\n{", "line 2: ")
	f(`{"timestamp":1,"severity":"worst"}`, `line 1: severity "worst"`)
	var out bytes.Buffer
	line := `{"id":1,"timestamp":%d,"rule":"r","host":"h","severity":"high"}` + "\n"
	text := fmt.Sprintf(line, 0) + fmt.Sprintf(line, 299_000) + fmt.Sprintf(line, 300_000)
	if err := Simulate(strings.NewReader(text), &out, Default()); err != nil || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("the same is told %d times within five minutes and after: %v", strings.Count(out.String(), "\n"), err)
	}
}

func TestLowSignalsGoToTheDesk(t *testing.T) {
	c := configured(t, "{}")
	s := start(t, c)
	n := bruteForce(signal.Low)
	n.Labels = append(n.Labels, Label{"host", "www"})
	s.put(t, n)
	if len(s.outbox.entries()) != 0 || s.counters.quiet.Load() != 1 {
		t.Error("a low signal was told at once")
	}
	s.stop() // what the desk knows survives
	again := start(t, c)
	if again.desk.Entities["host www"] == nil {
		t.Errorf("the desk forgot: %v", again.desk.Entities)
	}
}

func FuzzSimulate(f *testing.F) {
	f.Add([]byte(`{"id":7,"timestamp":1700000000000,"rule":"r","host":"h"}` + "\n" + `{"id":[],"timestamp":-9223372036854775808,"rule":"r","host":"h"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		_ = Simulate(bytes.NewReader(data), &out, Default())
		for line := range bytes.Lines(out.Bytes()) {
			if !json.Valid(line) {
				t.Fatalf("%q", line)
			}
		}
	})
}
