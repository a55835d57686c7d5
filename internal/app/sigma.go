package app

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/detect/correlate"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// Attributes that name the Sigma rules and correlations that an event matches.
const (
	sigmaRules        = "sigma.rules"
	sigmaCorrelations = "sigma.correlations"
)

// Sigma is the Sigma rules among the user's, compiled. An event that matches is
// marked with the rules' ids, by several goroutines; correlations follow in order;
// and what becomes of a match is decided by a detection rule for each Sigma rule,
// so that its signals live as all others do.
type Sigma struct {
	collection *sigma.Collection
	engine     *match.Engine
	plan       *correlate.Plan
	sources    *sigma.Sources
	index      map[string]int // a rule's id to its place in the collection
}

// sigmaOptions reads how the fields of Sigma rules are called on our events.
func sigmaOptions() (sigma.Options, error) {
	var opts sigma.Options
	var faults document.Faults
	err := fs.WalkDir(content.FS(), "sigma/mappings", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(content.FS(), name)
		if err != nil {
			return err
		}
		m, err := sigma.ParseMapping(name, data)
		if wrong, ok := errors.AsType[document.Faults](err); ok {
			faults = append(faults, wrong...)
			return nil
		}
		opts.Mappings = append(opts.Mappings, m)
		return err
	})
	if err == nil && len(faults) > 0 {
		err = faults
	}
	return opts, err
}

// parseSigma reads a file of Sigma rules. What is wrong with its documents stands
// with them; the error is about something else.
func parseSigma(name string, data []byte) (*sigma.File, error) {
	opts, err := sigmaOptions()
	if err != nil {
		return nil, err
	}
	file, err := sigma.Parse(name, data, opts)
	if _, faulty := errors.AsType[document.Faults](err); faulty {
		err = nil
	}
	return file, err
}

func newSigma(c *sigma.Collection) (*Sigma, error) {
	s := &Sigma{collection: c, index: make(map[string]int, len(c.Rules))}
	for i, r := range c.Rules {
		s.index[r.Key()] = i
	}
	var err error
	if s.sources, err = logSources(); err != nil {
		return nil, err
	}
	if s.plan, err = correlate.Compile(c); err != nil {
		return nil, fmt.Errorf("sigma correlations: %w", err)
	}
	set, err := c.Compile(match.Options{})
	if err != nil {
		return nil, fmt.Errorf("sigma rules: %w", err)
	}
	s.engine = match.NewEngine(set, match.EngineOptions{SampleEvery: -1})
	return s, nil
}

// logSources reads which log source of Sigma's taxonomy an event belongs to.
func logSources() (*sigma.Sources, error) {
	const file = "sigma/logsources.yaml"
	data, err := fs.ReadFile(content.FS(), file)
	if err != nil {
		return nil, err
	}
	return sigma.ParseSources(file, data)
}

// marker marks events for one goroutine.
type marker struct {
	labeler *sigma.Labeler
	worker  *match.Worker
}

func (s *Sigma) marker() *marker {
	return &marker{labeler: s.sources.Labeler(), worker: s.engine.Worker()}
}

// mark writes the ids of the rules that the event matches below sigma.rules.
func (m *marker) mark(e *event.Event) {
	// A log that brings the marks along must not decide what matched.
	e.Delete(sigmaRules)
	e.Delete(sigmaCorrelations)
	labels := m.labeler.Source(e)
	routing := match.Strict
	if labels.Product == "" && len(labels.Categories) == 0 && len(labels.Services) == 0 {
		routing = match.Lenient // an application's own JSON: any rule may be meant
	}
	// Keywords look through the whole log: the message is part of it.
	_, taken := e.Key(e.Root(), "message")
	if !taken {
		e.SetKey(e.Root(), "message", event.StringValue(e.Message))
	}
	set, matched := m.worker.Match(e, labels, routing)
	if !taken {
		e.DeleteKey(e.Root(), "message")
	}
	if len(matched) == 0 {
		return
	}
	ids := e.NewArray()
	for _, r := range matched {
		e.Append(ids, event.StringValue(set.ID(r)))
	}
	e.Set(sigmaRules, ids)
}

// flush hands over the worker's counters, if there is one.
func (m *marker) flush() {
	if m != nil {
		m.worker.Flush()
	}
}

// stats returns the counters of the matching, zero without Sigma rules.
func (s *Sigma) stats() match.Stats {
	if s == nil {
		return match.Stats{}
	}
	return s.engine.Stats()
}

// correlator feeds marked events to the correlations, in order.
type correlator struct {
	sigma   *Sigma
	engine  *correlate.Engine
	matched []int
}

func (s *Sigma) correlator() *correlator {
	if s == nil || s.plan.Len() == 0 {
		return nil
	}
	return &correlator{sigma: s, engine: correlate.New(s.plan, correlate.Options{Lateness: int64(5 * 60 * 1e9)})}
}

// observe writes the ids of the correlations that the event completes below
// sigma.correlations.
func (c *correlator) observe(e *event.Event) {
	if c == nil || e.Time == 0 {
		return
	}
	ids, ok := e.Get(sigmaRules)
	if !ok {
		return
	}
	c.matched = c.matched[:0]
	for _, id := range e.Items(ids) {
		if i, known := c.sigma.index[id.Str()]; known {
			c.matched = append(c.matched, i)
		}
	}
	fired := e.NewArray()
	c.engine.Observe(e.Time, c.matched, fields{e}, func(f correlate.Firing) {
		e.Append(fired, event.StringValue(f.Rule.Key()))
	})
	if e.Len(fired) > 0 {
		e.Set(sigmaCorrelations, fired)
	}
}

// stats returns the counters of the correlations, zero without any.
func (c *correlator) stats() correlate.Stats {
	if c == nil {
		return correlate.Stats{}
	}
	return c.engine.Stats()
}

// fields are an event's attributes as correlations ask for them.
type fields struct{ e *event.Event }

// Text returns the text of the scalar at the path.
func (f fields) Text(path string) ([]byte, bool) {
	v, ok := f.e.Get(path)
	if !ok || !v.IsScalar() {
		return nil, false
	}
	return v.AppendText(nil), true
}

// Number returns the number at the path.
func (f fields) Number(path string) (float64, bool) {
	v, ok := f.e.Get(path)
	if !ok {
		return 0, false
	}
	return v.Number()
}
