package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
	"github.com/sasumata/sasumata/internal/pipeline/grok"
	"github.com/sasumata/sasumata/internal/query"
)

// builder turns specs into processors and gathers every fault on the way.
type builder struct {
	faults  document.Faults
	lenient bool
	tested  bool
	depth   int
	agents  *useragent.Parser // made when a grok rule needs one
}

// maxPipelineDepth is how deep pipelines may nest. Datadog allows one level.
const maxPipelineDepth = 8

func (b *builder) fault(at document.Pos, text string, args ...any) {
	b.faults = append(b.faults, at.Fault(text, args...))
}

// at returns where the value of a key stands, in any of its spellings.
func (s *Spec) at(name string) document.Pos {
	for key, pos := range s.Positions {
		if canonical(key) == name {
			return pos
		}
	}
	return s.Pos
}

func (b *builder) want(s *Spec, ok bool, key string) {
	if !ok {
		b.fault(s.Pos, "a %s needs %s", s.Type, key)
	}
}

func (b *builder) sources(s *Spec) []string {
	b.want(s, len(s.Sources) > 0, "sources")
	return s.Sources
}

func (b *builder) target(s *Spec) string {
	b.want(s, s.Target != "", "target")
	return s.Target
}

func (b *builder) query(f *FilterSpec, owner document.Pos) *query.Query {
	if f == nil {
		return nil
	}
	q, err := query.Parse(f.Query)
	if err != nil {
		at := f.Pos
		if at.Line == 0 {
			at = owner
		}
		b.fault(at, "query %q: %v", f.Query, err)
	}
	return q
}

// pipeline builds a pipeline with all its enabled processors.
func (b *builder) pipeline(s *Spec) *Pipeline {
	p := &Pipeline{Name: s.Name, filter: b.query(s.Filter, s.Pos)}
	if b.depth++; b.depth > maxPipelineDepth {
		b.fault(s.Pos, "pipelines nest deeper than %d", maxPipelineDepth)
		b.depth--
		return p
	}
	for _, child := range s.Processors {
		if proc := b.build(child); proc != nil && (child.Enabled == nil || *child.Enabled) {
			p.steps = append(p.steps, step{name: cmp.Or(child.Name, child.Type), proc: proc})
		}
	}
	b.depth--
	return p
}

func (b *builder) grok(s *Spec) Processor {
	if s.Grok == nil || strings.TrimSpace(s.Grok.MatchRules) == "" {
		b.fault(s.Pos, "a grok-parser needs grok.matchRules")
		return nil
	}
	p := &grokParser{source: cmp.Or(s.Source, "message")}
	compile := func() (*grok.Rules, error) {
		return grok.Compile(grok.Config{Support: s.Grok.SupportRules, Match: s.Grok.MatchRules, UserAgent: b.userAgent()})
	}
	if b.tested {
		b.userAgent() // made here, by one goroutine
		p.rules = sync.OnceValue(func() *grok.Rules {
			rules, err := compile()
			if err != nil {
				panic(fmt.Sprintf("BUG: a tested grok rule does not compile: %v", err))
			}
			return rules
		})
		return p
	}
	rules, err := compile()
	if err != nil {
		b.grokFaults(s, err)
		return nil
	}
	p.rules = func() *grok.Rules { return rules }
	return p
}

// userAgent returns what the grok filter of that name evaluates with: one parser
// for all rules of a document, which costs nothing until it is used.
func (b *builder) userAgent() func(*event.Event, string) event.Value {
	if b.agents == nil {
		b.agents, _ = useragent.New(useragent.Options{}) // only definitions of one's own can be wrong
	}
	agents := b.agents
	return func(e *event.Event, text string) event.Value { return agents.Parse(text).Value(e) }
}

// grokFaults places the faults of grok rules in the document. The position of a
// block of rules is that of its first line.
func (b *builder) grokFaults(s *Spec, err error) {
	all, ok := errors.AsType[grok.Errors](err)
	if !ok {
		b.fault(s.Grok.Pos, "%v", err)
		return
	}
	for _, e := range all {
		key := "matchRules"
		if e.InSupport {
			key = "supportRules"
		}
		at := s.Grok.Pos
		for name, pos := range s.Grok.Positions {
			if canonical(name) == key {
				at = pos
			}
		}
		f := at.Fault("grok rule %q, line %d of %s: %s", e.Rule, e.Line, key, e.Message)
		f.Suggestion = e.Suggestion
		b.faults = append(b.faults, f)
	}
}

func (b *builder) attributeRemapper(s *Spec) Processor {
	p := &attributeRemapper{sources: b.sources(s), target: b.target(s), override: s.OverrideOnConflict}
	p.into = event.RootOf(p.target)
	for _, source := range p.sources {
		p.roots = append(p.roots, event.RootOf(source))
	}
	p.preserve = s.PreserveSource != nil && *s.PreserveSource
	p.fromTag = b.oneOf(s, "sourceType", s.SourceType, "attribute", "tag") == 1
	p.toTag = b.oneOf(s, "targetType", s.TargetType, "attribute", "tag") == 1
	p.targetType = format(b.oneOf(s, "targetFormat", s.TargetFormat, "auto", "string", "integer", "double"))
	return p
}

// oneOf returns the index of the word among those allowed; an empty word is the
// first.
func (b *builder) oneOf(s *Spec, key, word string, allowed ...string) int {
	if word == "" {
		return 0
	}
	i := slices.Index(allowed, word)
	if i < 0 {
		f := s.at(key).Fault("%s is %q, want %s", key, word, strings.Join(allowed, ", "))
		f.Suggestion = document.Suggest(word, allowed)
		b.faults = append(b.faults, f)
		return 0
	}
	return i
}

