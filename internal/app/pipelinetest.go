package app

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/pipelinetest"
)

// TestPipelines runs the tests below dir: our own (_test.yaml) with the pipelines
// of dir on top of the embedded ones, and Datadog's (_tests.yaml) each against the
// pipeline beside it. Places is what addresses are placed with in Datadog's; it
// may be nil.
func TestPipelines(dir string, places geoip.Source) (tests int, failures []pipelinetest.Failure, err error) {
	if _, err := os.Stat(dir); err != nil {
		return 0, nil, fmt.Errorf("test pipelines: %w", err)
	}
	fsys := os.DirFS(dir)
	own, datadog, err := testFiles(fsys)
	if err != nil {
		return 0, nil, err
	}
	if own > 0 {
		c, err := LoadContent(Sources{Pipelines: []string{dir}, Only: PipelinePart})
		if err != nil {
			return 0, nil, err
		}
		if tests, failures, err = pipelinetest.RunDir(c.Pipelines, fsys, "."); err != nil {
			return tests, failures, err
		}
	}
	agents, err := useragent.New(useragent.Options{})
	if err != nil {
		return tests, failures, err
	}
	for _, file := range datadog {
		n, more, err := testDatadog(fsys, file, func(m *pipeline.Machine) { m.Agents, m.Geo = agents, places })
		if err != nil {
			return tests, failures, err
		}
		tests, failures = tests+n, append(failures, more...)
	}
	return tests, failures, nil
}

// testFiles counts our own test files and lists Datadog's.
func testFiles(fsys fs.FS) (own int, datadog []string, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch base := strings.TrimSuffix(name, path.Ext(name)); {
		case path.Ext(name) != ".yaml" && path.Ext(name) != ".yml":
		case strings.HasSuffix(base, "_test"):
			own++
		case strings.HasSuffix(base, "_tests"):
			datadog = append(datadog, name)
		}
		return nil
	})
	return own, datadog, err
}

func testDatadog(fsys fs.FS, file string, equip func(*pipeline.Machine)) (int, []pipelinetest.Failure, error) {
	name := strings.TrimSuffix(strings.TrimSuffix(file, path.Ext(file)), "_tests") + path.Ext(file)
	doc, err := fs.ReadFile(fsys, name)
	if err != nil {
		return 0, nil, fmt.Errorf("the pipeline of %s: %w", file, err)
	}
	loaded, err := pipeline.Parse(name, doc, pipeline.ParseOptions{Lenient: true})
	if err != nil {
		return 0, nil, err
	}
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return 0, nil, err
	}
	return pipelinetest.RunDatadog(loaded, loaded.Pipeline.FilterSource(), file, data, equip)
}
