package pipelinetest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// DatadogFile is a test document of Datadog's integrations: <pipeline>_tests.yaml.
type DatadogFile struct {
	ID    any           `doc:"id"`
	Tests []DatadogTest `doc:"tests,required"`
}

// DatadogTest is one log and the whole result of the pipeline.
type DatadogTest struct {
	document.Pos

	Sample  string         `doc:"sample,required"`
	Service string         `doc:"service"`
	Tags    []string       `doc:"tags"`
	Result  map[string]any `doc:"result"`
}

// RunDatadog runs Datadog's own tests of a pipeline. As in their harness, the
// clock stands at 1971-01-01, the log's source is the one that the pipeline's
// filter asks for, and source tags are not compared.
func RunDatadog(l *pipeline.Loaded, source, file string, data []byte, equip func(*pipeline.Machine)) (tests int, failures []Failure, err error) {
	var f DatadogFile
	if err := document.Decode(file, data, &f, document.Options{AllowUnknown: true}); err != nil {
		return 0, nil, err
	}
	m := pipeline.NewMachine(dates.Clock{Now: time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC), Location: time.UTC})
	if equip != nil {
		equip(m)
	}
	e := event.New()
	for i := range f.Tests {
		t := &f.Tests[i]
		e.Reset()
		e.Source, e.Service, e.Tags = source, t.Service, append(e.Tags, t.Tags...)
		m.RunRecord(l.Pipeline, e, t.Sample)
		got, err := decode(string(m.AppendResult(nil, e)))
		if err != nil {
			return 0, nil, fmt.Errorf("read the result: %w", err)
		}
		for _, text := range difference(t.Result, got) {
			failures = append(failures, Failure{t.Pos, "test " + strconv.Itoa(i+1), text})
		}
	}
	return len(f.Tests), failures, nil
}

func decode(text string) (map[string]any, error) {
	var v map[string]any
	err := document.Decode("result.json", []byte(text), &v, document.Options{})
	return v, err
}