func (b *builder) categories(s *Spec) []category {
	b.want(s, len(s.Categories) > 0, "categories")
	var all []category
	for _, c := range s.Categories {
		if q := b.query(c.Filter, c.Pos); q != nil {
			all = append(all, category{query: q, name: event.StringValue(c.Name), id: scalar(c.ID)})
		}
	}
	return all
}

// scalar turns a decoded document value into an event value.
func scalar(v any) event.Value {
	switch v := v.(type) {
	case string:
		return event.StringValue(v)
	case bool:
		return event.BoolValue(v)
	case int64:
		return event.IntValue(v)
	case float64:
		return event.FloatValue(v)
	default:
		return event.Value{}
	}
}

func (b *builder) lookup(s *Spec) Processor {
	b.want(s, s.Source != "", "source")
	p := &lookupProcessor{source: s.Source, target: b.target(s)}
	if s.LookupEnrichmentTable != "" {
		return &tableLookup{source: s.Source, target: s.Target, table: s.LookupEnrichmentTable}
	}
	var rows []string
	switch table := s.LookupTable.(type) {
	case string:
		rows = strings.Split(table, "\n")
	case []any:
		for _, row := range table {
			rows = append(rows, fmt.Sprint(row))
		}
	default:
		b.fault(s.Pos, "a lookup-processor needs lookupTable, rows of key,value, or lookupEnrichmentTable, the name of a table")
		return nil
	}
	var err error
	if p.table, err = parseTable(rows); err != nil {
		b.fault(s.at("lookupTable"), "lookup table: %v", err)
	}
	if s.DefaultLookup != nil {
		p.fallback, p.hasFallback = scalar(s.DefaultLookup).Text(), true
	}
	return p
}

func (b *builder) arithmetic(s *Spec) Processor {
	x, err := parseExpr(s.Expression)
	if err != nil {
		b.fault(s.at("expression"), "expression %q: %v", s.Expression, err)
	}
	return &arithmeticProcessor{expr: x, target: b.target(s), replaceMissing: s.ReplaceMissing}
}

func (b *builder) stringBuilder(s *Spec) Processor {
	parts, err := parseTemplate(s.Template)
	if err != nil {
		b.fault(s.at("template"), "template: %v", err)
	}
	return &stringBuilder{parts: parts, target: b.target(s), replaceMissing: s.ReplaceMissing}
}

func (b *builder) array(s *Spec) Processor {
	op := s.Operation
	if op == nil {
		b.fault(s.Pos, "an array-processor needs operation")
		return nil
	}
	switch op.Type {
	case "append":
		return &arrayAppend{source: op.Source, target: op.Target, preserve: op.PreserveSource == nil || *op.PreserveSource}
	case "length":
		return &arrayLength{source: op.Source, target: op.Target}
	case "select":
		key, want, ok := strings.Cut(op.Filter, ":")
		if !ok {
			b.fault(op.Pos, "filter %q is not of the form key:value", op.Filter)
		}
		return &arraySelect{source: op.Source, target: op.Target, key: strings.TrimPrefix(key, "@"), want: strings.Trim(want, `"`), extract: op.ValueToExtract}
	case "key-value":
		return &arrayKeyValue{source: op.Source, target: op.Target, key: op.KeyToExtract, value: op.ValueToExtract, override: op.OverrideOnConflict}
	default:
		f := op.Fault("unknown array operation %q", op.Type)
		f.Suggestion = document.Suggest(op.Type, []string{"append", "length", "select", "key-value"})
		b.faults = append(b.faults, f)
		return nil
	}
}

func (b *builder) arrayMap(s *Spec) Processor {
	b.want(s, s.Source != "", "source")
	b.want(s, len(s.Processors) > 0, "processors")
	p := &arrayMap{source: s.Source, target: b.target(s), preserve: s.PreserveSource == nil || *s.PreserveSource}
	for _, child := range s.Processors {
		switch child.Type {
		case "attribute-remapper", "string-builder-processor", "arithmetic-processor", "category-processor":
			if proc := b.build(child); proc != nil && (child.Enabled == nil || *child.Enabled) {
				p.steps = append(p.steps, step{name: cmp.Or(child.Name, child.Type), proc: proc})
			}
		default:
			b.fault(child.at("type"), "an array-map-processor cannot run a %q, only attribute-remapper, string-builder-processor, arithmetic-processor and category-processor", child.Type)
		}
	}
	return p
}

func (b *builder) decoder(s *Spec) Processor {
	b.want(s, s.Source != "", "source")
	return &decoder{
		source: s.Source, target: b.target(s),
		base16:  b.oneOf(s, "binaryToTextEncoding", s.BinaryToText, "base64", "base16") == 1,
		integer: b.oneOf(s, "inputRepresentation", s.InputRepresentation, "utf_8", "integer") == 1,
	}
}

func (b *builder) calendar(s *Spec) Processor {
	p := &calendar{hour: b.target(s) + ".hour", weekday: s.Target + ".weekday"}
	if s.TimeZone != "" {
		loc, err := time.LoadLocation(s.TimeZone)
		if err != nil {
			b.fault(s.at("timezone"), "unknown time zone %q, want a name such as Asia/Tokyo", s.TimeZone)
		}
		p.zone = loc
	}
	return p
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }
