package grok

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/test/conformance"
)

// parser is a grok-parser of a published pipeline.
type parser struct {
	Type    string   `yaml:"type"`
	Name    string   `yaml:"name"`
	Samples []string `yaml:"samples"`
	Grok    struct {
		Support string `yaml:"supportRules"`
		Match   string `yaml:"matchRules"`
	} `yaml:"grok"`
	Processors []parser `yaml:"processors"`
}

// walk yields every grok-parser below p.
func (p *parser) walk(yield func(*parser)) {
	if p.Type == "grok-parser" {
		yield(p)
	}
	for i := range p.Processors {
		p.Processors[i].walk(yield)
	}
}

func publishedParsers(t *testing.T, yield func(file string, p *parser)) {
	t.Helper()
	root := conformance.Dir(t, "datadog")
	list, err := os.ReadFile(filepath.Join(root, "pipelines.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(list)) {
		data, err := os.ReadFile(filepath.Join(root, "pipelines", name))
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Pipeline parser `yaml:"pipeline"`
		}
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		doc.Pipeline.walk(func(p *parser) { yield(filepath.Base(name), p) })
	}
}

// TestPublishedRules compiles every rule of the published pipelines and parses
// the samples that come with them.
func TestPublishedRules(t *testing.T) {
	parsers, rules, nodes, samples, hits := 0, 0, 0, 0, 0
	e, m := event.New(), NewMachine(0)
	most := 0
	publishedParsers(t, func(file string, p *parser) {
		parsers++
		r, err := Compile(Config{Support: p.Grok.Support, Match: p.Grok.Match})
		if err != nil {
			t.Errorf("%s: %s: %v", file, p.Name, err)
			return
		}
		for _, rule := range r.rules {
			rules++
			nodes += len(rule.prog.nodes)
		}
		for _, s := range p.Samples {
			samples++
			e.Reset()
			_, _, status := r.Parse(e, s, m)
			most = max(most, m.budget-m.steps)
			if status == Matched {
				hits++
			} else {
				t.Logf("%s: %s: status %d: %.200q", file, p.Name, status, s)
			}
		}
	})
	// What does not match is a sample of a value that its rule is meant to refuse.
	if hits*1000 < samples*995 {
		t.Errorf("%d of %d samples match, want 99.5 %%", hits, samples)
	}
	t.Logf("%d parsers, %d rules, %d nodes; %d of %d samples match, at most %d steps", parsers, rules, nodes, hits, samples, most)
}
