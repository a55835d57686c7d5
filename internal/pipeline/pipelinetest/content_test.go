package pipelinetest_test

import (
	"os"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/pipeline/pipelinetest"
)

func loadContent(t testing.TB) (*pipeline.Set, []*pipeline.Loaded) {
	t.Helper()
	all, err := pipeline.Load(os.DirFS("../../../content"), "pipelines")
	if err != nil {
		t.Fatal(err)
	}
	return pipeline.NewSet(all), all
}

func TestShippedPipelines(t *testing.T) {
	set, _ := loadContent(t)
	tests, failures, err := pipelinetest.RunDir(set, os.DirFS("../../../content"), "pipelines")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failures {
		t.Error(f)
	}
	if tests < 20 {
		t.Errorf("%d tests, want those of every pipeline", tests)
	}
}

// Every pipeline that says which lines are its own must understand the samples
// that it shows.
func TestShippedSamplesAreUnderstood(t *testing.T) {
	set, all := loadContent(t)
	m := pipeline.NewMachine(dates.Clock{Now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Location: time.UTC})
	for _, l := range all {
		if l.Detect == nil || l.Detect.JSON != "" {
			continue
		}
		if len(l.Samples) == 0 {
			t.Errorf("%s has no samples", l.Pipeline.ID)
		}
		for _, sample := range l.Samples {
			e := event.New()
			e.Raw = sample
			if !set.Process(e, set.Hint(l.Pipeline.ID), m) {
				t.Errorf("%s does not understand its sample %q", l.Pipeline.ID, sample)
			}
		}
	}
}
